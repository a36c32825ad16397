"""How much of the last hour was spent at the CPU limit: sixty minutes, two bytes each."""

MINUTES = 60
AT_LIMIT = 9500
"""Basis points of the limit from which on it counts as reached."""


class Saturation:
    """Seconds at the limit, and seconds seen, of each of the last 60 minutes; the open minute in milliseconds.

    A reading stands for the time since the one before, of which a minute can hold no more than itself: with readings
    minutes apart only a part of the time is seen.
    """

    __slots__ = ("_minute", "_seconds", "full_ms", "seen_ms")

    def __init__(self) -> None:
        self._minute = 0
        self._seconds = bytearray(2 * MINUTES)
        self.full_ms = 0
        """Milliseconds of the open minute at the limit: counted up by whoever reads."""
        self.seen_ms = 0

    def close(self, minute: int) -> None:
        """Put the open minute away, which ends as ``minute`` begins."""
        gone = minute - self._minute
        if gone <= 0:
            return
        if self._minute:
            slot = self._minute % MINUTES
            seconds = self._seconds
            seconds[slot], seconds[slot + MINUTES] = _whole(self.seen_ms), _whole(self.full_ms)
            for skipped in range(max(self._minute + 1, minute - MINUTES + 1), minute + 1):
                seconds[skipped % MINUTES] = seconds[skipped % MINUTES + MINUTES] = 0
        self._minute = minute
        self.full_ms = self.seen_ms = 0

    def known(self) -> tuple[int, int]:
        """Give (seconds seen, seconds of them at the limit), the open minute included."""
        seconds = self._seconds
        return sum(seconds[:MINUTES]) + _whole(self.seen_ms), sum(seconds[MINUTES:]) + _whole(self.full_ms)


def _whole(milliseconds: int) -> int:
    return min(MINUTES, (milliseconds + 500) // 1000)
