from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sutaztop.domain.project import Project
from sutaztop.domain.service import Orchestrator, Service
from sutaztop.engines.docker.compose import compose_service, group_replicas, project_of

LABEL = "com.docker.compose."


def entry(
    folder: Path, *, number: int = 1, name: str = "", state: str = "running", files: str | None = None, **labels: str
) -> dict[str, Any]:
    """Give one object of the list of containers, as Compose's container looks there."""
    given = {
        "project": "sutaz", "service": "web", "oneoff": "False", "container-number": str(number), "version": "5.6.1",
        "project.working_dir": str(folder), **labels,
        "project.config_files": str(folder / "compose.yaml") if files is None else files,
    }  # fmt: skip
    return {
        "Id": f"id{number}", "Names": [f"/{name or f'sutaz-web-{number}'}"], "Image": "sutazai/web:1", "State": state,
        "Created": 1000 + number, "Labels": {LABEL + key: value for key, value in given.items() if value},
    }  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "compose.yaml").write_text("services: {}\n")
    return tmp_path


def service_of(
    *entries: dict[str, Any],
    fixed_host_port: Callable[[str], bool] = lambda _: False,
    no_compose: Callable[[Project], str] = lambda _: "",
) -> Service:
    ((key, replicas),) = group_replicas(list(entries)).items()
    return compose_service(key, replicas, fixed_host_port=fixed_host_port, no_compose=no_compose)


def test_containers_of_a_service_become_one(folder: Path) -> None:
    it = service_of(entry(folder), entry(folder, number=2, state="exited"))
    assert (it.id, it.name, it.project, it.orchestrator) == ("sutaz/web", "web", "sutaz", Orchestrator.COMPOSE)
    assert (it.running, it.desired, it.container_ids) == (1, None, ("id1", "id2"))
    assert it.not_scalable == ""


def test_containers_of_no_project_are_left_out(folder: Path) -> None:
    assert group_replicas([entry(folder, project=""), {"Id": "x", "Labels": None}]) == {}


def test_a_one_off_run_is_no_replica(folder: Path) -> None:
    it = service_of(entry(folder), entry(folder, number=2, name="sutaz-web-run-12ab", oneoff="True"))
    assert (it.running, it.container_ids, it.not_scalable) == (1, ("id1",), "")


@pytest.mark.parametrize(
    "labels", [{"service": "--pull"}, {"service": "-f"}, {"project": "--help"}, {"project": "a/b"}]
)
def test_labels_that_would_be_options_to_compose_are_never_given_to_it(folder: Path, labels: dict[str, Any]) -> None:
    name = f"{labels.get('project', 'sutaz')}-{labels.get('service', 'web')}-1"
    assert "is no name that Compose gives" in service_of(entry(folder, name=name.lstrip("/"), **labels)).not_scalable


def test_a_service_of_one_off_runs_alone_cannot_be_scaled(folder: Path) -> None:
    assert "one-off" in service_of(entry(folder, name="sutaz-web-run-12ab", oneoff="True")).not_scalable


@pytest.mark.parametrize(
    ("name", "fixed"),
    [
        ("sutaz-web-1", False),
        ("sutaz_web_1", False),
        ("sutaz_web_1_1f2e3d4c5b6a", False),
        ("1f2e3d4c5b6a_sutaz-web-1", False),
        ("sutazai-web", True),
        ("sutaz-web", True),
        ("sutaz-web_1", True),
        ("sutaz-web-1-extra", True),
    ],
)
def test_a_name_of_its_own_is_told_from_a_numbered_one(folder: Path, name: str, fixed: bool) -> None:
    assert ("container_name" in service_of(entry(folder, name=name)).not_scalable) is fixed


def test_a_fixed_host_port_keeps_a_service_at_one(folder: Path) -> None:
    asked: list[str] = []

    def fixed(container_id: str) -> bool:
        asked.append(container_id)
        return True

    it = service_of(entry(folder), entry(folder, number=2), fixed_host_port=fixed)
    assert "fixed host port" in it.not_scalable
    assert asked == ["id2"], "the newest tells how the next would be made"


def test_files_that_have_gone_are_named(folder: Path) -> None:
    (folder / "compose.yaml").unlink()
    assert str(folder / "compose.yaml") in service_of(entry(folder)).not_scalable


def test_labels_that_name_no_files_are_a_reason(folder: Path) -> None:
    assert "labels do not say" in service_of(entry(folder, files="")).not_scalable


def test_relative_names_are_of_the_projects_folder(folder: Path) -> None:
    it = entry(folder, files="compose.yaml,more.yaml")
    ((_, replicas),) = group_replicas([it]).items()
    assert project_of(replicas).files == (str(folder / "compose.yaml"), str(folder / "more.yaml"))


def test_a_missing_compose_is_a_reason_and_is_asked_for_with_the_projects_version(folder: Path) -> None:
    seen: list[str] = []

    def none(project: Project) -> str:
        seen.append(project.version)
        return "no Compose"

    assert service_of(entry(folder, version="1.29.2"), no_compose=none).not_scalable == "no Compose"
    assert seen == ["1.29.2"]
