"""Writing a recording: a row a second, committed at once, and a minute's rows packed together when it is over."""

import hashlib
import json
import logging
import os
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sutaztop.domain.frame import Frame
from sutaztop.domain.sample import Sample
from sutaztop.history.sizes import SizeHistory
from sutaztop.store.codec import Undecodable
from sutaztop.store.recording.columns import MinuteColumns, Ticks, has_width, no_figures
from sutaztop.store.recording.foreign import read_plain
from sutaztop.store.recording.inflate import UNREADABLE, inflate
from sutaztop.store.recording.recorded_history import NO_PART, tick_body, tick_of
from sutaztop.store.recording.schema import about, create, microseconds
from sutaztop.store.recording.scribe import Scribe, text_of
from sutaztop.store.recording.secrets import Hider

if TYPE_CHECKING:
    from array import array

_LOG = logging.getLogger(__name__)
MINUTE_NS = 60_000_000_000
_FAST, _SMALL = 1, 6
"""How hard is packed: a row must cost nothing, a minute is kept for long."""
_HASH = 16
_MOST_KNOWN = 4096
_Left = tuple[int, bytes, list[str], "array[float]"]
"""A row of a minute that was left open: its monotonic nanoseconds, its text, the containers and figures of its tick."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a recording comes from, as the file says it."""

    engine: str
    host: str
    program: str
    boot: str = ""


def pack_rows(rows: Sequence[bytes]) -> bytes:
    """Pack the rows of a minute: a line with the time of each and which are whole, then each row on a line."""
    told = [json.loads(it) for it in rows]
    head = {"t": [it["t"] for it in told], "k": [place for place, it in enumerate(told) if "k" in it]}
    return zlib.compress(b"\n".join([text_of(head).encode(), *rows]), _SMALL)


def unpack_rows(body: bytes) -> tuple[list[int], list[int], list[bytes]]:
    """Give a minute's times, the places of whole rows, and all rows. Raises ``zlib.error``, ``ValueError``."""
    head, *rows = inflate(body).split(b"\n")
    told = json.loads(head)
    return told["t"], told["k"], rows


class Parts:
    """What is large and rarely changes, kept once by its hash."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._known: dict[bytes, int] = {}

    def number(self, text: str) -> int:
        """Give the number of a text, which is kept where it was not."""
        raw = text.encode()
        digest = hashlib.blake2b(raw, digest_size=_HASH).digest()
        number = self._known.get(digest)
        if number is None:
            found = self._connection.execute("SELECT id FROM part WHERE hash = ?", (digest,)).fetchone()
            if found is None:
                body = zlib.compress(raw, _SMALL)
                number = self._connection.execute(
                    "INSERT INTO part (hash, body) VALUES (?, ?)", (digest, body)
                ).lastrowid
            else:
                number = found[0]
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[digest] = number or 0
        return number or 0

    def forget(self) -> None:
        """Look each up anew."""
        self._known.clear()

    def value(self, number: int) -> Any:
        """Give a part's plain value."""
        return read_part(self._connection, number)


def read_part(connection: sqlite3.Connection, number: int) -> Any:
    """Give the plain value of a part. Raises ``Undecodable`` where it is missing."""
    row = connection.execute("SELECT body FROM part WHERE id = ?", (number,)).fetchone()
    if row is None:
        raise Undecodable(f"part {number} is missing")
    return read_plain(inflate(row[0]))


