"""Plans for containers, rollouts and models: what is allowed, what is said, and what takes it back."""

import shlex
from dataclasses import replace

import pytest
from hypothesis import given as given_values
from hypothesis import strategies as st

from sutaztop.actions.guard import NO_CHANGE
from sutaztop.actions.plan import LEAST_CPU, LEAST_MEMORY, plan, step_down, step_up
from sutaztop.domain.change import ChangeLimits, Plan, Refusal
from sutaztop.domain.container import Container, ContainerState, Mount
from sutaztop.domain.frame import Frame
from sutaztop.domain.intent import ActOnContainer, Intent, KeepModel, RollOut, ScaleDownLimits, UnloadModel
from sutaztop.domain.lifecycle import ChangeRollout, ChangeState, ChangeStay, Unload
from sutaztop.domain.llm import InstalledModel, LoadedModel, ModelServer
from sutaztop.domain.profile import Profile, Scaling
from sutaztop.domain.quantity import GIB, MIB, Bytes, Cores
from sutaztop.domain.resources import Limits, Resources
from sutaztop.domain.service import Earlier, Orchestrator, Service
from sutaztop.domain.snapshot import ContainerSnapshot
from sutaztop.domain.verbs import Rollout, Signal, Stay, Verb
from tests import given
from tests.given import NOW

BACKEND = given.container_id("sutazai-backend")


def frame_of(*containers: Container, services: tuple[Service, ...] = (), models: tuple[ModelServer, ...] = ()) -> Frame:
    shot = given.snapshot([given.measured_container(it) for it in containers], services=services)
    return given.frame(replace(shot, models=models))


def planned(intent: Intent, on: Frame) -> Plan:
    result = plan(intent, on, Profile())
    assert isinstance(result, Plan), result
    return result


def refused(intent: Intent, on: Frame) -> Refusal:
    result = plan(intent, on, Profile())
    assert isinstance(result, Refusal), result
    return result


# --- containers ---------------------------------------------------------------------------------


def test_a_restart_is_bound_to_the_run_that_was_shown() -> None:
    it = given.container()
    made = planned(ActOnContainer(BACKEND, Verb.RESTART), frame_of(it))
    assert isinstance(made.change, ChangeState)
    assert (made.change.before, made.change.started_at, made.change.pid) == (it.state, it.started_at, it.pid)
    assert made.same_as == f"docker restart {BACKEND[:12]}"
    assert [(row.figure, row.now, row.proposed) for row in made.rows] == [
        ("state", "running for 3 d 0 h", "running anew"), ("memory", "2.0 GiB", "anew"),
        ("health", "healthy", "begins anew"),
    ]  # fmt: skip


ALLOWED = {
    Verb.START: {"created", "exited"},
    Verb.STOP: {"running", "paused", "restarting"},
    Verb.RESTART: {"running", "paused", "restarting"},
    Verb.PAUSE: {"running"},
    Verb.UNPAUSE: {"paused"},
    Verb.KILL: {"running", "paused"},
    Verb.REMOVE: {"created", "exited", "dead"},
}


@pytest.mark.parametrize("state", list(ContainerState))
@pytest.mark.parametrize("verb", list(Verb))
def test_a_verb_is_planned_where_the_state_allows_it_and_refused_with_both_elsewhere(
    verb: Verb, state: ContainerState
) -> None:
    result = plan(ActOnContainer(BACKEND, verb), frame_of(given.container(state=state)), Profile())
    if state.value in ALLOWED[verb]:
        assert isinstance(result, Plan), result
    else:
        assert isinstance(result, Refusal)
        assert state.value in result.why
        assert result.rule == NO_CHANGE or (verb.value in result.why and result.advice)


def test_wanting_twice_what_is_so_already_is_no_failure() -> None:
    it = given.container(state=ContainerState.EXITED)
    assert refused(ActOnContainer(BACKEND, Verb.STOP), frame_of(it)).rule == NO_CHANGE


