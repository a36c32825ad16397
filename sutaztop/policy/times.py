"""Whole seconds since the epoch as times: the only place of judgement that makes one."""

from datetime import UTC, datetime


def moment(seconds: int) -> datetime:
    """Give an aware time.

    >>> moment(0).isoformat()
    '1970-01-01T00:00:00+00:00'
    """
    return datetime.fromtimestamp(seconds, UTC)
