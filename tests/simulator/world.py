"""One service on one host, second by second: demand is served, throttled or lost, memory grows, the kernel kills."""

from collections import deque
from dataclasses import dataclass, field

from tests.simulator.plants import Plant

RESTART = 20
"""Seconds from the order to start a replica until it is up."""
PERIODS = 10
"""CFS periods in a second."""
KEPT = 240
"""Seconds of readings that are kept of each replica: more than any window here."""


@dataclass(slots=True)
class Reading:
    """What one replica did in one second; ``periods`` and ``throttled`` are counters since it started."""

    at: int
    cpu: int
    working_set: int
    cache: int
    periods: int
    throttled: int
    is_throttled: bool = False


@dataclass(slots=True)
class Unit:
    """A replica. It is up from ``up_at`` on; until then it is being made or started anew."""

    id: str
    up_at: int
    cpu_limit: int
    memory_limit: int
    readings: deque[Reading] = field(default_factory=lambda: deque(maxlen=KEPT))
    periods: int = 0
    throttled: int = 0
    kills: int = 0

    def is_up(self, now: int) -> bool:
        """Whether it serves."""
        return now >= self.up_at


@dataclass(slots=True)
class Tally:
    """What a run came to. Core-seconds in thousandths, memory in bytes, spans in seconds."""

    demanded: int = 0
    unmet: int = 0
    granted: int = 0
    kills: int = 0
    down: int = 0
    highest_memory: int = 0


class World:
    """A plant that runs. ``restarts`` says that a change of limits starts its tasks anew, one after another."""

    def __init__(self, plant: Plant, *, restarts: bool) -> None:
        self.plant = plant
        self.restarts = restarts
        self.now = 0
        self.cpu_limit = plant.cpu_limit
        self.memory_limit = plant.memory_limit
        self.wished = plant.replicas
        self._made = 0
        # They have run for ten minutes: their start is over.
        self.units = [self._new(-600) for _ in range(plant.replicas)]
        self._rolling: deque[Unit] = deque()
        self.kills: list[tuple[int, str, int]] = []
        self.used = 0
        self.tally = Tally(highest_memory=plant.memory_limit)

    def _new(self, up_at: int) -> Unit:
        self._made += 1
        return Unit(f"u{self._made:04}", up_at, self.cpu_limit, self.memory_limit)

    # --- what can be done to it -------------------------------------------------------------------

    def set_limits(self, cpu: int | None, memory: int | None, unit_id: str = "") -> None:
        """Give other limits: live to one container, or by a roll-out to every task."""
        self.cpu_limit = cpu if cpu is not None else self.cpu_limit
        self.memory_limit = memory if memory is not None else self.memory_limit
        self.tally.highest_memory = max(self.tally.highest_memory, self.memory_limit)
        if self.restarts:
            self._rolling = deque(self.units)
            return
        for it in self.units:
            if not unit_id or it.id == unit_id:
                it.cpu_limit = cpu if cpu is not None else it.cpu_limit
                it.memory_limit = memory if memory is not None else it.memory_limit

    def scale(self, replicas: int) -> None:
        """Wish for so many replicas; the newest go first."""
        self.wished = max(0, replicas)
        while len(self.units) < self.wished:
            self.units.append(self._new(self.now + RESTART))
        for gone in self.units[self.wished :]:
            if gone in self._rolling:
                self._rolling.remove(gone)
        del self.units[self.wished :]

    @property
    def running(self) -> int:
        """How many replicas are up."""
        return sum(it.is_up(self.now) for it in self.units)

    @property
    def host_used(self) -> int:
        """Milli-cores that the host is busy with."""
        return min(self.plant.host_cpus, self.plant.neighbours_cpu + self.used)

    @property
    def host_available(self) -> int:
        """Bytes of memory that the host could still give; page cache counts as available."""
        held = sum(it.readings[-1].working_set for it in self.units if it.readings and it.is_up(self.now))
        return max(0, self.plant.host_memory - self.plant.neighbours_memory - held)

    # --- a second ---------------------------------------------------------------------------------

    def second(self) -> None:
        """Let one second pass."""
        self._roll()
        up = [it for it in self.units if it.is_up(self.now)]
        demand = self.plant.demand(self.now)
        served = self._serve(up, demand) if up else 0
        if not up:
            self.used = 0
            self.tally.down += 1
        self.tally.demanded += demand
        self.tally.unmet += demand - served
        self.tally.granted += sum(it.cpu_limit for it in self.units)
        self._kill(up)
        self.now += 1

    def _serve(self, up: list[Unit], demand: int) -> int:
        """Give every replica its even share; what does not fit under its limit or on the host is lost."""
        plant, now, count = self.plant, self.now, len(up)
        # Milli-cores that do not divide go to the first ones, so that nothing is lost in rounding.
        shares = [demand // count + (place < demand % count) for place in range(count)]
        wants = [
            share + (plant.burn if 0 <= now - it.up_at < plant.burn_for else 0)
            for it, share in zip(up, shares, strict=True)
        ]
        uses = [min(want, it.cpu_limit) for it, want in zip(up, wants, strict=True)]
        free, asked = max(0, plant.host_cpus - plant.neighbours_cpu), sum(uses)
        if asked > free:
            uses = [use * free // asked for use in uses]
        self.used = sum(uses)
        served = 0
        for it, share, want, use in zip(up, shares, wants, uses, strict=True):
            served += share if use >= want else use * share // want
            it.periods += PERIODS
            # A quota that is too small for the second is used up in each of its periods.
            is_throttled = want > it.cpu_limit
            it.throttled += PERIODS if is_throttled else 0
            age = now - it.up_at
            size = plant.working_set(age)
            cache = min(plant.cache(age), max(0, it.memory_limit - size))
            held = min(size, it.memory_limit)
            it.readings.append(Reading(now, use, held, cache, it.periods, it.throttled, is_throttled))
        return served

    def _kill(self, up: list[Unit]) -> None:
        for it in up:
            if self.plant.working_set(self.now - it.up_at) <= it.memory_limit:
                continue
            self.tally.kills += 1
            self.kills.append((self.now, it.id, it.memory_limit))
            it.kills += 1
            it.up_at = self.now + 1 + RESTART
            it.periods = it.throttled = 0
            if self.restarts:
                # Swarm makes a new task with what the service asks for now.
                place = self.units.index(it)
                self.units[place] = self._new(it.up_at)
                if it in self._rolling:
                    self._rolling.remove(it)

    def _roll(self) -> None:
        """Start the next task anew once all the others are up."""
        if self._rolling and all(it.is_up(self.now) for it in self.units):
            old = self._rolling.popleft()
            self.units[self.units.index(old)] = self._new(self.now + RESTART)
