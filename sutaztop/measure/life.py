"""What is remembered of a container from snapshot to snapshot: ends of its runs, OOM kills, since when it rests."""

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
MOST_KILLS = 120
_ONE_KILL = timedelta(seconds=5)
"""The kernel's count, the engine's event and its flag tell of the same kill, one after another, and one kill may take
several processes. What is told within this is one moment."""
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


def kills_of(
    container: Container, usage: Usage, earlier: ContainerSnapshot | None, *, told: bool, at: datetime
) -> tuple[datetime, ...]:
    """Give the moments of the last hour at which something in a container was seen to be killed for memory.

    ``told`` says that an event tells of one; besides, the kernel's count rises, or the engine's flag is set. What was
    before the first look is not known.
    """
    if earlier is None:
        return ()
    known = earlier.kills
    flagged = container.oom_killed and not earlier.container.oom_killed
    if (told or flagged or _has_risen(container, usage, earlier)) and (not known or abs(at - known[-1]) > _ONE_KILL):
        known = (*known, at)[-MOST_KILLS:]
    if known and at - known[0] > REMEMBERED:
        known = tuple(it for it in known if at - it <= REMEMBERED)
    return known


def _has_risen(container: Container, usage: Usage, earlier: ContainerSnapshot) -> bool:
    """Whether the kernel counts more kills; in another run it counts from nothing."""
    now, then = usage.oom_kills, earlier.usage.oom_kills
    if not isinstance(now, int) or not now:
        return False
    if container.started_at != earlier.container.started_at:
        return True
    return isinstance(then, int) and now > then


def resting_since(usage: Usage, earlier: ContainerSnapshot | None, at: datetime) -> datetime | None:
    """Give since when a container has used next to no CPU; ``None`` while it works or nothing is known."""
    cpu = usage.cpu
    if isinstance(cpu, Unmeasured) or cpu >= RESTING_CORES:
        return None
    known = earlier.resting_since if earlier is not None else None
    return at if known is None else known
