"""How far a counter rose between two reads, and when that may not be said."""

from sutaztop.domain.reading import COUNTERS_RESTARTED, FIRST_READ, NOT_SUPPORTED, Reading


def rise(before: int | None, after: int | None) -> Reading[int]:
    """Give what a cumulative counter gained; never negative.

    A counter that fell was restarted: the difference would be a lie, and so would the new
    value taken as a difference from zero. ``None`` is "not counted here", never 0.

    >>> rise(10, 25)
    15
    >>> str(rise(25, 10)), str(rise(None, 10)), str(rise(10, None))
    ('counters restarted', 'first read', 'not supported')
    """
    if after is None:
        return NOT_SUPPORTED
    if before is None:
        return FIRST_READ
    if after < before:
        return COUNTERS_RESTARTED
    return after - before


def per_second(before: int | None, after: int | None, elapsed_ns: int) -> Reading[float]:
    """Give a counter's gain per second of the monotonic clock; never negative.

    ``elapsed_ns`` of 0 or less cannot come from one clock: the reads are of two machines or
    two boots, and the counters with them.

    >>> per_second(1000, 4000, 2_000_000_000)
    1500.0
    """
    gained = rise(before, after)
    if isinstance(gained, int):
        return gained * 1e9 / elapsed_ns if elapsed_ns > 0 else COUNTERS_RESTARTED
    return gained
