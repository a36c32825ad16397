"""Following the journal beside the screen, and showing it; reading has a thread of its own, for it waits for disks."""

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from sutaztop.contracts import SutaztopError
from sutaztop.domain.record import Record, Seen
from sutaztop.render.cells import Tone
from sutaztop.ui.commands import BY_ID
from sutaztop.ui.desk import Books
from sutaztop.ui.messages import ChangeKept, JournalRead
from sutaztop.ui.screens.changes import Changes

if TYPE_CHECKING:
    from sutaztop.ui.screens.stage import Stage

_LOG = logging.getLogger(__name__)
JOURNAL_EVERY = 2.0
"""Seconds between two looks at the journal: a few stat calls where nothing was written."""


class JournalReader:
    """Reads the journal when asked, one reading at a time, and tells what it found.

    What reading back shows of a change without an outcome is asked of the engine once, and again when
    ``afresh`` is called: it is no business of every second.
    """

    def __init__(self, books: Books, tell: Callable[[JournalRead], object]) -> None:
        self._books = books
        self._tell = tell
        self._busy = threading.Lock()
        self._seen: dict[str, Seen] = {}

    def afresh(self) -> None:
        """Read back again what was read back before."""
        self._seen = {}
        self.look()

    def look(self) -> None:
        """Begin a reading, unless one is under way."""
        if self._busy.acquire(blocking=False):
            threading.Thread(target=self._read, name="journal", daemon=True).start()

    def _read(self) -> None:
        try:
            found = self._found()
        except SutaztopError as error:
            found = JournalRead((), (), str(error))
        except Exception as error:  # noqa: BLE001 - the worker boundary: the journal's trouble must not end the screen
            _LOG.exception("the journal could not be followed")
            found = JournalRead((), (), f"The journal: {type(error).__name__}: {error}")
        finally:
            self._busy.release()
        self._tell(found)

    def _found(self) -> JournalRead:
        records = tuple(self._books.records())
        return JournalRead(records, tuple((it, self._look_at(it)) for it in self._books.open()), "")

    def _look_at(self, record: Record) -> Seen | None:
        if record.is_borrowed:
            self._books.see_to(record)
        if not record.is_unfinished:
            return None
        if record.change_id not in self._seen:
            self._seen[record.change_id] = self._books.read_back(record)
        return self._seen[record.change_id]


class Bookkeeping:
    """What the main screen does with the journal: it keeps what is open in sight, and shows the whole when asked."""

    def __init__(self, screen: "Stage", changes: Changes) -> None:
        self._screen = screen
        self._board = screen.board
        self._changes = changes
        books = screen.board.desk.books
        self._reader = JournalReader(books, screen.app.post_message) if books is not None else None

    def look(self) -> None:
        """Look into the journal, once there is a frame: what is behind the screen is made for frames first."""
        if self._reader is not None and self._board.newest is not None:
            self._reader.look()

    def take(self, event: ChangeKept | JournalRead) -> None:
        """Show what the journal tells, or what became of a wish to keep a change."""
        if isinstance(event, ChangeKept):
            self._screen.say(event.words)
            self.look()
            return
        self._board.records, self._board.open_changes = event.records, event.open_changes
        self._board.journal_trouble = event.trouble
        self._screen.beat()
        self._screen.footer.redraw()

    def show(self) -> None:
        """Show the changes that were made from here."""
        from sutaztop.ui.screens.journal import JournalScreen

        if self._reader is None:
            self._screen.say("There is no journal here.", Tone.WARNING)
            return
        self._reader.afresh()
        self._screen.app.push_screen(JournalScreen(self._board), self._left)

    def _left(self, wish: tuple[str, Record] | None) -> None:
        if wish is None:
            return
        what, record = wish
        if why_not := self._changes.why_not(BY_ID[what]):
            self._screen.say(f"{BY_ID[what].key_text} {what}: {why_not}.", Tone.WARNING)
        elif what == "undo":
            self._changes.undo_this(record)
        else:
            self._changes.keep_this(record)
