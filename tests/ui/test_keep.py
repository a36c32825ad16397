"""Keeping limits on the screen: the key asks with the diff shown, and what can't be kept says why."""

import threading

from sutaztop.domain.keep import Survey
from sutaztop.domain.project import Project
from sutaztop.domain.quantity import Cores
from sutaztop.ui.screens.confirm import ConfirmScreen, RefusalScreen
from tests.ui.sitting import Sitting, sitting

OURS = "/opt/sutazaiapp/compose.sutaztop.yaml"


async def let_drift(here: Sitting) -> str:
    """Select a container that was given more CPU than its Compose file says; give its id."""
    await here.select("postgres")
    chosen = here.main.board.container
    assert chosen is not None
    limits = chosen.container.resources.limits
    here.stack.demo.engine.set_limits(chosen.id, limits, limits.with_cpu(Cores((limits.cpu or 1.0) + 1)))
    await here.live(1)
    return chosen.id


async def test_f_then_y_writes_what_runs_into_a_file_that_an_up_reads() -> None:
    async with sitting(seconds=10) as here:
        await let_drift(here)
        await here.press("F")
        await here.until(lambda: "Keep the limits of postgres" in here.text)
        assert isinstance(here.app.screen, ConfirmScreen)
        assert OURS not in here.stack.demo.files.texts
        here.stack.clock.advance(1.0)
        await here.press("y")
        await here.until(lambda: here.main.message.text.startswith("Applied"))
        assert "cpus:" in here.stack.demo.files.texts[OURS]
        assert [entry.phase for entry in here.stack.journal.kept] == ["intent", "outcome"]


async def test_enter_alone_keeps_nothing() -> None:
    async with sitting(seconds=10) as here:
        await let_drift(here)
        await here.press("F")
        await here.until(lambda: isinstance(here.app.screen, ConfirmScreen))
        here.stack.clock.advance(1.0)
        await here.press("enter")
        assert "Cancelled" in here.main.message.text
        assert here.stack.demo.files.texts == {}


async def test_limits_that_are_those_of_the_files_need_no_keeping() -> None:
    async with sitting(seconds=10) as here:
        await here.select("postgres")
        await here.press("F")
        await here.until(lambda: "Nothing needs keeping" in here.text)
        assert isinstance(here.app.screen, RefusalScreen)


async def test_f_on_what_no_compose_file_made_says_why_not() -> None:
    async with sitting(seconds=10) as here:
        board = here.main.board
        assert board.frame is not None
        plain = next(it for it in board.frame.snapshot.containers if not it.container.project)
        await here.select(plain.display_name)
        await here.press("F")
        assert here.app.screen is here.main
        assert "labels name no Compose files" in here.main.message.text


async def test_while_the_files_are_asked_no_second_question_is_put_and_the_screen_goes_on() -> None:
    async with sitting(seconds=10) as here:
        await let_drift(here)
        answer, survey = threading.Event(), here.stack.demo.files.survey

        def slow(project: Project, service: str, path: str) -> Survey:
            answer.wait(30)
            return survey(project, service, path)

        here.stack.demo.files.survey = slow  # type: ignore[method-assign]
        await here.press("F")
        assert "Asking Compose" in here.main.message.text
        await here.press("U", "j")
        assert here.app.screen is here.main
        answer.set()
        await here.until(lambda: "Keep the limits of postgres" in here.text)
        assert isinstance(here.app.screen, ConfirmScreen)


async def test_planning_that_breaks_is_told_and_the_screen_lives() -> None:
    async with sitting(seconds=10) as here:
        await let_drift(here)

        def broken(*_: object) -> None:
            raise RuntimeError("no files today")

        here.stack.demo.files.survey = broken  # type: ignore[method-assign,assignment]
        await here.press("F")
        await here.until(lambda: "RuntimeError: no files today" in here.text)
        assert isinstance(here.app.screen, RefusalScreen)