@pytest.mark.parametrize(
    ("verb", "state", "back"),
    [
        (Verb.STOP, ContainerState.RUNNING, "docker start"),
        (Verb.START, ContainerState.EXITED, "docker stop"),
        (Verb.PAUSE, ContainerState.RUNNING, "docker unpause"),
        (Verb.UNPAUSE, ContainerState.PAUSED, "docker pause"),
        (Verb.RESTART, ContainerState.RUNNING, "nothing to take back"),
        (Verb.KILL, ContainerState.RUNNING, "what it held in memory is gone"),
        (Verb.REMOVE, ContainerState.EXITED, "cannot be taken back"),
    ],
)
def test_the_way_back_is_said_where_there_is_one(verb: Verb, state: ContainerState, back: str) -> None:
    made = planned(ActOnContainer(BACKEND, verb), frame_of(given.container(state=state)))
    assert made.undo.startswith(back)
    assert (made.change.inverse is None) is not back.startswith("docker")


def test_a_pause_and_its_inverse_are_about_the_same_run() -> None:
    change = planned(ActOnContainer(BACKEND, Verb.PAUSE), frame_of(given.container())).change
    assert isinstance(change, ChangeState)
    back = change.inverse
    assert back is not None
    assert (back.before, back.pid, back.started_at) == (ContainerState.PAUSED, change.pid, change.started_at)
    assert back.inverse == change


@pytest.mark.parametrize(
    ("policy", "said"), [("always", "when the engine starts anew"), ("unless-stopped", "until somebody starts it")]
)
def test_a_stop_tells_what_the_restart_policy_makes_of_it(policy: str, said: str) -> None:
    it = replace(given.container(), restart_policy=policy)
    made = planned(ActOnContainer(BACKEND, Verb.STOP), frame_of(it))
    assert any(policy in risk and said in risk for risk in made.risks)


def test_a_kill_says_what_is_lost_and_that_it_may_stay_stopped() -> None:
    it = replace(given.container(), restart_policy="always")
    made = planned(ActOnContainer(BACKEND, Verb.KILL, Signal.KILL), frame_of(it))
    words = " ".join(made.risks)
    assert "in memory is lost" in words
    assert "may stay stopped" in words
    assert made.same_as == f"docker kill --signal KILL {BACKEND[:12]}"


def test_a_kill_without_a_signal_is_a_term() -> None:
    assert "SIGTERM" in planned(ActOnContainer(BACKEND, Verb.KILL), frame_of(given.container())).does


def test_a_pause_says_that_memory_stays_and_the_probe_goes_unanswered() -> None:
    words = " ".join(planned(ActOnContainer(BACKEND, Verb.PAUSE), frame_of(given.container())).risks)
    assert "keeps its memory, 2.0 GiB," in words
    assert "probe" in words


def test_a_removal_says_what_goes_and_which_volumes_stay() -> None:
    mounts = (Mount("volume", "/var/lib/docker/volumes/data/_data", "/data", volume="data"),)
    it = replace(given.container(state=ContainerState.EXITED), mounts=mounts)
    made = planned(ActOnContainer(BACKEND, Verb.REMOVE), frame_of(it))
    assert any("own layer is lost" in risk for risk in made.risks)
    assert any("data" in risk and "stay" in risk for risk in made.risks)
    assert "-f" not in shlex.split(made.same_as)
    assert "-v" not in shlex.split(made.same_as)


def test_a_container_that_is_removed_when_it_ends_says_so() -> None:
    made = planned(ActOnContainer(BACKEND, Verb.STOP), frame_of(replace(given.container(), auto_remove=True)))
    assert any("--rm" in risk for risk in made.risks)


def dependant(name: str, on: str, state: ContainerState = ContainerState.RUNNING) -> Container:
    return given.container(name, service=name, state=state, labels={"com.docker.compose.depends_on": on})


def test_those_that_say_they_depend_on_it_are_named() -> None:
    others = (
        dependant("api", "backend:service_healthy:false,redis:service_started:true"),
        dependant("web", "redis:service_started:true"),
        dependant("old", "backend:service_started:false", ContainerState.EXITED),
    )
    made = planned(ActOnContainer(BACKEND, Verb.STOP), frame_of(given.container(), *others))
    told = next(risk for risk in made.risks if "depend" in risk)
    assert told.startswith("api says")
    assert "web" not in told
    assert "old" not in told


