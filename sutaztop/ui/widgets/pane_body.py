"""The lines of the details pane: charts, facts and log in the room that each has."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from sutaztop.contracts.recording import Recording
from sutaztop.domain.frame import Frame
from sutaztop.domain.profile import Profile
from sutaztop.domain.quantity import Seconds, span_words
from sutaztop.domain.snapshot import ContainerSnapshot
from sutaztop.render.boxes import box, rule, stack
from sutaztop.render.cells import Line, Span, Tone, fit_line
from sutaztop.render.chart import Chart, is_small
from sutaztop.render.charts import CHART_WINDOWS, cpu_chart, memory_chart
from sutaztop.render.cursor import Scale, cursor_lines, scale_of, with_cursor
from sutaztop.render.details import Asked, details_lines, details_title
from sutaztop.render.logs import log_lines, log_title
from sutaztop.render.pane import PanePlan, plan_cursor, plan_pane
from sutaztop.ui.why import Why
from sutaztop.ui.widgets.chart import ChartBook
from sutaztop.ui.widgets.lines import Drawn, Lines
from sutaztop.ui.widgets.logs import LogBook
from sutaztop.ui.widgets.marks import Marks

if TYPE_CHECKING:
    from sutaztop.domain.decision import Decision

_FRAMED_FROM = (100, 30)
"""Terminals at least this large have borders around panels."""
_LEAST_CHART = 5
_UNSEEN_WIDTH = 60
"""The width of a chart that was not drawn yet."""


class PaneBody(Lines):
    """Draws the pane. What is read and where one is in it is kept here; keys are the pane's."""

    def __init__(self, zone: tzinfo | None, profile: Profile, recording: Callable[[], Recording] | None = None) -> None:
        super().__init__(id="pane-body")
        self.frame: Frame | None = None
        self.container_id = ""
        self.asked = Asked()
        self.window = CHART_WINDOWS[1]
        self.log_first = False
        self.book = LogBook()
        self.facts_top = 0
        self.facts_height = 1
        self.active = False
        self.cursor: datetime | None = None
        """The instant under the cursor on the charts; ``None`` while there is none."""
        self.spike_of = ""
        """The figure whose highest point was gone to last, or empty."""
        self._chart_width = _UNSEEN_WIDTH
        self._zone = zone
        self.asks_why = False
        self._why = Why(profile)
        self.marks = Marks(recording)
        self._thresholds = profile.thresholds
        self._charts = ChartBook()
        self._known_as = ("", "")

    def draw(self, width: int, height: int) -> Sequence[Drawn]:
        """Draw charts, facts and log in the room that each has, in a frame where panels have one."""
        frame = self.frame
        framed = self.app.size.width >= _FRAMED_FROM[0] and self.app.size.height >= _FRAMED_FROM[1]
        if frame is None or not self.container_id:
            return [Drawn((Span("No container is selected.", Tone.MUTED),))]
        if (found := frame.snapshot.by_id.get(self.container_id)) is not None:
            self._known_as = (found.id, found.display_name or found.container.name)
        known_as = self._known_as[1] if self._known_as[0] == self.container_id else ""
        title = (
            *details_title(frame, self.container_id, known_as=known_as),
            Span(f" · {'why · ' if self.asks_why else ''}{span_words(self.window)}", Tone.MUTED),
        )
        if framed and width >= 6 and height >= 3:
            body = self._body(frame, width - 4, height - 2)
            return [Drawn(line) for line in box(title, body, width, height, active=self.active)]
        body = stack(self._body(frame, width, height - 1), width, height - 1)
        return [Drawn(line) for line in (rule(title, width, active=self.active), *body)]

    def _body(self, frame: Frame, width: int, height: int) -> list[Line]:
        if self.asks_why:
            return self._why_body(frame, width, height)
        if self.cursor is not None:
            return self._cursor_body(frame, self.cursor, width, height)
        plan = plan_pane(width, height, log_first=self.log_first)
        lines = self._chart_lines(frame, width, plan)
        if not plan.log_beside:
            return [*lines, *self._facts(frame, width, plan.facts), *self._log(width, plan.log)]
        left = stack(self._facts(frame, plan.facts_width, plan.facts), plan.facts_width, plan.facts)
        right = self._log(width - plan.facts_width - 2, plan.log)
        right += [()] * (plan.log - len(right))
        return [*lines, *((*one, Span("  "), *other) for one, other in zip(left, right, strict=True))]

    @property
    def scale(self) -> Scale | None:
        """The time axis of the charts, as wide as they were last drawn."""
        return scale_of(self.frame, self.window, self._chart_width) if self.frame is not None else None

    def _cursor_body(self, frame: Frame, cursor: datetime, width: int, height: int) -> list[Line]:
        """Give the charts with the cursor, and what was measured under it, above the facts."""
        plan = plan_cursor(width, height)
        self._chart_width = (width - 2) // 2 if plan.charts_beside else width
        scale = scale_of(frame, self.window, self._chart_width)
        found = frame.snapshot.by_id.get(self.container_id)
        lines = self._chart_lines(frame, width, plan, cursor=scale.place(cursor))
        told = cursor_lines(frame, found, cursor, scale, width, zone=self._zone) if found is not None else []
        return [*lines, *told, *self._facts(frame, width, height - len(lines) - len(told))]

    def why(self) -> "Decision | None":
        """Give what is decided about the container, reckoned once for each judgement."""
        return self._why.decision(self.frame, self.container_id) if self.frame is not None else None

    def _why_body(self, frame: Frame, width: int, height: int) -> list[Line]:
        """Give the decision, under the figure that decided with the line it is held against."""
        from sutaztop.render.why import is_about_memory, why_chart, why_lines, why_memory_chart

        found, decision = frame.snapshot.by_id.get(self.container_id), self.why()
        rows = min(9, height // 3)
        charts: list[Line] = []
        if found is not None and decision is not None and rows >= _LEAST_CHART:
            draw = why_memory_chart if is_about_memory(decision) else why_chart

            def make(of: Frame, span: Seconds, cells: int) -> Chart:
                return draw(of, found, self._thresholds, span, cells)

            name = f"{draw.__name__} {found.id}"
            charts = [*self._charts.draw(name, make, frame, self.window, (width, rows), glyphs=self.glyphs), ()]
        lines = why_lines(frame, self.container_id, decision, width - 2)
        return [*charts, *self._scrolled(lines, width, height - len(charts))]

    def _chart_lines(self, frame: Frame, width: int, plan: PanePlan, cursor: int | None = None) -> list[Line]:
        found = frame.snapshot.by_id.get(self.container_id)
        if found is None or not plan.charts:
            return []

        marks = self._happened(frame, found)

        def cpu(of: Frame, span: Seconds, cells: int) -> Chart:
            chart = cpu_chart(of, found, span, cells)
            return replace(chart, marks=chart.marks + marks)

        def memory(of: Frame, span: Seconds, cells: int) -> Chart:
            chart = memory_chart(of, found, span, cells)
            return replace(chart, marks=chart.marks + marks)

        half = (width - 2) // 2 if plan.charts_beside else width
        drawn = [
            self._charts.draw(f"{name} {found.id}", make, frame, self.window, (half, rows), glyphs=self.glyphs)
            for name, make, rows in (("cpu", cpu, plan.cpu), ("memory", memory, plan.memory))
        ]
        if cursor is not None and not is_small(half, plan.cpu):
            drawn = [with_cursor(it, cursor, half, self.glyphs) for it in drawn]
        if plan.charts_beside:
            pairs = zip(*drawn, strict=True)
            return [*((*fit_line(one, half), Span("  "), *other) for one, other in pairs), ()]
        return [*drawn[0], *drawn[1], ()]

    def _happened(self, frame: Frame, found: ContainerSnapshot) -> tuple[float, ...]:
        """Give how long ago something happened to the container or its service, as far as the recording was read."""
        service = frame.snapshot.service_of(found.container)
        ids = frozenset(it.id for it in (found, service) if it is not None)
        self.marks.keep_up(ids, frame.snapshot.at, self.window)
        return self.marks.ago(ids, frame.snapshot.at)

    def _facts(self, frame: Frame, width: int, height: int) -> list[Line]:
        """Give the facts in sight; a mark at the right tells where one is in them."""
        lines = details_lines(frame, self.container_id, width - 2, self.asked, self._thresholds) if height > 0 else []
        return self._scrolled(lines, width, height)

    def _scrolled(self, lines: list[Line], width: int, height: int) -> list[Line]:
        self.facts_height = height
        if height <= 0:
            return []
        self.facts_top = min(self.facts_top, max(0, len(lines) - height))
        shown = stack(lines[self.facts_top :], width - 1, height)
        if len(lines) <= height:
            return shown
        size = max(1, height * height // len(lines))
        first = self.facts_top * (height - size) // (len(lines) - height)
        marks = ("█" if first <= row < first + size else "│" for row in range(height))
        return [(*line, Span(mark, Tone.MUTED)) for line, mark in zip(shown, marks, strict=True)]

    def _log(self, width: int, height: int) -> list[Line]:
        """Give the log from its title down to the newest line in sight, which stands at the bottom."""
        if height <= 0 or width <= 0:
            return []
        room = height - 1
        rows: list[Line] = []
        for entry in self.book.newest_first(room):
            rows[:0] = log_lines(entry, width, wrapped=self.book.wrapped, zone=self._zone)
            if len(rows) >= room:
                break
        return [rule(log_title(self.book.state), width), *rows[-room:]] if room else [rule((), width)]
