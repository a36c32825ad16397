"""The pane about one container, with real keys."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, timedelta
from typing import cast

import pytest
from textual.app import ComposeResult
from textual.pilot import Pilot

from sutaztop.contracts import Engine, EngineRefused
from sutaztop.domain.container import ContainerState
from sutaztop.domain.event import LogLine
from sutaztop.domain.frame import Frame
from sutaztop.domain.quantity import GIB, Bytes, Cores
from sutaztop.domain.resources import Limits
from sutaztop.domain.text import clean_text
from sutaztop.render.graphs import Glyphs
from sutaztop.ui.panels.details import DetailsPane
from tests.given import NOW, container, frame, measured_container, snapshot
from tests.render.given_details import SECRET, rich_frame
from tests.ui.look import Stage, text_of
from tests.ui.typing import press, rest

DEADLINE = 10.0
HOSTILE = clean_text("\x1b[31mred\x1b]0;title\x07 [bold]b[/bold] [/nope] end")


class LogEngine:
    """The part of an engine that a pane reads: logs that stay open until closed, and the kernel's limits."""

    def __init__(self, kernel: Limits | None = None, error: Exception | None = None) -> None:
        self.kernel, self.error = kernel, error
        self.opened: list[str] = []
        self.open_streams = 0
        self._lock = threading.Lock()

    def logs(self, container_id: str, *, tail: int = 200, follow: bool = False) -> "Stream":
        del tail, follow
        if self.error is not None:
            raise self.error
        with self._lock:
            self.opened.append(container_id)
            self.open_streams += 1
        return Stream(self)

    def kernel_limits(self, container_id: str) -> Limits | None:
        del container_id
        return self.kernel

    def closed(self) -> None:
        with self._lock:
            self.open_streams -= 1


class Stream:
    """A log of 30 lines that then waits, as a quiet container's does."""

    def __init__(self, engine: LogEngine) -> None:
        self._engine = engine
        self._over = threading.Event()
        self._source = self._lines()
        self._closed = False

    def _lines(self) -> Iterator[LogLine]:
        yield LogLine(HOSTILE, at=NOW)
        for number in range(29):
            yield LogLine(f"request {number}", "stderr" if number % 2 else "stdout", NOW + timedelta(seconds=number))
        self._over.wait(DEADLINE)

    def __iter__(self) -> "Stream":
        return self

    def __next__(self) -> LogLine:
        return next(self._source)

    def close(self) -> None:
        self._over.set()
        if not self._closed:
            self._closed = True
            self._engine.closed()


class PaneStage(Stage):
    """The pane alone on the screen."""

    def __init__(self, engine: LogEngine | None, glyphs: Glyphs) -> None:
        super().__init__(glyphs=glyphs)
        self.pane = DetailsPane(cast("Engine | None", engine), id="details", zone=UTC)

    def compose(self) -> ComposeResult:
        yield self.pane


class Shown:
    """The pane, its engine, and waiting for what comes from its threads."""

    def __init__(self, pilot: Pilot[None], pane: DetailsPane, engine: LogEngine | None) -> None:
        self.pilot, self.pane, self.engine = pilot, pane, engine

    @property
    def text(self) -> str:
        return text_of(self.pilot.app)

    async def press(self, *keys: str) -> None:
        await press(self.pilot, *keys)

    async def until(self, claim: Callable[[], bool]) -> None:
        async with asyncio.timeout(DEADLINE):
            while not claim():
                await self.pilot.pause(0.02)

    async def says(self, words: str) -> None:
        try:
            await self.until(lambda: words in self.text)
        except TimeoutError:
            raise AssertionError(f"{words!r} is not in\n{self.text}") from None


