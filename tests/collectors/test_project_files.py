"""What Compose files say is asked once, and again only when a file is another; at rest nothing is run."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace

import pytest

from sutaztop.collectors.project_files import AGAIN, ProjectFilesCollector
from sutaztop.collectors.stack import StackReading
from sutaztop.contracts import EngineRefused
from sutaztop.demo.files import DemoFiles
from sutaztop.domain.container import Container, ContainerState
from sutaztop.domain.keep import Wish
from sutaztop.domain.project import COMPOSE, OWN_FILE, Project
from sutaztop.domain.quantity import GIB, Bytes, Cores
from tests import given
from tests.clock import SetClock

LABELS = {
    f"{COMPOSE}project": "sutazaiapp", f"{COMPOSE}service": "backend", f"{COMPOSE}project.working_dir": "/srv",
    f"{COMPOSE}project.config_files": "/srv/compose.yaml", f"{COMPOSE}version": "5.6.1",
}  # fmt: skip


@dataclass
class CountedFiles(DemoFiles):
    """Files that count how often Compose would have been run, and that can be broken."""

    says: Mapping[str, Wish] = field(default_factory=lambda: {"backend": Wish(cpu=Cores(1.0), memory=Bytes(4 * GIB))})
    version: int = 0
    own: bool = False
    trouble: str = ""
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def stamp(self, project: Project) -> Hashable:
        return (project.name, self.version)

    def is_there(self, path: str) -> bool:
        return self.own and path.endswith(OWN_FILE)

    def wishes(self, project: Project) -> Mapping[str, Wish]:
        self.asked.append(project.files)
        if self.trouble:
            raise EngineRefused(self.trouble)
        if project.files[-1].endswith(OWN_FILE):
            return {"backend": Wish(cpu=Cores(2.0), memory=Bytes(4 * GIB))}
        return self.says


@dataclass
class Here:
    clock: SetClock
    files: CountedFiles
    containers: list[Container]
    collector: ProjectFilesCollector

    def wishes(self) -> list[Wish]:
        return list(self.collector.collect().wishes.values())


@pytest.fixture
def here() -> Here:
    clock, files = SetClock(), CountedFiles()
    containers = [given.container(labels=LABELS)]
    seen = lambda: StackReading(given.engine_info(), tuple(containers))  # noqa: E731 - it closes over the list
    return Here(clock, files, containers, ProjectFilesCollector(files, seen, clock))


def test_a_container_that_differs_from_its_files_is_told_with_what_they_say(here: Here) -> None:
    (wish,) = here.wishes()
    found = replace(given.measured_container(here.containers[0]), wish=wish)
    assert [(it.figure, it.wished, it.live) for it in found.drift] == [("cpu", 1.0, 2.0)]


def test_a_hundred_looks_at_files_that_stay_run_compose_once(here: Here) -> None:
    for _ in range(100):
        here.clock.advance(5)
        here.wishes()
    assert len(here.files.asked) == 1


def test_a_file_that_is_another_is_read_again(here: Here) -> None:
    here.wishes()
    here.files.version += 1
    here.wishes()
    assert len(here.files.asked) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"state": ContainerState.EXITED}, {"service": ""}, {"swarm_service_id": "abc"}, {"labels": {}},
    ],
)  # fmt: skip
def test_what_has_no_files_to_differ_from_costs_nothing(here: Here, change: dict[str, object]) -> None:
    here.containers[0] = replace(here.containers[0], **change)  # type: ignore[arg-type]
    assert here.wishes() == []
    assert here.files.asked == []


def test_without_limits_nothing_is_asked_until_they_change(here: Here) -> None:
    limited = here.containers[0]
    here.containers[0] = given.container(labels=LABELS, cpu=None, memory=None)
    assert here.wishes() == []
    here.containers[0] = limited
    assert len(here.wishes()) == 1


def test_files_that_cannot_be_read_claim_no_drift_and_say_why(here: Here) -> None:
    here.files.trouble = "There is no /srv/compose.yaml on this host"
    (wish,) = here.wishes()
    assert "no /srv/compose.yaml" in wish.trouble
    assert replace(given.measured_container(here.containers[0]), wish=wish).drift == ()


def test_trouble_is_tried_again_after_a_while_and_not_each_time(here: Here) -> None:
    here.files.trouble = "broken"
    here.wishes()
    here.clock.advance(AGAIN - 1)
    here.wishes()
    assert len(here.files.asked) == 1
    here.files.trouble = ""
    here.clock.advance(2)
    assert here.wishes()[0].trouble == ""


def test_a_service_that_the_files_no_longer_have_is_said(here: Here) -> None:
    here.files.says = {}
    assert here.wishes()[0].trouble == "compose.yaml has no service backend"


def test_a_file_of_our_own_that_says_what_runs_is_told_beside_the_drift(here: Here) -> None:
    here.files.own = True
    (wish,) = here.wishes()
    assert (wish.cpu, wish.kept_in) == (1.0, OWN_FILE)
    here.containers[0] = given.container(labels=LABELS, cpu=3.0)
    assert here.wishes()[0].kept_in == ""


def test_a_container_that_went_is_forgotten(here: Here) -> None:
    here.wishes()
    here.containers.clear()
    assert here.wishes() == []
    here.containers.append(given.container(labels=LABELS))
    here.wishes()
    assert len(here.files.asked) == 2
