"""The header: where one is, in which mode, and how old the figures are."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sutaztop.domain.frame import Frame
from sutaztop.domain.sample import CollectorReport, Trouble
from sutaztop.render.cells import Tone, line_width, plain
from sutaztop.render.header import Mode, Standing, header_lines, is_stale, one_line
from tests.given import NOW, engine_info, frame, snapshot

STANDING = Standing(title="sutazaiapp", now=NOW)


def gone(seconds: float = 81) -> Frame:
    trouble = Trouble("The engine does not answer", "connection refused", "See whether dockerd runs.")
    return replace(frame(), trouble=trouble, stale_since=NOW - timedelta(seconds=seconds))


def text(it: Frame | None, width: int = 120, standing: Standing = STANDING) -> str:
    return "\n".join(plain(line) for line in header_lines(it, width, standing))


@pytest.mark.parametrize("width", [1, 2, 12, 20, 40, 80, 200])
def test_every_line_has_the_width_of_the_screen(width: int) -> None:
    for it in (None, frame(), gone()):
        assert {line_width(line) for line in header_lines(it, width, replace(STANDING, demo=True))} == {width}


def test_it_says_which_stack_engine_and_source_in_words() -> None:
    it = frame(replace(snapshot(), reports=(CollectorReport("counters", NOW, source="kernel files"),)))
    for words in (
        "sutazaiapp",
        "engine 20.10.24",
        "unix:///var/run/docker.sock",
        "kernel files",
        "12:04:31",
        "live 1 s",
    ):
        assert words in text(it)


def test_a_remote_engine_is_called_by_its_host() -> None:
    it = frame(replace(snapshot(), engine=replace(engine_info(), is_local=False)))
    assert "on sutaz-host" in text(it)


def test_read_only_is_said() -> None:
    assert "READ-ONLY" in text(frame(), standing=replace(STANDING, mode=Mode.READ_ONLY))


@pytest.mark.parametrize("width", [20, 25, 40, 59])
def test_a_demo_is_called_so_where_one_line_is_all_there_is(width: int) -> None:
    assert "DEMO" in plain(header_lines(frame(), width, replace(STANDING, demo=True), most=1)[0])


def test_a_demo_in_place_of_an_engine_says_why_none_was_reached() -> None:
    reason = "The engine at unix:///run/x.sock (default) is out of reach. There is no socket at that path. Start it."
    for width, rows in ((80, 2), (200, 1)):
        lines = header_lines(frame(), width, replace(STANDING, demo=True, demo_reason=reason))[1:]
        assert len(lines) == rows
        assert "There is no socket" in " ".join(plain(line).strip() for line in lines)


def test_a_reason_that_one_line_cuts_has_two() -> None:
    it = replace(
        gone(), trouble=Trouble("The engine at unix:///run/x.sock is out of reach", "permission denied", "a b")
    )
    assert len(header_lines(it, 60, STANDING)) == 3
    assert "permission denied" in text(it, 60)


def test_the_demo_has_a_banner_of_its_own_with_how_to_connect() -> None:
    lines = header_lines(frame(), 120, replace(STANDING, demo=True))
    assert lines[1][0].tone is Tone.DEMO
    assert "not a real stack" in plain(lines[1])
    assert "--host" in plain(lines[1])


def test_a_lost_engine_is_told_with_age_reason_and_that_it_is_tried_again() -> None:
    for words in ("STALE 81 s", "does not answer", "connection refused", "trying again", "dockerd runs"):
        assert words in text(gone(), 160)


def test_data_is_stale_after_five_intervals_without_news() -> None:
    it = frame()
    ages = [replace(STANDING, now=NOW + timedelta(seconds=seconds)) for seconds in (5, 6)]
    assert [is_stale(it, standing) for standing in ages] == [False, True]


def test_what_a_slow_link_draws_late_is_not_stale_for_that() -> None:
    late = replace(STANDING, now=NOW + timedelta(seconds=8), drawn_every=5.0)
    assert not is_stale(frame(), late)


def test_a_frozen_picture_says_so_and_how_old_it_is() -> None:
    standing = replace(STANDING, frozen=True, now=NOW + timedelta(seconds=4))
    assert "FROZEN 4 s" in text(frame(), standing=standing)


def test_a_slow_link_is_named() -> None:
    assert "slow link" in text(frame(), standing=replace(STANDING, pace="slow link: drawn every 2 s"))


def test_one_line_says_the_worst_and_that_it_is_a_demo() -> None:
    line = plain(one_line(frame(), 19, replace(STANDING, demo=True)))
    assert line.startswith("DEMO ·0 C43 M71")


def test_a_single_cell_is_not_too_small() -> None:
    assert line_width(one_line(gone(), 1, STANDING)) == 1
