"""What a recorder keeps beside samples: what happened, notes, and what the next program goes on with."""

from datetime import datetime
from pathlib import Path

from sutaztop.domain.frame import Frame
from sutaztop.store.recording.happenings import insert, note_of
from sutaztop.store.recording.memory import Memory
from sutaztop.store.recording.recorder import Note
from sutaztop.store.recording.retention import Retention, Terms
from sutaztop.store.recording.schema import microseconds
from sutaztop.store.recording.teller import Teller
from sutaztop.store.recording.writer import Writer


class Upkeep:
    """Satisfies ``Keeper``. ``journal`` is the directory of the journal, ``None`` where there is none."""

    def __init__(self, journal: Path | None, boot: str, terms: Terms | None = None) -> None:
        self._retention = Retention(terms or Terms())
        self._now_us = self._clock_ns = 0
        self._memory = Memory()
        self._journal = journal
        self._boot = boot
        self._teller: Teller | None = None

    def opened(self, writer: Writer, at: datetime) -> None:
        """See ``Keeper``."""
        self._teller = Teller(writer.connection, began=at, boot=self._boot, journal=self._journal)

    def taken(self, frame: Frame) -> None:
        """See ``Keeper``."""
        self._memory.look(frame)

    def seen(self, writer: Writer, frame: Frame) -> None:
        """See ``Keeper``."""
        del writer
        self._now_us, self._clock_ns = microseconds(frame.snapshot.at), frame.snapshot.clock_ns
        if self._teller is not None:
            self._teller.take(frame)

    def note(self, writer: Writer, note: Note) -> None:
        """See ``Keeper``."""
        insert(writer.connection, [note_of(note.text, note.who, note.subject, note.at)])

    def minute(self, writer: Writer) -> str:
        """See ``Keeper``."""
        self._memory.keep(writer.connection, self._now_us)
        return self._retention.minute(writer, self._now_us, self._clock_ns)

    def closing(self, writer: Writer, at: datetime) -> None:
        """See ``Keeper``."""
        self._memory.look_again()
        self._memory.keep(writer.connection, microseconds(at))
        if self._teller is not None:
            self._teller.end(at)
