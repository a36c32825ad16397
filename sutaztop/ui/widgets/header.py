"""The header bar: where one is, and how old the data is."""

from collections.abc import Sequence

from sutaztop.render.header import header_lines, one_line
from sutaztop.ui.board import Board
from sutaztop.ui.widgets.lines import Drawn, Lines


class HeaderBar(Lines):
    """One line, and one more for each banner."""

    def __init__(self, board: Board, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.board = board

    def wanted_lines(self) -> int:
        """Give how many lines there are to show."""
        width, height = self.app.size
        return min(len(header_lines(self.board.frame, width, self.board.standing())), max(1, height // 6))

    def draw(self, width: int, height: int) -> Sequence[Drawn]:
        """Draw the header; on a tiny terminal everything stands in it."""
        frame, standing = self.board.frame, self.board.standing()
        if self.app.size.height < 5:
            return [Drawn(one_line(frame, width, standing))]
        return [Drawn(line) for line in header_lines(frame, width, standing, most=height)]
