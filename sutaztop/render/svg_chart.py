"""A series as an SVG picture for a report: axes with units, the limit as a line, moments that matter as marks.

Colours are set by the reader's own scheme, light or dark; every text is escaped, for names are hostile.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from html import escape

_WIDTH, _HEIGHT = 720, 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 76, 12, 28, 26
_STYLE = """
  .back{fill:#fff}.ink{fill:#222;font:12px sans-serif}.faint{fill:#666;font:11px sans-serif}
  .axis{stroke:#999;stroke-width:1}.grid{stroke:#ddd;stroke-width:1}.line{fill:none;stroke:#0b62c4;stroke-width:1.6}
  .limit{stroke:#b3261e;stroke-width:1.2;stroke-dasharray:5 4}
  .mark{stroke:#a05a00;stroke-width:1.2;stroke-dasharray:2 3}
  @media (prefers-color-scheme:dark){.back{fill:#16181c}.ink{fill:#e6e6e6}.faint{fill:#a0a0a0}.axis{stroke:#777}
  .grid{stroke:#333}.line{stroke:#6ab0ff}.limit{stroke:#ff8a80}.mark{stroke:#ffb74d}}
"""


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment that matters, with a few words."""

    at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class SvgChart:
    """A series from ``since`` to ``until`` in equal steps, gaps as ``None``; ``write`` gives a value with its unit."""

    title: str
    since: datetime
    until: datetime
    values: Sequence[float | None]
    write: Callable[[float], str]
    limit: float | None = None
    marks: Sequence[Mark] = ()


def svg_text(chart: SvgChart, zone: tzinfo | None = None) -> str:
    """Draw a chart."""
    known = [it for it in chart.values if it is not None]
    top = max([*known, chart.limit or 0.0], default=0.0) * 1.08 or 1.0
    inner = _WIDTH - _LEFT - _RIGHT

    def x_of(share: float) -> float:
        return _LEFT + inner * share

    def y_of(value: float) -> float:
        return _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - min(value, top) / top)

    def across(kind: str, y: float, words: str = "") -> str:
        told = f"<title>{escape(words)}</title>" if words else ""
        return f'<line class="{kind}" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}">{told}</line>'

    def text(x: float, y: float, anchor: str, words: str, kind: str = "faint") -> str:
        return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'

    size = f'viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img"><title>{escape(chart.title)}</title>',
        f"<style>{_STYLE}</style>",
        f'<rect class="back" width="{_WIDTH}" height="{_HEIGHT}"/>',
        text(_LEFT, 17, "start", chart.title, "ink"),
    ]
    for share in (0.0, 0.5, 1.0):
        value = top / 1.08 * share
        parts += [across("grid", y_of(value)), text(_LEFT - 6, y_of(value) + 4, "end", chart.write(value))]
    span = (chart.until - chart.since).total_seconds() or 1.0
    for share, anchor in ((0.0, "start"), (0.5, "middle"), (1.0, "end")):
        at = chart.since + (chart.until - chart.since) * share
        parts.append(text(x_of(share), _HEIGHT - 8, anchor, f"{at.astimezone(zone):%H:%M:%S}"))
    parts.append(across("axis", y_of(0)))
    if chart.limit is not None:
        parts.append(across("limit", y_of(chart.limit), f"limit {chart.write(chart.limit)}"))
    for mark in chart.marks:
        x = x_of((mark.at - chart.since).total_seconds() / span)
        line = f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{y_of(0):.1f}">'
        parts.append(f"{line}<title>{escape(mark.words)}</title></line>")
    parts += [f'<path class="line" d="{path}"/>' for path in _paths(chart.values, x_of, y_of)]
    return "\n".join([*parts, "</svg>\n"])


def _paths(
    values: Sequence[float | None], x_of: Callable[[float], float], y_of: Callable[[float], float]
) -> Sequence[str]:
    """Give a path for each stretch without a gap: no line across what was not measured."""
    paths: list[str] = []
    stretch: list[str] = []
    last = max(1, len(values) - 1)
    for place, value in enumerate([*values, None]):
        if value is not None:
            stretch.append(f"{'L' if stretch else 'M'}{x_of(place / last):.1f} {y_of(value):.1f}")
        elif stretch:
            # A lone reading is a dot.
            paths.append(" ".join(stretch) if len(stretch) > 1 else f"{stretch[0]} h1")
            stretch = []
    return paths
