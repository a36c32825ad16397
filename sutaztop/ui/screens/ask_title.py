"""Asks what the report of an incident is to be called: its heading, and the name of its folder."""

from sutaztop.domain.text import clean_line
from sutaztop.render.cells import Line, Span
from sutaztop.render.paragraph import wrap
from sutaztop.ui.screens.form import LineForm
from sutaztop.ui.widgets.text_input import TextInput

LONGEST = 100
"""Characters: it is a heading."""


class AskTitleScreen(LineForm[str | None]):
    """Gives the title, cleaned, or ``None``. An emptied line means the title that stood there."""

    way_on = "Write"

    def __init__(self, title: str) -> None:
        super().__init__("The report's title", self._write)
        self._given = title

    def _write(self, width: int) -> list[Line]:
        words = "Its heading, and the name of its folder. Enter writes the report and closes the incident."
        return [*((Span(row),) for row in wrap(words, width)), ()]

    def on_mount(self) -> None:
        """Begin with the title that it has."""
        super().on_mount()
        self.query_one(TextInput).begin(self._given)

    def go_on(self) -> None:
        """Give the title."""
        self.dismiss(clean_line(self.typed, limit=LONGEST).strip() or self._given)
