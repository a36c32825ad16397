"""Verbs, rollouts and stays applied to the demo world: bound to what was shown, verified, journalled."""

from dataclasses import replace

import pytest

from sutaztop.contracts import DeadlineExceeded
from sutaztop.demo.engine import DemoEngine
from sutaztop.demo.ollama import DemoModels
from sutaztop.domain.change import Plan, Result
from sutaztop.domain.container import Container, ContainerState
from sutaztop.domain.counters import ContainerCounters
from sutaztop.domain.intent import ActOnContainer, KeepModel, RollOut, UnloadModel
from sutaztop.domain.lifecycle import ChangeRollout, ChangeStay
from sutaztop.domain.quantity import Cores, Seconds
from sutaztop.domain.service import Orchestrator, Service
from sutaztop.domain.verbs import Rollout, Signal, Stay, Verb
from tests.actions.test_apply import Console


@pytest.fixture
def console() -> Console:
    return Console()


def backend(console: Console) -> Container:
    return console.demo.engine.inspect("sutazai-backend")


def act(console: Console, verb: Verb, signal: Signal | None = None) -> Plan:
    return console.plan(ActOnContainer(backend(console).id, verb, signal))


@pytest.mark.parametrize(
    ("verb", "after"),
    [
        (Verb.STOP, ContainerState.EXITED), (Verb.RESTART, ContainerState.RUNNING),
        (Verb.PAUSE, ContainerState.PAUSED), (Verb.KILL, ContainerState.EXITED),
    ],
)  # fmt: skip
def test_a_verb_is_seen_to_be_done_and_stands_in_the_journal(
    console: Console, verb: Verb, after: ContainerState
) -> None:
    first = backend(console)
    outcome = console.actuator.apply(act(console, verb))
    assert outcome.result is Result.APPLIED, outcome
    assert backend(console).state is after
    assert verb is not Verb.RESTART or backend(console).pid != first.pid
    assert [it.change == outcome.change for it in console.journal.kept] == [True, True]


def test_a_change_and_its_inverse_bring_back_what_was_there(console: Console) -> None:
    for verb in (Verb.PAUSE, Verb.STOP):
        planned = act(console, verb)
        assert console.actuator.apply(planned).result is Result.APPLIED
        back = planned.change.inverse
        assert back is not None
        assert console.actuator.apply(replace(planned, change=back)).result is Result.APPLIED
        assert backend(console).state is ContainerState.RUNNING


def test_a_removed_container_is_gone(console: Console) -> None:
    console.actuator.apply(act(console, Verb.STOP))
    outcome = console.actuator.apply(act(console, Verb.REMOVE))
    assert (outcome.result, outcome.observed) == (Result.APPLIED, "it is gone")


def test_a_container_that_was_started_anew_since_the_preview_is_left_alone(console: Console) -> None:
    planned = act(console, Verb.KILL, Signal.KILL)
    console.demo.world.restart("sutazai-backend")
    outcome = console.actuator.apply(planned)
    assert outcome.result is Result.REFUSED
    assert "was started anew since the preview" in outcome.message
    assert backend(console).state is ContainerState.RUNNING


def test_a_container_in_another_state_than_was_shown_is_left_alone(console: Console) -> None:
    planned = act(console, Verb.RESTART)
    console.demo.world.stop("sutazai-backend")
    outcome = console.actuator.apply(planned)
    assert "went from running to exited since the preview" in outcome.message
    assert backend(console).state is ContainerState.EXITED


class Deaf(DemoEngine):
    """Its containers ignore every signal, and its answers to a stop come too late."""

    def change_state(self, container_id: str, verb: Verb, signal: Signal | None = None) -> None:
        if verb is Verb.STOP:
            super().change_state(container_id, verb, signal)
            raise DeadlineExceeded("The engine did not answer in time")


def test_a_signal_that_is_ignored_is_told_and_not_called_done(console: Console) -> None:
    outcome = console.actuator_on(Deaf(console.demo.world)).apply(act(console, Verb.KILL, Signal.TERM))
    assert outcome.result is Result.UNVERIFIED
    assert "still runs" in outcome.observed


def test_a_signal_that_is_not_meant_to_end_is_done_when_it_was_sent(console: Console) -> None:
    outcome = console.actuator_on(Deaf(console.demo.world)).apply(act(console, Verb.KILL, Signal.HUP))
    assert (outcome.result, "still runs" in outcome.observed) == (Result.APPLIED, True)


def test_a_stop_whose_answer_was_lost_is_seen_to_be_done(console: Console) -> None:
    outcome = console.actuator_on(Deaf(console.demo.world)).apply(act(console, Verb.STOP))
    assert outcome.result is Result.APPLIED
    assert outcome.warnings


class Crashing(DemoEngine):
    """What is started here ends again at once."""

    def change_state(self, container_id: str, verb: Verb, signal: Signal | None = None) -> None:
        super().change_state(container_id, verb, signal)
        super().change_state(container_id, Verb.KILL, Signal.KILL)


def test_a_container_that_ends_right_after_its_start_has_failed(console: Console) -> None:
    outcome = console.actuator_on(Crashing(console.demo.world)).apply(act(console, Verb.RESTART))
    assert outcome.result is Result.FAILED
    assert "exit code 137" in outcome.message


# --- rollouts -----------------------------------------------------------------------------------


