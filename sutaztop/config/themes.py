"""Themes: palettes from YAML, by meaning. What the colours look like is said there and nowhere else."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from sutaztop.config import locations
from sutaztop.config.check import Layer, check, nearest
from sutaztop.config.kinds import Kind, WrongValue, flag, text
from sutaztop.config.schema import Section
from sutaztop.config.yaml_lines import Place, Scalar, Value, quote, read_text, read_yaml, refuse
from sutaztop.contracts import ConfigError

COLOURS = (
    "background", "surface", "panel", "foreground", "muted", "border", "title", "accent", "key",
    "selection_background", "selection_foreground", "ok", "warning", "critical", "unknown", "stale",
    "cpu", "memory", "throttled", "limit", "demo",
)  # fmt: skip
"""Every theme gives all of these and nothing else."""
GROUNDS = ("background", "surface", "panel", "selection_background")
"""Those that fill an area; text attributes mean nothing on them."""
ANSI_NAMES = (
    "default", "black", "red", "green", "yellow", "blue", "magenta", "cyan", "white",
    "bright_black", "bright_red", "bright_green", "bright_yellow", "bright_blue", "bright_magenta",
    "bright_cyan", "bright_white",
)  # fmt: skip
ATTRIBUTES = ("bold", "reverse", "underline", "dim")
_HEX = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True, slots=True)
class ThemeSpec:
    """A palette. ``colours`` has a value for each of ``COLOURS``.

    A value is ``#rrggbb``, or in an ``ansi`` theme one of the terminal's 16 colours or
    ``default``; words of ``ATTRIBUTES`` may follow it (``red bold``).
    """

    name: str
    title: str
    dark: bool
    ansi: bool
    colours: Mapping[str, str]


def theme_names(environment: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Give the names of all themes: those shipped and, given an environment, the user's own."""
    return tuple(sorted({path.stem for folder in _folders(environment) for path in folder.glob("*.yaml")}))


def find_theme(name_or_path: str, environment: Mapping[str, str] | None = None) -> Path:
    """Give the file of a theme; a user's theme goes before a shipped one of the same name.

    Raises ``ConfigError`` with the nearest name.
    """
    if "/" in name_or_path or name_or_path.endswith((".yaml", ".yml")):
        path = locations.expand(name_or_path, environment or {})
        if not path.is_file():
            raise ConfigError(f"no theme file {quote(name_or_path)}")
        return path
    for folder in _folders(environment):
        path = folder / f"{name_or_path}.yaml"
        if path.is_file():
            return path
    known = theme_names(environment)
    what = f"{quote(name_or_path)} is not a theme"
    raise ConfigError(what, nearest(name_or_path, known), f"Themes: {', '.join(known)}, or the path of a file.")


def load_theme(name_or_path: str, environment: Mapping[str, str] | None = None) -> ThemeSpec:
    """Read a theme whole and checked. Raises ``ConfigError`` with file, line and key."""
    path = find_theme(name_or_path, environment)
    table = read_yaml(read_text(path), str(path))
    ansi = check_ansi(check(table, _schema(ansi=True, strict=False)))
    said = check(table, _schema(ansi=ansi, strict=True))
    colours = {key: str(said["colours", key].value) for key in COLOURS if ("colours", key) in said}
    missing = [key for key in COLOURS if key not in colours]
    if missing:
        below = next((entry.place for entry in table.entries if entry.key == "colours"), Place(str(path)))
        refuse(
            below,
            f"colours: {', '.join(missing)} not given",
            advice="A theme gives every colour; one that begins with # stands in quotes.",
        )
    title = said.get(("title",))
    dark = said.get(("dark",))
    return ThemeSpec(
        name=path.stem,
        title=path.stem if title is None else title.value,
        dark=True if dark is None else dark.value,
        ansi=ansi,
        colours=MappingProxyType(colours),
    )


def check_ansi(said: Layer) -> bool:
    """Tell whether a theme says that it uses the terminal's own colours."""
    found = said.get(("ansi",))
    return found is not None and bool(found.value)


def _folders(environment: Mapping[str, str] | None) -> tuple[Path, ...]:
    own = () if environment is None else (locations.user_directory(environment) / "themes",)
    return (*own, locations.shipped("themes"))


def _schema(*, ansi: bool, strict: bool) -> Section:
    """Give the schema of a theme; the first, lenient pass only finds out which kind of colours to expect."""
    kinds = {key: _colour(ansi=ansi, ground=key in GROUNDS) if strict else Kind("", _anything) for key in COLOURS}
    return Section({"title": text(), "dark": flag(), "ansi": flag(), "colours": Section(MappingProxyType(kinds))})


def _anything(value: Value) -> Value:
    return value


def _colour(*, ansi: bool, ground: bool) -> Kind:
    bases = f"one of {', '.join(ANSI_NAMES)}" if ansi else "a colour in quotes such as '#e06c75'"
    decorated = ansi and not ground
    allowed = f"{bases}, and after it if wished: {', '.join(ATTRIBUTES)}" if decorated else bases

    def read(value: Value) -> str:
        if not isinstance(value, Scalar):
            raise WrongValue("it is not one colour", value)
        if value.sort == "nothing":
            raise WrongValue("no colour; a # begins a comment unless it is quoted", value)
        base, *attributes = value.text.split() or [""]
        if not (base in ANSI_NAMES if ansi else _HEX.fullmatch(base)):
            raise WrongValue(f"{quote(base)} is not a colour of this theme", value)
        wrong = [word for word in attributes if not decorated or word not in ATTRIBUTES]
        if wrong:
            raise WrongValue(f"{quote(wrong[0])} does not belong here", value)
        return " ".join((base.lower(), *attributes))

    return Kind(allowed, read)
