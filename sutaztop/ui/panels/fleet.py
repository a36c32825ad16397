"""The fleet: as many rows as fit, drawn from the board; a scrolled page is only other rows."""

from collections.abc import Sequence

from textual import events
from textual.message import Message

from sutaztop.render.boxes import box, rule, stack
from sutaztop.render.cells import Line, Span, Tone
from sutaztop.render.fleet import empty_lines, fleet_heading, fleet_row, fleet_title, lay_columns
from sutaztop.ui.board import Board
from sutaztop.ui.panels.panel import Panel
from sutaztop.ui.widgets.lines import Drawn


class FleetPanel(Panel):
    """One line a container. Only rows in sight are written, and only those that changed are repainted."""

    class Chosen(Message):
        """A container was clicked; ``again`` if it was the selected one already."""

        def __init__(self, container_id: str, *, again: bool) -> None:
            self.container_id = container_id
            self.again = again
            super().__init__()

    def __init__(self, board: Board, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(board, id=id)
        self.top = 0
        self.page = 1
        self._seen_selection: str | None = None
        self._seen_wish = board.wish

    def title(self, height: int) -> Line:
        """Say what is shown, how many, and what sorts and filters it."""
        del height
        board = self.board
        if board.arranged is None:
            return (Span("Containers", Tone.ACCENT if self.active else Tone.TITLE),)
        return fleet_title(board.arranged, board.wish, active=self.active, note="follows" if board.follow else "")

    def body(self, width: int, height: int) -> Sequence[Line]:
        """Give the heading and the rows in sight."""
        board = self.board
        if board.frame is None or board.arranged is None:
            return [(Span("Waiting for the first reading …", Tone.MUTED),)]
        self.page = max(1, height - 1)
        self._scroll()
        look = board.look()
        sheet = lay_columns(width, board.wish.grouping)
        last = min(len(board.arranged.entries), self.top + self.page)
        rows = [fleet_row(board.frame, board.arranged, index, sheet, look) for index in range(self.top, last)]
        if not rows:
            rows = empty_lines(board.arranged, board.wish)
        heading = fleet_heading(sheet, board.wish, look)
        return [heading, *rows] if height > 1 else rows

    def _scroll(self) -> None:
        """Keep the selection in sight when it was moved, or always while following."""
        board = self.board
        if board.arranged is None:
            return
        count = len(board.arranged.entries)
        place = board.arranged.position(board.container_id)
        # Another order or grouping is a choice of the operator's, who must see what is chosen in it.
        moved = board.container_id != self._seen_selection or board.wish != self._seen_wish
        self._seen_selection, self._seen_wish = board.container_id, board.wish
        if place is not None and (moved or board.follow):
            # A group's heading comes into sight with its first row.
            first = place - 1 if place == 1 else place
            self.top = max(min(self.top, first), place - self.page + 1)
        self.top = max(0, min(self.top, count - self.page))

    def selected_line(self) -> int | None:
        """Give the line of the selected container, if it is in sight."""
        board = self.board
        if board.arranged is None or board.frame is None:
            return None
        place = board.arranged.position(board.container_id)
        if place is None or not self.top <= place < self.top + self.page:
            return None
        return place - self.top + 1

    def draw(self, width: int, height: int) -> Sequence[Drawn]:
        """Draw the table; the selected row is marked whether or not the panel is active."""
        framed = self.framed and height >= 4 and width >= 20
        if framed:
            lines = box(self.title(height), self.body(width - 4, height - 2), width, height, active=self.active)
            lines = self._with_position(lines, width)
            first = 1
        else:
            first = 1 if height >= 3 else 0
            head = [rule(self.title(height), width, active=self.active)] if first else []
            body = [(Span(" "), *line) for line in self.body(width - 1, height - first)]
            lines = [*head, *stack(body, width, height - first)]
        chosen = self.selected_line()
        offset = first if height - first > 1 else first - 1
        return [Drawn(line, chosen is not None and y == chosen + offset, framed) for y, line in enumerate(lines)]

    def _with_position(self, lines: list[Line], width: int) -> list[Line]:
        """Say on the lower border which rows of how many are in sight."""
        board = self.board
        count = len(board.arranged.entries) if board.arranged is not None else 0
        if count <= self.page:
            return lines
        text = f" {self.top + 1}-{min(count, self.top + self.page)} of {count} "
        tone = Tone.ACCENT if self.active else Tone.BORDER
        left = "╰" + "─" * (width - 4 - len(text))
        lines[-1] = (Span(left, tone), Span(text, Tone.MUTED), Span("──╯", tone))
        return lines

    def bring_into_sight(self) -> None:
        """Show the selection: it is about to be acted upon."""
        self._seen_selection = None
        self.redraw()

    def scroll_by(self, lines: int) -> None:
        """Move what is in sight and leave the selection where it is."""
        self.top += lines
        self.redraw()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll down."""
        event.stop()
        self.scroll_by(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll up."""
        event.stop()
        self.scroll_by(-3)

    def on_click(self, event: events.Click) -> None:
        """Choose the container under the mouse; the heading and the frame are none."""
        board = self.board
        line = event.y - (2 if self.size.height >= 4 or not self.framed else 1)
        row = line + self.top
        if board.arranged is None or not 0 <= line < self.page or row >= len(board.arranged.entries):
            return
        entry = board.arranged.entries[row]
        found = getattr(entry, "id", None)
        if isinstance(found, str):
            self.post_message(self.Chosen(found, again=found == board.container_id))
