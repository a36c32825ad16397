"""Reading a container's log beside the screen: a thread that reads, a book that keeps the last lines."""

import threading
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from sutaztop.contracts import EngineError
from sutaztop.domain.event import LogLine
from sutaztop.render.log_filter import LogFilter, parse_log_filter
from sutaztop.render.logs import LogEntry, LogState, Notice, Skipped

TAIL = 500
"""How many earlier lines are asked for."""
KEEP = 5_000
"""How many lines are kept. At 1 KiB a line that is 5 MB at most."""
_BURST = 500
_BREATH_SECONDS = 0.002
"""After each burst the reader lets others run: a flood must not hold back the keys."""


class LogSource(Protocol):
    """The part of an engine that gives logs."""

    def logs(self, container_id: str, *, tail: int = 200, follow: bool = False) -> Iterator[LogLine]:
        """Read the last lines, and with ``follow`` those that come."""
        ...


@dataclass(frozen=True, slots=True)
class Batch:
    """What came since the last look. ``skipped`` lines came before the oldest of ``lines``."""

    lines: tuple[LogLine, ...] = ()
    skipped: int = 0
    notice: Notice | None = None


class LogReader:
    """Follows one container's log on a daemon thread of its own, until closed.

    What is not fetched in time is thrown away, oldest first, and counted: memory is bounded
    whatever the container writes.
    """

    def __init__(self, source: LogSource, container_id: str, *, tail: int = TAIL, keep: int = KEEP) -> None:
        self.container_id = container_id
        self._source = source
        self._tail = tail
        self._keep = keep
        self._lock = threading.Lock()
        self._waiting: deque[LogLine] = deque()
        self._skipped = 0
        self._notice: Notice | None = None
        self._closed = threading.Event()
        self._stream: Iterator[LogLine] | None = None
        self._thread = threading.Thread(target=self._read, name=f"log-{container_id[:12]}", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    @property
    def is_reading(self) -> bool:
        """Whether lines may still come."""
        return self._thread.is_alive()

    def take(self) -> Batch:
        """Give what came since the last call; never waits."""
        with self._lock:
            batch = Batch(tuple(self._waiting), self._skipped, self._notice)
            self._waiting.clear()
            self._skipped = 0
            self._notice = None
        return batch

    def close(self) -> None:
        """Stop reading; twice is fine, and it never waits for the stream."""
        self._closed.set()
        if self._thread.is_alive():
            threading.Thread(target=self._close_stream, name="log-close", daemon=True).start()

    def _close_stream(self) -> None:
        """Break the stream. A plain generator that is just then running refuses, and ends at its next line."""
        close = getattr(self._stream, "close", None)
        if close is not None:
            with suppress(ValueError, RuntimeError, OSError, EngineError):
                close()

    def _read(self) -> None:
        try:
            self._stream = self._source.logs(self.container_id, tail=self._tail, follow=True)
            for number, line in enumerate(self._stream, 1):
                if self._closed.is_set():
                    break
                self._put(line)
                if number % _BURST == 0:
                    self._closed.wait(_BREATH_SECONDS)
        except EngineError as error:
            self._end(Notice(f"The log can't be read. {error.trouble}", bad=True))
        except Exception as error:  # noqa: BLE001 - the boundary of this thread: it must not end unseen
            self._end(Notice(f"Reading the log failed: {type(error).__name__}: {error}", bad=True))
        else:
            self._end(Notice("The log ends here: the container has stopped, or its log was closed."))
        finally:
            # Also where ``close`` came before there was a stream to close.
            self._close_stream()

    def _put(self, line: LogLine) -> None:
        with self._lock:
            if len(self._waiting) >= self._keep:
                self._waiting.popleft()
                self._skipped += 1
            self._waiting.append(line)

    def _end(self, notice: Notice) -> None:
        if not self._closed.is_set():
            with self._lock:
                self._notice = notice


class LogBook:
    """The last lines of a log, those that a filter lets through, and the place that is being read.

    While it stands still new lines are kept and counted, but nothing moves on the screen.
    """

    def __init__(self, *, keep: int = KEEP) -> None:
        self._keep = keep
        self._entries: deque[LogEntry] = deque(maxlen=keep)
        self._shown: deque[LogEntry] = deque(maxlen=keep)
        self._filter = LogFilter()
        self.filter_text = ""
        self.wrapped = False
        self.back = 0
        """How many shown entries lie below the last one in sight; 0 with ``held`` False follows."""
        self.held = False
        self._new = 0
        self._seen = 0

    def add(self, batch: Batch) -> bool:
        """Take what came; tell whether there was anything."""
        came: list[LogEntry] = [Skipped(batch.skipped)] if batch.skipped else []
        came.extend(batch.lines)
        if batch.notice is not None:
            came.append(batch.notice)
        self._seen += len(batch.lines) + batch.skipped
        passed = self._passed(came)
        self._entries.extend(came)
        self._shown.extend(passed)
        if self.held or self.back:
            self._new += len(batch.lines)
            self.back = min(self.back + len(passed), max(0, len(self._shown) - 1))
        return bool(came)

    def clear(self) -> None:
        """Forget the lines, of another container or of an earlier reading; the filter stays."""
        self._entries.clear()
        self._shown.clear()
        self._seen = 0
        self.follow()

    def _passed(self, entries: Iterable[LogEntry]) -> list[LogEntry]:
        passed, self._filter = self._filter.sift(entries)
        return passed

    def filter(self, text: str) -> None:
        """Show only what a filter lets through, and go to the newest."""
        self.filter_text = text.strip()
        self._filter = parse_log_filter(text)
        self._shown = deque(self._passed(self._entries), maxlen=self._keep)
        self.follow()

    def scroll(self, by: int) -> None:
        """Go back (negative) or on; going back holds the picture, arriving at the end follows again."""
        self.back = min(max(0, self.back - by), max(0, len(self._shown) - 1))
        self.held = self.back > 0
        if not self.held:
            self._new = 0

    def hold(self) -> None:
        """Stand still where it is, or follow again."""
        if self.held:
            self.follow()
        else:
            self.held = True

    def follow(self) -> None:
        """Go to the newest line and stay there."""
        self.back, self.held, self._new = 0, False, 0

    def newest_first(self, count: int) -> Iterator[LogEntry]:
        """Give up to ``count`` shown entries, upwards from the last one in sight."""
        return islice(reversed(self._shown), self.back, self.back + count)

    @property
    def state(self) -> LogState:
        """How the log is being read, for its title."""
        return LogState(
            following=not self.held, kept=min(self._seen, len(self._entries)), seen=self._seen,
            matching=sum(isinstance(it, LogLine) for it in self._shown),
            new=self._new, filter_text=self.filter_text, filter_trouble=self._filter.trouble, wrapped=self.wrapped,
        )  # fmt: skip
