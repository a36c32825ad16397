"""Deciding where HPA counts the replicas: its number, its guards, no larger limits, and every number in evidence."""

import re
from dataclasses import replace

import pytest

from sutaztop.domain.case import Case, HostRoom, LoadSample, OomKill, PastWish, Phase, Replica
from sutaztop.domain.decision import Action, Axis, DecisionState
from sutaztop.domain.numbers import Numbers, numbers_of
from sutaztop.domain.profile import Profile, Scaling
from sutaztop.domain.quantity import GIB, Ratio
from sutaztop.domain.scaling import HorizontalSpec, MetricKind, MetricSpec
from sutaztop.policy.deciding.decide import decide_one
from sutaztop.policy.deciding.told import written

NOW = 1_000_000
HOST = HostRoom(16_000, 64 * GIB, 4000, 40 * GIB)
NUMBERS = numbers_of(Profile(scaling=Scaling(horizontal="hpa", replicas_memory_target=Ratio(0.8))))


def service(*cpu: int, memory: float = 0.3, numbers: Numbers = NUMBERS, **changes: object) -> Case:
    """A service whose replicas use so many milli-cores of two cores, and a share of 4 GiB."""
    members = tuple(
        Replica(
            f"r{number}",
            Phase.RUNNING,
            NOW - 10_000,
            samples=tuple(LoadSample(NOW - ago, used, int(memory * 4 * GIB)) for ago in range(0, 180, 15)),
        )
        for number, used in enumerate(cpu)
    )
    plain = Case(
        "web", "web", len(cpu), numbers, cpu_limit=2000, memory_limit=4 * GIB, members=members,
        wished=(PastWish(NOW - 4000, len(cpu)),),
    )  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]


def test_replicas_follow_the_load_and_the_limit_stays() -> None:
    found = decide_one(service(1900, 1900), HOST, NOW)
    assert (found.state, found.rules) == (DecisionState.ACT, ("R-HPA",))
    assert found.actions == (Action(Axis.REPLICAS, 2, 3, "R-HPA"),)
    assert "cpu at 95 % of what is requested, the target is 70 %: 3" in found.text
    assert [it.name for it in found.trace] == ["raw", "stabilised", "rated", "clamped", "host", "final"]
    assert found.wish == 3


def test_without_hpa_the_same_service_gets_more_cpu_first() -> None:
    found = decide_one(service(1900, 1900, numbers=replace(NUMBERS, horizontal="proportional")), HOST, NOW)
    assert [it.axis for it in found.actions] == [Axis.CPU]


def test_where_replicas_can_not_be_changed_the_ladder_stays() -> None:
    found = decide_one(service(1900, why_not="no service to add replicas to"), HOST, NOW)
    assert [it.axis for it in found.actions] == [Axis.CPU]


def test_full_memory_makes_replicas_and_no_larger_limit_unless_a_kill_calls_for_it() -> None:
    found = decide_one(service(600, 600, memory=0.95), HOST, NOW)
    assert [(it.axis, it.after) for it in found.actions] == [(Axis.REPLICAS, 3)]
    killed = decide_one(service(1400, 1400, memory=0.8, ooms=(OomKill(NOW - 60, 4 * GIB),)), HOST, NOW)
    assert [it.axis for it in killed.actions] == [Axis.MEMORY]


def test_a_service_at_rest_is_made_smaller_as_far_as_the_rate_allows() -> None:
    found = decide_one(service(100, 100, 100, 100), HOST, NOW)
    assert found.actions == (Action(Axis.REPLICAS, 4, 2, "R-HPA"),)
    trace = {it.name: it.value for it in found.trace}
    assert (trace["raw"], trace["rated"]) == (2, 2)  # memory: 30 % over 80 % of 4


@pytest.mark.parametrize(
    ("case", "guard", "state"),
    [
        (service(1900, 1900, wished=(PastWish(NOW - 30, 2),)), "STABILISE-UP", DecisionState.BLOCKED),
        (service(100, 100, wished=(PastWish(NOW - 200, 2),)), "STABILISE-DOWN", DecisionState.HOLD),
        (service(1900, 1900, maximum_replicas=2), "TooManyReplicas", DecisionState.BLOCKED),
        (service(100, 100, minimum_replicas=2), "TooFewReplicas", DecisionState.HOLD),
        (service(1900, 1900, cpu_reservation=500), "RATE-UP", DecisionState.ACT),
    ],
)
def test_what_holds_a_wish_is_named(case: Case, guard: str, state: DecisionState) -> None:
    found = decide_one(case, HOST, NOW)
    assert (guard in [it.name for it in found.guards], found.state) == (True, state), found.text


def test_metrics_that_are_not_seen_are_told_and_keep_it_from_shrinking() -> None:
    queue = MetricSpec("queue", MetricKind.PER_REPLICA, 1000, "not measured here")
    manifest = HorizontalSpec("web", 1, 10, (MetricSpec("cpu", MetricKind.UTILIZATION, 70), queue))
    numbers = replace(NUMBERS, specification=manifest)
    held = decide_one(service(100, 100, numbers=numbers), HOST, NOW)
    assert (held.state, held.actions) == (DecisionState.HOLD, ())
    assert "queue: not measured here" in held.text
    grown = decide_one(service(1900, 1900, numbers=numbers), HOST, NOW)
    assert grown.actions == (Action(Axis.REPLICAS, 2, 3, "R-HPA"),)
    assert "not seen: queue" in grown.text


def test_lines_that_are_near_each_other_are_no_contradiction_where_a_target_counts() -> None:
    near = replace(NUMBERS, cpu_down=4000, cpu_up=5000)
    assert decide_one(service(1900, 1900, numbers=near), HOST, NOW).actions == (Action(Axis.REPLICAS, 2, 3, "R-HPA"),)
    lines = replace(near, horizontal="proportional")
    assert decide_one(service(1900, 1900, numbers=lines), HOST, NOW).state is DecisionState.INVALID_CONFIG


def test_it_shrinks_to_what_carries_the_load_and_not_back_again() -> None:
    first = decide_one(service(500, 500, 500, 500), HOST, NOW)
    (action,) = first.actions
    spread = 2000 // action.after
    after = decide_one(service(*[spread] * action.after), HOST, NOW)
    assert (after.actions, after.state) == ((), DecisionState.HOLD)


@pytest.mark.parametrize("case", [service(1900, 1900), service(100, 100, 100), service(1900, 1900, maximum_replicas=2)])
def test_every_number_in_its_text_is_evidence(case: Case) -> None:
    found = decide_one(case, HOST, NOW)
    known = " ".join(written(it) for it in found.evidence)
    numbers = re.findall(r"\d+(?:\.\d+)?", found.text)
    assert [it for it in numbers if not re.search(rf"(?<!\d){re.escape(it)}(?!\d)", known)] == []
