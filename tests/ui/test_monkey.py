"""A monkey at the keyboard: whatever is pressed, without a confirmation nothing changes."""

import os
import random
import string

import pytest

from sutaztop.ui.screens.wall import WallScreen
from tests.ui.lived import lived_stack
from tests.ui.sitting import Sitting
from tests.ui.typing import press

SESSIONS = int(os.environ.get("SUTAZTOP_MONKEYS", "8"))
"""Fifty take minutes; a few in each run find what they find in time."""
_KEYS = (
    *string.ascii_letters, *string.digits, "slash", "colon", "question_mark", "comma", "full_stop", "plus", "minus",
    "enter", "escape", "space", "up", "down", "home", "end", "pageup", "pagedown", "delete", "backspace",
    "ctrl+d", "ctrl+k", "ctrl+l", "ctrl+u", "ctrl+w", "ctrl+z", "f1", "f5",
)  # fmt: skip
_CONFIRMS = {"y", "b", "q"}
"""``y`` confirms, ``b`` does so for a while, ``q`` leaves. Tab and the arrows to the side are left out too."""
_KEPT = tuple(key for key in _KEYS if key not in _CONFIRMS)


@pytest.mark.parametrize("seed", range(SESSIONS))
async def test_a_monkey_changes_nothing_without_a_confirmation(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - keys, not secrets
    stack = lived_stack("incident", seconds=40)
    before = [(it.id, it.state, it.resources) for it in stack.demo.engine.containers()]
    app = stack.app()
    async with app.run_test(size=(120, 40)) as pilot:
        here = Sitting(stack, app, pilot)
        await here.live()
        for _ in range(40):
            # Time passes, so that it is not the deafness of young dialogs that protects.
            stack.clock.advance(1.0)
            await press(pilot, chance.choice(_KEPT))
        assert not isinstance(app.screen, WallScreen)
        assert app.is_running
    assert not stack.applied
    assert not [it for it in stack.journal.kept if it.phase == "intent"]
    assert [(it.id, it.state, it.resources) for it in stack.demo.engine.containers()] == before
