"""Judging by a service's own numbers: findings, advice and bounds follow its rule, and a wrong label is told."""

from dataclasses import replace

from sutaztop.domain.profile import Profile, Scaling, ServiceRule
from sutaztop.domain.quantity import Ratio
from tests import given
from tests.policy.situations import PROFILE, Situation

HOT = 0.6


def ruled(*rules: ServiceRule, profile: Profile = PROFILE) -> Profile:
    return replace(profile, services=rules)


def rule(name: str, **thresholds: float) -> ServiceRule:
    return ServiceRule(name, frozenset({name}), thresholds=tuple((key, Ratio(it)) for key, it in thresholds.items()))


def words(situation: Situation, profile: Profile) -> dict[str, str]:
    return {it.subject.name: it.word for it in situation.judge(profile).findings}


def two() -> Situation:
    situation = Situation()
    for name in ("backend", "worker"):
        situation.add(given.container(name, service=name), cpu=[HOT])
    return situation


def test_a_line_of_its_own_makes_one_service_hot_and_not_its_neighbour() -> None:
    assert "CPU-LIMIT" not in words(two(), PROFILE).values()
    profile = ruled(rule("backend", cpu_warning=0.5))
    assert words(two(), profile).get("backend") == "CPU-LIMIT"
    assert "worker" not in words(two(), profile)
    assert [it.subject.name for it in two().judge(profile).recommendations] == ["backend"]


def with_label(cpu: float, **labels: str) -> Situation:
    situation = Situation()
    own = {f"com.sutaztop.{key.replace('_', '-')}": value for key, value in labels.items()}
    situation.add(given.container("backend", labels=own), cpu=[cpu])
    return situation


def test_a_label_that_can_not_be_read_is_told_and_has_no_effect() -> None:
    (found,) = [it for it in with_label(0.1, cpu_warning="much").judge(PROFILE).findings if it.word == "LABEL"]
    assert "com.sutaztop.cpu-warning is not a share" in found.text
    assert "much" not in found.text


def test_a_label_that_can_be_read_is_its_line() -> None:
    assert words(with_label(HOT), PROFILE) == {}
    assert words(with_label(HOT, cpu_warning="50 %"), PROFILE) == {"backend": "CPU-LIMIT"}


def test_a_minimum_of_its_own_holds_for_a_compose_service_too() -> None:
    situation = Situation()
    situation.serve("backend", situation.add(given.container("backend"), cpu=[0.1]))
    general = replace(PROFILE, scaling=Scaling(minimum_replicas=2))
    assert situation.judge(general).recommendations == ()
    own = ServiceRule("backend", frozenset({"backend"}), scaling=(("minimum_replicas", 2),))
    (advice,) = situation.judge(ruled(own)).recommendations
    assert advice.proposal == "replicas 1 → 2"
