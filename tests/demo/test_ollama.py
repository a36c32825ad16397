import pytest

from sutaztop.contracts import ModelHost, ModelServerError, NotFound
from sutaztop.demo.open import DemoWorld
from sutaztop.domain.llm import Activity, LoadedModel
from sutaztop.domain.quantity import GIB
from tests.clock import SetClock

OLLAMA = "sutazai-ollama"


def loaded(demo: DemoWorld) -> dict[str, LoadedModel]:
    return {it.name: it for it in demo.models.read().loaded}


def resident(demo: DemoWorld) -> int:
    return demo.engine.counters(OLLAMA).memory_anon_bytes or 0


def test_seven_are_installed_and_three_loaded(busy: DemoWorld) -> None:
    server = busy.models.read()
    assert (len(server.installed), len(server.loaded)) == (7, 3)
    assert server.container_id == busy.engine.inspect(OLLAMA).id
    assert {it.name for it in server.loaded} < {it.name for it in server.installed}


def test_one_is_pinned_on_the_gpu_one_busy_and_one_idle(busy: DemoWorld, clock: SetClock) -> None:
    models = loaded(busy)
    now = clock.now()
    assert models["llama3.2:3b"].is_pinned(now)
    assert models["llama3.2:3b"].size_vram == models["llama3.2:3b"].size
    assert models["nomic-embed-text:latest"].activity(now) is Activity.BUSY_OR_STOPPING
    assert models["codellama:7b"].activity(now) is Activity.IDLE
    assert models["codellama:7b"].size_vram == 0


def test_the_list_is_sorted_by_expiry_the_latest_first(busy: DemoWorld) -> None:
    expiries = [it.expires_at for it in busy.models.read().loaded if it.expires_at is not None]
    assert expiries == sorted(expiries, reverse=True)


def test_an_unloaded_model_lingers_and_then_its_memory_comes_back(busy: DemoWorld, clock: SetClock) -> None:
    before = resident(busy)
    busy.models.unload("codellama:7b")
    assert loaded(busy)["codellama:7b"].activity(clock.now()) is Activity.BUSY_OR_STOPPING
    clock.advance(1.0)
    assert "codellama:7b" in loaded(busy)
    clock.advance(9.0)
    assert "codellama:7b" not in loaded(busy)
    clock.advance(20.0)
    assert before - resident(busy) > 5 * GIB


def test_unloading_leaves_the_model_installed(busy: DemoWorld, clock: SetClock) -> None:
    busy.models.unload("codellama:7b")
    clock.advance(30.0)
    assert "codellama:7b" in {it.name for it in busy.models.read().installed}
    assert not [name for name in dir(busy.models) if "delete" in name or "remove" in name]


def test_somebody_asks_for_it_again_some_minutes_later(busy: DemoWorld, clock: SetClock) -> None:
    busy.models.unload("codellama:7b")
    clock.advance(60.0)
    assert "codellama:7b" not in loaded(busy)
    clock.advance(290.0)
    assert "codellama:7b" in loaded(busy)


def test_an_idle_model_that_is_not_asked_for_expires(calm: DemoWorld, clock: SetClock) -> None:
    with calm.world.moment():
        calm.world.models.load("tinyllama", calm.world.now)
    assert "tinyllama:latest" in loaded(calm)
    clock.advance(250.0)
    assert "tinyllama:latest" not in loaded(calm)


def test_names_match_in_any_case_and_without_latest(busy: DemoWorld, clock: SetClock) -> None:
    busy.models.unload("Nomic-Embed-Text")
    clock.advance(12.0)
    assert "nomic-embed-text:latest" not in loaded(busy)


def test_unloading_what_is_not_loaded_changes_nothing(busy: DemoWorld) -> None:
    before = loaded(busy)
    busy.models.unload("mistral:7b")
    assert loaded(busy) == before


def test_an_unknown_model_is_not_found(busy: DemoWorld) -> None:
    with pytest.raises(NotFound, match="has no model nosuch"):
        busy.models.unload("nosuch\x1b[31m")


def test_without_its_container_ollama_does_not_answer(busy: DemoWorld) -> None:
    busy.world.stop(OLLAMA)
    with pytest.raises(ModelServerError, match="connection was refused"):
        busy.models.read()
    with pytest.raises(ModelServerError):
        busy.models_collector.collect()


def test_started_again_it_has_nothing_loaded(busy: DemoWorld, clock: SetClock) -> None:
    busy.world.stop(OLLAMA)
    clock.advance(2.0)
    busy.world.start(OLLAMA)
    assert loaded(busy) == {}


def test_an_oom_kill_takes_the_largest_runner_and_it_is_loaded_again(incident: DemoWorld, clock: SetClock) -> None:
    kills = incident.engine.counters(OLLAMA).oom_kills
    while incident.engine.counters(OLLAMA).oom_kills == kills:
        clock.advance(0.5)
    assert "codellama:7b" not in loaded(incident)
    clock.advance(30.0)
    assert "codellama:7b" in loaded(incident)


def test_it_is_a_model_host(busy: DemoWorld) -> None:
    host: ModelHost = busy.models
    assert host.endpoint == host.read().endpoint
    host.close()
