"""One chart as lines: a legend, a scale, the curves, the limit across, a share beneath, and time in words."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from sutaztop.domain.quantity import GIB, MIB, Seconds, span_words
from sutaztop.render.boxes import join
from sutaztop.render.cells import Line, Span, Tone, cell_width, fit, fit_line
from sutaztop.render.graphs import Glyphs, column_chart, spark
from sutaztop.render.plot import Cells, ChartEngine, chart_engine

_LABEL = 8
_LEAST_AREA = 8
_LEAST_ROWS = 4
_SMALL_TAIL = 8
"""Room for a figure such as 7.76 GiB: sparklines above each other end at the same column."""
_SHARE_FROM = 0.005
"""A share under half a percent is nothing, and has no colour."""


@dataclass(frozen=True, slots=True)
class Trace:
    """One line of a chart. ``now`` is its newest reading as text, for the legend."""

    name: str
    tone: Tone
    values: Sequence[float | None]
    now: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """What a chart shows. Traces are in drawing order: the last is the main one and lies on top.

    ``write`` gives a value as the scale's text. ``limit`` is a line across, in the unit of the
    values, which the legend calls ``limit_name``; ``unlimited`` says in words that there is none.
    ``share`` is a share 0-1 drawn beneath as a strip, such as throttled periods. ``least_top`` is the
    least that the scale reaches, so that idling does not look like work. ``marks`` are how many
    seconds ago something was changed: each stands on the time axis.
    """

    title: str
    traces: tuple[Trace, ...]
    span: Seconds
    write: Callable[[float], str]
    limit: float | None = None
    limit_name: str = "limit"
    unlimited: str = ""
    share: Trace | None = None
    least_top: float = 1.0
    marks: tuple[float, ...] = ()


def area_width(width: int) -> int:
    """Give the cells that are left for the curves beside the scale."""
    return max(1, width - _LABEL)


def render_chart(
    chart: Chart, width: int, height: int, *, glyphs: Glyphs = Glyphs.BRAILLE, engine: ChartEngine | None = None
) -> list[Line]:
    """Draw a chart into exactly ``height`` lines of ``width`` cells.

    A legend above, the scale at the left, the limit as a line across, the share strip and the
    time axis beneath. Where ``is_small``, it is a sparkline for each trace.
    """
    if width <= 0 or height <= 0:
        return []
    if is_small(width, height):
        return _small(chart, width, height, glyphs)
    return [
        chart_legend(chart, width, height, glyphs),
        *chart_body(chart, width, height - 1, glyphs=glyphs, engine=engine),
    ]


def is_small(width: int, height: int) -> bool:
    """Tell whether there is no room for a scale."""
    return height < _LEAST_ROWS or width < _LABEL + _LEAST_AREA


def chart_legend(chart: Chart, width: int, height: int, glyphs: Glyphs) -> Line:
    """Write the title, and each drawn trace's name with its newest reading."""
    named = list(reversed(_drawn(chart, glyphs)))
    if chart.share is not None and height > _LEAST_ROWS:
        named.append(chart.share)
    parts: list[Line] = [(Span(chart.title, Tone.TITLE),)]
    parts.extend((Span(trace.name, trace.tone), Span(f" {trace.now}")) for trace in named)
    if chart.limit is not None:
        parts.append((Span(f"─ {chart.limit_name} {chart.write(chart.limit)}", Tone.LIMIT),))
    elif chart.unlimited:
        parts.append((Span(chart.unlimited, Tone.MUTED),))
    return join(parts, width)


def chart_body(
    chart: Chart, width: int, height: int, *, glyphs: Glyphs, engine: ChartEngine | None = None
) -> list[Line]:
    """Draw what stands under the legend: it changes only when a bucket closes."""
    strip = 1 if chart.share is not None and height >= _LEAST_ROWS else 0
    rows = height - 1 - strip
    area = area_width(width)
    top = chart_top(chart)
    drawn = _drawn(chart, glyphs)
    if any(value is not None for trace in drawn for value in trace.values):
        cells = _area(drawn, (area, rows), top, glyphs, engine)
        lines = _scaled(chart, drawn, cells, top, glyphs)
    else:
        lines = _empty(area, rows)
    if strip and chart.share is not None:
        lines.append(_strip(chart.share, area, glyphs))
    lines.append((Span(" " * _LABEL), *_time_axis(chart, area, glyphs)))
    return [fit_line(line, width) for line in lines]


