"""A reading: the value that was taken, or the reason why there is none.

Never 0, -1 or NaN for what could not be read. "No limit set" is another thing and is
``None`` at the place where a limit would stand.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias, TypeVar


class Reason(StrEnum):
    """Why a figure could not be taken."""

    FIRST_READ = "first read"
    """A rate needs two reads, and this was the first."""
    COUNTERS_RESTARTED = "counters restarted"
    """A counter fell or its container started anew: the difference would be a lie."""
    NOT_RUNNING = "not running"
    COLLECTOR_FAILED = "collector failed"
    NOT_SUPPORTED = "not supported"
    """The kernel or the engine does not count this here."""
    NOT_THERE = "not there"
    """What was to be read does not exist: nobody failed."""
    NO_LIMIT = "no limit set"
    """A share of a limit that does not exist."""
    NOT_ENOUGH = "not enough data"
    """There are readings, but too few to say anything."""
    PENDING = "not read yet"


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """The absence of a reading; ``detail`` is for people and may be empty."""

    reason: Reason
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}" if self.detail else str(self.reason)


T = TypeVar("T")
Reading: TypeAlias = T | Unmeasured

FIRST_READ = Unmeasured(Reason.FIRST_READ)
COUNTERS_RESTARTED = Unmeasured(Reason.COUNTERS_RESTARTED)
NOT_RUNNING = Unmeasured(Reason.NOT_RUNNING)
NOT_SUPPORTED = Unmeasured(Reason.NOT_SUPPORTED)
NO_LIMIT = Unmeasured(Reason.NO_LIMIT)
PENDING = Unmeasured(Reason.PENDING)


def measured(reading: Reading[T]) -> T | None:
    """Give the value, or ``None`` where nothing was measured (for drawing and for JSON)."""
    return None if isinstance(reading, Unmeasured) else reading
