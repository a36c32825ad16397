"""The disk tiers' panel."""

from collections.abc import Sequence

from sutaztop.render.cells import Line, Span, Tone
from sutaztop.render.disks import disks_lines, disks_title
from sutaztop.ui.panels.panel import Panel


class DisksPanel(Panel):
    """Used against budget, tier by tier."""

    def title(self, height: int) -> Line:
        """Say how many components are planned."""
        del height
        frame = self.board.frame
        return disks_title(frame, active=self.active) if frame is not None else (Span("Disk tiers", Tone.TITLE),)

    def body(self, width: int, height: int) -> Sequence[Line]:
        """Give tiers and their fullest components."""
        frame = self.board.frame
        return disks_lines(frame, width, height, self.board.look()) if frame is not None else ()
