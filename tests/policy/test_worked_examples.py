"""The worked examples of the policy specification that the thin policy covers, by their numbers."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sutaztop.domain.container import Container
from sutaztop.domain.counters import Pressure
from sutaztop.domain.decision import DecisionState
from sutaztop.domain.estimate import Aggregate
from sutaztop.domain.finding import Severity
from sutaztop.domain.guardrails import ObservedChange
from sutaztop.domain.intent import Intent, SetLimits, SetReplicas
from sutaztop.domain.past import NO_PAST
from sutaztop.domain.profile import Profile
from sutaztop.domain.quantity import GIB, MIB, Bytes, Cores, Ratio, Seconds
from sutaztop.domain.snapshot import ContainerSnapshot
from tests import given
from tests.policy.situations import PROFILE, Situation, host

HOT = 0.93


def backend(cpu: float | None = 2.0, memory: int | None = 4 * GIB, *, oom_killed: bool = False) -> Container:
    return given.container("sutazai-backend", cpu=cpu, memory=memory, oom_killed=oom_killed)


@pytest.mark.parametrize(
    ("number", "cpu", "throttled", "limit", "rule", "raised"),
    [
        (1, [HOT], 0.41, 2.0, "R-CPU-2", 3.0),
        (2, [HOT], 0.0, 2.0, "R-CPU-1", 3.0),
        (7, [0.30], 0.60, 2.0, "R-CPU-2", 3.0),
        (8, [0.95], 0.0, 3.5, "R-CPU-1", 4.0),
    ],
)
def test_a_container_short_of_cpu_gets_one_step_cut_at_the_ceiling(
    number: int, cpu: list[float | None], throttled: float, limit: float, rule: str, raised: float
) -> None:
    del number
    situation = Situation()
    made = situation.add(backend(limit), cpu=cpu, throttled=throttled)
    [advice] = situation.advice()
    assert advice.rule == rule
    assert advice.intent == SetLimits(made.id, cpu=Cores(raised))
    assert not advice.blocked


@pytest.mark.parametrize(
    ("number", "cpu", "throttled"),
    [
        (3, [0.30] * 11 + [0.95], 0.0),
        (4, [HOT] * 10 + [0.30] * 2, 0.0),
        (5, [0.75], 0.0),
        (6, [0.30], 0.30),
    ],
)
def test_a_spike_a_past_peak_the_very_line_and_light_bursts_call_for_nothing(
    number: int, cpu: list[float | None], throttled: float
) -> None:
    del number
    situation = Situation()
    situation.add(backend(), cpu=cpu, throttled=throttled)
    assert situation.advice() == []


def test_a_spike_is_told_as_something_to_watch_3() -> None:
    situation = Situation()
    situation.add(backend(), cpu=[0.30] * 11 + [0.95])
    finding = situation.finding("backend")
    assert finding is not None
    assert (finding.word, finding.severity) == ("WATCH", Severity.OK)


def two_replicas(situation: Situation, share: float = 0.95) -> tuple[ContainerSnapshot, ContainerSnapshot]:
    first = situation.add(given.container("sutazaiapp-backend-1", cpu=4.0), cpu=[share])
    second = situation.add(given.container("sutazaiapp-backend-2", cpu=4.0), cpu=[share])
    return first, second


@pytest.mark.parametrize("swarm", [True, False])
def test_at_the_ceiling_a_scalable_service_gets_replicas_by_the_target_share_9(swarm: bool) -> None:
    situation = Situation()
    service = situation.serve("backend", *two_replicas(situation), swarm=swarm)
    [advice] = situation.advice()
    assert advice.intent == SetReplicas(service.id, 3)
    assert advice.proposal == "replicas 2 → 3"


def test_at_the_ceiling_a_stateful_service_is_blocked_with_its_reason_10() -> None:
    situation = Situation()
    situation.serve("backend", *two_replicas(situation), swarm=True, not_scalable="it owns its data")
    [advice] = situation.advice()
    assert advice.intent is None
    assert "it owns its data" in advice.blocked


def test_a_saturated_host_blocks_a_raise_13() -> None:
    situation = Situation(on=host(cpu=15.2))
    situation.add(backend(), cpu=[HOT])
    [advice] = situation.advice()
    assert "95 %" in advice.blocked
    assert advice.intent is None


def test_a_container_without_a_limit_that_fills_the_host_is_blocked_14() -> None:
    situation = Situation(on=host(cpu=14.0))
    situation.add(backend(None), cpu=[15.0])
    [advice] = situation.advice()
    assert (advice.rule, advice.intent) == ("R-CPU-4", None)
    assert "adds no CPU" in advice.blocked


@pytest.mark.parametrize(("settled", "held"), [(30, True), (100, False)])
def test_after_a_change_of_the_limit_a_minute_must_pass_15_16(settled: int, held: bool) -> None:
    situation = Situation()
    made = situation.add(backend(), cpu=[HOT])
    changed = ObservedChange(given.NOW - timedelta(seconds=settled), "limits")
    situation.past = replace(situation.past, observed={made.id: changed})
    [advice] = situation.advice()
    assert (advice.intent is None) is held
    assert ("30 s of the cool-down are left" in advice.blocked) is held


def test_three_idle_replicas_lose_one_17() -> None:
    situation = Situation()
    members = [situation.add(given.container(f"worker-{n}", cpu=4.0), cpu=[0.10] * 300) for n in range(3)]
    service = situation.serve("worker", *members, swarm=True)
    [advice] = situation.advice()
    assert (advice.rule, advice.severity) == ("R-CPU-5", Severity.OK)
    assert advice.intent == SetReplicas(service.id, 2)


def test_replicas_are_not_taken_while_one_does_not_report_19() -> None:
    situation = Situation()
    members = [situation.add(given.container(f"worker-{n}", cpu=4.0), cpu=[0.10] * 300) for n in range(3)]
    situation.serve("worker", *members, swarm=True)
    for figure in ("cpu", "memory"):
        situation.remember(members[1], figure, [])
    assert situation.advice() == []


def test_replicas_are_not_taken_while_memory_is_in_use_21() -> None:
    situation = Situation()
    members = [
        situation.add(given.container(f"worker-{n}", cpu=4.0), cpu=[0.10] * 300, memory=[0.60] * 300) for n in range(3)
    ]
    situation.serve("worker", *members, swarm=True)
    assert situation.advice() == []


def test_a_working_set_near_its_limit_gets_a_gib_23() -> None:
    situation = Situation()
    made = situation.add(backend(), memory=[0.90])
    [advice] = situation.advice()
    assert (advice.rule, advice.severity) == ("R-MEM-2", Severity.WARNING)
    assert advice.intent == SetLimits(made.id, memory=Bytes(5 * GIB))


def test_a_working_set_under_the_line_holds_24() -> None:
    situation = Situation()
    situation.add(backend(), memory=[0.84])
    assert situation.advice() == []


@pytest.mark.parametrize(("number", "limit", "raised"), [(26, 2 * GIB, 2496 * MIB), (27, 256 * MIB, 384 * MIB)])
def test_an_oom_kill_needs_no_readings_26_27(number: int, limit: int, raised: int) -> None:
    del number
    situation = Situation()
    made = situation.add(backend(memory=limit, oom_killed=True), memory=[None])
    [advice] = situation.advice()
    assert (advice.rule, advice.severity) == ("R-MEM-1", Severity.CRITICAL)
    assert advice.intent == SetLimits(made.id, memory=Bytes(raised))


def test_an_oom_kill_whose_limit_was_raised_since_calls_for_nothing_more_29() -> None:
    situation = Situation()
    made = situation.add(backend(memory=3 * GIB, oom_killed=True))
    situation.remember(made, "memory_utilization", [0.99] * 6 + [0.30] * 6)
    situation.remember(made, "memory", [0.99 * 2 * GIB] * 6 + [0.30 * 3 * GIB] * 6)
    assert situation.advice() == []


def test_a_host_without_memory_blocks_a_raise_critically_30() -> None:
    situation = Situation(on=host(available=5 * GIB))
    situation.add(backend(), memory=[0.90])
    [advice] = situation.advice()
    assert (advice.severity, advice.intent) == (Severity.CRITICAL, None)
    assert "no host memory" in advice.blocked


def test_cpu_and_memory_are_raised_in_one_update_31() -> None:
    situation = Situation()
    made = situation.add(backend(), cpu=[HOT], memory=[0.90])
    [advice] = situation.advice()
    assert advice.intent == SetLimits(made.id, cpu=Cores(3.0), memory=Bytes(5 * GIB))
    assert advice.proposal == "cpu 2 → 3 cores, memory 4 GiB → 5 GiB"


def test_three_readings_are_not_enough_36() -> None:
    situation = Situation()
    situation.add(backend(), cpu=[*[None] * 11, HOT])
    assert situation.judge(Profile()).recommendations == ()


def test_readings_that_have_grown_old_are_not_enough_39() -> None:
    situation = Situation()
    situation.add(backend(), cpu=[HOT] * 12 + [None] * 75)
    assert situation.advice() == []


def test_memory_is_granted_jointly_in_order_of_severity_tier_and_need() -> None:
    # 64 GiB, 10 available: 3.6 may be promised (POLICY 5.5).
    situation = Situation(on=host(available=10 * GIB))
    ollama = situation.add(given.container("sutazai-ollama", memory=8 * GIB), memory=[0.95])
    backend_ = situation.add(given.container("sutazai-backend"), memory=[0.90])
    crewai = situation.add(given.container("sutazai-crewai"), memory=[0.926], tier=2)
    granted = {it.subject.name: it for it in situation.advice()}
    assert granted["ollama"].intent == SetLimits(ollama.id, memory=Bytes(9 * GIB))
    assert granted["backend"].intent == SetLimits(backend_.id, memory=Bytes(5 * GIB))
    assert granted["crewai"].intent == SetLimits(crewai.id, memory=Bytes(4608 * MIB))
    assert "limited by host memory" in granted["crewai"].reason


def test_a_container_that_has_just_started_is_left_to_start() -> None:
    situation = Situation()
    young = replace(backend(), started_at=given.NOW - timedelta(seconds=20))
    situation.add(young, cpu=[HOT])
    assert situation.advice() == []


def test_one_hot_replica_among_idle_ones_is_no_full_service() -> None:
    situation = Situation()
    loads = enumerate((1.0, 0.02, 0.02))
    members = [situation.add(given.container(f"w{number}", cpu=4.0), cpu=[cpu]) for number, cpu in loads]
    situation.serve("w", *members)
    [advice] = situation.advice()
    assert advice.intent is None
    assert "all replicas together use 34 %" in advice.blocked


def test_replicas_that_several_containers_ask_for_are_paid_for_once() -> None:
    def granted(hot: int) -> Intent | None:
        # 64 GiB, of which 10.4 available: 4 GiB may be promised.
        situation = Situation(on=host(available=int(10.4 * GIB)))
        members = [
            situation.add(given.container(f"w{number}", cpu=4.0, memory=4 * GIB), cpu=[0.9], memory=[0.2], tier=1)
            for number in range(hot)
        ]
        situation.serve("w", *members)
        database = situation.add(given.container("x-db"), memory=[0.90], tier=2)
        return next(it.intent for it in situation.advice() if it.subject.name == database.display_name)

    assert isinstance(granted(1), SetLimits)
    assert isinstance(granted(3), SetLimits)


def test_what_a_container_did_while_it_started_is_no_evidence() -> None:
    situation = Situation()
    young = given.container("young", cpu=2.0)
    started = replace(young, started_at=given.NOW - timedelta(seconds=35))
    situation.add(started, cpu=[HOT])
    assert [it.subject.name for it in situation.advice()] == []


@pytest.mark.parametrize(("span", "advised"), [(180.0, 1), (181.0, 0)])
def test_readings_that_cover_less_than_the_asked_span_are_a_moment(span: float, advised: int) -> None:
    situation = Situation()
    situation.add(backend(), cpu=[HOT])
    profile = replace(PROFILE, thresholds=replace(PROFILE.thresholds, minimum_span=Seconds(span)))
    assert len(situation.judge(profile).recommendations) == advised


def test_a_limit_that_is_full_of_files_in_use_calls_for_nothing_and_says_so() -> None:
    situation = Situation()
    made = situation.add(backend(), memory=[0.95])
    cached = replace(made, usage=replace(made.usage, memory_active_file=Bytes(3 * GIB)))
    situation.containers[0] = cached
    assert situation.advice() == []
    decision = situation.explain(made.id)
    assert (decision.state, decision.rules) == (DecisionState.WATCH, ("R-MEM-4",))
    assert "3 GiB of its working set is page cache" in decision.text


def test_files_in_use_are_no_excuse_where_the_rest_alone_fills_the_limit() -> None:
    situation = Situation()
    made = situation.add(backend(), memory=[0.95])
    situation.containers[0] = replace(made, usage=replace(made.usage, memory_active_file=Bytes(GIB // 8)))
    [advice] = situation.advice()
    assert advice.rule == "R-MEM-2"


def test_files_in_use_are_no_excuse_where_work_waits_for_memory() -> None:
    situation = Situation()
    made = situation.add(backend(), memory=[0.95])
    waits = Pressure(Ratio(0.2), Ratio(0.1), Ratio(0.2), Ratio(0.1))
    situation.containers[0] = replace(
        made, usage=replace(made.usage, memory_active_file=Bytes(3 * GIB), memory_pressure=waits)
    )
    [advice] = situation.advice()
    assert advice.rule == "R-MEM-2"


def test_why_not_is_told_of_one_of_which_nothing_is_said() -> None:
    situation = Situation()
    made = situation.add(backend(), cpu=[0.2], memory=[0.3])
    assert situation.advice() == []
    decision = situation.explain(made.id)
    assert decision.state is DecisionState.HOLD
    assert "CPU 20 % of its limit, over 75 % in 0 of 90 readings" in decision.text
    assert "working set 30 % of its limit, the line is 85 %" in decision.text


def test_bursts_of_the_last_hour_call_for_a_higher_limit_though_all_is_calm_now_38() -> None:
    situation = Situation()
    made = situation.add(backend(), cpu=[0.1])
    situation.history.aggregates[made.id] = Aggregate(saturated_span_s=3600, saturated_s=432)
    [advice] = situation.advice()
    assert (advice.rule, advice.intent) == ("R-CPU-6", SetLimits(made.id, cpu=Cores(3.0)))
    assert "12 % of the last 60 min" in advice.reason


def test_less_than_a_twentieth_of_the_hour_is_no_burst_worth_a_word() -> None:
    situation = Situation()
    made = situation.add(backend(), cpu=[0.1])
    situation.history.aggregates[made.id] = Aggregate(saturated_span_s=3600, saturated_s=100)
    assert situation.advice() == []


@pytest.mark.parametrize(("days", "intent"), [(0, False), (2, True)])
def test_a_large_container_without_a_memory_limit_gets_one_that_its_days_fit_into(days: int, intent: bool) -> None:
    situation = Situation()
    made = situation.add(given.container("web", memory=None), memory=[20.0])
    situation.history.aggregates[made.id] = Aggregate(
        first_s=0, last_s=days * 86_400, samples=days * 1440, memory_peaks=(18 * GIB, 22 * GIB)
    )
    [advice] = situation.advice()
    assert advice.rule == "R-MEM-5"
    # 22 GiB and 15 % more, in steps of 64 MiB.
    assert advice.intent == (SetLimits(made.id, memory=Bytes(25_920 * MIB)) if intent else None)
    assert "20 GiB of the host's 64 GiB without a limit" in advice.reason


def test_a_working_set_that_rises_hour_by_hour_is_a_leak_with_the_time_that_is_left() -> None:
    situation = Situation()
    made = situation.add(backend(), memory=[0.83])
    hours = tuple((3600 * n, (2 * GIB + n * 200 * MIB)) for n in range(8))
    situation.history.aggregates[made.id] = Aggregate(hourly_peaks=hours)
    decision = situation.explain(made.id)
    assert decision.rules == ()
    near = tuple((start, size + 700 * MIB) for start, size in hours)
    situation.history.aggregates[made.id] = Aggregate(hourly_peaks=near)
    decision = situation.explain(made.id)
    assert decision.rules == ("R-MEM-6",)
    assert "time to limit" in {it.name for it in decision.evidence}


def test_a_program_that_has_just_started_takes_no_replicas() -> None:
    situation = Situation()
    members = [situation.add(given.container(f"worker-{n}", cpu=4.0), cpu=[0.10] * 300) for n in range(3)]
    situation.serve("worker", *members, swarm=True)
    situation.past = NO_PAST
    assert situation.advice() == []


def test_a_moment_of_rest_is_not_called_idle() -> None:
    situation = Situation()
    members = [situation.add(given.container(f"worker-{n}", cpu=4.0), cpu=[*[None] * 8, *[0.10] * 4]) for n in range(3)]
    situation.serve("worker", *members, swarm=True)
    assert situation.advice() == []


@pytest.mark.parametrize(("grows", "told"), [(0.0008, True), (0.0002, False)])
def test_a_leak_that_meets_its_limit_within_minutes_is_told_before_it_does(grows: float, told: bool) -> None:
    situation = Situation()
    made = situation.add(backend(memory=2 * GIB), memory=[0.83])
    # A share of the limit more each second, to 83 %: what is left lasts three and a half minutes, or fourteen.
    rising = [(0.83 - grows * (480 - second)) * 2 * GIB for second in range(480)]
    situation.remember(made, "memory", rising)
    rules = {it.rule for it in situation.advice()}
    assert ("R-MEM-6" in rules) is told
