"""Themes are complete, readable, and keep severities apart for every kind of eye."""

from itertools import combinations
from pathlib import Path

import pytest

from sutaztop.config.themes import COLOURS, GROUNDS, ThemeSpec, load_theme, theme_names
from sutaztop.contracts import ConfigError
from tests.config.colours import DEUTERANOPIA, FULL_VISION, PROTANOPIA, Matrix, contrast, distance

SHIPPED = ("colour-blind", "console-16", "dark", "high-contrast", "light")
PAINTED = tuple(name for name in SHIPPED if name != "console-16")
SEVERITIES = ("ok", "warning", "critical", "unknown")
TEXTS = tuple(key for key in COLOURS if key not in (*GROUNDS, "border", "selection_foreground"))


def test_five_themes_are_shipped() -> None:
    assert theme_names() == SHIPPED


@pytest.mark.parametrize("name", SHIPPED)
def test_a_theme_gives_every_colour(name: str) -> None:
    theme = load_theme(name)
    assert tuple(theme.colours) == COLOURS
    assert theme.title
    assert theme.ansi == (name == "console-16")
    assert theme.dark == (name != "light")


@pytest.mark.parametrize("name", PAINTED)
def test_every_text_is_readable_on_every_ground(name: str) -> None:
    theme = load_theme(name)
    least = 7.0 if name == "high-contrast" else 4.5
    poor = {
        (text, ground): round(contrast(theme.colours[text], theme.colours[ground]), 2)
        for text in TEXTS
        for ground in ("background", "surface", "panel")
        if contrast(theme.colours[text], theme.colours[ground]) < least
    }
    assert poor == {}


@pytest.mark.parametrize("name", PAINTED)
def test_a_selected_row_is_readable(name: str) -> None:
    theme = load_theme(name)
    least = 7.0 if name == "high-contrast" else 4.5
    assert contrast(theme.colours["selection_foreground"], theme.colours["selection_background"]) >= least


def nearest_pair(theme: ThemeSpec, vision: Matrix) -> float:
    return min(distance(theme.colours[a], theme.colours[b], vision) for a, b in combinations(SEVERITIES, 2))


@pytest.mark.parametrize("name", PAINTED)
def test_severities_are_told_apart_by_full_vision(name: str) -> None:
    assert nearest_pair(load_theme(name), FULL_VISION) >= 20


@pytest.mark.parametrize("vision", [PROTANOPIA, DEUTERANOPIA], ids=["protanopia", "deuteranopia"])
def test_severities_of_the_colour_blind_theme_are_told_apart_without_red_or_green_cones(vision: Matrix) -> None:
    assert nearest_pair(load_theme("colour-blind"), vision) >= 20


def test_severities_of_the_console_differ() -> None:
    theme = load_theme("console-16")
    assert len({theme.colours[it] for it in SEVERITIES}) == len(SEVERITIES)


@pytest.mark.parametrize("name", ["dark", "light"])
def test_what_is_well_is_quieter_than_what_is_not(name: str) -> None:
    colours = load_theme(name).colours
    plain = colours["foreground"]
    assert distance(colours["ok"], plain) < min(distance(colours[it], plain) for it in ("warning", "critical"))


def changed(folder: Path, old: str, new: str, name: str = "dark") -> Path:
    from sutaztop.config.locations import shipped

    text = (shipped("themes") / f"{name}.yaml").read_text(encoding="utf-8")
    assert old in text
    path = folder / "mine.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  warning:", "  warnign:", r"mine.yaml, line \d+: colours.warnign is not a key.* The nearest is warning"),
        ('  ok: "#93b399"\n', "", "mine.yaml, line .*: ok not given"),
        ('"#93b399"', "#93b399", "mine.yaml, line .*: ok not given.* quotes"),
        ('"#93b399"', '"#93b3"', "colours.ok: '#93b3' is not a colour"),
        ('"#93b399"', "green", "colours.ok: 'green' is not a colour of this theme"),
        ('"#93b399"', "[1, 2]", "colours.ok: it is not one colour"),
        ("dark: true", "dark: maybe", "dark: 'maybe' is neither true nor false"),
        ("colours:\n", "colors:\n", r"colors is not a key.* The nearest is colours"),
    ],
)
def test_a_wrong_theme_is_refused_with_file_line_and_key(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load_theme(str(changed(tmp_path, old, new)))


@pytest.mark.parametrize(
    ("old", "new"), [("ok: green", "ok: green blinking"), ("surface: default", "surface: default dim")]
)
def test_attributes_are_words_that_are_known_and_stand_on_text(tmp_path: Path, old: str, new: str) -> None:
    with pytest.raises(ConfigError, match="does not belong here"):
        load_theme(str(changed(tmp_path, old, new, "console-16")))


def test_an_unknown_theme_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"'drak' is not a theme. The nearest is dark"):
        load_theme("drak")


def test_a_users_own_theme_goes_before_a_shipped_one(tmp_path: Path) -> None:
    folder = tmp_path / "sutaztop" / "themes"
    folder.mkdir(parents=True)
    changed(folder, "title: Dark", "title: My dark").rename(folder / "dark.yaml")
    environment = {"HOME": "/nonexistent", "XDG_CONFIG_HOME": str(tmp_path)}
    assert load_theme("dark", environment).title == "My dark"
    assert "dark" in theme_names(environment)
