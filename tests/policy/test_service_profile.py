"""One service's own numbers: found by whole names and labels, shared where the same, free where there are none."""

from dataclasses import replace

import pytest

from sutaztop.domain.profile import Profile, Scaling, ServiceRule
from sutaztop.domain.quantity import GIB, Ratio
from sutaztop.domain.scaling import HorizontalSpec
from sutaztop.policy.service_profile import label_faults, profile_for, rules_for

WEB = ServiceRule("web", frozenset({"web"}), scaling=(("maximum_replicas", 3),), thresholds=(("cpu_warning", 0.6),))
BATCH = ServiceRule("batch", label="org.example.kind=batch", guardrails=(("cool_down_up", 600.0),))
TAGGED = ServiceRule("tagged", label="org.example.hot", scaling=(("maximum_replicas", 5),))
PROFILE = Profile(services=(WEB, BATCH, TAGGED), name_prefixes=("acme-", "acme_"))


def found(name: str = "", service: str = "", profile: Profile = PROFILE, **labels: str) -> Profile:
    return profile_for(profile, name, service, {key.replace("__", "."): value for key, value in labels.items()})


def labelled(profile: Profile = PROFILE, **labels: str) -> Profile:
    return profile_for(profile, "x", "x", own(labels))


def own(labels: dict[str, str]) -> dict[str, str]:
    return {f"com.sutaztop.{key.replace('_', '-')}": value for key, value in labels.items()}


def test_where_nothing_matches_it_is_the_profile_itself() -> None:
    assert found("other", "other", a="b") is PROFILE
    plain = Profile()
    assert profile_for(plain, "web", "web", {"com.sutaztop.protected": "true"}) is plain


@pytest.mark.parametrize(
    ("name", "service"),
    [("web", ""), ("", "web"), ("acme-web", ""), ("x", "acme_web"), ("acme-web", "acme-web")],
)
def test_a_rule_replaces_numbers_of_what_it_names(name: str, service: str) -> None:
    profile = found(name, service)
    assert (profile.scaling.maximum_replicas, profile.thresholds.cpu_warning) == (3, 0.6)
    assert replace(profile.scaling, maximum_replicas=10) == PROFILE.scaling
    assert profile.guardrails is PROFILE.guardrails


@pytest.mark.parametrize("name", ["web-2", "webs", "my-web", "acme-"])
def test_a_part_of_a_name_is_no_name(name: str) -> None:
    assert found(name, name) is PROFILE


def test_a_label_is_matched_by_key_or_by_key_and_value() -> None:
    assert found(org__example__kind="batch").guardrails.cool_down_up == 600.0
    assert found(org__example__kind="batches") is PROFILE
    assert found(org__example__hot="").scaling.maximum_replicas == 5


def test_of_several_rules_the_later_wins_key_by_key() -> None:
    both = found("web", org__example__hot="yes")
    assert (both.scaling.maximum_replicas, both.thresholds.cpu_warning) == (5, 0.6)
    assert rules_for(PROFILE, "web", "", {"org.example.hot": "yes"}) == (WEB, TAGGED)


def test_the_same_rules_and_labels_share_one_profile() -> None:
    assert found("web") is found("acme-web")
    assert labelled(min_replicas="2") is labelled(min_replicas="2")
    assert labelled(min_replicas="2") is not labelled(min_replicas="3")


def test_a_profile_of_the_same_name_is_not_taken_for_another() -> None:
    other = replace(PROFILE, services=(replace(WEB, scaling=(("maximum_replicas", 7),)),))
    assert found("web").scaling.maximum_replicas == 3
    assert found("web", profile=other).scaling.maximum_replicas == 7


def test_a_containers_own_labels_win_over_all() -> None:
    labels = {
        **own({"min_replicas": "2", "max_replicas": "4", "cpu_ceiling": "1500m", "memory_ceiling": "2G"}),
        **own({"cpu_warning": "50 %"}),
    }
    profile = profile_for(PROFILE, "web", "web", labels)
    scaling = profile.scaling
    assert (scaling.minimum_replicas, scaling.maximum_replicas, scaling.cpu_ceiling) == (2, 4, 1.5)
    assert (scaling.maximum_memory, profile.thresholds.cpu_warning) == (2 * GIB, 0.5)
    assert label_faults(PROFILE, "web", "web", labels) == ()


@pytest.mark.parametrize(
    ("labels", "word"),
    [
        ({"min_replicas": "two"}, "min-replicas is not a whole number"),
        ({"min_replicas": "-1"}, "min-replicas is not a whole number"),
        ({"min_replicas": "9" * 5000}, "min-replicas is not a whole number"),
        ({"max_replicas": "0"}, "max-replicas is not a whole number from 1"),
        ({"cpu_ceiling": "nan"}, "cpu-ceiling is not an amount of CPU"),
        ({"cpu_ceiling": "1e999"}, "cpu-ceiling is not an amount of CPU"),
        ({"memory_ceiling": "\x1b[2Jx"}, "memory-ceiling is not a size"),
        ({"cpu_warning": "2000 %"}, "cpu-warning is not a share"),
        ({"cpu_warning": "10 %"}, "cpu-warning is not between the lines"),
        ({"min_replicas": "11"}, "puts the minimum above the maximum"),
    ],
)
def test_a_wrong_label_changes_nothing_and_is_told_without_its_value(labels: dict[str, str], word: str) -> None:
    assert profile_for(PROFILE, "x", "x", own(labels)) == PROFILE
    (fault,) = label_faults(PROFILE, "x", "x", own(labels))
    assert word in fault
    assert not any(value in fault for value in labels.values() if len(value) > 2)


def test_a_wrong_label_leaves_the_right_ones_in_force() -> None:
    assert labelled(min_replicas="x", cpu_ceiling="2").scaling.cpu_ceiling == 2.0


def test_the_bounds_in_force_are_the_autoscalers_too() -> None:
    profile = Profile(scaling=Scaling(horizontal="hpa", specification=HorizontalSpec("x", 2, 20)))
    bounded = labelled(profile, max_replicas="4", min_replicas="3").scaling.specification
    assert bounded is not None
    assert (bounded.minimum, bounded.maximum) == (3, 4)


def test_a_label_is_held_against_the_numbers_of_the_services_own_rule() -> None:
    profile = replace(PROFILE, services=(replace(WEB, thresholds=(("cpu_idle", Ratio(0.4)),)),))
    labels = own({"cpu_warning": "30 %"})
    assert profile_for(profile, "web", "web", labels).thresholds.cpu_warning == 0.75
    assert len(label_faults(profile, "web", "web", labels)) == 1
    assert label_faults(profile, "x", "x", labels) == ()
