import io
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sutaztop.cli.arguments import parse
from sutaztop.cli.faces import run_face
from sutaztop.cli.main import run
from tests.terminal import DEADLINE, ROOT, Terminal

TOP_KEYS = [
    "schema",
    "at",
    "recorded",
    "engine",
    "host",
    "containers",
    "disks",
    "models",
    "findings",
    "recommendations",
]
CONTAINER_KEYS = {
    "id", "name", "service", "project", "state", "health", "cpu_cores", "cpu_limit_cores", "cpu_utilization",
    "memory_working_set_bytes", "memory_limit_bytes", "memory_utilization", "throttled_ratio",
    "network_rx_bytes_per_second", "network_tx_bytes_per_second", "block_read_bytes_per_second",
    "block_write_bytes_per_second", "pids", "restart_count", "oom_killed", "tier",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "120")


def journal(home: Path) -> list[dict[str, Any]]:
    path = home / ".local/state/sutaztop/journal.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_the_snapshot_document_keeps_its_contract(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_face(["snapshot", "--json", "--demo", "incident"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert list(document) == TOP_KEYS
    assert len(document["containers"]) > 100
    for container in document["containers"]:
        assert set(container) >= CONTAINER_KEYS
        missing = {key for key in CONTAINER_KEYS if container[key] is None}
        explained = set(container["unmeasured"])
        assert missing - explained <= {"cpu_limit_cores", "memory_limit_bytes", "service", "project"}
        assert explained <= missing


