"""Services of both kinds behind one identity: Swarm's id, or Compose's ``project/service``."""

import json
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import replace

from sutaztop.contracts import EngineError, EngineRefused, NotFound, NotSupported
from sutaztop.domain.container import ContainerState
from sutaztop.domain.project import COMPOSE
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.resources import Limits
from sutaztop.domain.service import Service
from sutaztop.domain.text import clean_line
from sutaztop.domain.verbs import Rollout
from sutaztop.engines.docker.compose import Replica, compose_service, group_replicas, project_of
from sutaztop.engines.docker.compose_run import Compose
from sutaztop.engines.docker.reads import Reads
from sutaztop.engines.docker.transport import Transport
from sutaztop.engines.docker.verbs import NEVER_FORCED
from sutaztop.engines.identity import path_part
from sutaztop.engines.payload import objects
from sutaztop.engines.swarm.engine import SwarmServices

_PATIENCE = 24
"""How many deadlines Compose may take: it creates, starts and stops containers, one stop waits ten seconds."""
_SWARM_SERVICE = "com.docker.swarm.service.id"


class Services:
    """Lists and changes services. What Swarm does is Swarm's; what Compose does, the real Compose does."""

    def __init__(self, transport: Transport, reads: Reads, compose: Compose) -> None:
        self._transport = transport
        self._reads = reads
        self._compose = compose
        self._swarm = SwarmServices(transport)

    def services(self) -> Sequence[Service]:
        """List Swarm's services, then Compose's, each by name."""
        listed = self._reads.list_payload()
        swarm = self._swarm.services(_by_swarm_service(listed))
        compose = [self._compose_service(key, replicas) for key, replicas in group_replicas(listed).items()]
        return [*sorted(swarm, key=lambda it: it.name), *sorted(compose, key=lambda it: it.id)]

    def service(self, service_id: str) -> Service:
        """Read one anew. Raises ``NotFound``."""
        if "/" not in service_id:
            return self._swarm.service(service_id)
        return self._compose_service(service_id, self._replicas(service_id), anew=True)

    def set_limits(self, service_id: str, after: Limits) -> None:
        """Change a Swarm service's ceilings."""
        if "/" in service_id:
            raise NotSupported(
                f"{clean_line(service_id)} has no limits of its own", "Compose keeps them with each container",
                "Change its containers' limits",
            )  # fmt: skip
        self._transport.require_actions(f"new limits for service {clean_line(service_id)}")
        self._swarm.set_limits(service_id, after)

    def roll_out(self, service_id: str, rollout: Rollout) -> None:
        """Roll a Swarm service back, or have its tasks made anew."""
        name = clean_line(service_id)
        if "/" in service_id:
            raise NotSupported(
                f"{name} has no rollouts", "Compose keeps no earlier specification", "Restart its containers"
            )
        self._transport.require_actions(f"{rollout.value} of service {name}")
        self._swarm.roll_out(service_id, rollout)

    def set_replicas(self, service_id: str, replicas: int) -> None:
        """Ask for a number of replicas."""
        name = clean_line(service_id)
        self._transport.require_actions(f"{replicas} replicas of {name}")
        if "/" not in service_id:
            self._swarm.set_replicas(service_id, replicas)
            return
        if replicas < 0:
            raise EngineRefused(f"{name} cannot have {replicas} replicas", "The number must be 0 or more")
        found = self._replicas(service_id)
        service = self._compose_service(service_id, found, anew=True)
        if service.not_scalable:
            raise EngineRefused(f"{name} cannot be scaled", service.not_scalable)
        patience = Seconds(self._transport.deadline * _PATIENCE)
        try:
            self._compose.scale(project_of(_proper(found)), service.name, replicas, deadline=patience)
        except EngineError as error:
            left = self._clear_away(service_id, {it.id for it in found})
            if left:
                raise EngineError(
                    error.trouble.what, error.trouble.why, f"Removed again, since they never ran: {', '.join(left)}"
                ) from error
            raise

    def _clear_away(self, service_id: str, known: Collection[str]) -> list[str]:
        """Remove what a failed scaling made and never started: such a container stands in the way of the next try."""
        removed = []
        with suppress(EngineError):
            for replica in self._replicas(service_id):
                if replica.id in known or replica.running:
                    continue
                if self._reads.inspect(replica.id).state is ContainerState.CREATED:
                    path = f"/containers/{path_part(replica.id, 'container')}"
                    self._transport.delete(path, asked=f"removal of {replica.name}", parameters=NEVER_FORCED)
                    removed.append(replica.name)
        return removed

    def _replicas(self, service_id: str) -> Sequence[Replica]:
        project, _, name = service_id.partition("/")
        labels = [f"{COMPOSE}project={project}", f"{COMPOSE}service={name}"]
        parameters: dict[str, str | int] = {"all": 1, "filters": json.dumps({"label": labels})}
        listed = self._transport.get("/containers/json", asked="a service's containers", parameters=parameters)
        found = group_replicas(listed).get(service_id)
        if not found:
            raise NotFound(f"There is no Compose service {clean_line(service_id)}", "No container carries its labels")
        return found

    def _compose_service(self, key: str, replicas: Sequence[Replica], *, anew: bool = False) -> Service:
        look = self._reads.look if anew else self._reads.seen
        service = compose_service(
            key,
            replicas,
            fixed_host_port=lambda container_id: look(container_id).fixed_host_port,
            no_compose=self._compose.missing_for,
        )
        newest = max(_proper(replicas) or replicas, key=lambda replica: replica.created)
        with suppress(NotFound):  # it went meanwhile; the next list will say so
            return replace(service, resources=look(newest.id).container.resources)
        return service


def _proper(replicas: Sequence[Replica]) -> list[Replica]:
    return [replica for replica in replicas if not replica.is_one_off]


def _by_swarm_service(listed: object) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for entry in objects(listed, "containers"):
        service = entry.mapping("Labels").get(_SWARM_SERVICE)
        if service:
            found[service] = (*found.get(service, ()), entry.text("Id"))
    return found
