"""Who keeps the timeline while a recording is written: from frames, the journal, and the time between runs."""

import sqlite3
from datetime import datetime
from pathlib import Path

from sutaztop.domain.frame import Frame
from sutaztop.history.chronicle import Chronicle
from sutaztop.store.recording.gaps import note_end, tell_gap
from sutaztop.store.recording.happenings import insert, open_findings
from sutaztop.store.recording.journal_news import JournalNews

JOURNAL_EVERY_NS = 3_000_000_000
"""How often the journal is looked into: a ``stat`` where nothing was written."""


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
        tell_gap(connection, began, boot)

    def take(self, frame: Frame) -> None:
        """Keep what happened up to a frame. May raise ``sqlite3.Error``."""
        told = self._chronicle.take(frame)
        if told:
            insert(self._connection, told)
        clock_ns = frame.snapshot.clock_ns
        if self._news is not None and (self._looked_ns is None or clock_ns - self._looked_ns >= JOURNAL_EVERY_NS):
            self._looked_ns = clock_ns
            self._news.look(self._connection, frame.snapshot.endpoints, frame.snapshot.at)

    def end(self, at: datetime) -> None:
        """Note that the recording ends here in good order: what comes after is no failure."""
        note_end(self._connection, at)
