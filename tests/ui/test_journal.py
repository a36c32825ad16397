"""Undo, borrowed changes and the journal on the screen."""

import pytest

from sutaztop.domain.change import Result
from sutaztop.ui.screens.confirm import ConfirmScreen, KeepScreen, RefusalScreen
from sutaztop.ui.screens.journal import JournalScreen
from tests.ui.borrowed import CHANGE_ID, noticed, raised_before
from tests.ui.sitting import Sitting, sitting
from tests.ui.test_keep import OURS, let_drift


async def agree(here: Sitting, key: str) -> None:
    here.stack.clock.advance(1.0)
    await here.press(key)


async def test_b_borrows_for_the_configured_time_and_the_header_counts_down() -> None:
    async with sitting(seconds=200) as here:
        await here.select("postgres")
        await here.press("U")
        assert "Borrow 10 min (b)" in here.text
        await agree(here, "b")
        await here.until(lambda: len(here.stack.journal.kept) == 2)
        intent, outcome = here.stack.journal.kept
        assert (outcome.result, intent.borrow is not None) == (Result.APPLIED, True)
        assert here.stack.lender.watched == [intent.change_id]
        await noticed(here, intent.change_id)
        assert "borrowed: sutazai-postgres" in here.text
        assert "back in 10:00" in here.text
        here.stack.clock.advance(168)
        await here.live(0)
        here.main.beat()
        await here.pilot.pause()
        assert "back in 7:12" in here.text


async def test_y_still_applies_for_good() -> None:
    async with sitting(seconds=200) as here:
        await here.select("postgres")
        await here.press("U")
        await agree(here, "y")
        await here.until(lambda: len(here.stack.journal.kept) == 2)
        assert here.stack.journal.kept[0].borrow is None
        assert here.stack.lender.watched == []


async def test_what_cannot_be_taken_back_is_not_offered_to_be_borrowed() -> None:
    async with sitting(seconds=200) as here:
        await here.press("4", "O")
        assert isinstance(here.app.screen, ConfirmScreen)
        assert "Borrow" not in here.text
        assert "not possible: nothing takes it back" in here.text
        await agree(here, "b")
        assert not here.stack.applied


async def test_z_shows_which_change_it_takes_back_and_does_so_only_after_yes() -> None:
    async with sitting(seconds=200) as here:
        change = await raised_before(here, "backend")
        engine = here.stack.demo.engine
        await here.press("Z")
        assert isinstance(here.app.screen, ConfirmScreen)
        shown = " ".join(here.text.split())
        assert f"takes back change {CHANGE_ID}" in shown
        assert "by alice" in shown
        assert engine.inspect(change.id).resources.limits == change.after
        await agree(here, "y")
        await here.until(lambda: engine.inspect(change.id).resources.limits == change.before)
        await here.until(lambda: here.stack.journal.kept[-1].phase == "outcome")
        assert here.stack.journal.kept[-1].undoes == CHANGE_ID


async def test_z_takes_a_file_back_that_keeps_limits_with_its_difference_shown() -> None:
    async with sitting(seconds=10) as here:
        await let_drift(here)
        await here.press("F")
        await here.until(lambda: isinstance(here.app.screen, ConfirmScreen))
        await agree(here, "y")
        await here.until(lambda: OURS in here.stack.demo.files.texts and len(here.stack.journal.kept) == 2)
        await noticed(here, here.stack.journal.kept[0].change_id)
        await here.press("Z")
        assert isinstance(here.app.screen, ConfirmScreen), here.main.message.text
        await agree(here, "y")
        await here.until(lambda: OURS not in here.stack.demo.files.texts)


async def test_z_means_the_selected_container_before_the_last_of_all() -> None:
    async with sitting(seconds=200) as here:
        await raised_before(here, "postgres", change_id="a" * 12)
        await raised_before(here, "backend", change_id="b" * 12)
        await here.select("postgres")
        assert here.main.board.undoable is not None
        assert here.main.board.undoable.change_id == "a" * 12
        await here.select("redis")
        assert here.main.board.undoable.change_id == "b" * 12


async def test_without_a_change_z_and_k_say_that_there_is_none() -> None:
    async with sitting() as here:
        await here.press("Z")
        assert "no change that could be taken back" in here.main.message.text
        await here.press("K")
        assert "no change is borrowed" in here.main.message.text


