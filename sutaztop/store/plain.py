"""Readings as JSON: the value, or null and the reason beside it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sutaztop.domain.reading import Reading, Unmeasured
from sutaztop.store.codec import encode_time


def readings(taken: Mapping[str, Reading[Any]]) -> dict[str, Any]:
    """Give readings as keys of an object, with ``unmeasured`` at its end.

    >>> from sutaztop.domain.reading import PENDING
    >>> readings({"cpu_cores": 0.5, "pids": PENDING})
    {'cpu_cores': 0.5, 'pids': None, 'unmeasured': {'pids': 'not read yet'}}
    """
    missing = {key: str(reading) for key, reading in taken.items() if isinstance(reading, Unmeasured)}
    values = {key: None if key in missing else reading for key, reading in taken.items()}
    return {**values, "unmeasured": missing}


def time_or_none(at: datetime | None) -> str | None:
    """Give a time as ISO 8601 in UTC, or null."""
    return None if at is None else encode_time(at)
