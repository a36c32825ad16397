"""What is other than before a time in which nobody recorded."""

from dataclasses import replace

from sutaztop.domain.container import Container
from sutaztop.domain.finding import Severity
from sutaztop.domain.service import Orchestrator, Service
from sutaztop.domain.snapshot import Snapshot
from sutaztop.history.meanwhile import MOST, known_of, meanwhile
from tests.given import container, measured_container
from tests.given import snapshot as given_snapshot


def snapshot(*containers: Container, services: tuple[Service, ...] = ()) -> Snapshot:
    return given_snapshot([measured_container(it) for it in containers], services=services)


def web(count: int, image: str = "web:1", orchestrator: Orchestrator = Orchestrator.COMPOSE) -> Service:
    ids = tuple(f"c{number}" for number in range(count))
    desired = None if orchestrator is Orchestrator.COMPOSE else count
    return Service("p/web", "web", orchestrator, image=image, desired=desired, container_ids=ids)


def told(before: Snapshot, after: Snapshot) -> list[tuple[str, str]]:
    return [(it.subject.name, it.text) for it in meanwhile(known_of(before), after)]


def test_the_same_is_nothing() -> None:
    here = snapshot(container(), services=(web(2),))
    assert told(here, here) == []


def test_limits_replicas_and_images_are_told_with_both_figures() -> None:
    before = snapshot(container(), services=(web(2),))
    after = snapshot(container(cpu=3.0, memory=None), services=(web(3, "web:2"),))
    assert told(before, after) == [
        ("web", "2 → 3 replicas, image web:1 → web:2"), ("sutazai-backend", "cpu 2 → 3, memory 4g → unlimited"),
    ]  # fmt: skip


def test_a_container_on_its_own_comes_and_goes_and_one_of_a_service_does_so_with_it() -> None:
    alone, member = container("loner", service="", project=""), container("p-web-1", service="web", project="p")
    assert told(snapshot(member), snapshot(alone)) == [("loner", "is new")]
    assert told(snapshot(alone), snapshot(member)) == [("loner", "is gone")]
    assert meanwhile(known_of(snapshot(alone)), snapshot())[0].severity is Severity.UNKNOWN


def test_a_service_that_is_gone_is_told() -> None:
    assert told(snapshot(services=(web(2),)), snapshot()) == [("web", "is gone")]


def test_a_whole_stack_that_was_made_anew_is_bounded() -> None:
    many = [replace(container(f"c{number}"), service="", project="") for number in range(200)]
    lines = told(snapshot(), snapshot(*many))
    assert len(lines) == MOST
    assert lines[-1][1] == f"{200 - MOST + 1} more are other than before"
