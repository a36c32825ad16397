"""What was seen of a container over days, and the size that follows from it. Whole numbers only.

Milli-cores, bytes, seconds since the epoch, basis points (10,000 is the whole), as in ``case``.
"""

from dataclasses import dataclass
from enum import StrEnum

from sutaztop.domain.decision import Figure
from sutaztop.domain.numbers import WHOLE

DAY = 86_400


@dataclass(frozen=True, slots=True)
class Bounds:
    """Right-sizing in VPA's words: what is too little, what is right, what is too much.

    ``upper`` is ``None`` without a history: nothing is then known to be too much.
    """

    lower: int = 0
    target: int = 0
    upper: int | None = None


@dataclass(frozen=True, slots=True)
class CpuPercentiles:
    """CPU that was not exceeded in so many percent of the minutes, in milli-cores; recent minutes count more.

    Each is the end of a bucket: never under the true figure, and over it by 5 % and 10 milli-cores at most.
    """

    p50: int = 0
    p90: int = 0
    p95: int = 0
    p99: int = 0


@dataclass(frozen=True, slots=True)
class Aggregate:
    """What is remembered of one container, or of all replicas of a service together.

    ``first_s`` and ``last_s`` are the first and the last minute of CPU, ``samples`` how many minutes there are (of
    all replicas). ``memory_peaks`` are the highest working sets of days, oldest first, 0 for a day without a reading;
    a day begins at the time of the first reading, and the last one is still open. ``hourly_peaks`` are (start of the
    hour, bytes) of the last 8 hours with readings. ``saturated_s`` of the ``saturated_span_s`` seconds that were seen
    within the last hour were spent at 95 % of the CPU limit or more. ``ooms`` are the last kills, (time, memory limit
    then, or ``None`` without one), oldest first, and ``oom_need`` is what they call for, 0 without one. Limits were
    seen to be raised at ``cpu_raised_s`` and ``memory_raised_s``.
    """

    first_s: int = 0
    last_s: int = 0
    samples: int = 0
    cpu: CpuPercentiles = CpuPercentiles()
    cpu_bounds: Bounds = Bounds()
    memory_bounds: Bounds = Bounds()
    memory_peaks: tuple[int, ...] = ()
    hourly_peaks: tuple[tuple[int, int], ...] = ()
    saturated_span_s: int = 0
    saturated_s: int = 0
    oom_need: int = 0
    ooms: tuple[tuple[int, int | None], ...] = ()
    cpu_raised_s: int | None = None
    memory_raised_s: int | None = None

    @property
    def seen_s(self) -> int:
        """Give the time that is known: from first to last, or that of the minutes seen, whichever is less."""
        return seen(self.first_s, self.last_s, self.samples)

    @property
    def confidence(self) -> int:
        """VPA's confidence in basis points of a day: 10,000 after a day that was seen whole.

        >>> Aggregate(first_s=0, last_s=43_200, samples=720).confidence
        5000
        """
        return self.seen_s * WHOLE // DAY

    @property
    def memory_peak(self) -> int:
        """The highest working set of the kept days; 0 without a reading."""
        return max(self.memory_peaks, default=0)


def seen(first_s: int, last_s: int, samples: int) -> int:
    """Give the seconds that an aggregate knows of; one sample is a minute.

    >>> seen(0, 86_400, 1440), seen(0, 86_400, 60)
    (86400, 3600)
    """
    return max(0, min(last_s - first_s, samples * 60))


class Verdict(StrEnum):
    """What is to become of one amount."""

    RAISE = "raise"
    LOWER = "lower"
    KEEP = "keep"
    NOT_ENOUGH_DATA = "not enough data"


@dataclass(frozen=True, slots=True)
class Proposal:
    """One amount: what it is, what the history calls for, and what to do about it.

    ``present`` is ``None`` where none is set; ``fitting`` is what would fit, ``None`` where nothing is known;
    ``proposed`` is what to set, and ``None`` unless it is to be raised or lowered. ``reason`` says why, or what keeps
    it.
    """

    verdict: Verdict
    present: int | None = None
    fitting: int | None = None
    proposed: int | None = None
    reason: str = ""


_UNKNOWN = Proposal(Verdict.NOT_ENOUGH_DATA)


@dataclass(frozen=True, slots=True)
class Sizing:
    """What size a container, or each replica of a service, should have. Advice, never a decision.

    CPU in milli-cores and memory in bytes. ``confidence`` is low, medium or high, ``basis`` the hours and samples
    behind it. ``prefers_reservation`` says that the CPU limit throttles while the host idles: setting the CPU aside
    would do more than a limit. ``evidence`` are all numbers that it rests on.
    """

    cpu_limit: Proposal = _UNKNOWN
    memory_limit: Proposal = _UNKNOWN
    cpu_reservation: Proposal = _UNKNOWN
    memory_reservation: Proposal = _UNKNOWN
    confidence: str = "low"
    basis: str = ""
    prefers_reservation: bool = False
    evidence: tuple[Figure, ...] = ()
