"""Incident mode on the screen: opened, in sight, listed, closed with a report."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from sutaztop.domain.difference import Divergence
from sutaztop.domain.finding import Subject
from sutaztop.domain.incident import Incident
from sutaztop.ui.app import SutaztopApp
from tests.ui.frames import check_frame
from tests.ui.sitting import Sitting
from tests.ui.world import open_stack


@dataclass
class KeptIncidents:
    """Incidents in memory."""

    found: tuple[Divergence, ...] = ()
    kept: Incident | None = None
    closed: list[bool] = field(default_factory=list)
    trouble: str = ""

    def load(self) -> tuple[Incident | None, str]:
        return self.kept, self.trouble

    def open(self, incident: Incident) -> Incident:
        self.kept = replace(incident, baseline=incident.baseline or incident.since, why=incident.why or "healthy")
        return self.kept

    def compare(self, incident: Incident) -> tuple[Divergence, ...]:
        del incident
        return self.found

    def close(self, incident: Incident, *, report: bool) -> str:
        del incident
        self.closed.append(report)
        return "The report is in /x/report.md."


def some_of(stack_id: str) -> tuple[Divergence, ...]:
    return (
        Divergence(Subject("container", stack_id, "postgres"), "memory limit", "4 GiB", "2 GiB", 90),
        Divergence(Subject("host", "host", "host"), "CPU", "20 % to 30 %", "97 %", 50),
    )


def sitting_with(incidents: KeptIncidents) -> tuple[Sitting, SutaztopApp]:
    stack = open_stack("incident")
    app = SutaztopApp(replace(stack.desk(), incidents=incidents))
    return Sitting(stack, app, None), app  # type: ignore[arg-type] # the pilot comes with the run


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


async def test_it_is_opened_kept_in_sight_and_read_twice_as_often() -> None:
    here, app = sitting_with(KeptIncidents())
    async with app.run_test(size=(120, 40)) as pilot:
        here.pilot = pilot
        await opened(here)
        assert "INCIDENT" in here.text
        assert "2 different" in here.text
        assert here.stack.feed.intervals == [0.5]


async def test_the_list_leads_to_the_container_and_closing_asks_first() -> None:
    incidents = KeptIncidents()
    here, app = sitting_with(incidents)
    async with app.run_test(size=(120, 40)) as pilot:
        here.pilot = pilot
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


async def test_one_that_is_open_from_before_is_told() -> None:
    incidents = KeptIncidents()
    here, app = sitting_with(incidents)
    now = here.stack.clock.now()
    incidents.kept = Incident("kong OOM", now, "alice", now, "the moment it was opened")
    async with app.run_test(size=(120, 40)) as pilot:
        here.pilot = pilot
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
    here, app = sitting_with(KeptIncidents())
    async with app.run_test(size=size) as pilot:
        here.pilot = pilot
        await opened(here)
        await here.press("I")
        check_frame(here.app, f"incident-{size[0]}x{size[1]}", update=update_frames)
