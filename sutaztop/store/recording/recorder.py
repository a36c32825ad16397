"""The recorder: samples in at one end, at once; a thread of its own writes, and tries again where it can't."""

import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Protocol

from sutaztop.contracts import Clock, RecordingError
from sutaztop.domain.finding import Subject
from sutaztop.domain.frame import Frame
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.recording import RecorderStatus
from sutaztop.domain.sample import Sample
from sutaztop.store.recording.happenings import note_of, put_note
from sutaztop.store.recording.lock import WriterLock
from sutaztop.store.recording.schema import is_damaged
from sutaztop.store.recording.writer import Writer

_LOG = logging.getLogger(__name__)
MOST_WAITING = 10
"""Samples that wait for a slow disk; what comes while so many wait is lost, and counted."""
RETRY = Seconds(60.0)
"""After trouble the next try waits so long, and so does one who wants to write what another writes."""
_CLOSING = 1.0
_SIZE_EVERY = 10


@dataclass(frozen=True, slots=True)
class Note:
    """A note on its way to the file."""

    text: str
    who: str
    subject: Subject | None
    at: datetime


@dataclass(frozen=True, slots=True)
class _Seen:
    """A sample on its way to the file; ``base`` is the one before it, where that was lost."""

    sample: Sample
    frame: Frame
    base: Sample | None


class Keeper(Protocol):
    """What else is kept with each sample, and looked after now and then; called on the writer's thread."""

    def taken(self, frame: Frame) -> None:
        """Look at a frame on the thread of ticks, where what it refers to stands still; it must be quick."""
        ...

    def seen(self, writer: Writer, frame: Frame) -> None:
        """Keep what a frame tells; called before its sample is committed."""
        ...

    def note(self, writer: Writer, note: Note) -> None:
        """Keep a note."""
        ...

    def opened(self, writer: Writer, at: datetime) -> None:
        """See to what an earlier program left, before this one's run begins."""
        ...

    def minute(self, writer: Writer) -> str:
        """See to what is old, once a minute; gives words where something can't be kept as it should be."""
        ...

    def closing(self, writer: Writer, at: datetime) -> None:
        """Keep what is to outlive the program."""
        ...


