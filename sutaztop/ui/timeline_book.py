"""The part of the timeline that was read: the newest lines, older ones when they are asked for, news every moment.

Reading waits for a disk, so it has a thread of its own, one reading at a time.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sutaztop.contracts import SutaztopError
from sutaztop.contracts.recording import Recording
from sutaztop.domain.recording import Happening

_LOG = logging.getLogger(__name__)
PAGE = 200
"""So many lines are wanted at once; a span that holds more is given whole."""
FIRST_SPAN = timedelta(hours=1)
FRESH_SPAN = timedelta(minutes=15)
"""So far back lines may still come or become others: a finding's end is told late, a change's outcome later."""
AHEAD = timedelta(days=1)
"""An engine's clock may be ahead of ours."""


@dataclass(frozen=True, slots=True)
class Read:
    """What a reading gave: lines from ``since`` on, oldest first, in the place of those known of that time.

    ``complete`` tells that there is nothing older; ``trouble`` says in words why nothing could be read.
    """

    since: datetime
    until: datetime
    lines: tuple[Happening, ...] = ()
    complete: bool = False
    trouble: str = ""


@dataclass
class Book:
    """What was read so far, newest first. ``since`` is how far back it goes, ``None`` before the first reading."""

    lines: list[Happening] = field(default_factory=list)
    since: datetime | None = None
    complete: bool = False
    trouble: str = ""

    def take(self, read: Read) -> bool:
        """Take what was read; tell whether anything is other than before."""
        if read.trouble:
            changed = read.trouble != self.trouble
            self.trouble = read.trouble
            return changed
        before = self.since, self.complete, self.trouble
        known = [it for it in self.lines if read.since <= it.at <= read.until]
        is_news = tuple(reversed(known)) != read.lines
        if is_news:
            kept = (it for it in self.lines if not read.since <= it.at <= read.until)
            self.lines = sorted([*kept, *read.lines], key=lambda it: (it.at, it.number), reverse=True)
        self.since = read.since if self.since is None else min(read.since, self.since)
        self.complete = self.complete or read.complete
        self.trouble = ""
        return is_news or before != (self.since, self.complete, self.trouble)


class TimelineReader:
    """Reads beside the loop and tells what it found; a wish that comes while it reads is left out."""

    def __init__(self, opened: Callable[[], Recording], tell: Callable[[Read], object]) -> None:
        self._opened = opened
        self._tell = tell
        self._busy = threading.Lock()
        self._recording: Recording | None = None

    def first(self, now: datetime) -> None:
        """Read the newest page."""
        self._begin(lambda recording: _page(recording, now + AHEAD, now - FIRST_SPAN))

    def older(self, since: datetime) -> None:
        """Read the page before a time."""
        self._begin(lambda recording: _page(recording, since - timedelta(microseconds=1), since - FIRST_SPAN))

    def news(self, now: datetime) -> None:
        """Read the last minutes again."""
        since, until = now - FRESH_SPAN, now + AHEAD
        self._begin(lambda recording: Read(since, until, tuple(recording.happenings(since, until))))

    def close(self) -> None:
        """Give the recording back, once nothing is read any more."""
        threading.Thread(target=self._close, name="timeline", daemon=True).start()

    def _close(self) -> None:
        with self._busy:
            if self._recording is not None:
                self._recording.close()
            self._recording = None

    def _begin(self, read: Callable[[Recording], Read]) -> None:
        if self._busy.acquire(blocking=False):
            threading.Thread(target=self._run, args=(read,), name="timeline", daemon=True).start()

    def _run(self, read: Callable[[Recording], Read]) -> None:
        nothing = _BEGINNING
        try:
            if self._recording is None:
                self._recording = self._opened()
            found = read(self._recording)
        except SutaztopError as error:
            found = Read(nothing, nothing, trouble=str(error))
        except Exception as error:  # noqa: BLE001 - the worker boundary: a recording's trouble must not end the screen
            _LOG.exception("the timeline could not be read")
            found = Read(nothing, nothing, trouble=f"The timeline: {type(error).__name__}: {error}")
        finally:
            self._busy.release()
        self._tell(found)


def _page(recording: Recording, until: datetime, since: datetime) -> Read:
    """Read back from a time until there is a page of lines, or nothing more; quiet hours are taken in strides."""
    first = recording.info().first
    begins = _first_line(recording, first)
    lines: Sequence[Happening] = ()
    span = min(FIRST_SPAN, max(until - since, timedelta(seconds=1)))
    while True:
        lines = (*recording.happenings(since, until), *lines)
        if begins is None or since <= begins:
            return Read(since, _last(lines, until), tuple(lines), complete=True)
        if len(lines) >= PAGE:
            return Read(since, _last(lines, until), tuple(lines))
        span *= 4
        until, since = since - timedelta(microseconds=1), max(since - span, begins)


def _last(lines: Sequence[Happening], until: datetime) -> datetime:
    return max((it.at for it in lines), default=until)


def _first_line(recording: Recording, first: datetime | None) -> datetime | None:
    """Give when the oldest line is of; lines may be older than the oldest sample that is still kept."""
    oldest = recording.next_happening(_BEGINNING)
    known = [it for it in (first, oldest.at if oldest is not None else None) if it is not None]
    return min(known, default=None)


_BEGINNING = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
