"""The real clock."""

import time
from datetime import UTC, datetime

from sutaztop.domain.quantity import Seconds


class SystemClock:
    """Wall and monotonic time of this machine; satisfies ``contracts.Clock``."""

    def now(self) -> datetime:
        """Give the wall clock, aware and UTC."""
        return datetime.now(UTC)

    def monotonic_ns(self) -> int:
        """Give a clock that never steps back."""
        return time.monotonic_ns()

    def sleep(self, seconds: Seconds) -> None:
        """Wait."""
        time.sleep(seconds)