async def test_z_refuses_where_somebody_changed_it_since() -> None:
    async with sitting(seconds=200) as here:
        change = await raised_before(here)
        assert change.after.cpu is not None
        here.stack.demo.engine.set_limits(change.id, change.after, change.after.with_cpu(type(change.after.cpu)(1.25)))
        await here.live()
        await here.press("Z")
        assert isinstance(here.app.screen, RefusalScreen)
        assert "cpu 1.25" in here.text


async def test_k_asks_and_lets_a_borrowed_change_stay() -> None:
    async with sitting(seconds=200) as here:
        await raised_before(here, borrow=600.0)
        assert "borrowed:" in here.text
        await here.press("K")
        assert isinstance(here.app.screen, KeepScreen)
        await agree(here, "enter")
        assert here.stack.journal.kept[-1].phase == "outcome"
        await here.press("K")
        await agree(here, "y")
        await here.until(lambda: here.stack.journal.kept[-1].phase == "kept")
        await here.until(lambda: "It stays" in here.main.message.text)
        await here.until(lambda: not here.main.board.open_changes)
        await here.pilot.pause()
        assert "borrowed:" not in here.text


async def test_an_overdue_change_stands_in_the_header_in_words_until_it_is_decided() -> None:
    async with sitting(seconds=200) as here:
        await raised_before(here, borrow=5.0)
        here.stack.clock.advance(60)
        here.main.beat()
        await here.pilot.pause()
        assert "OVERDUE: sutazai-postgres" in here.text


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_an_unfinished_change_is_told_with_what_reading_back_shows(size: tuple[int, int]) -> None:
    async with sitting(size, seconds=200) as here:
        await raised_before(here, result=None)
        await here.until(lambda: bool(here.main.board.open_changes))
        here.main.beat()
        await here.pilot.pause()
        assert "UNFINISHED: sutazai-postgres cpu" in here.text
        assert here.main.board.open_changes[0][1] is not None
        assert here.main.board.open_changes[0][1].standing.value == "made"


async def test_6_lists_the_changes_newest_first_and_escape_closes_it() -> None:
    async with sitting(seconds=200) as here:
        await raised_before(here, "postgres", change_id="a" * 12)
        await raised_before(here, "backend", change_id="b" * 12)
        await here.press("6")
        assert isinstance(here.app.screen, JournalScreen)
        assert here.text.index("sutazai-backend cpu") < here.text.index("sutazai-postgres cpu")
        assert "2 changes, newest first" in here.text
        assert "b" * 12 in here.text
        await here.press("j")
        assert "a" * 12 in here.text
        await here.press("escape")
        assert len(here.app.screen_stack) == 2


async def test_the_journal_is_narrowed_to_the_selected_container_and_to_what_is_open() -> None:
    async with sitting(seconds=200) as here:
        await raised_before(here, "postgres", change_id="a" * 12)
        await raised_before(here, "backend", borrow=600.0, change_id="b" * 12)
        await here.select("postgres")
        await here.press("6", "c")
        assert "1 change, newest first · of the selected container" in here.text
        assert "sutazai-backend" not in here.text
        await here.press("c", "o")
        assert "only what is open" in here.text
        assert "sutazai-postgres" not in here.text


@pytest.mark.parametrize(("key", "asking"), [("Z", ConfirmScreen), ("K", KeepScreen)])
async def test_the_chosen_change_of_the_journal_is_taken_back_or_kept_after_asking(key: str, asking: type) -> None:
    async with sitting(seconds=200) as here:
        await raised_before(here, borrow=600.0)
        written = list(here.stack.journal.kept)
        await here.press("6", key)
        assert isinstance(here.app.screen, asking)
        await here.press("escape")
        assert here.stack.journal.kept == written


async def test_the_journal_changes_nothing_under_read_only() -> None:
    async with sitting(seconds=200, read_only=True) as here:
        await raised_before(here, borrow=600.0)
        written = list(here.stack.journal.kept)
        for key in "ZK":
            await here.press("6", key)
            assert here.app.screen is here.main
            assert "read-only" in here.main.message.text
        assert here.stack.journal.kept == written


@pytest.mark.parametrize("size", [(20, 5), (40, 10), (60, 18), (200, 50)])
async def test_the_journal_opens_at_any_size(size: tuple[int, int]) -> None:
    async with sitting(size, seconds=200) as here:
        await raised_before(here)
        await here.press("6", "j", "k", "G", "g", "pagedown", "pageup")
        assert isinstance(here.app.screen, JournalScreen)