@asynccontextmanager
async def shown(
    given: Frame | None = None,
    *,
    engine: LogEngine | None = None,
    size: tuple[int, int] = (80, 40),
    glyphs: Glyphs = Glyphs.BLOCKS,
) -> AsyncIterator[Shown]:
    given = given or rich_frame()
    app = PaneStage(engine, glyphs)
    async with app.run_test(size=size) as pilot:
        app.pane.show(given.snapshot.containers[0].id)
        app.pane.feed(given)
        app.pane.focus()
        await rest(pilot)
        yield Shown(pilot, app.pane, engine)
        app.pane.close_streams()


async def test_the_pane_shows_charts_facts_and_log_together() -> None:
    async with shown(engine=LogEngine()) as pane:
        await pane.says("request 28")
        assert all(said in pane.text for said in ("‼ backend", "CPU · cores", "working set", "QUOTA", "Log · 30 lines"))


@pytest.mark.parametrize("size", [(1, 1), (20, 5), (60, 10), (60, 18), (80, 24), (120, 40), (200, 50), (500, 100)])
async def test_no_size_crashes(size: tuple[int, int]) -> None:
    async with shown(engine=LogEngine(), size=size) as pane:
        await pane.press("l", "w", "space", "t", "e", "G")
        assert pane.pane.body.failure == ""


@pytest.mark.parametrize("size", [(60, 10), (60, 18), (80, 24), (120, 40), (200, 50)])
async def test_the_name_and_what_is_wrong_are_in_sight_at_every_size(size: tuple[int, int]) -> None:
    async with shown(engine=LogEngine(), size=size) as pane:
        assert "backend" in pane.text
        assert "QUOTA" in pane.text


async def test_hostile_text_is_only_text() -> None:
    async with shown(engine=LogEngine(), size=(120, 60)) as pane:
        await pane.press("l")
        await pane.says("red [bold]b[/bold] [/nope] end")
        await pane.press("l", "e", "G")
        assert "\x1b" not in pane.text
        await pane.says("weird=[/nope]")


async def test_values_of_the_environment_are_hidden_until_asked_for() -> None:
    async with shown(size=(100, 140)) as pane:
        await pane.says("DATABASE_PASSWORD=•••")
        assert SECRET not in pane.text
        await pane.press("e")
        assert SECRET in pane.text
        await pane.press("e")
        assert SECRET not in pane.text


async def test_another_container_begins_with_its_values_hidden() -> None:
    async with shown(size=(100, 140)) as pane:
        await pane.press("e")
        pane.pane.show("f" * 64)
        pane.pane.show(rich_frame().snapshot.containers[0].id)
        await rest(pane.pilot)
        assert SECRET not in pane.text


async def test_facts_scroll() -> None:
    async with shown() as pane:
        assert "Labels · 2" not in pane.text
        await pane.press("G")
        assert "weird=[/nope]" in pane.text
        await pane.press("g")
        assert "QUOTA" in pane.text


async def test_t_changes_the_span_of_the_charts() -> None:
    async with shown() as pane:
        assert "10 min ago" in pane.text
        await pane.press("t")
        assert "60 min ago" in pane.text


async def test_the_pane_stays_with_its_container_over_a_restart() -> None:
    given = rich_frame()
    found = given.snapshot.containers[0]
    again = replace(found.container, started_at=NOW, restart_count=3)
    async with shown(given, engine=LogEngine()) as pane:
        pane.pane.feed(replace(given, snapshot=snapshot([measured_container(again)])))
        await pane.says("3 of this container")


async def test_a_log_that_ended_is_read_again_when_the_container_runs_anew() -> None:
    given = rich_frame()
    found = given.snapshot.containers[0]
    engine = LogEngine()
    async with shown(given, engine=engine) as pane:
        await pane.says("request 28")
        reader = pane.pane._watch._reader
        assert reader is not None
        assert reader._stream is not None
        cast("Stream", reader._stream).close()
        await pane.says("The log ends here")
        again = replace(found.container, started_at=NOW)
        pane.pane.feed(replace(given, snapshot=snapshot([measured_container(again)])))
        await pane.until(lambda: len(engine.opened) == 2)


