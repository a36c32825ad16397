"""What a test sees of a screen: its text, and a picture for people to look at."""

import re
from pathlib import Path
from typing import Any

from textual.app import App

from sutaztop.config.themes import load_theme
from sutaztop.render.graphs import Glyphs
from sutaztop.ui.keys import KeysInTurn
from sutaztop.ui.theme import make_palette, make_theme

_FONT_FACE = re.compile(r"@font-face\s*\{.*?\}", re.DOTALL)


class Stage(KeysInTurn[None]):
    """An empty app with a palette, to push one screen or mount one widget on."""

    CSS = "Screen { background: $background; }"

    def __init__(self, *, theme: str = "dark", glyphs: Glyphs = Glyphs.BRAILLE) -> None:
        super().__init__()
        spec = load_theme(theme)
        self.palette = make_palette(spec)
        self.glyphs = glyphs
        self.register_theme(make_theme(spec))
        self.theme = spec.name


def text_of(app: App[Any]) -> str:
    """Give the text of the whole screen, trailing blanks cut."""
    return "\n".join(strip.text.rstrip() for strip in app.screen._compositor.render_strips())


def save_picture(app: App[None], path: Path) -> None:
    """Write a PNG of the screen, drawn with a font that every build machine has."""
    import resvg_py

    svg = _FONT_FACE.sub("", app.export_screenshot()).replace("Fira Code", "DejaVu Sans Mono")
    path.write_bytes(bytes(resvg_py.svg_to_bytes(svg_string=svg)))
