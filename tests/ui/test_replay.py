"""Going back in time: the moment that is shown, what keys do, and that nothing can be changed in it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from sutaztop.actions.plan import plan
from sutaztop.domain.change import Refusal
from sutaztop.domain.event import LogLine
from sutaztop.domain.intent import ScaleUpLimits
from sutaztop.domain.recording import RecorderStatus
from sutaztop.store.recording.reader import FileRecording
from sutaztop.ui.app import SutaztopApp
from sutaztop.ui.commands import COMMANDS, MENU_KEY
from tests.ui.frames import check_frame
from tests.ui.look import text_of
from tests.ui.recorded import desk_of, record, recorded_sitting
from tests.ui.sitting import Sitting, sitting
from tests.ui.test_dangerous_commands import keys_of
from tests.ui.typing import press
from tests.ui.world import open_stack

DANGEROUS = [it for it in COMMANDS if it.is_dangerous]


async def settled(here: Sitting) -> None:
    """Wait until the moment that was asked for is shown."""
    await here.until(lambda: here.main.board.replay is None or not here.main.board.replay.waiting)
    await here.pilot.pause()


def shown_number(here: Sitting) -> int:
    assert here.main.board.frame is not None
    return here.main.board.frame.number


async def test_p_holds_the_moment_while_reading_goes_on_and_0_is_the_present_again(tmp_path: Path) -> None:
    async with recorded_sitting(tmp_path / "r.db") as (here, _):
        before = shown_number(here)
        await here.press("p")
        await here.live(3)
        assert shown_number(here) == before
        assert "REPLAY" in here.text
        assert "paused" in here.text
        await here.press("0")
        assert "REPLAY" not in here.text
        assert shown_number(here) == before + 4


async def test_brackets_step_by_one_reading_each_be_they_ever_so_fast(tmp_path: Path) -> None:
    async with recorded_sitting(tmp_path / "r.db") as (here, _):
        now = shown_number(here)
        await here.press(*["left_square_bracket"] * 7)
        await settled(here)
        assert shown_number(here) == now - 7
        await here.press("right_square_bracket", "right_square_bracket")
        await settled(here)
        assert shown_number(here) == now - 5


async def test_beyond_the_ends_the_moment_stays_and_it_is_said(tmp_path: Path) -> None:
    async with recorded_sitting(tmp_path / "r.db", seconds=5) as (here, _):
        await here.press("left_square_bracket")
        await settled(here)
        there = shown_number(here)
        for _ in range(9):
            await here.press("left_square_bracket")
            await settled(here)
        assert "Nothing more is recorded that way" in here.text
        assert shown_number(here) < there


async def test_braces_go_to_what_happened_and_tell_it(tmp_path: Path) -> None:
    async with recorded_sitting(tmp_path / "r.db") as (here, _):
        assert here.main.board.frame is not None
        now = here.main.board.frame.snapshot.at
        await here.press("left_curly_bracket")
        await settled(here)
        assert here.main.board.frame.snapshot.at < now
        with FileRecording(tmp_path / "r.db", here.stack.settings.profile) as recording:
            last = recording.next_happening(now, back=True)
        assert last is not None
        assert last.subject.name in here.text
        first = here.main.board.frame.snapshot.at
        await here.press("left_curly_bracket")
        await settled(here)
        assert here.main.board.frame.snapshot.at <= first


async def test_a_time_in_words_is_gone_to_and_nonsense_is_told(tmp_path: Path) -> None:
    async with recorded_sitting(tmp_path / "r.db") as (here, _):
        assert here.main.board.frame is not None
        now = here.main.board.frame.snapshot.at
        await here.press("at", *"soon", "enter")
        assert "is no time" in here.text
        await here.press("escape")
        await here.press("p", "at", "minus", *"30s", "enter")
        await settled(here)
        assert here.main.board.frame.snapshot.at == now - timedelta(seconds=30)


async def test_it_plays_on_at_a_speed_until_the_present(tmp_path: Path) -> None:
    async with recorded_sitting(tmp_path / "r.db") as (here, _):
        now = shown_number(here)
        for _ in range(20):
            await here.press("left_square_bracket")
        await settled(here)
        assert shown_number(here) == now - 20
        await here.press("p", "plus", "plus")
        assert "playing 5×" in here.text
        time = here.main.time
        assert time._timer is not None
        # Its own ticks come by the wall clock.
        time._timer.pause()
        await settled(here)
        before = shown_number(here)
        assert before >= now - 20
        time._play_on()
        await settled(here)
        assert shown_number(here) == min(now, before + 5)
        for _ in range(4):
            time._play_on()
            await settled(here)
        assert "REPLAY" not in here.text
        assert here.stack.feed.intervals == [], "speed is not the pace of reading"


async def test_a_random_moment_shows_what_was_shown_then(tmp_path: Path) -> None:
    """The screen's own text: live, then of the recording."""
    stack = open_stack("incident")
    recorder = record(stack, tmp_path / "r.db")
    app = SutaztopApp(desk_of(stack, tmp_path / "r.db"))
    random = Random(7)  # noqa: S311 - chance, and no secret
    picked = set(random.sample(range(20, 160), 12))
    live: dict[int, list[str]] = {}
    async with app.run_test(size=(120, 40)) as pilot:
        here = Sitting(stack, app, pilot)
        for number in range(160):
            frame = stack.live(0)
            stack.clock.advance(1.0)
            if number in picked:
                here.main.take_frame(frame)
                # Held, so that the banner takes the same room.
                await here.press("p")
                await drawn(here)
                live[frame.number] = body(here)
                await here.press("0", "escape")
        for number in random.sample(sorted(live), len(live)):
            frame = next(it for it in recorder.frames if it.number == number)
            here.main.time.go_to(frame.snapshot.at)
            await settled(here)
            await drawn(here)
            assert body(here) == live[number]
    recorder.writer.close()


