"""`sutaztop export`: clips, series and happenings from a shell, and words for everything that can be wrong."""

import csv
import io
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from sutaztop.cli.export_beside import export_beside
from sutaztop.cli.faces import run_face
from sutaztop.contracts import RecordingError
from sutaztop.domain.frame import Frame
from sutaztop.domain.recording import ClipWish
from sutaztop.store.recording.schema import open_to_read
from sutaztop.store.recording.tables import happenings_as_csv, happenings_as_json, iso, safe_cell
from tests import given
from tests.store.demo_recording import note_at, record_demo


@pytest.fixture(autouse=True)
def _empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Frame]]:
    path = tmp_path_factory.mktemp("recorded") / "whole.db"
    return path, record_demo(path, 70)


def words(recorded: tuple[Path, list[Frame]], *more: str, since: int = 10, until: int = 40) -> list[str]:
    path, frames = recorded
    at = frames[0].snapshot.at
    return [
        "export", "--recording", str(path), "--from", (at + timedelta(seconds=since)).isoformat(),
        "--to", (at + timedelta(seconds=until)).isoformat(), *more,
    ]  # fmt: skip


def test_a_clip_is_written_and_its_place_and_size_are_told(
    recorded: tuple[Path, list[Frame]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "clip.db"
    assert run_face(words(recorded, str(target), "--anonymise")) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"{target}: ")
    assert "30 s from" in out
    assert "31 readings of 163 containers" in out
    assert ", anonymised. Graphs reach back 60 min" in out
    assert f"sutaztop replay {target}" in out
    assert target.stat().st_mode & 0o077 == 0


def test_a_series_has_units_gaps_and_times(
    recorded: tuple[Path, list[Frame]], capsys: pytest.CaptureFixture[str]
) -> None:
    _, frames = recorded
    assert run_face(words(recorded, "--series", "cpu,memory,own_cpu", "--container", "sutazai-ollama", "-")) == 0
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert rows[0] == ["time", "kind", "id", "name", "cpu_cores", "memory_bytes", "own_cpu_cores"]
    assert len(rows) == 1 + 31
    for row, frame in zip(rows[1:], frames[10:41], strict=True):
        usage = next(it for it in frame.snapshot.containers if it.container.name == "sutazai-ollama").usage
        assert row[0] == iso(frame.snapshot.at)
        assert row[0].endswith(".000Z")
        assert float(row[4]) == pytest.approx(usage.cpu)
        assert int(row[5]) == usage.memory
        assert row[6] == ""


def test_all_containers_and_the_host_are_told_where_none_is_chosen(
    recorded: tuple[Path, list[Frame]], capsys: pytest.CaptureFixture[str]
) -> None:
    _, frames = recorded
    assert run_face(words(recorded, "--series", "cpu", "--format", "jsonl", "-", until=11)) == 0
    lines = [json.loads(it) for it in capsys.readouterr().out.splitlines()]
    assert (lines[0]["kind"], lines[0]["name"]) == ("host", "sutaz-host")
    assert lines[0]["cpu_cores"] == pytest.approx(frames[10].snapshot.host.cpu)
    assert len(lines) == 2 + 2 * len(frames[10].snapshot.containers)
    stopped = next(it for it in frames[10].snapshot.containers if not it.container.is_running)
    assert next(it for it in lines if it["id"] == stopped.id)["cpu_cores"] is None


def test_a_step_is_the_highest_of_its_readings_and_a_gap_is_told(
    recorded: tuple[Path, list[Frame]], capsys: pytest.CaptureFixture[str]
) -> None:
    _, frames = recorded
    at = frames[0].snapshot.at
    arguments = words(recorded, "--series", "cpu", "--container", "sutazai-ollama", "--every", "15s", "-", until=120)
    assert run_face(arguments) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [it["time"] for it in rows] == sorted({it["time"] for it in rows})
    by_time = {it["time"]: it["cpu_cores"] for it in rows}
    full = next(it for it in range(15, 31) if (at + timedelta(seconds=it)).second % 15 == 0)
    readings = [
        one.usage.cpu for frame in frames[full : full + 15]
        for one in frame.snapshot.containers if one.container.name == "sutazai-ollama"
    ]  # fmt: skip
    assert float(by_time[iso(at + timedelta(seconds=full))]) == pytest.approx(max(map(float, readings)))  # type: ignore[arg-type]
    # Recorded were 70 seconds; the rest of the span is gaps.
    assert [it["cpu_cores"] for it in rows][-2:] == ["", ""]


def test_happenings_come_as_a_table(
    recorded: tuple[Path, list[Frame]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "happenings.jsonl"
    assert run_face(words(recorded, "--happenings", "--format", "jsonl", str(target), until=70)) == 0
    assert "lines, " in capsys.readouterr().out
    lines = [json.loads(it) for it in target.read_text().splitlines()]
    assert lines[-1]["kind"] == "note"
    assert lines[-1]["who"] == "jane@acme-laptop"


@pytest.mark.parametrize(("more", "status", "told"), [
    (["--series", "cpu,throtled", "-"], 3, "Near to it: throttled"),
    (["--series", "cpu", "--container", "olama", "-"], 3, "No container 'olama'"),
    (["--series", "cpu", "--happenings", "-"], 2, "two tables"),
    (["--every", "15s", "x.db"], 2, "--every belongs to --series"),
    (["-"], 2, "a clip is a file"),
    (["--series", "cpu", "--anonymise", "-"], 2, "--anonymise makes clips"),
    (["--recording", "/nowhere.db", "x.db"], 3, "There is no recording at /nowhere.db"),
    (["--from", "half past", "x.db"], 2, "is no time"),
    (["--from", "14:02", "--to", "14:01", "x.db"], 3, "has no length"),
    (["--from", "2001-01-01 14:02", "--to", "+5m", "x.db"], 3, "Nothing was recorded between"),
])  # fmt: skip
def test_what_is_wrong_is_said_in_words(
    recorded: tuple[Path, list[Frame]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str], more: list[str], status: int, told: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert run_face(words(recorded, *more)) == status
    captured = capsys.readouterr()
    assert told in captured.err
    assert captured.out == ""
    assert list(tmp_path.iterdir()) == []


def test_without_a_recording_it_says_how_to_make_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_face(["export", str(tmp_path / "x.db")]) == 3
    assert "`sutaztop record` makes one" in capsys.readouterr().err


def test_a_table_is_not_written_over(
    recorded: tuple[Path, list[Frame]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "table.csv"
    target.write_text("mine")
    assert run_face(words(recorded, "--series", "cpu", str(target))) == 3
    assert target.read_text() == "mine"
    assert run_face(words(recorded, "--series", "cpu", str(target), "--force")) == 0
    assert target.read_text().startswith("time,kind,id,name,cpu_cores\n")
    assert "there already" in capsys.readouterr().err


def test_nothing_is_changed_in_the_recording(recorded: tuple[Path, list[Frame]], tmp_path: Path) -> None:
    before = recorded[0].read_bytes()
    assert run_face(words(recorded, str(tmp_path / "clip.db"))) == 0
    assert run_face(words(recorded, "--series", "cpu", str(tmp_path / "a.csv"))) == 0
    assert recorded[0].read_bytes() == before
    open_to_read(recorded[0]).close()


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "  =1", "＝1"])
def test_no_text_becomes_a_formula(name: str) -> None:
    it = note_at(given.NOW)
    out = io.StringIO()
    happenings_as_csv([type(it)(it.at, it.kind, it.subject, name, name, it.severity, name)], out)
    row = next(csv.DictReader(io.StringIO(out.getvalue())))
    assert row["text"] == row["who"] == f"'{name}" == safe_cell(name)
    out = io.StringIO()
    happenings_as_json([type(it)(it.at, it.kind, it.subject, "noted", name)], out)
    assert json.loads(out.getvalue())["text"] == name


def test_the_screen_has_a_clip_written_by_a_process_of_its_own(
    recorded: tuple[Path, list[Frame]], tmp_path: Path
) -> None:
    source, frames = recorded
    wish = ClipWish(frames[20].snapshot.at, frames[30].snapshot.at, ("sutazai-ollama",), anonymised=True)
    made = export_beside(source, tmp_path / "clip.db", wish)
    assert (made.path, made.rows, made.containers, made.anonymised) == (str(tmp_path / "clip.db"), 11, 1, True)
    assert made.first == wish.since
    assert made.size == (tmp_path / "clip.db").stat().st_size
    with pytest.raises(RecordingError, match="is there already"):
        export_beside(source, tmp_path / "clip.db", wish)
    with pytest.raises(RecordingError, match="Near to it: sutazai-ollama"):
        export_beside(source, tmp_path / "other.db", replace(wish, containers=("sutazai-ollma",)))
