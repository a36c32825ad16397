"""How fast something grows on disk, and when it will be full: a fit that stray measurements do not move.

The slope is Theil's and Sen's: the median of the slopes between all pairs of points (H. Theil
1950, P. K. Sen 1968), which stands as long as fewer than 29 % of the points are off. Its
quartiles give the range of a forecast. Everything is whole: bytes, seconds, bytes an hour.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from sutaztop.domain.quantity import MIB, Bytes, Seconds
from sutaztop.domain.reading import Reading, Reason, Unmeasured
from sutaztop.domain.sizes import SizeSeries

LEAST_POINTS = 6
"""Measurements on which a slope can rest."""
LEAST_SPAN = 300
"""Seconds that they must cover."""
REACH = 24
"""A forecast reaches this many times as far as what it was learnt from: an hour tells of a day."""
SOON = 24 * 3600
"""Seconds: what is full within a day is worth a word to whoever is on duty."""
STEADY = MIB
"""Bytes an hour, under which nothing is said to grow: 24 MiB a day."""

_HOUR = 3600
_FIRST_WINDOW = 8
_MOST_POINTS = 32
"""Points of one fit: 496 slopes, whatever the span."""
_STEP = 8
"""A change at once is this many times what is usual for its time …"""
_LEAST_STEP, _STEP_SHARE = 4 * MIB, 500
"""… and no less than this, or than this fraction of the whole."""
_STAIRS = 3
"""So many steps one way are no accidents: things are written in lots, and that is how they grow."""


@dataclass(frozen=True, slots=True)
class Growth:
    """How fast something grows: bytes an hour, negative where it shrinks.

    ``low`` and ``high`` are the quartiles of the slopes; ``points`` and ``span`` (seconds) what
    the fit rests on.
    """

    slope: int
    low: int
    high: int
    points: int
    span: int

    @property
    def is_growing(self) -> bool:
        """Whether three quarters of the slopes say so, and by more than nothing."""
        return self.slope >= STEADY and self.low > 0

    @property
    def is_shrinking(self) -> bool:
        """Whether three quarters of the slopes say so, and by more than nothing."""
        return self.slope <= -STEADY and self.high < 0


@dataclass(frozen=True, slots=True)
class Forecast:
    """Seconds until room is used up; ``latest`` is ``None`` where that may never be."""

    left: Seconds
    earliest: Seconds
    latest: Seconds | None


@lru_cache(maxsize=64)
def growth_of(series: SizeSeries) -> Reading[Growth]:
    """Fit the newest part of a series that is of one piece; ``Unmeasured(NOT_ENOUGH)`` where it is too short.

    A size that jumps and stays (a model pulled, a prune) starts the fit anew, and so does
    another pace. The answer is kept for as long as the series stays the same object.

    >>> from sutaztop.domain.sizes import SizeSeries
    >>> growth_of(SizeSeries.of((minute * 60, minute * MIB) for minute in range(10))).slope // MIB
    60
    """
    times, sizes = series.times, series.sizes
    steps = _steps(times, sizes)
    stairs = steps[-_STAIRS:]
    if len(stairs) == _STAIRS and len({sizes[it + 1] > sizes[it] for it in stairs}) == 1:
        begin = max(0, steps[-min(len(steps), 2 * _STAIRS)] - 2)
        found = _fit(times[begin:], sizes[begin:])
    else:
        begin = steps[-1] + 1 if steps else 0
        found = _longest_fit(times[begin:], sizes[begin:])
    if found is not None:
        return found
    seen = f"{len(times) - begin} of {LEAST_POINTS} measurements over {LEAST_SPAN // 60} min"
    if steps:
        jump = sizes[begin] - sizes[begin - 1]
        seen += f" since it changed by {jump // MIB:+d} MiB at once"
    return Unmeasured(Reason.NOT_ENOUGH, seen)


def forecast(room: Bytes, growth: Growth, age: float = 0.0) -> Forecast | None:
    """Say when room for so many bytes is used up; ``None`` where it is not, or not within reach of a forecast.

    ``age`` is how many seconds ago the room was measured: it has been growing since. What is older
    than the fit's own span foretells nothing.

    >>> forecast(Bytes(6 * MIB), Growth(2 * MIB, MIB, 3 * MIB, 10, 3600))
    Forecast(left=10800, earliest=7200, latest=21600)
    """
    if room <= 0 or not growth.is_growing or age > growth.span:
        return None
    left = _hours_in_seconds(room, growth.slope)
    if left > REACH * growth.span:
        return None
    latest = _hours_in_seconds(room, growth.low)
    # A tail so slow that it lies beyond all reach is no date.
    beyond = latest > 4 * REACH * growth.span
    since = max(0, int(age))
    times = (max(0, it - since) for it in (left, _hours_in_seconds(room, growth.high), latest))
    left, earliest, latest = (Seconds(it) for it in times)
    return Forecast(left, earliest, None if beyond else latest)


def _hours_in_seconds(room: int, slope: int) -> Seconds:
    return Seconds(-(-room * _HOUR // slope))


def _longest_fit(times: Sequence[int], sizes: Sequence[int]) -> Growth | None:
    """Fit the newest points, and ever more of them, for as long as the longer fit agrees with the shorter."""
    count, whole = min(_FIRST_WINDOW, len(times)), len(times)
    found = _fit(times[whole - count :], sizes[whole - count :])
    while count < whole:
        count = min(whole, 2 * count)
        longer = _fit(times[whole - count :], sizes[whole - count :])
        if found is not None and longer is not None:
            slack = max((found.high - found.low) // 2, abs(found.slope) // 10, STEADY // 4)
            if not found.low - slack <= longer.slope <= found.high + slack:
                break
        found = longer
    return found


def _fit(times: Sequence[int], sizes: Sequence[int]) -> Growth | None:
    count = len(times)
    if count < LEAST_POINTS or times[-1] - times[0] < LEAST_SPAN:
        return None
    kept = min(count, _MOST_POINTS)
    # Evenly over the points there are, the first and the last always.
    places = [place * (count - 1) // (kept - 1) for place in range(kept)]
    slopes = sorted(
        (sizes[later] - sizes[earlier]) * _HOUR // (times[later] - times[earlier])
        for index, earlier in enumerate(places)
        for later in places[index + 1 :]
    )
    quarter = (len(slopes) - 1) // 4
    return Growth(
        _median(slopes), slopes[quarter], slopes[len(slopes) - 1 - quarter], kept, times[-1] - times[0]
    )  # fmt: skip


def _steps(times: Sequence[int], sizes: Sequence[int]) -> list[int]:
    """Give the places after which a size jumped and stayed, oldest first.

    Three points before and three after must lie on two levels: one stray measurement is no
    step. Where what is around it moves as fast, it is growth.
    """
    rates = [
        abs(sizes[place + 1] - sizes[place]) * _HOUR // (times[place + 1] - times[place])
        for place in range(len(times) - 1)
    ]
    usual = _median(sorted(rates)) if rates else 0
    found = []
    for place in range(2, len(times) - 3):
        jump = sizes[place + 1] - sizes[place]
        if abs(jump) < max(_LEAST_STEP, sizes[place] // _STEP_SHARE) or rates[place] < _STEP * usual:
            continue
        around = sorted([*rates[max(0, place - 3) : place], *rates[place + 1 : place + 4]])
        if rates[place] < _STEP * _median(around):
            continue
        shift = _middle(sizes[place + 1 : place + 4]) - _middle(sizes[place - 2 : place + 1])
        if 2 * abs(shift) >= abs(jump) and (shift > 0) == (jump > 0):
            found.append(place)
    return found


def _middle(three: Sequence[int]) -> int:
    return sorted(three)[1]


def _median(ordered: Sequence[int]) -> int:
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) // 2
