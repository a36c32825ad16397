"""What tones look like: a palette's colours as styles, and as a theme for Textual's own widgets."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.theme import BUILTIN_THEMES, Theme

from sutaztop.config.themes import ThemeSpec
from sutaztop.render.cells import Line, Span, Tone

_COLOUR = {Tone.PLAIN: "foreground", Tone.STRONG: "foreground"}
"""Tones that share a colour; every other tone has one of its own name."""
_BOLD = frozenset({Tone.STRONG, Tone.TITLE, Tone.CRITICAL, Tone.KEY})
_LEGIBLE = 4.5
_BANNERS = frozenset({Tone.DEMO})
"""Tones that fill their ground, so that they can't be overlooked."""
_SELECTED_OWN = frozenset({Tone.OK, Tone.WARNING, Tone.CRITICAL, Tone.UNKNOWN, Tone.THROTTLED, Tone.DEMO})
"""Tones that keep their colour in the selected row; all others take the selection's."""

MONOCHROME = ThemeSpec(
    name="monochrome",
    title="No colour",
    dark=True,
    ansi=True,
    colours={
        "background": "default", "surface": "default", "panel": "default", "foreground": "default",
        "muted": "default", "border": "default", "title": "default bold", "accent": "default bold",
        "key": "default bold", "selection_background": "default", "selection_foreground": "default reverse",
        "ok": "default", "warning": "default bold", "critical": "default bold reverse", "unknown": "default bold",
        "stale": "default", "cpu": "default", "memory": "default", "throttled": "default", "limit": "default",
        "demo": "default bold reverse",
    },
)  # fmt: skip
"""For NO_COLOR: weight and reverse alone."""


@dataclass(frozen=True, slots=True)
class Palette:
    """A style for each tone, plain and in the selected row, with the name of its theme."""

    name: str
    normal: Mapping[Tone, Style]
    selected: Mapping[Tone, Style]

    def strip(self, line: Line, *, selected: bool = False, edges: bool = False) -> Strip:
        """Turn a line into what Textual draws; ``edges`` says that its ends are a frame, never selected."""
        styles = self.selected if selected else self.normal
        if selected and edges and len(line) > 2:
            first, *within, last = line
            return Strip([*_joined((first,), self.normal), *_joined(within, styles), *_joined((last,), self.normal)])
        return Strip(_joined(line, styles))


def _joined(line: Iterable[Span], styles: Mapping[Tone, Style]) -> list[Segment]:
    """Turn spans into segments, neighbours of one style into one; blanks take the style before them where none shows.

    Every segment costs on its whole way to the terminal, and a row of cells has as many gaps as cells.
    """
    segments: list[Segment] = []
    held = ""
    style: Style | None = None
    for text, tone in line:
        wanted = styles[tone]
        if style is None or not (wanted is style or (text.isspace() and _is_quiet(style) and _is_quiet(wanted))):
            if held:
                segments.append(Segment(held, style))
            held, style = text, wanted
        else:
            held += text
    if held:
        segments.append(Segment(held, style))
    return segments


@lru_cache(maxsize=256)
def _is_quiet(style: Style) -> bool:
    """Whether a blank of this style looks like any other: nothing but its colour and weight."""
    return not (style.reverse or style.underline or style.strike)


def make_palette(spec: ThemeSpec) -> Palette:
    """Make the styles of a theme."""
    ground = spec.colours["background"].split()[0]
    selection = spec.colours["selection_background"].split()[0]
    chosen = spec.colours["selection_foreground"]
    normal, selected = {}, {}
    for tone in Tone:
        words = spec.colours[_COLOUR.get(tone, tone.value)]
        normal[tone] = _style(words, ground, bold=tone in _BOLD, banner=tone in _BANNERS)
        selected[tone] = _style(
            _on_selection(words, chosen, selection, ansi=spec.ansi) if tone in _SELECTED_OWN else chosen,
            selection,
            bold=tone in _BOLD or tone in _SELECTED_OWN,
        )
    return Palette(spec.name, normal, selected)


def _on_selection(own: str, chosen: str, selection: str, *, ansi: bool) -> str:
    """Keep a severity's colour in the selected row where it can be read there, else the row's with its weight.

    What the terminal's own sixteen colours look like is not known, so they are never set upon each other.
    """
    if ansi:
        attributes = {*chosen.split()[1:], *own.split()[1:]} - {"dim"}
        return " ".join((chosen.split(maxsplit=1)[0], *sorted(attributes)))
    return own if contrast(own, selection) >= _LEGIBLE else chosen


def contrast(one: str, other: str) -> float:
    """Give the contrast of two ``#rrggbb`` colours, 1 to 21 (WCAG 2.2, relative luminance).

    >>> contrast("#000000", "#ffffff")
    21.0
    """
    dark, light = sorted((_luminance(one), _luminance(other)))
    return round((light + 0.05) / (dark + 0.05), 2)


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@lru_cache(maxsize=256)
def _style(words: str, ground: str, *, bold: bool = False, banner: bool = False) -> Style:
    colour, *attributes = words.split()
    reverse = "reverse" in attributes or (banner and "reverse" not in attributes)
    return Style(
        color=colour,
        bgcolor=ground,
        bold=bold or "bold" in attributes or None,
        dim="dim" in attributes or None,
        underline="underline" in attributes or None,
        reverse=reverse or None,
    )


def make_theme(spec: ThemeSpec) -> Theme:
    """Make Textual's theme from a palette, for the few widgets of its own: the palette, inputs, scroll bars."""
    colours = {key: _textual(value, ansi=spec.ansi) for key, value in spec.colours.items()}
    variables = dict(BUILTIN_THEMES["ansi-dark" if spec.dark else "ansi-light"].variables) if spec.ansi else {}
    variables |= {
        "block-cursor-background": colours["selection_background"],
        "block-cursor-foreground": colours["selection_foreground"],
        "border": colours["border"],
        "border-blurred": colours["border"],
        "sutaz-border": colours["border"],
        "sutaz-muted": colours["muted"],
    }
    return Theme(
        name=spec.name,
        primary=colours["accent"],
        secondary=colours["key"],
        warning=colours["warning"],
        error=colours["critical"],
        success=colours["ok"],
        accent=colours["accent"],
        foreground=colours["foreground"],
        background=colours["background"],
        surface=colours["surface"],
        panel=colours["panel"],
        dark=spec.dark,
        ansi=spec.ansi,
        variables=variables,
    )


def _textual(value: str, *, ansi: bool) -> str:
    colour = value.split(maxsplit=1)[0]
    return f"ansi_{colour}" if ansi else colour


def choose_theme(wish: str, themes: Mapping[str, ThemeSpec], environment: Mapping[str, str]) -> ThemeSpec:
    """Give the theme to start with: none of colour under NO_COLOR, sixteen on a Linux console, else the wish."""
    if environment.get("NO_COLOR"):
        return MONOCHROME
    if environment.get("TERM") in ("linux", "vt100", "vt220") and wish == "dark" and "console-16" in themes:
        return themes["console-16"]
    return themes.get(wish) or next(iter(themes.values()), MONOCHROME)
