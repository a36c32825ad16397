"""Colours measured: WCAG contrast, and how far apart two look to somebody who lacks a kind of cone.

The matrices are those of Viénot, Brettel and Mollon (1999), in linear RGB; distance is CIE76 in Lab.
"""

import math
from collections.abc import Sequence
from typing import TypeAlias

Rgb: TypeAlias = tuple[float, float, float]
Matrix: TypeAlias = tuple[Rgb, Rgb, Rgb]

PROTANOPIA: Matrix = ((0.11238, 0.88762, 0.0), (0.11238, 0.88762, 0.0), (0.00401, -0.00401, 1.0))
DEUTERANOPIA: Matrix = ((0.29275, 0.70725, 0.0), (0.29275, 0.70725, 0.0), (-0.02234, 0.02234, 1.0))
FULL_VISION: Matrix = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


def contrast(one: str, other: str) -> float:
    """Give WCAG's contrast ratio, 1 to 21.

    >>> round(contrast("#000000", "#ffffff"))
    21
    """
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def distance(one: str, other: str, vision: Matrix = FULL_VISION) -> float:
    """Give how far apart two colours look; about 2 is a just noticeable difference."""
    return math.dist(_lab(one, vision), _lab(other, vision))


def _linear(colour: str) -> Rgb:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (it / 12.92 if it <= 0.04045 else ((it + 0.055) / 1.055) ** 2.4 for it in parts)
    return red, green, blue


def _luminance(colour: str) -> float:
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _times(matrix: Matrix, colour: Sequence[float]) -> Rgb:
    red, green, blue = (sum(a * b for a, b in zip(row, colour, strict=True)) for row in matrix)
    return red, green, blue


def _lab(colour: str, vision: Matrix) -> Rgb:
    seen = [min(1.0, max(0.0, part)) for part in _times(vision, _linear(colour))]
    to_xyz: Matrix = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
    x, y, z = (
        it ** (1 / 3) if it > 0.008856 else 7.787 * it + 16 / 116
        for it in (part / white for part, white in zip(_times(to_xyz, seen), (0.9505, 1.0, 1.089), strict=True))
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)
