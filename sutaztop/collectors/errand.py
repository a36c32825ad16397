"""One collector on a thread of its own: asked when due, never twice at once, its last good value kept."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from sutaztop.contracts import Clock, Collector, SutaztopError
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.sample import CollectorReport, Trouble

if TYPE_CHECKING:
    from datetime import datetime

T = TypeVar("T")

FIRST_WAIT = Seconds(1.0)
LONGEST_WAIT = Seconds(30.0)
"""After trouble the wait doubles from the first to the longest."""


@dataclass(frozen=True, slots=True)
class Pace:
    """The least time between the beginnings of two jobs, how long one may take, and the longest wait after trouble."""

    every: Seconds = Seconds(0.0)
    deadline: Seconds = Seconds(5.0)
    longest_wait: Seconds = LONGEST_WAIT


_USUAL = Pace()
_HANGS_NS = 250_000_000
"""Whoever has worked at one job for this long is not waited for at the end."""


class Errand(Generic[T]):
    """Runs jobs that may hang, one at a time, on a daemon thread.

    The mailbox holds one job: while one is under way, asking again does nothing. So a job that
    hangs delays nobody and piles up nothing; its last good value stays, and the report tells
    its age. A job that goes on past its deadline is reported as trouble. ``source`` says in words
    where values come from; ``on_close`` runs on the thread once the last job is over.
    """

    def __init__(
        self,
        name: str,
        clock: Clock,
        pace: Pace = _USUAL,
        source: Callable[[], str] = str,
        on_close: Callable[[], None] | None = None,
    ) -> None:
        self.name = name
        self._clock = clock
        self._pace = pace
        self._source = source
        self._on_close = on_close
        self._changed = threading.Condition()
        self._job: Callable[[], T] | None = None
        self._busy_since: int | None = None
        self._not_before = 0
        self._wait = FIRST_WAIT
        self._latest: T | None = None
        self._fresh = False
        self._read_at: datetime | None = None
        self._duration = Seconds(0.0)
        self._trouble: Trouble | None = None
        self._closed = False
        self._thread: threading.Thread | None = None

    @classmethod
    def of(cls, collector: Collector[T], clock: Clock, *, longest_wait: Seconds = LONGEST_WAIT) -> "Errand[T]":
        """Make the errand of a collector; its job is then ``collector.collect``."""
        pace = Pace(collector.every, collector.deadline, longest_wait)
        return cls(collector.name, clock, pace, lambda: collector.source, collector.close)

    def ask(self, job: Callable[[], T]) -> bool:
        """Hand over a job and say whether it was taken: not while one runs, nor before the next is due."""
        with self._changed:
            if self._closed or self._job is not None or self._clock.monotonic_ns() < self._not_before:
                return False
            self._job = job
            self._busy_since = self._clock.monotonic_ns()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=f"collect {self.name}", daemon=True)
                self._thread.start()
            self._changed.notify_all()
            return True

    def wait(self, until: float) -> bool:
        """Wait until no job is under way, or until ``time.monotonic`` reaches ``until``; say whether it is idle."""
        with self._changed:
            return self._changed.wait_for(lambda: self._job is None, max(0.0, until - time.monotonic()))

    def latest(self) -> T | None:
        """Give the last good value, or ``None`` where there has been none."""
        with self._changed:
            return self._latest

    @property
    def is_answered(self) -> bool:
        """Whether a job has come to an end, well or badly."""
        with self._changed:
            return self._read_at is not None or self._trouble is not None

    def take_fresh(self) -> T | None:
        """Give the last good value if it was not taken before, else ``None``."""
        with self._changed:
            fresh, self._fresh = self._fresh, False
            return self._latest if fresh else None

    def report(self) -> CollectorReport:
        """Tell how it fares now."""
        with self._changed:
            trouble, duration = self._trouble, self._duration
            if self._busy_since is not None:
                busy = Seconds((self._clock.monotonic_ns() - self._busy_since) / 1e9)
                if busy > self._pace.deadline:
                    trouble, duration = self._overdue(busy), busy
            return CollectorReport(self.name, self._read_at, duration, trouble, self._source())

    def close(self) -> None:
        """End the thread once its job is over, without waiting for it; twice is fine."""
        with self._changed:
            if self._closed:
                return
            self._closed = True
            self._changed.notify_all()
            started = self._thread is not None
        if not started and self._on_close is not None:
            self._on_close()

    def join(self, until: float) -> None:
        """Wait for the thread's end, but not past ``until`` on ``time.monotonic``; not at all for one that hangs."""
        with self._changed:
            busy_ns = self._clock.monotonic_ns() - self._busy_since if self._busy_since is not None else 0
        if self._thread is not None and busy_ns < _HANGS_NS:
            self._thread.join(max(0.0, until - time.monotonic()))

    def _overdue(self, busy: Seconds) -> Trouble:
        return Trouble(
            f"{self.name} has not answered for {busy:.0f} s",
            f"one read should take at most {self._pace.deadline:g} s",
            "The last values are kept; it is asked again when it answers",
        )

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or self._job is not None)
                if self._closed:
                    break
                job = self._job
            if job is not None:
                self._do(job)
        if self._on_close is not None:
            self._on_close()

    def _do(self, job: Callable[[], T]) -> None:
        began_at, began = self._clock.now(), self._clock.monotonic_ns()
        value: T | None = None
        trouble: Trouble | None = None
        try:
            value = job()
        except SutaztopError as error:
            trouble = error.trouble
        except Exception as error:  # noqa: BLE001 - the one place around a collector: its fault stays its own
            trouble = Trouble(f"{self.name} failed", f"{type(error).__name__}: {error}", "This is a fault of sutaztop")
        ended = self._clock.monotonic_ns()
        with self._changed:
            self._duration = Seconds((ended - began) / 1e9)
            self._trouble = trouble
            if trouble is None:
                self._latest, self._fresh, self._read_at = value, True, began_at
                self._wait = FIRST_WAIT
                self._not_before = began + int(self._pace.every * 1e9)
            else:
                self._not_before = ended + int(self._wait * 1e9)
                self._wait = Seconds(min(self._wait * 2, self._pace.longest_wait))
            self._job = None
            self._busy_since = None
            self._changed.notify_all()
