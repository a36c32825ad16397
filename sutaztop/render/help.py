"""The help: what each key does, what holds it back just now, and what the letters on the screen mean."""

from collections.abc import Sequence
from dataclasses import dataclass

from sutaztop.domain.finding import Severity
from sutaztop.render.cells import SEVERITY_GLYPH, SEVERITY_TONE, Line, Span, Tone, cell_width, fit
from sutaztop.render.paragraph import wrap


@dataclass(frozen=True, slots=True)
class HelpEntry:
    """One command: its keys as one reads them, what it does, and why it is not allowed now, or empty."""

    group: str
    keys: str
    text: str
    asks_first: bool = False
    why_not: str = ""


_LETTERS = (
    ("CPU", "cores in use; 1.00 is one core kept busy"),
    ("%LIM", "share of the container's own limit; – where it has none"),
    ("THR", "throttled: share of CFS periods in which the limit stopped it"),
    ("MEM", "working set: memory in use less the file cache that can go at once"),
    ("…", "the first figures are awaited: a rate needs two readings"),
    ("–", "not measured, or not set; the details say why"),
    ("↻", "restarts of this container"),
)


def help_lines(entries: Sequence[HelpEntry], width: int, *, first: Sequence[str] = ()) -> list[Line]:
    """Write all commands by group, then what the glyphs and letters mean.

    ``first`` are sentences on how things stand: banners have no room for all of them.
    """
    column = min(max((cell_width(it.keys) for it in entries), default=4) + 2, max(6, width // 3))
    lines: list[Line] = [(Span(row, Tone.WARNING),) for text in first for row in wrap(text, width)]
    group = ""
    for entry in entries:
        if entry.group != group:
            group = entry.group
            lines.extend([(), (Span(group, Tone.TITLE),)] if lines else [(Span(group, Tone.TITLE),)])
        lines.extend(_entry(entry, width, column))
    lines.extend([(), (Span("Signs", Tone.TITLE),)])
    lines.extend((Span(fit(SEVERITY_GLYPH[it], column), SEVERITY_TONE[it]), Span(it.word)) for it in reversed(Severity))
    for sign, meaning in _LETTERS:
        lines.extend(_beside(fit(sign, column), Tone.KEY, meaning, width, column))
    return lines


def _entry(entry: HelpEntry, width: int, column: int) -> list[Line]:
    """Write a command; one that is not allowed now is muted and says why."""
    text = entry.text + (" (asks first)" if entry.asks_first else "")
    held = bool(entry.why_not)
    lines = _beside(fit(entry.keys, column), Tone.MUTED if held else Tone.KEY, text, width, column, muted=held)
    if held:
        rows = wrap(f"not now: {entry.why_not}", width - column)
        lines.extend((Span(" " * column), Span(row, Tone.WARNING)) for row in rows)
    return lines


def _beside(  # noqa: PLR0913 - a cell, its tone, and the text beside it
    head: str, tone: Tone, text: str, width: int, column: int, *, muted: bool = False
) -> list[Line]:
    rows = wrap(text, width - column) or [""]
    body = Tone.MUTED if muted else Tone.PLAIN
    first: Line = (Span(head, tone), Span(rows[0], body))
    return [first, *((Span(" " * column), Span(row, body)) for row in rows[1:])]
