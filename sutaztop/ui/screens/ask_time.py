"""Asks for a time in human words, and says while it is typed how it was understood."""

from datetime import datetime

from textual import on
from textual.widgets import Input

from sutaztop.domain.when import EXAMPLES, NoTime, parse_when
from sutaztop.render.cells import Line, Span, Tone
from sutaztop.render.paragraph import wrap
from sutaztop.ui.desk import Desk
from sutaztop.ui.screens.form import LineForm


class AskTimeScreen(LineForm[datetime | None]):
    """Gives the instant, aware and in UTC, or ``None``. ``here`` is the moment that is shown."""

    def __init__(self, desk: Desk, here: datetime | None) -> None:
        super().__init__("Go to a time", self._write)
        self._desk, self._here = desk, here

    def _write(self, width: int) -> list[Line]:
        return [*((Span(row, Tone.MUTED),) for row in wrap(f"As {EXAMPLES}.", width)), ()]

    def _read(self) -> datetime | str:
        try:
            return parse_when(self.typed, now=self._desk.clock.now(), zone=self._desk.zone, here=self._here)
        except NoTime as error:
            return str(error)

    @on(Input.Changed)
    def understand(self, event: Input.Changed) -> None:
        """Say what the words mean so far."""
        event.stop()
        meant = self._read() if event.value.strip() else ""
        if isinstance(meant, datetime):
            local = meant.astimezone(self._desk.zone)
            self.tell(f"{local:%A %Y-%m-%d %H:%M:%S}", Tone.OK)
        else:
            self.tell("")

    def go_on(self) -> None:
        """Give the instant, or say what is wrong and stay."""
        meant = self._read()
        if isinstance(meant, str):
            self.tell(meant, Tone.WARNING)
            return
        self.dismiss(meant)
