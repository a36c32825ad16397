"""Figures as text: few digits, fixed widths, and a word or a dash where there is no figure."""

from datetime import datetime

from sutaztop.domain.quantity import GIB, KIB, MIB, TIB, Bytes, Cores, Ratio
from sutaztop.domain.reading import Reading, Reason, Unmeasured

ABSENT = "–"
WAITING = "…"


def absent(reading: Unmeasured) -> str:
    """Give the mark for what was not measured: an ellipsis while the first figures are awaited.

    >>> absent(Unmeasured(Reason.FIRST_READ)), absent(Unmeasured(Reason.NO_LIMIT))
    ('…', '–')
    """
    return WAITING if reading.reason in (Reason.FIRST_READ, Reason.PENDING) else ABSENT


def bytes_text(amount: Reading[Bytes] | None) -> str:
    """Write a size in the largest binary unit, three digits.

    >>> bytes_text(Bytes(8_589_934_592)), bytes_text(Bytes(1536)), bytes_text(Bytes(12))
    ('8 GiB', '1.5 KiB', '12 B')
    """
    if amount is None:
        return ABSENT
    if isinstance(amount, Unmeasured):
        return absent(amount)
    for factor, unit in ((TIB, "TiB"), (GIB, "GiB"), (MIB, "MiB"), (KIB, "KiB")):
        # A value that would print as 1000 or more belongs to the next unit; 1023.6 MiB does not.
        if abs(amount) >= factor:
            return f"{_three_digits(amount / factor)} {unit}"
    return f"{int(amount)} B"


def _three_digits(value: float) -> str:
    digits = 0 if abs(value) >= 99.95 else 1 if abs(value) >= 9.995 else 2
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def mebibytes(amount: Reading[Bytes]) -> str:
    """Write whole MiB without the unit, for a column whose heading says MiB.

    >>> mebibytes(Bytes(2 * 1024**3))
    '2048'
    """
    return absent(amount) if isinstance(amount, Unmeasured) else f"{amount / MIB:.0f}"


def cores_text(amount: Reading[Cores] | None) -> str:
    """Write cores with two decimals, without the unit: for columns.

    >>> cores_text(Cores(1.856))
    '1.86'
    """
    if amount is None:
        return ABSENT
    return absent(amount) if isinstance(amount, Unmeasured) else f"{amount:.2f}"


def cores_words(amount: Cores | None) -> str:
    """Write an amount of CPU for a sentence.

    >>> cores_words(Cores(1.0)), cores_words(Cores(2.5)), cores_words(None)
    ('1 core', '2.5 cores', 'no limit')
    """
    if amount is None:
        return "no limit"
    text = f"{amount:.3f}".rstrip("0").rstrip(".")
    return f"{text} core" if text == "1" else f"{text} cores"


def memory_words(amount: Bytes | None) -> str:
    """Write a memory limit for a sentence."""
    return "no limit" if amount is None else bytes_text(amount)


def percent(share: Reading[Ratio], *, decimals: int = 0) -> str:
    """Write a share as a percentage without its sign: for columns.

    >>> percent(Ratio(0.926))
    '93'
    """
    return absent(share) if isinstance(share, Unmeasured) else f"{share * 100:.{decimals}f}"


def percent_words(share: Reading[Ratio], *, decimals: int = 0) -> str:
    """Write a share with its sign: ``93 %``; the bare mark where it was not measured."""
    text = percent(share, decimals=decimals)
    return text if isinstance(share, Unmeasured) else f"{text} %"


def rate_text(rate: Reading[float]) -> str:
    """Write bytes per second short: ``88K``, ``1.2M``; units of 1000 as Docker's network column has them.

    >>> rate_text(88_000.0), rate_text(1_230_000.0), rate_text(0.0)
    ('88K', '1.2M', '0')
    """
    if isinstance(rate, Unmeasured):
        return absent(rate)
    for factor, unit in ((1e9, "G"), (1e6, "M"), (1e3, "K")):
        if rate >= factor * 0.9995:
            value = rate / factor
            return f"{value:.1f}{unit}" if value < 9.95 else f"{value:.0f}{unit}"
    return f"{rate:.0f}"


def rates_pair(first: Reading[float], second: Reading[float]) -> Reading[float]:
    """Add two rates for one column; unmeasured where either is."""
    if isinstance(first, Unmeasured):
        return first
    if isinstance(second, Unmeasured):
        return second
    return first + second


def age_text(since: datetime | None, now: datetime) -> str:
    """Write an age short, for a column: ``42s``, ``17m``, ``5h``, ``9d``.

    >>> from datetime import UTC, timedelta
    >>> now = datetime(2026, 1, 10, tzinfo=UTC)
    >>> age_text(now - timedelta(days=9), now), age_text(now - timedelta(seconds=90), now), age_text(None, now)
    ('9d', '90s', '–')
    """
    if since is None:
        return ABSENT
    seconds = max(0, int((now - since).total_seconds()))
    if seconds < 120:
        return f"{seconds}s"
    if seconds < 7200:
        return f"{seconds // 60}m"
    if seconds < 172_800:
        return f"{seconds // 3600}h"
    return f"{seconds // 86400}d"
