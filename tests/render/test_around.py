"""Lines of several containers by their time, and where runs ended."""

from dataclasses import replace
from datetime import UTC, timedelta

from sutaztop.domain.container import ContainerState
from sutaztop.domain.event import Event, LogLine
from sutaztop.domain.finding import Subject
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.recording import Happening, HappeningKind
from sutaztop.render.around import (
    AroundState,
    Entry,
    around_title,
    entry_lines,
    export_text,
    merged,
    nearest,
    run_edges,
    told_entries,
)  # fmt: skip
from sutaztop.render.boxes import text_of
from sutaztop.render.cells import line_width, plain
from tests.given import NOW, container

SPAN = (NOW - timedelta(seconds=30), NOW + timedelta(seconds=30))
WEB = replace(container("web"), started_at=NOW - timedelta(days=1))


def event(action: str, seconds: float, detail: str = "", of: str = WEB.id) -> Event:
    return Event(NOW + timedelta(seconds=seconds), 0, "container", action, of, "web", detail)


def line(text: str, seconds: float, name: str = "web") -> Entry:
    at = NOW + timedelta(seconds=seconds)
    return Entry(at, name, LogLine(text, at=at))


def test_an_oom_kill_ends_a_run_with_its_code_and_the_next_begins() -> None:
    seen = [event("oom", -2.1), event("die", -2, "137"), event("start", -1), event("die", -1, "1", of="another")]
    found = run_edges(replace(WEB, started_at=NOW - timedelta(seconds=1)), "web", seen, SPAN)
    assert [(it.words, it.bad) for it in found] == [
        ("the run ended, exit code 137, killed for memory", True), ("a run began", False),
    ]  # fmt: skip


def test_a_kill_without_a_word_of_memory_does_not_say_so() -> None:
    words = run_edges(WEB, "web", [event("die", 0, "137")], SPAN)[0].words
    assert words == "the run ended, exit code 137 (SIGKILL: by hand, by a stop, or for memory)"


def test_a_run_that_outlived_the_kill_of_a_process_of_it_says_so() -> None:
    seen = [event("oom", -0.5), event("die", 0, "0")]
    found = run_edges(WEB, "web", seen, SPAN)
    assert [(it.words, it.bad) for it in found] == [("the run ended, exit code 0, after a kill for memory in it", True)]


def test_what_the_timeline_tells_of_it_stands_between_the_lines_and_no_end_twice() -> None:
    web = Subject("container", WEB.id, "web")
    edges = run_edges(WEB, "web", [event("die", -2, "137")], SPAN)

    def told(kind: HappeningKind, seconds: float, action: str, text: str, of: Subject = web) -> Happening:
        return Happening(NOW + timedelta(seconds=seconds), kind, of, action, text)

    found = told_entries(
        [
            told(HappeningKind.EVENT, -2.1, "die", "ended with exit code 137"),
            told(HappeningKind.EVENT, -20, "die", "ended with exit code 1"),
            told(HappeningKind.EVENT, -5, "health_status", "healthy"),
            told(HappeningKind.CHANGE, 3, "applied", "cpu 1 → 2 cores"),
            told(HappeningKind.CHANGE, 3, "applied", "another's", Subject("container", "other", "db")),
        ],
        {WEB.id: "web"},
        edges,
    )
    assert [it.words for it in found] == ["ended with exit code 1", "change: cpu 1 → 2 cores"]


def test_what_nobody_saw_is_told_by_the_container_and_no_code_is_made_up() -> None:
    again = replace(WEB, finished_at=NOW - timedelta(seconds=9), started_at=NOW - timedelta(seconds=8))
    assert [it.words for it in run_edges(again, "web", [], SPAN)] == ["the run ended", "a run began"]
    ended = replace(WEB, state=ContainerState.EXITED, exit_code=3, finished_at=NOW)
    assert [it.words for it in run_edges(ended, "web", [], SPAN)] == ["the run ended, exit code 3"]


def test_runs_outside_the_span_are_not_told() -> None:
    assert run_edges(WEB, "web", [event("die", -31, "1"), event("start", 31)], SPAN) == []


def test_lines_are_merged_by_time_and_the_nearest_is_found() -> None:
    here = Entry(NOW, "", words="here", instant=True)
    found = merged([[here], [line("a", -5), line("c", 4)], [line("b", -1, "db")]])
    assert [it.line.text if it.line else it.words for it in found] == ["a", "b", "here", "c"]
    assert found[nearest(found, NOW)].name == "db"
    assert nearest([], NOW) == 0
    assert nearest([here], NOW) == 0


def test_an_entry_fits_every_width_and_names_its_writer_only_where_several_write() -> None:
    entry = line("模型 loaded " * 20, 0.25)
    for width in (5, 20, 60, 120):
        for wrapped in (False, True):
            drawn = entry_lines(entry, width, named=True, wrapped=wrapped, zone=UTC)
            assert all(line_width(it) <= max(width, 10) for it in drawn)
    assert "web" not in plain(entry_lines(entry, 100, named=False, zone=UTC)[0])
    assert f"{NOW:%H:%M:%S}.250 web" in plain(entry_lines(entry, 100, named=True, zone=UTC)[0])


def test_an_export_tells_what_it_is_what_is_missing_and_each_line_whole() -> None:
    state = AroundState("web", NOW, Seconds(30.0), NOW + timedelta(seconds=192), 2, 1, 1, filter_text="boom")
    text = export_text(state, [line("boom " * 50, 1), Entry(NOW, "db", words="the run ended")], ["db: left out"])
    assert text.startswith(f"# log of web around {NOW.isoformat()} ± 30 s\n# filter: boom\n# db: left out\n")
    assert "boom " * 50 in text
    assert "\tdb\t-\t=== the run ended ===" in text
    title = text_of([around_title(state, UTC)])
    assert "1 of 2 lines" in title
    assert "3 min 12 s ago" in title
    assert "with 1 neighbour" in title