def _drawn(chart: Chart, glyphs: Glyphs) -> Sequence[Trace]:
    """Give the traces that these glyphs can draw: columns show one alone."""
    return chart.traces if glyphs is Glyphs.BRAILLE else chart.traces[-1:]


def chart_top(chart: Chart) -> float:
    """Give the value at the top: the limit where there is one, else a round figure over all values."""
    highest = max((value for trace in chart.traces for value in trace.values if value is not None), default=0.0)
    if chart.limit is not None and chart.limit > 0:
        return max(chart.limit, highest)
    return _round_up(max(highest, chart.least_top))


def _round_up(value: float) -> float:
    """Give the next 1, 2 or 5 of its power; of a binary one from a mebibyte on.

    >>> _round_up(0.13), _round_up(1.0), _round_up(3 * MIB) == 5 * MIB
    (0.2, 1.0, True)
    """
    unit = float(GIB) if value >= GIB else float(MIB) if value >= MIB else 1.0
    scaled = value / unit
    power = 10.0 ** math.floor(math.log10(scaled))
    # What is remembered for long is right to 0.035 %: all cores of a host must not ask for a scale of two hosts.
    step = next(step for step in (1, 2, 5, 10) if scaled <= step * power * (1 + 5e-4))
    # Rounded, because 2 × 0.1 must print as 0.2.
    return float(f"{step * power:.6g}") * unit


def _area(
    drawn: Sequence[Trace], size: tuple[int, int], top: float, glyphs: Glyphs, engine: ChartEngine | None
) -> Cells:
    width, rows = size
    if glyphs is Glyphs.BRAILLE:
        series = [stretch(trace.values, 2 * width) for trace in drawn]
        return (engine or chart_engine())(series, width, rows, top)
    values = stretch(drawn[-1].values, width)
    return [
        [(char, -1 if char == " " else 0) for char in row]
        for row in column_chart(values, width, rows, top, glyphs=glyphs)
    ]


