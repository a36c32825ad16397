import shlex
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given as given_values
from hypothesis import strategies as st

from sutaztop.actions.plan import plan, step_up
from sutaztop.domain.change import ChangeLimits, Plan, Refusal
from sutaztop.domain.finding import Recommendation, Severity, Subject
from sutaztop.domain.frame import Frame
from sutaztop.domain.intent import Intent, ScaleUpLimits, SetLimits, SetReplicas, UnloadModel
from sutaztop.domain.llm import InstalledModel, LoadedModel, ModelServer
from sutaztop.domain.profile import Profile, Scaling
from sutaztop.domain.quantity import GIB, MIB, Bytes, Cores
from sutaztop.domain.reading import Reason, Unmeasured
from sutaztop.domain.resources import Limits, Resources
from sutaztop.domain.sample import Trouble
from sutaztop.domain.service import Orchestrator, Service
from tests import given

BACKEND = given.container_id("sutazai-backend")
PROFILE = Profile()


def frame(*, cpu: float | None = 2.0, memory: int | None = 4 * GIB, services: tuple[Service, ...] = ()) -> Frame:
    one = given.measured_container(given.container(cpu=cpu, memory=memory))
    return given.frame(given.snapshot([one], services=services))


def swarm_service(**changed: object) -> Service:
    service = Service(
        id="svc1" * 6, name="sutazai_backend", orchestrator=Orchestrator.SWARM, desired=2, running=2,
        resources=Resources(given.limits(2.0, 4 * GIB)), container_ids=(BACKEND,),
    )  # fmt: skip
    return replace(service, **changed)  # type: ignore[arg-type]


def planned(intent: Intent, on: Frame) -> Plan:
    result = plan(intent, on, PROFILE)
    assert isinstance(result, Plan), result
    return result


def refused(intent: Intent, on: Frame) -> Refusal:
    result = plan(intent, on, PROFILE)
    assert isinstance(result, Refusal), result
    return result


def test_scaling_up_raises_cpu_and_memory_by_the_guides_steps() -> None:
    made = planned(ScaleUpLimits(BACKEND), frame())
    assert [(row.figure, row.now, row.proposed) for row in made.rows] == [
        ("cpu", "2 cores", "3 cores"),
        ("memory", "4 GiB", "5 GiB"),
    ]


def test_the_equivalent_command_moves_memory_and_swap_together() -> None:
    made = planned(ScaleUpLimits(BACKEND), frame())
    assert made.same_as == f"docker update --cpus 3 --memory 5g --memory-swap 10g {BACKEND[:12]}"


def test_a_container_limited_by_a_quota_gets_a_quota_again() -> None:
    one = given.container()
    quota = replace(one, resources=Resources(replace(one.resources.limits, cpu_by_quota=True)))
    made = planned(SetLimits(BACKEND, cpu=Cores(2.5)), given.frame(given.snapshot([given.measured_container(quota)])))
    assert made.same_as == f"docker update --cpu-quota 250000 {BACKEND[:12]}"


def test_a_quota_over_a_period_of_its_own_is_given_and_taken_back_over_that_period() -> None:
    one = given.container(cpu=1.0)
    limits = replace(one.resources.limits, cpu_by_quota=True, cpu_period_us=20_000)
    there = given.frame(given.snapshot([given.measured_container(replace(one, resources=Resources(limits)))]))
    made = planned(SetLimits(BACKEND, cpu=Cores(0.5)), there)
    assert made.same_as == f"docker update --cpu-quota 10000 {BACKEND[:12]}"
    assert made.undo == f"docker update --cpu-quota 20000 {BACKEND[:12]}"


@pytest.mark.parametrize("reason", [Reason.PENDING, Reason.COLLECTOR_FAILED, Reason.FIRST_READ])
def test_memory_is_not_lowered_while_what_is_held_is_not_known(reason: Reason) -> None:
    unread = replace(given.usage(), memory=Unmeasured(reason))
    there = given.frame(given.snapshot([given.measured_container(given.container(), unread)]))
    assert refused(SetLimits(BACKEND, memory=Bytes(8 * MIB)), there).rule == "working set not known"
    assert isinstance(plan(SetLimits(BACKEND, memory=Bytes(5 * GIB)), there, PROFILE), Plan)


def test_the_preview_names_object_identity_and_engine() -> None:
    made = planned(ScaleUpLimits(BACKEND), frame())
    assert made.object == f"container sutazai-backend ({BACKEND[:12]}) on unix:///var/run/docker.sock"


