"""The footer: the keys that work here, now. One widget for ever, because Textual's own leaks (issue 6666)."""

from collections.abc import Callable, Sequence

from sutaztop.render.footer import Hint, footer_line
from sutaztop.ui.widgets.lines import Drawn, Lines


class FooterBar(Lines):
    """One line of hints, asked for anew at each drawing."""

    def __init__(self, hints: Callable[[], Sequence[Hint]], *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._hints = hints

    def draw(self, width: int, height: int) -> Sequence[Drawn]:
        """Draw the hints that fit."""
        del height
        return [Drawn(footer_line(self._hints(), width))]
