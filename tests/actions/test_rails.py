"""Guardrails: each refuses with its numbers and what would be allowed; all can be overridden with the name typed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from sutaztop.actions.plan import plan
from sutaztop.config.windows import parse_window
from sutaztop.domain.change import ChangeLimits, Plan, Refusal
from sutaztop.domain.frame import Frame
from sutaztop.domain.guardrails import CALM, Circumstances, Done, Guardrails, ObservedChange
from sutaztop.domain.intent import Intent, ScaleUpLimits, SetLimits, SetReplicas, UnloadModel
from sutaztop.domain.llm import LoadedModel, ModelServer
from sutaztop.domain.profile import Profile
from sutaztop.domain.quantity import GIB, Bytes, Cores, Ratio
from sutaztop.domain.service import Orchestrator, Service
from sutaztop.domain.snapshot import ContainerSnapshot
from tests import given

if TYPE_CHECKING:
    from collections.abc import Sequence

BACKEND = given.container_id("sutazai-backend")
OTHER = given.container_id("sutazai-crewai")
MORE_CPU = SetLimits(BACKEND, cpu=Cores(3))
SWARM = Service(
    "svc", "stack_backend", Orchestrator.SWARM, desired=2, running=2, container_ids=(BACKEND,),
    resources=given.container().resources,
)  # fmt: skip


def ago(seconds: float) -> datetime:
    return given.NOW - timedelta(seconds=seconds)


def frame(
    *containers: ContainerSnapshot,
    available: float = 20.0,
    total: float = 32.0,
    busy: float = 0.4,
    services: tuple[Service, ...] = (),
    observed: dict[str, ObservedChange] | None = None,
) -> Frame:
    there = given.snapshot(list(containers or [given.measured_container()]), services=services)
    host = replace(
        there.host, memory_total=Bytes(int(total * GIB)), memory_available=Bytes(int(available * GIB)),
        cpu_utilization=Ratio(busy),
    )  # fmt: skip
    return replace(given.frame(replace(there, host=host)), observed=observed or {})


def decided(intent: Intent, on: Frame, rails: Guardrails | None = None, circumstances: Circumstances = CALM) -> object:
    return plan(intent, on, Profile(guardrails=rails or Guardrails()), circumstances=circumstances)


def refused(intent: Intent, on: Frame, rails: Guardrails | None = None, circumstances: Circumstances = CALM) -> Refusal:
    found = decided(intent, on, rails, circumstances)
    assert isinstance(found, Refusal), found
    assert found.overridable
    forced = decided(intent, on, rails, replace(circumstances, force=True))
    assert isinstance(forced, Plan), "what judgement holds back may be insisted on"
    assert forced.typed_name == forced.change.name
    assert any(found.rule in risk and "Overrides" in risk for risk in forced.risks)
    return found


def allowed(intent: Intent, on: Frame, rails: Guardrails | None = None, circumstances: Circumstances = CALM) -> Plan:
    found = decided(intent, on, rails, circumstances)
    assert isinstance(found, Plan), found
    return found


def raised(container_id: str, before: float, after: float, seconds: float) -> Done:
    limits = given.limits(2.0, int(before * GIB)), given.limits(2.0, int(after * GIB))
    return Done(ago(seconds), "alice", ChangeLimits("unix:///s", container_id, "it", *limits))


# --- cool-down ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "held"), [(0, True), (59, True), (60, False), (200, False)])
def test_a_raise_waits_for_what_the_last_change_did_whoever_made_it(seconds: float, *, held: bool) -> None:
    on = frame(observed={BACKEND: ObservedChange(ago(seconds), "limits")})
    if held:
        found = refused(MORE_CPU, on)
        assert found.rule == "cool-down"
        assert "its limits changed" in found.why
        assert f"in {60 - seconds:.0f} s" in found.advice or "1 min" in found.advice
    else:
        allowed(MORE_CPU, on)


def test_a_change_made_here_is_told_with_who_made_it() -> None:
    found = refused(MORE_CPU, frame(), circumstances=Circumstances((raised(BACKEND, 4, 5, 12),)))
    assert "12 s ago alice changed it" in found.why


def test_what_takes_waits_longer_than_what_gives() -> None:
    on = frame(observed={BACKEND: ObservedChange(ago(100), "limits")})
    allowed(MORE_CPU, on)
    assert refused(SetLimits(BACKEND, cpu=Cores(1)), on).rule == "cool-down"


def test_another_containers_change_holds_nothing_back() -> None:
    allowed(MORE_CPU, frame(observed={OTHER: ObservedChange(ago(1), "limits")}))


def test_a_services_replicas_wait_for_a_change_of_its_task_and_the_other_way_round() -> None:
    on = frame(services=(SWARM,), observed={"svc": ObservedChange(ago(5), "replicas")})
    assert refused(MORE_CPU, on).rule == "cool-down"
    on = frame(services=(SWARM,), observed={BACKEND: ObservedChange(ago(5), "limits")})
    assert refused(SetReplicas("svc", 3), on).rule == "cool-down"


# --- rate and windows ---------------------------------------------------------------------------


def test_more_changes_than_the_rate_wait_until_the_first_is_old() -> None:
    rails = Guardrails(rate=3)
    done = tuple(raised(OTHER, 1, 2, seconds) for seconds in (500, 300, 200))
    found = refused(MORE_CPU, frame(), rails, Circumstances(done))
    assert found.rule == "rate of changes"
    assert "3 changes were made in the last 10 min, and 3 may be" in found.why
    assert "1 min 40 s" in found.advice or "100 s" in found.advice or "2 min" in found.advice
    allowed(MORE_CPU, frame(), rails, Circumstances(done[1:]))


@pytest.mark.parametrize(
    ("window", "at", "inside"),
    [
        ("mon-fri 08:00-18:00", datetime(2026, 11, 23, 8, 0, tzinfo=UTC), True),
        ("mon-fri 08:00-18:00", datetime(2026, 11, 23, 18, 0, tzinfo=UTC), False),
        ("mon-fri 08:00-18:00", datetime(2026, 11, 22, 12, 0, tzinfo=UTC), False),
        ("fri 22:00-06:00", datetime(2026, 11, 28, 5, 59, tzinfo=UTC), True),
        ("fri 22:00-06:00", datetime(2026, 11, 27, 5, 59, tzinfo=UTC), False),
        ("daily 00:00-24:00", datetime(2026, 11, 28, 23, 59, tzinfo=UTC), True),
        ("sat,sun 00:00-24:00", datetime(2026, 11, 27, 23, 59, tzinfo=UTC), False),
    ],
)
def test_changes_are_made_inside_their_window(window: str, at: datetime, *, inside: bool) -> None:
    rails = Guardrails(windows=(parse_window(window),))
    on = frame()
    on = replace(on, snapshot=replace(on.snapshot, at=at))
    if inside:
        allowed(MORE_CPU, on, rails, Circumstances(zone=UTC))
    else:
        found = refused(MORE_CPU, on, rails, Circumstances(zone=UTC))
        assert found.rule == "change window"
        assert window in found.why


@pytest.mark.parametrize("text", ["", "mon", "moo 08:00-09:00", "mon 25:00-26:00", "mon 08:00-08:00", "mon 8-9"])
def test_a_window_that_is_none_is_refused_with_words(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_window(text)


# --- the host -----------------------------------------------------------------------------------


def test_no_cpu_limit_is_raised_on_a_host_without_cpu_and_those_with_slack_are_named() -> None:
    idle = given.measured_container(given.container("sutazai-crewai"), given.usage(cpu=0.1))
    found = refused(MORE_CPU, frame(given.measured_container(), idle, busy=0.93))
    assert found.rule == "host cpu in use"
    assert "93 %" in found.why or "93%" in found.why
    assert "sutazai-crewai (1.9 unused)" in found.advice
    allowed(SetLimits(BACKEND, cpu=Cores(1)), frame(busy=0.93))


def test_memory_that_the_host_has_not_is_not_promised_and_what_fits_is_told() -> None:
    on = frame(available=7.0, total=32.0)  # 3.2 GiB stay in reserve: 3.8 are left, and it holds 2
    found = refused(SetLimits(BACKEND, memory=Bytes(8 * GIB)), on)
    assert found.rule == "host memory promised"
    fits = float(found.advice.split(" GiB")[0])
    allowed(SetLimits(BACKEND, memory=Bytes(int(fits * 1024) // 64 * 64 * 1024**2)), on)


def test_what_was_promised_to_others_lately_counts() -> None:
    on = frame(given.measured_container(), given.measured_container(given.container("sutazai-crewai")), available=8.0)
    wish = SetLimits(BACKEND, memory=Bytes(6 * GIB))
    allowed(wish, on)
    done = Circumstances((raised(OTHER, 4, 8, 120),))
    found = refused(wish, on, circumstances=done)
    assert "4.0 GiB were promised in the last 10 min" in found.why
    allowed(wish, on, circumstances=Circumstances((raised(OTHER, 4, 8, 601),)))


def test_replicas_that_the_host_cannot_carry_are_refused_with_how_many_it_can() -> None:
    on = frame(services=(SWARM,), available=8.0, total=32.0)  # 4.8 left; each may use 4
    found = refused(SetReplicas("svc", 5), on)
    assert found.rule == "host memory promised"
    assert found.advice.startswith("3 would fit")
    allowed(SetReplicas("svc", 3), on)


def test_a_step_up_gives_the_half_that_the_host_can_carry() -> None:
    made = allowed(ScaleUpLimits(BACKEND), frame(available=3.0))
    assert [(row.figure, row.now != row.proposed) for row in made.rows] == [("cpu", True), ("memory", False)]
    assert any(risk.startswith("Memory is not raised with it.") for risk in made.risks)
    made = allowed(ScaleUpLimits(BACKEND), frame(busy=0.95))
    assert [(row.figure, row.now != row.proposed) for row in made.rows] == [("cpu", False), ("memory", True)]
    assert refused(ScaleUpLimits(BACKEND), frame(available=3.0, busy=0.95)).rule == "host cpu in use"


# --- protected ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rails", "labels"),
    [
        (Guardrails(protected=("sutazai-backend",)), {}),
        (Guardrails(protected=("backend",)), {}),
        (Guardrails(), {"com.sutaztop.protected": "true"}),
    ],
)
def test_what_is_protected_wants_its_name_typed_for_any_change(rails: Guardrails, labels: dict[str, str]) -> None:
    on = frame(given.measured_container(given.container(labels=labels)))
    assert allowed(MORE_CPU, on, rails).typed_name == "sutazai-backend"


def postgres() -> ContainerSnapshot:
    one = replace(
        given.container("sutazai-postgres", service="postgres"), image="docker.io/library/postgres:16@sha256:1"
    )
    return given.measured_container(one)


def test_what_holds_state_wants_its_name_typed_where_it_could_be_interrupted() -> None:
    on, it = frame(postgres()), given.container_id("sutazai-postgres")
    assert allowed(SetLimits(it, cpu=Cores(3), memory=Bytes(5 * GIB)), on).typed_name == ""
    assert allowed(SetLimits(it, cpu=Cores(1)), on).typed_name == "sutazai-postgres"
    service = replace(SWARM, container_ids=(it,))
    assert allowed(SetLimits(it, cpu=Cores(3)), frame(postgres(), services=(service,))).typed_name == "stack_backend"


def test_a_model_is_no_container_and_has_no_cool_down() -> None:
    server = ModelServer("http://o:1", loaded=(LoadedModel("llama3.2:3b", Bytes(GIB)),))
    on = frame()
    on = replace(on, snapshot=replace(on.snapshot, models=(server,)))
    assert allowed(UnloadModel("http://o:1", "llama3.2:3b"), on).typed_name == ""


def test_the_same_done_in_any_order_gives_the_same_answer() -> None:
    done: Sequence[Done] = [raised(OTHER, 4, 8, 120), raised(BACKEND, 4, 5, 30), raised(BACKEND, 3, 4, 300)]
    told = {str(refused(MORE_CPU, frame(), circumstances=Circumstances(tuple(it)))) for it in (done, done[::-1])}
    assert len(told) == 1