def test_the_reason_comes_from_the_recommendation_for_the_same_object() -> None:
    advice = Recommendation(
        id="1", subject=Subject("container", BACKEND, "backend"), severity=Severity.WARNING, rule="R-CPU-2",
        proposal="cpu 2 → 3 cores", reason="93 % of its limit and 41 % of periods throttled",
    )  # fmt: skip
    made = planned(ScaleUpLimits(BACKEND), replace(frame(), recommendations=(advice,)))
    assert made.why == advice.reason


@pytest.mark.parametrize(
    ("intent", "rule"),
    [
        (SetLimits("0" * 64, cpu=Cores(3)), "unknown"),
        (SetLimits(BACKEND, cpu=Cores(2)), "no change"),
        (SetLimits(BACKEND, cpu=Cores(13)), "host cpu"),
        (SetLimits(BACKEND, cpu=Cores(0.001)), "least cpu"),
        (SetLimits(BACKEND, memory=Bytes(5 * MIB)), "least memory"),
        (SetLimits(BACKEND, memory=Bytes(33 * GIB)), "host memory"),
        (SetLimits(BACKEND, memory=Bytes(2 * GIB)), "working set"),
        (SetReplicas("nothing", 3), "unknown"),
        (UnloadModel("http://localhost:11434", "llama3.2:3b"), "not loaded"),
    ],
)
def test_what_may_not_be_done_is_refused_by_a_named_rule(intent: Intent, rule: str) -> None:
    assert refused(intent, frame()).rule == rule


def test_a_refusal_for_the_working_set_says_what_would_be_allowed() -> None:
    assert "2355 MiB" in refused(SetLimits(BACKEND, memory=Bytes(2 * GIB)), frame()).advice


def test_a_container_without_any_limit_has_nothing_to_scale_up() -> None:
    assert refused(ScaleUpLimits(BACKEND), frame(cpu=None, memory=None)).rule == "no limit"


def test_a_first_limit_is_told_to_impose_one() -> None:
    made = planned(SetLimits(BACKEND, cpu=Cores(1)), frame(cpu=None))
    assert any("imposes one" in risk for risk in made.risks)
    assert "cannot be taken away" in made.undo


def test_limits_at_the_ceiling_are_refused_with_what_else_to_do() -> None:
    at_ceiling = refused(ScaleUpLimits(BACKEND), frame(cpu=4.0, memory=32 * GIB))
    assert (at_ceiling.rule, "replicas" in at_ceiling.advice) == ("ceiling", True)


def test_nothing_is_planned_while_the_engine_does_not_answer() -> None:
    gone = replace(frame(), trouble=Trouble("The engine does not answer", "connection refused"))
    assert refused(ScaleUpLimits(BACKEND), gone).rule == "stale"


def test_a_task_of_a_swarm_service_is_changed_through_its_service() -> None:
    made = planned(SetLimits(BACKEND, cpu=Cores(3)), frame(services=(swarm_service(),)))
    assert isinstance(made.change, ChangeLimits)
    assert (made.change.swarm, made.change.id) == (True, swarm_service().id)
    assert made.title == f"Scale up {swarm_service().name}"
    assert made.same_as == "docker service update --limit-cpu 3 sutazai_backend"
    assert "2 tasks" in made.does


def test_a_task_on_a_node_that_manages_no_swarm_is_refused() -> None:
    task = given.measured_container(replace(given.container(), swarm_service_id="abc"))
    assert refused(SetLimits(BACKEND, cpu=Cores(3)), given.frame(given.snapshot([task]))).rule == "not a manager"


def test_replicas_of_a_swarm_service_are_scaled_by_its_own_command() -> None:
    made = planned(SetReplicas(swarm_service().id, 3), frame(services=(swarm_service(),)))
    assert made.same_as == "docker service scale sutazai_backend=3"
    assert made.undo == "docker service scale sutazai_backend=2"


def test_replicas_of_a_compose_service_warn_that_compose_forgets() -> None:
    service = swarm_service(id="sutazaiapp/agents", name="agents", orchestrator=Orchestrator.COMPOSE, desired=None)
    made = planned(SetReplicas(service.id, 3), frame(services=(service,)))
    assert made.same_as == "docker compose -p sutazaiapp up -d --no-deps --no-recreate --scale agents=3 agents"
    assert made.rows[0].effect == "each may use 2 cores and 4 GiB"
    assert any("Compose forgets" in risk for risk in made.risks)


@pytest.mark.parametrize(("count", "rule"), [(0, "replica bounds"), (11, "replica bounds"), (2, "no change")])
def test_replicas_outside_the_bounds_are_refused(count: int, rule: str) -> None:
    assert refused(SetReplicas(swarm_service().id, count), frame(services=(swarm_service(),))).rule == rule


