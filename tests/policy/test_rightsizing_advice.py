"""Right-sizing as it is recommended: to whom, in which words, and what it may cost the host."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sutaztop.domain.container import Container, ContainerState
from sutaztop.domain.estimate import Aggregate
from sutaztop.domain.finding import Recommendation, Severity
from sutaztop.domain.frame import HOST
from sutaztop.domain.intent import SetLimits
from sutaztop.domain.past import NO_PAST
from sutaztop.domain.quantity import GIB, MIB, Bytes, Cores
from sutaztop.domain.reading import PENDING
from sutaztop.domain.resources import Reservations
from sutaztop.domain.snapshot import Tier
from sutaztop.history.memory import History
from sutaztop.policy.judge import judge
from sutaztop.policy.rightsizing_advice import Others, rightsizing_advice
from sutaztop.policy.workloads import workloads
from tests import given
from tests.policy.situations import PROFILE, Situation, host
from tests.policy.test_rightsizing import kept as kept_then

SHIFT = int(given.NOW.timestamp()) - 1_790_000_000


def kept(**more: Any) -> Aggregate:
    """Give three days of use, up to now."""
    made = kept_then(**more)
    return replace(made, first_s=made.first_s + SHIFT, last_s=made.last_s + SHIFT)


def big(name: str = "sutazai-backend", *, cpu: float | None = 4.0, memory: int = 8 * GIB) -> Container:
    return given.container(name, cpu=cpu, memory=memory, service=name.removeprefix("sutazai-"))


def sizes(situation: Situation) -> list[Recommendation]:
    return [it for it in situation.advice() if it.rule == "R-SIZE"]


def beside(situation: Situation, others: Others) -> tuple[Recommendation, ...]:
    snapshot = situation.snapshot()
    return rightsizing_advice(snapshot, situation.history, PROFILE, others, workloads(snapshot))


def test_a_container_that_is_far_too_large_is_told_so_with_its_hours_samples_and_confidence() -> None:
    situation = Situation()
    it = situation.add(big())
    situation.history.aggregates[it.id] = kept()
    (found,) = sizes(situation)
    assert found.proposal == "cpu limit 4 → 2.25 cores, memory 8 GiB → 3.5 GiB"
    assert found.severity is Severity.OK
    assert found.intent == SetLimits(it.id, Cores(2.25), Bytes(3584 * MIB))
    assert found.reason == (
        "99 % of minutes within 1.9 cores; held 3 GiB at most; medium confidence after 3 d, 4381 samples"
    )
    told = {evidence.name: evidence.value for evidence in found.evidence}
    assert told["memory peak"] == "3 GiB"
    assert told["cpu p99"] == "1.9 cores"
    assert not found.blocked


def test_a_container_with_other_advice_is_left_to_it() -> None:
    situation = Situation()
    it = situation.add(big(memory=4 * GIB), memory=(0.92,))
    situation.history.aggregates[it.id] = kept()
    assert [found.rule for found in situation.advice()] == ["R-MEM-2"]


@pytest.mark.parametrize("taken", ["backend-id", given.container_id("sutazai-backend")])
def test_advice_on_its_service_is_advice_on_the_container(taken: str) -> None:
    situation = Situation()
    it = situation.add(big())
    situation.serve("backend", it)
    situation.history.aggregates[it.id] = kept()
    assert not beside(situation, Others(frozenset({taken})))
    assert beside(situation, Others(frozenset({"another"})))


@pytest.mark.parametrize("hours", [0, 3, 23.9])
def test_nothing_is_said_before_a_day(hours: float) -> None:
    situation = Situation()
    it = situation.add(big())
    situation.history.aggregates[it.id] = kept(hours=hours)
    assert sizes(situation) == []
    assert Situation().advice() == []


def test_one_that_does_not_report_now_is_not_lowered() -> None:
    situation = Situation()
    it = situation.add(big())
    situation.containers[0] = replace(it, usage=replace(it.usage, cpu=PENDING))
    situation.history.aggregates[it.id] = kept()
    assert sizes(situation) == []


def test_one_that_is_stopped_is_not_sized() -> None:
    situation = Situation()
    it = situation.add(replace(big(), state=ContainerState.EXITED))
    situation.history.aggregates[it.id] = kept()
    assert sizes(situation) == []


def test_tasks_of_a_swarm_service_are_sized_together_and_only_if_all_report() -> None:
    situation = Situation()
    tasks = [
        situation.add(replace(big(f"web.{slot}"), number=slot, swarm_service_id="web-id")) for slot in (1, 2)
    ]  # fmt: skip
    service = situation.serve("web", *tasks, swarm=True)
    situation.history.aggregates["web-id"] = kept()
    (found,) = sizes(situation)
    assert (found.subject.kind, found.subject.name) == ("service", "web")
    assert found.intent == SetLimits(tasks[0].id, Cores(2.25), Bytes(3584 * MIB))
    situation.services[0] = replace(service, desired=3)
    assert sizes(situation) == []


def test_agents_are_batch() -> None:
    situation = Situation()
    it = situation.add(big())
    situation.containers[0] = replace(it, tier=Tier("medium", "table", 2))
    situation.history.aggregates[it.id] = kept()
    (found,) = sizes(situation)
    assert found.proposal.startswith("cpu limit 4 → 1.75 cores")


def test_raises_share_the_memory_that_the_host_can_promise() -> None:
    situation = Situation(on=host(available=int(6.4 * GIB) + 2 * GIB))
    for name in ("alpha", "beta"):
        it = situation.add(big(name, memory=3 * GIB), memory=(0.5,))
        situation.history.aggregates[it.id] = kept()
    first, second = sizes(situation)
    # Each may grow from 1.5 GiB to 3.5 GiB, and 2 GiB can be promised.
    assert first.intent is not None
    assert "memory 3 GiB → 3.5 GiB" in first.proposal
    assert not first.blocked
    assert second.intent is None
    assert second.blocked == "no host memory for it: 0 MiB are left"
    assert all(it.blocked for it in beside(situation, Others(promised=GIB)))


def test_a_limit_that_throttles_on_an_idle_host_is_told_of() -> None:
    situation = Situation()
    it = situation.add(big())
    situation.history.aggregates |= {
        it.id: kept(saturated_span_s=3600, saturated_s=400),
        HOST: kept(cpu=(3000, 4000, 5000, 9000)),
    }
    (found,) = beside(situation, Others())
    assert found.proposal == "memory 8 GiB → 3.5 GiB"
    assert "CPU: at its limit for 6 min of the last hour" in found.reason
    assert "CPU set aside would serve it better than a limit" in found.reason


def test_what_is_set_aside_is_advice_that_a_person_carries_out() -> None:
    situation = Situation()
    plain = big(cpu=2.25, memory=3584 * MIB)
    aside = Reservations(cpu=Cores(0.5), memory=Bytes(GIB))
    it = situation.add(replace(plain, resources=replace(plain.resources, reservations=aside)))
    situation.history.aggregates[it.id] = kept()
    (found,) = sizes(situation)
    assert found.proposal == "cpu reservation 0.5 → 1.5 cores, memory reservation 1 GiB → 3 GiB"
    assert found.intent is None
    assert found.blocked


def test_the_order_of_containers_changes_nothing() -> None:
    situation = Situation()
    for name in ("c", "a", "b"):
        it = situation.add(big(name))
        situation.history.aggregates[it.id] = kept()
    forwards = situation.advice()
    situation.containers.reverse()
    assert situation.advice() == forwards
    assert [it.subject.name for it in forwards] == ["a", "b", "c"]


def test_within_a_minute_it_is_made_once_and_anew_when_a_limit_was_changed() -> None:
    situation = Situation()
    it = situation.add(big())
    situation.history.aggregates[it.id] = kept()
    first = judge(situation.snapshot(), situation.history, PROFILE)
    again = judge(situation.snapshot(), situation.history, PROFILE, first.past)
    assert again.past.sized is first.past.sized
    assert again == first
    situation.containers[0] = replace(it, container=big(cpu=2.25, memory=3584 * MIB))
    assert not judge(situation.snapshot(), situation.history, PROFILE, again.past).recommendations
    later = replace(situation.snapshot(), at=given.NOW + timedelta(minutes=1), containers=(it,))
    assert judge(later, situation.history, PROFILE, again.past).past.sized is not first.past.sized


def test_one_that_no_longer_reports_is_looked_at_anew_at_once() -> None:
    situation = Situation()
    it = situation.add(big())
    situation.history.aggregates[it.id] = kept()
    first = judge(situation.snapshot(), situation.history, PROFILE)
    assert first.recommendations
    situation.containers[0] = replace(it, usage=replace(it.usage, memory=PENDING))
    assert not judge(situation.snapshot(), situation.history, PROFILE, first.past).recommendations


def test_watched_for_a_day_a_container_that_is_made_anew_meanwhile_is_told_its_size() -> None:
    history = History()
    past = NO_PAST
    advised: dict[int, str] = {}
    for minute in range(27 * 60):
        at = given.NOW + timedelta(minutes=minute)
        # 1.2 cores (the bucket ends at 1.208) for three minutes an hour, once 3 GiB, made anew after eleven hours.
        busy = minute % 60 < 3
        made = replace(big(), id=given.container_id("first" if minute < 660 else "second"))
        used = replace(
            given.usage(cpu=1.2 if busy else 0.3, cpu_utilization=0.3 if busy else 0.075, memory_utilization=0.2),
            memory=Bytes(3 * GIB if minute == 200 else GIB), read_at=at,
        )  # fmt: skip
        snapshot = replace(
            given.snapshot([given.measured_container(made, used)], at=at), clock_ns=(1 + minute) * 60_000_000_000,
            host=replace(host(), read_at=at),
        )  # fmt: skip
        history.record(snapshot)
        if minute % 60 == 59:
            judgement = judge(snapshot, history, PROFILE, past)
            past = judgement.past
            sizes_then = [it for it in judgement.recommendations if it.rule == "R-SIZE"]
            if sizes_then:
                advised[minute // 60] = f"{sizes_then[0].proposal}: {sizes_then[0].reason}"
    assert min(advised) == 24
    assert advised[24] == (
        "cpu limit 4 → 1.5 cores, memory 8 GiB → 3.5 GiB: 99 % of minutes within 1.21 cores; held 3 GiB at most; "
        "medium confidence after 24 h 58 min, 1499 samples"
    )
