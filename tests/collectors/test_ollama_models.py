"""The collector over several servers."""

from collections.abc import Sequence

import pytest

from sutaztop.collectors.ollama_endpoints import Candidate, configured_endpoints
from sutaztop.collectors.ollama_models import ModelsCollector
from sutaztop.contracts import Collector, ModelServerError
from sutaztop.domain.llm import ModelServer
from sutaztop.domain.quantity import Seconds
from tests.lab.ollama import OllamaDouble


def over(*candidates: Candidate, deadline: float = 3.0) -> ModelsCollector:
    return ModelsCollector(lambda: candidates, deadline=Seconds(deadline))


def closed_endpoint() -> str:
    double = OllamaDouble()
    double.close()
    return double.endpoint


def test_one_dead_server_does_not_hide_another(ollama_double: OllamaDouble) -> None:
    dead = closed_endpoint()
    silent, alive = over(*configured_endpoints([dead, ollama_double.endpoint])).collect()
    assert (silent.endpoint, silent.loaded) == (dead, ())
    assert "Nothing listens there" in silent.trouble
    assert len(alive.loaded) == 3
    assert alive.trouble == ""


def test_a_server_that_dies_keeps_its_last_lists_with_the_reason(ollama_double: OllamaDouble) -> None:
    with OllamaDouble() as second:
        second.load("mistral:7b")
        collector = over(*configured_endpoints([ollama_double.endpoint, second.endpoint]))
        collector.collect()
        second.close()
        for _ in range(2):
            _, gone = collector.collect()
            assert [model.name for model in gone.loaded] == ["mistral:7b"]
            assert "Nothing listens there" in gone.trouble


def test_when_all_expected_servers_are_silent_the_first_reason_is_raised() -> None:
    with pytest.raises(ModelServerError, match="Nothing listens there"):
        over(*configured_endpoints([closed_endpoint(), closed_endpoint()])).collect()


def test_a_guess_that_never_answered_is_no_trouble() -> None:
    collector = over(Candidate(closed_endpoint(), "tried on loopback", is_expected=False))
    assert collector.collect() == ()
    assert collector.source.startswith("no Ollama found: tried http://127.0.0.1:")


def test_a_guess_that_answered_once_is_missed() -> None:
    with OllamaDouble() as double:
        collector = over(Candidate(double.endpoint, "tried on loopback", is_expected=False))
        assert len(collector.collect()) == 1
        double.close()
        with pytest.raises(ModelServerError, match="Nothing listens there"):
            collector.collect()


def test_ways_to_one_container_give_one_server(ollama_double: OllamaDouble) -> None:
    collector = over(
        Candidate(closed_endpoint(), "published by sutazai-ollama", "c0ffee"),
        Candidate(ollama_double.endpoint, "address of sutazai-ollama", "c0ffee"),
    )
    (server,) = collector.collect()
    assert (server.endpoint, server.container_id) == (ollama_double.endpoint, "c0ffee")
    assert collector.source == f"Ollama API at {ollama_double.endpoint}"


def test_an_address_written_in_two_ways_is_one_server(ollama_double: OllamaDouble) -> None:
    bare = ollama_double.endpoint.removeprefix("http://")
    assert len(over(*configured_endpoints([ollama_double.endpoint, bare])).collect()) == 1


def test_a_slow_server_takes_no_time_from_another(ollama_double: OllamaDouble) -> None:
    with OllamaDouble() as slow:
        slow.hold("/api/version")
        candidates = configured_endpoints([slow.endpoint, ollama_double.endpoint])
        silent, alive = over(*candidates, deadline=0.8).collect()
    assert "did not answer in time" in silent.trouble
    assert len(alive.loaded) == 3


def test_containers_that_come_later_are_found(ollama_double: OllamaDouble) -> None:
    known: list[Candidate] = []
    collector = ModelsCollector(lambda: known)
    assert collector.collect() == ()
    known.append(Candidate(ollama_double.endpoint, "published by sutazai-ollama", "c0ffee"))
    assert len(collector.collect()) == 1


def test_the_host_that_was_read_is_the_one_that_unloads(ollama_double: OllamaDouble) -> None:
    collector = over(*configured_endpoints([ollama_double.endpoint]))
    assert collector.host(ollama_double.endpoint) is None
    (server,) = collector.collect()
    host = collector.host(server.endpoint)
    assert host is not None
    host.unload("llama3.2:3b")
    assert ("POST", "/api/generate") in ollama_double.asked()


def test_it_keeps_the_contract_of_collectors(ollama_double: OllamaDouble) -> None:
    def read(collector: Collector[Sequence[ModelServer]]) -> Sequence[ModelServer]:
        return collector.collect()

    collector = over(*configured_endpoints([ollama_double.endpoint]))
    assert len(read(collector)) == 1
    assert (collector.name, collector.every, collector.deadline) == ("models", 5.0, 3.0)
    collector.close()
    collector.close()
