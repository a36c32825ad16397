"""What is done to containers, services and models as a whole: the same on the demo world and a real engine."""

from collections.abc import Callable

import pytest

from sutaztop.contracts import Engine, EngineRefused, NotFound, NotSupported
from sutaztop.domain.container import ContainerState
from sutaztop.domain.quantity import Cores
from sutaztop.domain.verbs import Rollout, Signal, Verb
from tests.contracts.test_engine import NOBODY
from tests.contracts.world import World


def state(engine: Engine, container_id: str) -> ContainerState:
    return engine.inspect(container_id).state


def test_a_stop_and_a_start_make_a_new_run(engine_world: World) -> None:
    engine = engine_world.engine
    container_id = engine_world.create("verbs-stop")
    first = engine.inspect(container_id)
    engine.change_state(container_id, Verb.STOP)
    assert state(engine, container_id) is ContainerState.EXITED
    engine.change_state(container_id, Verb.START)
    again = engine.inspect(container_id)
    assert again.state is ContainerState.RUNNING
    assert (again.started_at, again.pid) != (first.started_at, first.pid)


def test_a_restart_makes_a_new_run(engine_world: World) -> None:
    engine = engine_world.engine
    container_id = engine_world.create("verbs-restart")
    first = engine.inspect(container_id)
    engine.change_state(container_id, Verb.RESTART)
    again = engine.inspect(container_id)
    assert again.state is ContainerState.RUNNING
    assert again.pid != first.pid


def test_a_pause_keeps_the_run_and_its_memory(engine_world: World) -> None:
    engine = engine_world.engine
    container_id = engine_world.create("verbs-pause", memory=64 << 20)
    first = engine.inspect(container_id)
    engine.change_state(container_id, Verb.PAUSE)
    paused = engine.inspect(container_id)
    assert (paused.state, paused.pid, paused.started_at) == (ContainerState.PAUSED, first.pid, first.started_at)
    assert engine.counters(container_id).memory_usage_bytes
    engine.change_state(container_id, Verb.UNPAUSE)
    again = engine.inspect(container_id)
    assert (again.state, again.pid) == (ContainerState.RUNNING, first.pid)


def test_a_kill_ends_it_with_the_signals_exit_code(engine_world: World) -> None:
    engine = engine_world.engine
    container_id = engine_world.create("verbs-kill")
    engine.change_state(container_id, Verb.KILL, Signal.KILL)
    engine_world.until(lambda: state(engine, container_id) is ContainerState.EXITED, "an end")
    assert engine.inspect(container_id).exit_code == 137


def test_a_signal_that_is_not_meant_to_end_leaves_it_running(engine_world: World) -> None:
    engine = engine_world.engine
    container_id = engine_world.create("verbs-hup")
    engine.change_state(container_id, Verb.KILL, Signal.HUP)
    assert state(engine, container_id) is ContainerState.RUNNING


@pytest.mark.parametrize("verb", [Verb.STOP, Verb.RESTART])
def test_a_paused_container_is_stopped_and_restarted_all_the_same(engine_world: World, verb: Verb) -> None:
    engine = engine_world.engine
    container_id = engine_world.create(f"verbs-paused-{verb.value}")
    engine.change_state(container_id, Verb.PAUSE)
    engine.change_state(container_id, verb)
    expected = ContainerState.EXITED if verb is Verb.STOP else ContainerState.RUNNING
    assert state(engine, container_id) is expected


def test_what_does_not_run_is_removed_and_what_runs_is_not(engine_world: World) -> None:
    engine = engine_world.engine
    container_id = engine_world.create("verbs-remove")
    with pytest.raises(EngineRefused, match="cannot remove a running container"):
        engine.change_state(container_id, Verb.REMOVE)
    assert state(engine, container_id) is ContainerState.RUNNING
    engine.change_state(container_id, Verb.STOP)
    engine.change_state(container_id, Verb.REMOVE)
    with pytest.raises(NotFound):
        engine.inspect(container_id)


REFUSED: list[tuple[Verb, Verb | None, str]] = [
    (Verb.START, None, "so already"),
    (Verb.UNPAUSE, None, "is not paused"),
    (Verb.STOP, Verb.STOP, "so already"),
    (Verb.PAUSE, Verb.STOP, "is not running"),
    (Verb.PAUSE, Verb.PAUSE, "already paused"),
    (Verb.KILL, Verb.STOP, "is not running"),
]


