"""Large figures: five lines high, legible from across a room, in blocks or in plain ASCII."""

from collections.abc import Sequence

from sutaztop.render.graphs import Glyphs

HEIGHT = 5
# Three cells wide and five high; 1 is a filled cell.
_SHAPES = {
    "0": "111101101101111", "1": "010110010010111", "2": "111001111100111", "3": "111001111001111",
    "4": "101101111001001", "5": "111100111001111", "6": "111100111101111", "7": "111001001001001",
    "8": "111101111101111", "9": "111101111001111", "%": "101001010100101", ".": "000000000000010",
    ":": "000010000010000", "-": "000000111000000", "/": "001001010100100", " ": "000000000000000",
    "?": "111001011000010", "!": "010010010000010", "s": "011100010001110", "h": "100100111101101",
    "m": "000111111101101", "S": "111100111001111", "T": "111010010010010", "A": "010101111101101",
    "L": "100100100100111", "E": "111100110100111", "O": "111101101101111", "K": "101101110101101",
    "D": "110101101101110", "M": "101111101101101", "X": "101101010101101", "×": "000101010101000",
    "N": "110101101101101",
}  # fmt: skip


def figure_width(text: str) -> int:
    """Give the cells that a large figure takes: each sign is doubled in width, with a gap."""
    return max(0, len(text) * 8 - 2)


def figure(text: str, *, glyphs: Glyphs, scale: int = 1) -> Sequence[str]:
    """Write a text in large signs: ``HEIGHT * scale`` lines. Unknown signs are left blank."""
    ink = "#" if glyphs is Glyphs.ASCII else "█"
    rows: list[str] = []
    for row in range(HEIGHT):
        cells = []
        for sign in text:
            shape = _SHAPES.get(sign, _SHAPES[" "])[row * 3 : row * 3 + 3]
            cells.append("".join((ink if bit == "1" else " ") * 2 * scale for bit in shape))
        rows += [("  " * scale).join(cells)] * scale
    return rows
