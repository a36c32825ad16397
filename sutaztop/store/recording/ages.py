"""What time it is where ages are reckoned: a wall clock that is ahead for a while makes nothing old.

A machine that wakes up, or whose battery is empty, may tell a time years ahead until it is corrected. The monotonic
clock knows no years, but that an hour took an hour. By it, what the wall clock tells of each hour that was recorded is
held against that of a day before: a step forward counts once it has stood for a day of recording (ADR 0025).
"""

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from sutaztop.store.recording.inflate import UNREADABLE

HOURS = 25
"""Hours of recording for which a step forward has to stand: a day at least, as the first of them is not a whole one."""
_HOUR_US = 3_600_000_000
_KEY = "ages"


class Ages:
    """Reckons the time of one recording; kept in it, so that a program that starts anew goes on with it."""

    def __init__(
        self, boot: str, clock_ns: int, leads: Mapping[int, int], *, lived_us: int = 0, seen_us: int = 0
    ) -> None:
        self._boot = boot
        self._clock_ns = clock_ns
        self._lived_us = lived_us
        """By the monotonic clock; what lies between two boots is not in it."""
        self._seen_us = seen_us
        """Of that, what was recorded: of a longer pause an hour counts."""
        self._leads = dict(leads)
        """By hours that were recorded, how far the wall clock was ahead of what was lived, at the most."""

    def tell(self, now_us: int, clock_ns: int) -> tuple[int, int]:
        """Take what the clocks tell, in microseconds since 1970 and monotonic nanoseconds.

        Gives the earliest time that it may be, and the latest, in microseconds since 1970. Ages go by the earliest,
        which is never after ``now_us``; what was written after the latest was written under a wrong clock.
        """
        passed_us = max(0, clock_ns - self._clock_ns) // 1000
        self._clock_ns = clock_ns
        self._lived_us += passed_us
        self._seen_us += min(passed_us, _HOUR_US)
        hour, lead = self._seen_us // _HOUR_US, now_us - self._lived_us
        if not self._leads:
            self._leads[hour - 1] = lead  # or the first hour alone would say what its latest reading says
        # The most of each hour: one that begins at 1970, until the network has told the time, is none to go by.
        self._leads[hour] = max(lead, self._leads.get(hour, lead))
        self._leads = {number: it for number, it in self._leads.items() if hour - HOURS <= number <= hour}
        return (
            min(now_us, self._lived_us + min(self._leads.values())),
            max(now_us, self._lived_us + max(self._leads.values())),
        )

    def keep(self, connection: sqlite3.Connection, now_us: int) -> None:
        """Write what is reckoned with; does not commit. Raises ``sqlite3.Error``."""
        kept = {
            "boot": self._boot, "clock_ns": self._clock_ns, "lived_us": self._lived_us, "seen_us": self._seen_us,
            "leads": sorted(self._leads.items()),
        }  # fmt: skip
        connection.execute(
            "INSERT OR REPLACE INTO state (key, at_us, body) VALUES (?, ?, ?)",
            (_KEY, now_us, json.dumps(kept).encode()),
        )


def read_ages(connection: sqlite3.Connection, clock_ns: int) -> Ages:
    """Go on from what is kept; without it from the newest minute, and without one from now.

    ``clock_ns`` is the monotonic clock of the run that was begun last. Raises ``sqlite3.Error``.
    """
    found = connection.execute("SELECT boot, id FROM run ORDER BY id DESC LIMIT 1").fetchone()
    boot = _boot(*found) if found is not None else ""
    kept = connection.execute("SELECT body FROM state WHERE key = ?", (_KEY,)).fetchone()
    if kept is not None:
        try:
            return _going_on(json.loads(kept[0]), boot, clock_ns)
        except UNREADABLE:
            pass  # as if it had never been kept: the newest minute knows nearly as much
    newest = connection.execute(
        "SELECT last_us, last_ns, boot, run FROM minute LEFT JOIN run ON run.id = run ORDER BY minute.id DESC LIMIT 1"
    ).fetchone()
    if newest is None:
        return Ages(boot, clock_ns, {})
    last_us, last_ns, *run = newest
    return Ages(boot, last_ns if _boot(*run) == boot else clock_ns, {-1: last_us})


def _going_on(kept: Mapping[str, Any], boot: str, clock_ns: int) -> Ages:
    """Go on from what was kept: in the same boot the time between two programs was lived as well."""
    return Ages(
        boot, int(kept["clock_ns"]) if kept["boot"] == boot else clock_ns,
        {int(hour): int(lead) for hour, lead in kept["leads"]},
        lived_us=int(kept["lived_us"]), seen_us=int(kept["seen_us"]),
    )  # fmt: skip


def _boot(boot: str | None, run: int) -> str:
    """Give what tells one boot from another; a run that did not know its boot is taken for one of its own."""
    return boot or f"run {run}"
