"""A time in human words, read as an instant: ``14:02``, ``yesterday 9:15``, ``20 min ago``, ``-90s``."""

import re
from datetime import UTC, date, datetime, timedelta, tzinfo

_UNITS = {
    "s": 1, "sec": 1, "secs": 1, "second": 1, "seconds": 1,
    "m": 60, "min": 60, "mins": 60, "minute": 60, "minutes": 60,
    "h": 3600, "hour": 3600, "hours": 3600, "d": 86400, "day": 86400, "days": 86400,
    "w": 604800, "week": 604800, "weeks": 604800,
}  # fmt: skip
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_PART = re.compile(r"\s*(\d{1,9}(?:\.\d{1,6})?)\s*([a-z]+)\s*")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(\.\d{1,6})?)?")
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_LONGEST = 64
EXAMPLES = "14:02, 14:02:30, yesterday 9:15, monday 9:15, 2026-11-25 14:02, 20 min ago, -90s or +5m"


class NoTime(ValueError):
    """Words that tell no time; the text says what was expected."""


def parse_when(text: str, *, now: datetime, zone: tzinfo | None = None, here: datetime | None = None) -> datetime:
    """Read an instant; aware, in UTC, to the microsecond.

    ``now`` is the present, aware. Clock times are in ``zone``, the operator's own without one. A clock time alone is
    the newest such time that is not after now; a weekday is the newest that has begun. ``-90s`` and ``+5m`` count from
    ``here``, the instant that is shown, or from now where nothing is. ISO 8601 with an offset or ``Z`` is taken as it
    stands. A time that a clock skips or shows twice is read as Python does: by its first reading.
    Raises ``NoTime``.

    >>> now = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
    >>> for words in ("14:02", "9:15", "1 h 30 min ago", "-90s", "yesterday 9:15"):
    ...     print(parse_when(words, now=now, zone=UTC).isoformat())
    2026-11-24T14:02:00+00:00
    2026-11-25T09:15:00+00:00
    2026-11-25T10:30:00+00:00
    2026-11-25T11:58:30+00:00
    2026-11-24T09:15:00+00:00
    """
    words = " ".join(text.casefold().split())
    if not words or len(words) > _LONGEST:
        raise NoTime(f"a time is wanted, as {EXAMPLES}")
    try:
        found = _relative(words, now, here or now) or _absolute(words, now, zone)
    except (OverflowError, OSError) as error:
        raise NoTime(f"{text.strip()!r} is too far away") from error
    if found is None:
        raise NoTime(f"{text.strip()!r} is no time; write for example {EXAMPLES}")
    return found.astimezone(UTC)


def parse_until(
    text: str, *, now: datetime, since: datetime | None, zone: tzinfo | None = None, here: datetime | None = None
) -> datetime:
    """Read the end of a span as ``parse_when`` does, but ``+5m`` counts from its beginning where one is told.

    >>> now = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
    >>> parse_until("+5m", now=now, since=now.replace(hour=9)).isoformat()
    '2026-11-25T09:05:00+00:00'
    """
    from_since = since is not None and text.strip().startswith("+")
    return parse_when(text, now=now, zone=zone, here=since if from_since else here)


def _relative(words: str, now: datetime, here: datetime) -> datetime | None:
    if words == "now":
        return now
    if words.endswith(" ago"):
        span = _span(words.removesuffix(" ago"))
        return now - span if span is not None else None
    if words[0] in "+-":
        span = _span(words[1:])
        if span is None:
            return None
        return here + span if words[0] == "+" else here - span
    return None


def _span(words: str) -> timedelta | None:
    """Read ``1 h 30 min``; seconds where a number stands alone."""
    if words.isascii() and words.isdigit():
        return timedelta(seconds=int(words))
    seconds, place = 0.0, 0
    while place < len(words):
        part = _PART.match(words, place)
        if part is None or part[2] not in _UNITS:
            return None
        seconds += float(part[1]) * _UNITS[part[2]]
        place = part.end()
    return timedelta(seconds=seconds) if words.strip() else None


def _absolute(words: str, now: datetime, zone: tzinfo | None) -> datetime | None:
    iso = _iso(words)
    if iso is not None:
        return iso if iso.tzinfo is not None else iso.replace(tzinfo=zone).astimezone(UTC)
    today = now.astimezone(zone).date()
    day_words, clock_words = _split(words)
    clock = _clock(clock_words)
    if clock is None:
        return None
    if not day_words:
        found = _at(today, clock, zone)
        return found if found <= now else _at(today - timedelta(days=1), clock, zone)
    day = _day(day_words, today)
    if day is None:
        return None
    found = _at(day, clock, zone)
    if found > now and day_words in _DAYS:
        found = _at(day - timedelta(days=7), clock, zone)
    return found


def _split(words: str) -> tuple[str, str]:
    """Split ``yesterday at 9:15`` and ``9:15 yesterday`` into the day and the clock time."""
    clock = next((it for it in words.split() if _CLOCK.fullmatch(it)), None)
    if clock is None:
        # A day alone begins at midnight.
        return words, "0:00"
    return " ".join(it for it in words.split() if it not in (clock, "at")), clock


def _iso(words: str) -> datetime | None:
    try:
        return datetime.fromisoformat(words.upper())
    except ValueError:
        return None


def _clock(words: str) -> tuple[int, int, int, int] | None:
    match = _CLOCK.fullmatch(words)
    if match is None:
        return None
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    return hour, minute, second, round(float(match[4] or 0) * 1_000_000) % 1_000_000


def _day(words: str, today: date) -> date | None:
    if words in ("today", "yesterday"):
        return today - timedelta(days=words == "yesterday")
    if words in _DAYS:
        return today - timedelta(days=(today.weekday() - _DAYS.index(words)) % 7)
    match = _DATE.fullmatch(words)
    if match is None:
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None


def _at(day: date, clock: tuple[int, int, int, int], zone: tzinfo | None) -> datetime:
    local = datetime(day.year, day.month, day.day, *clock, tzinfo=zone)
    return local.astimezone(UTC)
