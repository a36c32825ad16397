import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from sutaztop.contracts import EngineUnreachable, Unreachable
from sutaztop.engines.docker.endpoint import Endpoint, Tls, context_names, resolve_endpoint


def configured(folder: Path, contexts: dict[str, Any], current: str = "") -> dict[str, str]:
    """Write docker's configuration as its command line does, and give the environment that finds it."""
    for name, endpoint in contexts.items():
        meta = folder / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest()
        meta.mkdir(parents=True)
        (meta / "meta.json").write_text(json.dumps({"Name": name, "Endpoints": {"docker": endpoint}}))
    if current:
        (folder / "config.json").write_text(json.dumps({"currentContext": current}))
    return {"DOCKER_CONFIG": str(folder)}


REMOTE = {"remote": {"Host": "tcp://10.0.0.9:2375"}}


def test_the_command_line_wins_over_everything(tmp_path: Path) -> None:
    env = {**configured(tmp_path, REMOTE, "remote"), "DOCKER_HOST": "unix:///a.sock", "DOCKER_CONTEXT": "remote"}
    found = resolve_endpoint(host="unix:///given.sock", context="remote", environment=env)
    assert (found.address, found.origin) == ("unix:///given.sock", "--host")


def test_a_context_of_the_command_line_wins_over_the_environment(tmp_path: Path) -> None:
    env = {**configured(tmp_path, REMOTE), "DOCKER_HOST": "unix:///a.sock"}
    found = resolve_endpoint(context="remote", environment=env)
    assert (found.address, found.origin) == ("tcp://10.0.0.9:2375", "--context remote")


def test_docker_host_wins_over_docker_context(tmp_path: Path) -> None:
    env = {**configured(tmp_path, REMOTE), "DOCKER_HOST": "unix:///a.sock", "DOCKER_CONTEXT": "remote"}
    assert resolve_endpoint(environment=env) == Endpoint("unix:///a.sock", "DOCKER_HOST")


def test_docker_context_wins_over_the_current_one(tmp_path: Path) -> None:
    contexts = {**REMOTE, "other": {"Host": "unix:///other.sock"}}
    env = {**configured(tmp_path, contexts, "remote"), "DOCKER_CONTEXT": "other"}
    assert resolve_endpoint(environment=env) == Endpoint("unix:///other.sock", "DOCKER_CONTEXT other")


def test_the_current_context_is_followed_and_named(tmp_path: Path) -> None:
    found = resolve_endpoint(environment=configured(tmp_path, REMOTE, "remote"))
    assert (found.address, found.origin) == ("tcp://10.0.0.9:2375", "docker context remote")


def test_without_a_word_from_anybody_it_is_the_default_socket(tmp_path: Path) -> None:
    socket = tmp_path / "docker.sock"
    socket.touch()
    found = resolve_endpoint(environment={"DOCKER_CONFIG": str(tmp_path)}, default_socket=socket)
    assert found == Endpoint(f"unix://{socket}", "default")


def test_the_default_context_is_the_default_socket(tmp_path: Path) -> None:
    env = configured(tmp_path, REMOTE, "remote")
    found = resolve_endpoint(context="default", environment=env, default_socket=tmp_path / "docker.sock")
    assert found.origin == "default"


def test_a_rootless_socket_is_taken_where_the_default_is_missing(tmp_path: Path) -> None:
    (tmp_path / "docker.sock").touch()
    env = {"DOCKER_CONFIG": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)}
    found = resolve_endpoint(environment=env, default_socket=tmp_path / "none.sock")
    assert found == Endpoint(f"unix://{tmp_path}/docker.sock", "rootless default")


@pytest.mark.parametrize("how", ["argument", "environment", "configuration"])
def test_an_unknown_context_names_those_there_are(tmp_path: Path, how: str) -> None:
    env = configured(tmp_path, REMOTE, "prod" if how == "configuration" else "")
    if how == "environment":
        env["DOCKER_CONTEXT"] = "prod"
    with pytest.raises(EngineUnreachable, match="default, remote") as unknown:
        resolve_endpoint(context="prod" if how == "argument" else "", environment=env)
    assert unknown.value.kind is Unreachable.WRONG_CONTEXT
    assert "prod" in str(unknown.value)


def test_a_context_that_cannot_be_read_is_unknown(tmp_path: Path) -> None:
    env = configured(tmp_path, {"broken": ["no object"]})
    with pytest.raises(EngineUnreachable):
        resolve_endpoint(context="broken", environment=env)
    assert context_names(tmp_path) == ["default", "broken"]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("/run/docker.sock", "unix:///run/docker.sock"),
        ("unix:///run/docker.sock", "unix:///run/docker.sock"),
        ("127.0.0.1:2375", "tcp://127.0.0.1:2375"),
        ("tcp://host:2376/", "tcp://host:2376"),
        ("ssh://operator@host", "ssh://operator@host"),
    ],
)
def test_addresses_are_understood_as_people_write_them(text: str, address: str) -> None:
    assert resolve_endpoint(host=text, environment={}).address == address


@pytest.mark.parametrize(
    "text", ["tcp://host", "unix://relative", "npipe:////./pipe/x", "tcp://:2375", "tcp://u:secret@h:1", "tcp://h:port"]
)
def test_a_bad_address_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(EngineUnreachable, match=r"unix:///var/run/docker\.sock") as bad:
        resolve_endpoint(host=text, environment={})
    assert bad.value.kind is Unreachable.BAD_ADDRESS


def certificates(folder: Path) -> Tls:
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("ca.pem", "cert.pem", "key.pem"):
        (folder / name).touch()
    return Tls(str(folder / "ca.pem"), str(folder / "cert.pem"), str(folder / "key.pem"))


def test_certificates_of_the_environment_are_used_for_tcp(tmp_path: Path) -> None:
    tls = certificates(tmp_path)
    env = {"DOCKER_HOST": "tcp://host:2376", "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": str(tmp_path)}
    assert resolve_endpoint(environment=env).tls == tls
    assert resolve_endpoint(environment={**env, "DOCKER_HOST": "unix:///a.sock"}).tls is None


def test_certificates_of_a_context_are_used(tmp_path: Path) -> None:
    env = configured(tmp_path, {"remote": {"Host": "tcp://host:2376", "SkipTLSVerify": False}})
    tls = certificates(tmp_path / "contexts" / "tls" / hashlib.sha256(b"remote").hexdigest() / "docker")
    found = resolve_endpoint(context="remote", environment=env)
    assert found.tls == tls
    assert found.actions_refused == ""


@pytest.mark.parametrize(
    ("address", "refused"),
    [
        ("unix:///a.sock", False), ("ssh://host", False), ("tcp://127.0.0.1:2375", False), ("tcp://[::1]:2375", False),
        ("tcp://localhost:2375", False), ("tcp://10.0.0.9:2375", True), ("tcp://host:2375", True),
        ("http://host:2375", True), ("tcp://127.evil.example:2375", True),
    ],
)  # fmt: skip
def test_actions_are_refused_over_plain_tcp_to_another_host(address: str, refused: bool) -> None:
    assert bool(Endpoint(address, "--host").actions_refused) is refused
