"""Which containers stand beside another: those it depends on, those that depend on it, those on its networks."""

from collections.abc import Iterable

from sutaztop.domain.container import Container
from sutaztop.domain.project import COMPOSE

MOST = 8
"""Neighbours that are named at most; a shared network may have a hundred."""
_SHARED_BY_ALL = frozenset({"bridge", "host", "none", "ingress", "docker_gwbridge"})
"""Networks that say nothing of who talks to whom."""


def depends_on(container: Container) -> frozenset[str]:
    """Give the services that Compose was told it depends on.

    The label is written by Compose 2: ``db:service_healthy:false,redis:service_started:true``. Its older line, and
    Swarm, write none.

    >>> from sutaztop.domain.container import ContainerState
    >>> label = {"com.docker.compose.depends_on": "db:service_healthy:false,redis:service_started:false"}
    >>> sorted(depends_on(Container("1", "web", "web", ContainerState.RUNNING, labels=label)))
    ['db', 'redis']
    """
    parts = container.labels.get(COMPOSE + "depends_on", "").split(",")
    return frozenset(name for part in parts if (name := part.partition(":")[0].strip()))


def neighbours_of(container: Container, among: Iterable[Container]) -> tuple[list[Container], int]:
    """Give the neighbours of a container, nearest first, at most ``MOST``, and how many more there are.

    First come those it depends on, then those that depend on it, then those of its project (or Swarm stack) that share
    a network with it. Without a project there are none: what shares Docker's own bridge are strangers.
    """
    if not container.project:
        return [], 0
    wanted = depends_on(container)
    networks = frozenset(container.networks) - _SHARED_BY_ALL
    ranked: list[tuple[int, str, Container]] = []
    for it in among:
        if it.id == container.id or it.project != container.project:
            continue
        if it.service and it.service in wanted:
            rank = 0
        elif container.service and container.service in depends_on(it):
            rank = 1
        elif networks.intersection(it.networks) and it.service != container.service:
            rank = 2
        else:
            continue
        ranked.append((rank + (0 if it.is_running else 3), it.name, it))
    ranked.sort(key=lambda it: it[:2])
    return [it for _, _, it in ranked[:MOST]], max(0, len(ranked) - MOST)
