"""A cursor on a container's charts: which instant a cell stands for, what was measured then, and how it looks."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from sutaztop.domain.frame import Frame
from sutaztop.domain.quantity import Bytes, Cores, Ratio, Seconds
from sutaztop.domain.snapshot import ContainerSnapshot
from sutaztop.render.boxes import join
from sutaztop.render.cells import Line, Span, Tone, cell_width
from sutaztop.render.chart import area_width
from sutaztop.render.charts import chart_bucket
from sutaztop.render.format import bytes_text, cores_text, percent_words
from sutaztop.render.graphs import Glyphs

FIGURES = ("cpu", "memory", "throttled")
"""What a cursor tells, in the order in which the highest point is sought."""
FIGURE_WORDS = {"cpu": "CPU", "memory": "memory", "throttled": "throttling"}
_TONES = {"cpu": Tone.CPU, "memory": Tone.MEMORY, "throttled": Tone.THROTTLED}
_FINEST_FIRST = (1.0, 5.0, 15.0, 60.0)
_MOST_POINTS = 1500
"""Points of a finer series that are read to place an instant: what lies longer ago is kept coarser anyway."""


@dataclass(frozen=True, slots=True)
class Scale:
    """The time axis of a chart: ``cells`` cells that end at ``end``, the last moment that is drawn.

    ``bucket`` is the span of one point, in seconds; ``points`` are drawn.
    """

    end: datetime
    bucket: Seconds
    points: int
    cells: int

    @property
    def span(self) -> float:
        """The seconds from its beginning to its end."""
        return self.bucket * self.points

    def place(self, at: datetime) -> int | None:
        """Give the cell of an instant, or nothing for one that is not drawn."""
        ago = (self.end - at).total_seconds()
        if not 0 <= ago <= self.span:
            return None
        return max(0, self.cells - 1 - int(ago / self.span * self.cells))

    def edges(self, place: int) -> tuple[datetime, datetime]:
        """Give the beginning and the end of a cell."""
        each = self.span / self.cells
        begin = self.end - timedelta(seconds=each * (self.cells - place))
        return begin, begin + timedelta(seconds=each)

    def middle(self, place: int) -> datetime:
        """Give the instant in the middle of a cell."""
        return _middle(self.edges(place))


def scale_of(frame: Frame, span: Seconds, width: int) -> Scale:
    """Give the time axis of a chart that is ``width`` cells wide: the buckets that are closed, as charts draw them."""
    cells = area_width(width)
    bucket = chart_bucket(span, 2 * cells)
    return Scale(_closed(frame, bucket), bucket, max(1, round(span / bucket)), cells)


def _closed(frame: Frame, bucket: float) -> datetime:
    """Give the end of the last bucket that is closed, on the wall's clock; buckets lie on the monotonic one."""
    open_ns = frame.snapshot.clock_ns % round(bucket * 1e9)
    return frame.snapshot.at - timedelta(seconds=open_ns / 1e9)


def _points(frame: Frame, key: str, figure: str, points: int, bucket: float) -> Sequence[float | None]:
    return frame.history.series(key, figure, points=points + 1, bucket=Seconds(bucket))[:-1]


def highest(frame: Frame, key: str, figure: str, scale: Scale) -> datetime | None:
    """Give the instant of the highest point that is drawn, the newest of several, as exactly as it is kept."""
    peak = _peak(frame, _points(frame, key, figure, scale.points, scale.bucket), scale.bucket)
    if peak is None:
        return None
    finest = _finest(frame, key, figure, (peak.begin, peak.end))
    # The same reading is kept at each fineness, right to 0.035 %. Another one is no part of this picture: it is frozen,
    # and what it did not ask for before it was is answered as of now.
    same = finest is not None and math.isclose(finest.value, peak.value, rel_tol=1e-3, abs_tol=1e-9)
    return (finest if finest is not None and same else peak).middle


def highest_within(frame: Frame, key: str, figure: str, begin: datetime, end: datetime) -> datetime | None:
    """Give the instant of the highest reading of a stretch, as exactly as it is kept, or nothing where none is."""
    peak = _finest(frame, key, figure, (begin, end))
    return None if peak is None else peak.middle


@dataclass(frozen=True, slots=True)
class _Peak:
    """The highest bucket of several."""

    begin: datetime
    end: datetime
    value: float

    @property
    def middle(self) -> datetime:
        """The instant in its middle."""
        return _middle((self.begin, self.end))


def _finest(frame: Frame, key: str, figure: str, stretch: tuple[datetime, datetime]) -> _Peak | None:
    begin, end = stretch
    for bucket in _FINEST_FIRST:
        closed = _closed(frame, bucket)
        first = math.ceil((closed - begin).total_seconds() / bucket - 1e-6)
        last = max(0, math.floor((closed - end).total_seconds() / bucket + 1e-6))
        if bucket > max(1.0, (end - begin).total_seconds()) or not last < first <= _MOST_POINTS:
            continue
        values = _points(frame, key, figure, first, bucket)
        if (peak := _peak(frame, [*values[: first - last], *[None] * last], bucket)) is not None:
            return peak
    return None


