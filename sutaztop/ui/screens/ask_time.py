"""Asks for a time in human words, and says while it is typed how it was understood."""

from collections.abc import Iterable
from datetime import datetime

from textual import on
from textual.widget import Widget
from textual.widgets import Input

from sutaztop.domain.when import EXAMPLES, NoTime, parse_when
from sutaztop.render.cells import Line, Span, Tone
from sutaztop.render.paragraph import wrap
from sutaztop.ui.desk import Desk
from sutaztop.ui.screens.dialog import Dialog
from sutaztop.ui.widgets.choice import Choice
from sutaztop.ui.widgets.field import Note
from sutaztop.ui.widgets.text_input import TextInput


class AskTimeScreen(Dialog[datetime | None]):
    """Gives the instant, aware and in UTC, or ``None``. ``here`` is the moment that is shown."""

    def __init__(self, desk: Desk, here: datetime | None) -> None:
        super().__init__("Go to a time", self._write)
        self._desk, self._here = desk, here

    def _write(self, width: int) -> list[Line]:
        return [*((Span(row, Tone.MUTED),) for row in wrap(f"As {EXAMPLES}.", width)), ()]

    def compose_middle(self) -> Iterable[Widget]:
        """Put a line for the time beneath the words, and what it means beneath that."""
        self.extra_rows = 2
        yield TextInput("")
        yield Note("", Tone.MUTED, id="meant")

    def answers(self) -> Iterable[Widget]:
        """Give the way on and the way back."""
        return Choice("Go", id="go-on"), Choice("Cancel", id="cancel")

    def on_mount(self) -> None:
        """Begin in the line."""
        self.query_one("#meant").styles.height = 1
        self.query_one(TextInput).focus()

    def _read(self) -> datetime | str:
        try:
            return parse_when(
                self.query_one(TextInput).value, now=self._desk.clock.now(), zone=self._desk.zone, here=self._here
            )
        except NoTime as error:
            return str(error)

    @on(Input.Changed)
    def understand(self, event: Input.Changed) -> None:
        """Say what the words mean so far."""
        event.stop()
        meant = self._read() if event.value.strip() else ""
        if isinstance(meant, datetime):
            local = meant.astimezone(self._desk.zone)
            self._say(f"{local:%A %Y-%m-%d %H:%M:%S}", Tone.OK)
        else:
            self._say("", Tone.MUTED)

    def _say(self, words: str, tone: Tone) -> None:
        self.query_one("#meant", Note).say(words, tone)

    @on(Input.Submitted)
    def submit(self, event: Input.Submitted) -> None:
        """Go with Enter."""
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
        """Give the instant, or say what is wrong and stay."""
        meant = self._read()
        if isinstance(meant, str):
            self._say(meant, Tone.WARNING)
            return
        self.dismiss(meant)
