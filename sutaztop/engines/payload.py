"""JSON from an engine, read field by field: absent is a default, another type is an error that says where."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from sutaztop.contracts import EngineError
from sutaztop.domain.text import clean_line


def parse_time(text: str) -> datetime | None:
    """Read RFC 3339 as Go writes it; Go's zero time (year 1) and nonsense are ``None``.

    >>> parse_time("2026-11-23T12:57:53.067567512Z")
    datetime.datetime(2026, 11, 23, 12, 57, 53, 67567, tzinfo=datetime.timezone.utc)
    >>> parse_time("0001-01-01T00:00:00Z") is None
    True
    """
    try:
        moment = datetime.fromisoformat(text)
        if moment.year <= 1:
            return None
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def time_of(time_ns: int) -> datetime | None:
    """Give the moment of nanoseconds since 1970, or ``None`` for 0 and what no calendar holds."""
    try:
        return datetime.fromtimestamp(time_ns / 1e9, UTC) if time_ns > 0 else None
    except (ValueError, OverflowError, OSError):
        return None


class Fields:
    """One JSON object. ``what`` names it in errors: "inspect: State".

    ``null``, a missing key and (in Go's JSON, where both occur) an absent object read the same.
    All text passes through ``clean_line`` here and nowhere further in. Raises ``EngineError``
    when a value has another type than the API promises.
    """

    __slots__ = ("_values", "_what")

    def __init__(self, value: object, what: str) -> None:
        if value is None:
            value = {}
        if not isinstance(value, Mapping):
            raise _misread(what, "an object", value)
        self._values: Mapping[str, Any] = value
        self._what = what

    @property
    def value(self) -> Mapping[str, Any]:
        """The object as it came."""
        return self._values

    def __contains__(self, key: str) -> bool:
        return self._values.get(key) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def _get(self, key: str, kinds: type | tuple[type, ...], expected: str) -> Any:
        value = self._values.get(key)
        if value is None:
            return None
        if not isinstance(value, kinds) or (isinstance(value, bool) and kinds is not bool):
            raise _misread(f"{self._what}.{key}", expected, value)
        return value

    def text(self, key: str, default: str = "", *, limit: int = 1024) -> str:
        """Give a cleaned line."""
        value = self._get(key, str, "a text")
        return default if value is None else clean_line(value, limit=limit)

    def raw_text(self, key: str) -> str:
        """Give a text as it came: for identities that are sent back and for text cleaned elsewhere."""
        value: str | None = self._get(key, str, "a text")
        return value or ""

    def number(self, key: str) -> int | None:
        """Give a whole number, or ``None`` where there is none."""
        value = self._get(key, (int, float), "a number")
        if isinstance(value, float) and not value.is_integer():
            raise _misread(f"{self._what}.{key}", "a whole number", value)
        return None if value is None else int(value)

    def integer(self, key: str) -> int:
        """Give a whole number; Go leaves zeros out, so absent is 0."""
        return self.number(key) or 0

    def flag(self, key: str) -> bool:
        """Give a truth value; absent is false."""
        return bool(self._get(key, bool, "true or false"))

    def time(self, key: str) -> datetime | None:
        """Give an aware UTC time; Go's zero time is ``None``."""
        return parse_time(self.raw_text(key))

    def length(self, key: str) -> int:
        """Give the length of a list; absent is 0."""
        return len(self._get(key, list, "a list") or ())

    def part(self, key: str) -> "Fields":
        """Give an object within; empty where there is none."""
        return Fields(self._values.get(key), f"{self._what}.{key}")

    def parts(self, key: str) -> "tuple[Fields, ...]":
        """Give a list of objects; empty where there is none."""
        return objects(self._values.get(key), f"{self._what}.{key}")

    def texts(self, key: str, *, limit: int = 1024) -> tuple[str, ...]:
        """Give a list of cleaned lines. A single text counts as a list of one."""
        value = self._get(key, (list, str), "a list of texts")
        found = [value] if isinstance(value, str) else value or []
        for item in found:
            if not isinstance(item, str):
                raise _misread(f"{self._what}.{key}", "a list of texts", item)
        return tuple(clean_line(item, limit=limit) for item in found)

    def mapping(self, key: str) -> Mapping[str, str]:
        """Give cleaned texts by cleaned names: labels, attributes."""
        found = self._get(key, Mapping, "an object") or {}
        return MappingProxyType(
            {clean_line(name): clean_line(value if isinstance(value, str) else str(value), limit=4096)
             for name, value in found.items()}
        )  # fmt: skip

    def names(self, key: str) -> tuple[str, ...]:
        """Give the keys of an object within, as they came."""
        return tuple(self._get(key, Mapping, "an object") or ())

    def items(self, key: str) -> Iterator[tuple[str, object]]:
        """Give names and raw values of an object within."""
        yield from (self._get(key, Mapping, "an object") or {}).items()


def objects(value: object, what: str) -> tuple[Fields, ...]:
    """Read a list of objects; ``null`` is an empty one."""
    if value is None:
        return ()
    if not isinstance(value, list):
        raise _misread(what, "a list", value)
    return tuple(Fields(item, f"{what}[{index}]") for index, item in enumerate(value))


def _misread(what: str, expected: str, value: object) -> EngineError:
    return EngineError(
        "The engine's answer could not be understood",
        f"{clean_line(what, limit=120)} should be {expected} and is {clean_line(repr(value), limit=60)}",
        "Another engine or a proxy may be answering at this address",
    )