def test_the_snapshot_in_words_names_every_panel(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_face(["snapshot", "--demo", "incident"]) == 0
    out = capsys.readouterr().out
    for word in ("Host", "Containers", "Disk tiers", "Models", "Do next", "demo world", "ollama"):
        assert word in out


@pytest.mark.parametrize(("scenario", "status", "word"), [("calm", 0, "OK"), ("incident", 2, "CRITICAL")])
def test_check_says_by_its_status_how_things_stand(
    scenario: str, status: int, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_face(["check", "--demo", scenario]) == status
    assert capsys.readouterr().out.startswith(f"{word} - ")


def test_check_without_an_engine_is_unknown_and_never_ok(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run_face(["check", "--for", "1s", "--host", f"unix://{tmp_path}/none.sock"]) == 3
    assert "There is no socket at that path" in capsys.readouterr().out


def test_recommend_gives_reasons_as_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_face(["recommend", "--json", "--for", "1s", "--demo", "incident"]) == 0
    document = json.loads(capsys.readouterr().out)
    rules = {it["rule"] for it in document["recommendations"]}
    assert "R-MEM-1" in rules
    assert all(it["reason"] for it in document["recommendations"])


def test_a_dry_run_shows_the_plan_and_notes_that_nothing_was_done(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run_face(["limits", "backend", "--cpus", "3", "--dry-run", "--demo"]) == 0
    out = capsys.readouterr().out
    assert "container sutazai-backend" in out
    assert "update --cpus 3" in out
    assert "dry run" in out
    assert [entry["result"] for entry in journal(tmp_path)] == ["dry run"]


def test_yes_applies_and_verifies(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run_face(["limits", "backend", "--cpus", "3", "--yes", "--reason", "because of the queue", "--demo"]) == 0
    assert "inspect and the kernel both say cpu 3" in " ".join(capsys.readouterr().out.split())
    before, after = journal(tmp_path)
    assert (before["phase"], before["message"]) == ("intent", "because of the queue")
    assert (after["phase"], after["result"]) == ("outcome", "applied")


def test_without_a_terminal_and_without_yes_nothing_is_done(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("yes\n"))
    assert run_face(["replicas", "sutazai_crewai", "2", "--demo"]) == 2
    assert "Pass --yes" in capsys.readouterr().err
    assert journal(tmp_path) == []


def test_read_only_refuses_even_with_yes(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run_face(["--read-only", "limits", "backend", "--cpus", "3", "--yes", "--demo"]) == 1
    assert "read-only" in capsys.readouterr().out
    assert [entry["result"] for entry in journal(tmp_path)] == ["refused"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["limits", "backnd", "--cpus", "3"], "Did you mean"),
        (["limits", "backend"], "Neither --cpus nor --memory"),
        (["limits", "backend", "--cpus", "64"], "more than the host's 12"),
        (["replicas", "sutazai_crewai", "99"], "outside 1 to 10"),
        (["unload", "no-such-model"], "There is no loaded model"),
        (["remove", "backend"], "what runs is never removed"),
        (["stop", "sutazai_crewai"], "Name one of them"),
        (["rollback", "sutazai_node-agent"], "never updated"),
        (["redeploy", "redis"], "Compose service"),
        (["preload", "no-such-model"], "There is no installed model"),
    ],
)
def test_what_cannot_be_done_is_refused_with_what_to_try(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_face([*words, "--yes", "--demo"]) == 1
    assert said in " ".join(capsys.readouterr().err.split())


def test_no_words_at_all_mean_the_screen() -> None:
    assert parse([]).command is None


@pytest.mark.parametrize(
    "words",
    [
        ["limits", "x", "--cpus", "fast"],
        ["replicas", "x", "many"],
        ["kill", "x", "--signal", "STOP"],
        ["--interval", "soon"],
        ["--interval", "1ms"],
        ["--interval", "0"],
        ["--interval", "2h"],
    ],
)
def test_a_wrong_word_on_the_command_line_says_what_is_expected(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        run_face(words)
    assert left.value.code == 2
    assert "write for example" in capsys.readouterr().err


def test_a_wrong_configuration_stops_everything_with_file_line_and_key(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "own.yaml"
    path.write_text("screen:\n  intervall: 2s\n")
    assert run_face(["snapshot", "--demo", "--config", str(path)]) == 2
    said = capsys.readouterr().err
    assert all(word in said for word in ("own.yaml", "2", "intervall", "interval"))


def test_the_screen_is_not_drawn_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--demo"]) == 2
    assert "sutaztop snapshot" in capsys.readouterr().err


def test_the_doctor_tells_a_missing_socket_from_one_left_behind(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run_face(["doctor", "--host", f"unix://{tmp_path}/none.sock"]) == 3
    assert "There is no socket" in capsys.readouterr().out
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(tmp_path / "left.sock"))
    left.close()
    assert run_face(["doctor", "--host", f"unix://{tmp_path}/left.sock"]) == 3
    assert "left behind" in " ".join(capsys.readouterr().out.split())


def test_the_doctor_tells_what_a_scaling_file_asks_for_in_vain(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    rules = "services: {backend: {max_replicas: 4, rules: [{metric: sum(queue_length), target: 5}]}}\n"
    (tmp_path / "rules.yaml").write_text(rules)
    (tmp_path / "c.yaml").write_text("scaling_files: [./rules.yaml]\n")
    run_face(["doctor", "--demo", "--config", str(tmp_path / "c.yaml")])
    assert "backend: sum(queue_length): not measured here" in " ".join(capsys.readouterr().out.split())


def test_the_doctor_names_the_contexts_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_face(["doctor", "--context", "nowhere"]) == 3
    said = capsys.readouterr().err
    assert "nowhere" in said
    assert "default" in said


def test_the_doctor_says_why_ollama_is_not_reached(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    free = socket.socket()
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
    free.close()
    run_face(["doctor", "--host", f"unix://{tmp_path}/none.sock", "--ollama", f"http://127.0.0.1:{port}"])
    said = " ".join(capsys.readouterr().out.split())
    assert f"127.0.0.1:{port}" in said
    assert "refused" in said


def run_apart(*words: str, **settings: Any) -> subprocess.CompletedProcess[bytes]:
    """Run the program in a process of its own, which is where its last flush and its status can be seen."""
    command = [sys.executable, "-m", "sutaztop", *words]
    return subprocess.run(command, cwd=ROOT, timeout=60, check=False, stderr=subprocess.PIPE, **settings)


def test_a_command_may_follow_the_demo_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_face(["--demo", "snapshot", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["engine"]["demo"] is True


def test_an_answer_that_cannot_be_written_is_no_verdict() -> None:
    with Path("/dev/full").open("wb") as full:
        assert run_apart("--demo", "calm", "check", "--for", "1s", stdout=full).returncode == 3


@pytest.mark.parametrize("words", [["check", "--for", "1s"], ["snapshot"], ["limits", "backend", "--cpus", "3"]])
def test_an_output_without_unicode_is_written_all_the_same(words: list[str]) -> None:
    given = os.environ | {"PYTHONIOENCODING": "ascii:strict"}
    ran = run_apart(*words, "--demo", "calm", env=given, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
    assert ran.stdout.isascii()
    assert b"Traceback" not in ran.stderr


def test_json_keeps_its_text_where_the_output_has_no_unicode() -> None:
    given = os.environ | {"PYTHONIOENCODING": "ascii:strict"}
    ran = run_apart("snapshot", "--json", "--demo", "incident", env=given, stdout=subprocess.PIPE)
    texts = [finding["text"] for finding in json.loads(ran.stdout)["findings"]]
    assert texts
    assert not any("?" in text for text in texts)


def test_a_reason_that_is_no_text_is_cleaned_before_it_is_journalled(tmp_path: Path) -> None:
    words = ["limits", "backend", "--cpus", "3", "--yes", "--reason", "a\udcff\x1b[31mb", "--demo"]
    assert run_face(words) == 0
    assert journal(tmp_path)[0]["message"] == "ab"


@pytest.mark.parametrize(
    "words", [["--config", "/no/such.yaml"], ["--context", "nowhere"], ["--theme", "nosuch", "--demo"]]
)
def test_what_keeps_the_screen_from_opening_is_said_on_the_ordinary_screen(words: list[str]) -> None:
    with Terminal(words) as terminal:
        terminal.wait_gone()
        terminal._reader.join(DEADLINE)
    before, gone, after = bytes(terminal.written).rpartition(b"\x1b[?1049l")
    assert gone
    assert b"\x1b[?1049h" not in after
    assert b"sutaztop: " in after, before


def test_the_doctor_never_calls_an_ollama_well_that_nobody_saw(
    capsys: pytest.CaptureFixture[str],
) -> None:
    # On another host than this one only containers could tell where an Ollama is.
    run_face(["doctor", "--host", "tcp://127.0.0.2:1"])
    verdict = next(line for line in capsys.readouterr().out.splitlines() if "models" in line)
    assert verdict.startswith("note")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda state: state.write_text("a file"), "is no directory"),
        (lambda state: (state / "sutaztop/journal.jsonl/x").mkdir(parents=True), "is no ordinary file"),
        (lambda state: state.symlink_to("/proc/self"), "may not be written"),
        (lambda state: state.symlink_to("/dev/full"), "is no directory"),
    ],
    ids=["file", "directory in its place", "not writable", "device"],
)
def test_the_doctor_says_what_keeps_the_journal_from_being_written(
    spoil: Callable[[Path], object], said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    state = tmp_path / "state"
    spoil(state)
    monkeypatch.setenv("XDG_STATE_HOME", str(state))
    monkeypatch.setenv("COLUMNS", "110")
    run_face(["doctor", "--demo"])
    doctored = " ".join(capsys.readouterr().out.split())
    assert "FAULT journal" in doctored
    assert said in doctored
    assert run_face(["limits", "backend", "--cpus", "3", "--yes", "--demo"]) == 1


def test_a_script_that_asks_for_what_already_is_has_got_what_it_wants(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run_face(["limits", "backend", "--cpus", "2", "--yes", "--demo"]) == 0
    assert "already has these limits" in " ".join(capsys.readouterr().err.split())
    assert journal(tmp_path) == []


def test_a_redirected_error_output_is_told_before_the_screen_would_go_into_a_file(tmp_path: Path) -> None:
    errors = tmp_path / "errors"
    command = ["sh", "-c", f"exec {sys.executable} -m sutaztop --demo 2>{errors}"]
    with Terminal([], program=command) as terminal:
        assert terminal.wait_gone() == 2
    assert "error output is redirected" in errors.read_text()


def test_a_second_change_of_the_same_is_held_back_until_it_is_forced_with_the_name(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run_face(["limits", "backend", "--cpus", "3", "--yes", "--demo=calm"]) == 0
    again = ["limits", "backend", "--cpus", "3.5", "--demo=calm"]
    assert run_face([*again, "--yes"]) == 1
    told = " ".join(capsys.readouterr().err.split())
    assert "cool-down" in told
    assert "changed it, and what that did is to be seen after 60 s" in told
    assert run_face([*again, "--yes", "--force"]) == 2
    assert "--confirm" in capsys.readouterr().err
    assert run_face([*again, "--yes", "--force", "--confirm", "sutazai-redis"]) == 2
    name = "sutazai-backend"
    assert run_face([*again, "--yes", "--force", "--confirm", name]) == 0
    assert "Overrides a guardrail (cool-down)" in " ".join(capsys.readouterr().out.split())
    assert [entry["result"] for entry in journal(tmp_path) if entry["phase"] == "outcome"] == ["applied", "applied"]


def test_nothing_forces_read_only(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    words = ["--read-only", "limits", "backend", "--cpus", "3", "--yes", "--force", "--confirm", "sutazai-backend"]
    assert run_face([*words, "--demo=calm"]) == 1
    assert "read-only" in capsys.readouterr().out
    assert [entry["result"] for entry in journal(tmp_path)] == ["refused"]


def test_several_models_are_asked_about_once_and_unloaded_one_after_another(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run_face(["unload", "codellama:7b", "llama3.2:3b", "codellama:7b", "--yes", "--demo"]) == 0
    out = capsys.readouterr().out
    assert out.index("Unload codellama:7b") < out.index("Unload llama3.2:3b") < out.index("applied")
    objects = [it["object"].split()[1] for it in journal(tmp_path)]
    assert objects == ["codellama:7b", "codellama:7b", "llama3.2:3b", "llama3.2:3b"]


def test_one_of_several_that_cannot_be_keeps_none_of_the_others_back(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run_face(["unload", "no-such-model", "codellama:7b", "--yes", "--demo"]) == 1
    assert "There is no loaded model" in capsys.readouterr().err
    assert [it["result"] for it in journal(tmp_path)] == [None, "applied"]
