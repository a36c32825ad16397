"""A situation kept as a document and read back: the same situation, and the same decisions (P11)."""

import json
from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sutaztop.contracts import ConfigError
from sutaztop.domain.case import Case, Holder, HostRoom, NodeRoom, Replica, Situation
from sutaztop.domain.numbers import Numbers
from sutaztop.policy.deciding.decide import decide
from sutaztop.store.situation import AMOUNTS, OTHERS, SHARES, host_numbers, situation_of
from sutaztop.store.situation_document import document_of, numbers_document
from tests.policy.cases import CASES, numbers, situations

NAMES = {**SHARES, **AMOUNTS, **OTHERS}


@st.composite
def whole_situations(draw: st.DrawFn) -> Situation:
    """Give situations with everything in them, what the deciding properties leave out as well."""
    situation = draw(situations())
    cases = tuple(
        replace(
            it,
            service=draw(st.sampled_from(["", "web-id"])),
            scope=frozenset(one.id for one in it.members[: draw(st.integers(0, 2))]),
            rolling=draw(st.booleans()),
            fitting_memory=draw(st.sampled_from([None, 1 << 28])),
            peaks=draw(st.sampled_from([(), ((3600, (1, 2, 3, 4)), (60, (5, 6))), ((300, ()),)])),
            members=tuple(
                replace(one, held=draw(st.sampled_from([None, 0, 1 << 27])), cache=draw(st.sampled_from([None, 7])),
                        active_cache=draw(st.sampled_from([None, 3])))
                for one in it.members
            ),
        )
        for it in situation.cases
    )  # fmt: skip
    host = replace(
        situation.host,
        nodes=draw(st.sampled_from([(), (NodeRoom("n1", 1000, 1 << 30, None), NodeRoom("n2", 0, 0, 2))])),
        holders=draw(st.sampled_from([(), (Holder("idle", 1500),)])),
    )
    return Situation(situation.now, host, cases)


@settings(max_examples=CASES, deadline=None)
@given(whole_situations(), numbers(), st.integers(0, 10_000))
def test_what_is_kept_is_read_back_the_same_and_decided_the_same(
    situation: Situation, own: Numbers, share: int
) -> None:
    own = replace(own, host_cpu=share)
    text = json.dumps(document_of(situation, own, profile="mine"))
    again, guards = situation_of(json.loads(text)), host_numbers(json.loads(text))
    assert again == situation
    assert guards == own
    assert decide(again, guards) == decide(situation, own)


def test_every_number_has_one_name_in_documents() -> None:
    # What a manifest specifies is no number: the profile that names it gives it again.
    assert sorted([*NAMES.values(), "specification"]) == sorted(it.name for it in fields(Numbers))
    assert len(set(NAMES)) == len(SHARES) + len(AMOUNTS) + len(OTHERS)


def test_every_part_of_a_case_is_kept() -> None:
    """A field that is added to what is judged, and not to documents, would be lost without a word."""
    known = {
        Case: {
            "id", "name", "replicas", "numbers", "minimum_replicas", "maximum_replicas", "cpu_limit", "memory_limit",
            "cpu_reservation", "memory_reservation", "why_not", "members", "scope", "service", "last_change", "ooms",
            "raises", "saturated", "saturated_span", "wished", "resized", "tier_rank", "fitting_memory", "peaks",
            "rolling",
        },
        Replica: {"id", "phase", "started", "healthy", "samples", "held", "cache", "active_cache"},
        HostRoom: {
            "cpus", "memory_total", "cpu_used", "memory_available", "memory_pressure_full", "cpu_reserved",
            "memory_reserved", "nodes", "holders",
        },
    }  # fmt: skip
    for kind, names in known.items():
        assert {it.name for it in fields(kind)} == names


def test_a_profile_stands_under_the_documents_own_numbers_and_in_place_of_those_it_was_kept_with() -> None:
    mine = replace(Numbers(), cpu_up=6000, cpu_down=1000)
    document = document_of(Situation(100, HostRoom(4000, 1 << 33), (Case("a", "a", 1, mine),)), mine)
    document["config"] = {"cpu_down": 12.5}
    kept = situation_of(document).cases[0].numbers
    assert (kept.cpu_up, kept.cpu_down) == (6000, 1250)
    other = situation_of(document, base=replace(Numbers(), cpu_up=9000)).cases[0].numbers
    assert (other.cpu_up, other.cpu_down) == (9000, 1250)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"profile": {"numbers": {"cpu_upp": 1}}}, "profile.numbers.cpu_upp"),
        ({"config": {"cpu_up": "75"}}, "config.cpu_up"),
        ({"config": {"rmin": "two"}}, "config.rmin"),
        ({"host": {"cpus": 1000}}, "host.mem_total"),
        ({"services": [{"name": "a", "peaks": [{"span_s": 60}]}]}, "peaks"),
        ({"services": [{"name": "a", "reps": [{"id": "r", "state": "happy", "started": 0}]}]}, "'happy'"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(change: dict[str, object], words: str) -> None:
    document = {**document_of(Situation(100, HostRoom(4000, 1 << 33), (Case("a", "a", 1),)), Numbers()), **change}
    if "config" in change:
        document["services"][0].pop("min_replicas")
    with pytest.raises(ConfigError) as refused:
        situation_of(document, where="here.json")
    assert "here.json" in str(refused.value)
    assert words in str(refused.value)


def test_only_what_differs_is_said_of_a_service() -> None:
    assert numbers_document(replace(Numbers(), cpu_up=7777), Numbers()) == {"cpu_up": 77.77}
