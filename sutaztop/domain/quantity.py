"""Quantities with their units, as read from people and files and as written back exactly.

Inside the program an amount is bytes, cores, seconds or a ratio 0-1. Suffixes exist only
here and in ``render``. The types are ``NewType``: they cost nothing when a thousand
containers are measured every second (ADR 0002).
"""

import re
from fractions import Fraction
from typing import NewType

Bytes = NewType("Bytes", int)
"""An amount of memory or disk."""
Cores = NewType("Cores", float)
"""CPU time per wall time: 1.0 is one core kept busy."""
Seconds = NewType("Seconds", float)
"""A span of time."""
Ratio = NewType("Ratio", float)
"""A share, 0-1; over 1 where an allowance is exceeded."""

KIB = 1024
MIB = 1024**2
GIB = 1024**3
TIB = 1024**4

_BYTES = re.compile(r"\s*(?P<number>\d+(?:\.\d+)?)\s*(?:(?P<unit>[kmgtp])i?)?b?\s*", re.IGNORECASE)
_CORES = re.compile(r"\s*(?P<number>\d+(?:\.\d+)?)\s*(?P<milli>m?)\s*")
_SECONDS = re.compile(r"\s*(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>ms|s|m|h|d)?\s*")
_EXPONENT = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5}
_SPAN = {"ms": Fraction(1, 1000), None: Fraction(1), "s": Fraction(1), "m": Fraction(60),
         "h": Fraction(3600), "d": Fraction(86400)}  # fmt: skip


def parse_bytes(text: str) -> Bytes:
    """Read a size as Docker and Compose do: every suffix is a power of 1024.

    ``512m``, ``1G``, ``4Gi``, ``1.5 GiB``, ``8GB`` and plain bytes are understood; a
    fraction of a byte is cut. Raises ``ValueError`` that says what was expected.

    >>> parse_bytes("1.5G")
    1610612736
    >>> parse_bytes("512MiB") == parse_bytes("512m")
    True
    """
    match = _BYTES.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a size; write for example 512M, 1.5G or a number of bytes")
    return Bytes(int(Fraction(match["number"]) * 1024 ** _EXPONENT[(match["unit"] or "").lower()]))


def parse_cores(text: str) -> Cores:
    """Read an amount of CPU: ``2``, ``0.5`` or, as Kubernetes writes it, ``500m``.

    >>> parse_cores("500m")
    0.5
    """
    match = _CORES.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not an amount of CPU; write for example 2, 0.5 or 500m")
    return Cores(float(Fraction(match["number"]) / (1000 if match["milli"] else 1)))


def parse_seconds(text: str) -> Seconds:
    """Read a span: ``90``, ``500ms``, ``15s``, ``3m``, ``6h``, ``1d``.

    >>> parse_seconds("3m")
    180.0
    """
    match = _SECONDS.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a time span; write for example 15s, 3m or 6h")
    return Seconds(float(Fraction(match["number"]) * _SPAN[match["unit"]]))


def parse_ratio(text: str) -> Ratio:
    """Read a share, ``0.75`` or ``75 %``; both give 0.75. A bare number over 1 is refused.

    >>> parse_ratio("75%")
    0.75
    """
    stripped = text.strip()
    try:
        if stripped.endswith("%"):
            value = float(stripped[:-1]) / 100
        else:
            value = float(stripped)
            if value > 1:
                raise ValueError
    except ValueError:
        raise ValueError(f"{text!r} is not a share; write for example 75 % or 0.75") from None
    if not 0 <= value <= 100:
        raise ValueError(f"{text!r} is not a share between 0 % and 10000 %")
    return Ratio(value)


def exact_bytes(amount: Bytes) -> str:
    """Write a size for a command line: the largest suffix that loses nothing.

    >>> exact_bytes(Bytes(4 * GIB)), exact_bytes(Bytes(1536 * MIB)), exact_bytes(Bytes(1000))
    ('4g', '1536m', '1000')
    """
    for factor, suffix in ((GIB, "g"), (MIB, "m"), (KIB, "k")):
        if amount and amount % factor == 0:
            return f"{amount // factor}{suffix}"
    return str(int(amount))


def exact_cores(amount: Cores) -> str:
    """Write an amount of CPU for a command line, to the engine's nano-CPU.

    >>> exact_cores(Cores(2.0)), exact_cores(Cores(0.25))
    ('2', '0.25')
    """
    return f"{round(amount * 1e9) / 1e9:.9f}".rstrip("0").rstrip(".")


def nano_cpus(amount: Cores) -> int:
    """Give the engine's unit: billionths of a core, rounded to the nearest.

    >>> nano_cpus(Cores(1.5))
    1500000000
    """
    return round(amount * 1e9)


def span_words(seconds: float) -> str:
    """Write a span in its largest unit, two where the second still matters.

    >>> span_words(42), span_words(190), span_words(11_400), span_words(260_000)
    ('42 s', '3 min', '3 h 10 min', '3 d')
    """
    seconds = max(0, round(seconds))
    if seconds < 120:
        return f"{seconds} s"
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if minutes < 120:
        return f"{minutes} min"
    if hours < 48:
        rest = minutes % 60
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{days} d"
