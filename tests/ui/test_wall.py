"""The wall: pages turn, old data takes over, and nothing can be changed from it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import pytest
from textual.pilot import Pilot

from sutaztop.domain.event import Event
from sutaztop.domain.finding import Severity
from sutaztop.domain.sample import Trouble
from sutaztop.render.wall import Page
from sutaztop.ui.app import SutaztopApp
from sutaztop.ui.commands import COMMANDS
from sutaztop.ui.screens.wall import WallScreen, severity_of
from tests.given import NOW
from tests.ui.lived import lived_stack
from tests.ui.look import text_of
from tests.ui.typing import press, rest
from tests.ui.world import Stack


class Hung:
    """A wall on its wall."""

    def __init__(self, stack: Stack, app: SutaztopApp, pilot: Pilot[int]) -> None:
        self.stack, self.app, self.pilot = stack, app, pilot

    @property
    def wall(self) -> WallScreen:
        return cast("WallScreen", self.app.resident)

    @property
    def text(self) -> str:
        return text_of(self.app)

    async def live(self, seconds: int = 1) -> None:
        self.wall.take_frame(self.stack.live(seconds))
        await rest(self.pilot)


@asynccontextmanager
async def hung(size: tuple[int, int] = (120, 40), scenario: str = "incident") -> AsyncIterator[Hung]:
    stack = lived_stack(scenario, seconds=30)
    app = stack.app(wall=True)
    async with app.run_test(size=size) as pilot:
        here = Hung(stack, app, pilot)
        await here.live()
        yield here


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)], ids=str)
@pytest.mark.parametrize(
    ("page", "explained"), [(Page.DISKS, "SSD, of 300 GiB"), (Page.MODELS, "models loaded")], ids=["disks", "models"]
)
async def test_large_figures_stand_over_the_lines_that_explain_them(
    size: tuple[int, int], page: Page, explained: str
) -> None:
    async with hung(size) as here:
        here.wall.view.page = page
        await here.live()
        above, _, below = here.text.partition(explained)
        assert "██████" in above
        assert ("Ollama models" if page is Page.DISKS else "codellama:7b") in below


async def test_a_tier_with_one_part_too_full_is_called_so_in_its_large_figure() -> None:
    async with hung() as here:
        here.wall.view.page = Page.DISKS
        await here.live()
        assert "‼ SSD, of 300 GiB" in here.text


async def test_pages_turn_through_all_and_begin_again() -> None:
    async with hung() as here:
        seen = []
        for _ in Page:
            seen.append(here.wall.view.page)
            here.wall.turn()
        assert seen == list(Page)
        assert here.wall.view.page is Page.OVERVIEW


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (Page.OVERVIEW, "need attention"),
        (Page.WORST, "ollama"),
        (Page.DISKS, "SSD"),
        (Page.MODELS, "codellama"),
        (Page.CHANGES, "Nothing has happened"),
    ],
)
async def test_every_page_shows_its_subject(page: Page, words: str) -> None:
    async with hung() as here:
        here.wall.view.page = page
        here.wall.view.redraw()
        assert words in here.text


async def test_the_worst_stays_on_top_while_something_is_critical() -> None:
    async with hung() as here:
        for _ in Page:
            assert "‼ " in here.text
            here.wall.turn()


async def test_the_clock_moves_without_data() -> None:
    async with hung() as here:
        before = here.text.split("\n")[0]
        here.stack.clock.advance(1)
        here.wall.view.redraw()
        assert here.text.split("\n")[0] != before


async def test_data_older_than_five_intervals_takes_over_with_the_reason() -> None:
    async with hung() as here:
        here.stack.clock.advance(47)
        here.wall.view.redraw()
        assert "the last figures are 47 s old" in here.text
        assert "ollama" not in here.text


async def test_a_lost_engine_takes_over_with_its_reason_and_gives_way_on_return() -> None:
    async with hung() as here:
        here.stack.source.trouble = Trouble("The engine does not answer", "connection refused")
        await here.live(8)
        assert "connection refused" in here.text
        assert "the last figures are 8 s old" in here.text
        here.stack.source.trouble = None
        await here.live()
        assert "connection refused" not in here.text


async def test_no_key_of_the_main_screen_does_anything() -> None:
    async with hung() as here:
        for command in COMMANDS:
            for key in command.keys:
                if key not in ("q", "question_mark", "ctrl+c"):
                    await press(here.pilot, key)
                    assert here.app.screen is here.wall, key
        assert here.app.is_running
        assert here.app.desk.apply is None
        assert not here.stack.journal.kept


async def test_one_q_does_not_quit_and_a_held_one_does() -> None:
    async with hung() as here:
        await press(here.pilot, "q")
        assert here.app.is_running
        await press(here.pilot, "q", "q")
    assert here.app.return_value == 0


async def test_help_says_how_to_leave() -> None:
    async with hung() as here:
        await press(here.pilot, "question_mark")
        assert "q held" in here.text


@pytest.mark.parametrize("size", [(1, 1), (5, 2), (20, 5), (40, 12), (60, 18), (500, 100)])
async def test_no_size_crashes_on_any_page(size: tuple[int, int]) -> None:
    async with hung(size) as here:
        for _ in Page:
            assert len(here.text.split("\n")) == size[1]
            here.wall.turn()
            await rest(here.pilot)


@pytest.mark.parametrize(
    ("action", "detail", "severity"),
    [
        ("die", "0", Severity.OK), ("die", "137", Severity.WARNING), ("oom", "", Severity.CRITICAL),
        ("health_status", "healthy", Severity.OK), ("health_status", "unhealthy", Severity.WARNING),
        ("start", "", Severity.OK),
    ],
)  # fmt: skip
def test_an_end_that_was_meant_is_no_alarm(action: str, detail: str, severity: Severity) -> None:
    assert severity_of(Event(NOW, 1, "container", action, "x", detail=detail)) is severity
