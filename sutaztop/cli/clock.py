"""The real clock."""

import time
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from sutaztop.domain.borrow import Instant
from sutaztop.domain.quantity import Seconds

_BOOT = Path("/proc/sys/kernel/random/boot_id")
"""A new one at each boot; the kernel's documentation of ``/proc/sys/kernel/random``."""


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

    def instant(self) -> Instant:
        """Give this moment as wall time and as time since boot: ``CLOCK_BOOTTIME`` counts while the machine sleeps."""
        return Instant(self.now(), Seconds(time.clock_gettime_ns(time.CLOCK_BOOTTIME) / 1e9), _boot())


@lru_cache(maxsize=1)
def _boot() -> str:
    """Name this boot, once: a program does not outlive it."""
    try:
        return _BOOT.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""
