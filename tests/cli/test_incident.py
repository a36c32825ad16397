"""The report of an incident: written from a recording, whole, with names that are hostile; and refusals in words."""

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from sutaztop.cli.arguments import parse
from sutaztop.cli.faces import run_face
from sutaztop.cli.incident import run_incident
from sutaztop.cli.incident_report import IncidentWish, folder_of, write_incident
from sutaztop.cli.incidents_desk import IncidentsDesk
from sutaztop.contracts import RecordingError
from sutaztop.domain.incident import Incident
from sutaztop.render.incident import plain
from sutaztop.render.svg_chart import Mark, SvgChart, svg_text
from sutaztop.store.incidents import IncidentFile
from sutaztop.store.recording.reader import FileRecording
from tests.ui.recorded import record
from tests.ui.world import Stack, open_stack


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Stack, Path]:
    path = tmp_path_factory.mktemp("recorded") / "r.db"
    stack = open_stack("incident")
    recorder = record(stack, path)
    stack.live(90)
    recorder.writer.close()
    return stack, path


def test_the_report_tells_time_line_findings_and_graphs(recorded: tuple[Stack, Path], tmp_path: Path) -> None:
    stack, path = recorded
    now = stack.clock.now()
    wish = IncidentWish("Ollama | dies", now - timedelta(seconds=80), now, "me", now - timedelta(seconds=70))
    with FileRecording(path, stack.settings.profile) as recording:
        report = write_incident(recording, wish, tmp_path / "out", stack.settings.profile.thresholds, None)
    text = report.read_text(encoding="utf-8")
    assert text.startswith("# Ollama \\| dies\n")
    assert "restarted by its policy" in text
    assert "ollama OOM×2" in text
    pictures = sorted(report.parent.glob("*.svg"))
    assert len(pictures) >= 4
    assert all(f"]({it.name})" in text for it in pictures)
    for it in pictures:
        ET.fromstring(it.read_text(encoding="utf-8"))  # noqa: S314 - our own
    assert report.parent.stat().st_mode & 0o777 == 0o700


def test_a_time_that_was_not_recorded_is_no_report(recorded: tuple[Stack, Path], tmp_path: Path) -> None:
    stack, path = recorded
    then = stack.clock.now() - timedelta(days=3)
    wish = IncidentWish("x", then, then + timedelta(hours=1), "me")
    with FileRecording(path, stack.settings.profile) as recording, pytest.raises(RecordingError, match="nothing"):
        write_incident(recording, wish, tmp_path / "out", stack.settings.profile.thresholds, None)
    assert not (tmp_path / "out").exists()


def test_names_are_text_in_a_picture_and_in_markdown() -> None:
    at = datetime(2026, 11, 25, tzinfo=UTC)
    hostile = "<script>\"&'</script>"
    chart = SvgChart(hostile, at, at + timedelta(minutes=1), [1.0, None, 2.0], str, 3.0, [Mark(at, hostile)])
    drawn = svg_text(chart, UTC)
    assert "<script>" not in drawn
    ET.fromstring(drawn)  # noqa: S314 - our own
    assert drawn.count('class="line"') == 2, "no line across a gap"
    assert plain("a|b*[c]") == "a\\|b\\*\\[c\\]"


def test_from_a_shell(recorded: tuple[Stack, Path], tmp_path: Path) -> None:
    stack, path = recorded
    since = (stack.clock.now() - timedelta(seconds=60)).isoformat()
    words = [
        "incident",
        "--from",
        since,
        "--to",
        "+50s",
        "--recording",
        str(path),
        "--title",
        "t",
        str(tmp_path / "o"),
    ]
    out = io.StringIO()
    assert run(words, out) == 0
    assert "report.md" in out.getvalue()
    assert run(words, out) == 2, "a directory that is there is not written over"
    assert run_face(["incident", "--from", "soon", "--recording", str(path)]) == 2
    assert run_face(["incident", "--from", since, "--recording", str(tmp_path / "none.db")]) == 3


def run(words: list[str], out: io.StringIO) -> int:
    return run_incident(parse(words), out=out)


