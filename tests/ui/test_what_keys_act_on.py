"""Keys act on what the operator looks at, and on nothing that is only remembered."""

import pytest
from textual import events

from sutaztop.ui.layout import Place
from sutaztop.ui.screens.confirm import ConfirmScreen
from tests.ui.sitting import Sitting, sitting
from tests.ui.typing import rest


def the_question(here: Sitting) -> ConfirmScreen:
    screen = here.app.screen
    assert isinstance(screen, ConfirmScreen)
    return screen


async def test_in_do_next_the_keys_mean_the_advised_container() -> None:
    async with sitting() as here:
        await here.press("5", "j")
        advice = here.main.board.advice
        assert advice is not None
        assert advice.subject.name != here.selected
        await here.press("U")
        assert advice.subject.name in the_question(here).plan.title
        await here.press("escape", "y")
        assert here.selected == advice.subject.name
        assert f"sutazai-{advice.subject.name}" in here.text


async def test_in_do_next_l_opens_the_advised_containers_log() -> None:
    async with sitting() as here:
        await here.press("5", "j")
        advice = here.main.board.advice
        assert advice is not None
        await here.press("l")
        assert here.main.details.body.container_id == advice.subject.id


async def test_an_advised_container_that_the_filter_hides_is_not_acted_on_through_another() -> None:
    async with sitting() as here:
        await here.press("slash", *"postgres", "enter", "5", "U")
        assert here.app.screen is here.main
        assert "not among the containers that the filter shows" in here.text


@pytest.mark.parametrize("place", [Place.HOST, Place.DISKS])
async def test_where_no_container_is_chosen_keys_choose_none_and_act_on_none(place: Place) -> None:
    async with sitting(size=(80, 24)) as here:
        before = here.selected
        here.main.focus_panel(place)
        await here.press("j", "k", "j", "U")
        assert here.selected == before
        assert here.app.screen is here.main
        assert "no container is chosen in this panel" in here.text


@pytest.mark.parametrize("keys", [("v",), ("s", "down", "enter"), ("full_stop",)], ids=["group", "sort", "next"])
async def test_the_selection_is_in_sight_after_rows_were_put_in_another_order(keys: tuple[str, ...]) -> None:
    async with sitting(size=(80, 24)) as here:
        await here.press("j", *keys)
        assert here.main.fleet.selected_line() is not None


async def test_what_is_acted_on_comes_into_sight() -> None:
    async with sitting(size=(80, 24)) as here:
        await here.press("j")
        here.main.fleet.scroll_by(60)
        assert here.main.fleet.selected_line() is None
        await here.press("U", "escape")
        assert here.main.fleet.selected_line() is not None


@pytest.mark.parametrize("key", ["tab", "shift+tab"])
async def test_tab_leads_nowhere_while_a_filter_is_typed(key: str) -> None:
    async with sitting() as here:
        await here.press("slash", "q", "d", key, "r", "U", "q")
        assert here.app.is_running
        assert here.app.screen is here.main
        assert here.main.board.wish.filter_text == "qdrUq"


async def test_tab_leads_nowhere_while_a_logs_filter_is_typed() -> None:
    async with sitting() as here:
        await here.press("enter", "l", "slash", "e", "tab", "q")
        assert here.app.is_running
        assert here.main.details.body.book.filter_text == "eq"
        assert "log /" in here.text
        await here.press("escape")
        assert here.main.details.body.book.filter_text == ""


async def test_the_palette_buries_no_question() -> None:
    async with sitting() as here:
        await here.press("U")
        question = the_question(here)
        await here.press("ctrl+p")
        assert here.app.screen is question


async def test_the_palette_lists_commands_over_the_main_screen() -> None:
    async with sitting() as here:
        await here.press("ctrl+p")
        assert here.app.screen is not here.main
        await here.press("escape")
        assert here.app.screen is here.main


async def test_a_click_on_a_frame_or_a_heading_chooses_nothing() -> None:
    async with sitting() as here:
        before = here.selected
        fleet = here.main.fleet
        for y in (0, 1, fleet.size.height - 1):
            fleet.on_click(click_at(fleet, y))
            await rest(here.pilot)
            assert here.selected == before, y
        fleet.on_click(click_at(fleet, 4))
        await rest(here.pilot)
        assert here.selected != before


def click_at(fleet: object, y: int) -> events.Click:
    return events.Click(fleet, 5, y, 0, 0, 1, shift=False, meta=False, ctrl=False)  # type: ignore[arg-type] # a widget


async def test_a_reason_that_its_line_cuts_is_told_whole_where_there_is_room() -> None:
    async with sitting() as here:
        await here.press("5", "z")
        advice = here.main.board.advice
        assert advice is not None
        words = " ".join(here.text.replace("│", " ").split())
        assert " ".join(advice.reason.split()) in words
        assert "filesystem 92 % full" in words


async def test_one_step_more_is_at_least_what_is_recommended() -> None:
    async with sitting() as here:
        await here.select("ollama")
        await here.press("U")
        assert "9.62 GiB" in here.text or "9856 MiB" in here.text


async def test_the_footer_tells_first_what_the_panel_is_for() -> None:
    async with sitting(size=(80, 24)) as here:
        await here.press("4")
        assert "O unload" in here.text.splitlines()[-1]
        await here.press("5")
        assert "A apply" in here.text.splitlines()[-1]
