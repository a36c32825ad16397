"""What became of the last thing asked for: it stays until it is dismissed."""

from collections.abc import Sequence

from sutaztop.render.cells import Line, Span, Tone, cell_width, fit_line
from sutaztop.ui.widgets.lines import Drawn, Lines

_MOST = 3


class MessageBar(Lines):
    """Up to three lines of text, wrapped at words."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.text = ""
        self.tone = Tone.PLAIN

    def say(self, text: str, tone: Tone = Tone.PLAIN) -> None:
        """Show a message, or none."""
        self.text, self.tone = text, tone
        self.redraw()

    def wanted_lines(self, width: int) -> int:
        """Give how many lines the message takes at a width."""
        return len(self._wrapped(width))

    def _wrapped(self, width: int) -> list[Line]:
        if not self.text:
            return []
        rows, room = [""], max(8, width - 9)
        for word in self.text.split():
            if rows[-1] and cell_width(rows[-1]) + 1 + cell_width(word) > room:
                rows.append("")
            rows[-1] = f"{rows[-1]} {word}".strip()
        if len(rows) > _MOST:
            rows = [*rows[: _MOST - 1], f"{rows[_MOST - 1]} …"]
        lines: list[Line] = [(Span(" "), Span(row, self.tone)) for row in rows]
        return lines

    def draw(self, width: int, height: int) -> Sequence[Drawn]:
        """Draw the message, with the key that dismisses it."""
        lines = self._wrapped(width)[:height]
        if not lines:
            return ()
        hint = (Span("Esc ", Tone.KEY), Span("ok ", Tone.MUTED))
        first = fit_line(lines[0], max(0, width - 7))
        return [Drawn((*first, *hint)), *(Drawn(fit_line(line, width)) for line in lines[1:])]
