"""Containers' counters from the engine's stats: for engines whose kernel files are out of reach."""

import queue
import threading
import time
from collections.abc import Mapping, Sequence

from sutaztop.contracts import Engine, EngineError, NotFound
from sutaztop.domain.container import Container
from sutaztop.domain.counters import ContainerCounters
from sutaztop.domain.quantity import Seconds

THREADS = 64
"""At most this many reads at once. An engine up to 20.10 answers each after its next pass, a second later:
fewer threads than containers would make the sweep last as many seconds as it has rounds."""
PATIENCE = Seconds(0.3)
"""How long one collect waits for answers before it goes with those that are in."""
FIRST_PATIENCE = Seconds(2.5)
"""How long the first answer of a container is waited for: until it is in there is nothing to show of it at all."""


class EngineCounters:
    """Reads every container's stats at its own pace, on a bounded number of daemon threads.

    ``collect`` asks for those that are not under way, waits a moment and gives the last
    reading of each, with its own time: a container that the engine is slow about delays none.
    It is a ``CountersCollector``.
    """

    name = "counters"
    deadline = Seconds(3.0)

    def __init__(self, engine: Engine, *, threads: int = THREADS, patience: Seconds = PATIENCE) -> None:
        self._engine = engine
        self._most_threads = threads
        self._patience = patience
        self._changed = threading.Condition()
        self._asked: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._wanted: frozenset[str] = frozenset()
        self._under_way: set[str] = set()
        self._first_asked: dict[str, float] = {}
        self._latest: dict[str, ContainerCounters] = {}
        self._failed: dict[str, EngineError] = {}
        self._fault: Exception | None = None
        self._threads: list[threading.Thread] = []
        self._closed = False

    @property
    def source(self) -> str:
        """Say in words where the values come from."""
        return "engine API"

    def collect(self, containers: Sequence[Container]) -> Mapping[str, ContainerCounters]:
        """Give the latest reading of each. Raises ``EngineError`` where not one container can be read."""
        wanted = frozenset(it.id for it in containers)
        with self._changed:
            self._ask(wanted)
        until = time.monotonic() + self._patience
        with self._changed:
            self._changed.wait_for(lambda: self._fault or not self._under_way, max(0.0, until - time.monotonic()))
            self._changed.wait_for(
                lambda: self._fault or not self._awaited_first(), max(0.0, self._first_until() - time.monotonic())
            )
            if self._fault is not None:
                fault, self._fault = self._fault, None
                raise fault
            if wanted and wanted <= self._failed.keys():
                raise next(iter(self._failed.values()))
            return {it: self._latest[it] for it in wanted if it in self._latest}

    def close(self) -> None:
        """End the threads once their reads are over, without waiting; twice is fine."""
        with self._changed:
            if not self._closed:
                self._closed = True
                for _ in self._threads:
                    self._asked.put(None)

    def _awaited_first(self) -> set[str]:
        """Give those whose first answer is waited for; one that hangs is so only once."""
        now = time.monotonic()
        return {it for it in self._under_way & self._first_asked.keys() if now - self._first_asked[it] < FIRST_PATIENCE}

    def _first_until(self) -> float:
        return max((self._first_asked[it] + FIRST_PATIENCE for it in self._awaited_first()), default=0.0)

    def _ask(self, wanted: frozenset[str]) -> None:
        self._wanted = wanted
        self._latest = {it: read for it, read in self._latest.items() if it in wanted}
        self._failed = {it: error for it, error in self._failed.items() if it in wanted}
        if self._closed:
            return
        due = wanted - self._under_way
        self._under_way |= due
        known = self._latest.keys() | self._failed.keys()
        self._first_asked = {it: at for it, at in self._first_asked.items() if it in wanted and it not in known}
        for container_id in due:
            if container_id not in known:
                self._first_asked.setdefault(container_id, time.monotonic())
            self._asked.put(container_id)
        while len(self._threads) < min(self._most_threads, len(self._under_way)):
            thread = threading.Thread(target=self._work, name="read stats", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _work(self) -> None:
        while (container_id := self._asked.get()) is not None:
            read: ContainerCounters | None = None
            failed: EngineError | None = None
            fault: Exception | None = None
            try:
                if container_id in self._wanted:
                    read = self._engine.counters(container_id)
            except EngineError as error:
                failed = error
            except Exception as error:  # noqa: BLE001 - carried over to ``collect``: part of the collector's boundary
                fault = error
            with self._changed:
                self._under_way.discard(container_id)
                self._fault = fault or self._fault
                self._first_asked.pop(container_id, None)
                self._keep(container_id, read, failed)
                self._changed.notify_all()

    def _keep(self, container_id: str, read: ContainerCounters | None, failed: EngineError | None) -> None:
        if container_id not in self._wanted:
            return
        if read is not None:
            self._latest[container_id] = read
            self._failed.pop(container_id, None)
        elif isinstance(failed, NotFound):
            # It ended since it was listed: nothing failed, and its last counters are of a run that is over.
            self._latest.pop(container_id, None)
            self._failed.pop(container_id, None)
        elif failed is not None:
            self._failed[container_id] = failed
