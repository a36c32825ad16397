"""The dialog before a change: nothing but a deliberate yes gets through."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from textual import events
from textual.pilot import Pilot

from sutaztop.domain.change import Plan, Refusal
from sutaztop.domain.quantity import Seconds
from sutaztop.render.graphs import Glyphs
from sutaztop.ui.screens.confirm import ConfirmScreen, RefusalScreen
from tests.clock import SetClock
from tests.render.test_preview import the_plan
from tests.ui.look import Stage, text_of
from tests.ui.typing import press, rest

NOT_YET = object()
"""No answer was given."""


class Asked:
    """A dialog on the stage, its clock and its answer."""

    def __init__(self, pilot: Pilot[None], clock: SetClock) -> None:
        self.pilot = pilot
        self.clock = clock
        self.answer: object = NOT_YET

    async def press(self, *keys: str, after: float = 0.5) -> None:
        self.clock.advance(after)
        await press(self.pilot, *keys)

    @property
    def text(self) -> str:
        return text_of(self.pilot.app)

    @property
    def focused(self) -> str | None:
        return self.pilot.app.focused.id if self.pilot.app.focused else None


@asynccontextmanager
async def asked(
    plan: Plan | None = None, size: tuple[int, int] = (80, 24), glyphs: Glyphs = Glyphs.BRAILLE
) -> AsyncIterator[Asked]:
    clock = SetClock()
    app = Stage(glyphs=glyphs)
    async with app.run_test(size=size) as pilot:
        asking = Asked(pilot, clock)

        def note(answer: bool | Seconds | None) -> None:
            asking.answer = answer

        app.push_screen(ConfirmScreen(plan or the_plan(), clock=clock), note)
        await rest(pilot)
        yield asking


def stateful_plan() -> Plan:
    return replace(the_plan(), typed_name="sutazai-postgres")


async def test_cancel_has_the_focus_when_it_opens() -> None:
    async with asked() as dialog:
        assert dialog.focused == "cancel"


async def test_enter_alone_cancels_and_never_applies() -> None:
    async with asked() as dialog:
        await dialog.press("enter")
        assert dialog.answer is False


async def test_y_applies() -> None:
    async with asked() as dialog:
        await dialog.press("y")
        assert dialog.answer is True


@pytest.mark.parametrize("key", ["n", "escape"])
async def test_n_and_escape_cancel(key: str) -> None:
    async with asked() as dialog:
        await dialog.press(key)
        assert dialog.answer is False


@pytest.mark.parametrize("move", ["tab", "right"])
async def test_moving_to_apply_and_enter_applies(move: str) -> None:
    async with asked() as dialog:
        await dialog.press(move, "enter")
        assert dialog.answer is True


@pytest.mark.parametrize("key", ["y", "n", "enter"])
async def test_a_key_399_ms_after_opening_is_not_heard(key: str) -> None:
    async with asked() as dialog:
        await dialog.press(key, after=0.399)
        assert dialog.answer is NOT_YET


async def test_a_key_400_ms_after_opening_is_heard() -> None:
    async with asked() as dialog:
        await dialog.press("y", after=0.400)
        assert dialog.answer is True


async def test_a_key_held_down_since_before_never_confirms() -> None:
    async with asked() as dialog:
        for _ in range(60):
            await dialog.press("y", after=0.033)
        assert dialog.answer is NOT_YET


async def test_pasted_text_never_confirms() -> None:
    async with asked() as dialog:
        dialog.clock.advance(1)
        dialog.pilot.app.post_message(events.Paste("y\ny\n"))
        await rest(dialog.pilot)
        assert dialog.answer is NOT_YET


@pytest.mark.parametrize("key", ["U", "R", "O", "A", "Y", "q", "space", "ctrl+d", "ctrl+k", "a"])
async def test_no_other_key_applies(key: str) -> None:
    async with asked() as dialog:
        await dialog.press(key)
        assert dialog.answer is not True


async def test_y_goes_to_the_field_where_the_name_must_be_typed() -> None:
    async with asked(stateful_plan()) as dialog:
        await dialog.press("y")
        assert (dialog.answer, dialog.focused) == (NOT_YET, "name")
        assert "[ Cancel ]" not in dialog.text


async def test_the_name_typed_whole_and_enter_applies() -> None:
    async with asked(stateful_plan()) as dialog:
        await dialog.press("y", *"sutazai-postgre", "enter")
        assert dialog.answer is NOT_YET
        await dialog.press("s", "enter")
        assert dialog.answer is True


async def test_letters_in_the_field_are_text() -> None:
    async with asked(stateful_plan()) as dialog:
        await dialog.press("y", "y", "n")
        assert dialog.answer is NOT_YET


async def test_a_pasted_name_does_not_count() -> None:
    async with asked(stateful_plan()) as dialog:
        await dialog.press("y")
        dialog.pilot.app.post_message(events.Paste("sutazai-postgres"))
        await dialog.press("enter")
        assert dialog.answer is NOT_YET


async def test_apply_cannot_be_reached_before_the_name_stands_there() -> None:
    async with asked(stateful_plan()) as dialog:
        assert dialog.pilot.app.screen.query_one("#apply").disabled


@pytest.mark.parametrize("size", [(60, 18), (80, 24), (120, 40), (200, 50)])
async def test_object_and_answers_are_in_sight_at_every_size(size: tuple[int, int]) -> None:
    async with asked(size=size) as dialog:
        assert "sutazai-backend" in dialog.text
        assert "[ Cancel ]" in dialog.text
        assert "Apply (y)" in dialog.text


@pytest.mark.parametrize("size", [(1, 1), (5, 3), (20, 5), (40, 8), (500, 100)])
async def test_no_size_crashes(size: tuple[int, int]) -> None:
    async with asked(stateful_plan(), size=size) as dialog:
        assert dialog.text is not None


async def test_words_longer_than_the_screen_scroll() -> None:
    long = replace(the_plan(), risks=tuple(f"risk number {number}" for number in range(30)))
    async with asked(long) as dialog:
        assert "docker update --cpus 2 3f9a12c4beef" not in dialog.text
        await dialog.press(*["down"] * 40)
        assert "docker update --cpus 2 3f9a12c4beef" in dialog.text


async def test_markup_in_the_title_and_the_words_is_only_text() -> None:
    hostile = replace(the_plan(), title="Scale up [red]x[/]", object="container [bold]x[/bold] [/nope] (abc)")
    async with asked(hostile) as dialog:
        assert "Scale up [red]x[/]" in dialog.text
        assert "[bold]x[/bold] [/nope]" in dialog.text


async def test_a_terminal_that_knows_ascii_alone_gets_ascii_alone() -> None:
    async with asked(glyphs=Glyphs.ASCII) as dialog:
        assert dialog.text.isascii()


async def test_a_refusal_says_the_rule_and_what_to_try() -> None:
    app = Stage()
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(RefusalScreen("No change", Refusal("ceiling", "4 of 4 cores already.", "Add replicas.")))
        await rest(pilot)
        shown = text_of(app)
        assert all(said in shown for said in ("No change", "ceiling", "4 of 4 cores already.", "Add replicas."))
        await press(pilot, "enter")
        assert len(app.screen_stack) == 1
