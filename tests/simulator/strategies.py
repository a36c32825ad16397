"""What strategies have in common, and the guide's script."""

from dataclasses import dataclass

from sutaztop.domain.decision import Axis
from sutaztop.domain.quantity import GIB
from tests.simulator.world import World


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
