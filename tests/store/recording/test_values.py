"""Values as plain ones and back: whatever a domain value holds, hostile or not, comes back as it was."""

import json
import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Union, get_args, get_origin

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as for_all
from hypothesis import strategies as st

from sutaztop.domain.container import Container
from sutaztop.domain.disk import DiskSample
from sutaztop.domain.event import Event
from sutaztop.domain.finding import Finding, Recommendation
from sutaztop.domain.guardrails import ObservedChange
from sutaztop.domain.llm import ModelServer, ModelWatch
from sutaztop.domain.sample import Sample, Trouble
from sutaztop.domain.snapshot import End
from sutaztop.store.codec import Undecodable
from sutaztop.store.recording.values import decoder, encoder, hints

# Text as the outside sends it: control characters, half a pair, what ends a line, quotes, and markup.
HOSTILE = st.text(st.characters(exclude_categories=()), max_size=6) | st.sampled_from(
    ["", "\x1b[2J", "a\nb\r", '","k":1', "\ud800", "\u202e", "\x00", "[red]", "0", "kind"]
)


def strategy(hint: Any, depth: int = 0) -> st.SearchStrategy[Any]:  # noqa: PLR0911 - one line for each sort
    """Give values of a type: few of each, every field filled."""
    while hasattr(hint, "__supertype__"):
        hint = hint.__supertype__
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return st.one_of([strategy(it, depth + 1) for it in inner])
    if origin is tuple and len(inner) == 2 and inner[1] is Ellipsis:
        return st.lists(strategy(inner[0], depth + 1), max_size=2).map(tuple)
    if origin is tuple:
        return st.tuples(*[strategy(it, depth + 1) for it in inner])
    if origin is frozenset:
        return st.frozensets(strategy(inner[0], depth + 1), max_size=2)
    if origin is not None and issubclass(origin, Mapping):
        return st.dictionaries(strategy(inner[0], depth + 1), strategy(inner[1], depth + 1), max_size=2)
    plain: dict[Any, st.SearchStrategy[Any]] = {
        str: HOSTILE, bool: st.booleans(), int: st.integers(-(2**70), 2**70), type(None): st.none(),
        float: st.floats(allow_nan=False),
        datetime: st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    }  # fmt: skip
    if hint in plain:
        return plain[hint]
    if issubclass(hint, Enum):
        return st.sampled_from(hint)
    assert isinstance(hint, type)
    assert is_dataclass(hint)
    named = {
        it.name: strategy(hints(hint)[it.name], depth + 1) for it in fields(hint) if it.name != "by_id" and it.init
    }
    return st.builds(hint, **named)


ALL = (Container, Event, Finding, Recommendation, ModelServer, ModelWatch, DiskSample, Trouble, End, Sample,
       Mapping[str, ObservedChange])  # fmt: skip


@pytest.mark.parametrize("kind", ALL, ids=str)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@for_all(data=st.data())
def test_what_was_written_is_read_again(kind: Any, data: st.DataObject) -> None:
    value = data.draw(strategy(kind))
    text = json.dumps(encoder(kind)(value))
    assert decoder(kind)(json.loads(text)) == value
    assert "\n" not in text


def test_what_a_later_version_added_is_left_out_and_what_is_missing_takes_its_default() -> None:
    plain = {**encoder(Trouble)(Trouble("what", "why", "advice")), "colour": "blue"}
    assert decoder(Trouble)(plain) == Trouble("what", "why", "advice")
    assert decoder(Trouble)({"what": "a", "why": "b"}) == Trouble("a", "b")


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        (Trouble, {"what": "a"}), (Trouble, []), (Trouble, {"what": 1, "why": "b"}), (tuple[Trouble, ...], {}),
        (Container, {}), (Event, None), (int | None, "a"), (float, True), (bool, 1), (datetime, "2026"),
        (tuple[str, str], ["a"]), (Mapping[str, int], []),
    ],
)  # fmt: skip
def test_what_is_wrong_is_undecodable(kind: Any, raw: Any) -> None:
    with pytest.raises(Undecodable):
        decoder(kind)(raw)


def test_values_that_are_equal_and_not_the_same_are_told_apart() -> None:
    one = decoder(float)(json.loads(json.dumps(encoder(float)(0.0))))
    assert type(one) is float


def test_a_type_that_no_recording_has_is_refused_when_the_program_is_made() -> None:
    with pytest.raises(TypeError):
        encoder(object)
    with pytest.raises(TypeError):
        decoder(object)
