"""The world's engine: the same contract as the real one, with the same refusals in the same words."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeVar
from weakref import WeakSet

from sutaztop.contracts import NOTHING_KNOWN, EngineRefused, NotFound, NotSupported
from sutaztop.demo.disks import reclaimable
from sutaztop.demo.follow import Follow
from sutaztop.demo.limits import check_container, check_service
from sutaztop.demo.listing import compose_service, compose_services
from sutaztop.demo.logs import MOST_AT_ONCE, Written
from sutaztop.demo.machine import CPUS, HOSTNAME, MEMORY, PAGE
from sutaztop.demo.service import LivingService
from sutaztop.demo.verbs import change_state
from sutaztop.demo.world import World
from sutaztop.domain.container import Container
from sutaztop.domain.counters import ContainerCounters
from sutaztop.domain.disk import Reclaimable
from sutaztop.domain.engine import EngineInfo, SwarmRole
from sutaztop.domain.event import Event, LogLine
from sutaztop.domain.quantity import Bytes
from sutaztop.domain.resources import Limits
from sutaztop.domain.service import Orchestrator, Service
from sutaztop.domain.text import clean_line
from sutaztop.domain.verbs import Rollout, Signal, Verb

_Stream = TypeVar("_Stream", Follow[Event], Follow[LogLine])


class DemoEngine:
    """``contracts.Engine`` over a world. Any thread may call anything; nothing here waits on the outside."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._follows: WeakSet[Follow[Event] | Follow[LogLine]] = WeakSet()
        self._services: tuple[int, tuple[Service, ...]] = (-1, ())

    @property
    def endpoint(self) -> str:
        """Say in words that this is no address."""
        return f"demo world ({self._world.scenario.name}, seed {self._world.seed})"

    # --- reads ---------------------------------------------------------------------------------

    def info(self) -> EngineInfo:
        """See ``Engine``; ``demo`` is set, and the containers are not under this kernel."""
        return EngineInfo(
            endpoint=self.endpoint, origin="--demo", name=HOSTNAME,
            id=f"DEMO:{self._world.scenario.name}:{self._world.seed}", version="demo", api_version="1.47",
            os="demo world", kernel="demo", cpus=CPUS, memory=Bytes(MEMORY), cgroup_version=2, cgroup_driver="systemd",
            root_directory="/var/lib/docker", swarm_role=SwarmRole.MANAGER, is_local=False, demo=True,
        )  # fmt: skip

    def ping(self) -> None:
        """See ``Engine``."""

    def containers(self, known: Mapping[str, Container] = NOTHING_KNOWN) -> Sequence[Container]:
        """See ``Engine``."""
        del known  # to describe one anew costs nothing here
        with self._world.moment():
            return tuple(it.describe() for it in self._world.containers.values())

    def inspect(self, container_id: str) -> Container:
        """See ``Engine``."""
        with self._world.moment():
            return self._world.container(container_id).describe()

    def services(self) -> Sequence[Service]:
        """See ``Engine``."""
        world = self._world
        with world.moment():
            version, known = self._services
            if version != world.version:
                living = sorted(world.swarm_services.values(), key=lambda it: it.name)
                swarm = [it.describe(world.containers) for it in living]
                known = (*swarm, *compose_services(world))
                self._services = (world.version, known)
            return known

    def service(self, service_id: str) -> Service:
        """See ``Engine``; a Swarm service may be asked for by name, as the engine allows."""
        with self._world.moment():
            if "/" not in service_id:
                return self._swarm(service_id).describe(self._world.containers)
            found = compose_service(self._world, service_id)
            if found is None:
                shown = clean_line(service_id)
                raise NotFound(f"There is no Compose service {shown}", "No container carries its labels")
            return found

    def counters(self, container_id: str) -> ContainerCounters:
        """See ``Engine``. ``NotFound`` also for one that does not run, which has no counters."""
        with self._world.moment() as instant:
            container = self._world.container(container_id)
            if container.cgroup is None:
                raise NotFound(f"{container.id[:12]} does not run", "A container that is stopped has no counters")
            return container.cgroup.read(instant, container.limits.memory)

    def events(self, since_ns: int | None = None) -> Iterator[Event]:
        """See ``Engine``. The iterator has a ``close`` that any thread may call."""
        happenings = self._world.happenings
        with self._world.moment():
            last = happenings.last_ns if since_ns is None else since_ns

        def poll() -> Sequence[Event]:
            nonlocal last
            found = happenings.after(last)
            if found:
                last = found[-1].time_ns
            return found

        return self._following(Follow(self._world, poll))

    def logs(
        self, container_id: str, *, tail: int = 200, follow: bool = False, since: datetime | None = None,
        until: datetime | None = None,
    ) -> Iterator[LogLine]:  # fmt: skip
        """See ``Engine``. The iterator has a ``close`` that any thread may call; it ends with the container's run."""
        world = self._world
        spans = since is not None or until is not None
        with world.moment():
            container = world.container(container_id)
            written = Written(container)
            given = 0 if spans else max(0, written.count(world.now) - min(max(0, tail), MOST_AT_ONCE))
        going_on = True

        def poll() -> Sequence[LogLine] | None:
            nonlocal given, going_on
            if not going_on and not (follow and container.is_running):
                return None
            total = written.count(world.now)
            if spans:
                start, end = written.between(since, until, total)
                start = max(given, start)
                given = min(end, start + MOST_AT_ONCE)
                going_on = given < end
                return [written.line(number, total) for number in range(start, given)]
            going_on = False
            start = max(given, total - MOST_AT_ONCE)
            given = max(given, total)
            return [written.line(number, total) for number in range(start, total)]

        return self._following(Follow(world, poll))

    def reclaimable(self) -> Reclaimable:
        """See ``Engine``."""
        with self._world.moment():
            return reclaimable(self._world)

    # --- writes --------------------------------------------------------------------------------

    def set_limits(self, container_id: str, before: Limits, after: Limits) -> Sequence[str]:
        """See ``Engine``."""
        with self._world.moment():
            container = self._world.container(container_id)
            wanted = check_container(container, before, after)
            if before != after:
                container.set_limits(wanted)
            return ()

    def set_service_limits(self, service_id: str, after: Limits) -> None:
        """See ``Engine``. ``NotSupported`` for Compose, which has no live service: change its containers."""
        if "/" in service_id:
            raise NotSupported(
                f"{clean_line(service_id)} has no limits of its own", "Compose keeps them with each container",
                "Change its containers' limits",
            )  # fmt: skip
        with self._world.moment():
            service = self._swarm(service_id)
            check_service(service.name, after)
            service.set_limits(after, self._world.now, self._world)

    def set_replicas(self, service_id: str, replicas: int) -> None:
        """See ``Engine``."""
        world = self._world
        with world.moment():
            found = self.service(service_id)
            name = clean_line(service_id) if found.orchestrator is Orchestrator.COMPOSE else found.name
            if replicas < 0:
                raise EngineRefused(f"{name} cannot have {replicas} replicas", "The number must be 0 or more")
            if found.not_scalable:
                raise EngineRefused(f"{name} cannot be scaled", found.not_scalable)
            if found.orchestrator is Orchestrator.COMPOSE:
                world.scale_compose(found.project, found.name, replicas)
            else:
                self._swarm(service_id).set_desired(replicas, world)

    def change_state(self, container_id: str, verb: Verb, signal: Signal | None = None) -> None:
        """See ``Engine``."""
        with self._world.moment():
            change_state(self._world, self._world.container(container_id), verb, signal)

    def roll_out(self, service_id: str, rollout: Rollout) -> None:
        """See ``Engine``."""
        if "/" in service_id:
            raise NotSupported(
                f"{clean_line(service_id)} has no rollouts", "Compose keeps no earlier specification",
                "Restart its containers",
            )  # fmt: skip
        with self._world.moment():
            service = self._swarm(service_id)
            if rollout is Rollout.REDEPLOY:
                service.redeploy(self._world.now, self._world)
            elif not service.roll_back(self._world):
                raise EngineRefused(
                    f"The engine refused a rollback for {service.name}",
                    f"service {service.id} does not have a previous spec",
                )

    def kernel_limits(self, container_id: str) -> Limits | None:
        """See ``Engine``: what is enforced, and ``None`` for a container that does not run."""
        with self._world.moment():
            container = self._world.container(container_id)
            limits = container.limits
            if container.cgroup is None:
                return None
            # The kernel enforces whole pages, and inspect says what was asked for.
            memory = None if limits.memory is None else Bytes(limits.memory // PAGE * PAGE)
            return Limits(limits.cpu, memory, limits.memory_and_swap, limits.pids)

    def close(self) -> None:
        """See ``Engine``: every stream ends."""
        for follow in list(self._follows):
            follow.close()

    # --- within --------------------------------------------------------------------------------

    def _following(self, follow: _Stream) -> _Stream:
        self._follows.add(follow)
        return follow

    def _swarm(self, service_id: str) -> LivingService:
        if not service_id:
            raise NotFound("No service is named", "The id is empty")
        services = self._world.swarm_services
        found = services.get(service_id) or next((it for it in services.values() if it.name == service_id), None)
        if found is None:
            shown = clean_line(service_id, limit=80)
            raise NotFound("The engine does not know it: a service", f"service {shown} not found")
        return found
