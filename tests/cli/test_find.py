from dataclasses import replace

import pytest

from sutaztop.cli.find import find_container, find_installed, find_model, find_service
from sutaztop.domain.change import Refusal
from sutaztop.domain.llm import InstalledModel, LoadedModel, ModelServer
from sutaztop.domain.quantity import Bytes
from sutaztop.domain.service import Orchestrator, Service
from sutaztop.domain.snapshot import ContainerSnapshot, Snapshot
from tests import given

NAMES = ("sutazai-ollama", "sutazai-ollama-integration", "sutazai-redis", "sutazai-redis-exporter")


def stack() -> Snapshot:
    one = [given.measured_container(given.container(name, service=name.removeprefix("sutazai-"))) for name in NAMES]
    tasks = [
        given.measured_container(replace(given.container(f"agents.{slot}.x"), swarm_service_id="abc"))
        for slot in (1, 2)
    ]
    services = (
        Service("abc", "agents", Orchestrator.SWARM, container_ids=tuple(it.id for it in tasks)),
        Service("p/worker", "worker", Orchestrator.COMPOSE, "p", container_ids=(one[0].id, one[2].id)),
        Service("q/worker", "worker", Orchestrator.COMPOSE, "q"),
    )
    return given.snapshot([*one, *tasks], services=services)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("sutazai-ollama", "sutazai-ollama"),
        ("ollama", "sutazai-ollama"),
        ("redis", "sutazai-redis"),
        (given.container_id("sutazai-redis-exporter"), "sutazai-redis-exporter"),
        ("agents", "agents.1.x"),
    ],
)
def test_a_name_means_one_object_and_never_one_that_it_begins(name: str, found: str) -> None:
    it = find_container(name, stack())
    assert isinstance(it, ContainerSnapshot)
    assert it.container.name == found


@pytest.mark.parametrize(
    ("name", "rule", "said"),
    [
        ("sutazai-oll", "unknown", "sutazai-ollama"),
        ("p/worker", "ambiguous", "2 containers"),
        ("7375", "ambiguous", "Name one"),
        ("x'; rm -rf /", "unknown", "snapshot"),
    ],
)
def test_what_is_not_one_object_is_refused_with_what_could_be_meant(name: str, rule: str, said: str) -> None:
    it = find_container(name, stack())
    assert isinstance(it, Refusal)
    assert (it.rule, said in str(it)) == (rule, True)


def test_two_services_of_one_name_are_told_apart_by_their_project() -> None:
    ambiguous, one = find_service("worker", stack()), find_service("q/worker", stack())
    assert isinstance(ambiguous, Refusal)
    assert "p/worker, q/worker" in ambiguous.why
    assert isinstance(one, Service)
    assert one.project == "q"


def test_a_service_is_found_by_a_container_of_it_and_without_its_stacks_name_twice() -> None:
    agents = Service("abc", "shop_agents", Orchestrator.SWARM, "shop", container_ids=(given.container_id("one"),))
    there = given.snapshot([given.measured_container(given.container("one"))], services=(agents,))
    assert find_service("one", there) == find_service("shop/agents", there) == agents
    assert isinstance(find_service("agents", there), Refusal)


SERVERS = (
    ModelServer(
        "http://a:11434",
        loaded=(LoadedModel("llama3.2:latest", Bytes(1)), LoadedModel("hf.co/x/y:Q4", Bytes(1))),
        installed=(InstalledModel("llama3.2:latest", Bytes(1)), InstalledModel("phi3:latest", Bytes(1))),
    ),
)


@pytest.mark.parametrize(
    ("name", "full"),
    [("llama3.2", "llama3.2:latest"), ("LLAMA3.2:latest", "llama3.2:latest"), ("hf.co/x/y:q4", "hf.co/x/y:Q4")],
)
def test_a_model_is_found_whatever_its_case_and_with_its_tag_left_out(name: str, full: str) -> None:
    assert find_model(name, SERVERS) == ("http://a:11434", full)


@pytest.mark.parametrize(("name", "rule"), [("phi3", "not loaded"), ("lama3.2:latest", "unknown")])
def test_a_model_that_holds_no_memory_is_refused(name: str, rule: str) -> None:
    found = find_model(name, SERVERS)
    assert isinstance(found, Refusal)
    assert found.rule == rule


def test_what_is_done_to_one_container_is_not_done_to_the_first_of_a_service() -> None:
    told = find_container("agents", stack(), together=False)
    assert isinstance(told, Refusal)
    assert (told.rule, "agents.1.x, agents.2.x" in told.why) == ("ambiguous", True)


def test_an_installed_model_is_found_without_its_latest_tag_and_in_any_case() -> None:
    one = ModelServer("http://a", installed=(InstalledModel("Tiny:latest", Bytes(1)),))
    assert find_installed("tiny", [one]) == ("http://a", "Tiny:latest")
    two = replace(one, endpoint="http://b")
    for name, servers, rule in (("tiny", [one, two], "ambiguous"), ("tin", [one], "unknown")):
        told = find_installed(name, servers)
        assert isinstance(told, Refusal)
        assert told.rule == rule
