"""Decisions in a shell: explained live, kept, judged again, and two profiles held against each other."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from sutaztop.cli.faces import run_face
from tests.shared import shared_file

SAMPLES = [[1000 - 15 * n, 1860, 1 << 29, 1650 - 150 * n, 0] for n in range(11, -1, -1)]
SERVICE = {
    "name": "backend", "replicas": 1, "cpu_limit": 2000, "mem_limit": 4 << 30, "min_replicas": 1, "max_replicas": 4,
    "reps": [{"id": "r0", "state": "running", "started": 0, "samples": SAMPLES}],
}  # fmt: skip
HOST = {"cpus": 16_000, "cpu_used": 6000, "mem_total": 64 << 30, "mem_available": 40 << 30}
QUIET = {**SERVICE, "name": "quiet", "cpu_limit": 4000}


@pytest.fixture(autouse=True)
def _empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "120")


def situation(tmp_path: Path, **changes: object) -> str:
    path = tmp_path / "situation.json"
    path.write_text(json.dumps({"now": 1000, "host": HOST, "services": [SERVICE, QUIET], **changes}))
    return str(path)


def profile(tmp_path: Path, name: str, numbers: str) -> str:
    path = tmp_path / f"{name}.yaml"
    path.write_text(f"thresholds:\n  {numbers}\n")
    return str(path)


def test_a_hand_made_situation_is_judged_with_every_step(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_face(["decide", "--from", situation(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "! backend: act" in out
    assert "CPU limit    2 cores → 3 cores (R-CPU-1)" in out
    assert "raw 3 cores → clamped 3 cores → final 3 cores" in out
    assert "quiet: hold" in out


def test_its_document_says_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_face(["decide", "--json", "--from", situation(tmp_path)]) == 0
    (only,) = json.loads(capsys.readouterr().out)["situations"]
    backend, quiet = only["decisions"]
    assert backend["schema"] == "sutaztop.decision/1"
    assert backend["actions"] == [{"kind": "cpu_limit", "from": 2000, "to": 3000, "rule": "R-CPU-1"}]
    assert (quiet["state"], quiet["actions"]) == ("hold", [])


def test_the_documents_own_numbers_stand_over_a_profiles(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    strict = profile(tmp_path, "strict", "cpu_warning: 0.94")
    assert run_face(["decide", "--json", "--profile", strict, "--from", situation(tmp_path)]) == 0
    (only,) = json.loads(capsys.readouterr().out)["situations"]
    assert only["decisions"][0]["state"] == "hold"
    path = situation(tmp_path, config={"cpu_up": 75})
    assert run_face(["decide", "--json", "--profile", strict, "--from", path]) == 0
    (only,) = json.loads(capsys.readouterr().out)["situations"]
    assert only["decisions"][0]["state"] == "act"


def test_two_profiles_are_held_against_each_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    strict = profile(tmp_path, "strict", "cpu_warning: 0.94")
    assert run_face(["decide", "--compare", "none", strict, "--from", situation(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert "1 of 2 cases are decided differently" in out
    row = next(line for line in out.splitlines() if line.startswith("backend"))
    assert "act: cpu_limit 2 cores → 3 cores [R-CPU-1]" in row
    assert row.endswith("hold")
    assert run_face(["decide", "--compare", "none", "none", "--from", situation(tmp_path)]) == 0
    assert "0 of 2 cases" in capsys.readouterr().out
    assert run_face(["decide", "--json", "--compare", "none", strict, "--from", situation(tmp_path)]) == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["cases"], len(document["different"])) == (2, 1)


def test_the_worked_examples_are_judged_as_they_stand(capsys: pytest.CaptureFixture[str]) -> None:
    path = shared_file("data/policy/policy_examples.json")
    assert run_face(["decide", "--json", "--from", str(path)]) == 0
    assert path is not None
    examples = json.loads(path.read_text())["examples"]
    judged = json.loads(capsys.readouterr().out)["situations"]
    assert [it["name"] for it in judged] == [it["name"] for it in examples]
    for example, it in zip(examples, judged, strict=True):
        (decision,) = it["decisions"]
        assert decision["state"] == example["expected"]["state"], example["name"]
        actions = [[one["kind"], one["from"], one["to"], one["rule"]] for one in decision["actions"]]
        assert actions == example["expected"]["actions"], example["name"]


def test_it_may_come_from_the_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps({"now": 1000, "host": HOST, "service": SERVICE})))
    assert run_face(["decide", "--from", "-"]) == 0
    assert "backend: act" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "situation.json:1:2"),
        ("[]", '"examples"'),
        ('{"now": 1, "host": {"cpus": 1}, "services": []}', "host.mem_total is missing"),
        ('{"now": 1, "host": {"cpus": 1}}', ": service is missing"),
        ('{"examples": [{"name": "a"}]}', "examples[0]"),
        ('{"examples": [{"input": {"now": "x", "host": {}}}]}', "examples[0]"),
        ("[" * 100_000, "JSON"),
    ],
)
def test_what_is_wrong_is_told_with_file_and_place(
    text: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "situation.json"
    path.write_text(text)
    assert run_face(["decide", "--from", str(path)]) == 2
    told = capsys.readouterr().err
    assert words in told
    assert str(path) in told


def test_a_profile_that_is_none_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_face(["decide", "--compare", "none", "nnone", "--from", situation(tmp_path)]) == 2
    assert "nnone" in capsys.readouterr().err


def test_what_was_seen_is_explained_kept_and_judged_again_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "kept.json"
    words = ["explain", "backend", "--json", "--for", "1s", "--demo", "incident", "--save", str(path)]
    assert run_face(words) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert told["schema"] == "sutaztop.decision/1"
    assert told["name"] == "backend"
    assert run_face(["decide", "--json", "--from", str(path)]) == 0
    (again,) = json.loads(capsys.readouterr().out)["situations"]
    assert len(again["decisions"]) > 100
    assert next(it for it in again["decisions"] if it["id"] == told["id"]) == told


def test_a_name_that_is_nothing_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_face(["explain", "bakcend", "--for", "0s", "--demo", "calm"]) == 1
    assert "Did you mean" in capsys.readouterr().err


def test_a_file_that_is_something_else_is_not_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = tmp_path / "thesis.json"
    mine.write_text('{"schema": "mine"}')
    assert run_face(["recommend", "--for", "0s", "--demo", "calm", "--save", str(mine)]) == 2
    assert "no sutaztop.situation/1 document" in capsys.readouterr().err
    assert mine.read_text() == '{"schema": "mine"}'
