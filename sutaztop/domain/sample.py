"""A sample: everything read at one instant, raw, with each collector's own report."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from sutaztop.domain.container import Container
from sutaztop.domain.counters import ContainerCounters, HostCounters
from sutaztop.domain.disk import DiskSample
from sutaztop.domain.engine import EngineInfo
from sutaztop.domain.event import Event
from sutaztop.domain.keep import Defined, Wish
from sutaztop.domain.llm import ModelServer
from sutaztop.domain.process import Process
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.service import Service


@dataclass(frozen=True, slots=True)
class Trouble:
    """Expected trouble as data: what failed, why, and what to try. All three are sentences."""

    what: str
    why: str
    advice: str = ""

    def __str__(self) -> str:
        return ". ".join(part.rstrip(".") for part in (self.what, self.why, self.advice) if part) + "."


@dataclass(frozen=True, slots=True)
class CollectorReport:
    """How one collector fared. ``read_at`` is when its last good values were taken, so that age can be shown.

    ``trouble`` is ``None`` after a success; the values of the sample are then from ``read_at``.
    After a failure the sample still carries the last good values, and this says so.
    ``source`` tells in words where the values come from ("kernel files", "engine API").
    """

    name: str
    read_at: datetime | None
    duration: Seconds = Seconds(0.0)
    trouble: Trouble | None = None
    source: str = ""


_NO_COUNTERS: Mapping[str, ContainerCounters] = MappingProxyType({})
_NO_WISHES: Mapping[str, Wish] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Sample:
    """The stack, read at ``at`` (aware, UTC); ``clock_ns`` is monotonic.

    ``engine``, ``host``, ``disks`` and ``models`` are ``None`` until they were read once.
    ``counters`` are keyed by container id and hold running containers only. ``events`` are
    those that arrived since the sample before. ``wishes`` are what Compose files say of containers, by id,
    and ``projects`` what they define. ``outside`` are the processes that weigh most outside any container,
    looked for only while something there weighs.
    """

    at: datetime
    clock_ns: int
    engine: EngineInfo | None = None
    containers: tuple[Container, ...] = ()
    services: tuple[Service, ...] = ()
    counters: Mapping[str, ContainerCounters] = field(default_factory=lambda: _NO_COUNTERS)
    host: HostCounters | None = None
    disks: DiskSample | None = None
    models: tuple[ModelServer, ...] = ()
    events: tuple[Event, ...] = ()
    reports: tuple[CollectorReport, ...] = ()
    wishes: Mapping[str, Wish] = field(default_factory=lambda: _NO_WISHES)
    projects: tuple[Defined, ...] = ()
    outside: tuple[Process, ...] = ()

    def report(self, name: str) -> CollectorReport | None:
        """Give the named collector's report, or ``None`` where it has not run."""
        return next((report for report in self.reports if report.name == name), None)
