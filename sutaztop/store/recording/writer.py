"""Writing a recording: a row a second, committed at once, and a minute's rows packed together when it is over."""

import hashlib
import json
import os
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from sutaztop.domain.frame import Frame
from sutaztop.domain.sample import Sample
from sutaztop.domain.snapshot import Snapshot
from sutaztop.store.recording.schema import about, create, microseconds
from sutaztop.store.recording.scribe import Scribe, text_of
from sutaztop.store.recording.secrets import Hider

MINUTE_NS = 60_000_000_000
_FAST, _SMALL = 1, 6
"""How hard is packed: a row must cost nothing, a minute is kept for long."""
_HASH = 16
_MOST_KNOWN = 4096


class Columns(Protocol):
    """Figures of one minute, put together tick by tick; see ``MinuteColumns``."""

    def add(self, snapshot: Snapshot) -> None:
        """Take what a snapshot has."""
        ...

    def close(self) -> tuple[bytes, bytes]:
        """Give them packed: each reading, and the highest of each quarter minute."""
        ...


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a recording comes from, as the file says it."""

    engine: str
    host: str
    program: str
    boot: str = ""


def pack_rows(rows: Iterable[bytes]) -> bytes:
    """Pack the rows of a minute, each a JSON text, one on a line."""
    return zlib.compress(b"\n".join(rows), _SMALL)


def unpack_rows(body: bytes) -> list[bytes]:
    """Give a minute's rows again. Raises ``zlib.error``."""
    return zlib.decompress(body).split(b"\n")


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


class Writer:
    """Writes one recording, on one thread. Every call may raise ``sqlite3.Error`` and ``OSError``.

    After an error it is to be closed and made anew: what was not committed is then gone, and the next row is whole.
    """

    def __init__(self, path: Path, origin: Origin, *, columns: Callable[[], Columns] | None = None) -> None:
        self.path = path
        key = os.urandom(16)
        self.connection = create(
            path,
            {"engine": origin.engine, "host": origin.host, "program": origin.program, "key": key.hex(), "clip": "0"},
        )
        kept = about(self.connection)
        self._scribe = Scribe(Parts(self.connection).number, Hider(bytes.fromhex(kept["key"])))
        self._columns_of = columns
        self._columns: Columns | None = None
        self._rows: list[bytes] = []
        self._slot: int | None = None
        self._origin = origin
        self.run = 0
        self.left = self._close_left()

    def begin(self, began: datetime) -> None:
        """Begin a run of this program; before the first sample."""
        run = self.connection.execute(
            "INSERT INTO run (began_us, boot, program, pid) VALUES (?, ?, ?, ?)",
            (microseconds(began), self._origin.boot, self._origin.program, os.getpid()),
        )
        self.run = run.lastrowid or 0
        self.connection.commit()

    def write(self, sample: Sample, frame: Frame) -> None:
        """Keep one sample durably."""
        slot = sample.clock_ns // MINUTE_NS
        if slot != self._slot:
            if self._slot is not None:
                self.close_minute()
            self._scribe.new_minute()
            self._slot = slot
            self._columns = self._columns_of() if self._columns_of is not None else None
        row = text_of(self._scribe.row(sample, frame)).encode()
        if self._columns is not None:
            self._columns.add(frame.snapshot)
        self.connection.execute(
            "INSERT INTO row (run, at_us, clock_ns, body) VALUES (?, ?, ?, ?)",
            (self.run, microseconds(sample.at), sample.clock_ns, zlib.compress(row, _FAST)),
        )
        self.connection.commit()
        self._rows.append(row)

    def skip(self) -> None:
        """Note that samples were lost."""
        self._scribe.skip()

    def close_minute(self) -> None:
        """Pack the rows of the open minute together."""
        if not self._rows:
            return
        figures, coarse = self._columns.close() if self._columns is not None else (None, None)
        _pack(self.connection, self.run, self._rows, figures, coarse)
        self.connection.commit()
        self._rows = []

    def _close_left(self) -> Sequence[int]:
        """Pack what a program that was killed left open; gives the minutes, whose figures are still to be made."""
        runs = [it[0] for it in self.connection.execute("SELECT DISTINCT run FROM row ORDER BY run").fetchall()]
        made = []
        for run in runs:
            rows = self.connection.execute(
                "SELECT clock_ns, body FROM row WHERE run = ? ORDER BY id", (run,)
            ).fetchall()
            by_slot: dict[int, list[bytes]] = {}
            for clock_ns, body in rows:
                by_slot.setdefault(clock_ns // MINUTE_NS, []).append(zlib.decompress(body))
            made += [_pack(self.connection, run, it, None, None) for it in by_slot.values()]
        self.connection.commit()
        return made

    def close(self) -> None:
        """Pack what is open, and let go of the file."""
        try:
            self.close_minute()
        finally:
            self.connection.close()


def _pack(
    connection: sqlite3.Connection, run: int, rows: Sequence[bytes], figures: bytes | None, coarse: bytes | None
) -> int:
    """Put a minute in the place of its rows; gives its number."""
    first, last = json.loads(rows[0]), json.loads(rows[-1])
    times = [first["t"], last["t"]]
    made = connection.execute(
        "INSERT INTO minute (run, slot, first_us, last_us, first_ns, last_ns, rows, samples, figures, coarse)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (run, first["n"] // MINUTE_NS, *times, first["n"], last["n"], len(rows), pack_rows(rows), figures, coarse),
    ).lastrowid
    connection.execute("DELETE FROM row WHERE run = ? AND clock_ns <= ?", (run, last["n"]))
    return made or 0
