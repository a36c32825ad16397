"""The screen of the lines around an instant: moving, merging, filtering and keeping them in a file."""

import asyncio
from pathlib import PurePath
from time import monotonic
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from sutaztop.contracts import SutaztopError
from sutaztop.render.footer import Hint, footer_line
from sutaztop.ui.board import Board
from sutaztop.ui.screens.listing import ListScreen
from sutaztop.ui.widgets.around import AroundBook, AroundView, Subject
from sutaztop.ui.widgets.lines import Drawn, Lines
from sutaztop.ui.widgets.prompt import FILTER_HINTS, FilterPrompt

_POLL_SECONDS = 0.1
_WORDS = "words · !word · /regex/ · !/regex/ · Enter keeps, Esc undoes"


class _Keys(Lines):
    """The footer."""

    DEFAULT_CSS = "_Keys { height: 1; }"

    def __init__(self) -> None:
        super().__init__(id="around-keys")
        self.hints: list[Hint] = []

    def draw(self, width: int, height: int) -> list[Drawn]:
        """Draw the keys."""
        del height
        return [Drawn(footer_line(self.hints, width))]


class AroundScreen(ListScreen[None]):
    """Shows what a container wrote around an instant. It reads, and writes a file where that is asked for."""

    DEFAULT_CSS: ClassVar[str] = """
    AroundScreen { background: $background; overflow: hidden; layout: vertical; }
    AroundScreen AroundView { height: 1fr; }
    AroundScreen FilterPrompt { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", show=False),
        Binding("c", "to_instant", "back to the instant", show=False),
        Binding("plus,equals_sign", "reach(1)", "further around: 5 s, 30 s, 1 min, 5 min", show=False),
        Binding("minus", "reach(-1)", "less far around", show=False),
        Binding("m", "merge", "the lines of its neighbours too", show=False),
        Binding("slash", "filter", "filter: words, !word, /regex/, !/regex/", show=False),
        Binding("f", "show_all", "all lines with the matches marked, or matches alone", show=False),
        Binding("n", "match(1)", "next match", show=False),
        Binding("N", "match(-1)", "match before", show=False),
        Binding("w", "wrap", "wrap or cut long lines", show=False),
        Binding("E", "export", "what is shown into a file", show=False),
    ]

    view: AroundView

    def __init__(self, board: Board, subject: Subject) -> None:
        super().__init__()
        self._board = board
        self.book = AroundBook(board.desk.engine, subject, board.desk.recording)
        self.view = AroundView(self.book, board.time(), board.desk.zone)
        self._keys = _Keys()
        self._before_filter = ""
        self._writing: asyncio.Task[None] | None = None

    def compose(self) -> ComposeResult:
        """Give the lines, the line where a filter is typed, and the keys."""
        yield self.view
        yield FilterPrompt(id="around-filter", label="log /", words=_WORDS)
        yield self._keys

    def on_mount(self) -> None:
        """Begin to read."""
        self._read()
        self.set_interval(_POLL_SECONDS, self._poll)
        self._tell_keys()

    def on_unmount(self) -> None:
        """Stop reading."""
        self.book.close()

    def _read(self) -> None:
        self.book.fetch(monotonic())
        self._poll()
        self.view.redraw()

    def _poll(self) -> None:
        before = self.book.is_reading
        if self.book.look(monotonic()) or before:
            self.view.redraw()

    def _tell_keys(self) -> None:
        book = self.book
        typed = self._is_typing
        self._keys.hints = list(FILTER_HINTS) if typed else [
            Hint("Esc", "all lines" if book.filter_text else "close"), Hint("/", "filter"),
            Hint("m", "alone" if book.is_merged else "with neighbours"), Hint("+ -", "further"), Hint("n N", "match"),
            Hint("c", "the instant"), Hint("w", "wrap"), Hint("E", "into a file"),
        ]  # fmt: skip
        self._keys.redraw()

    def _say(self, words: str) -> None:
        self.view.message = words
        self.view.redraw()

    # --- keys -----------------------------------------------------------------------------------------

    def action_leave(self) -> None:
        """Show all lines again where they are filtered, else close."""
        if self.view.message:
            self._say("")
        elif self.book.filter_text:
            self._filter("")
            self._tell_keys()
        else:
            self.dismiss(None)

    def action_to_instant(self) -> None:
        """Go back to the line nearest to the instant."""
        self.book.to_instant()
        self.view.redraw()

    def action_reach(self, step: int) -> None:
        """Look further around, or less far."""
        if self.book.step_reach(step):
            self._read()

    def action_merge(self) -> None:
        """Read the neighbours' lines too, or no more."""
        self.book.is_merged = not self.book.is_merged
        self._read()
        self._tell_keys()

    def action_show_all(self) -> None:
        """Show the lines between matches, or not."""
        self.book.show_all()
        self.view.redraw()

    def action_match(self, step: int) -> None:
        """Go to the next match."""
        if not self.book.to_match(step):
            self._say("No further match." if self.book.filter_text else "Nothing is looked for: / begins.")
        self.view.redraw()

    def action_wrap(self) -> None:
        """Wrap long lines, or cut them."""
        self.book.wrapped = not self.book.wrapped
        self.view.redraw()

    def action_export(self) -> None:
        """Write what is shown into a file; on a thread, for a disk may take its time."""
        keep = self._board.desk.keep_text
        if keep is None:
            self._say("Nothing can be kept here.")
            return
        subject = self.book.subject
        name = f"{subject.at:%Y%m%dT%H%M%SZ}-{PurePath(subject.container.name).name}.log"
        text = self.book.text(self._board.time())

        async def write() -> None:
            try:
                path = await asyncio.to_thread(keep, name, text)
            except (OSError, SutaztopError) as error:
                self._say(f"It could not be written: {error}.")
            else:
                self._say(f"Written to {path}, for your eyes alone.")

        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(write())

    # --- the filter -------------------------------------------------------------------------------------

    @property
    def _is_typing(self) -> bool:
        return bool(self.query_one(FilterPrompt).display)

    def action_filter(self) -> None:
        """Begin to type a filter."""
        self._before_filter = self.book.filter_text
        line = self.query_one(FilterPrompt)
        line.display = True
        line.open(self._before_filter)
        self._tell_keys()

    def _filter(self, text: str) -> None:
        self.book.filter(text)
        self.view.redraw()

    @on(FilterPrompt.Typed)
    def filter_while_typing(self, event: FilterPrompt.Typed) -> None:
        """Filter as it is typed."""
        event.stop()
        if self._is_typing:
            self._filter(event.text)

    @on(FilterPrompt.Left)
    def leave_filter(self, event: FilterPrompt.Left) -> None:
        """Keep the filter, or take the one before."""
        event.stop()
        if not event.kept:
            self._filter(self._before_filter)
        self.query_one(FilterPrompt).display = False
        self.set_focus(None)
        self._tell_keys()
