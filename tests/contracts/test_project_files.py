"""What ``ProjectFiles`` promises, over the demo world's files and over real ones with the real Compose."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from sutaztop.contracts import EngineRefused, NotFound, ProjectFiles
from sutaztop.demo.host import no_own_cost
from sutaztop.demo.open import open_demo
from sutaztop.domain.keep import ChangeComposeFile
from sutaztop.domain.project import Project, project_of_labels
from sutaztop.engines.docker.compose_files import ComposeFiles
from sutaztop.engines.docker.compose_run import Compose
from sutaztop.engines.docker.endpoint import Endpoint
from tests.clock import SetClock
from tests.lab.requirements import compose_binary, give_up, missing_for_compose

SERVICE = "postgres"
TEXT = "# Kept by sutaztop\nservices:\n  postgres:\n    deploy: {resources: {limits: {cpus: '3.5', memory: 5g}}}\n"


@dataclass
class Files:
    """Files of one kind, a project of theirs, and a way to look at what stands there."""

    files: ProjectFiles
    project: Project
    read: Callable[[str], str | None]

    def change(self, before: str | None, after: str | None) -> ChangeComposeFile:
        path = self.project.own_file
        project = self.project.with_file(path)
        return ChangeComposeFile("", f"{project.name}/{SERVICE}", SERVICE, path, before, after, project)


def demo_files() -> Files:
    demo = open_demo(SetClock(), scenario="calm", own_cost=no_own_cost)
    it = next(it for it in demo.engine.containers() if it.service == SERVICE)
    return Files(demo.files, project_of_labels(it.labels), demo.files.texts.get)


def real_files(folder: Path) -> Files:
    if reason := missing_for_compose():
        give_up("compose", reason)
    base = folder / "docker-compose.yml"
    base.write_text("services:\n  postgres: {image: i, deploy: {resources: {limits: {cpus: '2', memory: 2g}}}}\n")
    compose = Compose(Endpoint("unix:///nowhere.sock", "test"), (str(compose_binary()),))

    def read(path: str) -> str | None:
        return Path(path).read_bytes().decode() if Path(path).exists() else None

    return Files(ComposeFiles(compose), Project("kept", str(folder), (str(base),), (), "5.6.1"), read)


@pytest.fixture(params=["demo", pytest.param("real", marks=pytest.mark.compose)])
def here(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    return demo_files() if request.param == "demo" else real_files(tmp_path)


def test_a_survey_of_what_was_never_kept_has_the_wish_and_no_text(here: Files) -> None:
    survey = here.files.survey(here.project, SERVICE, "")
    assert (survey.path, survey.text, survey.kept) == (here.project.own_file, None, None)
    assert survey.project.files[-1] == survey.path
    assert survey.wish.cpu is not None
    assert survey.wish.keys == ("deploy.resources.limits.cpus", "deploy.resources.limits.memory")
    assert here.read(survey.path) is None


def test_an_unknown_service_is_not_found(here: Files) -> None:
    with pytest.raises(NotFound, match="no service nosuch"):
        here.files.survey(here.project, "nosuch", "")


def test_the_projects_own_file_is_refused(here: Files) -> None:
    with pytest.raises(EngineRefused, match="the project's own files"):
        here.files.survey(here.project, SERVICE, here.project.files[0])


def test_a_rehearsal_tells_what_the_files_would_say_and_writes_nothing(here: Files) -> None:
    survey = here.files.survey(here.project, SERVICE, "")
    assert here.files.rehearse(survey, SERVICE, TEXT).wish.cpu == 3.5
    assert not here.files.is_there(survey.path)


def test_what_is_put_in_place_stands_is_read_and_changes_the_stamp(here: Files) -> None:
    stamp = here.files.stamp(here.project)
    assert here.files.replace(here.change(None, TEXT)) == ""
    assert here.read(here.project.own_file) == TEXT
    assert here.files.is_there(here.project.own_file)
    assert here.files.stamp(here.project) != stamp
    survey = here.files.survey(here.project, SERVICE, "")
    assert survey.text == TEXT
    assert survey.kept is not None
    assert survey.kept.cpu == 3.5
    assert here.files.wishes(here.project)[SERVICE].cpu != 3.5


def test_what_was_there_is_kept_and_the_inverse_brings_it_back(here: Files) -> None:
    here.files.replace(here.change(None, TEXT))
    change = here.change(TEXT, TEXT.replace("3.5", "4"))
    backup = here.files.replace(change)
    assert here.read(backup) == TEXT
    here.files.replace(change.inverse)
    assert here.read(here.project.own_file) == TEXT
    gone = here.files.replace(here.change(TEXT, None))
    assert here.read(here.project.own_file) is None
    assert here.read(gone) == TEXT


def test_what_changed_meanwhile_is_told_and_not_overwritten(here: Files) -> None:
    change = here.change(None, TEXT)
    assert here.files.moved(change) == ""
    here.files.replace(here.change(None, "# Kept by sutaztop: another\nservices: {}\n"))
    assert here.files.moved(change) == f"{change.path} changed"
    with pytest.raises(EngineRefused, match="changed meanwhile"):
        here.files.replace(replace(change, after=TEXT))
    assert "another" in (here.read(change.path) or "")
