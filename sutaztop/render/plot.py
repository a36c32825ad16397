"""plotext behind one door: series in, cells out. It is loaded late, because importing it takes a quarter second."""

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

from sutaztop.render.graphs import braille_chart

Cells: TypeAlias = list[list[tuple[str, int]]]
"""Rows of (character, number of the series it belongs to), -1 for an empty cell."""
ChartEngine: TypeAlias = Callable[[Sequence[Sequence[float | None]], int, int, float], Cells]
"""Draws series into ``width`` × ``height`` cells, values from 0 to ``top``, newest at the right, gaps as gaps."""

_SGR = re.compile(r"\x1b\[([\d;]*)m")
_FIRST_COLOUR = 16
"""Series n is drawn in colour 16 + n of the 256, which tells it again from the output; below lie plotext's own."""


class Plotext:
    """The one figure of plotext, which is global, behind the one lock."""

    def __init__(self, plotext: Any) -> None:
        self._plotext = plotext
        self._lock = threading.Lock()
        # Without this a plot is cut to the size that the terminal had when plotext was imported.
        plotext.terminal.limit(width=False, height=False)

    def __call__(self, series: Sequence[Sequence[float | None]], width: int, height: int, top: float) -> Cells:
        """Draw; see ``ChartEngine``."""
        with self._lock:
            return _cells(self._build(series, width, height, top), width, height)

    def _build(self, series: Sequence[Sequence[float | None]], width: int, height: int, top: float) -> str:
        figure = self._plotext.figure
        figure.clear()
        figure.plot_size(width, height)
        figure.axes(active=False)
        figure.canvas("default")
        for axis in ("x", "y"):
            for side in (0, 1):
                figure.ruler(axis, side).frequency(0)
        longest = max((len(values) for values in series), default=0)
        figure.ruler("x", 0).lim(*_limits(max(1.0, longest - 1.0), width, dots=2))
        figure.ruler("y", 0).lim(*_limits(top if top > 0 else 1.0, height, dots=4))
        for number, values in enumerate(series):
            marker = self._plotext.marker("braille", self._plotext.pixel(_FIRST_COLOUR + number))
            for start, run in _runs(values):
                points = [min(top, max(0.0, value)) for value in run]
                signal = figure.signal(list(range(start, start + len(run))), points, marker=marker)
                signal.lines(active=True)
                figure.draw(signal)
        return str(figure.build().string())


def _limits(top: float, cells: int, dots: int) -> tuple[float, float]:
    """Give the limits that put 0 on the first dot of an axis and ``top`` on the last.

    plotext sets its limits on the centres of the first and last cells, and so leaves half a cell
    unused at each end: much in a chart of six rows. What lies beyond the limits is drawn all the same.
    """
    if cells < 2:
        return 0.0, top
    edge = 1 / (2 * dots)
    each = top / (cells - 2 * edge)
    return (0.5 - edge) * each, (cells - 0.5 - edge) * each


def _runs(values: Sequence[float | None]) -> Iterator[tuple[int, list[float]]]:
    """Give the stretches between gaps, each with the place of its first point."""
    run: list[float] = []
    for place, value in enumerate(values):
        if value is not None:
            run.append(value)
        elif run:
            yield place - len(run), run
            run = []
    if run:
        yield len(values) - len(run), run


def _cells(text: str, width: int, height: int) -> Cells:
    """Read plotext's coloured text; exactly ``height`` rows of ``width`` cells, whatever it wrote."""
    rows: Cells = []
    for line in text.split("\n")[:height]:
        row: list[tuple[str, int]] = []
        owner = -1
        for number, part in enumerate(_SGR.split(line)):
            if number % 2:
                owner = _owner(part, owner)
            else:
                row.extend((char, -1 if char in " \u2800" else owner) for char in part)
        rows.append((row + [(" ", -1)] * width)[:width])
    return rows + [[(" ", -1)] * width for _ in range(height - len(rows))]


def _owner(codes: str, owner: int) -> int:
    """Give the series that a colour stands for; a reset ends it."""
    if codes.startswith("38;5;"):
        colour = int(codes.split(";")[2])
        return colour - _FIRST_COLOUR if colour >= _FIRST_COLOUR else -1
    return -1 if codes in ("", "0") else owner


class _Loaded:
    """What came of loading plotext: nothing yet, an engine, or the reason why there is none."""

    def __init__(self) -> None:
        self.engine: ChartEngine | None = None
        self.trouble = ""
        self.thread: threading.Thread | None = None
        self.lock = threading.Lock()


_loaded = _Loaded()


def load_plotext() -> None:
    """Load plotext and try it once; what fails leaves the own renderer in place. It blocks: see ``start_loading``."""
    try:
        import plotext

        engine = Plotext(plotext)
        engine([[0.0, 1.0, None, 1.0]], 4, 2, 1.0)
    except (ImportError, OSError, AttributeError, TypeError) as error:
        # No wheel for this platform, a kernel that does not load, or another API than 6.1's.
        _loaded.trouble = f"{type(error).__name__}: {error}"
    else:
        _loaded.engine = engine


def start_loading() -> None:
    """Begin to load plotext on a thread of its own; twice is fine. To be called after the first frame is painted."""
    with _loaded.lock:
        if _loaded.thread is None:
            _loaded.thread = threading.Thread(target=load_plotext, name="load-plotext", daemon=True)
            _loaded.thread.start()


def chart_engine() -> ChartEngine:
    """Give plotext once it is loaded, and until then or without it the renderer in ``graphs``."""
    return _loaded.engine or braille_chart
