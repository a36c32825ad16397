"""The screen as text, at four sizes: main, details, confirm, wall."""

import pytest

from sutaztop.ui.screens.around import AroundScreen
from tests.ui.frames import SIZES, check_frame
from tests.ui.lived import lived_stack
from tests.ui.picture import PICTURE, draw, words_of
from tests.ui.sitting import sitting

IDS = [f"{width}x{height}" for width, height in SIZES]


@pytest.mark.parametrize("size", SIZES, ids=IDS)
async def test_the_main_screen(size: tuple[int, int], update_frames: bool) -> None:
    async with sitting(size, seconds=200) as here:
        check_frame(here.app, f"main-{size[0]}x{size[1]}", update=update_frames)


@pytest.mark.parametrize("size", SIZES, ids=IDS)
async def test_the_details(size: tuple[int, int], update_frames: bool) -> None:
    async with sitting(size, seconds=200) as here:
        await here.select("backend")
        await here.press("enter")
        body = here.main.details.body
        await here.until(lambda: body.asked.kernel is not None and "…" not in body.plain_lines()[-1])
        await here.live(1)
        check_frame(here.app, f"details-{size[0]}x{size[1]}", update=update_frames)


@pytest.mark.parametrize("size", SIZES, ids=IDS)
async def test_the_cursor_and_the_lines_around_it(size: tuple[int, int], update_frames: bool) -> None:
    async with sitting(size, seconds=200) as here:
        await here.select("backend")
        await here.press("c")
        await here.until(lambda: here.main.details.body.asked.kernel is not None)
        await here.live(1)
        check_frame(here.app, f"cursor-{size[0]}x{size[1]}", update=update_frames)
        await here.press("enter", "m")
        screen = here.app.screen
        assert isinstance(screen, AroundScreen)
        await here.until(lambda: not screen.book.is_reading)
        await here.until(lambda: "reading" not in here.text and "more neighbours" in here.text)
        check_frame(here.app, f"around-{size[0]}x{size[1]}", update=update_frames)


@pytest.mark.parametrize("size", SIZES, ids=IDS)
async def test_why(size: tuple[int, int], update_frames: bool) -> None:
    async with sitting(size, seconds=200) as here:
        await here.press("5", "enter")
        await here.live(1)
        check_frame(here.app, f"why-{size[0]}x{size[1]}", update=update_frames)


@pytest.mark.parametrize("size", SIZES, ids=IDS)
async def test_the_confirmation(size: tuple[int, int], update_frames: bool) -> None:
    async with sitting(size, seconds=200) as here:
        await here.select("backend")
        await here.press("U")
        check_frame(here.app, f"confirm-{size[0]}x{size[1]}", update=update_frames)


@pytest.mark.parametrize("size", SIZES, ids=IDS)
async def test_the_wall(size: tuple[int, int], update_frames: bool) -> None:
    stack = lived_stack(seconds=200)
    app = stack.app(wall=True)
    async with app.run_test(size=size) as pilot:
        app.resident.take_frame(stack.live(1))
        await pilot.pause()
        check_frame(app, f"wall-{size[0]}x{size[1]}", update=update_frames)


async def test_the_picture_in_the_readme_shows_the_screen_as_it_is(update_frames: bool) -> None:
    picture = await draw()
    if update_frames:
        PICTURE.write_text(picture, encoding="utf-8")
    kept = PICTURE.read_text(encoding="utf-8")
    assert words_of(kept) == words_of(picture), "look at docs/screen.svg, then run `make frames`"
    assert "@font-face" not in kept
    assert "url(http" not in kept
