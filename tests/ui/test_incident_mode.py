"""Incident mode on the screen: opened, in sight, listed, closed with a report."""

import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from sutaztop.domain.difference import Divergence
from sutaztop.domain.finding import Subject
from sutaztop.domain.incident import Incident
from sutaztop.ui.app import SutaztopApp
from tests.ui.frames import check_frame
from tests.ui.sitting import Sitting
from tests.ui.world import Stack, open_stack


@dataclass
class KeptIncidents:
    """Incidents in memory."""

    found: tuple[Divergence, ...] = ()
    kept: Incident | None = None
    closed: list[bool] = field(default_factory=list)
    trouble: str = ""
    titles: list[str] = field(default_factory=list)
    may_compare: threading.Event = field(default_factory=threading.Event)
    may_close: threading.Event = field(default_factory=threading.Event)
    began: list[str] = field(default_factory=list)
    at_work: int = 0
    together: bool = False
    full: bool = False

    def __post_init__(self) -> None:
        self.may_compare.set()
        self.may_close.set()

    @contextmanager
    def doing(self, what: str, gate: threading.Event) -> Iterator[None]:
        """Do something that takes until the gate is open, and see whether something else is done meanwhile."""
        self.began.append(what)
        self.at_work += 1
        self.together |= self.at_work > 1
        try:
            assert gate.wait(30)
            yield
        finally:
            self.at_work -= 1

    def load(self) -> tuple[Incident | None, str]:
        return self.kept, self.trouble

    def open(self, incident: Incident) -> Incident:
        self.kept = replace(incident, baseline=incident.baseline or incident.since, why=incident.why or "healthy")
        return self.kept

    def compare(self, incident: Incident) -> tuple[Divergence, ...]:
        del incident
        with self.doing("compare", self.may_compare):
            return self.found

    def close(self, incident: Incident, *, report: bool) -> str:
        with self.doing("close", self.may_close):
            if self.full:
                raise OSError(28, "No space left on device")
            self.closed.append(report)
            self.titles.append(incident.title)
            self.kept = None
        return "The report is in /x/report.md."


def some_of(stack_id: str) -> tuple[Divergence, ...]:
    return (
        Divergence(Subject("container", stack_id, "postgres"), "memory limit", "4 GiB", "2 GiB", 90),
        Divergence(Subject("host", "host", "host"), "CPU", "20 % to 30 %", "97 %", 50),
    )


@asynccontextmanager
async def sitting_with(
    incidents: KeptIncidents, size: tuple[int, int] = (120, 40), stack: Stack | None = None
) -> AsyncIterator[Sitting]:
    stack = stack or open_stack("incident")
    app = SutaztopApp(replace(stack.desk(), incidents=incidents))
    async with app.run_test(size=size) as pilot:
        yield Sitting(stack, app, pilot)


async def opened(here: Sitting) -> None:
    here.main.take_frame(here.stack.live(3))
    await here.pilot.pause()
    postgres = next(it.id for it in here.stack.live(0).snapshot.containers if it.display_name == "postgres")
    here.app.desk.incidents.found = some_of(postgres)  # type: ignore[union-attr] # it is a KeptIncidents
    await here.press("I", "enter")
    await here.until(lambda: here.main.board.incident is not None)
    await here.live(1)
    await here.until(lambda: bool(here.main.board.differences))
    await here.live(1)


async def all_done(here: Sitting) -> None:
    """Wait for what was begun beside the loop, and for what it told."""
    await here.until(lambda: not any(it.name == "incident" and it.is_alive() for it in threading.enumerate()))
    await here.pilot.pause()


async def test_it_is_opened_kept_in_sight_and_read_twice_as_often() -> None:
    async with sitting_with(KeptIncidents()) as here:
        await opened(here)
        assert "INCIDENT" in here.text
        assert "2 different" in here.text
        assert here.stack.feed.intervals == [0.5]


async def test_the_list_leads_to_the_container_and_closing_asks_first() -> None:
    incidents = KeptIncidents()
    async with sitting_with(incidents) as here:
        await opened(here)
        await here.press("I")
        assert "memory limit" in here.text
        assert "4 GiB → 2 GiB" in here.text
        await here.press("enter")
        assert here.selected == "postgres"
        await here.press("I", "c", "escape")
        assert not incidents.closed
        await here.press("I", "c", "k", "k", "enter")
        await here.until(lambda: here.main.board.incident is None)
        assert incidents.closed == [True]
        assert "/x/report.md" in here.text
        assert here.stack.feed.intervals == [0.5, 1.0]


