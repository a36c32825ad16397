"""A Docker engine behind the ``Engine`` contract: reads, live limits, verbs, Swarm and Compose services."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from sutaztop.contracts import NOTHING_KNOWN
from sutaztop.domain.container import Container
from sutaztop.domain.counters import ContainerCounters
from sutaztop.domain.disk import Reclaimable
from sutaztop.domain.engine import EngineInfo
from sutaztop.domain.event import Event, LogLine
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.resources import Limits
from sutaztop.domain.service import Service
from sutaztop.domain.verbs import Rollout, Signal, Verb
from sutaztop.engines.docker.compose_files import ComposeFiles
from sutaztop.engines.docker.compose_run import Compose
from sutaztop.engines.docker.endpoint import Endpoint
from sutaztop.engines.docker.reads import Reads
from sutaztop.engines.docker.services import Services
from sutaztop.engines.docker.transport import Transport
from sutaztop.engines.docker.update import send_limits
from sutaztop.engines.docker.verbs import Verbs


class DockerEngine:
    """One engine at one endpoint. Nothing is connected before the first call.

    ``deadline`` bounds each call; the engine's sum of its disks and Compose take longer by
    nature and have larger ones. ``compose_command`` is the Compose to run, and empty to look
    for one.
    """

    def __init__(self, endpoint: Endpoint, *, deadline: Seconds, compose_command: Sequence[str] = ()) -> None:
        self._endpoint = endpoint
        self._transport = Transport(endpoint, deadline=deadline)
        self._reads = Reads(self._transport)
        self._verbs = Verbs(self._transport, self._reads)
        self._compose = Compose(endpoint, compose_command)
        self.project_files = ComposeFiles(self._compose)
        """The files of Compose projects on this host."""
        self._services = Services(self._transport, self._reads, self._compose)

    @property
    def endpoint(self) -> str:
        """The address, as it is shown to the operator."""
        return self._endpoint.address

    def compose_found(self) -> Sequence[Sequence[str]]:
        """Give the ways to run Compose that work here, the first of which is used. They are tried once."""
        return self._compose.found()

    def info(self) -> EngineInfo:
        """See ``Engine``."""
        return self._reads.info()

    def ping(self) -> None:
        """See ``Engine``."""
        self._transport.ping()

    def containers(self, known: Mapping[str, Container] = NOTHING_KNOWN) -> Sequence[Container]:
        """See ``Engine``."""
        return self._reads.containers(known)

    def inspect(self, container_id: str) -> Container:
        """See ``Engine``."""
        return self._reads.inspect(container_id)

    def services(self) -> Sequence[Service]:
        """See ``Engine``."""
        return self._services.services()

    def service(self, service_id: str) -> Service:
        """See ``Engine``."""
        return self._services.service(service_id)

    def counters(self, container_id: str) -> ContainerCounters:
        """See ``Engine``."""
        return self._reads.counters(container_id)

    def events(self, since_ns: int | None = None) -> Iterator[Event]:
        """See ``Engine``. The iterator has a ``close`` that any thread may call."""
        return self._reads.events(since_ns)

    def logs(
        self, container_id: str, *, tail: int = 200, follow: bool = False, since: datetime | None = None,
        until: datetime | None = None,
    ) -> Iterator[LogLine]:  # fmt: skip
        """See ``Engine``. The iterator has a ``close`` that any thread may call."""
        return self._reads.logs(container_id, tail=tail, follow=follow, since=since, until=until)

    def reclaimable(self) -> Reclaimable:
        """See ``Engine``."""
        return self._reads.reclaimable()

    def set_limits(self, container_id: str, before: Limits, after: Limits) -> Sequence[str]:
        """See ``Engine``. Nothing is sent when nothing differs."""
        return send_limits(self._transport, self._reads, container_id, before, after)

    def set_service_limits(self, service_id: str, after: Limits) -> None:
        """See ``Engine``. ``NotSupported`` for Compose, which has no live service: change its containers."""
        self._services.set_limits(service_id, after)

    def set_replicas(self, service_id: str, replicas: int) -> None:
        """See ``Engine``. Compose returns when it has started what was missing."""
        self._services.set_replicas(service_id, replicas)

    def change_state(self, container_id: str, verb: Verb, signal: Signal | None = None) -> None:
        """See ``Engine``."""
        self._verbs.change_state(container_id, verb, signal)

    def roll_out(self, service_id: str, rollout: Rollout) -> None:
        """See ``Engine``."""
        self._services.roll_out(service_id, rollout)

    def kernel_limits(self, container_id: str) -> Limits | None:
        """See ``Engine``."""
        return self._reads.kernel_limits(container_id)

    def close(self) -> None:
        """See ``Engine``. Streams end at once; a call in flight ends by its deadline, unwaited for."""
        self._transport.close()
