"""The whole program in a real terminal, on a real engine, with the keys that a person presses."""

import json
import string
import time
from collections.abc import Iterator

import pytest

from sutaztop.cli.faces import run_face
from tests.lab.proxy import RecordingProxy
from tests.lab.stack import Stack
from tests.terminal import Terminal

ESCAPE = "\x1b"
NAMED_KEYS = {
    "Enter": "\r", "Tab": "\t", "Shift-Tab": "\x1b[Z", "Backspace": "\x7f", "Esc": ESCAPE, "Up": "\x1b[A",
    "Down": "\x1b[B", "Right": "\x1b[C", "Left": "\x1b[D", "Home": "\x1b[H", "End": "\x1b[F", "PgUp": "\x1b[5~",
    "PgDn": "\x1b[6~", "Delete": "\x1b[3~", "F1": "\x1bOP", "F5": "\x1b[15~", "Ctrl-D": "\x04", "Ctrl-K": "\x0b",
    "Ctrl-L": "\x0c", "Ctrl-N": "\x0e", "Ctrl-O": "\x0f", "Ctrl-R": "\x12", "Ctrl-U": "\x15", "Ctrl-W": "\x17",
}  # fmt: skip
PRINTABLE = "".join(char for char in string.digits + string.ascii_letters + string.punctuation if char != "q")
READS = {"GET", "HEAD"}


@pytest.fixture
def proxy(lab_stack: Stack) -> Iterator[RecordingProxy]:
    with RecordingProxy(lab_stack.host) as it:
        yield it


def words(proxy: RecordingProxy, stack: Stack, *more: str) -> list[str]:
    return ["--host", proxy.host, "--ollama", f"http://127.0.0.1:{stack.ollama.port}", *more]


@pytest.mark.docker
def test_read_only_with_every_key_pressed_asks_the_engine_only_to_read(proxy: RecordingProxy, lab_stack: Stack) -> None:
    asked_before = len(lab_stack.ollama.requests)
    with Terminal(words(proxy, lab_stack, "--read-only")) as screen:
        screen.wait_for(lambda text: "READ-ONLY" in text and "backend" in text)
        for key in (*PRINTABLE, *NAMED_KEYS.values()):
            # What opens a dialog is answered with yes, as a person in a hurry would.
            screen.send(key)
            time.sleep(0.05)
            screen.send("y\r")
            time.sleep(0.02)
            screen.send(ESCAPE)
            time.sleep(0.05)
        screen.send(ESCAPE * 2)
        screen.wait_for("READ-ONLY")
        screen.send("\x11")
        screen.wait_gone()
    assert len(proxy.asked) > 20
    assert {method for method, _ in proxy.asked} <= READS
    assert {request.method for request in lab_stack.ollama.requests[asked_before:]} <= READS


@pytest.mark.docker
def test_the_wall_asks_the_engine_only_to_read_whatever_is_pressed(proxy: RecordingProxy, lab_stack: Stack) -> None:
    asked_before = len(lab_stack.ollama.requests)
    with Terminal(words(proxy, lab_stack, "--wall")) as wall:
        wall.wait_for(lambda text: "backend" in text or "cores" in text)
        for key in (*PRINTABLE, *NAMED_KEYS.values()):
            wall.send(key)
            time.sleep(0.02)
        wall.send("y\ry\r")
        time.sleep(1)
        assert wall.process.poll() is None
    assert len(proxy.asked) > 10
    assert {method for method, _ in proxy.asked} <= READS
    assert {request.method for request in lab_stack.ollama.requests[asked_before:]} <= READS


@pytest.mark.docker
@pytest.mark.parametrize(
    "command",
    [
        ["limits", "sutazai-backend", "--cpus", "0.6"],
        ["limits", "sutazai-backend", "--cpus", "0.6", "--for", "10m"],
        ["restart", "sutazai-backend"],
        ["stop", "sutazai-postgres"],
        ["pause", "sutazai-backend"],
        ["kill", "sutazai-backend", "--signal", "TERM"],
        ["remove", "sutazai-flowise"],
        ["unload", "codellama:7b"],
        ["pin", "llama3.2:3b"],
        ["preload", "nomic-embed-text"],
        ["undo"],
    ],
    ids=lambda it: "-".join(it[:1] + it[4:5]),
)
def test_read_only_commands_ask_only_to_read(
    command: list[str], proxy: RecordingProxy, lab_stack: Stack, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    asked_before = len(lab_stack.ollama.requests)
    assert run_face(["--read-only", *words(proxy, lab_stack), *command, "--yes"]) == 1
    assert {method for method, _ in proxy.asked} <= READS
    assert {request.method for request in lab_stack.ollama.requests[asked_before:]} <= READS


@pytest.mark.docker
def test_more_limits_by_key_are_verified_by_inspect_and_the_kernel(
    proxy: RecordingProxy, lab_stack: Stack, tmp_path: object
) -> None:
    before = json.loads(lab_stack.lab.docker("inspect", "sutazai-neo4j"))[0]["HostConfig"]
    with Terminal(words(proxy, lab_stack), environment={"XDG_STATE_HOME": str(tmp_path)}) as screen:
        screen.wait_for("neo4j")
        screen.send("/neo4j\r")
        screen.wait_for(lambda text: "match" in text)
        screen.send("U")
        screen.wait_for("Cancel")
        time.sleep(0.6)  # keys are ignored for 400 ms after a dialog has opened
        screen.send("y")
        screen.wait_for("Applied")
        screen.send("\x11")
        screen.wait_gone()
    after = json.loads(lab_stack.lab.docker("inspect", "sutazai-neo4j"))[0]["HostConfig"]
    assert after["Memory"] == 2 * before["Memory"]
    assert [path for method, path in proxy.asked if method == "POST"] == [
        path for _, path in proxy.asked if path.endswith("/update")
    ]


@pytest.mark.docker
def test_a_restart_from_the_action_menu_makes_a_new_run_and_one_request(
    proxy: RecordingProxy, lab_stack: Stack, tmp_path: object
) -> None:
    before = lab_stack.lab.inspect("sutazai-backend", "{{.State.Pid}}")
    with Terminal(words(proxy, lab_stack), environment={"XDG_STATE_HOME": str(tmp_path)}) as screen:
        screen.wait_for("backend")
        screen.send("/backend\r")
        screen.wait_for(lambda text: "match" in text)
        screen.send("a")
        screen.wait_for("Actions: backend")
        screen.send("r")
        screen.wait_for("Cancel")
        time.sleep(0.6)  # keys are ignored for 400 ms after a dialog has opened
        screen.send("y")
        screen.wait_for("Applied")
        screen.send("\x11")
        screen.wait_gone()
    assert lab_stack.lab.inspect("sutazai-backend", "{{.State.Status}}") == "running"
    assert lab_stack.lab.inspect("sutazai-backend", "{{.State.Pid}}") != before
    posted = [path for method, path in proxy.asked if method == "POST"]
    assert len(posted) == 1
    assert posted[0].endswith("/restart")
