"""Fetching the lines around an instant: one thread for each container, bounded in lines, characters and time."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from sutaztop.contracts import EngineError, SutaztopError
from sutaztop.contracts.recording import Recording
from sutaztop.domain.event import LogLine
from sutaztop.domain.quantity import Seconds

if TYPE_CHECKING:
    from sutaztop.domain.recording import Happening

_LOG = logging.getLogger(__name__)
_MOST_HAPPENINGS = 500
_BURST = 500
_BREATH_SECONDS = 0.002
"""After each burst the reader lets others run: a flood must not hold back the keys."""


class SpanSource(Protocol):
    """The part of an engine that gives the lines of a span."""

    def logs(
        self, container_id: str, *, tail: int = 200, follow: bool = False, since: datetime | None = None,
        until: datetime | None = None,
    ) -> Iterator[LogLine]:  # fmt: skip
        """Read the lines from ``since`` to ``until``."""
        ...


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is kept to each side of the instant, and how long is read, in seconds."""

    lines: int
    characters: int
    patience: Seconds


OWN = Bounds(5_000, 4_000_000, Seconds(15.0))
"""Of the container that it is about."""
NEIGHBOUR = Bounds(1_000, 400_000, Seconds(5.0))
"""Of each that is merged with it: eight of them are 6 MB at most."""


class LogFetch:
    """Reads one container's lines from ``reach`` before an instant to ``reach`` after it.

    Of more lines than are kept, those nearest to the instant stay, and ``words`` tell of the others.
    """

    def __init__(self, source: SpanSource, container_id: str, at: datetime, reach: Seconds, bounds: Bounds) -> None:
        self.container_id = container_id
        self._source = source
        self._at = at
        self._since, self._until = at - timedelta(seconds=reach), at + timedelta(seconds=reach)
        self._bounds = bounds
        self._lock = threading.Lock()
        self._before: deque[LogLine] = deque()
        self._after: list[LogLine] = []
        self._held = [0, 0]
        self._left_out = 0
        self._cut = False
        self._trouble = ""
        self._began = 0.0
        self._over = threading.Event()
        self._given_up = False
        self._stream: Iterator[LogLine] | None = None
        self._thread = threading.Thread(target=self._read, name=f"around-{container_id[:12]}", daemon=True)

    def start(self, monotonic: float) -> None:
        """Begin to read."""
        self._began = monotonic
        self._thread.start()

    @property
    def is_done(self) -> bool:
        """Whether no more lines will come."""
        return self._over.is_set() or self._given_up

    def look(self, monotonic: float) -> None:
        """Give up where it has taken too long; never waits."""
        if not self.is_done and monotonic - self._began > self._bounds.patience:
            self._given_up = True
            self.close()

    def lines(self) -> list[LogLine]:
        """Give the lines that were read so far, in their order."""
        with self._lock:
            return [*self._before, *self._after]

    @property
    def words(self) -> str:
        """What is missing from the lines and why, or nothing."""
        with self._lock:
            told = []
            if self._trouble:
                told.append(self._trouble)
            elif self._given_up:
                some = "only some of its lines are here" if self._before or self._after else "left out"
                told.append(f"not read within {self._bounds.patience:g} s: {some}")
            if self._left_out:
                told.append(f"{self._left_out:,} lines long before the instant are left out")
            if self._cut:
                told.append("more lines follow than are kept")
            return "; ".join(told)

    def close(self) -> None:
        """Stop reading; twice is fine, and it never waits for the stream."""
        self._given_up = self._given_up or not self._over.is_set()
        if self._thread.is_alive():
            threading.Thread(target=self._close_stream, name="around-close", daemon=True).start()

    def _close_stream(self) -> None:
        close = getattr(self._stream, "close", None)
        if close is not None:
            # A plain generator that is just then running refuses, and ends at its next line.
            with suppress(ValueError, RuntimeError, OSError, EngineError):
                close()

    def _read(self) -> None:
        try:
            self._stream = self._source.logs(self.container_id, since=self._since, until=self._until)
            for number, line in enumerate(self._stream, 1):
                if self._given_up or not self._put(line):
                    break
                if number % _BURST == 0:
                    self._over.wait(_BREATH_SECONDS)
        except EngineError as error:
            self._fail(str(error.trouble))
        except Exception as error:  # noqa: BLE001 - the boundary of this thread: it must not end unseen
            self._fail(f"reading failed: {type(error).__name__}: {error}")
        finally:
            self._over.set()
            self._close_stream()

    def _fail(self, words: str) -> None:
        if not self._given_up:
            with self._lock:
                self._trouble = words

    def _put(self, line: LogLine) -> bool:
        """Keep a line; tell whether there is room for more."""
        size = len(line.text) + 100
        with self._lock:
            if line.at is not None and line.at > self._at:
                if len(self._after) >= self._bounds.lines or self._held[1] + size > self._bounds.characters:
                    self._cut = True
                    return False
                self._after.append(line)
                self._held[1] += size
                return True
            self._before.append(line)
            self._held[0] += size
            while len(self._before) > self._bounds.lines or self._held[0] > self._bounds.characters:
                self._held[0] -= len(self._before.popleft().text) + 100
                self._left_out += 1
            return True


class PastFetch:
    """Reads what a recording tells of a span, on a thread of its own; what goes wrong with it is left out.

    It only adds to the lines: they are shown without waiting for it, and a recording that is not there is no trouble.
    """

    def __init__(self, opened: Callable[[], Recording], since: datetime, until: datetime) -> None:
        self._opened = opened
        self._since, self._until = since, until
        self.found: Sequence[Happening] = ()
        self.is_done = False
        threading.Thread(target=self._read, name="around-past", daemon=True).start()

    def _read(self) -> None:
        try:
            recording = self._opened()
            try:
                self.found = tuple(recording.happenings(self._since, self._until))[:_MOST_HAPPENINGS]
            finally:
                recording.close()
        except SutaztopError as error:
            _LOG.debug("no happenings around an instant: %s", error)
        except Exception:  # noqa: BLE001 - the boundary of this thread: it must not end unseen
            _LOG.exception("what happened around an instant could not be read")
        finally:
            self.is_done = True
