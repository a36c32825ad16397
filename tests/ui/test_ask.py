"""Forms that make an intent: what is typed is read once, and what is wrong is said."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from textual.pilot import Pilot

from sutaztop.domain.change import ChangeLimits
from sutaztop.domain.intent import Intent, SetLimits, SetReplicas
from sutaztop.domain.profile import Scaling
from sutaztop.domain.quantity import GIB, MIB, Bytes, Cores, parse_bytes
from sutaztop.domain.service import Orchestrator, Service
from sutaztop.ui.screens.ask import AskLimitsScreen, AskReplicasScreen, AskScreen, size_text
from sutaztop.ui.screens.confirm import ConfirmScreen
from tests.given import container, host_usage, measured_container
from tests.ui.look import Stage, text_of
from tests.ui.typing import press, rest
from tests.ui.world import open_stack

NOT_YET = object()
FOUND = measured_container()
SERVICE = Service("svc", "backend", Orchestrator.SWARM, desired=2, running=2)


class Asked:
    """A form on the stage, and its answer."""

    def __init__(self, pilot: Pilot[None]) -> None:
        self.pilot = pilot
        self.answer: object = NOT_YET

    async def press(self, *keys: str) -> None:
        await press(self.pilot, *keys)

    @property
    def text(self) -> str:
        return text_of(self.pilot.app)


@asynccontextmanager
async def asked(screen: AskScreen, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Asked]:
    app = Stage()
    async with app.run_test(size=size) as pilot:
        asking = Asked(pilot)

        def note(answer: Intent | None) -> None:
            asking.answer = answer

        app.push_screen(screen, note)
        await rest(pilot)
        yield asking


async def test_limits_begin_one_step_up_and_enter_takes_them() -> None:
    async with asked(AskLimitsScreen(FOUND)) as form:
        await form.press("enter")
        assert form.answer == SetLimits(FOUND.id, Cores(3.0), Bytes(5 * GIB))


async def test_the_first_step_stays_within_the_ceiling_and_the_host() -> None:
    found = measured_container(container(cpu=4.0, memory=32 * GIB))
    async with asked(AskLimitsScreen(found, Scaling(), host_usage())) as form:
        await form.press("enter")
        assert form.answer is NOT_YET
        assert "These are the limits that it has." in form.text


async def test_typing_replaces_what_was_proposed() -> None:
    async with asked(AskLimitsScreen(FOUND)) as form:
        await form.press(*"2.5", "tab", *"6g", "enter")
        assert form.answer == SetLimits(FOUND.id, Cores(2.5), Bytes(6 * GIB))


async def test_letters_are_text_and_no_commands() -> None:
    async with asked(AskLimitsScreen(FOUND)) as form:
        await form.press("q", "y", "n", "question_mark")
        assert form.answer is NOT_YET


async def test_what_is_wrong_is_said_while_it_is_typed() -> None:
    async with asked(AskLimitsScreen(FOUND)) as form:
        await form.press("x")
        assert "'x' is not an amount of CPU; write for example 2, 0.5 or 500m" in form.text


async def test_enter_on_a_wrong_value_stays() -> None:
    async with asked(AskLimitsScreen(FOUND)) as form:
        await form.press("tab", *"many", "enter")
        assert form.answer is NOT_YET
        assert "'many' is not a size" in form.text


@pytest.mark.parametrize("text", ["0", "0.0"])
async def test_nothing_is_no_limit(text: str) -> None:
    async with asked(AskLimitsScreen(FOUND)) as form:
        await form.press(*text, "enter")
        assert form.answer is NOT_YET


async def test_an_empty_field_leaves_the_figure_as_it_is() -> None:
    async with asked(AskLimitsScreen(FOUND)) as form:
        await form.press("delete", "enter")
        assert form.answer == SetLimits(FOUND.id, None, Bytes(5 * GIB))


async def test_a_container_without_limits_begins_with_empty_fields() -> None:
    found = measured_container(container(cpu=None, memory=None))
    async with asked(AskLimitsScreen(found)) as form:
        assert "no limit; uses 1.86" in form.text
        await form.press(*"2", "enter")
        assert form.answer == SetLimits(found.id, Cores(2.0), None)


async def test_arrows_step_up_and_down() -> None:
    async with asked(AskLimitsScreen(FOUND)) as form:
        await form.press("up", "up", "down", "tab", "down", "down", "enter")
        assert form.answer == SetLimits(FOUND.id, Cores(4.0), Bytes(3 * GIB))


async def test_stepping_down_never_reaches_nothing() -> None:
    async with asked(AskLimitsScreen(FOUND)) as form:
        await form.press(*["down"] * 8, "enter")
        assert isinstance(form.answer, SetLimits)
        assert form.answer.cpu is not None
        assert form.answer.cpu > 0


async def test_escape_and_cancel_give_no_intent() -> None:
    async with asked(AskLimitsScreen(FOUND)) as form:
        await form.press("escape")
        assert form.answer is None
    async with asked(AskLimitsScreen(FOUND)) as form:
        await form.press("tab", "tab", "tab", "enter")
        assert form.answer is None


async def test_replicas_begin_with_one_more() -> None:
    async with asked(AskReplicasScreen(SERVICE)) as form:
        await form.press("enter")
        assert form.answer == SetReplicas("svc", 3)


async def test_replicas_can_be_stepped_down_to_none_and_not_further() -> None:
    async with asked(AskReplicasScreen(SERVICE)) as form:
        await form.press(*["down"] * 9, "enter")
        assert form.answer == SetReplicas("svc", 0)


@pytest.mark.parametrize("text", ["2.5", "-1", "two", "٣", "9999999"])
async def test_only_whole_numbers_are_replicas(text: str) -> None:
    async with asked(AskReplicasScreen(SERVICE)) as form:
        await form.press("delete")
        form.pilot.app.screen.query_one("Input").value = text  # type: ignore[attr-defined]
        await form.press("enter")
        assert form.answer is NOT_YET
        assert "is not a whole number" in form.text


async def test_the_number_that_runs_already_is_no_intent() -> None:
    async with asked(AskReplicasScreen(SERVICE)) as form:
        await form.press("2", "enter")
        assert form.answer is NOT_YET
        assert "2 is the number that it has" in form.text


async def test_a_hostile_name_is_only_text() -> None:
    async with asked(AskReplicasScreen(replace(SERVICE, name="[red]x[/nope]"))) as form:
        assert "[red]x[/nope]" in form.text


@pytest.mark.parametrize("size", [(1, 1), (20, 6), (60, 18), (200, 50)])
async def test_no_size_crashes(size: tuple[int, int]) -> None:
    async with asked(AskLimitsScreen(FOUND), size) as form:
        assert form.text is not None


@pytest.mark.parametrize("amount", [1, 1000, 512 * MIB, GIB, 1536 * MIB, 4 * GIB + 1])
def test_a_size_in_a_field_is_read_back_exactly(amount: int) -> None:
    assert parse_bytes(size_text(Bytes(amount))) == amount


async def test_numbers_typed_go_through_the_preview_to_the_world() -> None:
    stack = open_stack("busy")
    first = stack.live(30)
    app = stack.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await rest(pilot)
        assert stack.feed.deliver is not None
        stack.feed.deliver(first)
        await rest(pilot)
        await press(pilot, "slash", *"backend", "enter", "L", *"3", "tab", "delete", "enter")
        await rest(pilot)
        assert isinstance(app.screen, ConfirmScreen)
        assert isinstance(app.screen.plan.change, ChangeLimits)
        wanted = app.screen.plan.change
        stack.clock.advance(1)
        await press(pilot, "y")
        async with asyncio.timeout(10):
            while not stack.applied:
                await pilot.pause(0.02)
    assert wanted.after.cpu == 3.0
    assert wanted.after.memory == wanted.before.memory
    assert [it.change for it in stack.applied] == [wanted]
