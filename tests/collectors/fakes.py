"""A scripted engine and collectors that do what a test says, hanging included."""

import queue
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from sutaztop.contracts import (
    NOTHING_KNOWN,
    DeadlineExceeded,
    EngineError,
    EngineRefused,
    EngineUnreachable,
    NotFound,
    NotSupported,
    Unreachable,
)
from sutaztop.domain.container import Container
from sutaztop.domain.counters import ContainerCounters
from sutaztop.domain.disk import Reclaimable
from sutaztop.domain.engine import EngineInfo
from sutaztop.domain.event import Event, LogLine
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.resources import Limits
from sutaztop.domain.service import Service
from sutaztop.domain.verbs import Rollout, Signal, Verb
from tests.given import NOW, engine_info

T = TypeVar("T")

DEADLINE = 10.0
"""How long a test waits for what must come; reaching it is a failure."""


def gone() -> EngineUnreachable:
    """Give the error of an engine that does not answer."""
    return EngineUnreachable(Unreachable.GONE, "The engine does not answer", "connection lost")


@dataclass
class ScriptedEngine:
    """An engine whose containers, events and failures a test sets. ``calls`` are the reads it was asked for."""

    listed: dict[str, Container] = field(default_factory=dict)
    served: list[Service] = field(default_factory=list)
    identity: EngineInfo = field(default_factory=engine_info)
    failure: EngineError | None = None
    describe: Callable[[], EngineInfo] | None = None
    unreadable: set[str] = field(default_factory=set)
    hanging: set[str] = field(default_factory=set)
    stats: Callable[[str], ContainerCounters] | None = None
    space: Callable[[], Reclaimable] = Reclaimable
    refuse_events: EngineError | None = None
    calls: list[str] = field(default_factory=list)
    streams: list["queue.Queue[Event | EngineError | None]"] = field(default_factory=list)
    opened: threading.Event = field(default_factory=threading.Event)

    @property
    def endpoint(self) -> str:
        return "unix:///scripted.sock"

    def _call(self, name: str) -> None:
        self.calls.append(name)
        if self.failure is not None:
            raise self.failure

    def info(self) -> EngineInfo:
        self._call("info")
        return self.identity if self.describe is None else self.describe()

    def ping(self) -> None:
        self._call("ping")

    def containers(self, known: Mapping[str, Container] = NOTHING_KNOWN) -> Sequence[Container]:
        self._call("containers, those that changed" if known else "containers")
        return list(self.listed.values())

    def inspect(self, container_id: str) -> Container:
        self._call(f"inspect {container_id[:12]}")
        if container_id not in self.listed:
            raise NotFound("No such container", container_id)
        if container_id in self.hanging:
            raise DeadlineExceeded("The engine did not answer in time")
        if container_id in self.unreadable:
            raise EngineRefused("The engine refused inspect", "RWLayer is unexpectedly nil")
        return self.listed[container_id]

    def services(self) -> Sequence[Service]:
        self._call("services")
        return list(self.served)

    def service(self, service_id: str) -> Service:
        raise NotFound("No such service", service_id)

    def counters(self, container_id: str) -> ContainerCounters:
        self._call(f"counters {container_id[:12]}")
        if self.stats is None:
            raise NotSupported("No stats")
        return self.stats(container_id)

    def events(self, since_ns: int | None = None) -> Iterator[Event]:
        del since_ns
        if self.refuse_events is not None:
            raise self.refuse_events
        stream: queue.Queue[Event | EngineError | None] = queue.Queue()
        self.streams.append(stream)
        self.opened.set()
        while (event := stream.get()) is not None:
            if isinstance(event, EngineError):
                raise event
            yield event

    def logs(
        self, container_id: str, *, tail: int = 200, follow: bool = False, since: datetime | None = None,
        until: datetime | None = None,
    ) -> Iterator[LogLine]:  # fmt: skip
        del container_id, tail, follow, since, until
        return iter(())

    def reclaimable(self) -> Reclaimable:
        self._call("reclaimable")
        return self.space()

    def set_limits(self, container_id: str, before: Limits, after: Limits) -> Sequence[str]:
        raise NotSupported("Read only", f"{container_id} {before} {after}")

    def set_service_limits(self, service_id: str, after: Limits) -> None:
        raise NotSupported("Read only", f"{service_id} {after}")

    def set_replicas(self, service_id: str, replicas: int) -> None:
        raise NotSupported("Read only", f"{service_id} {replicas}")

    def change_state(self, container_id: str, verb: Verb, signal: Signal | None = None) -> None:
        raise NotSupported("Read only", f"{container_id} {verb} {signal}")

    def roll_out(self, service_id: str, rollout: Rollout) -> None:
        raise NotSupported("Read only", f"{service_id} {rollout}")

    def kernel_limits(self, container_id: str) -> Limits | None:
        del container_id
        return None

    def close(self) -> None:
        for stream in self.streams:
            stream.put(None)

    def put(self, *containers: Container) -> None:
        """List these from now on."""
        self.listed |= {it.id: it for it in containers}


def event(container: Container, action: str, time_ns: int) -> Event:
    """Give a container's event."""
    return Event(at=NOW, time_ns=time_ns, kind="container", action=action, subject_id=container.id)


@dataclass
class Gate:
    """A job that blocks until it is opened, and tells when it was entered."""

    entered: threading.Event = field(default_factory=threading.Event)
    opened: threading.Event = field(default_factory=threading.Event)

    def pass_through(self) -> None:
        """Block until opened."""
        self.entered.set()
        assert self.opened.wait(DEADLINE), "nobody opened the gate"

    def before(self, value: T) -> Callable[[], T]:
        """Give a job that gives a value after the gate."""

        def job() -> T:
            self.pass_through()
            return value

        return job


@dataclass
class ScriptedCollector(Generic[T]):
    """A collector that gives what ``read`` gives, and knows whether it was closed."""

    name: str
    read: Callable[[], T]
    every: Seconds = Seconds(0.0)
    deadline: Seconds = Seconds(2.0)
    source: str = "a script"
    closed: threading.Event = field(default_factory=threading.Event)

    def collect(self) -> T:
        return self.read()

    def close(self) -> None:
        self.closed.set()


@dataclass
class ScriptedCounters:
    """A counters collector that gives what ``read`` gives for the containers it is asked for."""

    read: Callable[[Sequence[Container]], Mapping[str, ContainerCounters]]
    name: str = "counters"
    deadline: Seconds = Seconds(2.0)
    source: str = "a script"
    closed: threading.Event = field(default_factory=threading.Event)

    def collect(self, containers: Sequence[Container]) -> Mapping[str, ContainerCounters]:
        return self.read(containers)

    def close(self) -> None:
        self.closed.set()
