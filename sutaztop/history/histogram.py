"""A histogram that forgets: exponential buckets whose weights halve every day.

The buckets, the decay and the percentile are those of Kubernetes' Vertical Pod Autoscaler: its numbers can be held
against these.
"""

import math
from array import array
from bisect import bisect_right
from collections.abc import Sequence

HALF_LIFE = 86_400
"""After so many seconds a sample counts half."""
BUCKETS = 176
_FARTHEST = 100
"""Half-lives from the reference after which it moves, before weights outgrow a 4-byte float (2^127)."""
_EMPTY = 1e-3
"""A bucket under this part of a fresh sample is empty. (VPA weighs a sample 0.1 and says 1e-4.)"""


class Scale:
    """Where buckets begin, in whole units: bucket 0 is [0, first), each further one 5 % wider than the one before.

    A unit must be small against ``first``. Bounds are exact (21/20 to a power, and no logarithm), so that a value at
    the very bound falls into the same bucket everywhere.

    >>> Scale(10_000).find(9_999), Scale(10_000).find(10_000), Scale(10_000).end(25)
    (0, 1, 511134)
    """

    __slots__ = ("_ends", "_starts")

    def __init__(self, first: int) -> None:
        # start(b) = first · (r^b - 1) / (r - 1) with r = 21/20. A whole value is at or above a bound
        # exactly if it is at or above the next whole number.
        bounds = [(20 * first * (21**b - 20**b), 20**b) for b in range(BUCKETS + 1)]
        self._starts: tuple[int, ...] = tuple(-(-above // below) for above, below in bounds[:-1])
        self._ends: tuple[int, ...] = tuple(above // below for above, below in bounds[1:])

    def find(self, value: int) -> int:
        """Give the bucket of a value; what is above all of them is in the last one."""
        return bisect_right(self._starts, value) - 1

    def end(self, bucket: int) -> int:
        """Give a bucket's end, cut to a whole unit; the last one has none, and gives its start."""
        return self._ends[bucket] if bucket < BUCKETS - 1 else self._ends[bucket - 1]


CPU_SCALE = Scale(10_000)
"""In millionths of a core, from a hundredth of a core up to a thousand cores."""
MEMORY_SCALE = Scale(10_000_000)
"""In bytes, from 10 MB up to a terabyte."""


class Histogram:
    """Weights of buckets, each sample of one unit at its own time.

    A sample that is a day younger weighs double: old ones are never touched. Weights are 4-byte floats, and only as
    many as the highest bucket used asks for: at most 704 bytes. What a percentile says is the same for the same
    samples in the same order, and one container's samples come in the order of time whatever the order of
    containers; ``merged`` takes them in the order that it is given and adds in double precision.
    """

    __slots__ = ("_reference", "_scale", "_weights")

    def __init__(self, scale: Scale) -> None:
        self._scale = scale
        self._reference = 0
        self._weights = array("f")

    def add(self, value: int, at: int) -> None:
        """Add a sample taken at a time, in seconds since the epoch."""
        weights = self._weights
        if not weights:
            self._reference = _whole_half_lives(at)
        elif at - self._reference > _FARTHEST * HALF_LIFE:
            self._move(_whole_half_lives(at))
            weights = self._weights
        bucket = self._scale.find(value)
        missing = bucket + 1 - len(weights)
        if missing > 0:
            weights.frombytes(bytes(4 * missing))
        weights[bucket] += 2.0 ** ((at - self._reference) / HALF_LIFE)

    def _move(self, reference: int) -> None:
        factor = 2.0 ** ((self._reference - reference) // HALF_LIFE)
        self._weights = array("f", [weight * factor for weight in self._weights])
        self._reference = reference

    def percentiles(self, *percents: int) -> tuple[int, ...]:
        """Give the ends of the buckets in which so many percent are reached, ascending; 0 where nothing is kept."""
        used = [(bucket, weight) for bucket, weight in enumerate(self._weights) if weight >= _EMPTY]
        if not used:
            return (0,) * len(percents)
        total = math.fsum(weight for _, weight in used)
        found: list[int] = []
        place, reached = 0, used[0][1]
        for percent in percents:
            while place < len(used) - 1 and reached * 100 < percent * total:
                place += 1
                reached += used[place][1]
            found.append(self._scale.end(used[place][0]))
        return tuple(found)

    def state(self) -> tuple[int, tuple[float, ...]]:
        """Give all there is, as plain values."""
        return self._reference, tuple(self._weights)

    def restore(self, reference: int, weights: Sequence[float]) -> None:
        """Take what ``state`` gave. Raises ``ValueError`` for what it cannot have given."""
        if len(weights) > BUCKETS or not all(math.isfinite(it) and it >= 0 for it in weights):
            raise ValueError("not the weights of a histogram")
        if reference % HALF_LIFE:
            raise ValueError("a histogram's reference is a whole number of days")
        self._reference, self._weights = reference, array("f", weights)

    @classmethod
    def merged(cls, scale: Scale, parts: Sequence["Histogram"]) -> "Histogram":
        """Give one histogram of all samples, as of the youngest reference."""
        made = cls(scale)
        states = [state for it in parts if (state := it.state())[1]]
        if not states:
            return made
        youngest = max(reference for reference, _ in states)
        sums = [0.0] * max(len(weights) for _, weights in states)
        for reference, weights in states:
            factor = 2.0 ** ((reference - youngest) // HALF_LIFE)
            for bucket, weight in enumerate(weights):
                sums[bucket] += weight * factor
        made.restore(youngest, sums)
        return made


def _whole_half_lives(at: int) -> int:
    return (at + HALF_LIFE // 2) // HALF_LIFE * HALF_LIFE
