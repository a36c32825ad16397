"""Every command that may change something: it asks first, and read-only holds it back."""

import pytest

from sutaztop.domain.service import Orchestrator
from sutaztop.ui.commands import COMMANDS, MENU_KEY, Command, Need
from sutaztop.ui.screens.ask import AskLimitsScreen, AskReplicasScreen
from sutaztop.ui.screens.confirm import ConfirmScreen, KeepScreen
from sutaztop.ui.screens.hand_over import HandOverScreen
from sutaztop.ui.screens.menu import MenuScreen
from sutaztop.ui.screens.pick import PickScreen
from tests.ui.borrowed import raised_before
from tests.ui.sitting import Sitting, sitting
from tests.ui.test_keep import let_drift

ASKING = ConfirmScreen | AskLimitsScreen | AskReplicasScreen | PickScreen | KeepScreen | HandOverScreen
DANGEROUS = [it for it in COMMANDS if it.is_dangerous]


async def ready(here: Sitting, command: Command) -> None:
    """Select what a command needs."""
    if command.id == "replicas":
        board = here.main.board
        assert board.frame is not None
        service = next(it for it in board.frame.snapshot.services if not it.not_scalable and it.container_ids)
        board.touched = True
        board.container_id = service.container_ids[0]
    elif command.id in ("rollback", "redeploy"):
        board = here.main.board
        assert board.frame is not None
        service = next(it for it in board.frame.snapshot.services if it.orchestrator is Orchestrator.SWARM)
        board.touched = True
        board.container_id = service.container_ids[0]
    elif command.id == "keep-limits":
        await let_drift(here)
    elif command.id == "remove":
        await here.select("jax")
    elif command.id in ("pin", "preload"):
        await here.press("4")
    elif command.needs in (Need.CHANGE, Need.OPEN_CHANGE):
        await raised_before(here, borrow=600.0)
    elif command.id.startswith("limits") or command.needs is Need.CONTAINER:
        await here.select("postgres")


def keys_of(command: Command) -> tuple[str, ...]:
    """Give the keys that run a command: its own, or those of the action menu."""
    return command.keys[:1] or (MENU_KEY, command.letter)


@pytest.mark.parametrize("command", DANGEROUS, ids=lambda it: it.id)
async def test_a_dangerous_command_asks_first_and_changes_nothing(command: Command) -> None:
    async with sitting(seconds=200) as here:
        await ready(here, command)
        written = list(here.stack.journal.kept)
        await here.press(*keys_of(command))
        await here.until(lambda: here.app.screen is not here.main)
        assert isinstance(here.app.screen, ASKING), here.text
        assert not here.stack.applied
        await here.press("escape")
        assert not here.stack.applied
        assert here.stack.journal.kept == written


@pytest.mark.parametrize("command", DANGEROUS, ids=lambda it: it.id)
async def test_read_only_greys_a_dangerous_command_and_says_why(command: Command) -> None:
    async with sitting(read_only=True) as here:
        await ready(here, command)
        await here.press(*keys_of(command))
        if not command.keys:
            assert isinstance(here.app.screen, MenuScreen)
            assert "not now: read-only" in here.text
            await here.press("enter", "escape")
            here.main.action_run(command.id)
        assert here.app.screen is here.main
        assert "read-only" in here.main.message.text


async def test_every_key_pressed_under_read_only_applies_nothing() -> None:
    async with sitting(read_only=True) as here:
        for command in COMMANDS:
            if command.id == "quit":
                continue
            for keys in (*((key,) for key in command.keys), keys_of(command)):
                await here.press(*keys)
                while here.app.screen is not here.main:
                    await here.press("y", "enter", "escape")
        assert not here.stack.applied
        assert not here.stack.journal.kept
