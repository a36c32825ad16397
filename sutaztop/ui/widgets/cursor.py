"""The cursor of the details pane: where it begins, how it moves, and what it goes to."""

from sutaztop.domain.quantity import Seconds
from sutaztop.render.charts import CHART_WINDOWS
from sutaztop.render.cursor import FIGURES, highest, highest_within
from sutaztop.render.footer import Hint
from sutaztop.ui.widgets.pane_body import PaneBody

CURSOR_HINTS = (
    Hint("Enter", "what it wrote then"), Hint("←→", "move"), Hint("PgUp PgDn", "by ten"), Hint("^", "next spike"),
    Hint("t", "span"), Hint("Esc", "no cursor"),
)  # fmt: skip
"""The keys that count while there is a cursor."""
WHOLE_WAY = 1_000_000
"""More cells than any chart has."""


def begin_cursor(body: PaneBody) -> None:
    """Put the cursor on the highest point of the span; where nothing was measured, on the newest."""
    if not next_spike(body):
        scale = body.scale
        body.cursor = None if scale is None else scale.middle(scale.cells - 1)


def next_spike(body: PaneBody) -> bool:
    """Put the cursor on the highest point of the next figure, of CPU, memory and throttling in turn.

    Tells whether there is one. A span without any figures leaves the cursor as it is.
    """
    frame, scale = body.frame, body.scale
    if frame is None or scale is None:
        return False
    here = FIGURES.index(body.spike_of) if body.spike_of in FIGURES else -1
    for step in range(1, len(FIGURES) + 1):
        figure = FIGURES[(here + step) % len(FIGURES)]
        found = highest(frame, body.container_id, figure, scale)
        if found is not None and (figure != "throttled" or _is_throttled(body, Seconds(scale.bucket))):
            body.cursor, body.spike_of = found, figure
            return True
    return False


def _is_throttled(body: PaneBody, bucket: Seconds) -> bool:
    """Tell whether it was throttled at all in the span: the highest of nothing but zeros is no spike."""
    frame, scale = body.frame, body.scale
    if frame is None or scale is None:
        return False
    values = frame.history.series(body.container_id, "throttled", points=scale.points + 1, bucket=bucket)
    return any(it for it in values if it is not None)


def move_cursor(body: PaneBody, cells: int) -> None:
    """Move by cells, up to the ends; in a cell that stands for much time, to its highest reading."""
    frame, scale = body.frame, body.scale
    if frame is None or scale is None or body.cursor is None:
        return
    here = scale.place(body.cursor)
    if here is None:
        # It was left behind at the left: the chart's beginning is where it went.
        here = 0 if body.cursor < scale.end else scale.cells - 1
    place = min(scale.cells - 1, max(0, here + cells))
    figure = body.spike_of if body.spike_of in FIGURES else FIGURES[0]
    begin, end = scale.edges(place)
    found = highest_within(frame, body.container_id, figure, begin, end)
    body.cursor = found if found is not None and scale.place(found) == place else scale.middle(place)


def wider_window(body: PaneBody) -> None:
    """Take the next span of the charts."""
    here = CHART_WINDOWS.index(body.window)
    body.window = CHART_WINDOWS[(here + 1) % len(CHART_WINDOWS)]
