"""How Ollama writes times and reads ``keep_alive``: Go's RFC 3339 and Go's durations."""

import re
from datetime import datetime, timedelta

FOR_EVER = timedelta(microseconds=(2**63 - 1) // 1000)
"""The largest Go duration, about 292 years: what a negative ``keep_alive`` becomes."""
_DURATION = re.compile(r"(?P<sign>[-+]?)(?P<parts>(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+)")
_PART = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)")
_MICROSECONDS = {"ns": 0.001, "us": 1.0, "µs": 1.0, "ms": 1e3, "s": 1e6, "m": 6e7, "h": 3.6e9}


class KeepAliveError(ValueError):
    """What Ollama says of a ``keep_alive`` it cannot read."""


def parse_keep_alive(value: object, default: timedelta) -> timedelta:
    """Read a number of seconds, a Go duration, or nothing; negative means for ever."""
    if value is None:
        return default
    if isinstance(value, bool):
        raise KeepAliveError("Unsupported type: 'bool'")
    if isinstance(value, int | float):
        return timedelta(days=-1) if value < 0 else timedelta(seconds=value)
    if isinstance(value, str):
        return _parse_duration(value)
    raise KeepAliveError(f"Unsupported type: '{type(value).__name__}'")


def _parse_duration(text: str) -> timedelta:
    if text == "0":
        return timedelta(0)
    match = _DURATION.fullmatch(text)
    if match is None:
        unit = "missing unit in duration" if text.strip("-+").isdigit() else "invalid duration"
        raise KeepAliveError(f'time: {unit} "{text}"')
    if match["sign"] == "-":
        return timedelta(days=-1)
    return timedelta(microseconds=sum(float(n) * _MICROSECONDS[unit] for n, unit in _PART.findall(match["parts"])))


def go_time(moment: datetime) -> str:
    """Write nine digits of a second in a zone that is not UTC, as a server in Zurich does."""
    local = moment + timedelta(hours=1)
    return f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond:06d}789+01:00"
