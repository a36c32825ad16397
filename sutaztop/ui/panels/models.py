"""The language models' panel: one of the loaded ones can be chosen and unloaded."""

from collections.abc import Sequence

from sutaztop.render.cells import Line, Span, Tone
from sutaztop.render.models import model_rows, models_lines, models_title
from sutaztop.ui.panels.panel import Panel


class ModelsPanel(Panel):
    """Loaded models, then installed ones."""

    def title(self, height: int) -> Line:
        """Say where and how many."""
        del height
        frame = self.board.frame
        return models_title(frame, active=self.active) if frame is not None else (Span("Models", Tone.TITLE),)

    def body(self, width: int, height: int) -> Sequence[Line]:
        """Give a line a loaded model, then one for what is installed."""
        frame = self.board.frame
        return models_lines(frame, width, height, self.board.look()) if frame is not None else ()

    def selected_line(self) -> int | None:
        """Give the line of the chosen one."""
        frame, chosen = self.board.frame, self.board.model
        if frame is None or chosen is None:
            return None
        return next((place for place, row in enumerate(model_rows(frame)) if row.key == chosen.key), None)
