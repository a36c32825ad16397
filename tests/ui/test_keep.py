"""Keeping limits on the screen: the key asks with the diff shown, and what can't be kept says why."""

from sutaztop.domain.intent import Intent, KeepLimits
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
        await here.until(lambda: isinstance(here.app.screen, ConfirmScreen))
        assert "Keep the limits of postgres" in here.text
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
        await here.until(lambda: isinstance(here.app.screen, RefusalScreen))
        assert "Nothing needs keeping" in here.text


async def test_f_on_what_no_compose_file_made_says_why_not() -> None:
    async with sitting(seconds=10) as here:
        board = here.main.board
        assert board.frame is not None
        plain = next(it for it in board.frame.snapshot.containers if not it.container.project)
        await here.select(plain.display_name)
        await here.press("F")
        assert here.app.screen is here.main
        assert "labels name no Compose files" in here.main.message.text


async def test_a_second_question_waits_until_the_files_were_asked() -> None:
    async with sitting(seconds=10) as here:
        chosen = await let_drift(here)
        changes, asked = here.main.changes, []

        def ask(intent: Intent | None) -> None:
            asked.append(intent)

        changes._is_asking = True
        here.main.action_run("keep-limits")
        assert here.app.screen is here.main
        changes._is_asking = False
        changes.plan = ask  # type: ignore[method-assign]
        here.main.action_run("keep-limits")
        assert asked == [KeepLimits(chosen)]


async def test_planning_that_breaks_is_told_and_the_screen_lives(monkeypatch: object) -> None:
    del monkeypatch
    async with sitting(seconds=10) as here:
        await let_drift(here)

        def broken(*_: object) -> None:
            raise RuntimeError("no files today")

        here.stack.demo.files.survey = broken  # type: ignore[method-assign,assignment]
        await here.press("F")
        await here.until(lambda: isinstance(here.app.screen, RefusalScreen))
        assert "RuntimeError: no files today" in here.text
