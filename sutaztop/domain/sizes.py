"""Sizes over time: what a component, a tier or a filesystem of the disk plan took, and when that was measured."""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sutaztop.domain.disk import Medium, Tree
from sutaztop.domain.reading import Unmeasured


@dataclass(frozen=True, slots=True, eq=False)
class SizeSeries:
    """Measured sizes, oldest first: ``times`` in whole seconds since 1970 (UTC), ``sizes`` in bytes.

    One that has not changed is the same object: what was reckoned from it can be kept by it.
    """

    times: Sequence[int] = field(default_factory=lambda: array("q"))
    sizes: Sequence[int] = field(default_factory=lambda: array("q"))

    @classmethod
    def of(cls, points: Iterable[tuple[int, int]]) -> "SizeSeries":
        """Make one from (seconds, bytes) in any order; of two at one time the larger is taken.

        >>> list(SizeSeries.of([(60, 5), (0, 3), (60, 4)]).sizes)
        [3, 5]
        """
        unique = dict(sorted(points))
        return cls(array("q", unique.keys()), array("q", unique.values()))

    def __len__(self) -> int:
        return len(self.times)


NO_SIZES = SizeSeries()


def component_key(name: str) -> str:
    """Give the key under which a component's sizes are kept."""
    return f"component:{name}"


def tier_key(medium: Medium) -> str:
    """Give the key under which the sum of a tier's components is kept."""
    return f"tier:{medium.value}"


def filesystem_key(mount_point: str) -> str:
    """Give the key under which a filesystem's used bytes are kept."""
    return f"filesystem:{mount_point}"


def time_of(trees: Iterable[Tree]) -> datetime | None:
    """Give the time of a sum of trees: that of the largest, with which nearly all of the sum was measured."""
    walked = [(it.size, it.measured_at) for it in trees if it.measured_at is not None]
    sized = [(size, at) for size, at in walked if not isinstance(size, Unmeasured)]
    return max(sized, key=lambda pair: pair[0])[1] if sized else None
