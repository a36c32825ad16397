"""Asks for a note: words that stand in the timeline at an instant, about a container or about nothing in particular."""

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from sutaztop.domain.text import clean_line
from sutaztop.render.cells import Line, Span, Tone
from sutaztop.render.paragraph import wrap
from sutaztop.ui.screens.dialog import Dialog
from sutaztop.ui.widgets.choice import Choice
from sutaztop.ui.widgets.field import Note
from sutaztop.ui.widgets.text_input import TextInput
from sutaztop.ui.widgets.text_pane import TextPane

LONGEST = 500
"""Characters: a note is a line of the timeline."""


class AskNoteScreen(Dialog[tuple[str, bool] | None]):
    """Gives the words, cleaned, and whether they are about ``name``; or ``None``. Empty words are not taken."""

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

    def compose_middle(self) -> Iterable[Widget]:
        """Put a line for the words beneath."""
        self.extra_rows = 2
        yield TextInput("")
        yield Note("", Tone.MUTED, id="trouble")

    def answers(self) -> Iterable[Widget]:
        """Give the way on and the way back."""
        return Choice("Write", id="go-on"), Choice("Cancel", id="cancel")

    def on_mount(self) -> None:
        """Begin in the line."""
        self.query_one("#trouble").styles.height = 1
        self.query_one(TextInput).focus()

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
            self.query_one("#trouble", Note).say(words, Tone.WARNING)
        else:
            self.query_one("#trouble", Note).say("", Tone.MUTED)

    @on(Input.Submitted)
    def submit(self, event: Input.Submitted) -> None:
        """Write with Enter."""
        event.stop()
        self.go_on()

    @on(Choice.Chosen)
    def answer(self, event: Choice.Chosen) -> None:
        """Carry out the chosen answer."""
        if event.choice.id == "go-on":
            self.go_on()
        else:
            self.action_cancel()

    def go_on(self) -> None:
        """Give the words, or ask for some."""
        words = clean_line(self.query_one(TextInput).value, limit=LONGEST).strip()
        if words:
            self.dismiss((words, self._about))
        else:
            self.query_one("#trouble", Note).say("Words are wanted.", Tone.WARNING)
