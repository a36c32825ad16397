"""One monotonic clock over reboots: histories know one clock only, and a recording may have several."""

from dataclasses import replace
from datetime import datetime, timedelta

from sutaztop.domain.snapshot import Snapshot

_SECOND = 1_000_000_000
_MICROSECOND = timedelta(microseconds=1)


class OneClock:
    """Moves the clocks of other boots behind the first one's, as far as the wall clock says."""

    def __init__(self) -> None:
        self._boot = ""
        self._last: tuple[int, datetime] | None = None
        self._shift_ns = 0

    def moved(self, boot: str, snapshot: Snapshot) -> Snapshot:
        """Give a snapshot in the one clock. They must come as they were recorded."""
        if self._last is not None:
            clock_ns, at = self._last
            elapsed = snapshot.clock_ns + self._shift_ns - clock_ns
            if boot != self._boot or elapsed <= 0:
                by_wall = (snapshot.at - at) // _MICROSECOND * 1000
                self._shift_ns += max(by_wall, _SECOND) - elapsed
        self._boot = boot
        clock_ns = snapshot.clock_ns + self._shift_ns
        self._last = clock_ns, snapshot.at
        return replace(snapshot, clock_ns=clock_ns) if self._shift_ns else snapshot
