"""What holds of every decision, whatever the case: the obligations P1 to P10 of the policy."""

import re
from dataclasses import replace
from random import Random
from typing import TypeVar

from hypothesis import HealthCheck, assume, event, settings
from hypothesis import given as for_all
from hypothesis import strategies as st

from sutaztop.domain.case import Case, HostRoom, LoadSample, Phase, Replica, Situation
from sutaztop.domain.decision import Axis, Decision, DecisionState
from sutaztop.domain.numbers import WHOLE
from sutaztop.policy.deciding.decide import decide, decide_one
from sutaztop.policy.deciding.told import written
from tests.policy.cases import CASES, NOW, cases, hosts, situations, steady_cases

T = TypeVar("T")
many = settings(max_examples=CASES, deadline=None, suppress_health_check=list(HealthCheck))


def after(decision: Decision, axis: Axis) -> int | None:
    return next((it.after for it in decision.actions if it.axis is axis), None)


@many
@for_all(situations(), st.randoms(use_true_random=False))
def test_p1_the_same_input_in_any_order_gives_the_same_bytes(situation: Situation, chance: Random) -> None:
    def mixed(items: tuple[T, ...]) -> tuple[T, ...]:
        return tuple(chance.sample(items, len(items)))

    shuffled = replace(
        situation,
        cases=mixed(tuple(
            replace(
                it,
                members=mixed(tuple(replace(one, samples=mixed(one.samples)) for one in it.members)),
                wished=mixed(it.wished), resized=mixed(it.resized), ooms=mixed(it.ooms), raises=mixed(it.raises),
            )
            for it in situation.cases
        )),
    )  # fmt: skip
    assert repr(decide(shuffled)) == repr(decide(situation))


@many
@for_all(situations())
def test_p2_bounds_and_ceilings_hold(situation: Situation) -> None:
    by_id = {it.id: it for it in situation.cases}
    for decision in decide(situation):
        case = by_id[decision.id]
        for action in decision.actions:
            if action.axis is Axis.REPLICAS:
                assert case.minimum_replicas <= action.after <= case.maximum_replicas
                assert not case.why_not
            elif action.axis is Axis.CPU:
                assert action.after <= max(min(case.numbers.cpu_ceiling, situation.host.cpus), case.cpu_limit or 0)
            else:
                assert action.after <= situation.host.memory_total
                assert case.numbers.memory_ceiling is None or action.after <= case.numbers.memory_ceiling


@many
@for_all(situations())
def test_p3_one_rung_at_a_time_never_more_cpu_and_more_replicas_at_once(situation: Situation) -> None:
    for decision in decide(situation):
        axes = [it.axis for it in decision.actions]
        assert len(set(axes)) == len(axes)
        assert not (Axis.CPU in axes and Axis.REPLICAS in axes)