def service(console: Console) -> Service:
    return next(
        it for it in console.demo.engine.services()
        if it.orchestrator is Orchestrator.SWARM and it.desired and it.desired > 1
    )  # fmt: skip


def test_a_rollback_is_followed_to_its_end_and_taken_back_by_another(console: Console) -> None:
    before = service(console)
    planned = console.plan(RollOut(before.id, Rollout.ROLLBACK))
    outcome = console.actuator.apply(planned)
    assert outcome.result is Result.APPLIED, outcome
    back = planned.change.inverse
    assert back is not None
    assert console.actuator.apply(replace(planned, change=back)).result is Result.APPLIED
    assert console.demo.engine.service(before.id).digest == before.digest


def test_a_redeploy_is_followed_until_all_tasks_are_new(console: Console) -> None:
    before = service(console)
    outcome = console.apply(RollOut(before.id, Rollout.REDEPLOY))
    assert outcome.result is Result.APPLIED, outcome
    assert not set(console.demo.engine.service(before.id).container_ids) & set(before.container_ids)


def test_a_service_that_was_changed_since_the_preview_is_not_rolled_back(console: Console) -> None:
    before = service(console)
    planned = console.plan(RollOut(before.id, Rollout.ROLLBACK))
    console.demo.engine.set_service_limits(before.id, before.resources.limits.with_cpu(Cores(0.3)))
    outcome = console.actuator.apply(planned)
    assert outcome.result is Result.REFUSED
    assert "the specification" in outcome.message


class Stuck(DemoEngine):
    """Its rollouts stop halfway."""

    state = "paused"

    def service(self, service_id: str) -> Service:
        found = super().service(service_id)
        return replace(found, rollout=self.state, rollout_message="task 7 failed") if found.rollout else found


@pytest.mark.parametrize(("state", "said"), [("paused", "paused it"), ("rollback_started", "Swarm rolled back")])
def test_a_redeploy_that_swarm_gives_up_has_failed_with_swarms_words(console: Console, state: str, said: str) -> None:
    planned = console.plan(RollOut(service(console).id, Rollout.REDEPLOY))
    engine = Stuck(console.demo.world)
    engine.state = state
    outcome = console.actuator_on(engine).apply(planned)
    assert outcome.result is Result.FAILED
    assert said in outcome.message
    assert "task 7 failed" in outcome.message
    assert isinstance(outcome.change, ChangeRollout)


# --- models -------------------------------------------------------------------------------------


def test_a_model_is_pinned_unpinned_and_loaded(console: Console) -> None:
    place = console.demo.models.endpoint
    loaded = next(it for it in console.demo.models.read().loaded if not it.is_pinned(console.clock.now()))
    pinned = console.apply(KeepModel(place, loaded.name, Stay.PIN))
    assert (pinned.result, "to stay" in pinned.observed) == (Result.APPLIED, True), pinned
    console.clock.advance(2.0)  # models are read once a second
    unpinned = console.apply(KeepModel(place, loaded.name, Stay.UNPIN))
    assert (unpinned.result, "unless it is asked" in unpinned.observed) == (Result.APPLIED, True), unpinned
    console.clock.advance(2.0)
    preloaded = console.apply(KeepModel(place, "tinyllama:latest", Stay.PRELOAD))
    assert preloaded.result is Result.APPLIED, preloaded
    assert "tinyllama:latest" in {it.name for it in console.demo.models.read().loaded}


def test_a_model_that_was_pinned_since_the_preview_is_left_alone(console: Console) -> None:
    place = console.demo.models.endpoint
    loaded = next(it for it in console.demo.models.read().loaded if not it.is_pinned(console.clock.now()))
    planned = console.plan(KeepModel(place, loaded.name, Stay.PIN))
    console.demo.models.keep(loaded.name, Seconds(-1.0))
    outcome = console.actuator.apply(planned)
    assert (outcome.result, "was pinned" in outcome.message) == (Result.REFUSED, True)
    assert isinstance(outcome.change, ChangeStay)


def test_an_unload_tells_what_the_container_gave_back(console: Console) -> None:
    outcome = console.apply(UnloadModel(console.demo.models.endpoint, "codellama:7b"))
    assert outcome.result is Result.APPLIED
    assert "its container went from" in outcome.observed


class Leaking(DemoEngine):
    """Its containers never give memory back."""

    first: ContainerCounters | None = None

    def counters(self, container_id: str) -> ContainerCounters:
        self.first = self.first or super().counters(container_id)
        return self.first


def test_an_unload_that_gives_no_memory_back_says_so(console: Console) -> None:
    planned = console.plan(UnloadModel(console.demo.models.endpoint, "codellama:7b"))
    outcome = console.actuator_on(Leaking(console.demo.world)).apply(planned)
    assert outcome.result is Result.APPLIED
    assert "its container still holds" in outcome.observed


class Hanging(DemoModels):
    """What it is asked to unload stays in stopping for ever (ollama issue 7606)."""

    def unload(self, model: str) -> None:
        del model


def test_a_model_that_hangs_in_stopping_is_not_called_unloaded(console: Console) -> None:
    planned = console.plan(UnloadModel(console.demo.models.endpoint, "codellama:7b"))
    console.demo = replace(console.demo, models=Hanging(console.demo.world))
    outcome = console.actuator.apply(planned)
    assert outcome.result is Result.UNVERIFIED
    assert "codellama:7b is still in /api/ps, 20 s after the server said yes" in outcome.observed
    assert "restarting its container" in outcome.observed
