"""Bars, sparklines and small charts as text, in three glyph tiers. Gaps stay gaps.

Braille has the best resolution and is missing on the Linux console; eighth blocks survive
most fonts; ASCII is last. Which tier a terminal has is decided by the screen.
"""

from collections.abc import Sequence
from enum import StrEnum


class Glyphs(StrEnum):
    """What a terminal's font can show."""

    BRAILLE = "braille"
    BLOCKS = "blocks"
    ASCII = "ascii"


_EIGHTHS = "▁▂▃▄▅▆▇█"
_LEFT_EIGHTHS = " ▏▎▍▌▋▊▉"
_ASCII_LEVELS = ".:-=+*#%@"
# Dots of a braille cell, by column and row from the top (Unicode chart U+2800).
_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))


def spark(values: Sequence[float | None], top: float | None = None, *, glyphs: Glyphs = Glyphs.BLOCKS) -> str:
    """Draw one column a value, from 0 to ``top`` (or to the largest value). A gap is a blank.

    The scale starts at 0, so that a steady figure looks steady and not like noise.

    >>> spark([0, 0.5, 1.0, None, 1.0], 1.0)
    '▁▅█ █'
    """
    levels = _ASCII_LEVELS if glyphs is Glyphs.ASCII else _EIGHTHS
    highest = top if top is not None else max((value for value in values if value is not None), default=0.0)
    steps = len(levels) - 1
    if highest <= 0:
        return "".join(" " if value is None else levels[0] for value in values)
    return "".join(
        " " if value is None else levels[min(steps, max(0, round(value / highest * steps)))] for value in values
    )


def bar(share: float, width: int, *, glyphs: Glyphs = Glyphs.BLOCKS) -> str:
    """Draw a horizontal bar of exactly ``width`` cells, filled to ``share`` (0-1; more is cut).

    >>> bar(0.5, 4), bar(0.5, 4, glyphs=Glyphs.ASCII)
    ('██  ', '##..')
    """
    if width <= 0:
        return ""
    share = min(1.0, max(0.0, share))
    if glyphs is Glyphs.ASCII:
        full = round(share * width)
        return "#" * full + "." * (width - full)
    eighths = round(share * width * 8)
    full, part = divmod(eighths, 8)
    text = "█" * full + (_LEFT_EIGHTHS[part] if part else "")
    return text + " " * (width - len(text))


def buckets(values: Sequence[float | None], columns: int) -> list[float | None]:
    """Reduce values to at most ``columns``, each the maximum of its share; a share of gaps is a gap.

    Maxima, because a chart that averages hides the spike that one is looking for.

    >>> buckets([1, 5, None, None], 2)
    [5, None]
    """
    count = len(values)
    if count <= columns:
        return list(values)
    out: list[float | None] = []
    for column in range(columns):
        part = [v for v in values[column * count // columns : (column + 1) * count // columns] if v is not None]
        out.append(max(part) if part else None)
    return out


def braille_chart(
    series: Sequence[Sequence[float | None]], width: int, height: int, top: float
) -> list[list[tuple[str, int]]]:
    """Draw several series into ``height`` rows of ``width`` cells of (character, series), -1 for an empty cell.

    Two dots across and four down a cell, a point each half cell with the newest at the right;
    neighbours are joined by vertical runs, and ``None`` leaves a gap. A cell takes the number
    of the last series drawn into it. Values run from 0 to ``top``; more is cut at the top.
    """
    bits = [[0] * width for _ in range(height)]
    owner = [[-1] * width for _ in range(height)]
    rows = height * 4
    for number, values in enumerate(series):
        points = buckets(values, width * 2)
        offset = width * 2 - len(points)
        before: int | None = None
        for index, value in enumerate(points):
            if value is None:
                before = None
                continue
            share = min(1.0, max(0.0, value / top)) if top > 0 else 0.0
            y = rows - 1 - round(share * (rows - 1))
            x = offset + index
            first, last = (y, y) if before is None else (min(before, y), max(before, y))
            for dot in range(first, last + 1):
                bits[dot // 4][x // 2] |= _DOTS[x % 2][dot % 4]
                owner[dot // 4][x // 2] = number
            before = y
    return [
        [(chr(0x2800 | cell) if cell else " ", who) for cell, who in zip(bit_row, owner_row, strict=True)]
        for bit_row, owner_row in zip(bits, owner, strict=True)
    ]


def column_chart(values: Sequence[float | None], width: int, height: int, top: float, *, glyphs: Glyphs) -> list[str]:
    """Draw one series as columns of eighth blocks or ASCII: ``height`` rows of ``width`` cells, newest right."""
    points = buckets(values, width)
    gaps: list[float | None] = [None] * (width - len(points))
    points = gaps + points
    rows = []
    steps = 1 if glyphs is Glyphs.ASCII else 8
    heights = [None if v is None or top <= 0 else round(min(1.0, max(0.0, v / top)) * height * steps) for v in points]
    for row in range(height - 1, -1, -1):
        cells = []
        for level in heights:
            filled = 0 if level is None else min(steps, max(0, level - row * steps))
            if filled == 0 and level is not None and row == 0:
                filled = 1
            if not filled:
                cells.append(" ")
            elif glyphs is Glyphs.ASCII:
                cells.append("#")
            else:
                cells.append(_EIGHTHS[filled - 1])
        rows.append("".join(cells))
    return rows
