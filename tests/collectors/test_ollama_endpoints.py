"""Where an Ollama is looked for."""

from dataclasses import replace

import pytest

from sutaztop.collectors.ollama_endpoints import configured_endpoints, find_endpoints, is_ollama
from sutaztop.domain.container import Container, ContainerState, Port
from tests import given

LOOPBACK = ["http://127.0.0.1:11434", "http://127.0.0.1:11435", "http://127.0.0.1:10104"]


def ollama(**changes: object) -> Container:
    plain = replace(given.container("sutazai-ollama", service="ollama"), image="ollama/ollama:0.12.6")
    return replace(plain, **changes)  # type: ignore[arg-type]


def test_without_a_container_loopback_is_tried_and_silence_is_no_trouble() -> None:
    found = find_endpoints([given.container()])
    assert [candidate.endpoint for candidate in found] == LOOPBACK
    assert not any(candidate.is_expected for candidate in found)


def test_a_published_port_comes_before_the_containers_address_and_loopback_is_left_alone() -> None:
    it = ollama(ports=(Port(11434, host_address="0.0.0.0", host_port=10104),), addresses=("172.18.0.5",))  # noqa: S104 - what inspect says
    found = find_endpoints([it])
    assert [candidate.endpoint for candidate in found] == [
        "http://127.0.0.1:10104", "http://172.18.0.5:11434",
    ]  # fmt: skip
    assert found[0].container_id == it.id
    assert found[0].is_expected


def test_an_exposed_port_that_is_not_published_leads_nowhere() -> None:
    assert [it.endpoint for it in find_endpoints([ollama(ports=(Port(11434),))])] == LOOPBACK


def test_the_port_follows_ollamas_own_setting() -> None:
    it = ollama(environment=(("OLLAMA_HOST", "0.0.0.0:8080"),), ports=(Port(8080, host_port=9000),))
    assert find_endpoints([it])[0].endpoint == "http://127.0.0.1:9000"


def test_on_the_hosts_network_it_answers_on_loopback() -> None:
    first = find_endpoints([ollama(network_mode="host")])[0]
    assert (first.endpoint, first.is_expected) == ("http://127.0.0.1:11434", True)


def test_of_another_host_only_what_is_published_is_tried() -> None:
    it = ollama(ports=(Port(11434, host_address="0.0.0.0", host_port=11434),), addresses=("172.18.0.5",))  # noqa: S104 - what inspect says
    assert [candidate.endpoint for candidate in find_endpoints([it], engine_host="gpu-box")] == ["http://gpu-box:11434"]


def test_an_address_of_version_6_is_bracketed() -> None:
    assert find_endpoints([ollama(addresses=("fd00::5",))])[0].endpoint == "http://[fd00::5]:11434"


@pytest.mark.parametrize(
    ("name", "service", "image", "expected"),
    [
        ("sutazai-ollama", "", "sutazai/base", True),
        ("sutazai-ollama-1", "", "sutazai/base", True),
        ("sutazai-jarvis-llm", "ollama", "sutazai/base", True),
        ("models", "", "registry.lan:5000/ollama/ollama:0.12.6@sha256:00", True),
        ("sutazai-ollama-integration", "", "sutazai/base", False),
        ("sutazai-ollama", "ollama-integration", "sutazai/base", False),
        ("sutazai-ollamatic", "", "sutazai/base", False),
    ],
)
def test_whole_names_are_matched(name: str, service: str, image: str, *, expected: bool) -> None:
    assert is_ollama(replace(given.container(name, service=service), image=image)) is expected


def test_a_stopped_container_is_not_expected_to_answer() -> None:
    assert not is_ollama(ollama(state=ContainerState.EXITED))


def test_configured_endpoints_are_expected_and_tried_once() -> None:
    found = configured_endpoints(["http://a:1", "http://b:1", "http://a:1"])
    assert [candidate.endpoint for candidate in found] == ["http://a:1", "http://b:1"]
    assert all(candidate.is_expected for candidate in found)
