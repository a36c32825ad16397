"""Asks for the reason of a mute: whoever finds it later must be able to tell whether it still holds."""

from sutaztop.domain.text import clean_line
from sutaztop.render.cells import Line, Span, Tone
from sutaztop.render.paragraph import wrap
from sutaztop.ui.screens.form import LineForm

LONGEST = 200


class AskReasonScreen(LineForm[str | None]):
    """Gives the reason, cleaned, or ``None``. An empty one is not taken."""

    way_on = "Mute"

    def __init__(self, title: str) -> None:
        super().__init__(title, self._write)

    def _write(self, width: int) -> list[Line]:
        words = "It stays silent until it is brought back with m, or becomes critical. Why?"
        return [*((Span(row),) for row in wrap(words, width)), ()]

    def go_on(self) -> None:
        """Give the reason, or ask for one."""
        reason = clean_line(self.typed, limit=LONGEST).strip()
        if reason:
            self.dismiss(reason)
        else:
            self.tell("A reason is wanted: a word or two.", Tone.WARNING)
