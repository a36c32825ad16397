"""What is different from then, as a list: what explains an incident first."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from sutaztop.domain.difference import Divergence
from sutaztop.domain.quantity import span_words
from sutaztop.render.boxes import box
from sutaztop.render.cells import Line, Span, Tone, cell_width, fit
from sutaztop.render.footer import Hint, footer_line
from sutaztop.render.replay import moment_words
from sutaztop.ui.board import Board
from sutaztop.ui.screens.listing import ListScreen
from sutaztop.ui.widgets.lines import Drawn, Lines

_HEAVY = 70
_NAME, _FIGURE = 28, 22


class IncidentView(Lines):
    """Draws the list. The choice is kept by what the line is about."""

    def __init__(self, board: Board) -> None:
        super().__init__(id="incident")
        self.board = board
        self.page = 1
        self._chosen: tuple[str, str] | None = None
        self._top = 0

    def _place(self) -> int:
        keys = [_key(it) for it in self.board.differences or ()]
        return keys.index(self._chosen) if self._chosen in keys else 0

    @property
    def chosen(self) -> Divergence | None:
        """The chosen line: the first, until another is chosen."""
        found = self.board.differences or ()
        return found[self._place()] if found else None

    def move(self, by: int) -> None:
        """Choose another."""
        found = self.board.differences or ()
        if found:
            self._chosen = _key(found[min(len(found) - 1, max(0, self._place() + by))])
        self.redraw()

    def draw(self, width: int, height: int) -> Sequence[Drawn]:
        """Draw what it is held against, the list, the chosen line whole, and keys."""
        found, place = self.board.differences or (), self._place()
        whole = 4 if height >= 16 else 0
        rows = max(3, height - whole - 1)
        inner = rows - 2
        self.page = max(1, inner - 1)
        self._top = max(0, min(self._top, place, len(found) - inner), place - inner + 1)
        body = [_row(it, width - 4) for it in found[self._top : self._top + inner]] or [self._nothing()]
        lines = box(self._title(len(found)), body, width, rows, active=True)
        drawn = [Drawn(line, bool(found) and y == place - self._top + 1, edges=True) for y, line in enumerate(lines)]
        if whole:
            drawn += [Drawn(it, edges=True) for it in box((), self._whole(width - 4), width, whole)]
        hints = [Hint("Enter", "its container"), Hint("c", "close it"), Hint("i", "note"), Hint("Esc", "back")]
        return [*drawn, Drawn(footer_line(hints, width))]

    def _title(self, count: int) -> Line:
        incident, desk = self.board.incident, self.board.desk
        if incident is None:
            return (Span("No incident is open", Tone.TITLE),)
        now = desk.now()
        span = span_words((now - incident.since).total_seconds())
        words = f" · since {moment_words(incident.since, now, desk.zone)} ({span})"
        if incident.baseline is not None:
            words += f" · {count} different from {moment_words(incident.baseline, now, desk.zone)}, {incident.why}"
        return (Span(incident.title, Tone.TITLE), Span(words, Tone.MUTED))

    def _nothing(self) -> Line:
        words = "Looking …" if self.board.differences is None else "Nothing is different."
        return (Span(words, Tone.MUTED),)

    def _whole(self, width: int) -> list[Line]:
        it = self.chosen
        if it is None:
            return [()]
        words = f"{it.subject.kind} {it.subject.name}: {it.words}"
        rows = [words[at : at + width] for at in range(0, min(len(words), 2 * width), max(1, width))]
        return [(Span(row),) for row in rows]


def _key(it: Divergence) -> tuple[str, str]:
    return it.subject.id, it.figure


def _row(it: Divergence, width: int) -> Line:
    tone = Tone.WARNING if it.weight >= _HEAVY else Tone.PLAIN
    name = fit(it.subject.name, min(_NAME, max(8, width // 3)))
    figure = fit(it.figure, _FIGURE)
    room = max(1, width - cell_width(name) - cell_width(figure) - 2)
    return (Span(f"{name} "), Span(f"{figure} ", tone), Span(fit(f"{it.before} → {it.after}", room), Tone.STRONG))


class IncidentScreen(ListScreen[str | None]):
    """Gives the id of the container to go to, ``close``, or ``None``."""

    DEFAULT_CSS: ClassVar[str] = "IncidentScreen { background: $background; overflow: hidden; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,I", "leave", show=False),
        Binding("enter", "go", show=False),
        Binding("c", "close_incident", show=False),
        Binding("i", "note", show=False),
    ]

    view: IncidentView

    def __init__(self, board: Board) -> None:
        super().__init__()
        self._board = board
        self.view = IncidentView(board)

    def compose(self) -> ComposeResult:
        """Give the view."""
        yield self.view

    def on_mount(self) -> None:
        """Let the time go on while it is looked at."""
        self.set_interval(1.0, self.view.redraw)

    def action_go(self) -> None:
        """Go to the container that the chosen line is about."""
        it, frame = self.view.chosen, self._board.frame
        if it is not None and frame is not None and it.subject.id in frame.snapshot.by_id:
            self.dismiss(it.subject.id)

    def action_close_incident(self) -> None:
        """Ask what is to become of the incident."""
        self.dismiss("close")

    def action_note(self) -> None:
        """Write a note into the timeline."""
        self.app.resident.chronicling.ask_note()  # type: ignore[attr-defined] # the main screen alone shows this one

    def action_leave(self) -> None:
        """Close the list; the incident stays open."""
        self.dismiss(None)
