"""All collectors together, as one source of samples: nobody waits for the slowest."""

import time
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sutaztop.collectors.errand import Errand, Pace
from sutaztop.collectors.stack import StackReading
from sutaztop.contracts import Clock, Collector, CountersCollector
from sutaztop.domain.counters import ContainerCounters, HostCounters
from sutaztop.domain.disk import DiskSample
from sutaztop.domain.event import Event
from sutaztop.domain.keep import FilesReading
from sutaztop.domain.llm import ModelServer
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.sample import Sample

if TYPE_CHECKING:
    from sutaztop.collectors.outside import OutsideProcesses
    from sutaztop.domain.process import Process

PATIENCE = Seconds(0.5)
"""How long a sample waits for the prompt collectors: stack, counters, host."""
ENGINE_RETRY = Seconds(5.0)
"""The longest wait before a lost engine is asked again: to be refused costs nothing, and its return is news."""
FAREWELL = Seconds(0.5)
"""How long ``close`` waits for collectors that are not hung to put their things away."""

_NO_FILES = FilesReading()
_NONE_READ: Mapping[str, ContainerCounters] = MappingProxyType({})


class Gather:
    """Reads with every collector at once, each on its own thread and at its own pace.

    A read asks the collectors that are due, waits for the prompt ones up to ``patience``, and
    takes of the others what is there. Every collector has a report with the time of its last
    good values. What one collector cannot read never keeps another from being shown. It is a
    ``contracts.Source``.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - one argument for each collector
        self,
        clock: Clock,
        stack: Collector[StackReading],
        counters: CountersCollector,
        host: Collector[HostCounters] | None = None,
        disks: Collector[DiskSample] | None = None,
        models: Collector[tuple[ModelServer, ...]] | None = None,
        *,
        files: Collector[FilesReading] | None = None,
        outside: "OutsideProcesses | None" = None,
        patience: Seconds = PATIENCE,
    ) -> None:
        self._clock = clock
        self._patience = patience
        self._collectors = (stack, counters, host, disks, models)
        self._stack = Errand.of(stack, clock, longest_wait=ENGINE_RETRY)
        self._counters: Errand[Mapping[str, ContainerCounters]] = Errand(
            counters.name,
            clock,
            Pace(deadline=counters.deadline),
            lambda: counters.source,
            counters.close,
        )
        self._host = Errand.of(host, clock) if host is not None else None
        self._disks = Errand.of(disks, clock) if disks is not None else None
        self._models = Errand.of(models, clock) if models is not None else None
        self._files_collector = files
        self._files = Errand.of(files, clock) if files is not None else None
        self._outside_collector = outside
        self._outside: Errand[tuple[Process, ...]] | None = None
        if outside is not None:
            pace = Pace(outside.every, outside.deadline)
            self._outside = Errand(outside.name, clock, pace, lambda: outside.source, outside.close)
        self._closed = False

    def read(self, patience: Seconds | None = None) -> Sample:
        """Give the next sample; never raises for expected trouble.

        With ``patience`` given, every collector is waited for that long, the slow ones too:
        for a face that shows one frame and ends.
        """
        until = time.monotonic() + (self._patience if patience is None else patience)
        stack, counters, host, _, _ = self._collectors
        # What came in after the last read stopped waiting holds events that nobody has seen yet.
        events = _events_of(self._stack.take_fresh())
        awaited: list[Errand[Any]] = []
        asked = self._stack.ask(stack.collect)
        if host is not None and self._host is not None and self._host.ask(host.collect):
            awaited.append(self._host)
        # One that still hangs from an earlier read is not waited for again: it would cost every sample the same wait.
        if asked or patience is not None:
            self._stack.wait(until)
        events += _events_of(self._stack.take_fresh())
        seen = self._stack.latest()
        if seen is not None:
            running = tuple(it for it in seen.containers if it.is_running)
            if self._counters.ask(partial(counters.collect, running)):
                awaited.append(self._counters)
        self._ask_the_late(patience, is_known=seen is not None and self._counters.is_answered)
        for errand in awaited if patience is None else self._errands():
            errand.wait(until)
        return self._sample(seen, events)

    def _ask_the_late(self, patience: Seconds | None, *, is_known: bool) -> None:
        """Ask those that nobody waits for.

        They look where the stack's containers point to. Asked before it is known, they would find
        another server, or nothing, and that would stand until they are due again. Nor before the first
        counters: those are waited for, and would come later.
        """
        _, _, _, disks, models = self._collectors
        if is_known and self._outside is not None and self._outside_collector is not None:
            host = self._host.latest() if self._host is not None else None
            self._outside.ask(partial(self._outside_collector.collect, host, self._counters.latest() or _NONE_READ))
        if not is_known and patience is None and self._stack.report().trouble is None:
            return
        if disks is not None and self._disks is not None:
            self._disks.ask(disks.collect)
        if models is not None and self._models is not None:
            self._models.ask(models.collect)
        if self._files is not None and self._files_collector is not None:
            self._files.ask(self._files_collector.collect)

    def close(self) -> None:
        """Stop; waits a moment for those that are idle and never for one that hangs. Twice is fine."""
        if self._closed:
            return
        self._closed = True
        for errand in self._errands():
            errand.close()
        until = time.monotonic() + FAREWELL
        for errand in self._errands():
            errand.join(until)

    def _errands(self) -> tuple[Errand[Any], ...]:
        every = (self._stack, self._counters, self._host, self._disks, self._models, self._files, self._outside)
        return tuple(errand for errand in every if errand is not None)

    def _sample(self, seen: StackReading | None, events: tuple[Event, ...]) -> Sample:
        files = (self._files.latest() or _NO_FILES) if self._files is not None else _NO_FILES
        return Sample(
            at=self._clock.now(),
            clock_ns=self._clock.monotonic_ns(),
            engine=seen.engine if seen is not None else None,
            containers=seen.containers if seen is not None else (),
            services=seen.services if seen is not None else (),
            counters=self._counters.latest() or _NONE_READ,
            host=self._host.latest() if self._host is not None else None,
            disks=self._disks.latest() if self._disks is not None else None,
            models=(self._models.latest() or ()) if self._models is not None else (),
            events=events,
            wishes=files.wishes,
            projects=files.projects,
            outside=(self._outside.latest() or ()) if self._outside is not None else (),
            reports=tuple(errand.report() for errand in self._errands()),
        )


def _events_of(reading: StackReading | None) -> tuple[Event, ...]:
    return reading.events if reading is not None else ()
