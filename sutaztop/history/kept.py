"""What is kept of one container over days: fed with each reading, a minute at a time where that is enough."""

from array import array
from collections.abc import Sequence
from typing import TypeAlias

from sutaztop.domain.estimate import Aggregate, CpuPercentiles, seen
from sutaztop.domain.reading import Unmeasured
from sutaztop.domain.snapshot import Usage
from sutaztop.history.estimators import LEAST_CPU, LEAST_MEMORY, bounds
from sutaztop.history.histogram import CPU_SCALE, Histogram
from sutaztop.history.peaks import HOUR, DailyPeaks, HourlyPeaks
from sutaztop.history.saturation import AT_LIMIT, Saturation

MINUTE = 60
KILLS = 4
"""So many kills are told one by one; what they call for is kept as long as the days' peaks."""
_SAME_KILL = 10
"""Seconds: the engine's event, the kernel's count and inspect's flag tell of one kill one after the other."""
_NOT_SEEN = -1
NO_LIMIT = 0

State: TypeAlias = tuple[
    tuple[int, ...], tuple[int, tuple[float, ...]], tuple[int, tuple[int, ...], tuple[int, ...]], tuple[int, ...]
]
"""(whole numbers, CPU histogram, days' peaks, kills): plain values for a store."""
_WHOLE = (
    "seen_s", "first_s", "last_s", "samples", "cpu_limit", "memory_limit", "cpu_raised_s", "memory_raised_s",
    "told_id", "told_kills",
)  # fmt: skip


