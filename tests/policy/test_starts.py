"""What a start burns is no demand, whatever its probe says; what it holds of memory is."""

from dataclasses import replace

import pytest

from sutaztop.domain.case import Case, HostRoom, LoadSample, Phase, Replica
from sutaztop.domain.decision import Axis, Decision, DecisionState
from sutaztop.domain.quantity import GIB
from sutaztop.policy.deciding.decide import decide_one

NOW = 1_000_000
HOST = HostRoom(16_000, 64 * GIB, 4000, 32 * GIB)


def replica(name: str, age: int, *, healthy: bool, memory: int = GIB) -> Replica:
    """Give one that has been at its limit of four cores since its start."""
    count = min(36, age // 5)
    samples = tuple(
        LoadSample(NOW - 5 * n, 4000, memory, 50 * (count - n), 50 * (count - n)) for n in range(count - 1, -1, -1)
    )
    return Replica(name, Phase.RUNNING, NOW - age, healthy, samples)


def decided(*members: Replica, limit: int = 4000) -> Decision:
    case = Case("it", "it", len(members), cpu_limit=limit, memory_limit=2 * GIB, members=members)
    return decide_one(case, HOST, NOW)


@pytest.mark.parametrize("age", [40, 60, 119, 130])
def test_a_start_at_full_load_calls_for_no_cpu_though_its_probe_has_passed(age: int) -> None:
    decision = decided(replica("a", age, healthy=True))
    assert not decision.actions
    assert not [it for it in decision.rules if it.startswith("R-CPU")]
    if 60 <= age < 120:
        assert "what a start takes of CPU is no demand" in decision.text


def test_after_two_minutes_the_same_load_does() -> None:
    assert [(it.axis, it.after) for it in decided(replica("a", 170, healthy=True)).actions] == [(Axis.REPLICAS, 2)]


def test_its_memory_counts_from_half_a_minute_on_where_its_probe_has_passed() -> None:
    near = 2 * GIB * 9 // 10
    assert [it.axis for it in decided(replica("a", 90, healthy=True, memory=near)).actions] == [Axis.MEMORY]
    decision = decided(replica("a", 90, healthy=False, memory=near))
    assert (decision.state, decision.actions) == (DecisionState.WARMING, ())


def test_a_new_replica_that_burns_adds_nothing_to_the_number_of_those_wished_for() -> None:
    old, new = replica("a", 50_000, healthy=True), replica("b", 60, healthy=True)
    # By the old one alone: ceil(100 % of 1 / 70 %) is two, and a need that is there asks for one more than there are.
    (action,) = decided(old, new).actions
    assert (action.before, action.after) == (2, 3)
    assert decided(old, replica("b", 50_000, healthy=True), replica("c", 60, healthy=True)).actions[0].after == 4


def calm(age: int) -> Case:
    """Give one that is idle now and was at its limit for a tenth of the last hour."""
    samples = tuple(LoadSample(NOW - 5 * n, 300, GIB // 4, 2000 - 50 * n, 0) for n in range(35, -1, -1))
    members = (Replica("a", Phase.RUNNING, NOW - age, samples=samples),)
    return Case(
        "it", "it", 1, cpu_limit=2000, memory_limit=2 * GIB, members=members, saturated=1000, saturated_span=3600
    )


def test_bursts_of_a_whole_hour_at_the_present_limit_call_for_more() -> None:
    assert [it.rule for it in decide_one(calm(50_000), HOST, NOW).actions] == ["R-CPU-6"]


def test_an_hour_with_a_start_in_it_or_another_limit_tells_of_no_bursts() -> None:
    assert not decide_one(calm(3700), HOST, NOW).actions
    assert [it.rule for it in decide_one(calm(3720), HOST, NOW).actions] == ["R-CPU-6"]
    assert not decide_one(replace(calm(50_000), last_change=NOW - 3000), HOST, NOW).actions
    assert decide_one(replace(calm(50_000), last_change=NOW - 3600), HOST, NOW).actions
