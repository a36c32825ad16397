"""What tones look like: severities differ, everything can be read, and no colour is needed."""

from itertools import combinations

import pytest

from sutaztop.config.themes import load_theme, theme_names
from sutaztop.render.cells import SEVERITY_GLYPH, Span, Tone
from sutaztop.render.graphs import Glyphs
from sutaztop.ui.glyphs import choose_glyphs
from sutaztop.ui.theme import MONOCHROME, choose_theme, contrast, make_palette, make_theme
from tests.ui.typing import rest
from tests.ui.world import open_stack

COLOURED = [name for name in theme_names() if not load_theme(name).ansi]
SEVERITIES = (Tone.OK, Tone.WARNING, Tone.CRITICAL, Tone.UNKNOWN)
DECORATION = {Tone.BORDER}
"""Lines and greyed keys: they carry no words that must be read."""


@pytest.mark.parametrize("name", [*theme_names(), "monochrome"])
def test_every_tone_has_a_style_plain_and_selected(name: str) -> None:
    palette = make_palette(MONOCHROME if name == "monochrome" else load_theme(name))
    assert set(palette.normal) == set(palette.selected) == set(Tone)


@pytest.mark.parametrize("name", theme_names())
def test_severities_are_told_apart(name: str) -> None:
    normal = make_palette(load_theme(name)).normal
    assert all(normal[one] != normal[other] for one, other in combinations(SEVERITIES, 2))


@pytest.mark.parametrize("name", COLOURED)
def test_every_word_can_be_read_plain_and_selected(name: str) -> None:
    palette = make_palette(load_theme(name))
    for styles in (palette.normal, palette.selected):
        for tone in set(Tone) - DECORATION:
            style = styles[tone]
            assert style.color is not None
            assert style.bgcolor is not None
            assert contrast(style.color.name, style.bgcolor.name) >= 4.5, (name, tone)


@pytest.mark.parametrize("name", theme_names())
def test_textual_accepts_every_theme(name: str) -> None:
    assert make_theme(load_theme(name)).to_color_system().generate()


def test_without_colour_weight_and_glyphs_still_tell() -> None:
    normal = make_palette(MONOCHROME).normal
    assert normal[Tone.CRITICAL].reverse
    assert normal[Tone.WARNING].bold
    assert not normal[Tone.OK].bold
    assert len(set(SEVERITY_GLYPH.values())) == 4


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "dark"),
        ({"NO_COLOR": "1"}, "monochrome"),
        ({"NO_COLOR": ""}, "dark"),
        ({"TERM": "linux"}, "console-16"),
    ],
)
def test_the_environment_decides_where_colours_would_go_wrong(environment: dict[str, str], expected: str) -> None:
    themes = {name: load_theme(name) for name in theme_names()}
    assert choose_theme("dark", themes, environment).name == expected


@pytest.mark.parametrize(
    ("wish", "environment", "expected"),
    [
        ("auto", {"TERM": "xterm-256color"}, Glyphs.BRAILLE),
        ("auto", {"TERM": "xterm-256color", "LANG": "en_GB.UTF-8"}, Glyphs.BRAILLE),
        ("auto", {"TERM": "xterm-256color", "LANG": "de_DE.utf8@euro"}, Glyphs.BRAILLE),
        ("auto", {"TERM": "xterm-256color", "LC_ALL": "", "LC_CTYPE": "C.UTF-8", "LANG": "C"}, Glyphs.BRAILLE),
        ("auto", {"TERM": "linux", "LANG": "en_GB.UTF-8"}, Glyphs.ASCII),
        ("auto", {"TERM": "xterm", "LANG": "de_DE.ISO-8859-1"}, Glyphs.ASCII),
        ("auto", {"TERM": "xterm", "LANG": "de_DE"}, Glyphs.ASCII),
        ("auto", {"TERM": "xterm", "LC_ALL": "C", "LANG": "en_GB.UTF-8"}, Glyphs.ASCII),
        ("auto", {"TERM": "xterm", "LANG": "POSIX"}, Glyphs.ASCII),
        ("blocks", {"TERM": "linux"}, Glyphs.BLOCKS),
    ],
)
def test_glyphs_follow_wish_terminal_and_locale(wish: str, environment: dict[str, str], expected: Glyphs) -> None:
    assert choose_glyphs(wish, environment) is expected


def test_a_frames_ends_are_never_part_of_the_selection() -> None:
    palette = make_palette(load_theme("dark"))
    line = (Span("│ ", Tone.BORDER), Span("row"), Span(" │", Tone.BORDER))
    styles = [segment.style for segment in palette.strip(line, selected=True, edges=True)]
    assert styles == [palette.normal[Tone.BORDER], palette.selected[Tone.PLAIN], palette.normal[Tone.BORDER]]


@pytest.mark.parametrize("theme", theme_names())
async def test_the_screen_runs_in_every_theme(theme: str) -> None:
    stack = open_stack("calm", theme=theme)
    app = stack.app()
    async with app.run_test(size=(100, 30)) as pilot:
        app.resident.take_frame(stack.live(2))
        await rest(pilot)
        assert app.palette.name == theme


async def test_ascii_glyphs_leave_nothing_but_ascii_on_the_main_screen() -> None:
    stack = open_stack("incident", glyphs="ascii")
    stack.live(30)
    app = stack.app()
    async with app.run_test(size=(120, 40)) as pilot:
        app.resident.take_frame(stack.live(1))
        await rest(pilot)
        assert "".join(strip.text for strip in app.screen._compositor.render_strips()).isascii()
