"""What of a recording is old: seconds become minutes, minutes go, and the file stays within its size.

Each call does little and commits: a sample never waits long for what is only tidied up (ADR 0025). What is done stands
in the file, so that a program that starts anew goes on with it.
"""

import json
import logging
import sqlite3
from dataclasses import asdict, dataclass

from sutaztop.domain.quantity import GIB, Bytes, Seconds, span_words
from sutaztop.store.recording.ages import Ages, read_ages
from sutaztop.store.recording.inflate import UNREADABLE
from sutaztop.store.recording.parts_in_use import PartsInUse, at_once
from sutaztop.store.recording.writer import Writer, pack_rows, unpack_rows

_LOG = logging.getLogger(__name__)
_US = 1_000_000
_DAY_US = 86_400 * _US
BITE = 8
"""Minutes that are thinned in one call: one a minute comes due, so that a backlog is caught up with."""
_GONE = 64
_LINES = 256
"""Minutes and lines of the timeline that go in one call; of lines more where many are due."""
_PAGES = 256
"""Free pages that go back to the filesystem in one call: a megabyte."""
_WEEK_US = 7 * _DAY_US
EVERY = 5
"""Of minutes older than a week, one in so many keeps its whole row."""
_AHEAD_US = _DAY_US
"""What lies so far in the future was written under a wrong clock: it is passed over."""
_LEFT = 10
"""Minutes that keep every reading however small the file must be."""
_KEY = "retention"


@dataclass(frozen=True, slots=True)
class Terms:
    """How long what is kept: every reading, minutes; and how many bytes the file may take."""

    seconds: Seconds = Seconds(24 * 3600.0)
    minutes: Seconds = Seconds(30 * 24 * 3600.0)
    size: Bytes = Bytes(4 * GIB)


@dataclass(slots=True)
class _Done:
    """How far it got: numbers of minutes that are dealt with, and times in microseconds since 1970."""

    thinned: int = 0
    sparse: int = 0
    tidied_us: int = 0
    limited_us: int = 0
    """The newest minute that lost its readings, and the newest that went, for the sake of the file's size alone."""
    dropped_us: int = 0


