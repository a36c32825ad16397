"""Workloads: what one change of limits touches, with the service that owns its replicas."""

from dataclasses import dataclass

from sutaztop.domain.finding import Subject
from sutaztop.domain.quantity import Bytes
from sutaztop.domain.reading import measured
from sutaztop.domain.resources import Limits
from sutaztop.domain.service import Orchestrator, Service
from sutaztop.domain.snapshot import ContainerSnapshot, Snapshot
from sutaztop.policy.container_findings import subject_of


@dataclass(frozen=True, slots=True)
class Workload:
    """What one change of limits touches: one container, or all tasks of a Swarm service."""

    containers: tuple[ContainerSnapshot, ...]
    service: Service | None

    @property
    def leader(self) -> ContainerSnapshot:
        """The container that is named in the intent, the same one whatever the order."""
        return min(self.containers, key=lambda it: (it.container.name, it.id))

    @property
    def is_swarm(self) -> bool:
        """Whether a change of limits goes to the service and so to each of its tasks."""
        return self.service is not None and self.service.orchestrator is Orchestrator.SWARM

    @property
    def key(self) -> str:
        """What is remembered of it goes by this: a Swarm service's id, or a container's name, which outlives its id."""
        return self.service.id if self.service is not None and self.is_swarm else self.leader.container.name

    @property
    def subject(self) -> Subject:
        """The object by the name that the screen shows."""
        if self.service is not None and self.is_swarm:
            return Subject("service", self.service.id, self.service.name)
        return subject_of(self.leader)

    @property
    def limits(self) -> Limits:
        """The ceilings that a change starts from: the highest, where tasks of a service differ during its roll-out."""
        each = [it.container.resources.limits for it in self.containers]
        return Limits(
            max((it.cpu for it in each if it.cpu is not None), default=None),
            max((it.memory for it in each if it.memory is not None), default=None),
        )

    @property
    def working_set(self) -> Bytes:
        """The largest working set; 0 where none was measured."""
        return max((measured(it.usage.memory) or Bytes(0) for it in self.containers), default=Bytes(0))


def workloads(snapshot: Snapshot) -> list[Workload]:
    """Gather the containers into what one change of limits touches, in an order of their own."""
    owners = {container_id: service for service in snapshot.services for container_id in service.container_ids}
    swarm: dict[str, list[ContainerSnapshot]] = {}
    found: list[Workload] = []
    for it in sorted(snapshot.containers, key=lambda it: (it.container.name, it.id)):
        service = owners.get(it.id)
        if service is not None and service.orchestrator is Orchestrator.SWARM:
            swarm.setdefault(service.id, []).append(it)
        else:
            found.append(Workload((it,), service))
    found += [Workload(tuple(members), owners[members[0].id]) for members in swarm.values()]
    return found
