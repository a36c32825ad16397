"""How a face wants things drawn: glyphs, the sparklines' span, thresholds, and what ages count from."""

from dataclasses import dataclass
from datetime import datetime

from sutaztop.domain.frame import HOST, Frame
from sutaztop.domain.profile import Thresholds
from sutaztop.domain.quantity import Seconds
from sutaztop.render.graphs import Glyphs

WINDOWS = (Seconds(60.0), Seconds(600.0), Seconds(3600.0))
"""The spans that a sparkline can show."""


@dataclass(frozen=True, slots=True)
class Look:
    """Everything that is not in the frame. ``now`` is aware, in the zone that clocks are shown in."""

    now: datetime
    glyphs: Glyphs = Glyphs.BRAILLE
    window: Seconds = WINDOWS[1]
    thresholds: Thresholds = Thresholds()
    stale: bool = False


def spark_bucket(window: Seconds, width: int) -> Seconds:
    """Give the span of one sparkline column: whole multiples of five seconds, so that columns are stable.

    >>> spark_bucket(Seconds(600.0), 12), spark_bucket(Seconds(60.0), 12)
    (50.0, 5.0)
    """
    if width <= 0:
        return window
    return Seconds(max(5.0, 5.0 * round(window / width / 5)))


def auto_window(frame: Frame) -> Seconds:
    """Choose the span for what history there is: a minute while there is little to show."""
    longer = frame.history.series(HOST, "cpu_utilization", points=12, bucket=Seconds(50.0))
    return WINDOWS[0] if sum(value is not None for value in longer) < 3 else WINDOWS[1]
