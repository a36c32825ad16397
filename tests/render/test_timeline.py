"""The timeline in words: what a filter finds, and how a line is written."""

from datetime import UTC, timedelta

import pytest

from sutaztop.domain.finding import Severity, Subject
from sutaztop.domain.recording import Happening, HappeningKind
from sutaztop.render.arrange import FilterError
from sutaztop.render.cells import line_width, plain
from sutaztop.render.timeline import are_dated, copied, happening_line, parse_filter, whole_lines
from tests.given import NOW

WEB = Subject("container", "ab12cd", "sutazai-web")
DIED = Happening(NOW, HappeningKind.EVENT, WEB, "die", "ended with exit code 137: killed for memory", Severity.CRITICAL)
RAISED = Happening(
    NOW, HappeningKind.CHANGE, WEB, "applied", "cpu 2 → 3; because: throttled", who="alice", reference="3f2a"
)
NOTE = Happening(NOW, HappeningKind.NOTE, Subject("", "", ""), "note", "we begin", who="bob")
OOM = Happening(NOW, HappeningKind.FINDING, WEB, "began", "OOM: killed", Severity.CRITICAL, reference="OOM")
ALL = {"died": DIED, "raised": RAISED, "note": NOTE, "oom": OOM}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "died raised note oom"),
        ("WEB", "died raised oom"),
        ("killed !oom", "died"),
        ("kind:event,note", "died note"),
        ("!kind:event", "raised note oom"),
        ("severity:critical kind:finding", "oom"),
        ("why:oom", "oom"),
        ("why:throttled", "raised"),
        ("who:alice", "raised"),
        ("bob", "note"),
        ("action:die,applied", "died raised"),
        ("about:ab12", "died raised oom"),
        ("name:ab12", ""),
        ("!", ""),
    ],
)
def test_a_filter_finds(text: str, found: str) -> None:
    matches = parse_filter(text)
    assert [name for name, it in ALL.items() if matches(it)] == found.split()


@pytest.mark.parametrize("text", ["colour:red", "kind:", "kind:evnt", "severity:bad", "14:02"])
def test_a_wrong_filter_says_what_there_is(text: str) -> None:
    with pytest.raises(FilterError, match=r"no key|wants a value|It is one of"):
        parse_filter(text)


@pytest.mark.parametrize("width", [1, 20, 60, 80, 200])
def test_a_line_fills_its_width(width: int) -> None:
    for it in ALL.values():
        assert line_width(happening_line(it, width, 12, zone=UTC, dated=True)) == width


def test_a_line_tells_how_bad_it_is_without_colour_and_by_whom() -> None:
    died, raised = (plain(happening_line(it, 100, 12, zone=UTC, dated=False)) for it in (DIED, RAISED))
    assert died.startswith("12:04:31 ‼ critical sutazai-web   ended with exit code 137")
    assert "· change   sutazai-web   applied: cpu 2 → 3; because: throttled · alice" in raised


def test_another_day_is_told() -> None:
    assert not are_dated([DIED], NOW, UTC)
    assert are_dated([DIED], NOW + timedelta(days=1), UTC)
    assert plain(happening_line(DIED, 80, 12, zone=UTC, dated=True)).startswith("11-23 12:04:31 ")


def test_the_whole_of_a_line_is_wrapped_and_nothing_is_lost() -> None:
    text = " ".join(plain(it) for it in whole_lines(DIED, 30, zone=UTC, now=NOW + timedelta(minutes=3)))
    assert "3 min ago" in text
    assert "ended with exit code 137: killed for memory" in " ".join(text.split())


def test_what_is_copied_stands_alone() -> None:
    assert copied(NOTE, UTC) == "2026-11-23 12:04:31+0000  note  we begin · bob"
