"""Lines that are read and scrolled: their words depend on the width alone."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size

from sutaztop.render.cells import Line, Span, Tone, fit_line
from sutaztop.ui.widgets.lines import Drawn, Lines

Text = Callable[[int], Sequence[Line]]
"""Words for a width in cells."""
_WHEEL_LINES = 3


class TextPane(Lines):
    """Words that scroll; a mark at the right edge says where one is, and is missing where all is in sight."""

    DEFAULT_CSS = "TextPane { height: 1fr; width: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "scroll_text(1)", show=False),
        Binding("k,up", "scroll_text(-1)", show=False),
        Binding("pagedown", "scroll_page(1)", show=False),
        Binding("pageup", "scroll_page(-1)", show=False),
        Binding("g,home", "scroll_to_end(-1)", show=False),
        Binding("G,end", "scroll_to_end(1)", show=False),
    ]

    def __init__(self, text: Text, *, id: str | None = None, can_focus: bool = True) -> None:  # noqa: A002 - Textual's
        super().__init__(id=id)
        self.can_focus = can_focus
        self._text = text
        self.offset_lines = 0

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Give as many lines as the words need, where the height is left to them."""
        del container, viewport
        return len(self._text(max(1, width - 1)))

    def draw(self, width: int, height: int) -> Sequence[Drawn]:
        """Give the lines in sight, with the mark of the place."""
        lines = self._text(max(1, width - 1))
        self.offset_lines = min(self.offset_lines, max(0, len(lines) - height))
        shown = lines[self.offset_lines : self.offset_lines + height]
        if len(lines) <= height:
            return [Drawn(line) for line in shown]
        size = max(1, height * height // len(lines))
        first = self.offset_lines * (height - size) // (len(lines) - height)
        return [
            Drawn((*fit_line(line, width - 1), Span("█" if first <= row < first + size else "│", Tone.MUTED)))
            for row, line in enumerate(shown)
        ]

    def scroll_lines(self, by: int) -> None:
        """Scroll by lines; the end stops it."""
        self.offset_lines = max(0, self.offset_lines + by)
        self.redraw()

    def action_scroll_text(self, by: int) -> None:
        """Scroll a line."""
        self.scroll_lines(by)

    def action_scroll_page(self, pages: int) -> None:
        """Scroll a page, one line of it kept."""
        self.scroll_lines(pages * max(1, self.size.height - 1))

    def action_scroll_to_end(self, direction: int) -> None:
        """Go to the first or the last line."""
        self.scroll_lines(direction * 1_000_000)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll with the wheel."""
        event.stop()
        self.scroll_lines(_WHEEL_LINES)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll with the wheel."""
        event.stop()
        self.scroll_lines(-_WHEEL_LINES)