def _peak(frame: Frame, values: Sequence[float | None], bucket: float) -> _Peak | None:
    """Give the bucket of the highest of values that end now, the newest of several."""
    best = max((it for it in values if it is not None), default=None)
    if best is None:
        return None
    back = next(number for number, it in enumerate(reversed(values)) if it == best)
    end = _closed(frame, bucket) - timedelta(seconds=back * bucket)
    return _Peak(end - timedelta(seconds=bucket), end, best)


def _middle(stretch: tuple[datetime, datetime]) -> datetime:
    return stretch[0] + (stretch[1] - stretch[0]) / 2


def value_at(frame: Frame, key: str, figure: str, scale: Scale, place: int) -> float | None:
    """Give the highest reading in a cell, as it is drawn; ``None`` in a gap."""
    values = _points(frame, key, figure, scale.points, scale.bucket)
    count = len(values)
    first = place * count // scale.cells
    part = values[first : max(first + 1, (place + 1) * count // scale.cells)]
    return max((it for it in part if it is not None), default=None)


def cursor_lines(  # noqa: PLR0913 - an instant on a chart, and where it is written
    frame: Frame, found: ContainerSnapshot, at: datetime, scale: Scale, width: int, *, zone: tzinfo | None = None
) -> list[Line]:
    """Write the instant under the cursor in local time and as an age, and what was measured then."""
    place = scale.place(at)
    ago = ago_words((frame.snapshot.at - at).total_seconds())
    parts: list[Line] = [(Span("▸ ", Tone.KEY), Span(f"{at.astimezone(zone):%H:%M:%S}", Tone.STRONG)), (Span(ago),)]
    if place is None:
        parts.append((Span("beyond what is drawn", Tone.MUTED),))
    else:
        told = [(it, value_at(frame, found.id, it, scale, place)) for it in FIGURES]
        parts += [_told(name, value) for name, value in told if value is not None]
        if all(value is None for _, value in told):
            parts.append((Span("nothing was measured then", Tone.MUTED),))
    return [join(parts, width), join([(Span("Enter: what it wrote around that instant", Tone.MUTED),)], width), ()]


def _told(figure: str, value: float) -> Line:
    if figure == "cpu":
        text = f"{cores_text(Cores(value))} cores"
    elif figure == "memory":
        text = bytes_text(Bytes(round(value)))
    else:
        text = f"{percent_words(Ratio(value))} of periods"
    return (Span(f"{FIGURE_WORDS[figure] if figure != 'throttled' else figure} ", _TONES[figure]), Span(text))


def ago_words(seconds: float) -> str:
    """Write how long ago something was, in at most two units.

    >>> ago_words(3.4), ago_words(192), ago_words(3 * 3600 + 125), ago_words(-2)
    ('3 s ago', '3 min 12 s ago', '3 h 2 min ago', 'now')
    """
    whole = int(seconds)
    if whole < 1:
        return "now"
    units = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))
    parts: list[str] = []
    for size, name in units:
        if (count := whole // size) or parts:
            parts.append(f"{count} {name}" if count else "")
        whole %= size
    return " ".join(it for it in parts[:2] if it) + " ago"


def with_cursor(lines: Sequence[Line], place: int | None, width: int, glyphs: Glyphs) -> list[Line]:
    """Draw the cursor through a chart's lines, but for the first, its legend: what is drawn there stays, in its tone.

    ``lines`` are a chart ``width`` cells wide with a scale at its left.
    """
    if place is None:
        return list(lines)
    column = width - area_width(width) + place
    bar = "|" if glyphs is Glyphs.ASCII else "│"
    # Another sign than the marks of what happened, which stand on the same axis.
    foot = "#" if glyphs is Glyphs.ASCII else "┃"
    last = len(lines) - 1
    out = [lines[0]] if lines else []
    for number, line in enumerate(lines[1:], 1):
        out.append(_marked(line, column, foot if number == last else bar, always=number == last))
    return out


def _marked(line: Line, column: int, mark: str, *, always: bool) -> Line:
    """Put a mark into a column. Lines of charts have characters of one cell each."""
    spans: list[Span] = []
    at = 0
    for span in line:
        end = at + cell_width(span.text)
        if at <= column < end and len(span.text) == end - at:
            inner = column - at
            here = span.text[inner]
            shown = mark if always or here in " ─-\u2800" else here
            spans += [
                Span(span.text[:inner], span.tone),
                Span(shown, Tone.KEY),
                Span(span.text[inner + 1 :], span.tone),
            ]
        else:
            spans.append(span)
        at = end
    return tuple(it for it in spans if it.text)