@pytest.mark.parametrize(
    ("verb", "first", "words"), REFUSED, ids=[f"{verb}-after-{first}" for verb, first, _ in REFUSED]
)
def test_what_the_state_does_not_allow_is_refused_in_words_and_changes_nothing(
    engine_world: World, verb: Verb, first: Verb | None, words: str
) -> None:
    engine = engine_world.engine
    container_id = engine_world.create("verbs-refused")
    if first is not None:
        engine.change_state(container_id, first)
    before = engine.inspect(container_id)
    with pytest.raises(EngineRefused, match=words) as refused:
        engine.change_state(container_id, verb, Signal.TERM if verb is Verb.KILL else None)
    assert container_id not in str(refused.value)
    assert engine.inspect(container_id) == before


@pytest.mark.parametrize("verb", list(Verb))
def test_a_container_nobody_knows_is_not_found(engine_world: World, verb: Verb) -> None:
    with pytest.raises(NotFound):
        engine_world.engine.change_state(NOBODY, verb)


@pytest.mark.compose
def test_a_compose_service_has_no_rollouts(engine_world: World) -> None:
    service_id = engine_world.compose_service()
    for rollout in Rollout:
        with pytest.raises(NotSupported):
            engine_world.engine.roll_out(service_id, rollout)


def converged(engine: Engine, service_id: str, rollout: str, running: int) -> Callable[[], bool]:
    def look() -> bool:
        service = engine.service(service_id)
        return (service.rollout, service.running) == (rollout, running)

    return look


def test_a_service_that_was_never_updated_has_nothing_to_go_back_to(swarm_world: World) -> None:
    engine = swarm_world.engine
    service_id = swarm_world.replicated_service("verbs-fresh", 1)
    assert engine.service(service_id).earlier is None
    with pytest.raises(EngineRefused, match="does not have a previous spec"):
        engine.roll_out(service_id, Rollout.ROLLBACK)


def test_a_rollback_swaps_the_specification_with_the_earlier_and_a_second_one_swaps_it_back(
    swarm_world: World,
) -> None:
    engine = swarm_world.engine
    service_id = swarm_world.replicated_service("verbs-rollback", 1)
    swarm_world.until(lambda: engine.service(service_id).running == 1, "one replica")
    first = engine.service(service_id)
    engine.set_service_limits(service_id, first.resources.limits.with_cpu(Cores(0.25)))
    swarm_world.until(converged(engine, service_id, "completed", 1), "the update")
    second = engine.service(service_id)
    assert second.earlier is not None
    assert (second.earlier.digest, second.earlier.resources.limits.cpu) == (first.digest, 0.5)
    engine.roll_out(service_id, Rollout.ROLLBACK)
    swarm_world.until(converged(engine, service_id, "rollback_completed", 1), "the rollback")
    back = engine.service(service_id)
    assert (back.digest, back.resources) == (first.digest, first.resources)
    assert back.earlier is not None
    assert back.earlier.digest == second.digest
    engine.roll_out(service_id, Rollout.ROLLBACK)
    swarm_world.until(converged(engine, service_id, "rollback_completed", 1), "the rollback of the rollback")
    assert engine.service(service_id).digest == second.digest


def test_a_redeploy_makes_every_task_anew_and_leaves_the_rest_of_the_specification(swarm_world: World) -> None:
    engine = swarm_world.engine
    service_id = swarm_world.replicated_service("verbs-redeploy", 2)
    swarm_world.until(lambda: engine.service(service_id).running == 2, "two replicas")
    before = engine.service(service_id)
    engine.roll_out(service_id, Rollout.REDEPLOY)
    swarm_world.until(converged(engine, service_id, "completed", 2), "the rollout")
    after = engine.service(service_id)
    assert after.digest != before.digest
    assert (after.resources, after.labels, after.desired) == (before.resources, before.labels, before.desired)
    running = {it.id for it in engine.containers() if it.swarm_service_id == service_id and it.is_running}
    assert len(running) == 2
    assert not running & set(before.container_ids)


def test_a_swarm_service_nobody_knows_cannot_be_rolled_out(swarm_world: World) -> None:
    for rollout in Rollout:
        with pytest.raises(NotFound):
            swarm_world.engine.roll_out("nosuch", rollout)
