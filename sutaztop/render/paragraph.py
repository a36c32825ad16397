"""Text wrapped to terminal cells, for words that must be read whole: nothing is cut, nothing is lost."""

import re
from collections.abc import Iterator

from sutaztop.render.cells import Line, Span, Tone, cell_width

_GAP = re.compile(r"(?<!\d) | (?!(?:%|(?:s|min|h|d|[KMGT]?i?B|[KMGT]?B/s|cores?)(?![\w/])))")
"""Where a line may break: not between a figure and its unit."""


def wrap(text: str, width: int) -> list[str]:
    """Break text into lines of at most ``width`` cells: at blanks, and inside a word that is too long.

    Newlines are kept as breaks. An empty text gives no line.

    >>> wrap("one two three", 7), wrap("sutazai-backend", 8), wrap("模型模型", 5)
    (['one two', 'three'], ['sutazai-', 'backend'], ['模型', '模型'])
    """
    width = max(2, width)
    lines: list[str] = []
    for part in text.splitlines():
        lines.extend(_broken(part, width) or [""])
    return lines


def _broken(text: str, width: int) -> list[str]:
    lines: list[str] = []
    current = ""
    for word in _GAP.split(" ".join(text.split())):
        joined = f"{current} {word}" if current else word
        if cell_width(joined) <= width:
            current = joined
            continue
        if current:
            lines.append(current)
        *whole, current = _pieces(word, width)
        lines.extend(whole)
    return [*lines, current] if current else lines


def _pieces(word: str, width: int) -> Iterator[str]:
    """Cut a word that is too long; the last piece may take more words after it."""
    piece, used = "", 0
    for char in word:
        need = cell_width(char)
        if used + need > width:
            yield piece
            piece, used = "", 0
        piece += char
        used += need
    yield piece


def hard_wrap(text: str, width: int) -> list[str]:
    """Break text wherever a line is full, blanks kept: for what programs write, where columns mean something.

    >>> hard_wrap("a  b  c", 4)
    ['a  b', '  c']
    """
    width = max(2, width)
    return [piece for part in text.splitlines() for piece in _pieces(part, width)]


def labelled(label: str, text: str, width: int, *, column: int = 13, tone: Tone = Tone.PLAIN) -> list[Line]:
    """Write ``label`` and its text beside it, the text wrapped under itself; nothing for an empty text.

    In less than 40 cells the label column shrinks to the label itself, to leave the text its room.
    """
    if not text:
        return []
    column = column if width >= 40 else cell_width(label) + 1
    rows = wrap(text, width - column)
    return [
        (Span((label if number == 0 else "").ljust(column), Tone.MUTED), Span(row, tone))
        for number, row in enumerate(rows)
    ]
