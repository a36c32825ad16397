"""The host's panel, and the strip that stands for all panels on a narrow screen."""

from collections.abc import Sequence

from sutaztop.render.advice import advice_strip, alarm_strip
from sutaztop.render.boxes import join
from sutaztop.render.cells import Line, Span, Tone, fit_line, line_width
from sutaztop.render.disks import disks_strip
from sutaztop.render.host import has_chart, host_lines, host_strip, host_title
from sutaztop.render.models import models_strip
from sutaztop.render.plot import start_loading
from sutaztop.ui.board import Board
from sutaztop.ui.panels.panel import Panel
from sutaztop.ui.widgets.lines import Drawn, Lines


class HostPanel(Panel):
    """CPU, memory, pressure, promises and own cost."""

    def title(self, height: int) -> Line:
        """Name the host."""
        del height
        frame = self.board.frame
        return host_title(frame, active=self.active) if frame is not None else (Span("Host", Tone.TITLE),)

    def body(self, width: int, height: int) -> Sequence[Line]:
        """Give its figures."""
        frame = self.board.frame
        if frame is None:
            return ()
        if has_chart(width, height) and not self.app.is_headless:
            # It takes memory and a quarter of a second: only where a chart is drawn, and not before the first picture.
            start_loading()
        return host_lines(frame, width, height, self.board.look())


class StripPanel(Lines):
    """Host, disks and models, and advice, a line each, where panels have no room."""

    def __init__(self, board: Board, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.board = board

    def draw(self, width: int, height: int) -> Sequence[Drawn]:
        """Draw as many of the lines as there is room for; the advice is worth more than the disks."""
        frame = self.board.frame
        if frame is None:
            return ()
        look = self.board.look()
        inner = width - 2
        host = host_strip(frame, inner, look)
        # Each part is measured without its padding, so that both fit on one line where they can.
        stores = join([trimmed(disks_strip(frame, inner, look)), models_strip(frame)], inner, "   ")
        alarm = alarm_strip(frame)
        if height >= 3:
            lines = [host, stores, advice_strip(frame, inner)]
        else:
            # Without their own line, disks and the host are told when they are critical.
            room = inner - line_width(alarm) - 3 if alarm else inner
            advice = trimmed(advice_strip(frame, room))
            lines = [host, join([alarm, advice], inner, "   ") if alarm or advice else stores]
        return [Drawn(fit_line((Span(" "), *line), width)) for line in lines[:height]]


def trimmed(line: Line) -> Line:
    """Cut a line's padding off."""
    spans = list(line)
    while spans and not spans[-1].text.strip():
        spans.pop()
    return tuple(spans)
