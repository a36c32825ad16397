"""The engine's events, followed on a thread of their own and kept until somebody takes them."""

import threading
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

from sutaztop.contracts import Engine, SutaztopError
from sutaztop.domain.event import Event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sutaztop.domain.sample import Trouble

KEPT = 2048
"""Events kept while nobody takes them; past that the oldest go and ``lost`` says so."""
REMEMBERED = 512
"""Events remembered by stamp so that a replay shows none twice: twice the engine's own memory of 256."""


class Follower:
    """Follows one event stream until it ends. A new stream wants a new follower.

    Only the thread ends when the stream breaks; ``ended`` then says so, and whoever reads the
    stack lists everything anew before following again: the engine remembers 256 events, which
    health probes fill in seconds, so that a gap can never be trusted to be closed by a replay.
    """

    def __init__(self, engine: Engine, since_ns: int | None, seen: "Seen") -> None:
        self._engine = engine
        self._since_ns = since_ns
        self._seen = seen
        self._lock = threading.Lock()
        self._kept: deque[Event] = deque(maxlen=KEPT)
        self._lost = False
        self._abandoned = threading.Event()
        self._stream: Iterator[Event] | None = None
        self._fault: Exception | None = None
        self.trouble: Trouble | None = None
        """Why the stream ended, where the engine said so."""
        self.ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="follow events", daemon=True)
        self._thread.start()

    def take(self) -> tuple[tuple[Event, ...], bool]:
        """Give the events since the last call, and whether some were lost for want of room.

        A fault of the stream's reader is raised here, on the collector's own thread.
        """
        if self._fault is not None:
            fault, self._fault = self._fault, None
            raise fault
        with self._lock:
            events, lost = tuple(self._kept), self._lost
            self._kept.clear()
            self._lost = False
        return events, lost

    def abandon(self) -> None:
        """Let it end, and take nothing more; does not wait.

        An engine's stream may be closed from any thread. A plain generator that waits for its
        next event may not: it ends when that comes.
        """
        self._abandoned.set()
        close = getattr(self._stream, "close", None)
        if close is not None:
            with suppress(ValueError):
                close()

    def _run(self) -> None:
        try:
            self._stream = self._engine.events(self._since_ns)
            if self._abandoned.is_set():
                # Given up while it was being opened: nobody else knows of this stream.
                self.abandon()
                return
            for event in self._stream:
                if self._abandoned.is_set():
                    break
                self._keep(event)
        except SutaztopError as error:
            self.trouble = error.trouble
        except Exception as error:  # noqa: BLE001 - carried over to ``take``: part of the collector's boundary
            self._fault = error
        finally:
            self.ended.set()

    def _keep(self, event: Event) -> None:
        if not self._seen.is_new(event):
            return
        with self._lock:
            self._lost = self._lost or len(self._kept) == KEPT
            self._kept.append(event)


class Seen:
    """Which events were seen, over several streams of one engine."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._order: deque[tuple[int, str, str]] = deque()
        self._stamps: set[tuple[int, str, str]] = set()
        self.last_ns = 0

    def is_new(self, event: Event) -> bool:
        """Note an event and say whether it is new."""
        stamp = (event.time_ns, event.action, event.subject_id)
        with self._lock:
            if stamp in self._stamps:
                return False
            self._stamps.add(stamp)
            self._order.append(stamp)
            if len(self._order) > REMEMBERED:
                self._stamps.discard(self._order.popleft())
            self.last_ns = max(self.last_ns, event.time_ns)
        return True
