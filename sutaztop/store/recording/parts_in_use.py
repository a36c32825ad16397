"""Parts that nothing refers to any more: found by going through everything that refers, a little at a time."""

import json
import logging
import re
import sqlite3
from collections.abc import Iterable, Iterator

from sutaztop.store.recording.inflate import UNREADABLE, inflate
from sutaztop.store.recording.recorded_history import part_of
from sutaztop.store.recording.scribe import LARGE
from sutaztop.store.recording.writer import Writer, unpack_rows

_LOG = logging.getLogger(__name__)
WORK = 96
"""What is looked at in one call: minutes that have one row count once, others eight times."""
_FULL = 8
_AT_ONCE = 64
"""Parts that are deleted in one call, or more where many are to go."""
_CALLS, _MOST = 300, 4096
"""In so many calls all goes that is due, and never more in one: of a million that takes a sixth of a second."""
# In a JSON text no string can hold this: its quotes would have a backslash before them.
_LARGE = re.compile(rb'"(?:' + "|".join(LARGE).encode() + rb')":(\d+)')
_CONTAINERS = b'"+containers":'


def referred(rows: Iterable[bytes]) -> Iterator[int]:
    """Give the numbers of parts that rows refer to."""
    for row in rows:
        yield from map(int, _LARGE.findall(row))
        if _CONTAINERS in row:
            for number, _ in json.loads(row)["+containers"]:
                yield number


def at_once(due: int, least: int) -> int:
    """Give how much goes in one call: a host with many short-lived containers makes more than a fixed number takes.

    >>> at_once(1000, 64), at_once(60_000, 64), at_once(10**7, 64)
    (64, 200, 4096)
    """
    return min(_MOST, max(least, due // _CALLS))


class PartsInUse:
    """One pass: what was there when it began and is referred to nowhere goes."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        # The last stays, or its number would be given anew, and readers have in mind what it was.
        self._left = {it[0] for it in connection.execute("SELECT id FROM part").fetchall()}
        self._left -= {max(self._left, default=0)}
        self._minute = 0
        self._at_once = 0

    def go_on(self, writer: Writer) -> bool:
        """Look at a little more, and delete where everything was looked at; says whether the pass is over.

        What can't be read may refer to any: then nothing is deleted until that is gone.
        """
        try:
            return self._go_on(writer)
        except UNREADABLE as error:
            _LOG.warning("a part of the recording can't be read, what it may refer to is kept: %s", error)
            return True

    def _go_on(self, writer: Writer) -> bool:
        connection = writer.connection
        if not self._look(connection):
            return False
        # All that is packed was looked at, up to this moment; the open minute's rows refer to parts as well.
        for body, figures in connection.execute("SELECT body, figures FROM row").fetchall():
            self._left.difference_update(referred([inflate(body)]))
            self._left.discard(part_of(figures))
        self._at_once = self._at_once or at_once(len(self._left), _AT_ONCE)
        gone = sorted(self._left)[: self._at_once]
        if not gone:
            return True
        connection.executemany("DELETE FROM part WHERE id = ?", [(it,) for it in gone])
        self._left.difference_update(gone)
        # What the writer has in mind of numbers may be among them.
        writer.forget_parts()
        return not self._left

    def _look(self, connection: sqlite3.Connection) -> bool:
        """Go through minutes; says whether none is left."""
        work = WORK
        found = connection.execute(
            "SELECT id, rows, samples FROM minute WHERE id > ? AND samples IS NOT NULL ORDER BY id LIMIT ?",
            (self._minute, WORK),
        )
        for number, rows, samples in found:
            if work <= 0:
                return False
            work -= 1 if rows == 1 else _FULL
            self._left.difference_update(referred(unpack_rows(samples)[2]))
            self._minute = number
        return work > 0
