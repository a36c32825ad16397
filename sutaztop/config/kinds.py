"""Kinds of values that a configuration may hold: how each is read, and what is allowed in words."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from sutaztop.config.yaml_lines import Entry, Listing, Scalar, Table, Value, quote
from sutaztop.domain.quantity import parse_bytes, parse_cores, parse_ratio, parse_seconds
from sutaztop.domain.text import clean_line

_WHOLE = re.compile(r"[+-]?\d{1,18}")
N = TypeVar("N", int, float)
_FLAGS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


class WrongValue(Exception):
    """A value is not of its kind; ``at`` is the part of it that is wrong."""

    def __init__(self, why: str, at: Value) -> None:
        super().__init__(why)
        self.at = at


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of value. ``read`` gives it or raises ``WrongValue``; ``allowed`` says what is right."""

    allowed: str
    read: Callable[[Value], Any]


def text(*, word: str = "a text") -> Kind:
    """Take any text of one line, without control characters."""
    return Kind(word, _text)


def choice(*words: str) -> Kind:
    """Take one of a few words."""

    def read(value: Value) -> str:
        # "on" or "no" among the words would be a flag to YAML: what was written counts.
        written = _scalar(value).text
        if written not in words:
            raise WrongValue(f"{quote(written)} is not one of them", value)
        return written

    return Kind("one of " + ", ".join(words), read)


def flag() -> Kind:
    """Take true or false."""

    def read(value: Value) -> bool:
        scalar = _scalar(value)
        if scalar.sort != "flag" or scalar.text.lower() not in _FLAGS:
            raise WrongValue(f"{quote(scalar.text)} is neither true nor false", value)
        return _FLAGS[scalar.text.lower()]

    return Kind("true or false", read)


def whole(least: int, most: int) -> Kind:
    """Take a whole number in a range."""

    def read(value: Value) -> int:
        written = _scalar(value).text
        if not _WHOLE.fullmatch(written):
            raise WrongValue(f"{quote(written)} is not a whole number", value)
        return _within(int(written), least, most, written, value)

    return Kind(f"a whole number from {least} to {most}", read)


def ratio(least: float = 0.0, most: float = 1.0) -> Kind:
    """Take a share, as a ratio."""
    return _quantity(parse_ratio, least, most, f"a share from {least:.0%} to {most:.0%}, such as 75 % or 0.75")


def span(least: str, most: str) -> Kind:
    """Take a span of time, as seconds."""
    return _quantity(
        parse_seconds,
        parse_seconds(least),
        parse_seconds(most),
        f"a time span from {least} to {most}, such as 15s or 3m",
    )


def size(least: str = "0", most: str = "8192T") -> Kind:
    """Take an amount of memory or disk, as bytes."""
    return _quantity(parse_bytes, parse_bytes(least), parse_bytes(most), f"a size from {least} to {most}, such as 512M")


def cores(least: str, most: str) -> Kind:
    """Take an amount of CPU, as cores."""
    return _quantity(
        parse_cores, parse_cores(least), parse_cores(most), f"an amount of CPU from {least} to {most}, such as 0.5 or 2"
    )


def texts() -> Kind:
    """Take a list of texts, none of them empty."""

    def read(value: Value) -> tuple[str, ...]:
        if not isinstance(value, Listing):
            raise WrongValue("it is not a list", value)
        found = tuple(_text(item) for item in value.items)
        for item, word in zip(value.items, found, strict=True):
            if not word:
                raise WrongValue("an empty text in a list", item)
        return found

    return Kind("a list of texts, such as [a, b]", read)


def pairs() -> Kind:
    """Take names with a text each, kept in their order."""

    def read(value: Value) -> tuple[tuple[str, str], ...]:
        if not isinstance(value, Table):
            raise WrongValue("it does not hold names with values", value)
        return tuple((checked_key(entry), _text(entry.value)) for entry in value.entries)

    return Kind("names with a text each, such as {Authorization: abc}", read)


def checked_key(entry: Entry) -> str:
    """Give a key that an operator chose, checked like any text."""
    return _text(Scalar(entry.place, entry.key, "text"))


def _quantity(parse: Callable[[str], float], least: float, most: float, allowed: str) -> Kind:
    def read(value: Value) -> float:
        scalar = _scalar(value)
        if scalar.sort not in ("text", "number"):
            raise WrongValue(f"{quote(scalar.text)} is something else", value)
        if len(scalar.text) > 40:
            raise WrongValue(f"{quote(scalar.text)} is too long", value)
        try:
            amount = parse(scalar.text)
        except (ValueError, OverflowError):
            raise WrongValue(f"{quote(scalar.text)} is not understood", value) from None
        return _within(amount, least, most, scalar.text, value)

    return Kind(allowed, read)


def _within(amount: N, least: float, most: float, written: str, value: Value) -> N:
    if not least <= amount <= most:
        raise WrongValue(f"{quote(written)} is out of range", value)
    return amount


def _scalar(value: Value) -> Scalar:
    if not isinstance(value, Scalar):
        found = "a list" if isinstance(value, Listing) else "a group of keys"
        raise WrongValue(f"it is {found}, where one value belongs", value)
    return value


def _text(value: Value) -> str:
    scalar = _scalar(value)
    if scalar.sort == "nothing" and scalar.text:
        raise WrongValue(f"{quote(scalar.text)} means nothing to YAML; write it in quotes", value)
    if scalar.sort in ("number", "flag"):
        raise WrongValue(f"{quote(scalar.text)} is a {scalar.sort} to YAML; write it in quotes", value)
    if clean_line(scalar.text) != scalar.text:
        raise WrongValue("it holds a control character, a line break, or more than 1024 characters", value)
    return scalar.text
