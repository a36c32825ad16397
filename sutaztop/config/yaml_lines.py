"""YAML as values that know where they stand: file, line and column of each.

PyYAML's node graph is read and nothing is constructed from it, so no tag can call code, and
``no`` in a text stays ``no``. Whatever is wrong with the file itself comes out as one
``ConfigError`` that names the file and a line.
"""

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, TypeAlias

import yaml

from sutaztop.contracts import ConfigError
from sutaztop.domain.text import clean_line

LARGEST_FILE = 1 << 20
"""Bytes. A configuration is a page or two; anything beyond this is another file by mistake."""

_FAST = getattr(yaml, "CSafeLoader", None)
_TAG = "tag:yaml.org,2002:"
_NUMBERS = (_TAG + "int", _TAG + "float")
# One word of markup and reader errors from PyYAML that operators meet, in words of ours.
_TAB = re.compile(r"'\\t'")


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands; lines and columns count from 1, and 0 stands for a file as a whole."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Scalar:
    """One plain value. ``sort`` is ``text``, ``number``, ``flag`` or ``nothing``; ``text`` is as written."""

    place: Place
    text: str
    sort: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of values."""

    place: Place
    items: tuple["Value", ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a mapping with its value."""

    key: str
    place: Place
    value: "Value"


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping; no key occurs twice."""

    place: Place
    entries: tuple[Entry, ...]


Value: TypeAlias = Scalar | Listing | Table


def refuse(place: Place, what: str, why: str = "", advice: str = "") -> NoReturn:
    """Raise the one error: where, what is wrong, why, and what is allowed."""
    raise ConfigError(f"{place}: {what}", why, advice)


def quote(text: str) -> str:
    """Give a value from a file for an error message: cut short and harmless."""
    return "'" + clean_line(text, limit=60) + "'"


def read_text(path: Path) -> str:
    """Read a regular file of UTF-8. Raises ``ConfigError`` that says why it can't be read."""
    place = Place(str(path), 0)
    try:
        if not path.is_file():
            # A pipe or a device would be waited for without end.
            refuse(place, "no such file" if not path.exists() else "not a regular file")
        with path.open("rb") as file:
            raw = file.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(f"{place}: it can't be read", str(reason)) from error
    if len(raw) > LARGEST_FILE:
        refuse(place, f"it is larger than {LARGEST_FILE >> 20} MiB", advice="Is it the right file?")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ConfigError(f"{Place(str(path), line)}: not UTF-8 text", f"byte 0x{raw[error.start]:02x}") from error


def read_yaml(text: str, file: str) -> Table:
    """Read one YAML document whose top is a mapping; an empty document is an empty mapping."""
    return _top(_read(text, file, _compose_one), file)


def read_documents(text: str, file: str) -> tuple[Table, ...]:
    """Read all YAML documents of a file, each with a mapping at its top; empty ones are left out."""
    found = _read(text, file, _compose_all)
    documents = found.items if isinstance(found, Listing) else ()
    return tuple(table for it in documents if (table := _top(it, file)).entries)


def _top(top: Value | None, file: str) -> Table:
    if top is None or (isinstance(top, Scalar) and top.sort == "nothing"):
        return Table(Place(file), ())
    if not isinstance(top, Table):
        refuse(top.place, "the file must hold keys with values", advice="Write for example: profile: sutazai")
    return top


def _read(
    text: str, file: str, compose: Callable[[str], Sequence[yaml.Node | None] | yaml.Node | None]
) -> Value | None:
    try:
        node = compose(text)
        reader = _Reader(file)
        if isinstance(node, Sequence):
            return Listing(Place(file), tuple(reader.value(it) for it in node if it is not None))
        return reader.value(node) if node is not None else None
    except ConfigError:
        raise
    except yaml.MarkedYAMLError as error:
        raise _syntax(error, file) from error
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        what = f"{Place(file, line)}: a character that YAML does not allow"
        raise ConfigError(what, f"code point U+{error.character:04X}") from error
    except RecursionError as error:
        raise ConfigError(f"{Place(file)}: it is nested too deeply") from error
    except (yaml.YAMLError, ValueError, OverflowError, LookupError) as error:
        # Broken escapes and directives (an 8-digit \U, a version of 5000 digits) surface as these.
        raise ConfigError(f"{Place(file)}: not valid YAML", clean_line(str(error), limit=200)) from error


