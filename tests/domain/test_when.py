from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sutaztop.domain.when import NoTime, parse_when

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)  # a Wednesday
BERLIN = timezone(timedelta(hours=1))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("now", "2026-11-25T12:00:00"),
        ("12:00", "2026-11-25T12:00:00"),
        ("12:00:01", "2026-11-24T12:00:01"),
        ("today 9:15", "2026-11-25T09:15:00"),
        ("9:15 yesterday", "2026-11-24T09:15:00"),
        ("Yesterday at 9:15:30.5", "2026-11-24T09:15:30.500000"),
        ("monday 9:15", "2026-11-23T09:15:00"),
        ("wednesday 11:00", "2026-11-25T11:00:00"),
        ("wednesday 13:00", "2026-11-18T13:00:00"),
        ("thursday 13:00", "2026-11-19T13:00:00"),
        ("yesterday", "2026-11-24T00:00:00"),
        ("2026-11-20", "2026-11-20T00:00:00"),
        ("2026-11-20 14:02", "2026-11-20T14:02:00"),
        ("2026-11-20T14:02:03", "2026-11-20T14:02:03"),
        ("2026-11-20T14:02:03Z", "2026-11-20T14:02:03"),
        ("2026-11-20T14:02:03+01:00", "2026-11-20T13:02:03"),
        ("20 min ago", "2026-11-25T11:40:00"),
        ("1h30m ago", "2026-11-25T10:30:00"),
        ("1.5 h ago", "2026-11-25T10:30:00"),
        ("-90", "2026-11-25T11:58:30"),
        ("- 2 days", "2026-11-23T12:00:00"),
        ("+5m", "2026-11-25T12:05:00"),
    ],
)
def test_words_tell_an_instant(words: str, expected: str) -> None:
    assert parse_when(words, now=NOW, zone=UTC) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_clock_times_are_in_the_operators_zone() -> None:
    assert parse_when("12:30", now=NOW, zone=BERLIN) == datetime(2026, 11, 25, 11, 30, tzinfo=UTC)
    assert parse_when("0:30", now=datetime(2026, 11, 25, 23, 45, tzinfo=UTC), zone=BERLIN).hour == 23


def test_a_sign_counts_from_what_is_shown_and_ago_from_now() -> None:
    here = NOW - timedelta(hours=3)
    assert parse_when("+5m", now=NOW, here=here) == here + timedelta(minutes=5)
    assert parse_when("5m ago", now=NOW, here=here) == NOW - timedelta(minutes=5)


@pytest.mark.parametrize(
    "words",
    ["", "   ", "25:00", "12:60", "soon", "-", "+", "ago", "-5 parsecs", "2026-13-01 10:00", "14", "x" * 99, "m ago",
     "monday tuesday 9:00", "-99999999w", "999999999w ago"],
)  # fmt: skip
def test_what_tells_no_time_is_refused_in_words(words: str) -> None:
    with pytest.raises(NoTime, match=r"time|far"):
        parse_when(words, now=NOW, zone=UTC)


@given(st.text(max_size=70))
def test_any_text_is_a_time_or_refused(text: str) -> None:
    try:
        found = parse_when(text, now=NOW, zone=UTC)
    except NoTime:
        return
    assert found.tzinfo is UTC


@given(st.integers(0, 86399))
def test_a_clock_time_alone_is_the_newest_that_is_past(second: int) -> None:
    found = parse_when(f"{second // 3600}:{second // 60 % 60:02}:{second % 60:02}", now=NOW, zone=UTC)
    assert timedelta() <= NOW - found < timedelta(days=1)