async def drawn(here: Sitting) -> None:
    """Have all of it drawn, rows in their own order whatever was shown before."""
    here.main.board.arrange(1e9, afresh=True)
    here.main.redraw()
    await here.pilot.pause()


def body(here: Sitting) -> list[str]:
    """Give the screen without header, message and footer, which tell what time it is and where one stands."""
    return [line for panel in (*here.main.panels.values(), here.main.fleet) for line in panel.plain_lines()]


async def test_nothing_can_be_changed_in_a_replay(tmp_path: Path) -> None:
    async with recorded_sitting(tmp_path / "r.db", seconds=30) as (here, _):
        await here.select("postgres")
        await here.press("left_square_bracket")
        await settled(here)
        for command in DANGEROUS:
            await here.press(*keys_of(command))
            assert here.app.screen is here.main or MENU_KEY in keys_of(command), command.id
            await here.press("enter", "y", "enter")
            assert not here.stack.applied, command.id
            assert not here.stack.journal.kept, command.id
            for _ in range(3):
                if here.app.screen is not here.main:
                    await here.press("escape")
            assert here.main.board.replay is not None, command.id


async def test_keys_at_random_change_nothing_in_a_replay(tmp_path: Path) -> None:
    async with recorded_sitting(tmp_path / "r.db", seconds=30) as (here, _):
        await here.press("left_square_bracket")
        await settled(here)
        keys = ["U", "D", "R", "O", "A", "Z", "K", "F", "a", "m", "y", "enter", "tab", "j", "down", "5", "4", "s", "r",
                "left_square_bracket", "right_square_bracket"]  # fmt: skip
        random = Random(3)  # noqa: S311 - chance, and no secret
        for _ in range(80):
            await here.press(random.choice(keys))
            if here.main.board.replay is None:
                await here.press("escape", "escape", "left_square_bracket")
        assert not here.stack.applied


def test_a_recorded_frame_gives_no_plan(tmp_path: Path) -> None:
    stack = open_stack("incident")
    recorder = record(stack, tmp_path / "r.db")
    frame = stack.live(20)
    with FileRecording(tmp_path / "r.db", stack.settings.profile) as recording:
        then = recording.frame_at(frame.snapshot.at)
    assert then is not None
    some = next(it.id for it in then.snapshot.containers if it.container.is_running)
    planned = plan(ScaleUpLimits(some), then, stack.settings.profile)
    assert isinstance(planned, Refusal)
    assert "recorded" in planned.why
    recorder.writer.close()


async def test_a_recording_alone_begins_at_a_time_and_has_no_present(tmp_path: Path) -> None:
    stack = open_stack("incident")
    recorder = record(stack, tmp_path / "r.db")
    frame = stack.live(60)
    recorder.writer.close()
    at = frame.snapshot.at - timedelta(seconds=20)
    desk = replace(desk_of(stack, tmp_path / "r.db"), alone=True, begin_at=at, apply=None, engine=None)
    app = SutaztopApp(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        here = Sitting(stack, app, pilot)
        await here.until(lambda: here.main.board.frame is not None)
        assert shown_number(here) == frame.number - 20
        assert "0 the newest" in here.text
        await press(pilot, "0")
        await here.until(lambda: shown_number(here) == frame.number)
        await press(pilot, "escape", "escape", "escape")
        assert "REPLAY" in here.text


async def test_without_a_recording_p_freezes_and_the_rest_says_why_not() -> None:
    async with sitting() as here:
        await here.press("left_square_bracket")
        assert "Nothing is recorded here" in here.text
        await here.press("p")
        assert "FROZEN" in here.text
        await here.press("0")
        assert "FROZEN" not in here.text


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)], ids=lambda it: f"{it[0]}x{it[1]}")
async def test_the_frame(size: tuple[int, int], update_frames: bool, tmp_path: Path) -> None:
    async with recorded_sitting(tmp_path / "r.db", seconds=120, size=size) as (here, _):
        await here.press("p", "at", "minus", *"45s", "enter")
        await settled(here)
        assert "REPLAY" in text_of(here.app)
        check_frame(here.app, f"replay-{size[0]}x{size[1]}", update=update_frames)


async def test_no_line_of_the_present_stands_beside_a_moment_that_was(tmp_path: Path) -> None:
    async with recorded_sitting(tmp_path / "r.db") as (here, _):
        await here.select("backend")
        await here.press("enter")
        await here.until(lambda: here.main.details.body.book.state.kept > 0)
        await here.press("p")
        book = here.main.details.body.book
        await here.until(lambda: any("around this moment" in getattr(it, "text", "") for it in book.newest_first(9)))
        assert not [it for it in book.newest_first(99) if isinstance(it, LogLine)]
        await here.press("0")
        await here.until(lambda: here.main.details.body.book.state.kept > 0)


async def test_what_keeps_the_recorder_from_writing_is_told_in_the_header() -> None:
    class Stuck:
        def status(self) -> RecorderStatus:
            return RecorderStatus(writing=False, why_not="the disk is full", trouble=True)

    stack = open_stack("calm")
    app = SutaztopApp(replace(stack.desk(), recorder=Stuck))  # type: ignore[arg-type] # all that is asked
    async with app.run_test(size=(120, 40)) as pilot:
        here = Sitting(stack, app, pilot)
        await here.live(1)
        assert "not recording: the disk is full" in here.text
