"""A clock that stands still until a test moves it."""

import threading
from datetime import datetime, timedelta

from sutaztop.domain.borrow import Instant
from sutaztop.domain.quantity import Seconds
from tests.given import NOW


class SetClock:
    """Time that moves only by ``advance``, or by somebody's ``sleep``. Safe to share between threads.

    The monotonic reading starts at an hour, so that 0 never looks like a time that was read.
    """

    def __init__(self, now: datetime = NOW) -> None:
        self._start = now
        self._elapsed_ns = 0
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """Give the start plus all that was advanced."""
        return self._start + timedelta(microseconds=self._elapsed_ns // 1000)

    def monotonic_ns(self) -> int:
        """Give nanoseconds that rise exactly as ``now`` does."""
        return 3600 * 10**9 + self._elapsed_ns

    def sleep(self, seconds: Seconds) -> None:
        """Move on at once instead of waiting."""
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Move on by this many seconds; never back."""
        if seconds < 0:
            raise ValueError("time never steps back")
        with self._lock:
            self._elapsed_ns += round(seconds * 1e9)

    def set_wall(self, seconds: float) -> None:
        """Set the wall clock on, or back, by so much; the monotonic reading knows nothing of it."""
        self._start += timedelta(seconds=seconds)

    def instant(self) -> Instant:
        """Give ``now``, and the monotonic reading as the time since one boot."""
        return Instant(self.now(), Seconds(self.monotonic_ns() / 1e9), "boot")
