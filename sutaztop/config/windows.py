"""Windows of time as configuration writes them: ``mon-fri 08:00-18:00``."""

import re
from datetime import time

from sutaztop.config.kinds import Kind, WrongValue, texts
from sutaztop.config.yaml_lines import Listing, Value, quote
from sutaztop.domain.guardrails import DAYS, ChangeWindow

_WINDOW = re.compile(r"(\S+)\s+(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")
_EVERY_DAY = "daily"


def parse_window(text: str) -> ChangeWindow:
    """Read days (``mon``, ``mon-fri``, ``sat,sun``, ``daily``) and a span of the day, which may pass midnight.

    >>> sorted(parse_window("fri-mon 22:00-06:00").days), parse_window("daily 00:00-24:00").ends
    ([0, 4, 5, 6], datetime.time(23, 59, 59, 999999))

    Raises ``ValueError`` that says what is wrong.
    """
    match = _WINDOW.fullmatch(text.strip().lower())
    if match is None:
        raise ValueError(f"{text!r} is not days and a span, such as mon-fri 08:00-18:00")
    days, *numbers = match.groups()
    begins, ends = _clock(*map(int, numbers[:2])), _clock(*map(int, numbers[2:]))
    if begins == ends:
        raise ValueError(f"{text!r} ends when it begins")
    return ChangeWindow(_days(days), begins, ends, text.strip())


def _clock(hour: int, minute: int) -> time:
    if (hour, minute) == (24, 0):
        return time.max
    if hour > 23 or minute > 59:
        raise ValueError(f"{hour}:{minute:02} is no time of the day")
    return time(hour, minute)


def _days(words: str) -> frozenset[int]:
    if words == _EVERY_DAY:
        return frozenset(range(7))
    found: set[int] = set()
    for part in words.split(","):
        first, dash, last = part.partition("-")
        for word in (first, last) if dash else (first,):
            if word not in DAYS:
                raise ValueError(f"{word!r} is not a day; days are {', '.join(DAYS)}, or {_EVERY_DAY}")
        begin, end = DAYS.index(first), DAYS.index(last if dash else first)
        found |= {day % 7 for day in range(begin, end + 1 if end >= begin else end + 8)}
    return frozenset(found)


def windows() -> Kind:
    """Take a list of windows."""
    plain = texts()

    def read(value: Value) -> tuple[ChangeWindow, ...]:
        found = []
        for index, word in enumerate(plain.read(value)):
            try:
                found.append(parse_window(word))
            except ValueError as error:
                at = value.items[index] if isinstance(value, Listing) else value
                raise WrongValue(str(error).replace(repr(word), quote(word)), at) from None
        return tuple(found)

    return Kind('a list of windows, such as ["mon-fri 08:00-18:00"]', read)
