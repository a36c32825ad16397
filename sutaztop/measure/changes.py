"""Which limits and replicas were changed, seen by comparing two snapshots: whoever made the change."""

from collections.abc import Mapping
from datetime import timedelta

from sutaztop.domain.container import Container
from sutaztop.domain.guardrails import ObservedChange
from sutaztop.domain.resources import Limits
from sutaztop.domain.service import Orchestrator, Service
from sutaztop.domain.snapshot import Snapshot

KEPT = timedelta(hours=1)
"""How long a change is remembered: longer than any cool-down."""


def observed_changes(
    before: Snapshot | None, after: Snapshot, known: Mapping[str, ObservedChange]
) -> Mapping[str, ObservedChange]:
    """Give the last observed change of each container and service, by id; what is older than an hour is forgotten.

    A container made anew is another container: what is observed of its service then counts.
    """
    fresh: dict[str, ObservedChange] = {}
    if before is not None:
        earlier = before.by_id
        for it in after.containers:
            then = earlier.get(it.id)
            if then is not None and then.container is not it.container and _limits_moved(then.container, it.container):
                fresh[it.id] = ObservedChange(after.at, "limits")
        if before.services is not after.services:
            services = {it.id: it for it in before.services}
            for service in after.services:
                was = services.get(service.id)
                if was is not None and was is not service and (what := _service_moved(was, service)):
                    fresh[service.id] = ObservedChange(after.at, what)
    if not fresh and not any(after.at - it.at > KEPT for it in known.values()):
        return known
    return {key: it for key, it in {**known, **fresh}.items() if after.at - it.at <= KEPT}


def _limits_moved(before: Container, after: Container) -> bool:
    return _ceilings(before.resources.limits) != _ceilings(after.resources.limits)


def _ceilings(limits: Limits) -> tuple[object, ...]:
    return limits.cpu, limits.memory


def _service_moved(before: Service, after: Service) -> str:
    # Compose keeps no wish: a container more or less is one, and a container that crashed stays listed.
    count = (it.desired if it.orchestrator is Orchestrator.SWARM else len(it.container_ids) for it in (before, after))
    if len(set(count)) > 1:
        return "replicas"
    if after.orchestrator is Orchestrator.SWARM and _ceilings(before.resources.limits) != _ceilings(
        after.resources.limits
    ):
        return "limits"
    return ""
