"""What strategies have in common, and those that sutaztop is held against: HPA alone, the guide's script."""

from collections import deque
from dataclasses import dataclass

from sutaztop.domain.decision import Axis
from sutaztop.domain.quantity import GIB
from tests.simulator.world import Unit, World


@dataclass(frozen=True, slots=True)
class Change:
    """One alteration that was carried out, in the units of a decision."""

    at: int
    axis: Axis
    before: int
    after: int
    rule: str

    @property
    def direction(self) -> int:
        """Whether it gives more (1) or less (-1)."""
        return 1 if self.after > self.before else -1


class Strategy:
    """Acts on a world every so many seconds."""

    def __init__(self, world: World, every: int) -> None:
        self.world = world
        self.every = every

    def watch(self) -> None:
        """Look at each second."""

    def act(self) -> list[Change]:
        """Do what the strategy would do now; give what was done."""
        raise NotImplementedError

    def resize(self, replicas: int, rule: str) -> list[Change]:
        """Scale, if that is another number."""
        before = self.world.wished
        if replicas == before:
            return []
        self.world.scale(replicas)
        return [Change(self.world.now, Axis.REPLICAS, before, replicas, rule)]


def _ceil(part: int, whole: int) -> int:
    return -(-part // whole)


class HpaAlone(Strategy):
    """Kubernetes' HPA v2 on CPU: target 70 % of the limit, 1..10, the guide's windows and rates.

    Fifteen seconds a loop; usage is that of the last 30 s, and a replica counts as HPA counts it: after five minutes,
    or before if it has run for as long as its sample's window.
    """

    TARGET = 70
    TOLERANCE = 10
    LEAST, MOST = 1, 10
    UP_WINDOW, DOWN_WINDOW = 60, 300
    UP_PERIOD, DOWN_PERIOD = 30, 60
    SAMPLE = 30

    def __init__(self, world: World) -> None:
        super().__init__(world, 15)
        self._wishes: deque[tuple[int, int]] = deque([(0, world.wished)])
        self._events: deque[tuple[int, int]] = deque()

    def act(self) -> list[Change]:
        """Run one loop."""
        now, current = self.world.now, self.world.wished
        wish = min(max(self._proposed(current), self.LEAST), self.MOST)
        # Strictly younger than the window; the raw wish is what is remembered.
        low = min([wish, *(n for at, n in self._wishes if now - at < self.UP_WINDOW)])
        high = max([wish, *(n for at, n in self._wishes if now - at < self.DOWN_WINDOW)])
        self._wishes.append((now, wish))
        while now - self._wishes[0][0] > self.DOWN_WINDOW:
            self._wishes.popleft()
        stable = min(max(current, low), high)
        size = self._rated(current, stable)
        if size != current:
            self._events.append((now, size - current))
        return self.resize(size, "HPA")

    def _proposed(self, current: int) -> int:
        ready = [it for it in self.world.units if self._is_ready(it)]
        unready = len(self.world.units) - len(ready)
        if not ready:
            return current
        used = sum(self._mean(it) for it in ready)
        percent = used * 100 // sum(it.cpu_limit for it in ready)
        if not unready or percent <= self.TARGET:
            return current if self._is_near(percent, self.TARGET) else _ceil(percent * len(ready), self.TARGET)
        # On the way up replicas that are not ready count as if they used nothing.
        filled = used * 100 // sum(it.cpu_limit for it in self.world.units)
        if self._is_near(filled, self.TARGET) or filled < self.TARGET:
            return current
        return max(current, _ceil(filled * len(self.world.units), self.TARGET))

    def _is_near(self, percent: int, target: int) -> bool:
        return (100 - self.TOLERANCE) * target <= percent * 100 <= (100 + self.TOLERANCE) * target

    def _is_ready(self, it: Unit) -> bool:
        return it.is_up(self.world.now) and self.world.now - it.up_at >= self.SAMPLE and bool(it.readings)

    def _mean(self, it: Unit) -> int:
        few = [one.cpu for one in list(it.readings)[-self.SAMPLE :]]
        return sum(few) // len(few)

    def _rated(self, current: int, stable: int) -> int:
        now = self.world.now
        if stable > current:
            start = current - sum(by for at, by in self._events if now - at < self.UP_PERIOD)
            return max(current, min(stable, 2 * start))
        if stable < current:
            start = current - sum(by for at, by in self._events if now - at < self.DOWN_PERIOD)
            return min(current, max(stable, start - max(1, start // 2)))
        return current


class Guide(Strategy):
    """The guide's script, once a minute: a single reading of the first container, and no cool-down.

    As written it takes percent of one core against 75 and 25, counts page cache as memory, takes running for wished
    replicas, and has no ceiling but "below four cores"; with ``is_fixed`` units it takes shares of the limit, the
    working set and the wished replicas, and stops at four cores.
    """

    CORE = 1000
    CEILING = 4000

    def __init__(self, world: World, *, is_fixed: bool) -> None:
        super().__init__(world, 60)
        self._is_fixed = is_fixed

    def act(self) -> list[Change]:
        """Run the script once."""
        world = self.world
        if not world.units or not world.units[0].is_up(world.now) or not world.units[0].readings:
            return []
        first, reading = world.units[0], world.units[0].readings[-1]
        whole = first.cpu_limit if self._is_fixed else self.CORE
        held = reading.working_set + (0 if self._is_fixed else reading.cache)
        cpu, memory = reading.cpu * 100 // whole, held * 100 // first.memory_limit
        done: list[Change] = []
        if cpu > 75:
            done += self._more_cpu()
        if memory > 85:
            done.append(self._limit(Axis.MEMORY, world.memory_limit, world.memory_limit + GIB))
        if cpu < 25 and memory < 50 and self._current > 1:
            done += self.resize(self._current - 1, "down")
        return done

    @property
    def _current(self) -> int:
        return self.world.wished if self._is_fixed else self.world.running

    def _more_cpu(self) -> list[Change]:
        limit = self.world.cpu_limit
        if limit >= self.CEILING:
            return self.resize(self._current + 1, "up")
        after = limit + self.CORE
        return [self._limit(Axis.CPU, limit, min(after, self.CEILING) if self._is_fixed else after)]

    def _limit(self, axis: Axis, before: int, after: int) -> Change:
        self.world.set_limits(after if axis is Axis.CPU else None, after if axis is Axis.MEMORY else None)
        return Change(self.world.now, axis, before, after, "up")
