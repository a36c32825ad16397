"""What holds of every judgement, whatever the stack (POLICY section 7)."""

import re
from collections.abc import Iterable
from dataclasses import replace
from random import Random

from hypothesis import given as for_all
from hypothesis import strategies as st

from sutaztop.domain.intent import SetLimits, SetReplicas
from sutaztop.domain.quantity import GIB, MIB
from sutaztop.domain.reading import measured
from sutaztop.domain.service import Orchestrator
from sutaztop.policy.judge import judge
from tests import given
from tests.policy.situations import PROFILE, Situation, host

shares = st.sampled_from([None, 0.0, 0.1, 0.3, 0.75, 0.76, 0.85, 0.93, 0.99])


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    available = draw(st.integers(min_value=0, max_value=60)) * GIB
    situation = Situation(on=host(cpu=draw(st.sampled_from([2.0, 8.0, 15.5])), available=available))
    for number in range(draw(st.integers(min_value=1, max_value=6))):
        container = given.container(
            f"c{number}",
            cpu=draw(st.sampled_from([None, 0.5, 2.0, 3.5, 4.0, 6.0])),
            memory=draw(st.sampled_from([None, 128 * MIB, 2 * GIB, 60 * GIB])),
            oom_killed=draw(st.booleans()),
        )
        situation.add(
            container,
            cpu=draw(st.lists(shares, min_size=1, max_size=12)),
            throttled=draw(st.sampled_from([0.0, 0.3, 0.6])),
            memory=draw(st.lists(shares, min_size=1, max_size=12)),
            tier=draw(st.integers(min_value=1, max_value=3)),
        )
    # One container in one service at most; a service may have several.
    left = draw(st.permutations(situation.containers))
    while left:
        if draw(st.booleans()):
            break
        size = draw(st.integers(min_value=1, max_value=3))
        members, left = left[:size], left[size:]
        situation.serve(f"s{len(situation.services)}", *members, swarm=draw(st.booleans()))
    return situation


@for_all(situations(), st.randoms(use_true_random=False))
def test_the_order_in_which_things_are_listed_changes_nothing(situation: Situation, chance: Random) -> None:
    snapshot = situation.snapshot()
    containers, services = list(snapshot.containers), list(snapshot.services)
    chance.shuffle(containers)
    chance.shuffle(services)
    shuffled = replace(snapshot, containers=tuple(containers), services=tuple(services))
    assert judge(shuffled, situation.history, PROFILE) == judge(snapshot, situation.history, PROFILE)


@for_all(situations())
def test_ceilings_hold_and_nothing_is_lowered(situation: Situation) -> None:
    by_id = {it.id: it for it in situation.containers}
    services = {it.id: it for it in situation.services}
    for advice in situation.advice():
        if isinstance(advice.intent, SetLimits):
            limits = by_id[advice.intent.container_id].container.resources.limits
            assert advice.intent.cpu is None or (limits.cpu or 0) < advice.intent.cpu <= 4
            assert advice.intent.memory is None or (limits.memory or 0) < advice.intent.memory <= 64 * GIB
        if isinstance(advice.intent, SetReplicas):
            assert services[advice.intent.service_id].running < advice.intent.replicas <= 10


@for_all(situations())
def test_all_recommendations_together_fit_into_the_host(situation: Situation) -> None:
    by_id = {it.id: it for it in situation.containers}
    services = {it.id: it for it in situation.services}
    owners = {id_: it for it in situation.services for id_ in it.container_ids}

    def held(ids: Iterable[str]) -> int:
        return max(measured(by_id[it].usage.memory) or 0 for it in ids)

    promised = 0
    for advice in situation.advice():
        intent = advice.intent
        if isinstance(intent, SetLimits) and intent.memory is not None:
            owner = owners.get(intent.container_id)
            together = owner.container_ids if owner and owner.orchestrator is Orchestrator.SWARM else ()
            members = together or (intent.container_id,)
            promised += max(0, intent.memory - held(members)) * len(members)
        elif isinstance(intent, SetReplicas):
            service = services[intent.service_id]
            added = intent.replicas - (service.desired or service.running)
            promised += max(0, added) * min(measured(by_id[it].usage.memory) or 0 for it in service.container_ids)
    available = measured(situation.host.memory_available) or 0
    assert promised <= max(0, available - situation.host.memory_total // 10)


@for_all(situations())
def test_what_is_blocked_has_no_intent_and_every_other_has_one(situation: Situation) -> None:
    for advice in situation.advice():
        assert bool(advice.blocked) != (advice.intent is not None)
        assert advice.reason
        assert advice.rule


@for_all(situations())
def test_ids_are_unique_so_that_a_selection_can_follow_them(situation: Situation) -> None:
    ids = [it.id for it in situation.advice()]
    assert len(ids) == len(set(ids))


@for_all(situations())
def test_a_container_gets_one_word(situation: Situation) -> None:
    subjects = [it.subject.id for it in situation.judge().findings if it.subject.kind == "container"]
    assert len(subjects) == len(set(subjects))


@for_all(situations())
def test_findings_come_worst_first(situation: Situation) -> None:
    severities = [it.severity for it in situation.judge().findings]
    assert severities == sorted(severities, reverse=True)


@for_all(situations())
def test_the_words_are_short_and_upper_case(situation: Situation) -> None:
    for finding in situation.judge().findings:
        assert re.fullmatch(r"[A-Z][A-Z -]{1,11}(×\d+)?", finding.word)
