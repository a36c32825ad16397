"""What all panels of the main screen share: the board, a frame or a rule, and the mark of being active."""

from collections.abc import Sequence

from sutaztop.render.boxes import box, rule, stack
from sutaztop.render.cells import Line
from sutaztop.ui.board import Board
from sutaztop.ui.widgets.lines import Drawn, Lines


class Panel(Lines):
    """A titled part of the screen. ``framed`` draws a border, else the title is a rule above the lines."""

    def __init__(self, board: Board, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.board = board
        self.framed = True
        self.active = False

    def title(self, height: int) -> Line:
        """Give the title; ``height`` is how many lines the body has."""
        raise NotImplementedError

    def body(self, width: int, height: int) -> Sequence[Line]:
        """Give the lines of the body."""
        raise NotImplementedError

    def selected_line(self) -> int | None:
        """Give the body line that is selected, or ``None``."""
        return None

    def draw(self, width: int, height: int) -> Sequence[Drawn]:
        """Draw title, body and border."""
        if self.framed and height >= 3 and width >= 6:
            body = self.body(width - 4, height - 2)
            lines = box(self.title(height - 2), body, width, height, active=self.active)
            first = 1
            edges = True
        else:
            edges = False
            first = min(1, height - 1)
            head = [rule(self.title(height - 1), width, active=self.active)] if first else []
            lines = [*head, *stack(self.body(width, height - first), width, height - first)]
        chosen = self.selected_line() if self.active else None
        return [Drawn(line, chosen is not None and y == chosen + first, edges) for y, line in enumerate(lines)]
