"""What a program remembers, kept for the next: aggregates over days, and what judging knows of before."""

import json
import sqlite3
import zlib
from dataclasses import replace
from typing import Any

from sutaztop.domain.frame import Frame
from sutaztop.domain.past import NO_PAST, Past, Sized
from sutaztop.history.aggregates import Aggregates
from sutaztop.history.memory import History
from sutaztop.store.codec import Undecodable
from sutaztop.store.recording.inflate import UNREADABLE, inflate
from sutaztop.store.recording.values import decoder, encoder

EVERY_NS = 300_000_000_000
"""From one look to the next; what is lost by a kill is so much of days."""
AGGREGATES, PAST = "aggregates", "past"
_LONGEST_US = 3600_000_000
"""After so long nothing of the past counts but kills and raises: what happened meanwhile was not seen."""
_ENCODE, _DECODE = encoder(Past), decoder(Past)


class Memory:
    """Looks at what a live frame refers to now and then, and keeps it."""

    def __init__(self) -> None:
        self._looked_ns: int | None = None
        self._frame: Frame | None = None
        self._taken: tuple[Any, Past] | None = None

    def look(self, frame: Frame) -> None:
        """Take what is remembered where it is time; on the thread that remembers."""
        self._frame = frame
        clock_ns = frame.snapshot.clock_ns
        if self._looked_ns is None or clock_ns - self._looked_ns >= EVERY_NS:
            self._looked_ns = clock_ns
            self._take(frame)

    def look_again(self) -> None:
        """Take it once more, now that nobody remembers any longer; what was taken before stands where that fails."""
        if self._frame is not None:
            try:
                self._take(self._frame)
            except (RuntimeError, KeyError):
                return

    def _take(self, frame: Frame) -> None:
        if isinstance(frame.history, History):
            self._taken = frame.history.aggregates.state(), frame.past

    def keep(self, connection: sqlite3.Connection, at_us: int) -> None:
        """Write what was taken, once; does not commit. May raise ``sqlite3.Error``."""
        taken, self._taken = self._taken, None
        if taken is None:
            return
        aggregates, past = taken
        plain = _ENCODE(replace(past, sized=Sized(), bursting=frozenset(), bursting_minute=0))
        for key, value in ((AGGREGATES, aggregates), (PAST, plain)):
            body = zlib.compress(json.dumps(value, separators=(",", ":")).encode(), 1)
            connection.execute("INSERT OR REPLACE INTO state (key, at_us, body) VALUES (?, ?, ?)", (key, at_us, body))
        connection.commit()


def read_aggregates(connection: sqlite3.Connection) -> Aggregates | None:
    """Give what was kept of days; ``None`` where nothing was, or it can't be read. May raise ``sqlite3.Error``."""
    found = _read(connection, AGGREGATES)
    if found is None:
        return None
    made = Aggregates()
    try:
        kept, groups, host = _tuples(found[1])
        made.restore(kept, groups, host)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return made


def read_past(connection: sqlite3.Connection, now_us: int) -> Past:
    """Give what judging remembered; what is older than an hour, or from the future, keeps kills and raises alone."""
    found = _read(connection, PAST)
    if found is None:
        return NO_PAST
    try:
        past: Past = _DECODE(found[1])
    except Undecodable:
        return NO_PAST
    if 0 <= now_us - found[0] <= _LONGEST_US:
        return past
    return Past(kills=past.kills, raises=past.raises, counts=past.counts, limits=past.limits)


def _read(connection: sqlite3.Connection, key: str) -> tuple[int, Any] | None:
    row = connection.execute("SELECT at_us, body FROM state WHERE key = ?", (key,)).fetchone()
    try:
        return None if row is None else (row[0], json.loads(inflate(row[1])))
    except UNREADABLE:
        return None


def _tuples(value: Any) -> Any:
    return tuple([_tuples(it) for it in value]) if isinstance(value, list) else value
