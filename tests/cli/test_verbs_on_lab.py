"""Verbs from a script on a real engine: what the engine, the kernel and the journal say afterwards."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sutaztop.cli.faces import run_face
from tests.lab.client import CommandFailed, Lab
from tests.lab.dockerd import wait_until
from tests.lab.ollama import OllamaDouble
from tests.lab.swarm import REPLICATED, Swarm

pytestmark = pytest.mark.docker
HANDLES_TERM = ("sh", "-c", "trap 'exit 3' TERM; while :; do sleep 0.05; done")


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture
def run(lab: Lab) -> Iterator[Callable[..., str]]:
    made: list[str] = []

    def start(name: str, *options: str, command: tuple[str, ...] = ("sleep", "1000000")) -> str:
        made.append(lab.run(name, "--network", "none", *options, command=command))
        return made[-1]

    yield start
    lab.remove(*made)


def journal(home: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (home / "sutaztop/journal.jsonl").read_text().splitlines()]


def do(host: str, *words: str) -> int:
    return run_face(["--host", host, "--ollama", "http://127.0.0.1:9", *words, "--yes"])


def state(lab: Lab, name: str) -> str:
    return lab.inspect(name, "{{.State.Status}} {{.State.ExitCode}}")


def test_stop_start_restart_pause_and_unpause_are_each_done_and_journalled(
    lab: Lab, run: Callable[..., str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("cli-verbs")
    pid = lab.inspect("cli-verbs", "{{.State.Pid}}")
    for verb, expected in (
        ("pause", "paused 0"), ("unpause", "running 0"), ("restart", "running 0"), ("stop", "exited 137"),
        ("start", "running 0"),
    ):  # fmt: skip
        assert do(lab.host, verb, "cli-verbs") == 0
        assert state(lab, "cli-verbs") == expected
    assert lab.inspect("cli-verbs", "{{.State.Pid}}") != pid
    kept = journal(tmp_path)
    assert [(it["phase"], it["result"]) for it in kept] == [("intent", None), ("outcome", "applied")] * 5
    assert kept[0]["change"]["kind"] == "ChangeState"
    assert "exit code 137: it was killed" in capsys.readouterr().out


def test_doing_twice_what_is_done_is_no_failure(lab: Lab, run: Callable[..., str]) -> None:
    run("cli-twice")
    assert [do(lab.host, "stop", "cli-twice"), do(lab.host, "stop", "cli-twice")] == [0, 0]


@pytest.mark.parametrize(("signal", "expected"), [("TERM", "exited 3"), ("KILL", "exited 137"), ("HUP", "running 0")])
def test_a_kill_sends_the_signal_and_tells_what_came_of_it(
    signal: str, expected: str, lab: Lab, run: Callable[..., str]
) -> None:
    run(f"cli-kill-{signal.lower()}", command=HANDLES_TERM)
    assert do(lab.host, "kill", f"cli-kill-{signal.lower()}", "--signal", signal) == 0
    assert state(lab, f"cli-kill-{signal.lower()}") == expected


def test_a_term_that_is_ignored_is_accepted_and_not_seen(
    lab: Lab, run: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    run("cli-ignores")
    assert do(lab.host, "kill", "cli-ignores", "--signal", "SIGTERM") == 4
    assert "a first process ignores a signal that it does not expect" in " ".join(capsys.readouterr().out.split())


def test_a_container_killed_by_hand_is_not_brought_back_by_its_policy(lab: Lab, run: Callable[..., str]) -> None:
    """What the preview warns of: the engine takes a signal for a stop by hand."""
    run("cli-policy", "--restart", "always", command=HANDLES_TERM)
    assert do(lab.host, "kill", "cli-policy", "--signal", "KILL") == 0
    assert lab.inspect("cli-policy", "{{.State.Status}} {{.RestartCount}}") == "exited 0"


def test_one_that_does_not_run_is_removed_and_its_volume_stays(lab: Lab, run: Callable[..., str]) -> None:
    run("cli-remove", "-v", "/data", "-v", "cli-kept:/kept")
    anonymous = lab.inspect("cli-remove", "{{range .Mounts}}{{.Name}} {{end}}").split()
    assert do(lab.host, "remove", "cli-remove") == 1
    assert state(lab, "cli-remove").startswith("running")
    assert do(lab.host, "stop", "cli-remove") == 0
    assert do(lab.host, "remove", "cli-remove") == 0
    with pytest.raises(CommandFailed):
        lab.docker("inspect", "--type", "container", "cli-remove")
    assert set(anonymous) <= set(lab.docker("volume", "ls", "-q").split())
    lab.docker("volume", "rm", *anonymous)


def test_a_restart_into_a_crash_has_failed_and_says_how_it_ended(
    lab: Lab, run: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    run("cli-crash", command=("sh", "-c", "if [ -e /was ]; then exit 7; fi; touch /was; sleep 1000"))
    lab.wait_for("cli-crash", "{{.State.Running}}", "true")
    wait_until(lambda: "/was" in lab.docker("diff", "cli-crash"), 20.0)
    assert do(lab.host, "restart", "cli-crash") == 3
    assert "exit code 7" in capsys.readouterr().out


def test_one_made_with_rm_is_gone_when_it_is_stopped(
    lab: Lab, run: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    run("cli-rm", "--rm")
    assert do(lab.host, "stop", "cli-rm") == 0
    assert "It was made with --rm" in capsys.readouterr().out


def test_a_paused_container_is_not_probed_and_keeps_its_health(lab: Lab, run: Callable[..., str]) -> None:
    """What the preview of a pause says."""
    run("cli-probe", "--health-cmd", "true", "--health-interval", "300ms", "--health-retries", "1")
    lab.wait_for("cli-probe", "{{.State.Health.Status}}", "healthy")
    assert do(lab.host, "pause", "cli-probe") == 0
    probes = "{{(index .State.Health.Log 0).Start}} {{.State.Health.Status}}"
    first = lab.inspect("cli-probe", probes)
    # Two more engine calls of a second each: several probes' time, and none is run.
    lab.docker("stats", "--no-stream", "cli-probe")
    lab.docker("stats", "--no-stream", "cli-probe")
    assert lab.inspect("cli-probe", probes) == first
    assert do(lab.host, "unpause", "cli-probe") == 0


@pytest.mark.swarm
def test_a_swarm_service_is_made_anew_and_rolled_back(
    lab_swarm: Swarm, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lab = lab_swarm.lab
    spec = json.loads(lab.docker("service", "inspect", REPLICATED))[0]["Spec"]
    tasks = set(lab.docker("ps", "-q", "--filter", f"name={REPLICATED}").split())
    assert do(lab.host, "redeploy", REPLICATED) == 0
    assert not tasks & set(lab.docker("ps", "-q", "--filter", f"name={REPLICATED}").split())
    assert do(lab.host, "rollback", REPLICATED) == 0
    assert json.loads(lab.docker("service", "inspect", REPLICATED))[0]["Spec"] == spec
    assert "2 of 2 tasks run" in capsys.readouterr().out
    assert [it["result"] for it in journal(tmp_path)] == [None, "applied"] * 2


@pytest.mark.swarm
def test_a_swarm_task_is_not_stopped_and_one_that_is_killed_is_replaced(lab_swarm: Swarm) -> None:
    lab = lab_swarm.lab
    name, *_ = lab.docker("ps", "--format", "{{.Names}}", "--filter", f"name={REPLICATED}").split()
    assert do(lab.host, "stop", name) == 1
    assert state(lab, name).startswith("running")
    assert do(lab.host, "kill", name, "--signal", "KILL") == 0
    lab_swarm.wait_for_replicas(2)


def test_models_are_pinned_loaded_and_several_unloaded_at_once(
    lab: Lab, ollama_double: OllamaDouble, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def ask(*words: str) -> int:
        return run_face(["--host", lab.host, "--ollama", ollama_double.endpoint, *words, "--yes"])

    assert ask("pin", "llama3.2:3b") == 0
    assert "loaded to stay" in capsys.readouterr().out
    assert ask("pin", "llama3.2:3b") == 0  # it is so already
    assert ask("unpin", "llama3.2:3b") == 0
    assert ask("preload", "deepseek-r1:8b") == 0
    assert ask("unload", "llama3.2:3b", "nobody", "deepseek-r1:8b") == 1
    assert not ollama_double.is_loaded("llama3.2:3b")
    assert not ollama_double.is_loaded("deepseek-r1:8b")
    assert ollama_double.delete_count == 0
    kinds = [it["change"]["kind"] for it in journal(tmp_path) if it["phase"] == "outcome"]
    assert kinds == ["ChangeStay", "ChangeStay", "ChangeStay", "Unload", "Unload"]


READ_ONLY = [
    ["restart", "cli-read-only"],
    ["kill", "cli-read-only"],
    ["pin", "llama3.2:3b"],
    ["preload", "deepseek-r1:8b"],
]


@pytest.mark.parametrize("words", READ_ONLY, ids=lambda it: it[0])
def test_read_only_refuses_every_new_verb(
    words: list[str], lab: Lab, run: Callable[..., str], ollama_double: OllamaDouble
) -> None:
    run("cli-read-only")
    pid = lab.inspect("cli-read-only", "{{.State.Pid}}")
    told = ["--read-only", "--host", lab.host, "--ollama", ollama_double.endpoint, *words, "--yes"]
    assert run_face(told) == 1
    assert lab.inspect("cli-read-only", "{{.State.Pid}} {{.State.Status}}") == f"{pid} running"
    assert {method for method, _ in ollama_double.asked()} <= {"GET", "HEAD"}
