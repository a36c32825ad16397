"""What watching model servers from snapshot to snapshot shows."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from sutaztop.domain.llm import LoadedModel, ModelServer, ModelWatch
from sutaztop.domain.profile import Profile
from sutaztop.domain.quantity import GIB, Bytes
from sutaztop.domain.sample import Sample
from sutaztop.measure.models import watch_models
from sutaztop.measure.stack import measure
from tests import given

if TYPE_CHECKING:
    from sutaztop.domain.snapshot import Snapshot

ENDPOINT = "http://127.0.0.1:11434"
CONTAINER = given.container("sutazai-ollama")


class Watched:
    """Snapshots one after another; memory is set by hand, as a measurement of it would be another test's."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.last: Snapshot | None = None
        self.servers: tuple[ModelServer, ...] = ()

    def step(
        self, seconds: float, *models: LoadedModel, held: float, anew: bool = True, trouble: str = ""
    ) -> ModelWatch:
        self.seconds += seconds
        at = given.NOW + timedelta(seconds=self.seconds)
        if anew:
            self.servers = (ModelServer(ENDPOINT, loaded=models, container_id=CONTAINER.id, trouble=trouble),)
        container = given.measured_container(CONTAINER, given.usage(memory=int(held * GIB)))
        host = replace(given.host_usage(), memory_available=Bytes(int((20 - held) * GIB)))
        shown = replace(given.snapshot([container], at=at), models=self.servers, host=host)
        watch = watch_models(self.last, Sample(at, 0, models=self.servers), host, shown.by_id)
        self.last = replace(shown, watch=watch)
        return watch

    def idle(self, name: str) -> int:
        assert self.last is not None
        return self.last.watch.idle_seconds(ENDPOINT, name, self.last.at)


def model(name: str, size: int = 4, *, expires: float = 300, vram: int = 0) -> LoadedModel:
    at = given.NOW + timedelta(seconds=expires)
    return LoadedModel(name, Bytes(size * GIB), Bytes(vram * GIB), expires_at=at)


def test_rest_is_counted_from_when_the_expiry_moved_last() -> None:
    watched = Watched()
    watched.step(0, model("a"), held=6)
    assert watched.idle("a") == 0
    watched.step(60, model("a"), held=6)
    assert watched.idle("a") == 60
    watched.step(5, model("a", expires=365), held=6)
    assert watched.idle("a") == 0
    watched.step(1, held=6, anew=False)
    assert watched.idle("a") == 1
    assert watched.idle("unknown") == 0


def test_an_unload_is_held_against_what_was_there_while_it_was_last_seen_loaded() -> None:
    watched = Watched()
    watched.step(0, model("a"), held=6)
    # Memory falls before the list of loaded models is read again.
    watched.step(1, held=2, anew=False)
    (unload,) = watched.step(4, held=2).unloads
    assert (unload.model, unload.predicted, unload.after) == ("a", 4 * GIB, None)
    (unload,) = watched.step(9, held=2, anew=False).unloads
    assert unload.after is None
    (unload,) = watched.step(2, held=2, anew=False).unloads
    assert unload.freed == 4 * GIB
    # What happens later has nothing to do with it.
    (unload,) = watched.step(60, held=9, anew=False).unloads
    assert unload.freed == 4 * GIB
    assert watched.step(600, held=9, anew=False).unloads == ()


def test_the_part_on_a_gpu_is_not_predicted() -> None:
    watched = Watched()
    watched.step(0, model("a", 4, vram=3), held=6)
    assert [it.predicted for it in watched.step(5, held=5).unloads] == [GIB]


def test_figures_of_two_that_went_at_once_tell_of_neither() -> None:
    watched = Watched()
    watched.step(0, model("a"), model("b"), held=8)
    watched.step(5, held=0)
    assert [it.freed for it in watched.step(15, held=0, anew=False).unloads] == [None, None]


def test_one_that_came_meanwhile_spoils_the_figures_and_one_that_came_back_is_not_gone() -> None:
    watched = Watched()
    watched.step(0, model("a"), held=6)
    watched.step(5, held=2)
    watched.step(5, model("b"), held=6)
    assert [it.freed for it in watched.step(10, held=6, anew=False).unloads] == [None]
    assert watched.step(5, model("a"), model("b"), held=9).unloads == ()


def test_a_server_that_is_silent_has_unloaded_nothing() -> None:
    watched = Watched()
    watched.step(0, model("a"), held=6)
    assert watched.step(5, held=6, trouble="no answer").unloads == ()


def test_with_nothing_read_anew_nothing_is_made_anew() -> None:
    watched = Watched()
    first = watched.step(0, model("a"), held=6)
    assert watched.step(1, held=6, anew=False) is first


def test_measuring_watches() -> None:
    def sample(seconds: float, models: Sequence[LoadedModel]) -> Sample:
        at = given.NOW + timedelta(seconds=seconds)
        return Sample(at, int(seconds * 1e9), models=(ModelServer(ENDPOINT, loaded=tuple(models)),))

    first = measure(None, sample(0, [model("a")]), Profile())
    second = measure(sample(0, []), sample(30, [model("a")]), Profile(), first)
    assert second.watch.idle_seconds(ENDPOINT, "a", second.at) == 30