def test_an_open_incident_outlives_the_program_and_closes_with_a_report(
    recorded: tuple[Stack, Path], tmp_path: Path
) -> None:
    stack, path = recorded
    file = IncidentFile(tmp_path / "incident.json")

    def desk() -> IncidentsDesk:
        return IncidentsDesk(
            tmp_path, file, lambda: FileRecording(path, stack.settings.profile), stack.clock,
            stack.settings.profile.thresholds,
        )  # fmt: skip

    now = stack.clock.now()
    opened = desk().open(Incident("oom", now - timedelta(seconds=50), "me", now - timedelta(seconds=70), "chosen"))
    later = desk()
    assert later.load() == (opened, "")
    later.compare(opened)
    told = later.close(opened, report=True)
    report = folder_of(tmp_path, "oom", opened.since) / "report.md"
    assert str(report) in told
    assert "Held against chosen." in report.read_text(encoding="utf-8")
    assert later.load() == (None, "")


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), RecordingError("It is damaged", "x")])
def test_a_report_that_fails_is_written_at_the_next_try(
    recorded: tuple[Stack, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    stack, path = recorded
    file = IncidentFile(tmp_path / "incident.json")
    desk = IncidentsDesk(
        tmp_path, file, lambda: FileRecording(path, stack.settings.profile), stack.clock,
        stack.settings.profile.thresholds,
    )  # fmt: skip
    now = stack.clock.now()
    opened = desk.open(Incident("oom", now - timedelta(seconds=50), "me", now - timedelta(seconds=70), "chosen"))

    def fails(*_: object) -> str:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr("sutaztop.cli.incident_report.report_text", fails)
        with pytest.raises(type(error)):
            desk.close(opened, report=True)
    assert desk.load() == (opened, ""), "it stays open"
    assert not list((tmp_path / "incidents").iterdir()), "nothing half-made is left"
    desk.close(replace(opened, title="Postgres ran full"), report=True)
    (folder,) = (tmp_path / "incidents").iterdir()
    assert folder.name.endswith("-postgres-ran-full")
    assert (folder / "report.md").read_text(encoding="utf-8").startswith("# Postgres ran full\n")
    assert desk.load() == (None, "")


def test_a_report_that_is_there_is_not_written_over(recorded: tuple[Stack, Path], tmp_path: Path) -> None:
    stack, path = recorded
    now = stack.clock.now()
    desk = IncidentsDesk(
        tmp_path, IncidentFile(tmp_path / "incident.json"), lambda: FileRecording(path, stack.settings.profile),
        stack.clock, stack.settings.profile.thresholds,
    )  # fmt: skip
    opened = desk.open(Incident("oom", now - timedelta(seconds=50), "me", now - timedelta(seconds=70), "chosen"))
    folder = folder_of(tmp_path, "oom", opened.since)
    folder.mkdir(parents=True)
    (folder / "report.md").write_text("another's", encoding="utf-8")
    with pytest.raises(RecordingError, match="is there already"):
        desk.close(opened, report=True)
    assert (folder / "report.md").read_text(encoding="utf-8") == "another's"
    assert list(folder.parent.iterdir()) == [folder]
    assert desk.load() == (opened, "")


def test_a_clip_that_fails_is_told_without_the_name_that_the_folder_had(
    recorded: tuple[Stack, Path], tmp_path: Path
) -> None:
    stack, path = recorded
    now = stack.clock.now()
    wish = IncidentWish("x", now - timedelta(seconds=80), now, "me", now - timedelta(seconds=70))

    def clip(target: Path) -> str:
        raise RecordingError("It can't be written", str(target.absolute()))

    with FileRecording(path, stack.settings.profile) as recording:
        report = write_incident(recording, wish, tmp_path / "out", stack.settings.profile.thresholds, clip)
    text = report.read_text(encoding="utf-8")
    assert "No clip was written" in text
    assert "clip.db" in text
    assert "half" not in text


def test_a_broken_file_is_told_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "incident.json"
    path.write_text("{", encoding="utf-8")
    incident, why = IncidentFile(path).load()
    assert incident is None
    assert "can't be read" in why
    with pytest.raises(ValueError, match="no sutaztop"):
        IncidentFile(path).save(Incident("x", datetime(2026, 11, 25, tzinfo=UTC), "me"))