def task() -> Container:
    return replace(given.container(), swarm_service_id="svc1", swarm_task_id="task1", project="")


@pytest.mark.parametrize("verb", [Verb.STOP, Verb.RESTART])
def test_a_swarm_task_is_not_stopped_for_swarm_would_make_another(verb: Verb) -> None:
    told = refused(ActOnContainer(BACKEND, verb), frame_of(task()))
    assert told.rule == "swarm task"
    assert "redeploy backend" in told.advice


def test_a_swarm_task_that_is_killed_is_replaced_and_the_plan_says_so() -> None:
    made = planned(ActOnContainer(BACKEND, Verb.KILL, Signal.KILL), frame_of(task()))
    assert "Swarm makes another" in made.risks[0]


@given_values(st.text(min_size=1, max_size=30))
def test_a_hostile_name_is_one_word_of_the_command(name: str) -> None:
    service = Service("svc1", name, Orchestrator.SWARM, desired=1, running=1, digest="a")
    made = planned(RollOut("svc1", Rollout.REDEPLOY), frame_of(services=(service,)))
    assert shlex.split(made.same_as)[-1] == name


# --- rollouts -----------------------------------------------------------------------------------


def swarm(**changed: object) -> Service:
    earlier = Earlier("before", "sutazai/backend:1", 2, Resources(given.limits(1.0, 2 * GIB)), ("Env",))
    service = Service(
        id="svc1" * 6, name="sutazai_backend", orchestrator=Orchestrator.SWARM, image="sutazai/backend:2", desired=3,
        running=3, resources=Resources(given.limits(2.0, 2 * GIB)), digest="now", earlier=earlier,
    )  # fmt: skip
    return replace(service, **changed)  # type: ignore[arg-type]


def rolled(service: Service, rollout: Rollout) -> Plan | Refusal:
    return plan(RollOut(service.id, rollout), frame_of(services=(service,)), Profile())


def test_a_rollback_shows_what_differs_and_names_the_rest_without_its_values() -> None:
    made = rolled(swarm(), Rollout.ROLLBACK)
    assert isinstance(made, Plan)
    assert [(row.figure, row.now, row.proposed) for row in made.rows] == [
        ("image", "sutazai/backend:2", "sutazai/backend:1"), ("replicas", "3", "2"), ("cpu", "2 cores", "1 core"),
        ("other parts", "as they are", "as they were"),
    ]  # fmt: skip
    assert made.rows[-1].effect == "Env"
    assert made.same_as == "docker service rollback sutazai_backend"


def test_a_rollback_is_its_own_inverse_and_a_redeploy_has_none() -> None:
    change = ChangeRollout("e", "s", "n", Rollout.ROLLBACK, "now", "before")
    back = change.inverse
    assert back is not None
    assert (back.before, back.after, back.inverse) == ("before", "now", change)
    assert replace(change, rollout=Rollout.REDEPLOY).inverse is None


@pytest.mark.parametrize(
    ("service", "rollout", "rule"),
    [
        (swarm(earlier=None), Rollout.ROLLBACK, "no earlier specification"),
        (swarm(rollout="updating"), Rollout.ROLLBACK, "under way"),
        (swarm(rollout="rollback_started"), Rollout.REDEPLOY, "under way"),
        (swarm(desired=0, running=0), Rollout.REDEPLOY, "no tasks"),
        (swarm(orchestrator=Orchestrator.COMPOSE), Rollout.REDEPLOY, "compose service"),
    ],
)
def test_a_rollout_that_cannot_be_is_refused_by_its_rule(service: Service, rollout: Rollout, rule: str) -> None:
    told = rolled(service, rollout)
    assert isinstance(told, Refusal)
    assert told.rule == rule


def test_a_service_of_one_task_is_said_to_be_away_in_between() -> None:
    made = rolled(swarm(desired=1, running=1), Rollout.REDEPLOY)
    assert isinstance(made, Plan)
    assert any("nothing answers in between" in risk for risk in made.risks)


