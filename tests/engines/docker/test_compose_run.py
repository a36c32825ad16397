"""Compose as a program: found by its version, given the whole command, ended at the deadline."""

import os
import stat
from pathlib import Path

import pytest

from sutaztop.contracts import DeadlineExceeded, EngineError, EngineRefused, NotSupported
from sutaztop.domain.project import Project
from sutaztop.domain.quantity import Seconds
from sutaztop.engines.docker.compose_run import Compose
from sutaztop.engines.docker.endpoint import Endpoint, Tls
from tests.lab.dockerd import wait_until
from tests.lab.requirements import compose_binary, give_up, missing_for_compose

HERE = Endpoint("unix:///run/lab.sock", "test")
LONG = Seconds(30.0)


def program(folder: Path, *, version: str = "5.6.1", then: str = "exit 0") -> tuple[str, ...]:
    """Write a program that tells a version, and else writes down how it was called and does ``then``."""
    path = folder / "compose-double"
    path.write_text(
        "#!/bin/sh\n"
        f'if [ "$*" = "version --short" ]; then echo {version}; exit 0; fi\n'
        f"printf '%s\\n' \"$@\" > {folder}/argv\nenv -0 > {folder}/environment\n{then}\n"
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return (str(path),)


def project(folder: Path, version: str = "5.6.1") -> Project:
    return Project("sutaz", str(folder), (f"{folder}/a.yaml", f"{folder}/b.yaml"), (f"{folder}/.env",), version)


def environment(folder: Path) -> dict[str, str]:
    pairs = (folder / "environment").read_text().split("\0")
    return dict(pair.split("=", 1) for pair in pairs if pair)


def test_the_whole_command_touches_one_service_and_recreates_nothing(tmp_path: Path) -> None:
    Compose(HERE, program(tmp_path)).scale(project(tmp_path), "web", 3, deadline=LONG)
    assert (tmp_path / "argv").read_text().split("\n")[:-1] == [
        "-p", "sutaz", "--project-directory", str(tmp_path), "-f", f"{tmp_path}/a.yaml", "-f", f"{tmp_path}/b.yaml",
        "--env-file", f"{tmp_path}/.env", "up", "-d", "--no-deps", "--no-recreate", "--no-build",
        "--scale", "web=3", "web",
    ]  # fmt: skip


def test_compose_speaks_to_this_engine_and_to_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///another.sock")
    monkeypatch.setenv("DOCKER_CONTEXT", "another")
    monkeypatch.setenv("COMPOSE_FILE", "another.yaml")
    monkeypatch.setenv("TAG_OF_THE_STACK", "v7")
    Compose(HERE, program(tmp_path)).scale(project(tmp_path), "web", 3, deadline=LONG)
    seen = environment(tmp_path)
    assert seen["DOCKER_HOST"] == "unix:///run/lab.sock"
    assert {"DOCKER_CONTEXT", "COMPOSE_FILE", "DOCKER_TLS_VERIFY"}.isdisjoint(seen)
    assert seen["TAG_OF_THE_STACK"] == "v7"


def test_compose_is_given_the_certificates(tmp_path: Path) -> None:
    endpoint = Endpoint("tcp://host:2376", "test", Tls("ca", "cert", "key"), "/certificates")
    Compose(endpoint, program(tmp_path)).scale(project(tmp_path), "web", 3, deadline=LONG)
    seen = environment(tmp_path)
    assert (seen["DOCKER_TLS_VERIFY"], seen["DOCKER_CERT_PATH"]) == ("1", "/certificates")


def test_what_compose_says_last_is_the_reason(tmp_path: Path) -> None:
    said = (
        "printf ' Container sutaz-web-2  Starting\\n\\033[31mError\\033[0m: port is already allocated\\n' >&2; exit 1"
    )
    with pytest.raises(EngineError, match="Error: port is already allocated") as failed:
        Compose(HERE, program(tmp_path, then=said)).scale(project(tmp_path), "web", 3, deadline=LONG)
    assert "\x1b" not in str(failed.value)
    assert "Starting" not in str(failed.value)
    # A refusal says that nothing changed, and one of two new containers may well have started.
    assert not isinstance(failed.value, EngineRefused)


def test_a_compose_that_hangs_is_ended_with_its_children(tmp_path: Path) -> None:
    hang = f"sleep 600 & echo $! > {tmp_path}/child; wait"
    compose = Compose(HERE, program(tmp_path, then=hang))
    with pytest.raises(DeadlineExceeded):
        compose.scale(project(tmp_path), "web", 3, deadline=Seconds(2.0))
    child = (tmp_path / "child").read_text().strip()
    wait_until(lambda: _has_ended(child), 20.0)


def _has_ended(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


@pytest.mark.parametrize(
    ("made_by", "at_hand", "fits"),
    [("5.6.1", "2.40.3", True), ("2.18.0", "v5.6.1", True), ("1.29.2", "1.29.2", True), ("1.29.2", "5.6.1", False),
     ("5.6.1", "1.29.2", False), ("", "5.6.1", True)],
)  # fmt: skip
def test_a_project_is_only_driven_by_a_compose_of_its_line(
    tmp_path: Path, made_by: str, at_hand: str, fits: bool
) -> None:
    compose = Compose(HERE, program(tmp_path, version=at_hand))
    missing = compose.missing_for(project(tmp_path, made_by))
    assert (missing == "") is fits
    if not fits:
        assert ("Compose 1" in missing) is made_by.startswith("1.")
        with pytest.raises(NotSupported):
            compose.scale(project(tmp_path, made_by), "web", 3, deadline=LONG)
        assert not (tmp_path / "argv").exists()


def test_no_compose_at_all_says_what_was_looked_for(tmp_path: Path) -> None:
    compose = Compose(HERE, (str(tmp_path / "none"),))
    assert str(tmp_path / "none") in compose.missing_for(project(tmp_path))


def test_the_composes_at_hand_can_be_listed(tmp_path: Path) -> None:
    command = program(tmp_path)
    assert list(Compose(HERE, command).found()) == [command]
    assert list(Compose(HERE, (str(tmp_path / "none"),)).found()) == []


@pytest.mark.compose
def test_the_real_compose_is_understood(tmp_path: Path) -> None:
    if reason := missing_for_compose():
        give_up("compose", reason)
    binary = compose_binary()
    assert os.access(str(binary), os.X_OK)
    compose = Compose(HERE, (str(binary),))
    assert compose.missing_for(project(tmp_path)) == ""
    assert compose.missing_for(project(tmp_path, "1.29.2")).startswith("Compose 1")
