"""The action menu: what can be done, by its letter, and why not where it can't; and what comes of it."""

import pytest

from sutaztop.domain.container import ContainerState
from sutaztop.domain.service import Orchestrator
from sutaztop.domain.verbs import Signal
from sutaztop.ui.screens.confirm import ConfirmScreen
from sutaztop.ui.screens.menu import Action, MenuScreen
from sutaztop.ui.screens.pick import PickScreen
from tests.ui.sitting import Sitting, sitting
from tests.ui.typing import rest, send_at_once


def rows(here: Sitting) -> dict[str, Action]:
    """Give the menu's rows by their letters."""
    screen = here.app.screen
    assert isinstance(screen, MenuScreen), here.text
    return {it.letters[0]: it for it in screen._list.actions}


async def confirm(here: Sitting) -> None:
    assert isinstance(here.app.screen, ConfirmScreen), here.text
    here.stack.clock.advance(1.0)
    await here.press("y")
    await here.until(lambda: not here.main.changes.busy and len(here.stack.journal.kept) % 2 == 0)
    await here.until(lambda: "pplied" in here.main.message.text)


def state(here: Sitting, name: str) -> ContainerState:
    return here.stack.demo.engine.inspect(f"sutazai-{name}").state


async def test_a_lists_what_can_be_done_and_greys_the_rest_with_its_reason() -> None:
    async with sitting() as here:
        await here.select("backend")
        await here.press("a")
        shown = rows(here)
        assert {"a", "s", "r", "p", "k", "d", "b", "f", "l", "o", "U", "D", "L", "R", "A", "F", "Z", "K"} == set(shown)
        assert not any(shown[it].why_not for it in "srpk")
        assert "is running" in shown["d"].why_not
        assert "no Swarm service" in shown["b"].why_not
        assert "Actions: backend" in here.text


async def test_a_letter_that_is_greyed_chooses_nothing_and_says_why() -> None:
    async with sitting() as here:
        await here.select("backend")
        await here.press("a", "d")
        assert isinstance(here.app.screen, MenuScreen)
        assert "not now: sutazai-backend is running" in here.text


async def test_a_and_s_stop_a_container_and_again_start_it() -> None:
    async with sitting() as here:
        await here.select("backend")
        await here.press("a", "s")
        await confirm(here)
        assert state(here, "backend") is ContainerState.EXITED
        await here.live(5)
        await here.select("backend")
        await here.press("a")
        assert rows(here)["s"].title == "start"
        await here.press("s")
        await confirm(here)
        assert state(here, "backend") is ContainerState.RUNNING


async def test_p_pauses_and_unpauses() -> None:
    async with sitting() as here:
        await here.select("backend")
        await here.press("a", "p")
        await confirm(here)
        assert state(here, "backend") is ContainerState.PAUSED
        await here.live(5)
        await here.select("backend")
        await here.press("a")
        assert rows(here)["p"].title == "unpause"
        await here.press("p")
        await confirm(here)
        assert state(here, "backend") is ContainerState.RUNNING


async def test_k_asks_for_the_signal_and_only_then_previews() -> None:
    async with sitting() as here:
        await here.select("backend")
        await here.press("a", "k")
        assert isinstance(here.app.screen, PickScreen)
        assert all(it.value in here.text for it in Signal)
        await here.press(*["down"] * (len(Signal) - 1), "enter")
        assert "docker kill --signal KILL" in here.text
        await confirm(here)
        assert here.stack.demo.engine.inspect("sutazai-backend").exit_code == 137


async def test_d_removes_one_that_does_not_run() -> None:
    async with sitting() as here:
        await here.select("jax")
        await here.press("a", "d")
        await confirm(here)
        assert "sutazai-jax" not in {it.name for it in here.stack.demo.engine.containers()}


@pytest.mark.parametrize("letter", ["b", "f"])
async def test_a_swarm_service_is_rolled_back_and_made_anew(letter: str) -> None:
    async with sitting() as here:
        board = here.main.board
        assert board.frame is not None
        service = next(it for it in board.frame.snapshot.services if it.orchestrator is Orchestrator.SWARM)
        board.touched, board.container_id = True, service.container_ids[0]
        await here.press("a", letter)
        await confirm(here)
        now = here.stack.demo.engine.service(service.id)
        assert now.rollout == ("rollback_completed" if letter == "b" else "completed")
        assert not set(now.container_ids) & set(service.container_ids)


async def test_in_the_models_panel_p_pins_the_model_and_r_is_for_its_servers_container() -> None:
    async with sitting() as here:
        await here.press("4", "a")
        shown = rows(here)
        row = here.main.board.model
        assert row is not None
        assert shown["p"].title == f"pin {row.model.name}"
        assert shown["r"].target == row.server.container_id
        await here.press("p")
        await confirm(here)
        now = here.stack.demo.models.read()
        assert next(it for it in now.loaded if it.name == row.model.name).is_pinned(here.stack.clock.now())


async def test_l_picks_among_the_installed_models_that_are_not_loaded() -> None:
    async with sitting(scenario="busy") as here:
        await here.press("4", "a", "l")
        assert isinstance(here.app.screen, PickScreen)
        assert "tinyllama" in here.text
        loaded = {it.name for it in here.stack.demo.models.read().loaded}
        assert not [name for name in loaded if f" {name} " in here.text.split("Preload")[1]]
        await here.press(*["down"] * 9, "enter")
        await confirm(here)
        assert len(here.stack.demo.models.read().loaded) == len(loaded) + 1


async def test_a_choice_for_a_container_that_changed_meanwhile_is_not_carried_out() -> None:
    async with sitting() as here:
        await here.select("backend")
        await here.press("a")
        here.stack.demo.world.stop("sutazai-backend")
        await here.live(2)
        await here.press("s")
        assert here.app.screen is here.main
        assert "changed meanwhile" in here.main.message.text
        assert not here.stack.applied


async def test_menu_letter_and_yes_in_one_read_apply_nothing() -> None:
    async with sitting() as here:
        await here.select("backend")
        send_at_once(here.app, "asy\r")
        await rest(here.pilot)
        assert isinstance(here.app.screen, ConfirmScreen)
        assert not here.stack.applied


async def test_less_limits_by_d_stay_over_what_the_container_holds() -> None:
    async with sitting() as here:
        await here.select("backend")
        before = here.stack.demo.engine.inspect("sutazai-backend").resources.limits
        await here.press("D")
        assert "Scale down" in here.text
        await confirm(here)
        after = here.stack.demo.engine.inspect("sutazai-backend").resources.limits
        assert after.cpu is not None
        assert before.cpu is not None
        assert after.cpu < before.cpu


@pytest.mark.parametrize("size", [(1, 1), (20, 5), (40, 8), (60, 18), (200, 50)])
async def test_no_size_crashes_the_menu(size: tuple[int, int]) -> None:
    async with sitting(size) as here:
        await here.press("a", *["down"] * 20, "escape")
        assert here.app.screen is here.main
