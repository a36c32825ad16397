"""What screens that show one list share: the keys that move in it."""

from typing import ClassVar, Generic, Protocol, TypeVar

from textual.binding import Binding, BindingType
from textual.screen import Screen

Answer = TypeVar("Answer")
WHOLE_WAY = 1_000_000
"""Lines: further than any list is long."""


class Listed(Protocol):
    """A list that has a chosen line. ``page`` is how many lines are in sight."""

    page: int

    def move(self, by: int) -> None:
        """Choose another line."""
        ...


class ListScreen(Screen[Answer], Generic[Answer]):
    """Moves in ``view`` by the keys that move everywhere."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", show=False),
        Binding("k,up", "move(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("g,home", f"move(-{WHOLE_WAY})", show=False),
        Binding("G,end", f"move({WHOLE_WAY})", show=False),
    ]
    view: Listed

    def action_move(self, by: int) -> None:
        """Choose another line."""
        self.view.move(by)

    def action_page(self, pages: int) -> None:
        """Move by a page."""
        self.action_move(pages * self.view.page)
