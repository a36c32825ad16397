"""How large the parts of the disk plan were: minutes for an hour, five minutes for a day, hours for a month."""

from array import array
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TypeAlias

from sutaztop.domain.reading import Reading, Unmeasured
from sutaztop.domain.sizes import NO_SIZES, SizeSeries, component_key, filesystem_key, tier_key, time_of
from sutaztop.domain.snapshot import Snapshot

_LEVELS = ((60, 60), (300, 288), (3600, 720))
"""Seconds of a slot, and how many are kept: 17 KB for each key once a month has passed, and less before."""
_DISKS = "disks"
_MOST_KEYS = 256
"""A filesystem that comes and goes under new names must not fill memory."""

State: TypeAlias = tuple[tuple[str, tuple[tuple[int, int], ...]], ...]
"""Every key with its points (seconds since 1970, bytes), oldest first: plain tuples, for a store."""


class _Kept:
    """The points of one key, at three distances; each slot holds the first measurement that fell into it."""

    __slots__ = ("levels", "series")

    def __init__(self) -> None:
        self.levels = [(array("q"), array("q")) for _ in _LEVELS]
        self.series: SizeSeries | None = None

    def put(self, at: int, size: int) -> bool:
        """Keep a point where its slot is free; says whether it was the first of its finest slot."""
        kept = False
        for (step, most), (times, sizes) in zip(_LEVELS, self.levels, strict=True):
            # A wall clock that was set back: what lies ahead of it was measured at no time that will still come.
            while times and times[-1] > at:
                times.pop()
                sizes.pop()
                self.series = None
            if times and times[-1] // step == at // step:
                continue
            times.append(at)
            sizes.append(size)
            self.series = None
            kept = kept or step == _LEVELS[0][0]
            # Forgotten by the step, or every one would move all that is left.
            if len(times) > most + most // 8:
                del times[:-most], sizes[:-most]
        return kept

    def all(self) -> SizeSeries:
        """Give all points once: coarse ones only for the time before the finer ones begin."""
        if self.series is None:
            self.series = SizeSeries.of(
                (at, size)
                for finer, (times, sizes) in zip((None, *self.levels), self.levels, strict=False)
                for at, size in zip(times, sizes, strict=True)
                if finer is None or not finer[0] or at < finer[0][0]
            )
        return self.series


class SizeHistory:
    """Sizes of components, tiers and filesystems as they were measured; a size measured once is kept once.

    Times are the wall clock's: what is kept here may outlive the program. ``heard`` is told of each point that is
    the first of its minute, by key, seconds since 1970 and bytes: from those the same can be made again.
    """

    def __init__(self, heard: Callable[[str, int, int], None] | None = None) -> None:
        self._heard = heard
        self._kept: dict[str, _Kept] = {}
        self._measured: dict[str, datetime] = {}

    def record(self, snapshot: Snapshot) -> None:
        """Remember what of the disks was measured anew since the last time."""
        disks = snapshot.disks
        if disks is None:
            return
        for tier in disks.tiers:
            for it in tier.components:
                self._put(component_key(it.component.name), it.used, time_of(it.trees) or it.measured_at)
            trees = [tree for it in tier.components for tree in it.trees]
            self._put(tier_key(tier.medium), tier.used, time_of(trees))
        report = snapshot.report(_DISKS)
        read_at = report.read_at if report is not None and report.read_at is not None else snapshot.at
        for filesystem in {fs.mount_point: fs for tier in disks.tiers for fs in tier.filesystems}.values():
            self._put(filesystem_key(filesystem.mount_point), filesystem.used, read_at)

    def _put(self, key: str, size: Reading[int], at: datetime | None) -> None:
        if at is None or isinstance(size, Unmeasured) or self._measured.get(key) == at:
            return
        if key not in self._kept and len(self._kept) >= _MOST_KEYS:
            return
        self._measured[key] = at
        seconds = int(at.timestamp())
        if self._kept.setdefault(key, _Kept()).put(seconds, size) and self._heard is not None:
            self._heard(key, seconds, size)

    def put(self, key: str, at: int, size: int) -> None:
        """Put a point that was measured once: ``at`` in seconds since 1970, ``size`` in bytes."""
        self._kept.setdefault(key, _Kept()).put(at, size)

    def sizes(self, key: str) -> SizeSeries:
        """Give a key's points; the same object until there is a new one."""
        kept = self._kept.get(key)
        return kept.all() if kept is not None else NO_SIZES

    def state(self) -> State:
        """Give everything that is known, for a store."""
        return tuple(
            (key, tuple(zip(series.times, series.sizes, strict=True)))
            for key, kept in sorted(self._kept.items())
            if (series := kept.all())
        )

    def restore(self, state: Iterable[tuple[str, Iterable[tuple[int, int]]]]) -> None:
        """Put back what ``state`` gave; what has been measured meanwhile stays, where it is newer."""
        earlier: Mapping[str, list[tuple[int, int]]] = {key: sorted(points) for key, points in state}
        for key, points in earlier.items():
            if key not in self._kept and len(self._kept) >= _MOST_KEYS:
                continue
            now = self._kept.get(key)
            present = list(zip(now.all().times, now.all().sizes, strict=True)) if now is not None else []
            first = present[0][0] if present else None
            anew = _Kept()
            for at, size in [*(it for it in points if first is None or it[0] < first), *present]:
                anew.put(at, size)
            self._kept[key] = anew
