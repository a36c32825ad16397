"""The timeline on the screen: one list, newest first, filtered while typing, the chosen line told whole."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message

from sutaztop.domain.recording import Happening
from sutaztop.render.arrange import FilterError
from sutaztop.render.boxes import box
from sutaztop.render.cells import Line, Span, Tone, fit_line
from sutaztop.render.footer import Hint, footer_line
from sutaztop.render.timeline import (
    are_dated,
    clock_words,
    copied,
    happening_line,
    name_width,
    parse_filter,
    whole_lines,
)
from sutaztop.ui.board import Board
from sutaztop.ui.screens.listing import ListScreen
from sutaztop.ui.timeline_book import Book, Read, TimelineReader
from sutaztop.ui.widgets.lines import Drawn, Lines
from sutaztop.ui.widgets.prompt import FILTER_HINTS, FilterPrompt

NEWS_EVERY = 1.0
"""Seconds between two looks for what happened meanwhile: one query of a few rows, beside the loop."""
_WHOLE_LINES = 6
_NEAR_THE_END = 20
"""So few lines before the oldest that was read, older ones are asked for."""


class TimelineRead(Message):
    """A part of the timeline was read."""

    def __init__(self, read: Read) -> None:
        self.read = read
        super().__init__()


class TimelineView(Lines):
    """Draws the list and, beneath it, the chosen line whole. The choice is kept by identity."""

    def __init__(self, board: Board, shown_at: Callable[[], datetime | None]) -> None:
        super().__init__(id="timeline")
        self.board = board
        self.book = Book()
        self.filter_text = ""
        self.page = 1
        self.typing = False
        self.said = ""
        self._shown_at = shown_at
        self._matches = parse_filter("")
        self._found: tuple[list[Happening], list[Happening]] | None = None
        self._chosen: Happening | None = None
        self._top = 0

    def filter(self, text: str) -> None:
        """Take another filter. Raises ``FilterError`` and leaves the one before."""
        self._matches = parse_filter(text)
        self.filter_text, self._found = text, None
        self.redraw()

    def shown(self) -> list[Happening]:
        """Give the lines that the filter leaves, newest first."""
        lines = self.book.lines
        if not self.filter_text:
            return lines
        # What was read is a new list whenever a line is another: many thousand are not gone through for each drawing.
        if self._found is None or self._found[0] is not lines:
            self._found = lines, [it for it in lines if self._matches(it)]
        return self._found[1]

    def place(self, shown: Sequence[Happening]) -> int:
        """Give where the chosen line is: where it is gone, or none was chosen, the first that is as old."""
        chosen = self._chosen
        if chosen is None or not shown:
            return 0
        for place, it in enumerate(shown):
            if it.number == chosen.number and (it.number or it == chosen):
                return place
        return next((place for place, it in enumerate(shown) if it.at <= chosen.at), len(shown) - 1)

    @property
    def chosen(self) -> Happening | None:
        """The chosen line: the newest, until another is chosen."""
        shown = self.shown()
        return shown[self.place(shown)] if shown else None

    def move(self, by: int) -> None:
        """Choose another; the newest stays the newest, whatever follows."""
        shown = self.shown()
        if shown:
            place = min(len(shown) - 1, max(0, self.place(shown) + by))
            self._chosen = shown[place] if place else None
        self.said = ""
        self.redraw()

    @property
    def wants_older(self) -> bool:
        """Whether the choice is near the oldest line that was read, and there are older ones."""
        if self.book.complete or self.book.since is None:
            return False
        shown = self.shown()
        return len(shown) - self.place(shown) <= max(_NEAR_THE_END, self.page)

    # --- drawing ----------------------------------------------------------------------------

    def draw(self, width: int, height: int) -> Sequence[Drawn]:
        """Draw list, the chosen line whole, and keys."""
        shown = self.shown()
        whole = _WHOLE_LINES if height >= 18 else 0
        rows = max(1, height - whole - 1)
        framed = rows >= 3 and width >= 6
        inner = rows - 2 if framed else rows
        self.page = max(1, inner - 1)
        place = self.place(shown)
        self._top = max(0, min(self._top, place, len(shown) - inner), place - inner + 1)
        body = self._rows(shown, self._top, inner, width - 4 if framed else width) or [self._nothing()]
        lines = box(self._title(len(shown)), body, width, rows, active=True)
        drawn = [
            Drawn(line, bool(shown) and y == place - self._top + framed, edges=framed) for y, line in enumerate(lines)
        ]
        if whole:
            drawn += [Drawn(it, edges=True) for it in self._whole(width, whole)]
        return [*drawn, Drawn(footer_line(self._hints(), width))]

    def _title(self, count: int) -> Line:
        words = f" · {count} line{'' if count == 1 else 's'}, newest first"
        if self.filter_text:
            words += f" · filter: {self.filter_text}"
        if not self.book.complete and self.book.since is not None:
            since = self.book.since.astimezone(self.board.desk.zone)
            words += f" · read back to {since:%m-%d %H:%M}"
        return (Span("Timeline", Tone.TITLE), Span(words, Tone.MUTED))

    def _nothing(self) -> Line:
        if self.book.trouble:
            return (Span(self.book.trouble, Tone.WARNING),)
        if self.book.since is None:
            return (Span("Reading …", Tone.MUTED),)
        words = "Nothing of this in what was read." if self.filter_text else "Nothing happened since recording began."
        return (Span(words, Tone.MUTED),)

    def _rows(self, shown: Sequence[Happening], top: int, count: int, width: int) -> list[Line]:
        zone, now = self.board.desk.zone, self.board.desk.now()
        seen = shown[top : top + count]
        dated, names = are_dated(seen, now, zone), name_width(seen, width)
        mark = self._mark(shown, top, len(seen))
        return [
            (
                Span("▸" if number == mark else " ", Tone.ACCENT),
                *happening_line(it, width - 1, names, zone=zone, dated=dated),
            )
            for number, it in enumerate(seen)
        ]

    def _mark(self, shown: Sequence[Happening], top: int, count: int) -> int | None:
        """Give the row of the newest line that had happened at the moment that the screen shows; none while live."""
        at = self._shown_at()
        if at is None:
            return None
        place = next((place for place, it in enumerate(shown) if it.at <= at), None)
        return place - top if place is not None and top <= place < top + count else None

    def _whole(self, width: int, height: int) -> list[Line]:
        chosen, zone, now = self.chosen, self.board.desk.zone, self.board.desk.now()
        body = whole_lines(chosen, width - 4, zone=zone, now=now) if chosen is not None else []
        shown = self.shown()
        words: Line = (Span(f"{self.place(shown) + 1} of {len(shown)}", Tone.MUTED),) if shown else ()
        if self.said:
            words = (Span(self.said, Tone.WARNING),)
        elif (at := self._shown_at()) is not None:
            dated = at.astimezone(zone).date() != now.astimezone(zone).date()
            words = (Span(f"▸ the screen stands at {clock_words(at, zone, dated=dated)}", Tone.ACCENT),)
        return [fit_line(it, width) for it in box(words, body, width, height)]

    def _hints(self) -> Sequence[Hint]:
        if self.typing:
            return FILTER_HINTS
        why_not = "" if self.chosen is not None else "nothing is chosen"
        return [
            Hint("Enter", "go there", why_not), Hint("/", "filter"), Hint("i", "note"), Hint("y", "copy", why_not),
            Hint("Esc", "all" if self.filter_text else "close"),
        ]  # fmt: skip


class TimelineScreen(ListScreen[None]):
    """The list. ``jump`` goes to the moment of a line or says why not, ``write_note`` begins a note."""

    DEFAULT_CSS: ClassVar[str] = """
    TimelineScreen { background: $background; overflow: hidden; layout: vertical; }
    TimelineScreen TimelineView { height: 1fr; }
    TimelineScreen FilterPrompt { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", show=False),
        Binding("q,7", "leave", show=False),
        Binding("slash", "filter", show=False),
        Binding("enter", "jump", show=False),
        Binding("y", "copy", show=False),
        Binding("i", "note", show=False),
    ]

    view: TimelineView

    def __init__(
        self,
        board: Board,
        *,
        jump: Callable[[Happening], str],
        write_note: Callable[[Happening | None], object],
        shown_at: Callable[[], datetime | None],
    ) -> None:
        super().__init__()
        self._board = board
        self._jump, self._write_note = jump, write_note
        self.view = TimelineView(board, shown_at)
        self._reader: TimelineReader | None = None
        self._before_filter = ""

    def compose(self) -> ComposeResult:
        """Give the view, and the line for the filter."""
        yield self.view
        yield FilterPrompt(id="timeline-filter")

    def on_mount(self) -> None:
        """Begin to read."""
        opened = self._board.desk.recording
        if opened is None:
            self.view.book.trouble = "There is no recording here: nothing was kept of what happened."
            return
        self._reader = TimelineReader(opened, lambda read: self.post_message(TimelineRead(read)))
        self._reader.first(self._now())
        self.set_interval(NEWS_EVERY, self.look)

    def on_unmount(self) -> None:
        """Give the recording back."""
        if self._reader is not None:
            self._reader.close()

    def _now(self) -> datetime:
        return self._board.desk.clock.now()

    def look(self) -> None:
        """Look for news, and for older lines where the choice comes near them."""
        if self._reader is None:
            return
        self.view.redraw()  # ages go on
        if self.view.book.since is None:
            self._reader.first(self._now())
        elif self.view.wants_older:
            self._reader.older(self.view.book.since)
        else:
            self._reader.news(self._now())

    @on(TimelineRead)
    def take(self, event: TimelineRead) -> None:
        """Take what was read."""
        event.stop()
        if self.view.book.take(event.read):
            self.view.redraw()

    # --- keys -------------------------------------------------------------------------------

    def action_move(self, by: int) -> None:
        """Choose another line."""
        self.view.move(by)
        if self.view.wants_older:
            self.look()

    def action_jump(self) -> None:
        """Go to the chosen line's instant, or say why not."""
        chosen = self.view.chosen
        if chosen is None:
            return
        why_not = self._jump(chosen)
        if why_not:
            self.view.said = why_not
            self.view.redraw()
        else:
            self.dismiss(None)

    def action_copy(self) -> None:
        """Copy the chosen line."""
        chosen = self.view.chosen
        if chosen is not None:
            self.app.copy_to_clipboard(copied(chosen, self._board.desk.zone))
            self.view.said = "Copied."
            self.view.redraw()

    def action_note(self) -> None:
        """Write a note."""
        self._write_note(self.view.chosen)

    def action_back(self) -> None:
        """Clear the filter, then close."""
        if self.view.filter_text:
            self.view.filter("")
        else:
            self.dismiss(None)

    def action_leave(self) -> None:
        """Close."""
        self.dismiss(None)

    # --- the filter -------------------------------------------------------------------------

    def action_filter(self) -> None:
        """Begin to type a filter."""
        self._before_filter = self.view.filter_text
        self.view.typing = True
        line = self.query_one(FilterPrompt)
        line.display = True
        line.open(self._before_filter)
        self.view.redraw()

    @on(FilterPrompt.Typed)
    def filter_while_typing(self, event: FilterPrompt.Typed) -> None:
        """Filter as it is typed; what is wrong with it is said beside it."""
        event.stop()
        if self.view.typing:
            self._filter(event.text)

    def _filter(self, text: str) -> None:
        try:
            self.view.filter(text)
            words = ""
        except FilterError as error:
            words = str(error)
        self.query_one(FilterPrompt).complain(words)
        if self.view.wants_older:
            self.look()

    @on(FilterPrompt.Left)
    def leave_filter(self, event: FilterPrompt.Left) -> None:
        """Keep the filter, or take the one before."""
        event.stop()
        if not event.kept:
            self._filter(self._before_filter)
        self.view.typing = False
        self.query_one(FilterPrompt).display = False
        self.set_focus(None)
        self.view.redraw()
