"""A span of a recording, read row by row as one moment of the file: what is exported is made from it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

from sutaztop.contracts import RecordingError
from sutaztop.domain.recording import Happening
from sutaztop.domain.text import clean_line
from sutaztop.store.recording.foreign import read_plain
from sutaztop.store.recording.happenings import between
from sutaztop.store.recording.inflate import BROKEN, bounded, inflate
from sutaztop.store.recording.rows import Rows, Told
from sutaztop.store.recording.schema import about, microseconds, open_to_read, time_at
from sutaztop.store.recording.writer import read_part, unpack_rows

_QUIET = frozenset({"t", "n", "#", "u", "base", "h", "gone", "extras", "kept"})
"""A row with no more than these has no name in it that the row before had not."""
_MOST_PARTS = 1024
_SHOWN_BEFORE = 60_000_000
"""Microseconds: what was seen so long before a span is still what is shown at its beginning."""
_OPEN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Run:
    """One program that recorded, as the file has it."""

    id: int
    began_us: int
    boot: str
    program: str


class Span:
    """Reads the rows from one time to another, both included, and the one that is shown at the first of them.

    All of it is read as the file was when it was opened, be it still written. Everything raises ``RecordingError``.
    """

    def __init__(self, path: Path, since: datetime, until: datetime) -> None:
        self.path = path
        self.since, self.until = since, until
        self._parts: dict[int, Any] = {}
        self.connection = open_to_read(path)
        try:
            with self.reading():
                self.connection.execute("BEGIN")
                self.about = about(self.connection)
                self.start_us = self._start(microseconds(since))
        except BaseException:
            self.connection.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Tell in words what goes wrong in the file."""
        try:
            yield
        except BROKEN as error:
            why = clean_line(str(error)) or type(error).__name__
            raise RecordingError(f"{self.path} can't be read", why, "Part of it may be damaged.") from error

    def ends(self) -> tuple[datetime, datetime] | None:
        """Give the first and the last time of which there is anything; ``None`` for an empty recording."""
        with self.reading():
            first, last = self.connection.execute(
                "SELECT min(a), max(b) FROM (SELECT min(first_us) a, max(last_us) b FROM minute"
                " UNION ALL SELECT min(at_us), max(at_us) FROM row)"
            ).fetchone()
        return None if first is None else (time_at(first), time_at(last))

    def runs(self) -> Mapping[int, Run]:
        """Give the programs that recorded, by their number."""
        with self.reading():
            rows = self.connection.execute("SELECT id, began_us, boot, program FROM run ORDER BY id").fetchall()
        return {it[0]: Run(*it) for it in rows}

    def rows(self, *, names: bool = False) -> Iterator[tuple[int, Told]]:
        """Give each row with the number of its run, oldest first; with ``names`` only those that may have new ones."""
        end_us = microseconds(self.until)
        for run, bodies in self._stretches(end_us):
            reader = Rows(self._part)
            for body in bodies:
                with self.reading():
                    row = read_plain(body)
                    if not reader.read(row) or not self.start_us <= row["t"] <= end_us:
                        continue
                    if names and row.keys() <= _QUIET:
                        continue
                    told = reader.told()
                yield run, told

    def happenings(self) -> list[Happening]:
        """Give what happened in the span, and what began before and reaches into it."""
        with self.reading():
            began = between(self.connection, self.since - _OPEN, self.since - timedelta(microseconds=1))
            inside = between(self.connection, self.since, self.until)
        return [*(it for it in began if it.until is not None and it.until >= self.since), *inside]

    def _start(self, since_us: int) -> int:
        """Give the time of the newest row at or before a time, where it is still shown then."""
        minutes = self.connection.execute(
            "SELECT samples FROM minute WHERE samples IS NOT NULL AND first_us <= ? AND last_us >= ?",
            (since_us, since_us - _SHOWN_BEFORE),
        )
        times = [it for (body,) in minutes for it in unpack_rows(body)[0]]
        times += [it for (it,) in self.connection.execute(
            "SELECT at_us FROM row WHERE at_us BETWEEN ? AND ?", (since_us - _SHOWN_BEFORE, since_us))]  # fmt: skip
        return max((it for it in times if since_us - _SHOWN_BEFORE <= it <= since_us), default=since_us)

    def _stretches(self, end_us: int) -> Iterator[tuple[int, list[bytes]]]:
        """Give the rows of each minute, then those that are not packed yet: one minute in memory at a time."""
        with self.reading():
            minutes = self.connection.execute(
                "SELECT id, run FROM minute WHERE samples IS NOT NULL AND last_us >= ? AND first_us <= ? ORDER BY id",
                (self.start_us, end_us),
            ).fetchall()
        for number, run in minutes:
            with self.reading():
                body = self.connection.execute("SELECT samples FROM minute WHERE id = ?", (number,)).fetchone()[0]
                rows = unpack_rows(body)[2]
            yield run, rows
        with self.reading():
            opened = self.connection.execute("SELECT DISTINCT run FROM row ORDER BY run").fetchall()
            for (run,) in opened:
                found = self.connection.execute("SELECT body FROM row WHERE run = ? ORDER BY id", (run,)).fetchall()
                yield run, bounded(inflate(it[0]) for it in found)

    def _part(self, number: int) -> Any:
        if number not in self._parts:
            if len(self._parts) >= _MOST_PARTS:
                self._parts.clear()
            self._parts[number] = read_part(self.connection, number)
        return self._parts[number]


__all__ = ["Run", "Span"]