class Writer:
    """Writes one recording, on one thread. Every call may raise ``sqlite3.Error`` and ``OSError``.

    After an error it is to be closed and made anew: what was not committed is then gone, and the next row is whole.
    """

    def __init__(self, path: Path, origin: Origin) -> None:
        self.path = path
        key = os.urandom(16)
        self.connection = create(
            path,
            {"engine": origin.engine, "host": origin.host, "program": origin.program, "key": key.hex(), "clip": "0"},
        )
        kept = about(self.connection)
        self._parts = Parts(self.connection)
        self._scribe = Scribe(self._parts.number, Hider(bytes.fromhex(kept["key"])))
        self._figures = Ticks()
        self._columns = MinuteColumns()
        self._ids: tuple[list[str], int] = ([], NO_PART)
        self._sizes = SizeHistory(self._keep_size)
        self._rows: list[bytes] = []
        self._slot: int | None = None
        self._origin = origin
        self.run = 0
        self._close_left()

    def begin(self, began: datetime) -> None:
        """Begin a run of this program; before the first sample."""
        run = self.connection.execute(
            "INSERT INTO run (began_us, boot, program, pid) VALUES (?, ?, ?, ?)",
            (microseconds(began), self._origin.boot, self._origin.program, os.getpid()),
        )
        self.run = run.lastrowid or 0
        self.connection.commit()

    def go_on_from(self, before: Sample | None) -> None:
        """Take what the next sample is measured against, where it is not the one written last."""
        self._scribe.go_on_from(before)

    def write(self, sample: Sample, frame: Frame) -> None:
        """Keep one sample durably."""
        slot = sample.clock_ns // MINUTE_NS
        if slot != self._slot:
            if self._slot is not None:
                self.close_minute()
            self._scribe.new_minute()
            self._slot = slot
        row = text_of(self._scribe.row(sample, frame)).encode()
        ids, figures = self._figures.of(frame.snapshot)
        if self._ids[1] == NO_PART or ids != self._ids[0]:
            self._ids = ids, self._parts.number(text_of(ids))
        self._columns.add(sample.clock_ns, ids, figures)
        self._sizes.record(frame.snapshot)
        self.connection.execute(
            "INSERT INTO row (run, at_us, clock_ns, body, figures) VALUES (?, ?, ?, ?, ?)",
            (self.run, microseconds(sample.at), sample.clock_ns, zlib.compress(row, _FAST),
             tick_body(self._ids[1], figures)),
        )  # fmt: skip
        self.connection.commit()
        self._rows.append(row)

    def skip(self, before: Sample | None = None) -> None:
        """Note that samples were lost, the last of which was ``before``: the next is measured against it."""
        self._scribe.skip(before)

    def forget_parts(self) -> None:
        """Look parts up anew from here on: some are gone."""
        self._parts.forget()
        self._scribe.forget_parts()
        self._ids = [], NO_PART

    def close_minute(self) -> None:
        """Pack the rows of the open minute together."""
        if not self._rows:
            return
        _pack(self.connection, self.run, self._rows, self._columns)
        self.connection.commit()
        self._rows, self._columns, self._slot = [], MinuteColumns(), None

    def _close_left(self) -> None:
        """Pack what a program that was killed left open; what of it can't be read is left out, and gone."""
        runs = [it[0] for it in self.connection.execute("SELECT DISTINCT run FROM row ORDER BY run").fetchall()]
        for run in runs:
            found = self.connection.execute("SELECT clock_ns, body, figures FROM row WHERE run = ? ORDER BY id", (run,))
            for _, group in groupby(self._readable(found.fetchall()), lambda it: it[0] // MINUTE_NS):
                rows, columns = [], MinuteColumns()
                for clock_ns, row, ids, figures in group:
                    rows.append(row)
                    columns.add(clock_ns, ids, figures)
                _pack(self.connection, run, rows, columns)
            # A row that can't be read is in no minute: left here it would be met again at every start.
            self.connection.execute("DELETE FROM row WHERE run = ?", (run,))
        self.connection.commit()

    def _readable(self, rows: Iterable[tuple[int, bytes, bytes]]) -> Iterator[_Left]:
        """Give the rows that can be packed: after one that can't be read, those from the next whole one on."""
        is_broken = False
        for clock_ns, body, figures in rows:
            try:
                row = inflate(body)
                is_whole = _is_whole(json.loads(row), clock_ns)
            except UNREADABLE as error:
                if not is_broken:
                    _LOG.warning("a row of the recording can't be read and is left out: %s", error)
                is_broken = True
                continue
            is_broken = is_broken and not is_whole
            if not is_broken:
                yield clock_ns, row, *self._tick(figures)

    def _tick(self, body: bytes) -> "tuple[list[str], array[float]]":
        """Give a row's figures; where they can't be read, its graphs have a gap there."""
        try:
            tick = tick_of(body, self._parts.value)
            if has_width(*tick):
                return tick
        except UNREADABLE:
            pass
        return [], no_figures()

    def _keep_size(self, key: str, at: int, size: int) -> None:
        self.connection.execute("INSERT OR IGNORE INTO size (key, at, bytes) VALUES (?, ?, ?)", (key, at, size))

    def close(self) -> None:
        """Pack what is open, and let go of the file."""
        try:
            self.close_minute()
        finally:
            self.connection.close()


def _is_whole(row: dict[str, Any], clock_ns: int) -> bool:
    """Say whether a row stands for itself. Raises ``ValueError`` and others for what is no row of this time."""
    if not isinstance(row["t"], int) or row["n"] != clock_ns:
        raise ValueError("it is no row of its time")
    return "k" in row


def _pack(connection: sqlite3.Connection, run: int, rows: Sequence[bytes], columns: MinuteColumns) -> None:
    """Put a minute in the place of its rows."""
    first, last = json.loads(rows[0]), json.loads(rows[-1])
    figures, coarse = columns.close()
    times = [json.loads(it)["t"] for it in rows]  # the wall clock may have been set back in between
    connection.execute(
        "INSERT INTO minute (run, slot, first_us, last_us, first_ns, last_ns, rows, samples, figures, coarse)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (run, first["n"] // MINUTE_NS, min(times), max(times), first["n"], last["n"], len(rows), pack_rows(rows),
         figures, coarse),
    )  # fmt: skip
    connection.execute("DELETE FROM row WHERE run = ? AND clock_ns BETWEEN ? AND ?", (run, first["n"], last["n"]))
