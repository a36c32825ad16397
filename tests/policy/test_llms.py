"""Which model to unload when the host is short of memory."""

from dataclasses import replace
from datetime import timedelta

from sutaztop.domain.finding import Recommendation
from sutaztop.domain.intent import UnloadModel
from sutaztop.domain.llm import LoadedModel, ModelServer
from sutaztop.domain.profile import Thresholds
from sutaztop.domain.quantity import GIB, Bytes
from sutaztop.policy.llms import unload_advice
from tests import given
from tests.policy.situations import host

SOON = given.NOW + timedelta(minutes=2)
ENDPOINT = "http://127.0.0.1:11434"


def advise(*models: LoadedModel, available: int = 3 * GIB) -> Recommendation | None:
    server = ModelServer(ENDPOINT, loaded=models)
    snapshot = replace(given.snapshot(), host=host(available=available), models=(server,))
    return unload_advice(snapshot, given.KeptSeries(), Thresholds())


def loaded(name: str, size: int, *, vram: int = 0, expires: timedelta = timedelta(minutes=2)) -> LoadedModel:
    return LoadedModel(name, Bytes(size * GIB), Bytes(vram * GIB), expires_at=given.NOW + expires)


def test_the_largest_idle_model_is_unloaded() -> None:
    advice = advise(loaded("small", 2), loaded("large", 5))
    assert advice is not None
    assert advice.intent == UnloadModel(ENDPOINT, "large")
    assert "5 GiB" in advice.proposal


def test_with_memory_to_spare_nothing_is_unloaded() -> None:
    assert advise(loaded("large", 5), available=20 * GIB) is None


def test_a_busy_model_is_left_alone() -> None:
    assert advise(loaded("large", 5, expires=timedelta(minutes=-1))) is None


def test_a_pinned_model_is_left_alone() -> None:
    assert advise(loaded("large", 5, expires=timedelta(days=365 * 290))) is None


def test_a_model_on_a_gpu_frees_no_memory_of_the_host() -> None:
    advice = advise(loaded("on-gpu", 8, vram=8), loaded("small", 2))
    assert advice is not None
    assert advice.intent == UnloadModel(ENDPOINT, "small")
