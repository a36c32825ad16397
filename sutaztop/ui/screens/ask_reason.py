"""Asks for the reason of a mute: whoever finds it later must be able to tell whether it still holds."""

from collections.abc import Iterable

from textual import on
from textual.widget import Widget
from textual.widgets import Input

from sutaztop.domain.text import clean_line
from sutaztop.render.cells import Line, Span, Tone
from sutaztop.render.paragraph import wrap
from sutaztop.ui.screens.dialog import Dialog
from sutaztop.ui.widgets.choice import Choice
from sutaztop.ui.widgets.field import Note
from sutaztop.ui.widgets.text_input import TextInput

LONGEST = 200


class AskReasonScreen(Dialog[str | None]):
    """Gives the reason, cleaned, or ``None``. An empty one is not taken."""

    def __init__(self, title: str) -> None:
        super().__init__(title, self._write)

    def _write(self, width: int) -> list[Line]:
        words = "It stays silent until it is brought back with m, or becomes critical. Why?"
        return [*((Span(row),) for row in wrap(words, width)), ()]

    def compose_middle(self) -> Iterable[Widget]:
        """Put a line for the reason beneath the words."""
        self.extra_rows = 2
        yield TextInput("")
        yield Note("", Tone.WARNING, id="trouble")

    def answers(self) -> Iterable[Widget]:
        """Give the way on and the way back."""
        return Choice("Mute", id="go-on"), Choice("Cancel", id="cancel")

    def on_mount(self) -> None:
        """Begin in the line."""
        self.query_one("#trouble").styles.height = 1
        self.query_one(TextInput).focus()

    @on(Input.Submitted)
    def submit(self, event: Input.Submitted) -> None:
        """Go on with Enter."""
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
        """Give the reason, or ask for one."""
        reason = clean_line(self.query_one(TextInput).value, limit=LONGEST).strip()
        if reason:
            self.dismiss(reason)
        else:
            self.query_one("#trouble", Note).say("A reason is wanted: a word or two.", Tone.WARNING)
