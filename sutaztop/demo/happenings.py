"""What happened: the last events, as few as the engine itself keeps, each stamped uniquely."""

from collections import deque
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from sutaztop.domain.container import NO_LABELS
from sutaztop.domain.event import Event, detail_of

KEPT = 256
"""The engine's own ring holds 256 events; a longer absence loses some, here as there."""


class Happenings:
    """The ring of events. Not locked: the world's lock covers it."""

    def __init__(self) -> None:
        self._ring: deque[Event] = deque(maxlen=KEPT)
        self._last_ns = 0

    def add(  # noqa: PLR0913, PLR0917 - an event's own parts
        self, at: datetime, kind: str, action: str, subject: tuple[str, str], detail: str = "",
        attributes: Mapping[str, str] = NO_LABELS,
    ) -> None:  # fmt: skip
        """Write one down; ``subject`` is (id, name)."""
        stamp = max(round(at.timestamp() * 1_000_000) * 1000, self._last_ns + 1)
        self._last_ns = stamp
        self._ring.append(
            Event(
                at,
                stamp,
                kind,
                action,
                subject[0],
                subject[1],
                detail or detail_of(action, attributes),
                MappingProxyType(dict(attributes)),
            )
        )

    def forget(self) -> None:
        """Drop what was kept; stamps go on rising."""
        self._ring.clear()

    @property
    def last_ns(self) -> int:
        """The youngest event's stamp, 0 before the first."""
        return self._last_ns

    def after(self, time_ns: int) -> list[Event]:
        """Give those after a stamp that are still kept, oldest first."""
        if time_ns >= self._last_ns:
            return []
        return [event for event in self._ring if event.time_ns > time_ns]