# --- models -------------------------------------------------------------------------------------

PLACE = "http://127.0.0.1:11434"
OLLAMA = given.container_id("sutazai-ollama")


def home(memory: int | None = 8 * GIB, environment: tuple[tuple[str, str], ...] = ()) -> Container:
    return replace(given.container("sutazai-ollama", service="ollama", memory=memory), environment=environment)


def server(*loaded: LoadedModel, size: int = 2 * GIB) -> ModelServer:
    installed = (InstalledModel("mistral:7b", Bytes(size)), InstalledModel("cloud:1", Bytes(1), remote=True))
    return ModelServer(PLACE, "0.12.6", loaded, installed, container_id=OLLAMA)


def llama(*, pinned: bool = False, vram: int = 0) -> LoadedModel:
    expires = NOW.replace(year=2318) if pinned else NOW.replace(minute=9)
    return LoadedModel("llama3.2:3b", Bytes(3 * GIB), Bytes(vram), 8192, expires)


def kept(stay: Stay, there: ModelServer, model: str = "llama3.2:3b", **of_home: object) -> Plan | Refusal:
    it = home(**of_home)  # type: ignore[arg-type]
    return plan(KeepModel(PLACE, model, stay), frame_of(it, models=(there,)), Profile())


def test_a_pin_asks_with_the_context_that_the_model_has() -> None:
    made = kept(Stay.PIN, server(llama()))
    assert isinstance(made, Plan)
    assert isinstance(made.change, ChangeStay)
    assert (made.change.keep_alive, made.change.context_length) == (-1.0, 8192)
    assert '"num_ctx": 8192' in made.same_as
    assert '"keep_alive": "300s"' in made.undo


def test_a_pin_and_an_unpin_take_each_other_back() -> None:
    made = kept(Stay.PIN, server(llama()))
    assert isinstance(made, Plan)
    assert isinstance(made.change, ChangeStay)
    back = made.change.inverse
    assert isinstance(back, ChangeStay)
    assert (back.stay, back.keep_alive, back.inverse) == (Stay.UNPIN, 300.0, made.change)


@pytest.mark.parametrize(("told", "seconds"), [("", 300.0), ("24h", 86400.0), ("90", 90.0), ("soon", 300.0)])
def test_an_unpin_gives_the_servers_own_default_where_it_is_known(told: str, seconds: float) -> None:
    made = kept(Stay.UNPIN, server(llama(pinned=True)), environment=(("OLLAMA_KEEP_ALIVE", told),))
    assert isinstance(made, Plan)
    assert isinstance(made.change, ChangeStay)
    assert made.change.keep_alive == seconds


def test_an_unpin_at_a_server_that_pins_everything_says_so() -> None:
    made = kept(Stay.UNPIN, server(llama(pinned=True)), environment=(("OLLAMA_KEEP_ALIVE", "-1"),))
    assert isinstance(made, Plan)
    assert any("the next load pins it again" in risk for risk in made.risks)


@pytest.mark.parametrize(
    ("stay", "there", "model", "rule"),
    [
        (Stay.PIN, server(llama(pinned=True)), "llama3.2:3b", NO_CHANGE),
        (Stay.UNPIN, server(llama()), "llama3.2:3b", NO_CHANGE),
        (Stay.PIN, server(), "llama3.2:3b", "not loaded"),
        (Stay.PRELOAD, server(llama()), "llama3.2:3b", NO_CHANGE),
        (Stay.PRELOAD, server(), "nobody", "not installed"),
        (Stay.PRELOAD, server(), "cloud:1", "cloud model"),
        (Stay.PRELOAD, server(size=9 * GIB), "mistral:7b", "container memory"),
    ],
)
def test_a_stay_that_cannot_be_is_refused_by_its_rule(stay: Stay, there: ModelServer, model: str, rule: str) -> None:
    told = kept(stay, there, model)
    assert isinstance(told, Refusal)
    assert told.rule == rule


