"""What the program remembers while it runs: a fixed cost for each container, whatever the time."""

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING

from sutaztop.domain.estimate import Aggregate
from sutaztop.domain.frame import HOST
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.reading import Unmeasured
from sutaztop.domain.sizes import SizeSeries
from sutaztop.domain.snapshot import HostUsage, Snapshot, Usage
from sutaztop.history.aggregates import Aggregates
from sutaztop.history.series import Ring
from sutaztop.history.sizes import SizeHistory, State

if TYPE_CHECKING:
    from datetime import datetime

_SECOND = 1_000_000_000
# Seconds for ten minutes, quarter minutes for six hours, minutes for the guide's day: 8 KB for each figure of
# each container, 54 KB for a container, taken when it is first seen.
RINGS = ((1, 600), (15, 1440), (60, 1440))
"""Seconds of a slot, and how many are kept."""

CONTAINER_FIGURES = ("cpu", "cpu_utilization", "throttled", "memory", "memory_utilization", "memory_anon")
"""Kept for a day."""
BRIEF_FIGURES = ("network_rx", "network_tx", "block_read", "block_write")
"""Kept for ten minutes, for charts alone."""
HOST_FIGURES = (
    "cpu",
    "cpu_utilization",
    "memory_utilization",
    "own_cpu",
    "outside_cpu_share",
    "outside_memory_share",
    "network_rx",
    "network_tx",
    "disk_read",
    "disk_write",
)

_FORGET_NS = 600 * _SECOND


class Series:
    """All rings of one key: a container's, or the host's."""

    __slots__ = ("read_at", "rings", "seen_ns")

    def __init__(self, figures: Iterable[str], brief: Iterable[str]) -> None:
        self.seen_ns = 0
        self.read_at: datetime | None = None
        self.rings = {
            figure: [Ring(step * _SECOND, size, coarse=step > 1) for step, size in RINGS] for figure in figures
        }
        step, size = RINGS[0]
        self.rings.update({figure: [Ring(step * _SECOND, size, coarse=True)] for figure in brief})


def new_series(key: str) -> Series:
    """Make the empty series of a key."""
    return Series(HOST_FIGURES, ()) if key == HOST else Series(CONTAINER_FIGURES, BRIEF_FIGURES)


class History:
    """Series of every container and of the host; satisfies ``HistoryView``.

    A container that has been gone for ten minutes is forgotten. Times are the samples'
    monotonic clock, so that a wall clock which steps neither tears nor repeats a series.
    """

    def __init__(self) -> None:
        self._kept: dict[str, Series] = {HOST: new_series(HOST)}
        self._now_ns = 0
        self._began_ns: int | None = None
        self.disk_sizes = SizeHistory()
        """What the parts of the disk plan took, for a month; on the wall's clock, so that it can be stored."""
        self.aggregates = Aggregates()
        """What outlives a container's id, and the ten minutes after which its series are forgotten."""

    def record(self, snapshot: Snapshot) -> None:
        """Remember a snapshot. What was not measured in it stays a gap."""
        now = self._now_ns = snapshot.clock_ns
        if self._began_ns is None:
            self._began_ns = now
        self.disk_sizes.record(snapshot)
        self._put(HOST, snapshot.host, HOST_FIGURES, now)
        for container in snapshot.containers:
            if container.id not in self._kept:
                self._kept[container.id] = new_series(container.id)
            if container.container.is_running:
                self._put(container.id, container.usage, _ALL_FIGURES, now)
            else:
                self._kept[container.id].seen_ns = now
        for key in [key for key, kept in self._kept.items() if key != HOST and now - kept.seen_ns > _FORGET_NS]:
            del self._kept[key]
        self.aggregates.record(snapshot)

    def known_keys(self) -> list[str]:
        """Give what there are series of, from any thread."""
        return list(self._kept)

    def go_on_with(self, aggregates: Aggregates | None, sizes: State) -> None:
        """Take up what was kept of days and of the disk plan; what was read of days since the start is forgotten."""
        if aggregates is not None:
            self.aggregates = aggregates
        self.disk_sizes.restore(sizes)

    def take_up(self, key: str, earlier: Series) -> None:
        """Put what an earlier program remembered of a key beneath what was remembered since, where the key is known."""
        kept = self._kept.get(key)
        if kept is None or self._began_ns is None:
            return
        for figure, rings in kept.rings.items():
            for ring, under in zip(rings, earlier.rings[figure], strict=True):
                for clock_ns, value in ring.readings(self._began_ns):
                    under.put(clock_ns, value)
        kept.rings = earlier.rings

    def aggregate(self, key: str) -> Aggregate | None:
        """Give what is remembered over days; see ``HistoryView``."""
        return self.aggregates.aggregate(key)

    def _put(self, key: str, usage: Usage | HostUsage, figures: tuple[str, ...], now_ns: int) -> None:
        kept = self._kept[key]
        kept.seen_ns = now_ns
        if usage.read_at is not None and usage.read_at == kept.read_at:
            # A slow collector's figures stand until it reads again; they were not taken a second time.
            return
        kept.read_at = usage.read_at
        rings = kept.rings
        for figure in figures:
            value = _GET[figure](usage)
            if not isinstance(value, Unmeasured):
                for ring in rings[figure]:
                    ring.put(now_ns, value)

    def series(self, key: str, figure: str, *, points: int, bucket: Seconds) -> Sequence[float | None]:
        """Give the last ``points`` buckets; see ``HistoryView``.

        The finest ring that covers the span, and whose step divides the bucket, is read; a bucket under
        a second is read as one second. Seconds are exact; what is
        coarser, and traffic, is right to 0.035 %.
        """
        kept = self._kept.get(key)
        rings = kept.rings.get(figure) if kept else None
        if not rings:
            return [None] * points
        bucket_ns = max(_SECOND, round(bucket * _SECOND))
        step = fitting_step([it.step_ns // _SECOND for it in rings], points, bucket_ns)
        ring = next(it for it in rings if it.step_ns == step * _SECOND)
        return ring.read(self._now_ns, points, max(1, bucket_ns // ring.step_ns))

    def sizes(self, key: str) -> SizeSeries:
        """Give a part of the disk plan over time; see ``HistoryView``."""
        return self.disk_sizes.sizes(key)


def fitting_step(steps: Sequence[int], points: int, bucket_ns: int) -> int:
    """Choose the ring, by its step in seconds: the finest that covers the span and whose step divides the bucket.

    Where none covers it, the longest whose step divides the bucket, and the oldest points are gaps: one that does not
    would put each reading into another point than its own (a chart of ten minutes in tens of seconds asks for 610 s).
    """
    capacity = dict(RINGS)
    dividing = [it for it in steps if bucket_ns % (it * _SECOND) == 0]
    fitting = [it for it in dividing if it * _SECOND * capacity[it] >= points * bucket_ns]
    if fitting:
        return fitting[0]
    return max(dividing) if dividing else min(steps, key=lambda it: abs(it * _SECOND - bucket_ns))


_ALL_FIGURES = CONTAINER_FIGURES + BRIEF_FIGURES
_GET = {figure: attrgetter(figure) for figure in {*_ALL_FIGURES, *HOST_FIGURES}}
