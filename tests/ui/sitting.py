"""A person before the main screen: keys, what is seen, and time that passes when told to."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

from textual.pilot import Pilot

from sutaztop.render.arrange import Arranged, Grouping
from sutaztop.ui.app import SutaztopApp
from sutaztop.ui.screens.main import MainScreen
from tests.ui.lived import lived_stack
from tests.ui.look import text_of
from tests.ui.typing import press, rest
from tests.ui.world import Stack


@dataclass
class Sitting:
    """A person before the screen."""

    stack: Stack
    app: SutaztopApp
    pilot: Pilot[int]

    @property
    def main(self) -> MainScreen:
        return cast("MainScreen", self.app.resident)

    @property
    def text(self) -> str:
        return text_of(self.app)

    @property
    def arranged(self) -> Arranged:
        assert self.main.board.arranged is not None
        return self.main.board.arranged

    @property
    def grouping(self) -> Grouping:
        return self.main.board.wish.grouping

    @property
    def selected(self) -> str:
        found = self.main.board.container
        return found.display_name if found is not None else ""

    async def press(self, *keys: str) -> None:
        await press(self.pilot, *keys)

    async def live(self, seconds: int = 1) -> None:
        self.main.take_frame(self.stack.live(seconds))
        await rest(self.pilot)

    async def select(self, name: str) -> None:
        board = self.main.board
        assert board.frame is not None
        board.touched = True
        board.container_id = next(it.id for it in board.frame.snapshot.containers if it.display_name == name)
        self.main.redraw()
        await rest(self.pilot)

    async def until(self, claim: Callable[[], bool]) -> None:
        """Wait for something that another thread brings about."""
        for _ in range(500):
            if claim():
                return
            await self.pilot.pause(0.01)
        raise AssertionError("it did not come about in time")


@asynccontextmanager
async def sitting(
    size: tuple[int, int] = (120, 40), scenario: str = "incident", *, read_only: bool = False, seconds: int = 40
) -> AsyncIterator[Sitting]:
    stack = lived_stack(scenario, seconds=seconds)
    app = stack.app(read_only=read_only)
    async with app.run_test(size=size) as pilot:
        here = Sitting(stack, app, pilot)
        await here.live()
        yield here
