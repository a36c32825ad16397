"""The keys that work here, now: as many as there is room for, what is not allowed in grey."""

from collections.abc import Sequence
from dataclasses import dataclass

from sutaztop.render.cells import Line, Span, Tone, cell_width, fit_line


@dataclass(frozen=True, slots=True)
class Hint:
    """A key and what it does; ``why_not`` says why it can't be done now, or is empty."""

    key: str
    title: str
    why_not: str = ""


def footer_line(hints: Sequence[Hint], width: int) -> Line:
    """Write the hints that fit, most important first; ``?`` for the rest always stays."""
    last = Hint("?", "help")
    out: list[Span] = [Span(" ")]
    left = width - 1 - _width(last)
    for hint in hints:
        need = _width(hint) + 2
        if need > left:
            continue
        left -= need
        out += [*_spans(hint), Span("  ")]
    if left >= 0:
        out += _spans(last)
    return fit_line(out, width)


def _width(hint: Hint) -> int:
    return cell_width(hint.key) + 1 + cell_width(hint.title)


def _spans(hint: Hint) -> list[Span]:
    if hint.why_not:
        return [Span(f"{hint.key} {hint.title}", Tone.BORDER)]
    return [Span(hint.key, Tone.KEY), Span(f" {hint.title}", Tone.MUTED)]
