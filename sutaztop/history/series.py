"""One figure over time, at a fixed cost: a ring of slots that keeps its gaps."""

from array import array
from collections.abc import Sequence

_GAP = -1.0
"""No figure that is kept can be negative, and the largest of a span is a gap only if all of it is."""


class Ring:
    """The maxima of one figure in slots of ``step_ns`` nanoseconds, the last ``capacity`` of them.

    Figures are amounts, rates and shares, none below 0. A slot without a reading is a gap: negative
    in an array of 4-byte floats inside, ``None`` outside. One thread writes and others may read: a
    reader sees every closed slot right, because slots are only appended, or overwritten a whole
    ring later.
    """

    __slots__ = ("_capacity", "_closed", "_first", "_newest", "_slots", "step_ns")

    def __init__(self, step_ns: int, capacity: int) -> None:
        self.step_ns = step_ns
        self._capacity = capacity
        self._slots = array("f")
        self._first = 0
        self._newest = -1
        # What was read last, less the point that was open: (points, slots a point, number of the open point, values).
        self._closed: tuple[int, int, int, list[float | None]] = (0, 0, 0, [])

    def put(self, clock_ns: int, value: float | None) -> None:
        """Write a reading taken at a monotonic time. ``None`` writes nothing: the slot stays a gap.

        A reading older than the newest slot is dropped, for a monotonic clock gives none.
        """
        if value is None:
            return
        slot = clock_ns // self.step_ns
        if slot == self._newest:
            # The usual case: three of four readings meet a slot of fifteen seconds or a minute that is open.
            at = self._index(slot)
            self._slots[at] = max(self._slots[at], value)
            return
        if self._newest < 0:
            self._first, self._newest = slot, slot - 1
        if slot < self._newest:
            return
        # After a gap longer than the ring everything in it is old.
        for skipped in range(max(self._newest + 1, slot - self._capacity + 1), slot + 1):
            self._set(skipped, _GAP)
        self._slots[self._index(slot)] = value
        self._newest = slot

    def _index(self, slot: int) -> int:
        return (slot - self._first) % self._capacity

    def _set(self, slot: int, value: float) -> None:
        at = self._index(slot)
        while len(self._slots) <= at:
            self._slots.append(_GAP)
        self._slots[at] = value

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
        oldest = max(self._newest - self._capacity + 1, self._first)
        first, last = max(group * per_point, oldest), min((group + 1) * per_point - 1, self._newest)
        highest = self._highest(first, last) if first <= last else _GAP
        return None if highest < 0 else highest

    def _highest(self, first: int, last: int) -> float:
        """Give the highest of a span of slots: of one slice, or of two where the ring begins anew within it."""
        start, end = self._index(first), self._index(last)
        if start <= end:
            return max(self._slots[start : end + 1], default=_GAP)
        return max(max(self._slots[start:], default=_GAP), max(self._slots[: end + 1], default=_GAP))
