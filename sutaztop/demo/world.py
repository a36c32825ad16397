"""The world: containers, services, models and a host that live on as the clock moves.

It moves lazily: whoever reads, advances it to the clock's present in steps of half a second.
What happens depends on the seed, the scenario and what was done to it, never on who looked
when. A jump of hours is leapt over, so that its cost is bounded.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from random import Random

from sutaztop.contracts import Clock, EngineRefused, NotFound
from sutaztop.demo.birth import Maker, Newcomers
from sutaztop.demo.catalogue import Part
from sutaztop.demo.configuration import configure
from sutaztop.demo.container import LivingContainer
from sutaztop.demo.happenings import Happenings
from sutaztop.demo.kernel import STEP, Instant
from sutaztop.demo.llm import LivingModels
from sutaztop.demo.load import LoadShape
from sutaztop.demo.machine import CPUS, Machine
from sutaztop.demo.scenarios import DEFAULT_SCENARIO, SCENARIOS, Ailment
from sutaztop.demo.service import STARTS_IN, STOPS_IN, LivingService
from sutaztop.domain.quantity import Bytes, Cores
from sutaztop.domain.resources import Limits, Resources
from sutaztop.domain.text import clean_line

OLLAMA = "sutazai-ollama"
_STEP_NS = int(STEP * 1e9)
_WARM_UP = 60
"""Steps lived before anybody looks, so that averages stand where they belong."""
_LEAP_AFTER = 600
_LEAP_LEAVES = 120


class World:
    """A SutazAI that lives. Every public method may be called from any thread."""

    def __init__(self, clock: Clock, *, seed: int = 7, scenario: str = DEFAULT_SCENARIO) -> None:
        if scenario not in SCENARIOS:
            raise ValueError(f"there is no scenario {scenario!r}; there are {', '.join(SCENARIOS)}")
        self.seed = seed
        self.scenario = SCENARIOS[scenario]
        self.changed = threading.Condition(threading.RLock())
        """The world's one lock, and the news that something happened."""
        self.happenings = Happenings()
        self.version = 0
        """Counts every change of state, so that lists can be kept until one comes."""
        self._clock = clock
        # World time 0 is now; the warm-up is lived in the seconds before it.
        self.epoch = clock.now()
        self._start_ns = clock.monotonic_ns()
        self._tick = -_WARM_UP
        self._maker = Maker(seed, self.scenario, self.epoch, self._tell)
        self._containers: dict[str, LivingContainer] = {}
        self._services: dict[str, LivingService] = {}
        self.machine = Machine(
            self.scenario.outside_cores, self.scenario.outside_memory, Random(f"{seed}/host"), 9 * 86_400.0
        )
        self.models = LivingModels(
            self.scenario.models, Random(f"{seed}/models"), loads_by_itself=self.scenario.loads_models
        )
        self._welcome(self._maker.populate())
        self._warm_up()

    def _welcome(self, newcomers: Newcomers) -> None:
        self._containers.update({it.id: it for it in newcomers.containers})
        self._services.update({it.id: it for it in newcomers.services})
        self.version += 1

    def _warm_up(self) -> None:
        for _ in range(_WARM_UP):
            self._step()
            self.machine.begin()
        self.happenings.forget()

    # --- time ----------------------------------------------------------------------------------

    @property
    def now(self) -> float:
        """The world's time in seconds since it was opened, as of the last step."""
        return self._tick * STEP

    @contextmanager
    def moment(self) -> Iterator[Instant]:
        """Hold the world still at the clock's present."""
        with self.changed:
            elapsed = max(self._clock.monotonic_ns() - self._start_ns, self._tick * _STEP_NS)
            self._advance_to(elapsed // _STEP_NS)
            beyond = (elapsed - self._tick * _STEP_NS) / 1e9
            yield Instant(
                at=self.epoch + timedelta(microseconds=elapsed // 1000),
                clock_ns=self._start_ns + elapsed,
                beyond=beyond,
                system_cpu_time_ns=int((self.machine.total_time + CPUS * beyond) * 1e9),
                cpus=CPUS,
            )

    def _advance_to(self, tick: int) -> None:
        behind = tick - self._tick
        if behind > _LEAP_AFTER:
            self._leap(behind - _LEAP_LEAVES)
        while self._tick < tick:
            self._step()

    def _leap(self, steps: int) -> None:
        """Let a long absence pass at the present rates."""
        self.machine.settle(steps * STEP)
        for container in self._containers.values():
            if container.cgroup is not None:
                container.cgroup.settle(steps * STEP)
        self._tick += steps

    def _step(self) -> None:
        self._tick += 1
        now = self._tick * STEP
        self._step_models(now)
        share = self.machine.share
        leaving = []
        for container in self._containers.values():
            if container.step(now, share) and container.name == OLLAMA:
                self.models.kill_largest(now)
            if container.will_be_removed_at is not None and now >= container.will_be_removed_at:
                leaving.append(container)
        for container in leaving:
            self._remove(container)
        for service in self._services.values():
            service.step(now, self)
        self.machine.step(now, self._containers.values())

    def _step_models(self, now: float) -> None:
        server = self.model_server()
        if server is None or server.cgroup is None:
            self.models.lose_all()
        else:
            server.cgroup.extra_cores, server.cgroup.extra_anon = self.models.step(now)

    # --- what is there -------------------------------------------------------------------------

    @property
    def containers(self) -> Mapping[str, LivingContainer]:
        """Every container by id. Hold the world (``moment``) while going through it."""
        return self._containers

    @property
    def swarm_services(self) -> Mapping[str, LivingService]:
        """Every Swarm service by id."""
        return self._services

    def container(self, named: str) -> LivingContainer:
        """Find one by id, beginning of an id, or name. Raises ``NotFound`` with the engine's words."""
        if not named:
            raise NotFound("No container is named", "The id is empty")
        found = self._containers.get(named) or next((it for it in self._containers.values() if it.name == named), None)
        if found is None and len(named) >= 12:
            found = next((it for key, it in self._containers.items() if key.startswith(named)), None)
        if found is None:
            shown = clean_line(named, limit=80)
            raise NotFound(f"The engine does not know it: inspect of {shown[:12]}", f"No such container: {shown}")
        return found

    def of_compose(self, project: str, service: str) -> list[LivingContainer]:
        """Give a Compose service's containers that are not on their way out, by number."""
        found = [
            it
            for it in self._containers.values()
            if (it.configuration.project, it.configuration.service) == (project, service)
            and not it.configuration.swarm_service_id
            and it.will_be_removed_at is None
        ]
        return sorted(found, key=lambda it: it.configuration.number or 0)

    def model_server(self) -> LivingContainer | None:
        """Give the container that Ollama runs in, or ``None`` when it was removed."""
        return next((it for it in self._containers.values() if it.name == OLLAMA), None)

    # --- what can be done to it ----------------------------------------------------------------

    def add_container(  # noqa: PLR0913 - each says what a test wants of its container
        self, name: str, *, image: str = "busybox:latest", cpu: float | None = None, memory: int | None = None,
        kind: str = "idle", shape: LoadShape | None = None, project: str = "", service: str = "", number: int = 1,
        labels: Mapping[str, str] | None = None, ailment: Ailment = Ailment.HEALTHY, start: bool = True,
    ) -> str:  # fmt: skip
        """Create a container, and start it; gives its id. Raises ``EngineRefused`` for a name that is taken."""
        with self.moment():
            if any(it.name == name for it in self._containers.values()):
                raise EngineRefused(f"{name} was not created", f'The container name "/{name}" is already in use')
            probed = ailment is Ailment.UNHEALTHY
            part = Part(service, kind, _limited(cpu, memory), image, name, project, probed=probed)
            fixed = configure(part, number, self._maker.random)
            fixed = replace(fixed, labels={**fixed.labels, **(labels or {})})
            container = self._maker.make(name, fixed, part.resources, shape, born=self.now)
            container.ailment = ailment
            self._arrive(container)
            if start:
                container.start(self.now)
            return container.id

    def start(self, named: str) -> None:
        """Start a container by hand; its OOM flag is of the new run."""
        with self.moment():
            container = self.container(named)
            if not container.is_running:
                container.oom_killed = False
                container.start(self.now)

    def stop(self, named: str) -> None:
        """Stop a container; its restart policy leaves it alone."""
        with self.moment():
            self.container(named).stop(self.now)

    def restart(self, named: str) -> None:
        """Stop and start."""
        with self.moment():
            self.stop(named)
            self.start(named)

    def remove(self, named: str) -> None:
        """Remove a container by force."""
        with self.moment():
            self._remove(self.container(named))

    def add_service(self, name: str, *, replicas: int = 1, cpu: float | None = None, memory: int | None = None) -> str:
        """Create a replicated Swarm service outside the stack; gives its id. Its tasks start in a second or two."""
        with self.moment():
            limited = _limited(cpu, memory)
            part = Part(name, "idle", limited, "busybox:latest", project="", clones=replicas, probed=False)
            service = self._maker.make_service(part)
            self._services[service.id] = service
            self.tell_service(service, "create", {})
            return service.id

    def remove_service(self, service_id: str) -> None:
        """Remove a Swarm service with its tasks. Raises ``NotFound``."""
        with self.moment():
            service = self._services.pop(service_id, None)
            if service is None:
                raise NotFound("The engine does not know it: a service", f"service {service_id} not found")
            for container_id in service.slots.values():
                if container_id in self._containers:
                    self._remove(self._containers[container_id])
            self.tell_service(service, "remove", {})

    def scale_compose(self, project: str, service: str, replicas: int) -> None:
        """Bring a Compose service to a number of containers; the highest numbers go first."""
        with self.moment():
            present = self.of_compose(project, service)
            for extra in present[replicas:]:
                extra.will_be_removed_at = self.now + STOPS_IN
            number = max((it.configuration.number or 0 for it in present), default=0)
            for more in range(1, replicas - len(present) + 1):
                made = self._maker.make_clone(present[-1], number + more, born=self.now)
                made.will_start_at = self.now + STARTS_IN
                self._arrive(made)

    # --- what the services do ------------------------------------------------------------------

    def make_task(self, service: LivingService, slot: int) -> LivingContainer | None:
        """Create a task's container; ``None`` where its limit exceeds the only node's cores."""
        if (service.resources.limits.cpu or 0.0) > CPUS:
            return None
        task = self._maker.make_task(service, slot, born=self.now)
        self._arrive(task)
        return task

    def _arrive(self, container: LivingContainer) -> None:
        self._containers[container.id] = container
        self._tell(container, "create", "", {})

    def _remove(self, container: LivingContainer) -> None:
        if container.is_running:
            container.stop(self.now)
        del self._containers[container.id]
        self._tell(container, "destroy", "", {})

    # --- news ----------------------------------------------------------------------------------

    def _tell(self, container: LivingContainer, action: str, detail: str, attributes: Mapping[str, str]) -> None:
        self.version += 1
        name = clean_line(container.name)
        self.happenings.add(
            container.at(self.now), "container", action, (container.id, name), detail,
            {"image": clean_line(container.configuration.image), "name": name, **attributes},
        )  # fmt: skip
        self.changed.notify_all()

    def tell_service(self, service: LivingService, action: str, attributes: Mapping[str, str]) -> None:
        """Write down an event of a service."""
        self.version += 1
        at = self.epoch + timedelta(seconds=self.now)
        self.happenings.add(at, "service", action, (service.id, service.name), "", {"name": service.name, **attributes})
        self.changed.notify_all()


def _limited(cpu: float | None, memory: int | None) -> Resources:
    swap = None if memory is None else Bytes(2 * memory)
    return Resources(Limits(None if cpu is None else Cores(cpu), None if memory is None else Bytes(memory), swap))
