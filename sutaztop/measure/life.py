"""What is remembered of a container from snapshot to snapshot: ends of its runs, and since when it rests."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sutaztop.domain.container import Container
from sutaztop.domain.event import Event
from sutaztop.domain.reading import Unmeasured
from sutaztop.domain.snapshot import ContainerSnapshot, End, Usage

REMEMBERED = timedelta(hours=1)
"""How long the end of a run is remembered."""
MOST_ENDS = 120
"""Ends that are kept of one container: a loop at the engine's longest pause has sixty an hour."""
RESTING_CORES = 0.01
"""Under a hundredth of a core nothing is done but waiting: timers, a health probe."""


def deaths(events: Iterable[Event]) -> Mapping[str, tuple[End, ...]]:
    """Give the ends that events tell of, by container id."""
    found: dict[str, tuple[End, ...]] = {}
    for event in events:
        if event.kind == "container" and event.action == "die":
            code = int(event.detail) if event.detail.isdecimal() and len(event.detail) < 4 else None
            found[event.subject_id] = (*found.get(event.subject_id, ()), End(event.at, code))
    return found


def ends_of(
    container: Container, earlier: ContainerSnapshot | None, died: tuple[End, ...], at: datetime
) -> tuple[End, ...]:
    """Give the ends of runs of the last hour that the restart policy answered.

    They are counted by the engine's own count of restarts, which a stop by hand does not raise; events
    tell when and with which code. What was before the first look is not known.
    """
    if earlier is None:
        return ()
    known = earlier.ends
    risen = container.restart_count - earlier.container.restart_count
    if risen > 0:
        told = list(died[-risen:])
        while len(told) < min(risen, MOST_ENDS):
            # The events were missed: the last code is known, when exactly it ended may be.
            told.insert(0, End(container.finished_at or at, None))
        if told[-1].exit_code is None and container.exit_code is not None:
            told[-1] = End(told[-1].at, container.exit_code)
        known = (*known, *told)[-MOST_ENDS:]
    if known and at - known[0].at > REMEMBERED:
        known = tuple(it for it in known if at - it.at <= REMEMBERED)
    return known


def resting_since(usage: Usage, earlier: ContainerSnapshot | None, at: datetime) -> datetime | None:
    """Give since when a container has used next to no CPU; ``None`` while it works or nothing is known."""
    cpu = usage.cpu
    if isinstance(cpu, Unmeasured) or cpu >= RESTING_CORES:
        return None
    known = earlier.resting_since if earlier is not None else None
    return at if known is None else known
