"""Charts that are drawn anew only when a bucket closes: a scrolling chart is what costs most on a slow line."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from sutaztop.domain.estimate import Aggregate
from sutaztop.domain.frame import Frame
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.sizes import NO_SIZES, SizeSeries
from sutaztop.render.cells import Line
from sutaztop.render.chart import Chart, area_width, chart_body, chart_legend, is_small, render_chart
from sutaztop.render.charts import bucket_number, chart_bucket
from sutaztop.render.graphs import Glyphs
from sutaztop.render.plot import ChartEngine, chart_engine, start_loading

MakeChart: TypeAlias = Callable[[Frame, Seconds, int], Chart]
"""Makes a chart of a frame for a span and a width."""
_KEPT = 8


class _NoHistory:
    """A history without a past: for a legend, which shows the present alone."""

    def series(self, key: str, figure: str, *, points: int, bucket: Seconds) -> Sequence[float | None]:
        """Give nothing."""
        del key, figure, points, bucket
        return ()

    def sizes(self, key: str) -> SizeSeries:
        """Give nothing."""
        del key
        return NO_SIZES

    def aggregate(self, key: str) -> Aggregate | None:
        """Give nothing."""
        del key
        return None


@dataclass(frozen=True, slots=True)
class _Key:
    """What a drawn body depends on besides its series."""

    subject: str
    span: Seconds
    width: int
    height: int
    glyphs: Glyphs
    bucket: int
    limit: float | None
    engine: ChartEngine


class ChartBook:
    """Keeps the bodies of drawn charts; the legend above them is always of the newest frame."""

    def __init__(self) -> None:
        self._bodies: dict[_Key, list[Line]] = {}

    def draw(  # noqa: PLR0913 - what a chart is about, and where it goes
        self, subject: str, make: MakeChart, frame: Frame, span: Seconds, size: tuple[int, int], *, glyphs: Glyphs
    ) -> list[Line]:
        """Draw a chart into ``size`` cells. ``subject`` tells it from the others here ("cpu of 3f9a")."""
        width, height = size
        if width <= 0 or height <= 0:
            return []
        if is_small(width, height):
            return render_chart(make(frame, span, width), width, height, glyphs=glyphs)
        start_loading()
        bucket = chart_bucket(span, 2 * area_width(width))
        present = make(replace(frame, history=_NoHistory()), span, width)
        key = _Key(subject, span, width, height, glyphs, bucket_number(frame, bucket), present.limit, chart_engine())
        body = self._bodies.get(key)
        if body is None:
            if len(self._bodies) >= _KEPT:
                self._bodies.clear()
            body = chart_body(make(frame, span, width), width, height - 1, glyphs=glyphs, engine=key.engine)
            self._bodies[key] = body
        return [chart_legend(present, width, height, glyphs), *body]
