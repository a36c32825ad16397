"""Changes of limits and replicas are seen, whoever makes them; nothing else is one."""

from dataclasses import replace
from datetime import timedelta

from sutaztop.domain.container import Container, Health
from sutaztop.domain.guardrails import ObservedChange
from sutaztop.domain.resources import Resources
from sutaztop.domain.service import Orchestrator, Service
from sutaztop.domain.snapshot import Snapshot
from sutaztop.measure.changes import observed_changes
from tests import given

IT = given.container()
LATER = given.NOW + timedelta(seconds=5)


def stack(*containers: Container, services: tuple[Service, ...] = (), seconds: float = 0) -> Snapshot:
    found = [given.measured_container(it) for it in containers]
    return given.snapshot(found, services=services, at=given.NOW + timedelta(seconds=seconds))


def test_other_limits_are_a_change_and_the_same_anew_are_none() -> None:
    other = replace(IT, resources=Resources(given.limits(3.0)))
    assert observed_changes(stack(IT), stack(other, seconds=5), {}) == {IT.id: ObservedChange(LATER, "limits")}
    assert observed_changes(stack(IT), stack(replace(IT), seconds=5), {}) == {}
    assert observed_changes(stack(IT), stack(replace(IT, health=Health.UNHEALTHY), seconds=5), {}) == {}


def test_the_first_snapshot_and_new_containers_are_no_change() -> None:
    assert observed_changes(None, stack(IT), {}) == {}
    assert observed_changes(stack(), stack(IT, seconds=5), {}) == {}


def test_a_services_replicas_are_its_wish_under_swarm_and_its_containers_under_compose() -> None:
    swarm = Service("s", "backend", Orchestrator.SWARM, desired=2, running=2)
    compose = Service("p/c", "c", Orchestrator.COMPOSE, running=2, container_ids=("a", "b"))
    before = stack(services=(swarm, compose))

    def seen(*services: Service) -> dict[str, str]:
        return {key: it.what for key, it in observed_changes(before, stack(services=services, seconds=5), {}).items()}

    assert seen(replace(swarm, desired=3), compose) == {"s": "replicas"}
    assert seen(replace(swarm, running=1), replace(compose, running=1)) == {}, "a crash is no change"
    assert seen(swarm, replace(compose, container_ids=("a", "b", "c"))) == {"p/c": "replicas"}
    assert seen(replace(swarm, resources=Resources(given.limits(1.0))), compose) == {"s": "limits"}
    assert seen(replace(swarm, rollout="updating"), replace(compose, image="other")) == {}


def test_what_is_older_than_an_hour_is_forgotten() -> None:
    known = {IT.id: ObservedChange(given.NOW, "limits")}
    assert observed_changes(stack(IT), stack(IT, seconds=3599), known) == known
    assert observed_changes(stack(IT), stack(IT, seconds=3601), known) == {}