class Kept:
    """The aggregates of one identity: its containers come and go, and one follows another.

    All of it is compact and of a fixed size: under 3 KB, most of it the CPU histogram. Sums are whole numbers
    (millionths of a core, milliseconds), so that two tasks of one slot that overlap during a roll-out add up to the
    same in any order.
    """

    __slots__ = (
        "_hour_peak", "_known", "_minute", "cpu", "cpu_limit", "cpu_raised_s", "cpu_read", "cpu_sum", "days", "first_s",
        "hours", "kills", "last_s", "memory_limit", "memory_raised_s", "samples", "saturation", "seen_s",
        "told_id", "told_kills",
    )  # fmt: skip

    def __init__(self) -> None:
        self.seen_s = self.first_s = self.last_s = self.samples = 0
        self.cpu_limit = self.memory_limit = _NOT_SEEN
        self.cpu_raised_s = self.memory_raised_s = 0
        self.told_id = self.told_kills = 0
        """The last container, and the kernel's count of its OOM kills, of which the last is known already."""
        self.cpu_sum = self.cpu_read = self._minute = self._hour_peak = 0
        self.cpu = Histogram(CPU_SCALE)
        self.days = DailyPeaks()
        self.hours = HourlyPeaks()
        self.saturation = Saturation()
        self.kills: Sequence[int] = ()
        self._known: array[int] | None = None

    def feed(self, usage: Usage, now_s: int, elapsed_ms: int) -> None:
        """Take a reading, which stands for the time since the one before it. Times never go back."""
        self.seen_s = now_s
        if now_s // MINUTE != self._minute:
            self.close_minute(now_s // MINUTE)
        cpu = usage.cpu
        if not isinstance(cpu, Unmeasured):
            self.cpu_sum += int(cpu * 1_000_000)
            self.cpu_read += 1
        share = usage.cpu_utilization
        if not isinstance(share, Unmeasured):
            self.saturation.seen_ms += elapsed_ms
            if share * 10_000 >= AT_LIMIT:
                self.saturation.full_ms += elapsed_ms
        used = usage.memory
        if not isinstance(used, Unmeasured):
            if used > self._hour_peak:  # noqa: PLR1730 - max() costs twice as much, a thousand times a second
                self._hour_peak = used
            days = self.days
            if used > days.top or now_s >= days.end_s:
                days.put(now_s, used)
                self._known = None

    def take_cpu(self, cores: float, now_s: int) -> None:
        """Take a reading of CPU alone, in cores."""
        self.seen_s = now_s
        if now_s // MINUTE != self._minute:
            self.close_minute(now_s // MINUTE)
        self.cpu_sum += int(cores * 1_000_000)
        self.cpu_read += 1

    def close_minute(self, minute: int) -> None:
        """Make the open minute a sample: the mean of its readings, at its start."""
        if self.cpu_read:
            at = self._minute * MINUTE
            if not self.samples:
                self.first_s = at
            self.last_s = max(self.last_s, at)
            self.samples += 1
            self.cpu.add(self.cpu_sum // self.cpu_read, at)
            self.cpu_sum = self.cpu_read = 0
            self._known = None
        if self._hour_peak:
            self.hours.close(self._minute * MINUTE // HOUR, self._hour_peak)
            self._hour_peak = 0
        self.saturation.close(minute)
        self._minute = minute

    def take_limits(self, cpu: int, memory: int, now_s: int) -> None:
        """Notice the limits, in milli-cores and bytes, ``NO_LIMIT`` for none: when one was raised is remembered."""
        if _is_raised(self.cpu_limit, cpu):
            self.cpu_raised_s = now_s
        if _is_raised(self.memory_limit, memory):
            self.memory_raised_s = now_s
        self.cpu_limit, self.memory_limit = cpu, memory

    def take_kill(self, at: int, limit: int) -> None:
        """Remember an OOM kill at a memory limit in bytes, ``NO_LIMIT`` for a host that ran out."""
        if not self.days.put_oom(at, limit or None):
            return
        self._known = None
        kills = self.kills
        for place in range(0, len(kills), 2):
            if kills[place + 1] == limit and abs(kills[place] - at) <= _SAME_KILL:
                return
        told = sorted([*zip(kills[::2], kills[1::2], strict=True), (at, limit)])[-KILLS:]
        self.kills = array("q", [number for kill in told for number in kill])

    def percentiles(self) -> Sequence[int]:
        """Give p50, p90, p95 and p99 of CPU in micro-cores, and p50, p90 and p95 of the days' memory peaks.

        Reckoned once a minute and after a new peak, if anybody asks.
        """
        if self._known is None:
            self._known = array("q", _percentiles(self.cpu, self.days))
        return self._known

    def hourly(self) -> dict[int, int]:
        """Give the hours' peaks by the start of the hour, the open minute included."""
        known = dict(self.hours.known())
        if self._hour_peak:
            hour = self._minute * MINUTE // HOUR * HOUR
            known[hour] = max(known.get(hour, 0), self._hour_peak)
        return known

    def state(self) -> State:
        """Give what outlives a restart, as plain values; the last hour and the hours' peaks do not."""
        whole = tuple(int(getattr(self, name)) for name in _WHOLE)
        return whole, self.cpu.state(), self.days.state(), tuple(self.kills)

    def restore(self, state: State) -> None:
        """Take what ``state`` gave. Raises ``ValueError`` for what it cannot have given."""
        whole, cpu, days, kills = state
        if len(whole) != len(_WHOLE) or len(kills) % 2 or len(kills) > 2 * KILLS or min(whole) < _NOT_SEEN:
            raise ValueError("not what is kept of a container")
        self.cpu.restore(*cpu)
        self.days.restore(*days)
        self.kills = array("q", kills) if kills else ()
        for name, value in zip(_WHOLE, whole, strict=True):
            setattr(self, name, value)
        self._known = None


def _percentiles(cpu: Histogram, days: DailyPeaks) -> tuple[int, ...]:
    return *cpu.percentiles(50, 90, 95, 99), *days.percentiles(50, 90, 95)


def _is_raised(before: int, after: int) -> bool:
    if before in (_NOT_SEEN, NO_LIMIT):
        return False
    return after == NO_LIMIT or after > before


def aggregate_of(parts: Sequence[Kept]) -> Aggregate:
    """Give the aggregate of one, or of replicas together, in the order given.

    CPU is that of all their minutes. Memory is the highest of them in each interval, and one kill among many counts
    whole: a percentile over replicas would outvote the one that is short.
    """
    if len(parts) == 1:
        days, hourly, figures = parts[0].days, parts[0].hourly(), parts[0].percentiles()
    else:
        days, hourly = DailyPeaks.merged([it.days for it in parts]), {}
        figures = _percentiles(Histogram.merged(CPU_SCALE, [it.cpu for it in parts]), days)
        for it in parts:
            for hour, peak in it.hourly().items():
                hourly[hour] = max(hourly.get(hour, 0), peak)
    p50, p90, p95, p99 = (it // 1000 for it in figures[:4])
    sampled = [it for it in parts if it.samples]
    first_s = min((it.first_s for it in sampled), default=0)
    last_s = max((it.last_s for it in sampled), default=0)
    samples = sum(it.samples for it in sampled)
    seen_s = seen(first_s, last_s, samples)
    known = [it.saturation.known() for it in parts]
    span_s, all_s = max(it for it, _ in known), sum(it for it, _ in known)
    peaks = tuple(days.peaks)
    first = next((place for place, peak in enumerate(peaks) if peak), len(peaks))
    return Aggregate(
        first_s=first_s,
        last_s=last_s,
        samples=samples,
        cpu=CpuPercentiles(p50, p90, p95, p99),
        cpu_bounds=bounds(p50, p90, p95, seen_s=seen_s, least=LEAST_CPU),
        memory_bounds=bounds(*figures[4:], seen_s=seen_s, least=LEAST_MEMORY),
        memory_peaks=peaks[first:],
        hourly_peaks=tuple(sorted(hourly.items())),
        saturated_span_s=span_s,
        saturated_s=sum(it for _, it in known) * span_s // all_s if all_s else 0,
        oom_need=max(days.needs),
        ooms=tuple(sorted(
            ((at, limit or None) for it in parts for at, limit in zip(it.kills[::2], it.kills[1::2], strict=True)),
            key=lambda kill: (kill[0], kill[1] or 0),
        )),
        cpu_raised_s=max(it.cpu_raised_s for it in parts) or None,
        memory_raised_s=max(it.memory_raised_s for it in parts) or None,
    )  # fmt: skip
