"""The highest memory of days and of hours, and what OOM kills call for: one compare a reading."""

from array import array
from collections.abc import Sequence

from sutaztop.history.histogram import MEMORY_SCALE, Histogram

INTERVAL = 86_400
INTERVALS = 8
"""A week and the day that is still open: what happens once a week is not forgotten."""
HOUR = 3600
HOURS = 8

OOM_PERCENT = 120
OOM_LEAST = 100 * 1024**2


def oom_need(base: int) -> int:
    """Give what a kill calls for, in bytes: a fifth more than the base, and at least 100 MiB.

    The base is the limit at the kill, or the highest use where that is more; never an earlier need, which would make
    each of a series of kills call for more than the one before.

    >>> oom_need(2000 * 1024**2) // 1024**2, oom_need(256 * 1024**2) // 1024**2
    (2400, 356)
    """
    return max(base + OOM_LEAST, -(-base * OOM_PERCENT // 100))


class DailyPeaks:
    """The highest working set in each of the last 8 intervals of 24 h, and what OOM kills in it call for.

    The first reading opens the first interval; one at or after an interval's end opens the interval that it lies in.
    """

    __slots__ = ("end_s", "needs", "peaks", "top")

    def __init__(self) -> None:
        self.end_s = 0
        self.top = -1
        """The highest of the open interval: a reading at or under it before ``end_s`` changes nothing."""
        self.peaks = array("q", bytes(8 * INTERVALS))
        self.needs = array("q", bytes(8 * INTERVALS))

    def put(self, at: int, used: int) -> None:
        """Remember a reading. Readings come in the order of time."""
        if at >= self.end_s:
            self._open(at)
        if used > self.top:
            self.top = self.peaks[-1] = used

    def put_oom(self, at: int, limit: int | None) -> bool:
        """Remember an OOM kill at a memory limit, also one of the interval before; tell whether it was taken."""
        if at >= self.end_s:
            self._open(at)
        place = INTERVALS - 1 - (self.end_s - 1 - at) // INTERVAL
        if place < INTERVALS - 2:
            return False
        base = max(limit or 0, self.peaks[place])
        if base:
            self.needs[place] = max(self.needs[place], oom_need(base))
        return True

    def _open(self, at: int) -> None:
        behind = (at - self.end_s) // INTERVAL + 1 if self.end_s else INTERVALS
        self.end_s = self.end_s + behind * INTERVAL if self.end_s else at + INTERVAL
        gone, self.top = min(behind, INTERVALS), -1
        self.peaks = self.peaks[gone:] + array("q", bytes(8 * gone))
        self.needs = self.needs[gone:] + array("q", bytes(8 * gone))

    def percentiles(self, *percents: int) -> tuple[int, ...]:
        """Give VPA's percentiles of the days' peaks, kills counted at what they call for."""
        kept = Histogram(MEMORY_SCALE)
        for place, (peak, need) in enumerate(zip(self.peaks, self.needs, strict=True)):
            if peak or need:
                kept.add(max(peak, need), self.end_s - (INTERVALS - 1 - place) * INTERVAL)
        return kept.percentiles(*percents)

    def state(self) -> tuple[int, tuple[int, ...], tuple[int, ...]]:
        """Give all there is, as plain values."""
        return self.end_s, tuple(self.peaks), tuple(self.needs)

    def restore(self, end_s: int, peaks: Sequence[int], needs: Sequence[int]) -> None:
        """Take what ``state`` gave. Raises ``ValueError`` for what it cannot have given."""
        if len(peaks) != INTERVALS or len(needs) != INTERVALS or min(end_s, *peaks, *needs) < 0:
            raise ValueError("not the peaks of days")
        self.end_s, self.peaks, self.needs = end_s, array("q", peaks), array("q", needs)
        self.top = self.peaks[-1] or -1

    @classmethod
    def merged(cls, parts: Sequence["DailyPeaks"]) -> "DailyPeaks":
        """Give the highest of all replicas, interval by interval: one that needs much is not outvoted."""
        made = cls()
        made.end_s = max((it.end_s for it in parts), default=0)
        for it in parts:
            behind = (made.end_s - it.end_s) // INTERVAL
            for place in range(behind, INTERVALS):
                here = place - behind
                made.peaks[here] = max(made.peaks[here], it.peaks[place])
                made.needs[here] = max(made.needs[here], it.needs[place])
        return made


class HourlyPeaks:
    """The highest working set of each of the last 8 hours of the clock, the open one included."""

    __slots__ = ("hour", "peaks")

    def __init__(self) -> None:
        self.hour = 0
        self.peaks = array("q", bytes(8 * HOURS))

    def close(self, hour: int, peak: int) -> None:
        """Remember the highest of what was read in an hour so far, 0 for nothing."""
        if hour > self.hour:
            gone = min(hour - self.hour, HOURS)
            self.peaks = self.peaks[gone:] + array("q", bytes(8 * gone))
            self.hour = hour
        self.peaks[-1] = max(self.peaks[-1], peak)

    def known(self) -> list[tuple[int, int]]:
        """Give (start of the hour, bytes) of the hours with readings, oldest first."""
        first = self.hour - HOURS + 1
        return [((first + place) * HOUR, peak) for place, peak in enumerate(self.peaks) if peak]