async def test_a_comparison_that_is_under_way_when_it_is_closed_does_not_open_it_again() -> None:
    incidents = KeptIncidents()
    async with sitting_with(incidents) as here:
        await opened(here)
        incidents.began.clear()
        incidents.may_compare.clear()
        await here.press("I")
        await here.live(1)
        await here.until(lambda: incidents.began == ["compare"])
        await here.press("c", "k", "k", "enter")
        await here.live(1)
        incidents.may_compare.set()
        await here.until(lambda: here.main.board.incident is None)
        for _ in range(3):
            await here.live(1)
        await all_done(here)
        assert here.main.board.incident is None
        assert incidents.began == ["compare", "close"]
        assert not incidents.together, "the recording is never closed under a comparison"
        assert here.stack.feed.intervals == [0.5, 1.0]


async def test_while_a_report_is_written_nothing_is_compared_and_it_is_written_once() -> None:
    incidents = KeptIncidents()
    async with sitting_with(incidents) as here:
        await opened(here)
        await all_done(here)
        incidents.began.clear()
        incidents.may_close.clear()
        await here.press("I", "c", "k", "k", "enter")
        await here.until(lambda: incidents.began == ["close"])
        for _ in range(2):
            await here.press("I")
            await here.live(1)
            await here.press("c", "k", "k", "enter")
        incidents.may_close.set()
        await here.until(lambda: here.main.board.incident is None)
        await all_done(here)
        await here.live(1)
        assert here.main.board.incident is None
        assert incidents.began == ["close"]
        assert "/x/report.md" in here.text


async def test_what_ends_while_something_else_is_done_lets_nothing_else_begin() -> None:
    """Two works: the first to end is no sign that the second has."""
    incidents = KeptIncidents()
    async with sitting_with(incidents) as here:
        await opened(here)
        await all_done(here)
        incidents.may_compare.clear()
        incidents.may_close.clear()
        incidents.began.clear()
        await here.press("I")
        await here.live(1)
        await here.until(lambda: incidents.began == ["compare"])
        await here.press("c", "k", "k", "enter")
        incidents.may_compare.set()
        await here.until(lambda: incidents.began == ["compare", "close"])
        await here.press("I")
        for _ in range(3):
            await here.live(1)
        assert incidents.began == ["compare", "close"]
        incidents.may_close.set()
        await here.until(lambda: here.main.board.incident is None)
        assert not incidents.together


async def test_a_report_that_fails_leaves_it_open_and_compared() -> None:
    incidents = KeptIncidents()
    async with sitting_with(incidents) as here:
        await opened(here)
        await all_done(here)
        incidents.full = True
        await here.press("I", "c", "k", "k", "enter")
        await here.until(lambda: "No space left" in here.text)
        incidents.began.clear()
        await here.press("I")
        await here.live(1)
        await here.until(lambda: incidents.began == ["compare"])
        incidents.full = False
        await here.press("c", "k", "k", "enter")
        await here.until(lambda: here.main.board.incident is None)


@pytest.mark.parametrize(
    ("typed", "title"),
    [((), ""), (tuple("disk full"), "disk full"), (("backspace",), "")],
    ids=["enter-alone", "another", "none"],
)
async def test_the_report_may_be_given_a_title(typed: tuple[str, ...], title: str) -> None:
    incidents = KeptIncidents()
    async with sitting_with(incidents) as here:
        await opened(here)
        await here.press("I", "c", "k", "k", "k", "enter")
        assert "The report's title" in here.text
        assert incidents.kept is not None
        given = incidents.kept.title
        await here.press(*typed, "enter")
        await here.until(lambda: here.main.board.incident is None)
        assert incidents.titles == [title or given]
        assert incidents.closed == [True]


async def test_leaving_the_title_leaves_the_incident_open() -> None:
    incidents = KeptIncidents()
    async with sitting_with(incidents) as here:
        await opened(here)
        await here.press("I", "c", "k", "k", "k", "enter", "x", "escape")
        await all_done(here)
        assert here.main.board.incident is not None
        assert not incidents.closed


async def test_one_that_is_open_from_before_is_told() -> None:
    incidents = KeptIncidents()
    stack = open_stack("incident")
    now = stack.clock.now()
    incidents.kept = Incident("kong OOM", now, "alice", now, "the moment it was opened")
    async with sitting_with(incidents, stack=stack) as here:
        await here.live(1)
        await here.until(lambda: here.main.board.incident is not None)
        await here.live(1)
        assert "INCIDENT kong OOM" in here.text


async def test_where_nothing_is_recorded_the_key_says_so(tmp_path: Path) -> None:
    del tmp_path
    stack = open_stack("incident")
    app = SutaztopApp(stack.desk())
    async with app.run_test(size=(120, 40)) as pilot:
        here = Sitting(stack, app, pilot)
        await here.press("I")
        assert "no incident mode here" in here.text


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)], ids=lambda it: f"{it[0]}x{it[1]}")
async def test_the_list_as_text(size: tuple[int, int], update_frames: bool) -> None:
    async with sitting_with(KeptIncidents(), size) as here:
        await opened(here)
        await here.press("I")
        check_frame(here.app, f"incident-{size[0]}x{size[1]}", update=update_frames)
