"""Domain values as JSON and back, by their dataclass fields, with a version on each document.

Version 1 is a JSON object with ``v``, ``type`` and the fields. A later version may add fields
with defaults freely; a field that changes its meaning makes a new version. A document of a
newer version than this program knows is refused: half-understood is worse than unread.
"""

import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import lru_cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from sutaztop.domain.change import JournalEntry
from sutaztop.domain.record import Record

VERSION = 1
"""What is written, and the newest that is read."""
_TYPES: Mapping[str, type] = types.MappingProxyType({"journal": JournalEntry})


class Undecodable(ValueError):
    """A document that is not what it should be; the text says what is wrong."""


class NewerVersion(Undecodable):
    """A document written by a newer program."""


def encode(value: JournalEntry) -> dict[str, Any]:
    """Give a document for a value that is stored on its own."""
    name = next(name for name, kind in _TYPES.items() if kind is type(value))
    return {"v": VERSION, "type": name, **_encode_fields(value)}


def decode(document: object) -> JournalEntry:
    """Give the value of a document. Raises ``Undecodable``, for a later format ``NewerVersion``.

    Keys that are not known are left out: a newer program of the same version added them.
    """
    if not isinstance(document, dict):
        raise Undecodable("it is not a JSON object")
    version = document.get("v")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise Undecodable("it has no version")
    if version > VERSION:
        raise NewerVersion(f"it is in format {version}; this program reads formats up to {VERSION}")
    kind = _TYPES.get(str(document.get("type")))
    if kind is None:
        raise Undecodable("it is of no known type")
    try:
        value = _decode_fields(kind, document)
    except RecursionError as error:
        raise Undecodable("it is nested too deeply") from error
    if not isinstance(value, JournalEntry):
        raise Undecodable("it is of no known type")
    return value


def encode_record(record: Record) -> dict[str, Any]:
    """Give a change as the journal has it as a whole, for who reads JSON. It is never decoded again."""
    return {"v": VERSION, "type": "change", **_encode_fields(record)}


def encode_time(at: datetime) -> str:
    """Write a time as ISO 8601 in UTC.

    >>> encode_time(datetime(2026, 11, 23, 12, 4, 31, tzinfo=UTC))
    '2026-11-23T12:04:31Z'
    """
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _encode(value: object) -> Any:
    if is_dataclass(value):
        return {"kind": type(value).__name__, **_encode_fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return encode_time(value)
    if isinstance(value, (tuple, list)):
        return [_encode(item) for item in value]
    return value


def _encode_fields(value: Any) -> dict[str, Any]:
    return {field.name: _encode(getattr(value, field.name)) for field in fields(value)}


@lru_cache(maxsize=64)
def _hints(kind: type) -> Mapping[str, Any]:
    return get_type_hints(kind)


def _decode_fields(kind: type, document: Mapping[str, Any]) -> Any:
    found: dict[str, Any] = {}
    for field in fields(kind):
        if field.name in document:
            found[field.name] = _decode(_hints(kind)[field.name], document[field.name], field.name)
        elif field.default is MISSING and field.default_factory is MISSING:
            raise Undecodable(f"{kind.__name__} has no {field.name}")
    return kind(**found)


def _decode(hint: Any, raw: Any, name: str) -> Any:
    while hasattr(hint, "__supertype__"):  # a NewType: Bytes, Cores
        hint = hint.__supertype__
    if get_origin(hint) in (Union, types.UnionType):
        return _decode_union(get_args(hint), raw, name)
    if get_origin(hint) is tuple:
        return _decode_tuple(get_args(hint), raw, name)
    if is_dataclass(hint) and isinstance(hint, type):
        if not isinstance(raw, dict):
            raise Undecodable(f"{name} is not an object")
        return _decode_fields(hint, raw)
    decoder = _enum if isinstance(hint, type) and issubclass(hint, Enum) else _PLAIN.get(hint)
    if decoder is None:
        raise TypeError(f"no way to decode {hint!r}")
    try:
        return decoder(hint, raw)
    except (ValueError, TypeError, OverflowError) as error:
        raise Undecodable(f"{name} is wrong: {error}") from error


def _decode_union(choices: Sequence[Any], raw: Any, name: str) -> Any:
    if raw is None and type(None) in choices:
        return None
    inner = [it for it in choices if it is not type(None)]
    if len(inner) == 1:
        return _decode(inner[0], raw, name)
    kind = raw.get("kind") if isinstance(raw, dict) else None
    chosen = next((it for it in inner if isinstance(it, type) and it.__name__ == kind), None)
    if chosen is None:
        raise Undecodable(f"{name} is of no known kind")
    return _decode(chosen, raw, name)


def _decode_tuple(items: Sequence[Any], raw: Any, name: str) -> Any:
    if not isinstance(raw, list):
        raise Undecodable(f"{name} is not a list")
    return tuple(_decode(items[0], item, name) for item in raw)


def _text(_: Any, raw: Any) -> str:
    if not isinstance(raw, str):
        raise TypeError("not a text")
    return raw


def _flag(_: Any, raw: Any) -> bool:
    if not isinstance(raw, bool):
        raise TypeError("neither true nor false")
    return raw


def _whole(_: Any, raw: Any) -> int:
    if not isinstance(raw, int) or isinstance(raw, bool):
        raise TypeError("not a whole number")
    return raw


def _number(_: Any, raw: Any) -> float:
    if not isinstance(raw, int | float) or isinstance(raw, bool):
        raise TypeError("not a number")
    return float(raw)


def _time(_: Any, raw: Any) -> datetime:
    at = datetime.fromisoformat(_text(_, raw))
    if at.tzinfo is None:
        raise ValueError("a time without its zone")
    return at.astimezone(UTC)


def _enum(hint: Any, raw: Any) -> Enum:
    found: Enum = hint(raw)
    return found


_PLAIN: Mapping[Any, Callable[[Any, Any], Any]] = types.MappingProxyType(
    {str: _text, bool: _flag, int: _whole, float: _number, datetime: _time}
)
