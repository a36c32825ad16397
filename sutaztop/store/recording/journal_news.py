"""What the journal tells since it was last looked into: changes made by any program, as lines of the timeline."""

import json
import os
import sqlite3
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from sutaztop.domain.change import (
    DROPPED,
    INTENT,
    KEPT,
    OUTCOME,
    Change,
    ChangeLimits,
    ChangeReplicas,
    JournalEntry,
    Result,
)
from sutaztop.domain.change_words import verb_words
from sutaztop.domain.finding import Severity, Subject
from sutaztop.domain.lifecycle import ChangeRollout, ChangeStay, Unload
from sutaztop.domain.quantity import span_words
from sutaztop.domain.recording import Happening, HappeningKind
from sutaztop.domain.text import clean_line
from sutaztop.store.chain import FILE_NAME, LONGEST_LINE, rotated_files
from sutaztop.store.codec import Undecodable, decode
from sutaztop.store.recording.happenings import forget_seen, insert
from sutaztop.store.recording.schema import microseconds

BEGUN = "begun"
"""The action of a change whose outcome is not written yet; a program that was killed leaves it so."""
FIRST_SPAN = timedelta(days=1)
"""So far back a recording that is new takes over what the journal has."""
_LONGEST_CHANGE = timedelta(days=8)
"""What is borrowed comes back after a week at most: a change's lines lie no further apart."""
_STATE = "journal"
_LONGEST_TEXT = 600
_SEVERITY = {
    Result.APPLIED: Severity.OK, Result.REFUSED: Severity.WARNING, Result.FAILED: Severity.CRITICAL,
    Result.UNVERIFIED: Severity.UNKNOWN,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Place:
    """Up to where the journal was read: a file by its inode, and a byte in it."""

    inode: int = 0
    offset: int = 0


class JournalNews:
    """Reads what was appended to the journal; one look costs a ``stat`` where nothing was.

    Where it has read up to is kept in the recording itself, in the same transaction as the lines, so that a
    program that is killed tells nothing twice and leaves nothing out.
    """

    def __init__(self, directory: str | Path) -> None:
        self._path = Path(directory, FILE_NAME)
        self._seen: tuple[int, int] | None = None

    def look(self, connection: sqlite3.Connection, endpoints: Collection[str], now: datetime) -> int:
        """Keep the lines of what is new about these engines and model servers; gives how many. Does not commit.

        A journal that can't be read tells nothing: where it is written its trouble is told.
        """
        try:
            found = self._path.stat()
        except OSError:
            return 0
        stamp = (found.st_ino, found.st_size)
        if stamp == self._seen:
            return 0
        place = _kept_place(connection)
        count, after = 0, place
        for entry, after in self._entries(place):  # noqa: B007 - the last one counts
            if entry is None or (place == _Place() and now - entry.at > FIRST_SPAN):
                continue
            if entry.engine in endpoints or isinstance(entry.change, Unload | ChangeStay):
                count += _tell(connection, entry)
        if after != place:
            body = json.dumps({"inode": after.inode, "offset": after.offset}).encode()
            connection.execute(
                "INSERT OR REPLACE INTO state (key, at_us, body) VALUES (?, ?, ?)", (_STATE, microseconds(now), body)
            )
        self._seen = stamp
        return count

    def _entries(self, place: _Place) -> Iterator[tuple[JournalEntry | None, _Place]]:
        """Give each whole line from a place on, with the place after it; files that were rotated meanwhile first."""
        files = [*rotated_files(self._path), self._path]
        inodes = [_inode(it) for it in files]
        first = inodes.index(place.inode) if place.inode in inodes else len(files) - 1
        for path, inode in zip(files[first:], inodes[first:], strict=True):
            offset = place.offset if inode == place.inode else 0
            yield from _lines(path, inode, offset)


def _inode(path: Path) -> int:
    try:
        return path.stat().st_ino
    except OSError:
        return -1


def _lines(path: Path, inode: int, offset: int) -> Iterator[tuple[JournalEntry | None, _Place]]:
    try:
        with path.open("rb") as file:
            if offset > os.fstat(file.fileno()).st_size:
                offset = 0  # another file with the same number: what is told already is not told again
            file.seek(offset)
            for line in iter(lambda: file.readline(LONGEST_LINE), b""):
                if not line.endswith(b"\n"):
                    return  # a line under way, or a torn one, which the next writer closes
                offset += len(line)
                yield _entry(line), _Place(inode, offset)
    except OSError:
        return


def _entry(line: bytes) -> JournalEntry | None:
    try:
        return decode(json.loads(line))
    except (Undecodable, ValueError, RecursionError):
        return None


def _kept_place(connection: sqlite3.Connection) -> _Place:
    row = connection.execute("SELECT body FROM state WHERE key = ?", (_STATE,)).fetchone()
    try:
        found = json.loads(row[0]) if row is not None else {}
        return _Place(int(found.get("inode", 0)), max(0, int(found.get("offset", 0))))
    except (ValueError, TypeError, AttributeError):
        return _Place()


def _tell(connection: sqlite3.Connection, entry: JournalEntry) -> int:
    """Keep one entry's line, or what it adds to the line of its change; gives how many are new or other."""
    entry = replace(entry, change_id=clean_line(entry.change_id), undoes=clean_line(entry.undoes))
    if entry.phase == INTENT:
        return _insert(connection, _line(entry, BEGUN, _words(entry, entry.message)), {BEGUN, *Result})
    if entry.phase in (KEPT, DROPPED):
        words = "it stays" if entry.phase == KEPT else f"nothing left to take back: {entry.message}"
        return _insert(connection, _line(entry, entry.phase, f"{verb_words(entry.change)}; {words}"), {entry.phase})
    if entry.phase != OUTCOME or entry.result is None or entry.result is Result.DRY_RUN:
        return 0
    return _tell_outcome(connection, entry, entry.result)


def _tell_outcome(connection: sqlite3.Connection, entry: JournalEntry, result: Result) -> int:
    told = "" if result is Result.APPLIED else f"; {entry.message}"
    row = connection.execute(
        "SELECT id, text FROM happening WHERE kind = 'change' AND reference = ? AND action = ? AND at_us >= ?",
        (entry.change_id, BEGUN, microseconds(entry.at - _LONGEST_CHANGE)),
    ).fetchone()
    line = _line(entry, result.value, _words(entry, "") + told, _SEVERITY[result])
    if row is None:
        count = _insert(connection, line, set(Result))
    else:
        connection.execute(
            "UPDATE happening SET action = ?, severity = ?, text = ?, until_us = ? WHERE id = ?",
            (
                result.value,
                int(line.severity),
                clean_line(row[1] + told, limit=_LONGEST_TEXT),
                microseconds(entry.at),
                row[0],
            ),
        )
        count = 1
    if count and result in (Result.APPLIED, Result.UNVERIFIED):
        forget_seen(connection, line, verb_words(entry.change))
        if entry.undoes:
            connection.execute(
                "UPDATE happening SET text = text || ? WHERE kind = 'change' AND reference = ? AND action != ?",
                (f"; taken back by {entry.change_id}", entry.undoes, KEPT),
            )
    return count


def _insert(connection: sqlite3.Connection, line: Happening, actions: Collection[str]) -> int:
    """Keep a line unless one about the same change with one of these actions is there."""
    found = connection.execute(
        "SELECT 1 FROM happening WHERE at_us >= ? AND kind = 'change' AND reference = ? "
        "AND action IN (SELECT value FROM json_each(?)) LIMIT 1",
        (microseconds(line.at - _LONGEST_CHANGE), line.reference, json.dumps([str(it) for it in actions])),
    ).fetchone()
    if found is not None:
        return 0
    insert(connection, [line])
    return 1


def _words(entry: JournalEntry, why: str) -> str:
    words = verb_words(entry.change)
    if entry.undoes and why.startswith("takes back"):
        return f"{words}; {why}"
    if entry.undoes:
        words += f"; takes back {entry.undoes}"
    if entry.borrow is not None:
        words += f"; borrowed for {span_words(entry.borrow.span)}"
    return f"{words}; because: {why}" if why else words


def _line(entry: JournalEntry, action: str, text: str, severity: Severity = Severity.OK) -> Happening:
    return Happening(
        entry.at, HappeningKind.CHANGE, _subject(entry), action, clean_line(text, limit=_LONGEST_TEXT), severity,
        clean_line(entry.who, limit=200), entry.change_id,
    )  # fmt: skip


def _subject(entry: JournalEntry) -> Subject:
    change = entry.change
    if change is None:
        return Subject("", "", clean_line(entry.object, limit=200))
    return Subject(_kind(change), clean_line(change.id), clean_line(change.name, limit=200))


def _kind(change: Change) -> str:
    if isinstance(change, Unload | ChangeStay):
        return "model"
    if isinstance(change, ChangeReplicas | ChangeRollout) or (isinstance(change, ChangeLimits) and change.swarm):
        return "service"
    return "container"
