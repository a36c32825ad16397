"""How containers, tasks and services come to be: their identities, and the population that is found on opening."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from random import Random

from sutaztop.demo.catalogue import Part, compose_parts, plain_parts, swarm_parts
from sutaztop.demo.configuration import Configuration, Task, configure, configure_task, renumber
from sutaztop.demo.container import SIGKILLED, LivingContainer, Tell
from sutaztop.demo.load import LoadShape
from sutaztop.demo.scenarios import KINDS, Ailment, Scenario
from sutaztop.demo.service import LivingService
from sutaztop.domain.resources import Resources

_ID_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"
_DAY = 86_400.0
_RESTARTS_OF_THE_CRASHING = 212


@dataclass(frozen=True, slots=True)
class Newcomers:
    """Who is there when the world opens."""

    containers: tuple[LivingContainer, ...]
    services: tuple[LivingService, ...]


class Maker:
    """Makes things with identities that depend on the seed and on what was made before, and on nothing else."""

    def __init__(self, seed: int, scenario: Scenario, epoch: datetime, tell: Tell) -> None:
        self.random = Random(f"{seed}/{scenario.name}")
        self._seed = seed
        self._scenario = scenario
        self._epoch = epoch
        self._tell = tell
        self._made = 0
        self._node_id = self._swarm_id("node")

    def populate(self) -> Newcomers:
        """Make everything that the catalogue defines, found as it would be after days."""
        containers = []
        for part in [*compose_parts(), *plain_parts()]:
            for number in range(1, part.clones + 1):
                name = part.name or f"{part.project}-{part.service}-{number}"
                containers.append(self._settled(name, configure(part, number, self.random), part.resources))
        services = [self.make_service(part) for part in swarm_parts()]
        for service in services:
            for slot in range(1, service.desired + 1):
                task = self.make_task(service, slot, born=-12 * _DAY)
                service.slots[slot] = task.id
                self._settle_in(task)
                containers.append(task)
        return Newcomers(tuple(containers), tuple(services))

    def make(
        self, name: str, configuration: Configuration, resources: Resources, shape: LoadShape | None, *, born: float
    ) -> LivingContainer:
        """Make a container that does not run yet; without a shape it loads as its kind does."""
        self._made += 1
        return LivingContainer(
            sha256(f"{self._seed}/{self._made}/{name}".encode()).hexdigest(), name, configuration, resources,
            shape or self._scenario.shapes.get(name, KINDS[configuration.kind]),
            random=Random(f"{self._seed}/{name}/{self._made}"), epoch=self._epoch, born=born, tell=self._tell,
            ailment=self._scenario.ailments.get(name, Ailment.HEALTHY),
        )  # fmt: skip

    def make_clone(self, model: LivingContainer, number: int, *, born: float) -> LivingContainer:
        """Make one more container of a Compose service, like one of those that it has."""
        fixed = renumber(model.configuration, number)
        return self.make(f"{fixed.project}-{fixed.service}-{number}", fixed, model.resources, model.shape, born=born)

    def make_service(self, part: Part) -> LivingService:
        """Make a Swarm service without its tasks."""
        self._made += 1
        return LivingService(self._swarm_id(f"{part.service}/{self._made}"), part)

    def make_task(self, service: LivingService, slot: int, *, born: float) -> LivingContainer:
        """Make the container of one task."""
        task_id = self._swarm_id(f"{service.name}/{slot}/{self._made}")
        configuration = configure_task(
            service.part, Task(service.id, service.name, slot, task_id, self._node_id), self.random
        )
        place = self._node_id if service.part.global_mode else str(slot)
        shape = self._scenario.shapes.get(service.name)
        return self.make(f"{service.name}.{place}.{task_id}", configuration, service.task_resources, shape, born=born)

    def _settled(self, name: str, configuration: Configuration, resources: Resources) -> LivingContainer:
        container = self.make(name, configuration, resources, None, born=-self.random.uniform(9.0, 12.0) * _DAY)
        self._settle_in(container)
        return container

    def _settle_in(self, container: LivingContainer) -> None:
        """Let it be found running, exited or in a restart loop, as its ailment has it."""
        up = self.random.uniform(0.4, 9.0) * _DAY
        if container.ailment is Ailment.EXITED:
            container.exit_before(-up / 9, 0)
        elif container.ailment is Ailment.FAILED:
            container.exit_before(-up / 9, self.random.choice((1, SIGKILLED)))
        elif container.ailment is Ailment.CRASHING:
            container.be_crashing(-40.0, _RESTARTS_OF_THE_CRASHING)
        else:
            container.start(-up, quietly=True)
            if container.ailment is Ailment.OOM_BEFORE:
                container.be_oom_killed_before(self._scenario.oom_kills.get(container.name, 1))

    def _swarm_id(self, of: str) -> str:
        number = int(sha256(f"{self._seed}/swarm/{of}".encode()).hexdigest(), 16)
        letters = []
        for _ in range(25):
            number, place = divmod(number, 36)
            letters.append(_ID_LETTERS[place])
        return "".join(letters)