def _carried_out(case: Case, decision: Decision) -> Case:
    """Give the case on an ideal plant: the same demand, spread evenly over what is there after the change."""
    replicas = after(decision, Axis.REPLICAS) or case.replicas
    running = [it for it in case.members if it.samples and it.phase is Phase.RUNNING]
    demand = sum(it.samples[-1].cpu or 0 for it in running)
    size = max((it.samples[-1].working_set or 0 for it in running), default=0)
    limit = after(decision, Axis.CPU) or case.cpu_limit
    each = min(demand // replicas, limit) if limit else demand // replicas
    calm = tuple(LoadSample(NOW - 5 * n, each, size, 3000 - 50 * n, 0) for n in range(35, -1, -1))
    members = tuple(Replica(f"n{n}", Phase.RUNNING, NOW - 100_000, samples=calm) for n in range(replicas))
    return replace(
        case, replicas=replicas, members=members, cpu_limit=limit,
        memory_limit=after(decision, Axis.MEMORY) or case.memory_limit,
        last_change=NOW - 10_000, wished=(), resized=(), saturated=0,
    )  # fmt: skip


@many
@for_all(steady_cases(), hosts())
def test_p4_carrying_out_the_advice_on_an_ideal_plant_brings_no_opposite_advice(case: Case, host: HostRoom) -> None:
    first = decide_one(case, host, NOW)
    event("acted" if first.state is DecisionState.ACT else "nothing to carry out")
    second = decide_one(_carried_out(case, first), host, NOW)
    for axis in Axis:
        assert _direction(first, axis) * _direction(second, axis) >= 0


def _direction(decision: Decision, axis: Axis) -> int:
    for it in decision.actions:
        if it.axis is axis and it.before is not None:
            return 1 if it.after > it.before else -1
    return 0


@many
@for_all(cases(), hosts(), st.integers(1, 3000))
def test_p5_more_use_never_gives_less(case: Case, host: HostRoom, more: int) -> None:
    def busier(it: Replica) -> Replica:
        return replace(it, samples=tuple(replace(s, cpu=(s.cpu or 0) + more) for s in it.samples))

    less = decide_one(case, host, NOW)
    greater = decide_one(replace(case, members=tuple(busier(it) for it in case.members)), host, NOW)
    for axis, present in ((Axis.CPU, case.cpu_limit), (Axis.REPLICAS, case.replicas)):
        assert (after(greater, axis) or present or 0) >= (after(less, axis) or present or 0)


@many
@for_all(situations())
def test_p6_all_that_is_granted_fits_into_the_host_together(situation: Situation) -> None:
    host = situation.host
    assume(host.memory_available is not None)
    by_id = {it.id: it for it in situation.cases}
    promised = reserved = 0
    for decision in decide(situation):
        case = by_id[decision.id]
        used = _working_set(case)
        for action in decision.actions:
            if action.axis is Axis.MEMORY:
                promised += max(0, action.after - used) * max(1, case.replicas)
            elif action.axis is Axis.REPLICAS:
                added = max(0, action.after - (action.before or 0))
                promised += added * used
                reserved += added * (case.cpu_reservation or 0)
    assert host.memory_available is not None
    assert promised <= max(0, host.memory_available - host.memory_total // 10)
    assert not reserved or host.cpu_reserved + reserved <= host.cpus


def _working_set(case: Case) -> int:
    newest = [
        max(it.samples, key=lambda s: s.at).working_set or 0
        for it in case.members
        if it.samples and decide_counts(it, case)
    ]
    return max(newest, default=0)


def decide_counts(it: Replica, case: Case) -> bool:
    from sutaztop.policy.deciding.members import members_of

    counted = {one.id: one for one in members_of(case, NOW).counted}
    return it.id in counted and bool(counted[it.id].samples)


@many
@for_all(situations())
def test_p7_nothing_shrinks_on_partial_data_after_a_kill_or_soon_after_a_change(situation: Situation) -> None:
    by_id = {it.id: it for it in situation.cases}
    for decision in decide(situation):
        case = by_id[decision.id]
        for action in decision.actions:
            if action.before is None or action.after >= action.before or action.rule == "R-REP-3":
                continue
            assert action.axis is Axis.REPLICAS
            reporting = [it for it in case.members if it.phase is Phase.RUNNING and it.samples]
            assert len(reporting) == case.replicas
            assert not any(NOW - it.at <= case.numbers.oom_kept for it in case.ooms)
            assert case.last_change is None or NOW - case.last_change >= case.numbers.cool_down_down


@many
@for_all(situations())
def test_p9_every_number_of_the_text_is_evidence_and_every_guard_is_named(situation: Situation) -> None:
    for decision in decide(situation):
        if decision.state in (DecisionState.INVALID_CONFIG, DecisionState.OFF):
            continue
        known = " ".join(written(it) for it in decision.evidence).split()
        text = decision.text.replace(decision.name, "")
        for number in re.findall(r"\d+(?:\.\d+)?", text):
            assert any(number in word for word in known), (number, decision.text)
        blocking = [it for it in decision.guards if it.axis not in {one.axis for one in decision.actions}]
        assert not blocking or "Held back: " in decision.text


@many
@for_all(situations(), st.integers(-900_000, 10_000_000))
def test_p10_shifting_all_times_changes_nothing(situation: Situation, by: int) -> None:
    def later(case: Case) -> Case:
        return replace(
            case,
            members=tuple(
                replace(it, started=it.started + by, samples=tuple(replace(s, at=s.at + by) for s in it.samples))
                for it in case.members
            ),
            last_change=None if case.last_change is None else case.last_change + by,
            ooms=tuple(replace(it, at=it.at + by) for it in case.ooms),
            raises=tuple(it + by for it in case.raises),
            wished=tuple(replace(it, at=it.at + by) for it in case.wished),
            resized=tuple(replace(it, at=it.at + by) for it in case.resized),
        )  # fmt: skip

    moved = replace(situation, now=situation.now + by, cases=tuple(later(it) for it in situation.cases))

    def timeless(decision: Decision) -> Decision:
        return replace(decision, since=None)

    assert [timeless(it) for it in decide(moved)] == [timeless(it) for it in decide(situation)]


@many
@for_all(situations())
def test_every_decision_says_something_and_is_bounded(situation: Situation) -> None:
    decisions = decide(situation)
    assert {it.id for it in decisions} == {it.id for it in situation.cases}
    for decision in decisions:
        assert decision.text
        assert 0 <= decision.confidence <= WHOLE
        assert decision.next_review >= 1
        assert bool(decision.actions) == (decision.state is DecisionState.ACT)
        if decision.state is DecisionState.BLOCKED:
            assert decision.guards
            assert decision.blocked
