"""What judging remembers outlives the program, and nothing of it is believed that should not be."""

from datetime import timedelta
from pathlib import Path

import pytest

from sutaztop.domain.case import OomKill, PastWish, Resized
from sutaztop.domain.guardrails import ObservedChange
from sutaztop.domain.past import NO_PAST, Past
from sutaztop.store.past import load_past, save_past
from tests.given import NOW

PAST = Past(
    wished={"s": (PastWish(100, 2), PastWish(200, 3))},
    resized={"s": (Resized(150, -1),)},
    kills={"kong": (OomKill(90, 1 << 30), OomKill(95, None))},
    raises={"kong": (91,)},
    counts={"c": 2},
    limits={"c": 1 << 30},
    sizes={"s": 3},
    observed={"c": ObservedChange(NOW, "limits")},
)
ENGINE = "unix:///somewhere.sock"


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "past.json"
    save_past(path, PAST, at=NOW, engine=ENGINE)
    assert load_past(path, now=NOW + timedelta(minutes=5), engine=ENGINE) == (PAST, "")
    assert [it.name for it in path.parent.iterdir()] == ["past.json"]


def test_nothing_is_there_at_first_and_that_is_no_trouble(tmp_path: Path) -> None:
    assert load_past(tmp_path / "past.json", now=NOW, engine=ENGINE) == (NO_PAST, "")


def test_another_engines_past_is_not_ours(tmp_path: Path) -> None:
    save_past(tmp_path / "past.json", PAST, at=NOW, engine="tcp://elsewhere:2376")
    past, why = load_past(tmp_path / "past.json", now=NOW, engine=ENGINE)
    assert past == NO_PAST
    assert "another engine's" in why


@pytest.mark.parametrize("away", [timedelta(hours=2), timedelta(hours=-1)])
def test_wishes_of_a_time_in_which_nobody_looked_do_not_count_but_kills_do(away: timedelta, tmp_path: Path) -> None:
    save_past(tmp_path / "past.json", PAST, at=NOW, engine=ENGINE)
    past, why = load_past(tmp_path / "past.json", now=NOW + away, engine=ENGINE)
    assert (past.wished, past.observed, past.sizes) == ({}, {}, {})
    assert (past.kills, past.raises) == (PAST.kills, PAST.raises)
    assert "no longer count" in why


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"schema": "sutaztop.past/9"}', '{"schema": "sutaztop.past/1", "engine": "x"}', "\x00"]
)
def test_a_torn_or_foreign_file_is_told_and_left_alone(text: str, tmp_path: Path) -> None:
    path = tmp_path / "past.json"
    path.write_text(text)
    past, why = load_past(path, now=NOW, engine=ENGINE)
    assert past == NO_PAST
    assert str(path) in why
    assert path.read_text() == text
