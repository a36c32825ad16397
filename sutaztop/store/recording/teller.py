"""Who keeps the timeline while a recording is written: from frames, the journal, and the time between runs."""

import json
import sqlite3
import zlib
from collections.abc import Mapping
from dataclasses import astuple
from datetime import datetime
from pathlib import Path

from sutaztop.domain.frame import Frame
from sutaztop.domain.recording import HappeningKind
from sutaztop.domain.snapshot import Snapshot
from sutaztop.domain.text import clean_line
from sutaztop.history.chronicle import Chronicle
from sutaztop.history.meanwhile import Known, known_of, meanwhile
from sutaztop.history.seen_changes import was_read
from sutaztop.store.recording.gaps import note_end, tell_gap
from sutaztop.store.recording.happenings import insert, open_findings
from sutaztop.store.recording.inflate import UNREADABLE, inflate
from sutaztop.store.recording.journal_news import JournalNews
from sutaztop.store.recording.schema import microseconds

JOURNAL_EVERY_NS = 3_000_000_000
"""How often the journal is looked into: a ``stat`` where nothing was written."""
KNOWN_EVERY_NS = 60_000_000_000
"""How often what is compared after a gap is kept, where it is other than it was."""
_KNOWN = "known"


class Teller:
    """Keeps happenings through the writer's own connection and never commits: the writer does, with its row.

    Made before the new run has its row in the recording. ``journal`` is the directory of the journal, ``None`` where
    there is none.
    """

    def __init__(self, connection: sqlite3.Connection, *, began: datetime, boot: str, journal: Path | None) -> None:
        self._connection = connection
        self._chronicle = Chronicle(open_findings(connection, began))
        self._news = JournalNews(journal) if journal is not None else None
        self._looked_ns: int | None = None
        self._before: Mapping[str, Known] | None = None
        if tell_gap(connection, began, boot) is not None:
            self._before = _kept(connection)
        self._known: dict[str, Known] = {}
        self._known_ns: int | None = None
        self._last: Snapshot | None = None

    def take(self, frame: Frame) -> None:
        """Keep what happened up to a frame. May raise ``sqlite3.Error``."""
        snapshot = frame.snapshot
        if self._news is not None and _is_due(snapshot.clock_ns, self._looked_ns, JOURNAL_EVERY_NS):
            self._looked_ns = snapshot.clock_ns
            self._news.look(self._connection, snapshot.endpoints, snapshot.at)
        told = self._chronicle.take(frame)
        if told:
            insert(self._connection, told)
        if frame.trouble is not None or not was_read(snapshot):
            return
        if self._before is not None:
            insert(self._connection, meanwhile(self._before, snapshot))
            self._before = None
        self._last = snapshot
        # What was told as it changed must not be told again after a kill a moment later.
        has_news = any(it.kind is not HappeningKind.FINDING for it in told)
        if has_news or _is_due(snapshot.clock_ns, self._known_ns, KNOWN_EVERY_NS):
            self._known_ns = snapshot.clock_ns
            self._keep(snapshot)

    def _keep(self, snapshot: Snapshot) -> None:
        known = known_of(snapshot)
        if known == self._known:
            return
        self._known = known
        body = zlib.compress(json.dumps({key: astuple(it) for key, it in known.items()}).encode())
        self._connection.execute(
            "INSERT OR REPLACE INTO state (key, at_us, body) VALUES (?, ?, ?)",
            (_KNOWN, microseconds(snapshot.at), body),
        )

    def end(self, at: datetime) -> None:
        """Note that the recording ends here in good order: what comes after is no failure."""
        if self._last is not None:
            self._keep(self._last)
        note_end(self._connection, at)


def _is_due(now_ns: int, last_ns: int | None, every_ns: int) -> bool:
    return last_ns is None or now_ns - last_ns >= every_ns


def _kept(connection: sqlite3.Connection) -> Mapping[str, Known] | None:
    """Give what was kept before a gap; nothing where it can't be read, for then nothing can be compared."""
    row = connection.execute("SELECT body FROM state WHERE key = ?", (_KNOWN,)).fetchone()
    if row is None:
        return None
    try:
        found = json.loads(inflate(row[0]))
        return {str(key): _known(*fields) for key, fields in found.items()}
    except UNREADABLE:
        return None


def _known(  # noqa: PLR0913, PLR0917 - a kept row's own parts
    kind: str, name: str, image: str, cpu: float | None, memory: int | None, count: int | None,
    alone: bool,  # noqa: FBT001
) -> Known:  # fmt: skip
    return Known(kind, clean_line(name), clean_line(image), cpu, memory, count, bool(alone))
