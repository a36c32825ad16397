"""A recording judged anew: what one profile says and when, and where two differ."""

import json
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from sutaztop.cli.faces import run_face
from sutaztop.domain.frame import Frame
from tests.store.demo_recording import record_demo

SECONDS = 100


pytestmark = pytest.mark.usefixtures("no_engine")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Frame]]:
    path = tmp_path_factory.mktemp("again") / "whole.db"
    return path, record_demo(path, SECONDS)


def profile(tmp_path: Path, name: str, numbers: str) -> str:
    path = tmp_path / f"{name}.yaml"
    path.write_text(f"thresholds:\n  {numbers}\n")
    return str(path)


def told(capsys: pytest.CaptureFixture[str], words: list[str], status: int = 0) -> dict:  # type: ignore[type-arg]
    assert run_face(["decide", "--json", *words]) == status
    document: dict = json.loads(capsys.readouterr().out)  # type: ignore[type-arg]
    assert document["schema"] == "sutaztop.judged-again/1"
    return document


def test_judged_by_its_own_profile_it_says_what_was_said_live(
    recorded: tuple[Path, list[Frame]], capsys: pytest.CaptureFixture[str]
) -> None:
    path, frames = recorded
    document = told(capsys, ["--from", str(path)])
    assert document["samples"] == len(frames)
    live = {
        (it.subject.id, it.word, it.severity.word)
        for frame in frames for it in frame.findings
    }  # fmt: skip
    again = {
        (it["subject"]["id"], it["said"][0]["rules"], it["said"][0]["severity"])
        for it in document["spells"] if it["about"] == "finding"
    }  # fmt: skip
    assert again == live
    assert live
    advised = {it.subject.id for frame in frames for it in frame.recommendations}
    assert {it["subject"]["id"] for it in document["spells"] if it["about"] == "advice"} == advised
    assert advised


def test_a_spell_lasts_as_long_as_it_was_said_live(
    recorded: tuple[Path, list[Frame]], capsys: pytest.CaptureFixture[str]
) -> None:
    path, frames = recorded
    document = told(capsys, ["--from", str(path)])
    spells = [it for it in document["spells"] if it["about"] == "finding"]
    assert any(it["said"][0]["severity"] == "critical" for it in spells)
    once = Counter((it["subject"]["id"], it["said"][0]["rules"]) for it in spells)
    for spell in spells:
        what = spell["subject"]["id"], spell["said"][0]["rules"], spell["said"][0]["severity"]
        said = [
            frame.snapshot.at for frame in frames
            if any((it.subject.id, it.word, it.severity.word) == what for it in frame.findings)
        ]  # fmt: skip
        since, until = datetime.fromisoformat(spell["from"]), datetime.fromisoformat(spell["to"])
        assert since in said
        if once[what[:2]] == 1:
            # It was told live from its first judgement to the one that told it no more, or the last there was.
            assert since == said[0]
            assert abs(until - said[-1]) <= timedelta(seconds=5)


def test_two_profiles_differ_where_a_line_is_drawn_elsewhere(
    recorded: tuple[Path, list[Frame]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, _ = recorded
    strict = profile(tmp_path, "strict", "cpu_warning: 0.94")
    document = told(capsys, ["--from", str(path), "--compare", "none", strict], status=1)
    assert document["profiles"] == ["none", strict]
    assert document["spells"]
    for it in document["spells"]:
        assert len(it["said"]) == 2
        assert it["said"][0] != it["said"][1]
    assert told(capsys, ["--from", str(path), "--compare", "none", "none"])["spells"] == []


def test_the_words_for_people_name_both_and_say_what_they_rest_on(
    recorded: tuple[Path, list[Frame]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, _ = recorded
    strict = profile(tmp_path, "strict", "cpu_warning: 0.94")
    assert run_face(["decide", "--from", str(path), "--compare", "none", strict]) == 1
    out = capsys.readouterr().out
    lines = out.splitlines()
    assert lines[1].split()[1] in {"for", "once"}
    assert lines[2].startswith("    none ")
    assert "readings of 163 containers, from" in out
    assert lines[-1] == "What happened was judged; what the advice would have changed is in no recording."
    assert run_face(["decide", "--from", str(path), "--compare", "none", "none"]) == 0
    assert capsys.readouterr().out.startswith("none and none say the same: ")


def test_a_part_is_judged_with_what_came_before_it(
    recorded: tuple[Path, list[Frame]], capsys: pytest.CaptureFixture[str]
) -> None:
    path, frames = recorded
    document = told(capsys, ["--from", str(path), "--since", "-20s", "--until", "-10s"])
    assert document["samples"] == 11
    end = frames[-1].snapshot.at
    assert document["from"] == (end - timedelta(seconds=20)).isoformat().replace("+00:00", "Z")
    # Six readings are wanted before anything is advised: ten seconds alone would have none.
    whole = told(capsys, ["--from", str(path)])
    late = {it["subject"]["id"] for it in whole["spells"] if it["about"] == "advice" and it["to"] >= document["to"]}
    assert late <= {it["subject"]["id"] for it in document["spells"] if it["about"] == "advice"}
    assert late


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["--since", "soonish"], 2, "is no time"),
        (["--since", "-5s", "--until", "-20s"], 2, "lies after"),
        (["--since", "2001-01-01 00:00", "--until", "2001-01-02 00:00"], 3, "has nothing of that span"),
    ],
)
def test_a_span_that_is_none_is_told(
    recorded: tuple[Path, list[Frame]], capsys: pytest.CaptureFixture[str], words: list[str], status: int, said: str
) -> None:
    assert run_face(["decide", "--from", str(recorded[0]), *words]) == status
    assert said in capsys.readouterr().err


def test_a_span_is_of_a_recording_alone_and_the_own_one_may_be_absent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "situation.json"
    path.write_text(json.dumps({"now": 1, "host": {}, "services": []}))
    assert run_face(["decide", "--from", str(path), "--since", "-5m"]) == 2
    assert "is a document" in capsys.readouterr().err
    assert run_face(["decide", "--from", "recording"]) == 3
    assert "sutaztop: " in capsys.readouterr().err
    assert run_face(["decide", "--from", "recording", "--demo"]) == 3
    assert "demo world" in capsys.readouterr().err


def test_a_broken_recording_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "broken.db"
    path.write_bytes(b"SQLite format 3\x00" + b"\x07" * 4096)
    assert run_face(["decide", "--from", str(path)]) == 3
    assert "broken.db" in capsys.readouterr().err
