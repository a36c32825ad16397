"""What dialogs that ask for something typed share: Enter goes on, and so does the first answer."""

from collections.abc import Iterable
from typing import Generic, TypeVar

from textual import on
from textual.widget import Widget
from textual.widgets import Input

from sutaztop.render.cells import Tone
from sutaztop.ui.screens.dialog import Dialog
from sutaztop.ui.widgets.choice import Choice
from sutaztop.ui.widgets.field import Note
from sutaztop.ui.widgets.text_input import TextInput

Answer = TypeVar("Answer")


class Form(Dialog[Answer], Generic[Answer]):
    """Asks for something typed. ``go_on`` gives the answer, or says what is wrong and stays."""

    def on_mount(self) -> None:
        """Begin in the first line, its text selected: typing replaces it."""
        self.query(TextInput).first().focus()

    def go_on(self) -> None:
        """Give the answer, or say what is wrong."""
        raise NotImplementedError

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


class LineForm(Form[Answer], Generic[Answer]):
    """Asks for one line, with words beneath it. ``way_on`` is what going on is called."""

    way_on = "Go"

    def compose_middle(self) -> Iterable[Widget]:
        """Put the line beneath the words, and what is said of it beneath that."""
        self.extra_rows = 2
        yield TextInput("")
        yield Note("", Tone.MUTED, id="said")

    def answers(self) -> Iterable[Widget]:
        """Give the way on and the way back."""
        return Choice(self.way_on, id="go-on"), Choice("Cancel", id="cancel")

    def on_mount(self) -> None:
        """Keep room for what is said."""
        self.query_one("#said").styles.height = 1

    @property
    def typed(self) -> str:
        """What stands in the line."""
        return self.query_one(TextInput).value

    def tell(self, words: str, tone: Tone = Tone.MUTED) -> None:
        """Say something of what was typed; nothing takes it away."""
        self.query_one("#said", Note).say(words, tone)
