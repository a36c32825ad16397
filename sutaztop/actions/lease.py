"""The write lease: leave to change things for a while, taken on purpose and lost by doing nothing."""

import threading
from dataclasses import dataclass

from sutaztop.contracts import Clock
from sutaztop.domain.quantity import Seconds, span_words


@dataclass(frozen=True, slots=True)
class Permission:
    """Whether changes may be made here, and the words to say so where they may not."""

    read_only: bool = False
    why: str = ""


class Lease:
    """Leave to change things for ``span`` seconds, lost after ``idle`` seconds without a key; any thread may ask.

    A ``span`` of 0 is no lease at all: changes may always be made. Nothing extends a lease but taking it anew.
    """

    def __init__(self, clock: Clock, span: Seconds, idle: Seconds) -> None:
        self._clock = clock
        self._span = span
        self._idle = idle
        self._lock = threading.Lock()
        self._ends_ns = 0
        self._touched_ns = 0

    @property
    def is_wanted(self) -> bool:
        """Whether changes need a lease here."""
        return self._span > 0

    @property
    def span(self) -> Seconds:
        """How long one lasts."""
        return self._span

    def take(self) -> None:
        """Take it, or take it anew."""
        with self._lock:
            self._touched_ns = self._clock.monotonic_ns()
            self._ends_ns = self._touched_ns + round(self._span * 1e9)

    def drop(self) -> None:
        """Give it back; twice is fine."""
        with self._lock:
            self._ends_ns = 0

    def touch(self) -> None:
        """Note that somebody is there."""
        with self._lock:
            self._touched_ns = self._clock.monotonic_ns()

    def left(self) -> Seconds:
        """Give how long it still lasts, if nobody stays idle; 0 without one."""
        with self._lock:
            now = self._clock.monotonic_ns()
            if now - self._touched_ns >= self._idle * 1e9:
                self._ends_ns = 0
            return Seconds(max(0.0, (self._ends_ns - now) / 1e9))

    def permission(self) -> Permission:
        """Tell whether changes may be made now."""
        if not self.is_wanted or self.left() > 0:
            return Permission()
        return Permission(read_only=True, why=f"no write lease is held; W takes one for {span_words(self._span)}")
