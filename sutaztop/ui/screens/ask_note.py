"""Asks for a note: words that stand in the timeline at an instant, about a container or about nothing in particular."""

from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widgets import Input

from sutaztop.domain.text import clean_line
from sutaztop.render.cells import Line, Span, Tone
from sutaztop.render.paragraph import wrap
from sutaztop.ui.screens.form import LineForm
from sutaztop.ui.widgets.text_pane import TextPane

LONGEST = 500
"""Characters: a note is a line of the timeline."""


class AskNoteScreen(LineForm[tuple[str, bool] | None]):
    """Gives the words, cleaned, and whether they are about ``name``; or ``None``. Empty words are not taken."""

    way_on = "Write"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+g", "turn", show=False)]

    def __init__(self, when: str, name: str) -> None:
        super().__init__("Note", self._write)
        self._when, self._name = when, name
        self._about = bool(name)

    def _write(self, width: int) -> list[Line]:
        about = f"about {self._name}" if self._about else "about nothing in particular"
        other = "" if not self._name else " Ctrl-G: in general" if self._about else f" Ctrl-G: about {self._name}"
        rows = [
            *wrap(f"At {self._when}, {about}. Enter writes it into the timeline.", width),
            *wrap(other.strip(), width),
        ]
        return [*((Span(row),) for row in rows), ()]

    def action_turn(self) -> None:
        """Turn from the container to nothing in particular, and back."""
        self._about = bool(self._name) and not self._about
        words = self.query_one("#words", TextPane)
        words.refresh(layout=True)
        words.redraw()

    @on(Input.Changed)
    def count(self, event: Input.Changed) -> None:
        """Say when it is too long."""
        over = len(event.value) - LONGEST
        if over > 0:
            words = f"{over} characters too many: a note holds {LONGEST}, the rest would be left out."
            self.tell(words, Tone.WARNING)
        else:
            self.tell("")

    def go_on(self) -> None:
        """Give the words, or ask for some."""
        words = clean_line(self.typed, limit=LONGEST).strip()
        if words:
            self.dismiss((words, self._about))
        else:
            self.tell("Words are wanted.", Tone.WARNING)
