"""What the kernel alone tells of containers, as an ``Engine`` that can look and change nothing (ADR 0011)."""

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from sutaztop.contracts import NOTHING_KNOWN, NotFound, NotPermitted
from sutaztop.domain.container import Container, ContainerState
from sutaztop.domain.counters import ContainerCounters
from sutaztop.domain.disk import Reclaimable
from sutaztop.domain.engine import EngineInfo
from sutaztop.domain.event import Event, LogLine
from sutaztop.domain.quantity import Bytes, Seconds
from sutaztop.domain.resources import Limits, Resources
from sutaztop.domain.service import Service
from sutaztop.domain.verbs import Rollout, Signal, Verb
from sutaztop.engines.docker.kernel import read_kernel_limits
from sutaztop.engines.identity import short
from sutaztop.engines.kernel.scan import Group, Scan

ENDPOINT = "kernel files of this host"
LOOK_EVERY = Seconds(1.0)
"""How often the groups are looked through for containers that came or went: nobody tells of them."""


class KernelEngine:
    """The containers of this host without their engine: ids, processes, limits; no names, no changes.

    ``why`` says what keeps the engine from being asked ("permission denied on /run/docker.sock").
    Names are the short id and the first process's name, so that nobody takes them for the engine's.
    """

    def __init__(self, why: str, *, proc: str = "/proc", sys: str = "/sys", look_every: Seconds = LOOK_EVERY) -> None:
        self._why = why
        self._proc = Path(proc)
        self._scan = Scan(proc=proc, sys=sys)
        self._look_every = look_every
        self._groups: dict[str, Group] = {}
        self._closed = threading.Event()

    @property
    def endpoint(self) -> str:
        """What stands in place of an address."""
        return ENDPOINT

    def compose_found(self) -> Sequence[Sequence[str]]:
        """Give nothing: without an engine there is nothing that Compose could do."""
        return ()

    def info(self) -> EngineInfo:
        """Tell about the host, and why there is no engine."""
        here = os.uname()
        return EngineInfo(
            endpoint=ENDPOINT,
            origin=self._why,
            name=here.nodename,
            id=f"kernel of {here.nodename}",
            os=here.sysname,
            kernel=here.release,
            cpus=os.cpu_count() or 0,
            memory=Bytes(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")),
            cgroup_version=self._scan.version(),
            is_local=True,
            without_engine=self._why,
        )

    def ping(self) -> None:
        """Do nothing: a kernel that runs us lives."""

    def containers(self, known: Mapping[str, Container] = NOTHING_KNOWN) -> Sequence[Container]:
        """Give the running containers; those that are stopped have no group and are not seen."""
        del known
        self._groups = {it.id: it for it in self._scan.groups()}
        return [self._container(it) for it in self._groups.values()]

    def inspect(self, container_id: str) -> Container:
        """See ``Engine``."""
        for group in self._scan.groups():
            if group.id == container_id:
                return self._container(group)
        raise NotFound(f"No container {short(container_id)} runs under this kernel")

    def services(self) -> Sequence[Service]:
        """Give none: only the engine knows them."""
        return ()

    def service(self, service_id: str) -> Service:
        """Raise ``NotFound``: only the engine knows services."""
        raise NotFound(f"The service {service_id} cannot be seen without its engine", self._why)

    def counters(self, container_id: str) -> ContainerCounters:
        """Raise ``NotPermitted``: counters are read from the kernel's files by their own collector."""
        self._refuse(f"the stats of {short(container_id)}")

    def events(self, since_ns: int | None = None) -> Iterator[Event]:
        """Follow containers that come, go, freeze and thaw, by looking; what was before is not known."""
        del since_ns
        return _Coming(self._scan, self._look_every, self._closed)

    def logs(
        self, container_id: str, *, tail: int = 200, follow: bool = False, since: datetime | None = None,
        until: datetime | None = None,
    ) -> Iterator[LogLine]:  # fmt: skip
        """Raise ``NotPermitted``."""
        del tail, follow, since, until
        self._refuse(f"the log of {short(container_id)}")

    def reclaimable(self) -> Reclaimable:
        """Raise ``NotPermitted``."""
        self._refuse("what could be given back")

    def set_limits(self, container_id: str, before: Limits, after: Limits) -> Sequence[str]:
        """Raise ``NotPermitted``."""
        del before, after
        self._refuse(f"new limits for {short(container_id)}")

    def set_service_limits(self, service_id: str, after: Limits) -> None:
        """Raise ``NotPermitted``."""
        del after
        self._refuse(f"new limits for {service_id}")

    def set_replicas(self, service_id: str, replicas: int) -> None:
        """Raise ``NotPermitted``."""
        self._refuse(f"{replicas} replicas of {service_id}")

    def change_state(self, container_id: str, verb: Verb, signal: Signal | None = None) -> None:
        """Raise ``NotPermitted``."""
        del signal
        self._refuse(f"a {verb.value} of {short(container_id)}")

    def roll_out(self, service_id: str, rollout: Rollout) -> None:
        """Raise ``NotPermitted``."""
        self._refuse(f"a {rollout.value} of {service_id}")

    def kernel_limits(self, container_id: str) -> Limits | None:
        """See ``Engine``."""
        group = self._groups.get(container_id)
        return read_kernel_limits(group.pid, container_id, proc=self._proc) if group is not None else None

    def close(self) -> None:
        """End what is being followed; twice is fine."""
        self._closed.set()

    def _refuse(self, asked: str) -> NoReturn:
        raise NotPermitted(
            f"The engine could not be asked for {asked}", self._why, "Join the group that owns the socket"
        )

    def _container(self, group: Group) -> Container:
        limits = read_kernel_limits(group.pid, group.id, proc=self._proc) or Limits()
        return Container(
            id=group.id,
            name=f"{group.id[:12]} {group.process}".rstrip(),
            image="",
            state=ContainerState.PAUSED if group.is_frozen else ContainerState.RUNNING,
            started_at=group.started_at,
            pid=group.pid,
            resources=Resources(limits=limits),
            command=group.command,
        )


class _Coming:
    """Looks again and again, and tells the difference. One thread reads, any thread closes."""

    def __init__(self, scan: Scan, every: Seconds, engine_closed: threading.Event) -> None:
        self._scan = scan
        self._every = every
        self._engine_closed = engine_closed
        self._closed = threading.Event()
        self._known = {it.run: it for it in scan.groups()}
        self._told: list[Event] = []

    def __iter__(self) -> "_Coming":
        return self

    def __next__(self) -> Event:
        while not self._told:
            self._closed.wait(self._every)
            if self._closed.is_set() or self._engine_closed.is_set():
                raise StopIteration
            self._look()
        return self._told.pop(0)

    def close(self) -> None:
        """Let it end at the next look."""
        self._closed.set()

    def _look(self) -> None:
        seen = {it.run: it for it in self._scan.groups()}
        here = {it.id for it in seen.values()}
        now = datetime.now(UTC)
        gone = [it for run, it in self._known.items() if run not in seen and it.id not in here]
        new = [it for run, it in seen.items() if run not in self._known]
        self._told += [_event(now, number, "destroy", it) for number, it in enumerate(gone)]
        self._told += [_event(now, number, "start", it) for number, it in enumerate(new, len(gone))]
        self._known = seen


def _event(now: datetime, number: int, action: str, group: Group) -> Event:
    return Event(
        at=now,
        time_ns=int(now.timestamp() * 1e9) + number,
        kind="container",
        action=action,
        subject_id=group.id,
        subject_name=f"{group.id[:12]} {group.process}".rstrip(),
    )
