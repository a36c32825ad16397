"""What of the stack is shown and in which order: filter, sort and groups."""

from time import monotonic

from textual import on

from sutaztop.render.arrange import Grouping, SortKey
from sutaztop.ui.board import Board
from sutaztop.ui.screens.pick import REVERSE, PickScreen
from sutaztop.ui.screens.stage import Stage
from sutaztop.ui.widgets.prompt import FilterPrompt

_GROUPINGS = tuple(Grouping)
_SORTS = tuple(SortKey)


class FindingStage(Stage):
    """The stage with ways to narrow and to arrange what is on it."""

    def __init__(self, board: Board) -> None:
        super().__init__(board)
        self._before_filter = ""

    def open_filter(self) -> None:
        """Begin to type a filter."""
        self._before_filter = self.board.wish.filter_text
        self.filtering = True
        self.settle()
        self.prompt.open(self._before_filter)
        self.prompt.complain("")

    @on(FilterPrompt.Typed)
    def filter_typed(self, event: FilterPrompt.Typed) -> None:
        """Filter by what stands there now."""
        if not self.filtering:
            return
        self.board.touch(monotonic())
        self.board.wishes(monotonic(), filter_text=event.text.strip())
        self.prompt.complain(self.board.filter_error)
        self.redraw()

    @on(FilterPrompt.Left)
    def filter_left(self, event: FilterPrompt.Left) -> None:
        """Keep the filter, or go back to the one before. What is wrong stays, with its reason, to be put right."""
        if event.kept and self.board.filter_error:
            return
        self.filtering = False
        if not event.kept:
            self.board.wishes(monotonic(), filter_text=self._before_filter)
        self.set_focus(None)
        self.settle()

    def toggle_problems(self) -> None:
        """Show only what needs attention, or everything."""
        self.board.wishes(monotonic(), problems_only=not self.board.wish.problems_only)

    def pick_sort(self) -> None:
        """Ask what to sort by."""
        screen = PickScreen("Sort by", [it.value for it in _SORTS], self.board.wish.sort.value, again="s")
        self.app.push_screen(screen, self._sort_picked)

    def _sort_picked(self, picked: str | None) -> None:
        if picked == REVERSE:
            self.board.wishes(monotonic(), reverse=not self.board.wish.reverse)
        elif picked is not None:
            self.board.wishes(monotonic(), sort=SortKey(picked), reverse=False)
        self.redraw()

    def step_sort(self, step: int) -> None:
        """Sort by the next column."""
        here = _SORTS.index(self.board.wish.sort)
        self.board.wishes(monotonic(), sort=_SORTS[(here + step) % len(_SORTS)], reverse=False)

    def next_grouping(self) -> None:
        """Group by the next thing."""
        here = _GROUPINGS.index(self.board.wish.grouping)
        self.board.wishes(monotonic(), grouping=_GROUPINGS[(here + 1) % len(_GROUPINGS)])
