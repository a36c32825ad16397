"""One figure over time, at a fixed cost: a ring of slots that keeps its gaps."""

import math
from array import array
from collections.abc import Iterator, Sequence
from typing import Any

_GAP = -1.0
"""No figure that is kept can be negative, and the largest of a span is a gap only if all of it is."""
_NO_CODE, _ZERO = 0, 1
_LEAST, _MOST = 1e-6, 1e14
"""Every amount, rate and share that is not 0 lies between these: a millionth of a core, a hundred terabytes."""
_STEPS = math.log(_MOST / _LEAST) / (0xFFFF - _ZERO - 1)
"""Codes are steps of a logarithm: 0.07 %, so that a figure is wrong by half of that at most."""


def encode(value: float) -> int:
    """Give the 16-bit code of a figure that is not negative. Codes rise with figures, so that maxima agree.

    >>> encode(0.0), decode(encode(0.0)), round(decode(encode(4096.0)) / 4096, 3)
    (1, 0.0, 1.0)
    """
    if value <= 0:
        return _ZERO
    return _ZERO + 1 + round(math.log(min(max(value, _LEAST), _MOST) / _LEAST) / _STEPS)


def decode(code: int) -> float:
    """Give the figure of a code; negative for a gap."""
    if code <= _ZERO:
        return 0.0 if code == _ZERO else _GAP
    return _LEAST * math.exp((code - _ZERO - 1) * _STEPS)


class Ring:
    """The maxima of one figure in slots of ``step_ns`` nanoseconds, the last ``capacity`` of them.

    Figures are amounts, rates and shares, none below 0. A slot without a reading is a gap, ``None`` outside.
    All the memory it will ever need is taken at once. Inside are 4-byte floats, or in a ``coarse`` ring
    codes of 2 bytes, right to 0.035 %. One thread writes and others may read: a reader sees every closed
    slot right.
    """

    __slots__ = ("_capacity", "_closed", "_coarse", "_head", "_slots", "step_ns")

    def __init__(self, step_ns: int, capacity: int, *, coarse: bool = False) -> None:
        self.step_ns = step_ns
        self._capacity = capacity
        self._coarse = coarse
        self._slots: array[Any] = array("H", bytes(2 * capacity)) if coarse else array("f", [_GAP]) * capacity
        # The number of the slot that is open and its highest so far, in one value that is replaced whole.
        self._head: tuple[int, float] = (-1, _GAP)
        # What was read last, less the point that was open: (points, slots a point, number of the open point, values).
        self._closed: tuple[int, int, int, list[float | None]] = (0, 0, 0, [])

    def put(self, clock_ns: int, value: float | None) -> None:
        """Write a reading taken at a monotonic time. ``None`` writes nothing: the slot stays a gap.

        A reading older than the newest slot is dropped, for a monotonic clock gives none.
        """
        if value is None:
            return
        slot = clock_ns // self.step_ns
        newest, highest = self._head
        if slot <= newest:
            if slot == newest and value > highest:
                self._head = slot, value
            return
        slots, capacity = self._slots, self._capacity
        if newest >= 0:
            slots[newest % capacity] = encode(highest) if self._coarse else highest
            # After a gap longer than the ring everything in it is old.
            for skipped in range(max(newest + 1, slot - capacity + 1), slot):
                slots[skipped % capacity] = _NO_CODE if self._coarse else _GAP
        self._head = slot, value

    def readings(self, since_ns: int) -> Iterator[tuple[int, float]]:
        """Give the slots since a time that have a reading: when each begins, and its highest; oldest first."""
        newest, highest = self._head
        for slot in range(max(since_ns // self.step_ns, newest - self._capacity + 1, 0), newest):
            kept = self._slots[slot % self._capacity]
            value = decode(kept) if self._coarse else float(kept)
            if value >= 0:
                yield slot * self.step_ns, value
        if newest >= 0 and newest * self.step_ns >= since_ns - self.step_ns:
            yield newest * self.step_ns, highest

    def covers(self, span_ns: int) -> bool:
        """Whether the whole ring is at least this long."""
        return self.step_ns * self._capacity >= span_ns

    def read(self, now_ns: int, points: int, per_point: int) -> Sequence[float | None]:
        """Give ``points`` maxima of ``per_point`` slots each, the last one holding the slot of ``now_ns``.

        Points are aligned to multiples of ``per_point`` slots, so that a closed one never changes.
        """
        last_group = now_ns // self.step_ns // per_point
        known_points, known_per_point, known_last, closed = self._closed
        since = last_group - known_last
        if (known_points, known_per_point) != (points, per_point) or not 0 <= since < points:
            since, closed = points - 1, []
        if since:
            # The same is asked every second, and a closed point never changes: only what has closed since is reckoned.
            closed = closed[since:] if closed else []
            closed += [self._point(group, per_point) for group in range(last_group - since, last_group)]
            self._closed = points, per_point, last_group, closed
        return [*closed, self._point(last_group, per_point)]

    def _point(self, group: int, per_point: int) -> float | None:
        newest, highest = self._head
        first, last = max(group * per_point, newest - self._capacity + 1), (group + 1) * per_point - 1
        if first > newest:
            return None
        if last < newest:
            highest = self._highest(first, last)
        elif first < newest:
            highest = max(highest, self._highest(first, newest - 1))
        return None if highest < 0 else highest

    def _highest(self, first: int, last: int) -> float:
        """Give the highest of a span of closed slots: of one slice, or of two where the ring begins anew within it."""
        if last < first:
            return _GAP
        start, end = first % self._capacity, last % self._capacity
        if start <= end:
            highest = max(self._slots[start : end + 1])
        else:
            newer, older = max(self._slots[: end + 1]), max(self._slots[start:])
            highest = max(newer, older)
        return decode(highest) if self._coarse else float(highest)