def stretch(values: Sequence[float | None], columns: int) -> list[float | None]:
    """Give exactly ``columns`` values: each repeated where there are fewer, the maximum of each share where more.

    >>> stretch([1, 2], 4), stretch([1, 5, None, 2], 2), stretch([None, 3], 4)
    ([1, 1, 2, 2], [5, 2], [None, None, 3, 3])
    """
    count = len(values)
    if count == 0:
        return [None] * columns
    out: list[float | None] = []
    for column in range(columns):
        first = column * count // columns
        part = [it for it in values[first : max(first + 1, (column + 1) * count // columns)] if it is not None]
        out.append(max(part) if part else None)
    return out


def _scaled(chart: Chart, drawn: Sequence[Trace], cells: Cells, top: float, glyphs: Glyphs) -> list[Line]:
    """Put the scale at the left and the limit behind the curves."""
    rows = len(cells)
    limit_row = -1
    if chart.limit is not None and top > 0:
        dots = rows * 4 - 1
        limit_row = (dots - round(chart.limit / top * dots)) // 4
    dash = "-" if glyphs is Glyphs.ASCII else "─"
    lines: list[Line] = []
    for number, row in enumerate(cells):
        if number == limit_row and chart.limit is not None:
            label = chart.write(chart.limit)
        elif number == 0:
            label = chart.write(top)
        elif number == rows - 1:
            label = "0"
        elif rows >= 7 and 2 * number == rows - 1 and abs(number - limit_row) > 1:
            label = chart.write(top / 2)
        else:
            label = ""
        spans = [Span(fit(label, _LABEL - 1, right=True) + " ", Tone.MUTED)]
        spans.extend(_runs(row, drawn, dash if number == limit_row else " "))
        lines.append(tuple(spans))
    return lines


def _runs(row: Sequence[tuple[str, int]], drawn: Sequence[Trace], behind: str) -> list[Span]:
    """Join cells of one tone; empty ones show what lies behind the curves."""
    spans: list[Span] = []
    text, tone = "", Tone.PLAIN
    for char, owner in row:
        cell = drawn[owner].tone if owner >= 0 else Tone.LIMIT if behind != " " else Tone.PLAIN
        shown = char if owner >= 0 else behind
        if cell is not tone and text:
            spans.append(Span(text, tone))
            text = ""
        tone = cell
        text += shown
    return [*spans, Span(text, tone)]


def _empty(area: int, rows: int) -> list[Line]:
    words = "no figures kept for this span yet"
    lines: list[Line] = [(Span(" " * (_LABEL + area)),)] * rows
    lines[rows // 2] = (Span(" " * _LABEL), Span(fit(words, area), Tone.MUTED))
    return lines


def _strip(share: Trace, area: int, glyphs: Glyphs) -> Line:
    """Draw a share beneath the chart, on the same time axis."""
    return (Span(fit(share.name[:3], _LABEL - 1, right=True) + " ", Tone.MUTED), *_share_spans(share, area, glyphs))


def _share_spans(share: Trace, width: int, glyphs: Glyphs) -> list[Span]:
    """Draw a share as a sparkline; nothing has no colour."""
    values = stretch(share.values, width)
    tones = [share.tone if value is not None and value >= _SHARE_FROM else Tone.MUTED for value in values]
    text = spark(values, 1.0, glyphs=glyphs)
    runs = groupby(zip(tones, text, strict=True), key=itemgetter(0))
    return [Span("".join(char for _, char in run), tone) for tone, run in runs]


def _time_axis(chart: Chart, area: int, glyphs: Glyphs) -> Line:
    """Write the time axis in words, with a mark in its place for each change."""
    line = _time_words(chart.span, area)
    text = "".join(span.text for span in line)
    places = sorted({area - 1 - int(ago / chart.span * area) for ago in chart.marks if ago >= 0})
    mark = "^" if glyphs is Glyphs.ASCII else "▲"
    marked: list[Span] = []
    done = 0
    for place in places:
        if 0 <= place < len(text):
            marked += [Span(text[done:place], Tone.MUTED), Span(mark, Tone.ACCENT)]
            done = place + 1
    return (*marked, Span(text[done:], Tone.MUTED)) if marked else line


def _time_words(span: Seconds, area: int) -> Line:
    """Say how long ago at the left, now at the right, and half of it between."""
    left, right = f"{span_words(span)} ago", "now"
    middle = span_words(span / 2)
    if area < cell_width(left) + len(right) + 2:
        return (Span(fit(right, area, right=True), Tone.MUTED),)
    text = left + " " * (area - cell_width(left) - len(right)) + right
    start = area // 2 - cell_width(middle) // 2
    if start > cell_width(left) + 2 and start + cell_width(middle) + 2 < area - len(right):
        text = text[:start] + middle + text[start + len(middle) :]
    return (Span(text, Tone.MUTED),)


def _small(chart: Chart, width: int, height: int, glyphs: Glyphs) -> list[Line]:
    """Draw a sparkline for each trace, main one first, on the scale of the limit, all equally long."""
    top = chart_top(chart)
    main, *others = reversed(chart.traces)
    named = [(chart.title.split(" ")[0], main)]
    named += [("thr", chart.share)] if chart.share is not None else []
    named += [(trace.name, trace) for trace in others]
    named = named[:height]
    tail = max(_SMALL_TAIL, *(cell_width(trace.now) for _, trace in named)) + 1
    room = width - _LABEL - 1 - tail
    lines: list[Line] = []
    for name, trace in named:
        head = Span(fit(name, _LABEL) + " ", Tone.MUTED)
        now = Span(fit(trace.now, tail, right=True))
        if room < 4:
            lines.append((head, Span(trace.now)))
        elif trace is chart.share:
            lines.append((head, *_share_spans(trace, room, glyphs), now))
        else:
            lines.append((head, Span(spark(stretch(trace.values, room), top, glyphs=glyphs), trace.tone), now))
    shown = [fit_line(line, width) for line in lines]
    return shown + [(Span(" " * width),)] * (height - len(shown))