def test_a_preload_beyond_the_hosts_memory_is_refused_with_what_would_fit() -> None:
    told = kept(Stay.PRELOAD, server(size=10 * GIB), "mistral:7b", memory=None)
    assert isinstance(told, Refusal)
    assert (told.rule, "9.0 GiB" in told.advice) == ("host memory", True)


def test_with_a_gpu_in_use_nobody_can_tell_and_it_is_a_risk() -> None:
    made = kept(Stay.PRELOAD, server(llama(vram=3 * GIB), size=10 * GIB), "mistral:7b", memory=None)
    assert isinstance(made, Plan)
    assert any("GPU" in risk for risk in made.risks)


def test_a_preload_weighs_the_model_against_what_the_container_has_left() -> None:
    made = kept(Stay.PRELOAD, server(size=7 * GIB), "mistral:7b")
    assert isinstance(made, Plan)
    assert any("2.0 GiB of its limit of 8.0 GiB" in risk for risk in made.risks)
    assert isinstance(made.change.inverse, Unload)


def test_an_unload_knows_the_container_whose_memory_should_come_back() -> None:
    made = planned(UnloadModel(PLACE, "llama3.2:3b"), frame_of(home(), models=(server(llama()),)))
    assert isinstance(made.change, Unload)
    assert (made.change.container_id, made.change.held, made.change.on_host) == (OLLAMA, 2 * GIB, 3 * GIB)


# --- a step down --------------------------------------------------------------------------------


def test_a_step_down_is_the_way_back_from_a_step_up() -> None:
    first = given.limits(2.0, 4 * GIB)
    raised = step_up(first, given.host_usage(), Scaling())
    assert step_down(raised, Scaling(), Bytes(0)) == first


@given_values(st.floats(0.01, 64).map(Cores), st.integers(6 * MIB, 2**40).map(Bytes), st.integers(0, 2**40).map(Bytes))
def test_a_step_down_never_raises_never_goes_under_the_least_nor_under_what_is_held(
    cpu: Cores, memory: Bytes, held: Bytes
) -> None:
    scaling = Scaling()
    after = step_down(Limits(cpu, memory, Bytes(2 * memory)), scaling, held)
    assert after.cpu is not None
    assert after.memory is not None
    assert after.cpu <= cpu
    assert after.memory <= memory
    assert after.cpu == cpu or after.cpu >= LEAST_CPU
    assert after.memory == memory or after.memory >= max(LEAST_MEMORY, held * (1 + scaling.memory_margin))


def snapshot_of(cpu: float, memory: int, held: int) -> ContainerSnapshot:
    return given.measured_container(given.container(cpu=cpu, memory=memory), given.usage(memory=held))


def test_less_limits_stop_at_the_working_set_and_its_margin() -> None:
    there = given.frame(given.snapshot([snapshot_of(2.0, 4 * GIB, int(3.2 * GIB))]))
    made = planned(ScaleDownLimits(BACKEND), there)
    assert isinstance(made.change, ChangeLimits)
    assert made.change.after.cpu == 1.0
    assert made.change.after.memory is not None
    assert int(3.2 * GIB * 1.15) <= made.change.after.memory <= int(3.2 * GIB * 1.15) + 2 * MIB


def test_at_the_floor_it_is_refused_with_the_numbers() -> None:
    told = refused(ScaleDownLimits(BACKEND), given.frame(given.snapshot([snapshot_of(0.1, 64 * MIB, 60 * MIB)])))
    assert told.rule == "floor"
    assert "60 MiB" in told.why


def test_what_holds_state_wants_its_name_typed_to_be_stopped_and_not_to_be_started() -> None:
    for verb, state in (
        (Verb.STOP, ContainerState.RUNNING), (Verb.KILL, ContainerState.RUNNING), (Verb.REMOVE, ContainerState.EXITED),
        (Verb.START, ContainerState.EXITED), (Verb.UNPAUSE, ContainerState.PAUSED),
    ):  # fmt: skip
        it = replace(given.container(state=state), image="postgres:16")
        gives = verb in (Verb.START, Verb.UNPAUSE)
        assert planned(ActOnContainer(BACKEND, verb), frame_of(it)).typed_name == ("" if gives else it.name)
