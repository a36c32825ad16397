"""Spans of text with a tone, fitted to terminal cells. What a tone looks like is the theme's affair."""

import unicodedata
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from sutaztop.domain.finding import Severity


class Tone(StrEnum):
    """What a piece of text means. Themes map each to a style; the value is the theme's key."""

    PLAIN = "plain"
    MUTED = "muted"
    STRONG = "strong"
    TITLE = "title"
    ACCENT = "accent"
    OK = "ok"
    WARNING = "warning"
    CRITICAL = "critical"
    UNKNOWN = "unknown"
    STALE = "stale"
    CPU = "cpu"
    MEMORY = "memory"
    THROTTLED = "throttled"
    LIMIT = "limit"
    KEY = "key"
    DEMO = "demo"
    BORDER = "border"


SEVERITY_TONE = {
    Severity.OK: Tone.OK,
    Severity.UNKNOWN: Tone.UNKNOWN,
    Severity.WARNING: Tone.WARNING,
    Severity.CRITICAL: Tone.CRITICAL,
}
SEVERITY_GLYPH = {Severity.OK: "·", Severity.UNKNOWN: "?", Severity.WARNING: "!", Severity.CRITICAL: "‼"}
"""One cell each, so that severity never rests on colour alone. Plain ASCII: ``.``, ``?``, ``!``, ``#``."""
ASCII_GLYPH = {Severity.OK: ".", Severity.UNKNOWN: "?", Severity.WARNING: "!", Severity.CRITICAL: "#"}


class Span(NamedTuple):
    """A run of text in one tone."""

    text: str
    tone: Tone = Tone.PLAIN


Line: TypeAlias = tuple[Span, ...]


@lru_cache(maxsize=4096)
def cell_width(text: str) -> int:
    """Count the terminal cells of a text: wide characters take two, combining ones none.

    >>> cell_width("abc"), cell_width("模型"), cell_width("e\u0301")
    (3, 4, 1)
    """
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) or unicodedata.category(char) in ("Cf", "Mn", "Me")
        else 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1
        for char in text
    )  # fmt: skip


def fit(text: str, width: int, *, right: bool = False, ellipsis: str = "…") -> str:
    """Cut or pad a text to exactly ``width`` cells; what is cut ends in an ellipsis.

    >>> fit("backend", 5), fit("ab", 4), fit("ab", 4, right=True)
    ('back…', 'ab  ', '  ab')
    """
    if width <= 0:
        return ""
    have = cell_width(text)
    if have > width:
        kept, used = [], 0
        room = width - cell_width(ellipsis)
        for char in text:
            used += cell_width(char)
            if used > room:
                break
            kept.append(char)
        text = "".join(kept) + ellipsis
        have = cell_width(text)
    pad = " " * (width - have)
    return pad + text if right else text + pad


def line_width(line: Iterable[Span]) -> int:
    """Count the cells of a line."""
    return sum(cell_width(span.text) for span in line)


def fit_line(line: Iterable[Span], width: int) -> Line:
    """Cut or pad a line to exactly ``width`` cells, tones kept."""
    out: list[Span] = []
    left = width
    for span in line:
        have = cell_width(span.text)
        if have <= left:
            out.append(span)
            left -= have
        else:
            if left:
                out.append(Span(fit(span.text, left), span.tone))
            return tuple(out)
    if left:
        out.append(Span(" " * left))
    return tuple(out)


def plain(line: Iterable[Span]) -> str:
    """Give a line's text alone."""
    return "".join(span.text for span in line)
