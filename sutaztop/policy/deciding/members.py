"""Which replicas count, and over which readings (POLICY 5.2, steps 3 to 5)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from sutaztop.domain.case import Case, LoadSample, Phase, Replica
from sutaztop.domain.numbers import WHOLE, Numbers

_IGNORED = (Phase.EXITED, Phase.DEAD, Phase.REMOVING)


@dataclass(frozen=True, slots=True)
class Members:
    """A case's replicas by what they can tell. ``counted`` keep only the readings of the window."""

    counted: tuple[Replica, ...] = ()
    warming: tuple[Replica, ...] = ()
    missing: tuple[Replica, ...] = ()

    def within(self, scope: frozenset[str]) -> "Members":
        """Give those of a scope; all of them where it is empty."""
        if not scope:
            return self
        return Members(
            tuple(it for it in self.counted if it.id in scope),
            tuple(it for it in self.warming if it.id in scope),
            tuple(it for it in self.missing if it.id in scope),
        )


def members_of(case: Case, now: int) -> Members:
    """Sort a case's replicas as HPA does, with Docker's states (POLICY 1.1 and 5.2)."""
    counted: list[Replica] = []
    warming: list[Replica] = []
    missing: list[Replica] = []
    for it in sorted(case.members, key=lambda it: it.id):
        if it.phase in _IGNORED:
            continue
        if it.phase is not Phase.RUNNING or warm_at(it, case.numbers) > now:
            warming.append(it)
            continue
        fresh = [sample.at for sample in it.samples if now - case.numbers.stale <= sample.at <= now]
        if fresh:
            counted.append(replace(it, samples=_window(it, case, now)))
        else:
            missing.append(it)
    return Members(tuple(counted), tuple(warming), tuple(missing))


def warm_at(it: Replica, numbers: Numbers) -> int:
    """Give when a replica's load begins to tell of its need: sooner where its own probe has passed."""
    return it.started + (min(numbers.warm_up, numbers.warm_up_healthy) if it.healthy else numbers.warm_up)


def settled(replicas: Iterable[Replica], numbers: Numbers) -> tuple[Replica, ...]:
    """Give replicas with the CPU readings of their start left out, whatever their probes say.

    A start burns CPU after the probe has passed. What it burns must not be taken for demand: a raise that starts a task
    anew would call for the next one.
    """
    return tuple(_settled(it, it.started + numbers.warm_up) for it in replicas)


def _settled(it: Replica, begins: int) -> Replica:
    if not it.samples or it.samples[0].at >= begins:
        return it
    return replace(it, samples=tuple(sample for sample in it.samples if sample.at >= begins))


def _window(it: Replica, case: Case, now: int) -> tuple[LoadSample, ...]:
    begins = max(now - case.numbers.window + 1, warm_at(it, case.numbers))
    if case.last_change is not None:
        begins = max(begins, case.last_change)
    return tuple(sorted((s for s in it.samples if begins <= s.at <= now), key=lambda s: s.at))


@dataclass(frozen=True, slots=True)
class Load:
    """What some replicas used of what they may, reading by reading: (time, used, allowed), oldest first.

    ``spacing`` is the usual time between two readings.
    """

    readings: tuple[tuple[int, int, int], ...] = ()

    @property
    def count(self) -> int:
        """How many readings there are."""
        return len(self.readings)

    @property
    def spacing(self) -> int:
        """The usual time between two readings, in seconds; 0 where there are not two."""
        if len(self.readings) < 2:
            return 0
        return (self.readings[-1][0] - self.readings[0][0]) // (len(self.readings) - 1)

    @property
    def span(self) -> int:
        """The seconds that the readings cover."""
        return self.readings[-1][0] - self.readings[0][0] + self.spacing if self.readings else 0

    @property
    def mean(self) -> int:
        """The mean share, in basis points, cut."""
        allowed = sum(it[2] for it in self.readings)
        return sum(it[1] for it in self.readings) * WHOLE // allowed if allowed else 0

    @property
    def peak(self) -> int:
        """The highest share, in basis points, rounded up: nothing may look smaller than it was."""
        return max((-(-used * WHOLE // allowed) for _, used, allowed in self.readings if allowed), default=0)

    @property
    def last(self) -> int:
        """The newest share, in basis points, cut."""
        if not self.readings or not self.readings[-1][2]:
            return 0
        _, used, allowed = self.readings[-1]
        return used * WHOLE // allowed

    def over(self, line: int) -> int:
        """Count the readings strictly above a line in basis points."""
        return sum(_is_over(it, line) for it in self.readings)

    def is_over_now(self, line: int) -> bool:
        """Whether the newest reading is strictly above a line."""
        return bool(self.readings) and _is_over(self.readings[-1], line)

    def is_enough(self, numbers: Numbers) -> bool:
        """Whether there are enough readings over a long enough span to speak of a habit."""
        return self.count >= numbers.minimum_samples and self.span >= numbers.minimum_span

    def is_sustained(self, line: int, numbers: Numbers) -> bool:
        """Whether enough readings are above a line, and the newest one too."""
        enough = self.is_enough(numbers) and self.is_over_now(line)
        return enough and self.over(line) * WHOLE >= numbers.sustained * self.count

    def since(self, line: int) -> int | None:
        """Give when the share last rose above a line and stayed, as far back as the readings go."""
        began: int | None = None
        for reading in reversed(self.readings):
            if not _is_over(reading, line):
                break
            began = reading[0]
        return began

    def lately(self, count: int) -> "Load":
        """Give the newest readings alone."""
        return Load(self.readings[-count:])


def _is_over(reading: tuple[int, int, int], line: int) -> bool:
    _, used, allowed = reading
    return used * WHOLE > line * allowed


def cpu_load(replicas: Iterable[Replica], limit: int) -> Load:
    """Give what replicas used of their CPU limits together, at each time one of them was read."""
    return Load(tuple(_together(replicas, limit)))


def memory_load(it: Replica, limit: int) -> Load:
    """Give one replica's working set over its memory limit."""
    return Load(tuple((s.at, s.working_set, limit) for s in it.samples if s.working_set is not None))


def _together(replicas: Iterable[Replica], limit: int) -> Iterator[tuple[int, int, int]]:
    """At each instant the newest reading of each counts; one that was not read yet is left out."""
    at = sorted((s.at, it.id, s.cpu) for it in replicas for s in it.samples if s.cpu is not None)
    newest: dict[str, int] = {}
    for place, (when, who, used) in enumerate(at):
        newest[who] = used
        if place + 1 == len(at) or at[place + 1][0] != when:
            yield when, sum(newest.values()), limit * len(newest)


def throttled(replicas: Iterable[Replica], *, last: int = 0) -> tuple[int, int]:
    """Count throttled periods and periods over the readings, or over the ``last`` ones.

    A counter that fell was started anew and tells nothing.
    """
    seen = of_them = 0
    for it in replicas:
        samples = it.samples[-last:] if last else it.samples
        if len(samples) < 2:
            continue
        periods = samples[-1].periods - samples[0].periods
        held = samples[-1].throttled - samples[0].throttled
        if periods > 0 and 0 <= held <= periods:
            seen, of_them = seen + periods, of_them + held
    return of_them, seen
