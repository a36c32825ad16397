"""From percentiles to bounds: a margin, what confidence adds and takes, a least. VPA's figures, in whole numbers."""

from sutaztop.domain.estimate import DAY, Bounds

MARGIN_PERCENT = 115
LEAST_CPU = 25
"""Milli-cores."""
LEAST_MEMORY = 250 * 1024**2


def bounds(p50: int, p90: int, p95: int, *, seen_s: int, least: int) -> Bounds:
    """Give the bounds that percentiles call for, with so many seconds seen.

    With c as days seen, the upper one is widened by 1 + 1/c and the lower one narrowed by (1 + 0.001/c)²; each step
    is cut to a whole unit.

    >>> bounds(511, 511, 511, seen_s=719 * 60, least=LEAST_CPU)
    Bounds(lower=584, target=587, upper=1762)
    """
    low, target, high = (it * MARGIN_PERCENT // 100 for it in (p50, p90, p95))
    if seen_s <= 0:
        return Bounds(0, max(target, least), None)
    # (1 + 0.001/c) is (s + 86.4) / s with s seconds seen.
    lower = low * (10 * seen_s) ** 2 // (10 * seen_s + DAY // 100) ** 2
    upper = high * (seen_s + DAY) // seen_s
    return Bounds(max(lower, least), max(target, least), max(upper, least))
