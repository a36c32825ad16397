"""One answer of a dialog: a word that can be focused, and chosen with Enter or a click."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from sutaztop.render.cells import Span, Tone, cell_width
from sutaztop.ui.widgets.lines import Drawn, Lines


class Choice(Lines, can_focus=True):
    """A word, in brackets while it has the focus: the focus never rests on colour alone."""

    DEFAULT_CSS = "Choice { height: 1; margin: 0 1; }"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,space", "choose", show=False)]

    @dataclass
    class Chosen(Message):
        """Somebody chose this answer."""

        choice: "Choice"

        @property
        def control(self) -> "Choice":
            """The answer that was chosen."""
            return self.choice

    def __init__(self, label: str, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.label = label
        self.styles.width = cell_width(label) + 4

    def draw(self, width: int, height: int) -> Sequence[Drawn]:
        """Give the word."""
        del width, height
        if self.has_focus:
            return [Drawn((Span(f"[ {self.label} ]", Tone.STRONG),), selected=True)]
        return [Drawn((Span(f"  {self.label}  ", Tone.MUTED if self.disabled else Tone.PLAIN),))]

    def watch_has_focus(self, _has_focus: bool) -> None:  # noqa: FBT001 - Textual's own signature
        """Draw the brackets, or take them away."""
        super().watch_has_focus(_has_focus)
        self.redraw()

    def watch_disabled(self, disabled: bool) -> None:  # noqa: FBT001 - Textual's own signature
        """Draw whether it can be chosen."""
        super().watch_disabled(disabled)
        self.redraw()

    def action_choose(self) -> None:
        """Choose it."""
        self.post_message(self.Chosen(self))

    def on_click(self) -> None:
        """Choose it with the mouse."""
        self.action_choose()