def test_a_service_that_cannot_be_scaled_is_refused_with_its_reason() -> None:
    fixed = swarm_service(not_scalable="it publishes the fixed port 8000")
    assert "fixed port 8000" in refused(SetReplicas(fixed.id, 3), frame(services=(fixed,))).why


def with_model(expires_in: timedelta, name: str = "codellama:7b") -> Frame:
    loaded = LoadedModel(name, Bytes(5 * GIB), expires_at=given.NOW + expires_in)
    server = ModelServer("http://localhost:11434", loaded=(loaded,), installed=(InstalledModel(name, Bytes(GIB)),))
    return given.frame(replace(given.snapshot(), models=(server,)))


@pytest.mark.parametrize(
    ("expires_in", "said"),
    [(timedelta(minutes=-1), "answering now"), (timedelta(days=365 * 292), "pinned")],
)
def test_unloading_a_busy_or_pinned_model_says_so(expires_in: timedelta, said: str) -> None:
    made = planned(UnloadModel("http://localhost:11434", "codellama:7b"), with_model(expires_in))
    assert any(said in risk for risk in made.risks)


def test_a_hostile_model_name_stays_one_word_of_the_command() -> None:
    name = "x'; rm -rf / #"
    made = planned(UnloadModel("http://localhost:11434", name), with_model(timedelta(minutes=1), name))
    assert shlex.split(made.same_as)[-1] == '{"model": "x\'; rm -rf / #", "keep_alive": 0}'


@given_values(st.floats(0.1, 12), st.integers(64 * MIB, 64 * GIB), st.floats(0.1, 8), st.integers(MIB, 8 * GIB))
def test_one_step_up_never_lowers_anything_and_keeps_to_the_host(
    cpu: float, memory: int, cpu_step: float, memory_step: int
) -> None:
    before = Limits(cpu=Cores(cpu), memory=Bytes(memory), memory_and_swap=Bytes(memory * 2))
    scaling = Scaling(cpu_step=Cores(cpu_step), memory_step=Bytes(memory_step))
    after = step_up(before, given.host_usage(), scaling)
    assert after.cpu is not None
    assert after.memory is not None
    assert before.cpu is not None
    assert before.cpu <= after.cpu <= max(before.cpu, 12)
    assert memory <= after.memory <= max(memory, 32 * GIB)


@given_values(st.floats(0.1, 12), st.integers(7 * MIB, 32 * GIB))
def test_a_change_followed_by_its_inverse_is_the_identity(cpu: float, memory: int) -> None:
    before = given.limits(2.0, 4 * GIB)
    change = ChangeLimits("e", "i", "n", before, before.with_cpu(Cores(cpu)).with_memory(Bytes(memory)))
    assert change.inverse.after == before
    assert change.inverse.inverse == change


@given_values(st.integers(0, 40 * GIB))
def test_no_plan_ever_puts_memory_under_the_working_set(memory: int) -> None:
    result = plan(SetLimits(BACKEND, memory=Bytes(memory)), frame(), PROFILE)
    if isinstance(result, Plan):
        assert isinstance(result.change, ChangeLimits)
        assert result.change.after.memory is not None
        assert result.change.after.memory > 2 * GIB


def test_what_compose_will_read_is_told_for_a_label_named_it() -> None:
    service = swarm_service(
        id="p/agents", name="agents", orchestrator=Orchestrator.COMPOSE, desired=None, folder="/srv/p",
        files=("/srv/p/compose.yaml", "/srv/p/own file.yaml"),
    )  # fmt: skip
    made = planned(SetReplicas(service.id, 3), frame(services=(service,)))
    assert "-p p --project-directory /srv/p -f /srv/p/compose.yaml -f '/srv/p/own file.yaml' up" in made.same_as
    assert "It reads /srv/p/compose.yaml, /srv/p/own file.yaml" in made.does


def test_a_services_own_bounds_and_labels_hold_for_changes_too() -> None:
    found = given.measured_container(
        given.container("worker-1", service="worker", labels={"com.sutaztop.max-replicas": "2"})
    )
    service = Service("worker-id", "worker", Orchestrator.SWARM, desired=2, running=1, container_ids=(found.id,))
    snapshot = given.snapshot([found], services=[service])
    refused = plan(SetReplicas("worker-id", 3), given.frame(snapshot), Profile())
    assert isinstance(refused, Refusal)
    assert "2" in refused.why
    without = replace(found, container=replace(found.container, labels={}))
    planned = plan(SetReplicas("worker-id", 3), given.frame(given.snapshot([without], services=[service])), Profile())
    assert isinstance(planned, Plan)
