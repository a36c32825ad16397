"""The file of a recording: its tables, its version, and how it is opened by who writes and by who reads."""

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from sutaztop.contracts import RecordingError

VERSION = 1
"""What is written, and the newest that is read."""
APPLICATION = 0x73757A74  # "suzt": `file` tells a recording from any other database by it
_BUSY = 2.0
"""Seconds for which a note from another program is waited for."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_PRIMARY = 0xFF
"""Of an extended result code of SQLite, the bits that say what it is a kind of."""

_TABLES = """
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE run (id INTEGER PRIMARY KEY, began_us INTEGER NOT NULL, boot TEXT NOT NULL, program TEXT NOT NULL,
    pid INTEGER NOT NULL);
CREATE TABLE part (id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, body BLOB NOT NULL);
CREATE TABLE row (id INTEGER PRIMARY KEY, run INTEGER NOT NULL, at_us INTEGER NOT NULL, clock_ns INTEGER NOT NULL,
    body BLOB NOT NULL, figures BLOB NOT NULL);
CREATE TABLE minute (id INTEGER PRIMARY KEY, run INTEGER NOT NULL, slot INTEGER NOT NULL,
    first_us INTEGER NOT NULL, last_us INTEGER NOT NULL, first_ns INTEGER NOT NULL, last_ns INTEGER NOT NULL,
    rows INTEGER NOT NULL, samples BLOB, figures BLOB, coarse BLOB);
CREATE INDEX minute_by_time ON minute (first_us);
CREATE TABLE happening (id INTEGER PRIMARY KEY, at_us INTEGER NOT NULL, kind TEXT NOT NULL, severity INTEGER NOT NULL,
    subject_kind TEXT NOT NULL, subject_id TEXT NOT NULL, subject_name TEXT NOT NULL, action TEXT NOT NULL,
    text TEXT NOT NULL, who TEXT NOT NULL, reference TEXT NOT NULL, until_us INTEGER);
CREATE INDEX happening_by_time ON happening (at_us);
CREATE TABLE size (key TEXT NOT NULL, at INTEGER NOT NULL, bytes INTEGER NOT NULL, PRIMARY KEY (key, at)) WITHOUT ROWID;
CREATE TABLE state (key TEXT PRIMARY KEY, at_us INTEGER NOT NULL, body BLOB NOT NULL) WITHOUT ROWID;
"""


def microseconds(at: datetime) -> int:
    """Give a time as it stands in the file: whole microseconds since 1970, UTC.

    >>> microseconds(datetime(1970, 1, 1, 0, 0, 1, 500000, tzinfo=UTC))
    1500000
    """
    return (at - _EPOCH) // _MICROSECOND


def time_at(us: int) -> datetime:
    """Give the time that stands so in the file, as near as a date can be: it may be another's file.

    >>> time_at(1500000).isoformat()
    '1970-01-01T00:00:01.500000+00:00'
    """
    try:
        return _EPOCH + timedelta(microseconds=us)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC) if us > 0 else datetime.min.replace(tzinfo=UTC)


def create(path: Path, about: dict[str, str]) -> sqlite3.Connection:
    """Open a recording to be written, or make one with ``about``.

    Raises ``RecordingError`` for what is no recording that this program can write, ``sqlite3.Error`` and ``OSError``
    for what keeps it from finding out.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists() or not path.stat().st_size:
        _make(path, about)
    connection = _connect(path, "rw")
    try:
        _check(connection, path)
        connection.execute("PRAGMA journal_mode = WAL")
        # Every commit survives the program's end; the last seconds before a power cut may not, and the file does.
        connection.execute("PRAGMA synchronous = NORMAL")
    except BaseException:
        connection.close()
        raise
    return connection


def _make(path: Path, about: dict[str, str]) -> None:
    """Make a file with its tables under another name: nobody who reads beside the writer ever sees half of it."""
    half = path.with_name(f".{path.name}.new")
    half.unlink(missing_ok=True)
    half.touch(mode=0o600)
    connection = _connect(half, "rw")
    try:
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.executescript(
            f"BEGIN; PRAGMA user_version = {VERSION}; PRAGMA application_id = {APPLICATION}; {_TABLES} COMMIT;"
        )
        connection.executemany("INSERT INTO about VALUES (?, ?)", sorted(about.items()))
        connection.commit()
    finally:
        connection.close()
    # Whoever deleted the file after a kill may have left its log: SQLite would play that into the new one.
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    half.replace(path)


def open_to_read(path: Path) -> sqlite3.Connection:
    """Open a recording to be read, be it still written. Raises ``RecordingError`` with words."""
    if not path.is_file():
        raise RecordingError(f"There is no recording at {path}", "no such file", "`sutaztop record` makes one.")
    try:
        connection = _connect(path, "ro")
    except sqlite3.Error as error:
        raise RecordingError(f"{path} can't be opened", str(error)) from error
    try:
        _check(connection, path)
    except sqlite3.Error as error:
        connection.close()
        raise RecordingError(f"{path} can't be read", str(error)) from error
    except BaseException:
        connection.close()
        raise
    return connection


def is_damaged(error: sqlite3.Error) -> bool:
    """Say whether an error is about what stands in the file: no trouble of the disk, nor somebody who holds it.

    >>> is_damaged(sqlite3.OperationalError("disk I/O error"))
    False
    """
    # Errors that Python's own module raises carry no code.
    code = getattr(error, "sqlite_errorcode", None) or sqlite3.SQLITE_OK
    return code & _PRIMARY in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}


def about(connection: sqlite3.Connection) -> dict[str, str]:
    """Give what the file says of itself."""
    return dict(connection.execute("SELECT key, value FROM about").fetchall())


def newest_us(connection: sqlite3.Connection, *, whole: bool = False) -> int | None:
    """Give the time of the newest reading; with ``whole`` of the newest that can be shown.

    The newest is what was written last: a wall clock that was set back has told later times before. Raises
    ``sqlite3.Error``.
    """
    found = (
        connection.execute("SELECT at_us FROM row ORDER BY id DESC LIMIT 1").fetchone()
        or connection.execute(
            "SELECT last_us FROM minute WHERE samples IS NOT NULL OR NOT ? ORDER BY id DESC LIMIT 1", (whole,)
        ).fetchone()
    )
    return None if found is None else int(found[0])


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    # One connection is used by one thread at a time, which its owner sees to.
    return sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode={mode}", uri=True, timeout=_BUSY,
                           check_same_thread=False)  # fmt: skip


def _check(connection: sqlite3.Connection, path: Path) -> None:
    try:
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.DatabaseError as error:
        if not is_damaged(error):
            raise
        raise RecordingError(f"{path} is no recording", str(error)) from error
    if not application and not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise RecordingError(f"{path} is empty", "nothing was recorded in it so far")
    if application != APPLICATION:
        raise RecordingError(f"{path} is no recording", "it is another program's database")
    if version > VERSION:
        raise RecordingError(
            f"{path} was written by a later version", f"it has format {version}, this program reads up to {VERSION}",
            "Read it with the version that wrote it, or a newer one.",
        )  # fmt: skip
