"""A shadow of the terminal, cell by cell, and the least to write so that it shows something else."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from rich.cells import split_graphemes
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style

GAP = 4
"""So many unchanged cells between two changed ones are cheaper to send again than a new cursor position."""
_RESET = "\x1b[0m"
_PLAIN = Style.null()


@dataclass(frozen=True, slots=True)
class Pen:
    """A style as the terminal's codes. An empty colour is the terminal's own."""

    attributes: frozenset[str]
    foreground: str
    background: str


_NO_PEN = Pen(frozenset(), "", "")
# Rich's order of attributes; the codes that switch each on.
_ATTRIBUTES = (
    ("bold", "1"), ("dim", "2"), ("italic", "3"), ("underline", "4"), ("blink", "5"), ("blink2", "6"),
    ("reverse", "7"), ("conceal", "8"), ("strike", "9"), ("underline2", "21"), ("frame", "51"),
    ("encircle", "52"), ("overline", "53"),
)  # fmt: skip


@lru_cache(maxsize=4096)
def pen_of(style: Style, system: ColorSystem) -> Pen:
    """Give the codes of a style, its colours brought down to what the terminal has."""
    on = frozenset(code for name, code in _ATTRIBUTES if getattr(style, name))
    foreground = background = ""
    if style.color is not None and not style.color.is_default:
        foreground = ";".join(style.color.downgrade(system).get_ansi_codes(foreground=True))
    if style.bgcolor is not None and not style.bgcolor.is_default:
        background = ";".join(style.bgcolor.downgrade(system).get_ansi_codes(foreground=False))
    return Pen(on, foreground, background)


def change_pen(now: Pen, wanted: Pen) -> str:
    """Give the sequence from one pen to another: only what changed, or a reset where something goes away."""
    if now == wanted:
        return ""
    goes_away = (
        not now.attributes <= wanted.attributes
        or (now.foreground and not wanted.foreground)
        or (now.background and not wanted.background)
    )
    codes: list[str] = ["0"] if goes_away else []
    held = _NO_PEN if goes_away else now
    codes += sorted(wanted.attributes - held.attributes)
    if wanted.foreground != held.foreground:
        codes.append(wanted.foreground)
    if wanted.background != held.background:
        codes.append(wanted.background)
    return f"\x1b[{';'.join(codes)}m"


class Shadow:
    """What the terminal shows, as far as is known. An unknown cell differs from everything."""

    def __init__(self) -> None:
        self._characters: list[list[str | None]] = []
        self._styles: list[list[Style | None]] = []

    def drop(self) -> None:
        """Forget everything: the next writing sends all it is given."""
        self._characters, self._styles = [], []

    def write(self, pieces: Iterable[tuple[int, int, Iterable[Segment]]], system: ColorSystem) -> str:
        """Take segments at (column, line), and give the sequence that makes the terminal show them."""
        out: list[str] = []
        pen = _NO_PEN
        for x, y, segments in pieces:
            characters, styles = _spread(segments)
            pen = self._write_line(x, y, characters, styles, system, pen, out)
        if pen != _NO_PEN:
            out.append(_RESET)
        return "".join(out)

    def _write_line(  # noqa: PLR0913, PLR0917 - the inner loop of every refresh
        self, x: int, y: int, characters: list[str], styles: list[Style], system: ColorSystem, pen: Pen, out: list[str]
    ) -> Pen:
        line, line_styles = self._room(y, x + len(characters))
        for start, end in _runs(line[x : x + len(characters)], line_styles[x : x + len(styles)], characters, styles):
            out.append(f"\x1b[{y + 1};{x + start + 1}H")
            for place in range(start, end):
                wanted = pen_of(styles[place], system)
                if wanted is not pen:
                    out.append(change_pen(pen, wanted))
                    pen = wanted
                out.append(characters[place])
        line[x : x + len(characters)] = characters
        line_styles[x : x + len(styles)] = styles
        return pen

    def _room(self, y: int, width: int) -> tuple[list[str | None], list[Style | None]]:
        """Give a line of the shadow, at least this wide."""
        while len(self._characters) <= y:
            self._characters.append([])
            self._styles.append([])
        line, styles = self._characters[y], self._styles[y]
        if len(line) < width:
            line.extend([None] * (width - len(line)))
            styles.extend([None] * (width - len(styles)))
        return line, styles


def _spread(segments: Iterable[Segment]) -> tuple[list[str], list[Style]]:
    """Spread segments over cells. A wide character takes two, the second empty; a mark joins its base."""
    characters: list[str] = []
    styles: list[Style] = []
    for text, style, control in segments:
        if control:
            continue
        style = style or _PLAIN  # noqa: PLW2901 - a segment without style is plain
        if text.isascii():
            characters.extend(text)
            styles.extend([style] * len(text))
            continue
        for start, end, width in split_graphemes(text)[0]:
            if width <= 0:
                if characters:
                    characters[-1] += text[start:end]
                continue
            characters.append(text[start:end])
            characters.extend([""] * (width - 1))
            styles.extend([style] * width)
    return characters, styles


def _runs(
    was: list[str | None], was_styles: list[Style | None], characters: list[str], styles: list[Style]
) -> list[tuple[int, int]]:
    """Give the stretches of cells to send, joined over small gaps and never beginning in a wide character."""
    if was == characters and was_styles == styles:
        return []
    runs: list[tuple[int, int]] = []
    for place, (character, style) in enumerate(zip(characters, styles, strict=True)):
        if was[place] == character and (was_styles[place] is style or was_styles[place] == style):
            continue
        if runs and place - runs[-1][1] <= GAP:
            runs[-1] = (runs[-1][0], place + 1)
        else:
            start = place
            while start > 0 and not characters[start]:
                start -= 1
            runs.append((start, place + 1))
    return runs
