"""The timeline on the screen, and notes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from sutaztop.domain.finding import Severity, Subject
from sutaztop.domain.recording import Happening, HappeningKind
from sutaztop.store.recording.happenings import insert
from sutaztop.ui.app import SutaztopApp
from sutaztop.ui.screens.ask_note import LONGEST, AskNoteScreen
from sutaztop.ui.screens.timeline import TimelineScreen, TimelineView
from tests.ui.frames import check_frame
from tests.ui.kept_recording import KeptRecorder, KeptRecording
from tests.ui.lived import lived_stack
from tests.ui.recorded import recorded_sitting
from tests.ui.sitting import Sitting

BACKEND = Subject("container", "b" * 64, "sutazai-backend")
OLLAMA = Subject("container", "c" * 64, "sutazai-ollama")
SIZES = ((80, 24), (120, 40), (200, 50))


def line(
    at: datetime, text: str, *, kind: HappeningKind = HappeningKind.EVENT, subject: Subject = BACKEND,
    action: str = "die", severity: Severity = Severity.OK, who: str = "", reference: str = "",
) -> Happening:  # fmt: skip
    return Happening(at, kind, subject, action, text, severity, who, reference)


def story(now: datetime) -> list[Happening]:
    """Give an hour with all kinds in it."""

    def ago(seconds: float) -> datetime:
        return now - timedelta(seconds=seconds)

    finding, change = HappeningKind.FINDING, HappeningKind.CHANGE
    host = Subject("host", "host", "sutaz-host")
    return [
        line(ago(3000), "nobody recorded for 20 min: the machine was started anew", kind=HappeningKind.GAP,
             subject=host, action="rebooted", severity=Severity.UNKNOWN),
        line(ago(700), "QUOTA: 93 % of its CPU limit, throttled in 41 % of periods", kind=finding, action="began",
             severity=Severity.WARNING, reference="QUOTA"),
        line(ago(605), "a process in it was killed for memory: it met its limit", subject=OLLAMA, action="oom",
             severity=Severity.CRITICAL),
        line(ago(604), "ended with exit code 137: killed for memory", subject=OLLAMA, severity=Severity.CRITICAL),
        line(ago(600), "started", subject=OLLAMA, action="start"),
        line(ago(500), "cpu 2 → 3; because: throttled", kind=change, action="applied", who="alice", reference="3f2a"),
        line(ago(490), "memory 4g → 6g", kind=change, action="seen", subject=OLLAMA),
        line(ago(300), "traffic is moved back now", kind=HappeningKind.NOTE, subject=Subject("", "", ""),
             action="note", who="alice"),
        line(ago(240), "QUOTA after 7 min", kind=finding, action="ended", reference="QUOTA"),
        line(ago(60), "cpu 3 → 2; read-only", kind=change, action="refused", who="bob", reference="9c1e",
             severity=Severity.WARNING),
    ]  # fmt: skip


@asynccontextmanager
async def timeline(
    size: tuple[int, int] = (120, 40), *, why_not: str = "", lines: list[Happening] | None = None, broken: str = ""
) -> AsyncIterator[tuple[Sitting, KeptRecording]]:
    stack = lived_stack("incident", seconds=40)
    recording = KeptRecording(broken=broken)
    recording.add(*(story(stack.clock.now()) if lines is None else lines))
    desk = replace(
        stack.desk(),
        recording=lambda: recording,
        recorder=lambda: KeptRecorder(recording, why_not),
        who=lambda: "alice",
    )
    app = SutaztopApp(desk)
    async with app.run_test(size=size) as pilot:
        here = Sitting(stack, app, pilot)
        await here.live()
        yield here, recording


def view(here: Sitting) -> TimelineView:
    assert isinstance(here.app.screen, TimelineScreen)
    return here.app.screen.view


async def opened(here: Sitting) -> TimelineView:
    await here.press("7")
    await here.until(lambda: view(here).book.since is not None or bool(view(here).book.trouble))
    return view(here)


@pytest.mark.parametrize("size", SIZES, ids=[f"{width}x{height}" for width, height in SIZES])
async def test_the_timeline(size: tuple[int, int], update_frames: bool) -> None:
    async with timeline(size) as (here, _):
        await opened(here)
        await here.press("j", "j", "j", "j")
        check_frame(here.app, f"timeline-{size[0]}x{size[1]}", update=update_frames)


async def test_newest_first_with_the_chosen_one_whole() -> None:
    async with timeline() as (here, _):
        await opened(here)
        rows = [row for row in here.text.splitlines() if "sutazai-" in row]
        assert "refused: cpu 3 → 2" in rows[0]
        await here.press("j")
        assert "ended: QUOTA after 7 min" in here.text


async def test_what_happens_while_it_is_open_is_followed_and_the_choice_stays() -> None:
    async with timeline() as (here, recording):
        seen = await opened(here)
        await here.press("j", "j")
        chosen = seen.chosen
        recording.add(line(here.stack.clock.now(), "started", action="start"))
        here.app.screen.look()  # type: ignore[attr-defined] # the timeline's own
        await here.until(lambda: len(seen.book.lines) == 11)
        assert seen.chosen == chosen
        await here.press("g")
        assert seen.chosen is not None
        assert seen.chosen.text == "started"


async def test_a_line_that_became_another_is_read_again() -> None:
    async with timeline() as (here, recording):
        seen = await opened(here)
        recording.lines[-1] = replace(recording.lines[-1], action="applied")
        here.app.screen.look()  # type: ignore[attr-defined]
        await here.until(lambda: seen.book.lines[0].action == "applied")
        assert len(seen.book.lines) == 10


async def test_the_filter_follows_what_is_typed_and_esc_undoes_it() -> None:
    async with timeline() as (here, _):
        seen = await opened(here)
        await here.press("slash", *"kind:finding !ended")
        assert [it.action for it in seen.shown()] == ["began"]
        await here.press("escape")
        assert len(seen.shown()) == 10
        await here.press("slash", *"ollama killed", "enter")
        assert [it.action for it in seen.shown()] == ["die", "oom"]
        await here.press("escape")
        assert len(seen.shown()) == 10
        await here.press("escape")
        assert here.app.screen is here.main


@pytest.mark.parametrize(
    ("typed", "words"),
    [("kind:finding,x", "no kind 'x'"), ("kinf:a", "did you mean kind?"), ("severity:", "wants a value")],
)
async def test_a_wrong_filter_says_what_would_be_right_and_changes_nothing(typed: str, words: str) -> None:
    async with timeline((200, 50)) as (here, _):
        seen = await opened(here)
        await here.press("slash", *typed)
        assert words in here.text
        await here.press("escape")
        assert len(seen.shown()) == 10


async def test_only_what_is_looked_at_is_read_and_more_comes_when_scrolled_back() -> None:
    now = lived_stack("incident", seconds=40).clock.now()
    many = [line(now - timedelta(minutes=number), f"line {number}") for number in range(3000)]
    async with timeline(lines=many) as (here, recording):
        seen = await opened(here)
        read = len(seen.book.lines)
        assert 200 <= read <= 1000
        for _ in range(200):
            await here.press("pagedown")
            await here.pilot.pause(0.01)
            if seen.book.complete:
                break
        await here.until(lambda: seen.book.complete)
        assert len(seen.book.lines) == 3000
        await here.press("G")
        assert seen.chosen is not None
        assert seen.chosen.text == "line 2999"
        assert all(until - since < timedelta(days=3) for since, until in recording.asked)


async def test_quiet_days_are_crossed_to_the_oldest_line() -> None:
    now = lived_stack("incident", seconds=40).clock.now()
    async with timeline(lines=[line(now - timedelta(days=25), "long ago")]) as (here, _):
        seen = await opened(here)
        assert [it.text for it in seen.shown()] == ["long ago"]
        assert seen.book.complete


async def test_a_recording_that_cannot_be_read_says_so_and_nothing_else_breaks() -> None:
    async with timeline(broken="it is damaged") as (here, _):
        await here.press("7")
        await here.until(lambda: "it is damaged" in here.text)
        await here.press("j", "enter", "y", "escape")
        assert here.app.screen is here.main


async def test_without_a_recording_it_says_so() -> None:
    async with timeline() as (here, _):
        here.main.board.desk = replace(here.main.board.desk, recording=None, recorder=lambda: None)
        await here.press("7")
        assert "There is no timeline here" in here.text
        await here.press("escape", "i")
        assert "No note can be kept" in here.text


async def test_enter_goes_there_or_says_why_not_and_y_copies() -> None:
    async with timeline() as (here, _):
        seen = await opened(here)
        gone: list[Happening] = []

        def jump(to: Happening) -> str:
            gone.append(to)
            return "" if len(gone) > 1 else "not now"

        here.app.screen._jump = jump  # type: ignore[attr-defined]
        await here.press("j", "enter")
        assert "not now" in here.text
        await here.press("y")
        assert "ended: QUOTA after 7 min" in here.app.clipboard
        chosen = seen.chosen
        await here.press("enter")
        assert chosen is not None
        assert gone == [chosen, chosen]
        assert here.app.screen is here.main


async def test_where_the_screen_stands_is_marked() -> None:
    async with timeline() as (here, recording):
        await here.press("p")
        stands = here.main.board.time()
        recording.add(line(stands + timedelta(seconds=1), "later"), line(stands - timedelta(seconds=1), "sooner"))
        await here.live(5)
        await opened(here)
        (marked,) = [row for row in here.text.splitlines() if "│ ▸" in row]
        assert "sooner" in marked
        assert "the screen stands at" in here.text


# --- notes ---------------------------------------------------------------------------------------


async def test_a_note_is_about_the_selected_container_and_appears() -> None:
    async with timeline() as (here, recording):
        await here.select("postgres")
        await here.press("i")
        assert isinstance(here.app.screen, AskNoteScreen)
        assert "about sutazai-postgres" in here.text
        await here.press(*"we begin", "enter")
        note = recording.lines[-1]
        assert (note.text, note.who, note.subject.name) == ("we begin", "alice", "sutazai-postgres")
        seen = await opened(here)
        await here.until(lambda: bool(seen.book.lines))
        assert "we begin · alice" in here.text


async def test_a_note_can_be_about_nothing_and_an_empty_one_is_not_taken() -> None:
    async with timeline() as (here, recording):
        await here.select("postgres")
        await here.press("i", "ctrl+g")
        assert "about nothing in particular" in here.text
        await here.press("enter")
        assert "Words are wanted." in here.text
        await here.press(*"x" * 3, "enter")
        assert recording.lines[-1].subject == Subject("", "", "")


async def test_a_note_is_of_the_shown_instant() -> None:
    async with timeline() as (here, recording):
        await here.press("p")
        stands = here.main.board.time()
        await here.live(30)
        await here.press("i", *"it was here", "enter")
        assert recording.lines[-1].at == stands


async def test_too_long_a_note_is_told_before_it_is_cut() -> None:
    async with timeline() as (here, recording):
        await here.press("i")
        here.app.screen.query_one("TextInput").value = "x" * (LONGEST + 7)  # type: ignore[attr-defined]
        await here.pilot.pause()
        assert "7 characters too many" in here.text
        await here.press("enter")
        assert len(recording.lines[-1].text) == LONGEST


async def test_a_note_says_where_the_screen_does_not_record() -> None:
    async with timeline(why_not="the disk is full") as (here, _):
        await here.press("i", *"lost", "enter")
        assert "This screen does not record: the disk is full." in here.text


async def test_from_a_line_to_the_first_moment_that_has_it_with_its_container(tmp_path: Path) -> None:
    async with recorded_sitting(tmp_path / "r.db") as (here, recorder):
        frame = here.main.board.frame
        assert frame is not None
        postgres = next(it for it in frame.snapshot.containers if it.display_name == "postgres")
        there = recorder.frames[40].snapshot.at
        died = line(there - timedelta(milliseconds=300), "ended", subject=Subject("container", postgres.id, "postgres"))
        insert(recorder.writer.connection, [died])
        recorder.writer.connection.commit()
        await opened(here)
        await here.press("slash", *"postgres ended", "enter", "enter")
        assert here.app.screen is here.main
        await here.until(lambda: here.main.board.replay is not None and not here.main.board.replay.waiting)
        await here.pilot.pause()
        assert here.main.board.time() == there
        assert here.selected == "postgres"
        assert "REPLAY" in here.text
        await opened(here)
        await here.until(lambda: "▸ the screen stands at" in here.text)
