"""Journal entries survive being written and read; what is not understood is refused in words."""

import json
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from sutaztop.domain.change import JournalEntry
from sutaztop.store.codec import VERSION, NewerVersion, Undecodable, decode, encode
from tests.store.entries import entries, entry


@for_all(entries)
def test_what_is_written_as_json_is_read_back_the_same(value: JournalEntry) -> None:
    assert decode(json.loads(json.dumps(encode(value)))) == value


def test_a_newer_format_is_refused_with_both_versions() -> None:
    with pytest.raises(NewerVersion, match=f"format 99; this program reads formats up to {VERSION}"):
        decode({**encode(entry()), "v": 99})


def test_a_key_that_a_later_program_added_is_left_out() -> None:
    assert decode({**encode(entry()), "weather": "fine"}) == entry()


def test_a_field_with_a_default_may_be_absent_as_in_older_files() -> None:
    document = encode(entry())
    del document["same_as"]
    assert decode(document) == entry()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"at": "yesterday"}, "at is wrong"),
        ({"at": "2026-11-23T12:00:00"}, "without its zone"),
        ({"who": 7}, "who is wrong"),
        ({"change": {"kind": "Delete"}}, "change is of no known kind"),
        ({"change": 5}, "change is of no known kind"),
        ({"result": "splendid"}, "result is wrong"),
        ({"v": None}, "no version"),
        ({"v": True}, "no version"),
        ({"type": "poem"}, "no known type"),
    ],
)
def test_a_wrong_field_is_named(change: dict[str, Any], said: str) -> None:
    with pytest.raises(Undecodable, match=said):
        decode({**encode(entry()), **change})


def test_a_missing_field_is_named() -> None:
    document = encode(entry())
    del document["who"]
    with pytest.raises(Undecodable, match="JournalEntry has no who"):
        decode(document)


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@for_all(st.sampled_from(sorted(encode(entry()))), junk)
def test_whatever_stands_in_a_field_gives_an_entry_or_one_refusal(key: str, value: object) -> None:
    try:
        assert isinstance(decode({**encode(entry()), key: value}), JournalEntry)
    except Undecodable:
        return