class Retention:
    """Keeps one recording to its terms, on its writer's thread."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._done: _Done | None = None
        self._parts: PartsInUse | None = None
        self._ages: Ages | None = None
        self._complained = False

    def minute(self, writer: Writer, now_us: int, clock_ns: int) -> str:
        """Do what is due, a little of it; gives words where the size doesn't allow what was asked for.

        Raises ``sqlite3.Error``.
        """
        connection = writer.connection
        done = self._done = self._done or _read(connection)
        before = asdict(done)
        ages = self._ages = self._ages or read_ages(connection, clock_ns)
        earliest_us, latest_us = ages.tell(now_us, clock_ns)
        ages.keep(connection, now_us)
        self._thin(connection, done, earliest_us - _in_us(self._terms.seconds), latest_us + _AHEAD_US)
        self._sparse(connection, done, earliest_us - _WEEK_US, latest_us + _AHEAD_US)
        self._drop(connection, earliest_us - _in_us(self._terms.minutes))
        self._fit(connection, done)
        self._tidy(writer, done, earliest_us)
        if asdict(done) != before:
            connection.execute(
                "INSERT OR REPLACE INTO state (key, at_us, body) VALUES (?, ?, ?)",
                (_KEY, now_us, json.dumps(asdict(done)).encode()),
            )
        connection.commit()
        # As a script, which runs to its end: as a query it would give back one page.
        connection.executescript(f"PRAGMA incremental_vacuum({_PAGES})")
        return self._words(done, now_us)

    # --- by age -----------------------------------------------------------------------------

    def _thin(self, connection: sqlite3.Connection, done: _Done, until_us: int, wrong_us: int) -> None:
        """Leave of old minutes their first row, which stands for itself, and their coarse figures."""
        due = connection.execute(
            "SELECT id, last_us FROM minute WHERE id > ? ORDER BY id LIMIT ?", (done.thinned, BITE)
        ).fetchall()
        for number, last_us in due:
            if until_us <= last_us <= wrong_us:
                return
            if last_us < until_us:
                self._thin_one(connection, number)
            done.thinned = number

    def _thin_one(self, connection: sqlite3.Connection, number: int) -> None:
        try:
            thin(connection, number)
        except UNREADABLE as error:
            # One damaged minute must not keep all that come after it from being recorded.
            connection.execute("UPDATE minute SET figures = NULL, samples = NULL, rows = 0 WHERE id = ?", (number,))
            if not self._complained:
                self._complained = True
                _LOG.warning("a minute of the recording can't be read, what is left of it is its graphs: %s", error)

    def _sparse(self, connection: sqlite3.Connection, done: _Done, until_us: int, wrong_us: int) -> None:
        due = connection.execute(
            "SELECT id, slot, last_us FROM minute WHERE id > ? AND id <= ? ORDER BY id LIMIT ?",
            (done.sparse, done.thinned, BITE),
        ).fetchall()
        for number, slot, last_us in due:
            if until_us <= last_us <= wrong_us:
                return
            if last_us < until_us and slot % EVERY:
                connection.execute("UPDATE minute SET samples = NULL, rows = 0 WHERE id = ?", (number,))
            done.sparse = number

    @staticmethod
    def _drop(connection: sqlite3.Connection, until_us: int) -> None:
        connection.execute(
            # The last stays, or numbers would begin anew, and those that are dealt with are known by them.
            "DELETE FROM minute WHERE id IN (SELECT id FROM minute WHERE first_us < ? AND last_us < ?"
            " AND id < (SELECT max(id) FROM minute) ORDER BY first_us LIMIT ?)",
            (until_us, until_us, _GONE),
        )
        due = connection.execute("SELECT count(*) FROM happening WHERE at_us < ?", (until_us,)).fetchone()[0]
        connection.execute(
            "DELETE FROM happening WHERE id IN (SELECT id FROM happening WHERE at_us < ?"
            " AND coalesce(until_us, at_us) < ? ORDER BY at_us LIMIT ?)",
            (until_us, until_us, at_once(due, _LINES)),
        )

    # --- by size ----------------------------------------------------------------------------

    def _fit(self, connection: sqlite3.Connection, done: _Done) -> None:
        """Where the file is too large, the oldest readings go first, and then the oldest minutes."""
        if used(connection) <= self._terms.size:
            return
        found = connection.execute(
            "SELECT id, last_us FROM minute WHERE id > ? AND figures IS NOT NULL ORDER BY id LIMIT ?",
            (done.thinned, BITE + _LEFT),
        ).fetchall()
        for number, last_us in found[:-_LEFT]:
            self._thin_one(connection, number)
            done.thinned, done.limited_us = number, last_us
        if len(found) > _LEFT:
            return
        oldest = connection.execute(
            "SELECT id, last_us FROM minute WHERE id <= ? ORDER BY first_us LIMIT ?", (done.thinned, BITE)
        ).fetchall()
        if not oldest:
            return
        connection.executemany("DELETE FROM minute WHERE id = ?", [(it[0],) for it in oldest])
        gone_us = max(it[1] for it in oldest)
        left_us = connection.execute("SELECT min(first_us) FROM minute").fetchone()[0]
        if left_us is not None:
            # A minute in which the clock was set may end long after others that are left.
            gone_us = min(gone_us, left_us - 1)
        connection.execute(
            "DELETE FROM happening WHERE at_us <= ? AND coalesce(until_us, at_us) <= ?", (gone_us, gone_us)
        )
        done.dropped_us = gone_us

    def _words(self, done: _Done, now_us: int) -> str:
        room = f"{self._terms.size / GIB:.2g} GiB"
        if now_us - _in_us(self._terms.minutes) < done.dropped_us <= now_us:
            return f"{room} holds no more than {span_words((now_us - done.dropped_us) / _US)}"
        if now_us - _in_us(self._terms.seconds) < done.limited_us <= now_us:
            return f"{room} holds every reading for no more than {span_words((now_us - done.limited_us) / _US)}"
        return ""

    # --- once a day -------------------------------------------------------------------------

    def _tidy(self, writer: Writer, done: _Done, now_us: int) -> None:
        """Do once a day what has to look at everything: sizes, runs, and parts that nothing refers to any more."""
        if self._parts is not None:
            if self._parts.go_on(writer):
                self._parts = None
            return
        if 0 <= now_us - done.tidied_us < _DAY_US:
            return
        done.tidied_us = now_us
        seconds = now_us // _US
        connection = writer.connection
        connection.execute("DELETE FROM size WHERE at < ?", (seconds - round(self._terms.minutes),))
        # A history reads, of what is older than a day, the first of each hour.
        connection.execute(
            "DELETE FROM size WHERE at < ? AND EXISTS (SELECT 1 FROM size AS it WHERE it.key = size.key"
            " AND it.at < size.at AND it.at >= size.at - size.at % 3600)",
            (seconds - round(self._terms.seconds) - 90_000,),
        )
        connection.execute("DELETE FROM run WHERE id < (SELECT min(run) FROM minute)")
        self._parts = PartsInUse(connection)


def used(connection: sqlite3.Connection) -> int:
    """Give the bytes of the file that are in use."""
    pages, free, size = (
        connection.execute(f"PRAGMA {it}").fetchone()[0] for it in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


def thin(connection: sqlite3.Connection, number: int) -> None:
    """Leave of a minute its first row and its coarse figures."""
    samples = connection.execute("SELECT samples FROM minute WHERE id = ?", (number,)).fetchone()[0]
    if samples is None:
        connection.execute("UPDATE minute SET figures = NULL WHERE id = ?", (number,))
        return
    times, _, rows = unpack_rows(samples)
    connection.execute(
        "UPDATE minute SET figures = NULL, samples = ?, rows = 1, first_us = ? WHERE id = ?",
        (pack_rows(rows[:1]), times[0], number),
    )


def _in_us(span: Seconds) -> int:
    return round(span * _US)


def _read(connection: sqlite3.Connection) -> _Done:
    """Read how far it got; from the beginning where that can't be read."""
    found = connection.execute("SELECT body FROM state WHERE key = ?", (_KEY,)).fetchone()
    try:
        kept = json.loads(found[0]) if found is not None else {}
        return _Done(**{name: int(kept[name]) for name in asdict(_Done()) if name in kept})
    except (ValueError, TypeError):
        return _Done()
