"""A file held against the schema: each value with its place, or one error that helps."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from sutaztop.config.kinds import Kind, WrongValue, checked_key
from sutaztop.config.schema import Rule, Section
from sutaztop.config.yaml_lines import Entry, Place, Scalar, Table, Value, quote, refuse

Path: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """A checked value and where it was said."""

    value: Any
    place: Place


Layer: TypeAlias = Mapping[Path, Said]
"""What one file says: each leaf by its path. A key without a value says nothing."""


def check(table: Table, section: Section) -> Layer:
    """Give what a file says, or raise ``ConfigError`` for the first thing that is wrong in it."""
    said: dict[Path, Said] = {}
    _walk(table, section, (), said)
    return said


def nearest(word: str, known: Iterable[str]) -> str:
    """Name the word that a misspelt one is nearest to, or give nothing where none is near.

    >>> nearest("cpu_warnig", ["cpu_warning", "window"])
    'The nearest is cpu_warning'
    """
    # An absurdly long word is compared by its beginning: the comparison takes quadratic time.
    spelt = {it.lower(): it for it in known}
    matches = difflib.get_close_matches(word[:80].lower(), list(spelt), n=1, cutoff=0.6)
    return f"The nearest is {spelt[matches[0]]}" if matches else ""


def _walk(value: Value, rule: Rule, path: Path, said: dict[Path, Said]) -> None:
    if isinstance(value, Scalar) and value.sort == "nothing":
        return
    if isinstance(rule, Kind):
        said[path] = Said(_read(value, rule, path), value.place)
        return
    if not isinstance(value, Table):
        known = f"It takes the keys {', '.join(rule.keys)}." if isinstance(rule, Section) else ""
        refuse(value.place, f"{_name(path)} must hold keys with values", advice=known)
    for entry in value.entries:
        below = (*path, entry.key if isinstance(rule, Section) else _own_name(entry, path))
        _walk(entry.value, _known(entry, rule, path) if isinstance(rule, Section) else rule.each, below, said)


def _known(entry: Entry, section: Section, path: Path) -> Rule:
    rule = section.keys.get(entry.key)
    if rule is None:
        where = f"in {_name(path)}" if path else "at the top"
        refuse(
            entry.place,
            f"{_name((*path, entry.key))} is not a key",
            nearest(entry.key, section.keys),
            f"Keys {where}: {', '.join(section.keys)}.",
        )
    return rule


def _own_name(entry: Entry, path: Path) -> str:
    try:
        name = checked_key(entry)
    except WrongValue as wrong:
        refuse(entry.place, f"a name in {_name(path)}: {wrong}")
    if not name:
        refuse(entry.place, f"an empty name in {_name(path)}")
    return name


def _read(value: Value, kind: Kind, path: Path) -> Any:
    try:
        return kind.read(value)
    except WrongValue as wrong:
        return refuse(
            wrong.at.place, f"{_name(path)}: {wrong}", _near_word(wrong.at, kind), f"Allowed: {kind.allowed}."
        )


def _near_word(value: Value, kind: Kind) -> str:
    listed = kind.allowed.removeprefix("one of ")
    if listed == kind.allowed or not isinstance(value, Scalar):
        return ""
    return nearest(value.text, listed.split(", "))


def _name(path: Path) -> str:
    """Give a path for a message, harmless whatever the file held."""
    return ".".join(quote(part)[1:-1] for part in path) or "the file"
