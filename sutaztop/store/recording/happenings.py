"""The lines of the timeline in a recording: kept, found by time, and notes put in from any program.

Nothing here commits but ``put_note``: whoever calls has the transaction. Times are whole microseconds since the
epoch. A line whose kind only a later version knows is left out.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from sutaztop.contracts import RecordingError
from sutaztop.domain.finding import Severity, Subject
from sutaztop.domain.recording import Happening, HappeningKind
from sutaztop.domain.text import clean_line
from sutaztop.store.recording.schema import microseconds, time_at

ALL = tuple(HappeningKind)
LONGEST_NOTE = 500
"""Characters. A note is a line, and no report."""
NOBODY = Subject("", "", "")
"""What a note about nothing in particular is about."""
SEEN = "seen"
"""The action of a change that was seen from one frame to the next, as the chronicle names it."""
AROUND = timedelta(seconds=30)
"""A change that was seen this near to one in the journal, with the same figures, is that one."""
_AROUND = {SEEN: AROUND, "meanwhile": timedelta(days=7)}
"""How long before it the journal may tell of a change that was seen; after a gap nobody knows when it was made."""
BUSY_SECONDS = 5.0
"""How long to wait for the program that writes; a transaction takes milliseconds."""
_OPEN_FOR = timedelta(days=7)
_LAST_US = 2**62
_SELECT = (
    "SELECT id, at_us, kind, severity, subject_kind, subject_id, subject_name, action, text, who, reference, until_us "
    "FROM happening WHERE "
)
_LAST_OF_EACH = (
    "SELECT max(id) FROM happening WHERE kind = 'finding' AND at_us > ? GROUP BY subject_kind, subject_id, reference"
)
_OF_KINDS = "kind IN (SELECT value FROM json_each(?)) AND "
_KINDS = frozenset(it.value for it in HappeningKind)


def insert(connection: sqlite3.Connection, happenings: Iterable[Happening]) -> None:
    """Keep lines. What is told already is not told twice.

    That is a change that was seen, where the journal has it; and an event of the engine, which gives what is left in
    its ring to every program that begins to listen.
    """
    connection.executemany(
        "INSERT INTO happening (at_us, kind, severity, subject_kind, subject_id, subject_name, action, text, who, "
        "reference, until_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [_values(it) for it in happenings if not _is_told(connection, it)],
    )


def _values(it: Happening) -> tuple[object, ...]:
    until = None if it.until is None else microseconds(it.until)
    return (
        microseconds(it.at), it.kind.value, int(it.severity), _text(it.subject.kind), _text(it.subject.id),
        _text(it.subject.name), _text(it.action), _text(it.text), _text(it.who), _text(it.reference), until,
    )  # fmt: skip


def _is_told(connection: sqlite3.Connection, it: Happening) -> bool:
    if it.kind is HappeningKind.EVENT:
        same = connection.execute(
            "SELECT 1 FROM happening WHERE at_us = ? AND kind = 'event' AND subject_id = ? AND action = ? LIMIT 1",
            (microseconds(it.at), _text(it.subject.id), _text(it.action)),
        ).fetchone()
        return same is not None
    if it.kind is not HappeningKind.CHANGE or it.action not in _AROUND:
        return False
    return _is_journalled(connection, it, _AROUND[it.action])


def _is_journalled(connection: sqlite3.Connection, it: Happening, around: timedelta) -> bool:
    found = connection.execute(
        "SELECT 1 FROM happening WHERE at_us BETWEEN ? AND ? AND kind = 'change' AND reference != '' "
        "AND subject_id = ? AND substr(text, 1, ?) = ? AND action IN ('begun', 'applied', 'unverified') LIMIT 1",
        (microseconds(it.at - around), microseconds(it.at + AROUND), it.subject.id, len(it.text), it.text),
    ).fetchone()
    return found is not None


def forget_seen(connection: sqlite3.Connection, told: Happening, words: str) -> None:
    """Take out the change that was seen with these words where the journal tells of it now, with who and why."""
    connection.execute(
        "DELETE FROM happening WHERE at_us BETWEEN ? AND ? AND kind = 'change' AND action = ? AND subject_id = ? "
        "AND text = ?",
        (microseconds(told.at - AROUND), microseconds((told.until or told.at) + AROUND), SEEN, told.subject.id, words),
    )


def between(
    connection: sqlite3.Connection, since: datetime, until: datetime, kinds: Sequence[HappeningKind] = ALL
) -> list[Happening]:
    """Give what happened from one time to another, both included, oldest first."""
    query = _SELECT + _OF_KINDS + "at_us BETWEEN ? AND ? ORDER BY at_us, id"
    return _happenings(connection.execute(query, (_names(kinds), microseconds(since), microseconds(until))))


def newest(
    connection: sqlite3.Connection, count: int, *, until: datetime | None = None, kinds: Sequence[HappeningKind] = ALL
) -> list[Happening]:
    """Give the last lines up to a time, oldest first: a page of the list, not the list."""
    query = _SELECT + _OF_KINDS + "at_us <= ? ORDER BY at_us DESC, id DESC LIMIT ?"
    last = _LAST_US if until is None else microseconds(until)
    return _happenings(connection.execute(query, (_names(kinds), last, count)))[::-1]


def next_to(
    connection: sqlite3.Connection, at: datetime, *, back: bool = False, kinds: Sequence[HappeningKind] = ALL
) -> Happening | None:
    """Give the first line after a time, or the last before it."""
    order = "at_us < ? ORDER BY at_us DESC, id DESC LIMIT 1" if back else "at_us > ? ORDER BY at_us, id LIMIT 1"
    found = connection.execute(_SELECT + _OF_KINDS + order, (_names(kinds), microseconds(at)))
    return next(iter(_happenings(found)), None)


def open_findings(connection: sqlite3.Connection, now: datetime) -> list[Happening]:
    """Give the findings whose beginning is told and whose end is not, of the last week: an earlier run knew them."""
    query = _SELECT + "action != 'ended' AND id IN (" + _LAST_OF_EACH + ") ORDER BY at_us, id"
    return _happenings(connection.execute(query, (microseconds(now - _OPEN_FOR),)))


def _names(kinds: Sequence[HappeningKind]) -> str:
    return json.dumps([it.value for it in kinds])


def _happenings(rows: Iterable[tuple[object, ...]]) -> list[Happening]:
    found = (_happening(*row) for row in rows)
    return [it for it in found if it is not None]


def _happening(*row: object) -> Happening | None:
    """Read one row. It may come from another's file: text is cleaned here too, and numbers are bounded."""
    number, at_us, kind, severity, subject_kind, subject_id, subject_name, action, text, who, reference, until_us = row
    if kind not in _KINDS or not isinstance(at_us, int):
        return None
    subject = Subject(_text(subject_kind), _text(subject_id), _text(subject_name))
    return Happening(
        time_at(at_us), HappeningKind(kind), subject, _text(action), _text(text), _severity(severity), _text(who),
        _text(reference), time_at(until_us) if isinstance(until_us, int) else None,
        number if isinstance(number, int) else 0,
    )  # fmt: skip


def _text(value: object) -> str:
    return clean_line(value) if isinstance(value, str) else ""


def _severity(value: object) -> Severity:
    return next((it for it in Severity if it == value), Severity.UNKNOWN)


def note_of(text: str, who: str, subject: Subject | None, at: datetime) -> Happening:
    """Make a note's line: cleaned, and as long as a line may be. An empty one is refused with a ``ValueError``."""
    told = clean_line(text, limit=LONGEST_NOTE).strip()
    if not told:
        raise ValueError("a note wants words")
    return Happening(at, HappeningKind.NOTE, subject or NOBODY, "note", told, who=clean_line(who, limit=200))


def put_note(path: Path, note: Happening) -> None:
    """Put a note into a recording that another program may be writing. Raises ``RecordingError``."""
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=BUSY_SECONDS)
        try:
            with connection:
                insert(connection, [note])
        finally:
            connection.close()
    except sqlite3.Error as error:
        advice = "It is made by the screen or by `sutaztop record`." if not path.exists() else ""
        raise RecordingError(f"The note could not be written into {path}", str(error), advice) from error
