"""A short list to pick one thing from."""

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from sutaztop.render.boxes import box
from sutaztop.render.cells import Span, Tone, cell_width, fit
from sutaztop.ui.widgets.lines import Drawn, Lines

REVERSE = "reverse"
"""What is given back when the key that opened the list is pressed again."""


_WIDTH = 34


class PickList(Lines):
    """The list itself."""

    def __init__(self, title: str, options: Sequence[str], place: int, hint: str) -> None:
        super().__init__(id="pick-list")
        self.heading, self.options, self.place, self.hint = title, options, place, hint

    def draw(self, width: int, height: int) -> Sequence[Drawn]:
        """Draw the options that fit around the chosen one."""
        inner = max(0, height - 3)
        top = max(0, min(self.place - inner // 2, len(self.options) - inner))
        shown = list(enumerate(self.options))[top : top + inner]
        body = [(Span(fit(f" {option}", width - 4), Tone.PLAIN),) for _, option in shown]
        lines = box(
            (Span(self.heading, Tone.TITLE),), [*body, (Span(self.hint, Tone.MUTED),)], width, height, active=True
        )
        return [Drawn(line, y - 1 == self.place - top and y <= len(shown), edges=True) for y, line in enumerate(lines)]


class PickScreen(ModalScreen[str | None]):
    """Gives the option that was picked, ``REVERSE`` for the key pressed again, or ``None``."""

    DEFAULT_CSS: ClassVar[str] = """
    PickScreen { align: center middle; background: $background 60%; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", show=False),
        Binding("enter", "pick", show=False),
        Binding("j,down", "move(1)", show=False),
        Binding("k,up", "move(-1)", show=False),
    ]

    def __init__(self, title: str, options: Sequence[str], current: str, *, again: str = "") -> None:
        super().__init__()
        hint = f"{again} again reverses" if again else "Enter picks"
        self._list = PickList(title, options, list(options).index(current) if current in options else 0, hint)
        self._again = again

    def compose(self) -> ComposeResult:
        """Give the list."""
        longest = max(cell_width(it) for it in (*self._list.options, self._list.heading))
        self._list.styles.width = min(max(_WIDTH, longest + 6), max(_WIDTH, self.app.size.width - 2))
        self._list.styles.height = min(len(self._list.options) + 3, max(4, self.app.size.height - 2))
        yield self._list

    def on_key(self, event: events.Key) -> None:
        """Take the opening key as a wish to reverse."""
        if self._again and event.character == self._again:
            event.stop()
            self.dismiss(REVERSE)

    def action_move(self, by: int) -> None:
        """Move the choice."""
        self._list.place = max(0, min(len(self._list.options) - 1, self._list.place + by))
        self._list.redraw()

    def action_pick(self) -> None:
        """Give the choice."""
        self.dismiss(self._list.options[self._list.place])

    def action_leave(self) -> None:
        """Give nothing."""
        self.dismiss(None)
