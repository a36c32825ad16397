"""The action menu: all that can be done to what is selected, each by its letter, with what holds it back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from sutaztop.render.boxes import box
from sutaztop.render.cells import Line, Span, Tone, cell_width, fit
from sutaztop.render.paragraph import wrap
from sutaztop.ui.aim import CHOSEN_IN, CONTAINERS, aimed
from sutaztop.ui.board import Board
from sutaztop.ui.commands import BY_ID, Command, Need, in_menu
from sutaztop.ui.layout import Place
from sutaztop.ui.wants import title_now
from sutaztop.ui.widgets.lines import Drawn, Lines

if TYPE_CHECKING:
    from textual.app import App

_WIDEST = 84
_REASON_ROWS = 2
_FRAME_ROWS = 2


@dataclass(frozen=True, slots=True)
class Action:
    """One row: the letters that choose it (the first is shown), and why it can't be done now, or nothing.

    ``target`` is the identity of what it is for: a choice counts only while it is for the same.
    """

    command_id: str
    letters: tuple[str, ...]
    title: str
    why_not: str = ""
    target: str = ""


def actions_for(place: Place, board: Board, why_not: Callable[[Command], str]) -> list[Action]:
    """Give what can be done to what is chosen in a panel; of two with one letter the nearer one."""
    actions: list[Action] = []
    taken: set[str] = set()
    for command in in_menu(CHOSEN_IN.get(place)):
        letters = tuple(it for it in (command.letter, *command.keys) if it)
        if taken.intersection(letters):
            continue
        taken.update(letters)
        with aimed(command, place, board) as why_no_aim:
            reason = why_no_aim or why_not(command)
            title = title_now(command.id, command.title, board)
            actions.append(Action(command.id, letters, title, reason, _target(command, board)))
    return actions


def _target(command: Command, board: Board) -> str:
    if command.needs is Need.MODEL:
        return board.model.key if board.model is not None else ""
    if command.needs is Need.ADVICE:
        return board.advice.id if board.advice is not None else ""
    return (board.container_id or "") if command.needs in CONTAINERS else ""


def menu_title(place: Place, board: Board) -> str:
    """Name what the actions are for."""
    row = board.model if place is Place.MODELS else None
    names = [row.model.name] if row is not None else []
    with aimed(BY_ID["restart"], place, board) as why_not:
        found = board.container if not why_not else None
        names += [found.display_name or found.container.name] if found is not None else []
    return f"Actions: {', '.join(names)}" if names else "Actions"


class ActionList(Lines):
    """The list itself, the reason of the marked row whole beneath it."""

    def __init__(self, title: str, actions: Sequence[Action]) -> None:
        super().__init__(id="action-list")
        self.heading, self.actions = title, actions
        self.place = next((at for at, it in enumerate(actions) if not it.why_not), 0)

    @property
    def rows(self) -> int:
        """How many lines it takes to show everything."""
        return len(self.actions) + _REASON_ROWS + _FRAME_ROWS

    def draw(self, width: int, height: int) -> Sequence[Drawn]:
        """Draw the actions that fit around the marked one."""
        inner = max(1, height - _REASON_ROWS - _FRAME_ROWS)
        top = max(0, min(self.place - inner // 2, len(self.actions) - inner))
        column = max((cell_width(it.title) for it in self.actions), default=0) + 2
        shown = self.actions[top : top + inner]
        body = [_row(it, column, width - 4) for it in shown]
        marked = self.actions[self.place]
        said = f"not now: {marked.why_not}" if marked.why_not else "letter or Enter: shows a preview first"
        reason = [(Span(row, Tone.WARNING if marked.why_not else Tone.MUTED),) for row in wrap(said, width - 4)]
        body += [(Span(""),)] * (inner - len(shown))
        lines = box(
            (Span(self.heading, Tone.TITLE),), [*body, *reason[:_REASON_ROWS]], width, height, active=True
        )  # fmt: skip
        here = self.place - top + 1
        return [Drawn(line, y == here, edges=True) for y, line in enumerate(lines)]


def _row(it: Action, column: int, width: int) -> Line:
    tone = Tone.MUTED if it.why_not else Tone.PLAIN
    head = (Span(f" {it.letters[0]}  ", Tone.MUTED if it.why_not else Tone.KEY), Span(fit(it.title, column), tone))
    room = width - column - 4
    return (*head, Span(fit(it.why_not, room), Tone.MUTED)) if it.why_not and room > 0 else head


class MenuScreen(ModalScreen[Action | None]):
    """Gives the chosen action, or ``None``. What is not allowed can't be chosen, and says why."""

    DEFAULT_CSS: ClassVar[str] = """
    MenuScreen { align: center middle; background: $background 60%; }
    """
    # Letters are actions here, so the list is walked with the arrows alone.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", show=False),
        Binding("enter", "choose", show=False),
        Binding("down", "move(1)", show=False),
        Binding("up", "move(-1)", show=False),
    ]

    def __init__(self, title: str, actions: Sequence[Action]) -> None:
        super().__init__()
        self._list = ActionList(title, actions)

    def compose(self) -> ComposeResult:
        """Give the list."""
        yield self._list

    def on_mount(self) -> None:
        """Take the room that there is."""
        self._settle()

    def on_resize(self, event: events.Resize) -> None:
        """Stay whole on any screen."""
        del event
        self._settle()

    def _settle(self) -> None:
        width, height = self.app.size
        self._list.styles.width = min(_WIDEST, width)
        self._list.styles.height = min(self._list.rows, max(5, height))

    def on_key(self, event: events.Key) -> None:
        """Take a letter for its action."""
        for place, action in enumerate(self._list.actions):
            if event.character is not None and event.character in action.letters:
                event.stop()
                self._list.place = place
                self._list.redraw()
                self.action_choose()
                return

    def action_move(self, by: int) -> None:
        """Move the mark."""
        self._list.place = max(0, min(len(self._list.actions) - 1, self._list.place + by))
        self._list.redraw()

    def action_choose(self) -> None:
        """Give the marked action, if it is allowed."""
        marked = self._list.actions[self._list.place]
        if not marked.why_not:
            self.dismiss(marked)

    def action_leave(self) -> None:
        """Give nothing."""
        self.dismiss(None)


def open_menu(  # noqa: PLR0913, PLR0917 - what the main screen has and a menu needs
    app: "App[object]",
    place: Place,
    board: Board,
    why_not: Callable[[Command], str],
    run: Callable[[str], None],
    say: Callable[[str, Tone], None],
) -> None:
    """Open the menu for a panel, and run what is chosen if it still is what the menu showed.

    Frames go on coming while it is open: a row may have moved, a container may have ended.
    """

    def chosen(action: Action | None) -> None:
        if action is None:
            return
        if action in actions_for(place, board, why_not):
            run(action.command_id)
        else:
            say(f"{action.title}: what it was for changed meanwhile. Look again.", Tone.WARNING)

    app.push_screen(MenuScreen(menu_title(place, board), actions_for(place, board, why_not)), chosen)
