"""`snapshot`, `check` and `recommend` of a moment of a recording: what they would have printed then."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from sutaztop.cli.faces import run_face
from sutaztop.cli.report import check_status
from sutaztop.domain.frame import Frame
from tests.store.demo_recording import record_demo

pytestmark = pytest.mark.usefixtures("no_engine")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Frame]]:
    path = tmp_path_factory.mktemp("then") / "whole.db"
    return path, record_demo(path, 60)


def test_a_snapshot_of_then_has_the_figures_of_then(
    recorded: tuple[Path, list[Frame]], capsys: pytest.CaptureFixture[str]
) -> None:
    path, frames = recorded
    then = frames[30]
    at = then.snapshot.at.isoformat()
    assert run_face(["snapshot", "--json", "--recording", str(path), "--at", at]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["recorded"] is True
    assert document["at"] == at.replace("+00:00", "Z")
    assert [it["subject"]["id"] for it in document["findings"]] == [it.subject.id for it in then.findings]
    for it, told in zip(then.snapshot.containers, document["containers"], strict=True):
        assert told["id"] == it.id
        assert told["memory_working_set_bytes"] == (it.usage.memory if isinstance(it.usage.memory, int) else None)
    assert run_face(["snapshot", "--recording", str(path), "--at", at]) == 0
    out = capsys.readouterr().out
    assert f"recorded {then.snapshot.at:%Y-%m-%d %H:%M:%S}" in out.splitlines()[0]
    names = {it.display_name for it in then.snapshot.containers}
    assert all(any(name[:12] in line for line in out.splitlines()) for name in names)


def test_a_verdict_of_then_has_its_exit_status(
    recorded: tuple[Path, list[Frame]], capsys: pytest.CaptureFixture[str]
) -> None:
    path, frames = recorded
    for then in (frames[0], frames[-1]):
        words = ["check", "--recording", str(path), "--at", then.snapshot.at.isoformat()]
        assert run_face(words) == check_status(then)
        assert capsys.readouterr().out.splitlines()[0].startswith(then.worst.word.upper())
    assert frames[0].findings != frames[-1].findings


def test_without_a_moment_it_is_the_end_and_a_span_counts_from_there(
    recorded: tuple[Path, list[Frame]], capsys: pytest.CaptureFixture[str]
) -> None:
    path, frames = recorded
    for words, then in (([], frames[-1]), (["--at", "-20s"], frames[-21])):
        assert run_face(["recommend", "--json", "--recording", str(path), *words]) == 0
        document = json.loads(capsys.readouterr().out)
        assert document["at"] == then.snapshot.at.isoformat().replace("+00:00", "Z")
        assert [it["subject"]["id"] for it in document["recommendations"]] == [
            it.subject.id for it in then.recommendations
        ]


def test_a_moment_that_was_not_recorded_is_told(
    recorded: tuple[Path, list[Frame]], capsys: pytest.CaptureFixture[str]
) -> None:
    path, frames = recorded
    later = frames[-1].snapshot.at + timedelta(hours=3)
    assert run_face(["check", "--recording", str(path), "--at", later.isoformat()]) == 3
    (only,) = capsys.readouterr().out.splitlines()
    assert only.startswith("UNKNOWN - nothing was recorded at ")
    assert only.endswith("the reading before it is 3 h older")
    assert run_face(["check", "--json", "--recording", str(path), "--at", later.isoformat()]) == 3
    assert json.loads(capsys.readouterr().out)["recorded"] is True
    soon = frames[-1].snapshot.at + timedelta(seconds=100)
    assert run_face(["check", "--recording", str(path), "--at", soon.isoformat()]) == check_status(frames[-1])
    said = capsys.readouterr()
    assert "the reading before it is 100 s older" in said.err
    assert f"recorded {frames[-1].snapshot.at:%Y-%m-%d %H:%M:%S}" in said.out.splitlines()[0]
    before = frames[0].snapshot.at - timedelta(minutes=1)
    assert run_face(["snapshot", "--recording", str(path), "--at", before.isoformat()]) == 3
    assert "it begins at" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["snapshot", "--at", "soonish"], 3, "recording"),
        (["snapshot", "--at", "14:02", "--demo"], 3, "demo world"),
        (["recommend", "--at", "14:02", "--save", "seen.json"], 2, "--save"),
    ],
)
def test_what_cannot_be_is_told(capsys: pytest.CaptureFixture[str], words: list[str], status: int, said: str) -> None:
    assert run_face(words) == status
    assert said in capsys.readouterr().err


def test_a_word_that_is_no_time_is_told(recorded: tuple[Path, list[Frame]], capsys: pytest.CaptureFixture[str]) -> None:
    assert run_face(["snapshot", "--recording", str(recorded[0]), "--at", "soonish"]) == 2
    assert "is no time" in capsys.readouterr().err