async def test_a_container_that_is_gone_is_said_to_be_gone() -> None:
    async with shown() as pane:
        pane.pane.feed(frame(snapshot([measured_container(container("other"))])))
        await pane.says("no longer there")


async def test_a_stopped_container_can_be_looked_at() -> None:
    stopped = measured_container(container(state=ContainerState.EXITED))
    async with shown(frame(snapshot([stopped]))) as pane:
        assert "exited" in pane.text


async def test_l_gives_the_log_the_room_and_back() -> None:
    async with shown(engine=LogEngine(), size=(80, 30)) as pane:
        await pane.press("l")
        await pane.says("request 28")
        assert "QUOTA" not in pane.text
        await pane.press("l")
        assert "QUOTA" in pane.text


async def test_the_log_is_filtered_while_the_words_are_typed() -> None:
    async with shown(engine=LogEngine(), size=(80, 30)) as pane:
        await pane.press("l")
        await pane.says("request 28")
        await pane.press("slash", *"request 2 !28")
        await pane.says("10 of 30 lines")
        assert "request 28" not in pane.text
        await pane.press("enter", "escape")
        await pane.says("30 lines · following")


async def test_scrolling_back_in_the_log_holds_it_and_the_end_follows() -> None:
    async with shown(engine=LogEngine(), size=(80, 20)) as pane:
        await pane.press("l")
        await pane.says("request 28")
        await pane.press("k", "k")
        assert "held, 0 new" in pane.text
        assert "request 28" not in pane.text
        await pane.press("G")
        assert "following" in pane.text


async def test_space_holds_the_log() -> None:
    async with shown(engine=LogEngine()) as pane:
        await pane.press("space")
        await pane.says("held")


async def test_why_there_is_no_log_stands_in_its_place() -> None:
    engine = LogEngine(error=EngineRefused("backend keeps no log", "Its logging driver is 'none'"))
    async with shown(engine=engine) as pane:
        await pane.says("Its logging driver is 'none'")


async def test_without_an_engine_the_pane_says_that_there_is_no_log() -> None:
    async with shown() as pane:
        await pane.says("started without an engine")


async def test_closing_the_pane_closes_the_stream() -> None:
    engine = LogEngine()
    async with shown(engine=engine) as pane:
        await pane.says("request 28")
        pane.pane.close_streams()
        pane.pane.close_streams()
        await pane.until(lambda: engine.open_streams == 0)


async def test_going_through_the_list_leaves_one_stream_open() -> None:
    engine = LogEngine()
    async with shown(engine=engine) as pane:
        for number in range(8):
            pane.pane.show(f"{number:064d}")
        await pane.until(lambda: len(engine.opened) == 9 and engine.open_streams == 1)


async def test_showing_the_same_container_again_changes_nothing() -> None:
    engine = LogEngine()
    async with shown(engine=engine) as pane:
        await pane.says("request 28")
        pane.pane.show(rich_frame().snapshot.containers[0].id)
        assert "request 28" in pane.text
        assert len(engine.opened) == 1


async def test_a_kernel_limit_that_differs_is_shown() -> None:
    async with shown(engine=LogEngine(kernel=Limits(cpu=Cores(2.0), memory=Bytes(3 * GIB))), size=(80, 60)) as pane:
        await pane.says("3 GiB")
    async with shown(engine=LogEngine(), size=(80, 60)) as pane:
        await pane.says("request 28")
        assert "3 GiB" not in pane.text


async def test_the_pane_leaves_escape_to_the_screen_when_nothing_is_filtered() -> None:
    async with shown() as pane:
        assert pane.pane.check_action("clear_filter", ()) is False
        pane.pane.body.book.filter("x")
        assert pane.pane.check_action("clear_filter", ()) is True


async def test_ascii_terminals_get_ascii_alone() -> None:
    async with shown(engine=LogEngine(), glyphs=Glyphs.ASCII) as pane:
        await pane.says("request 28")
        assert pane.text.isascii()
