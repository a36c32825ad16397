"""Compose's services as their containers' labels tell them."""

from collections.abc import Iterable

from sutaztop.demo.container import LivingContainer
from sutaztop.demo.world import World
from sutaztop.domain.service import Orchestrator, Service


def compose_services(world: World) -> list[Service]:
    """Give every Compose service that has a container."""
    groups: dict[tuple[str, str], list[LivingContainer]] = {}
    for container in world.containers.values():
        fixed = container.configuration
        if fixed.project and fixed.service and not fixed.swarm_service_id:
            groups.setdefault((fixed.project, fixed.service), []).append(container)
    return [_describe(project, service, members) for (project, service), members in sorted(groups.items())]


def compose_service(world: World, service_id: str) -> Service | None:
    """Give one by its id, ``project/service``."""
    return next((it for it in compose_services(world) if it.id == service_id), None)


def not_scalable(container: LivingContainer) -> str:
    """Say why Compose cannot run a second container like this one; empty means that it can."""
    fixed = container.configuration
    if container.name != f"{fixed.project}-{fixed.service}-{fixed.number}":
        return f"its container_name fixes the name {container.name}, which only one container can have"
    if any(port.host_port for port in fixed.ports):
        return "it publishes a fixed host port, which only one container can have"
    return ""


def _describe(project: str, service: str, members: Iterable[LivingContainer]) -> Service:
    ordered = sorted(members, key=lambda it: it.configuration.number or 0)
    first = ordered[0].describe()
    return Service(
        id=f"{project}/{service}", name=service, orchestrator=Orchestrator.COMPOSE, project=project,
        image=first.image, running=sum(it.is_running for it in ordered),
        not_scalable=next((why for it in ordered if (why := not_scalable(it))), ""),
        resources=first.resources, container_ids=tuple(it.id for it in ordered),
        folder=first.labels.get("com.docker.compose.project.working_dir", ""),
        files=tuple(filter(None, [first.labels.get("com.docker.compose.project.config_files", "")])),
    )  # fmt: skip
