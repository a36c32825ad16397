"""Keys typed ahead: several in one read keep their order, and go where they would one by one."""

from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.widgets import Input

from sutaztop.ui.keys import KeysInTurn
from sutaztop.ui.layout import Place
from sutaztop.ui.screens.ask import AskLimitsScreen
from sutaztop.ui.screens.confirm import ConfirmScreen
from tests.terminal import Terminal
from tests.ui.sitting import Sitting, sitting
from tests.ui.typing import rest, send_at_once


async def type_at_once(here: Sitting, text: str) -> None:
    send_at_once(here.app, text)
    await rest(here.pilot)


async def test_a_filter_in_one_read_loses_no_letter_to_a_command() -> None:
    async with sitting() as here:
        await type_at_once(here, "/neo4j\r")
        assert here.main.board.wish.filter_text == "neo4j"
        assert here.selected == "neo4j"
        assert here.main.focus_place is Place.FLEET
        assert not here.main.filtering


async def test_keys_after_the_filter_in_the_same_read_are_commands_again() -> None:
    async with sitting() as here:
        await type_at_once(here, "/neo4j\rx/back\x1bs")
        assert here.main.board.wish.filter_text == "neo4j"
        assert here.main.board.wish.problems_only
        assert type(here.app.screen).__name__ == "PickScreen"


async def test_yes_in_the_same_read_as_the_command_does_not_confirm() -> None:
    async with sitting() as here:
        await here.select("backend")
        await type_at_once(here, "Uy")
        assert isinstance(here.app.screen, ConfirmScreen)
        assert not here.stack.applied
        await type_at_once(here, "y\ry")
        assert isinstance(here.app.screen, ConfirmScreen)
        assert not here.stack.applied


async def test_letters_in_the_same_read_as_the_command_stand_in_the_form() -> None:
    async with sitting() as here:
        await here.select("backend")
        await type_at_once(here, "L3.5\t7 GiB")
        assert isinstance(here.app.screen, AskLimitsScreen)
        assert [it.value for it in here.app.screen.query(Input)] == ["3.5", "7 GiB"]


async def test_a_form_and_its_confirmation_in_one_read_apply_nothing() -> None:
    async with sitting(scenario="calm") as here:
        await here.select("backend")
        await type_at_once(here, "L3.5\ryyy\r")
        assert isinstance(here.app.screen, ConfirmScreen)
        assert not here.stack.applied


async def test_the_filter_of_a_log_takes_all_letters_of_one_read() -> None:
    async with sitting() as here:
        await type_at_once(here, "l/error w t\r")
        assert here.main.details.body.book.filter_text == "error w t"
        assert here.main.details_open
        assert not here.main.filtering


async def test_what_is_pasted_behind_a_key_waits_for_it() -> None:
    async with sitting() as here:
        send_at_once(here.app, "/")
        here.app.post_message(events.Paste("neo4j"))
        await type_at_once(here, "\r")
        assert here.main.board.wish.filter_text == "neo4j"


class Restless(KeysInTurn[int]):
    """An app in which there is always something left to do."""

    BINDINGS: ClassVar[list[BindingType]] = [("a", "note")]
    noted = 0

    def action_note(self) -> None:
        self.noted += 1

    def _is_quiet(self) -> bool:
        return False


async def test_a_screen_that_never_rests_delays_keys_but_keeps_none() -> None:
    app = Restless()
    async with app.run_test() as pilot:
        send_at_once(app, "aaa")
        while not app.keys_are_done:
            await pilot.pause(0.01)
        assert app.noted == 3


class Deaf(Restless):
    """An app in which what follows a key is lost."""

    def _follow(self) -> None:
        """Follow nothing."""


async def test_a_key_whose_end_is_never_told_holds_back_the_next_for_a_time_only() -> None:
    app = Deaf(patience=0.05)
    async with app.run_test() as pilot:
        send_at_once(app, "aaa")
        while not app.keys_are_done:
            await pilot.pause(0.01)
        assert app.noted == 3


async def test_more_keys_than_anybody_types_are_not_kept() -> None:
    app = Deaf(patience=0.05, most_waiting=2)
    async with app.run_test() as pilot:
        send_at_once(app, "a" * 9)
        while not app.keys_are_done:
            await pilot.pause(0.01)
        assert app.noted == 3


def test_a_filter_in_one_write_to_a_real_terminal_is_the_whole_filter() -> None:
    with Terminal(["--demo"]) as screen:
        screen.wait_for("Containers")
        screen.wait_for("backend")
        screen.send("/neo4j\rx")
        shown = screen.wait_for("match 'neo4j'")
        screen.wait_for("problems only")
        assert "neo4j" in shown
        screen.send("\x11")
        assert screen.wait_gone() == 0