def _compose_one(text: str) -> yaml.Node | None:
    """Compose with the scanner in C, where this PyYAML has it: nearly twenty times as fast.

    What it refuses is given to the one in Python, which tells faults in the words that ``_syntax`` knows.
    """
    if _FAST is not None:
        with suppress(yaml.YAMLError, ValueError):
            return yaml.compose(text, Loader=_FAST)
    return yaml.compose(text, Loader=yaml.SafeLoader)


def _compose_all(text: str) -> Sequence[yaml.Node | None]:
    if _FAST is not None:
        with suppress(yaml.YAMLError, ValueError):
            return tuple(yaml.compose_all(text, Loader=_FAST))
    return tuple(yaml.compose_all(text, Loader=yaml.SafeLoader))


def _syntax(error: yaml.MarkedYAMLError, file: str) -> ConfigError:
    mark = error.problem_mark or error.context_mark
    place = Place(file) if mark is None else Place(file, mark.line + 1, mark.column + 1)
    problem = clean_line(error.problem or error.context or "it can't be understood", limit=200)
    if _TAB.search(problem):
        return ConfigError(f"{place}: a tab", "YAML is indented with blanks only", "Replace it by blanks.")
    began = error.context_mark
    context = clean_line(error.context or "", limit=100)
    if began is not None and mark is not None and began.line != mark.line:
        context = f"{context}, which began in line {began.line + 1}"
    return ConfigError(f"{place}, column {place.column}: not valid YAML", ", ".join(filter(None, (problem, context))))


class _Reader:
    """Turns nodes into values, each node once: aliases share, so that no small file grows large."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._done: dict[int, Value] = {}
        self._open: set[int] = set()

    def value(self, node: yaml.Node) -> Value:
        known = self._done.get(id(node))
        if known is not None:
            return known
        place = self._place(node)
        if id(node) in self._open:
            refuse(place, "an alias that contains itself")
        self._open.add(id(node))
        made = self._make(node, place)
        self._done[id(node)] = made
        return made

    def _make(self, node: yaml.Node, place: Place) -> Value:
        if isinstance(node, yaml.MappingNode) and node.tag == _TAG + "map":
            return self._table(node, place)
        if isinstance(node, yaml.SequenceNode) and node.tag == _TAG + "seq":
            return Listing(place, tuple(self.value(item) for item in node.value))
        if isinstance(node, yaml.ScalarNode):
            return Scalar(place, str(node.value), self._sort(node, place))
        return refuse(place, f"the tag {quote(node.tag)} is not understood here")

    def _table(self, node: yaml.MappingNode, place: Place) -> Table:
        entries: dict[str, Entry] = {}
        for key_node, value_node in node.value:
            where = self._place(key_node)
            if not isinstance(key_node, yaml.ScalarNode):
                refuse(where, "a key must be a plain word")
            key = str(key_node.value)
            if key in entries:
                refuse(where, f"the key {quote(key)} stands twice", f"it is also in line {entries[key].place.line}")
            entries[key] = Entry(key, where, self.value(value_node))
        return Table(place, tuple(entries.values()))

    def _sort(self, node: yaml.ScalarNode, place: Place) -> str:
        if node.tag in _NUMBERS:
            return "number"
        if node.tag == _TAG + "bool":
            return "flag"
        if node.tag == _TAG + "null":
            return "nothing"
        if node.tag not in (_TAG + "str", _TAG + "timestamp", _TAG + "value", _TAG + "merge"):
            refuse(place, f"the tag {quote(node.tag)} is not understood here")
        return "text"

    def _place(self, node: yaml.Node) -> Place:
        return Place(self._file, node.start_mark.line + 1, node.start_mark.column + 1)
