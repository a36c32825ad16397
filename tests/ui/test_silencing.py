"""Snooze and mute: the row goes, the title counts it, and it comes back."""

from dataclasses import replace
from pathlib import Path

from sutaztop.domain.finding import Severity
from sutaztop.domain.silence import heard, silence_of
from sutaztop.store.silences import SilenceFile
from sutaztop.ui.app import SutaztopApp
from sutaztop.ui.screens.ask_reason import AskReasonScreen
from sutaztop.ui.screens.pick import PickScreen
from tests.ui.lived import lived_stack
from tests.ui.sitting import Sitting, sitting


def names(here: Sitting) -> list[str]:
    frame = here.main.board.frame
    assert frame is not None
    return [it.subject.name for it in frame.recommendations]


async def test_a_snoozed_row_goes_is_counted_and_comes_back_when_its_time_is_up() -> None:
    async with sitting((200, 50), seconds=60) as here:
        before = names(here)
        await here.press("5", "m")
        assert isinstance(here.app.screen, PickScreen)
        await here.press("enter")
        assert names(here) == before[1:]
        assert "1 snoozed" in here.text
        await here.live(10)
        assert names(here) == before[1:]
        here.stack.clock.advance(15 * 60)
        await here.live(1)
        assert before[0] in names(here)
        assert "1 snoozed" not in here.text


async def test_a_mute_wants_a_reason_and_the_same_key_brings_it_back() -> None:
    async with sitting((200, 50), seconds=60) as here:
        before = names(here)
        await here.press("5", "m", "j", "j", "j", "enter")
        assert isinstance(here.app.screen, AskReasonScreen)
        await here.press("enter")
        assert "A reason is wanted" in here.text
        await here.press(*"batch", "enter")
        assert names(here) == before[1:]
        assert "1 muted" in here.text
        await here.press("m")
        assert f"bring back {before[0]}" in here.text
        assert "muted: batch" in here.text
        await here.press("j", "j", "j", "j", "enter")
        assert sorted(names(here)) == sorted(before)
        assert not here.stack.applied


async def test_what_is_silent_stays_so_over_a_restart_and_nothing_is_kept_without_a_file(tmp_path: Path) -> None:
    async with sitting((200, 50), seconds=60) as here:
        await here.press("m", "enter")
        assert "nothing is written here" in " ".join(here.text.split())
    stack = lived_stack("incident", seconds=60)
    app = SutaztopApp(replace(stack.desk(), silences=SilenceFile(tmp_path)))
    async with app.run_test(size=(200, 50)) as pilot:
        first = Sitting(stack, app, pilot)
        await first.live()
        before = names(first)
        await first.press("m", "j", "enter")
        await first.until(lambda: bool(SilenceFile(tmp_path).load()[0]))
    stack = lived_stack("incident", seconds=60)
    app = SutaztopApp(replace(stack.desk(), silences=SilenceFile(tmp_path)))
    async with app.run_test(size=(200, 50)) as pilot:
        second = Sitting(stack, app, pilot)
        await second.live()
        await second.until(lambda: bool(second.main.board.silenced))
        assert names(second) == before[1:]


async def test_a_file_that_can_not_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "silences.json").write_text("{")
    stack = lived_stack("incident", seconds=10)
    app = SutaztopApp(replace(stack.desk(), silences=SilenceFile(tmp_path)))
    async with app.run_test(size=(120, 40)) as pilot:
        here = Sitting(stack, app, pilot)
        await here.live()
        await here.until(lambda: "nothing is snoozed or muted" in " ".join(here.text.split()))


async def test_one_that_has_become_critical_comes_back_by_itself() -> None:
    async with sitting((120, 40), seconds=60) as here:
        board = here.main.board
        assert board.frame is not None
        now = board.desk.clock.now()
        mild = replace(board.frame.recommendations[0], severity=Severity.WARNING)
        silence = silence_of(mild, now, reason="known")
        assert heard([mild], [silence], now)[0] == ()
        worse = replace(mild, severity=Severity.CRITICAL)
        assert heard([worse], [silence], now)[0] == (worse,)
        assert heard([replace(mild, rule="R-OTHER")], [silence], now)[1] == ()


async def test_advice_grows_old_before_ones_eyes() -> None:
    async with sitting((120, 40), seconds=60) as here:
        assert " old" not in here.text.split("Do next")[1].split("╮")[0]
        here.stack.clock.advance(90)
        here.main.beat()
        here.main.redraw()
        await here.until(lambda: "old" in here.text.split("Do next")[1].split("╮")[0])
