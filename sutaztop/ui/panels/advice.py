"""What to do next, ranked: one of them can be chosen and applied."""

from collections.abc import Sequence

from sutaztop.domain.silence import counted
from sutaztop.render.advice import advice_age, advice_lines, advice_title, dimmed
from sutaztop.render.cells import Line, Span, Tone
from sutaztop.ui.board import Board
from sutaztop.ui.panels.panel import Panel


class AdvicePanel(Panel):
    """The recommendations."""

    def __init__(self, board: Board, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(board, id=id)
        self._top = 0

    def title(self, height: int) -> Line:
        """Say how many there are."""
        frame = self.board.frame
        if frame is None:
            return (Span("Do next", Tone.TITLE),)
        return advice_title(
            frame, height, active=self.active, silent=counted(it for _, it in self.board.silenced), age=self._age()
        )

    def body(self, width: int, height: int) -> Sequence[Line]:
        """Give those in sight; the chosen one always is."""
        frame = self.board.frame
        if frame is None or height <= 0:
            return ()
        place = self._place()
        if place is not None:
            self._top = max(0, min(self._top, place, len(frame.recommendations) - 1))
            self._top = max(self._top, place - height + 1)
        chosen = self.board.advice
        chosen_id = chosen.id if chosen is not None else ""
        lines = advice_lines(frame, width, height, top=self._top, chosen=chosen_id)
        return dimmed(lines) if self._age() else lines

    def _age(self) -> str:
        """Say how old what is advised is, where it is older than it looks."""
        frame = self.board.frame
        return advice_age(frame, self.board.desk.now()) if frame is not None and not self.board.frozen else ""

    def selected_line(self) -> int | None:
        """Give the line of the chosen one."""
        place = self._place()
        return None if place is None else place - self._top

    def _place(self) -> int | None:
        chosen, frame = self.board.advice, self.board.frame
        if chosen is None or frame is None:
            return None
        return next((place for place, it in enumerate(frame.recommendations) if it.id == chosen.id), None)
