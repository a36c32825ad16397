"""The journal on the screen: changes newest first, the chosen one told whole, and what can be done about it."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from sutaztop.domain.change import Result
from sutaztop.domain.record import Record
from sutaztop.render.boxes import box
from sutaztop.render.cells import Line, Span, Tone, fit, fit_line
from sutaztop.render.footer import Hint, footer_line
from sutaztop.render.journal import record_lines, short_words
from sutaztop.ui.board import Board
from sutaztop.ui.screens.listing import ListScreen
from sutaztop.ui.widgets.lines import Drawn, Lines

UNDO, KEEP = "undo", "keep"
"""What is wanted of the chosen change."""
_DETAIL_LINES = 9
_WORD_TONE = {Result.APPLIED: Tone.OK, Result.FAILED: Tone.CRITICAL, Result.REFUSED: Tone.WARNING, None: Tone.CRITICAL}


class JournalView(Lines):
    """Draws the list and, beneath it, all about the chosen change. The choice is kept by identity."""

    def __init__(self, board: Board, *, only_open: bool) -> None:
        super().__init__(id="journal")
        self.board = board
        self.only_open = only_open
        self.only_ids: frozenset[str] = frozenset()
        self.chosen_id = ""
        self._top = 0
        self.page = 1

    def shown(self) -> list[Record]:
        """Give the changes that are listed, newest first."""
        open_ids = {it.change_id for it, _ in self.board.open_changes}
        return [
            it for it in reversed(self.board.records)
            if (not self.only_open or it.change_id in open_ids)
            and (not self.only_ids or (it.change is not None and it.change.id in self.only_ids))
        ]  # fmt: skip

    @property
    def chosen(self) -> Record | None:
        """The chosen change: the newest, until another is chosen."""
        shown = self.shown()
        return next((it for it in shown if it.change_id == self.chosen_id), shown[0] if shown else None)

    def move(self, by: int) -> None:
        """Choose another."""
        shown, chosen = self.shown(), self.chosen
        if chosen is not None:
            self.chosen_id = shown[min(len(shown) - 1, max(0, shown.index(chosen) + by))].change_id
        self.redraw()

    def draw(self, width: int, height: int) -> Sequence[Drawn]:
        """Draw list, details and keys."""
        shown, chosen = self.shown(), self.chosen
        details = min(_DETAIL_LINES, max(0, height - 8))
        rows = max(1, height - details - 1)
        self.page = max(1, rows - 2)
        framed = rows >= 3 and width >= 6
        inner = rows - 2 if framed else rows
        place = shown.index(chosen) if chosen is not None else 0
        self._top = max(0, min(self._top, place), place - inner + 1)
        body = [self._row(it, width - 4) for it in shown[self._top : self._top + inner]] or [self._nothing()]
        lines = box(self._title(len(shown)), body, width, rows, active=True)
        drawn = [
            Drawn(line, chosen is not None and y == place - self._top + framed, edges=framed)
            for y, line in enumerate(lines)
        ]
        if details:
            drawn += [Drawn(it, edges=True) for it in self._details(chosen, width, details)]
        return [*drawn, Drawn(footer_line(self._hints(chosen), width))]

    def _title(self, count: int) -> Line:
        words = f" · {count} change{'' if count == 1 else 's'}, newest first"
        if self.only_ids:
            words += " · of the selected container"
        if self.only_open:
            words += " · only what is open"
        return (Span("Journal", Tone.TITLE), Span(words, Tone.MUTED))

    def _nothing(self) -> Line:
        if self.board.journal_trouble:
            return (Span(self.board.journal_trouble, Tone.WARNING),)
        narrowed = self.only_open or self.only_ids
        return (Span("None of these." if narrowed else "Nothing was changed from here yet.", Tone.MUTED),)

    def _row(self, record: Record, width: int) -> Line:
        at = record.at.astimezone(self.board.desk.zone)
        word = record.result.value if record.result is not None else "no outcome"
        mark = "taken back" if record.undone_by else "undo" if record.undoes else ""
        if any(it.change_id == record.change_id for it, _ in self.board.open_changes):
            mark = "borrowed" if record.is_borrowed else "open"
        line = (
            Span(f"{at:%m-%d %H:%M:%S}  "), Span(fit(word, 10), _WORD_TONE.get(record.result, Tone.MUTED)), Span("  "),
            Span(fit(mark, 10), Tone.WARNING if mark in ("borrowed", "open") else Tone.MUTED), Span("  "),
            Span(short_words(record)), Span(f"  {record.who}", Tone.MUTED),
        )  # fmt: skip
        return fit_line(line, max(0, width))

    def _details(self, record: Record | None, width: int, height: int) -> list[Line]:
        body: list[Line] = []
        if record is not None:
            body = record_lines(record, width - 4, self.board.desk.clock.instant(), zone=self.board.desk.zone)
            seen = next((seen for it, seen in self.board.open_changes if it.change_id == record.change_id), None)
            if seen is not None:
                body.insert(2, (Span(f"  now: {seen.words}", Tone.STRONG),))
        title = (Span(record.change_id if record is not None else "", Tone.TITLE),)
        return box(title, body, width, height)

    def _hints(self, chosen: Record | None) -> list[Hint]:
        undoable = chosen is not None and chosen.may_be_made and chosen.change is not None
        return [
            Hint("Z", "undo it", "" if undoable else "it was not made, or was taken back"),
            Hint("K", "keep it", "" if chosen is not None and chosen.is_open else "it is not open"),
            Hint("c", "all" if self.only_ids else "of the selected container", ""),
            Hint("o", "all" if self.only_open else "only open", ""),
            Hint("Esc", "close", ""),
        ]


class JournalScreen(ListScreen[tuple[str, Record] | None]):
    """Gives what is wanted of a change, or ``None`` when it is closed. It changes nothing itself."""

    DEFAULT_CSS: ClassVar[str] = "JournalScreen { background: $background; overflow: hidden; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,6", "leave", show=False),
        Binding("c", "only_selected", show=False),
        Binding("o", "only_open", show=False),
        Binding("Z", "want('undo')", show=False),
        Binding("K", "want('keep')", show=False),
    ]

    view: JournalView

    def __init__(self, board: Board, *, only_open: bool = False) -> None:
        super().__init__()
        self._board = board
        self.view = JournalView(board, only_open=only_open)

    def compose(self) -> ComposeResult:
        """Give the view."""
        yield self.view

    def on_mount(self) -> None:
        """Count down while it is looked at."""
        self.set_interval(1.0, self.view.redraw)

    def action_only_selected(self) -> None:
        """List the selected container's changes alone, or all."""
        self.view.only_ids = frozenset() if self.view.only_ids else self._board.subject_ids
        self.view.redraw()

    def action_only_open(self) -> None:
        """List what is open alone, or all."""
        self.view.only_open = not self.view.only_open
        self.view.redraw()

    def action_want(self, what: str) -> None:
        """Leave with a wish about the chosen change; what comes of it is planned, shown and asked as always."""
        if (chosen := self.view.chosen) is not None:
            self.dismiss((what, chosen))

    def action_leave(self) -> None:
        """Close."""
        self.dismiss(None)