class FileRecorder:
    """Writes samples to a file; satisfies ``Recorder``."""

    def __init__(self, path: Path, clock: Clock, who: str, open_writer: Callable[[], Writer], keeper: Keeper) -> None:
        self._path = path
        self._clock = clock
        self._who = who
        self._open_writer = open_writer
        self._keeper = keeper
        self._lock = WriterLock(path)
        self._waiting: deque[_Seen | Note] = deque()
        self._dealt_with = threading.Condition()
        self._handed = self._dealt = 0
        self._wake = threading.Event()
        self._closed = False
        self._writer: Writer | None = None
        self._retry_ns = 0
        self._is_anothers = False
        self._base: Sample | None = None
        self._last: Sample | None = None
        self._since_size = 0
        self._minute = -1
        self._status = RecorderStatus(writing=False, why_not="it has only begun", path=str(path))
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    # --- from anywhere ----------------------------------------------------------------------

    def record(self, sample: Sample, frame: Frame) -> None:
        """See ``Recorder``."""
        if self._closed:
            return
        try:
            self._keeper.taken(frame)
        except Exception:  # noqa: BLE001 - a tick must not end with what is only kept beside it
            _LOG.exception("what is remembered could not be looked at")
        if len(self._waiting) >= MOST_WAITING:
            self._status = replace(self._status, lost=self._status.lost + 1)
            self._base = sample
            return
        self._hand_over(_Seen(sample, frame, self._base))
        self._base = None

    def note(self, text: str, who: str, subject: Subject | None = None, at: datetime | None = None) -> None:
        """See ``Recorder``."""
        self._hand_over(Note(text, who, subject, at or self._clock.now()))

    def _hand_over(self, item: _Seen | Note) -> None:
        with self._dealt_with:
            self._handed += 1
            self._waiting.append(item)
        self._wake.set()

    def flush(self, seconds: float) -> bool:
        """Wait until all that was handed over so far is dealt with, so long at most; says whether it is."""
        with self._dealt_with:
            handed = self._handed
            return self._dealt_with.wait_for(lambda: self._dealt >= handed, seconds)

    def status(self) -> RecorderStatus:
        """See ``Recorder``."""
        return self._status

    def close(self) -> None:
        """See ``Recorder``."""
        self._closed = True
        self._wake.set()
        if self._thread is not threading.current_thread():
            self._thread.join(_CLOSING)

    # --- on its thread ----------------------------------------------------------------------

    def _run(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            while self._waiting:
                item = self._waiting.popleft()
                self._guarded(partial(self._keep, item))
                with self._dealt_with:
                    self._dealt += 1
                    self._dealt_with.notify_all()
            if self._closed:
                self._guarded(self._leave)
                return

    def _guarded(self, step: Callable[[], None]) -> None:
        try:
            step()
        except (sqlite3.Error, OSError, RecordingError) as error:
            self._failed(error)
        except Exception as error:  # noqa: BLE001 - the worker boundary: told in the header, and tried again
            _LOG.exception("a sample could not be recorded")
            self._failed(error)

    def _keep(self, item: _Seen | Note) -> None:
        if isinstance(item, Note):
            writer = self._ready(0)
            if writer is not None:
                self._keeper.note(writer, item)
                writer.connection.commit()
            else:
                # Another program writes, or this one tries again later: a note waits for neither.
                put_note(self._path, note_of(item.text, item.who, item.subject, item.at))
            return
        sample, frame = item.sample, item.frame
        last, self._last = item.base or self._last, sample
        if last is None and frame.number > 1:
            # Its rates go back to what was not seen here: the next is the first that can be told as it was shown.
            return
        is_new = self._writer is None
        writer = self._ready(1)
        if writer is None:
            return
        if is_new or item.base is not None:
            writer.skip(last)
        self._keeper.seen(writer, frame)
        writer.write(sample, frame)
        minute = sample.clock_ns // 60_000_000_000
        words = self._status.why_not
        if minute != self._minute:
            self._minute = minute
            words = self._keeper.minute(writer)
        self._since_size -= 1
        size = self._status.size
        if self._since_size < 0:
            self._since_size = _SIZE_EVERY
            size = sum(
                it.stat().st_size for it in (self._path, self._path.with_name(f"{self._path.name}-wal")) if it.exists()
            )
        self._status = replace(self._status, writing=True, why_not=words, trouble=False, size=size)

    def _ready(self, lost: int) -> Writer | None:
        """Give the writer, opened where it may be; ``lost`` is how many samples are lost where there is none."""
        if self._writer is not None:
            return self._writer
        now = self._clock.monotonic_ns()
        if now < self._retry_ns:
            # What another writes is not lost.
            self._status = replace(self._status, lost=self._status.lost + (0 if self._is_anothers else lost))
            return None
        self._retry_ns = now + round(RETRY * 1e9)
        holder = self._lock.take(self._who)
        self._is_anothers = bool(holder)
        if holder:
            self._status = replace(self._status, writing=False, why_not=f"{holder} records already", trouble=False)
            return None
        try:
            self._writer = self._open_writer()
        except (sqlite3.DatabaseError, RecordingError) as error:
            # A disk in trouble, or somebody who holds the file: what stands in it is tried again later.
            if (isinstance(error, sqlite3.Error) and not is_damaged(error)) or "later version" in str(error):
                raise
            self._set_aside(error)
            self._writer = self._open_writer()
        at = self._clock.now()
        self._keeper.opened(self._writer, at)
        self._writer.begin(at)
        self._status = replace(self._status, writing=True, why_not="", trouble=False)
        return self._writer

    def _set_aside(self, error: Exception) -> None:
        """Keep what can't be read under another name: nothing is thrown away."""
        stamp = f"{self._clock.now():%Y%m%dT%H%M%S}"
        for suffix in ("", "-wal", "-shm"):
            path = self._path.with_name(self._path.name + suffix)
            if path.exists():
                path.rename(path.with_name(f"{self._path.stem}.unreadable-{stamp}{self._path.suffix}{suffix}"))
        _LOG.warning("the recording could not be read and was set aside: %s", error)

    def _failed(self, error: Exception) -> None:
        words = str(error) or type(error).__name__
        if "full" in words:
            words = "the disk is full"
        self._status = replace(self._status, writing=False, why_not=words, trouble=True, lost=self._status.lost + 1)
        writer, self._writer = self._writer, None
        self._retry_ns = self._clock.monotonic_ns() + round(RETRY * 1e9)
        if writer is not None:
            with suppress(sqlite3.Error, OSError):
                writer.connection.rollback()
            with suppress(sqlite3.Error, OSError):
                writer.connection.close()

    def _leave(self) -> None:
        writer, self._writer = self._writer, None
        self._status = replace(self._status, writing=False, why_not="it has ended")
        try:
            if writer is not None:
                self._keeper.closing(writer, self._clock.now())
                writer.close()
        finally:
            self._lock.release()
