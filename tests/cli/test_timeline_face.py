"""The timeline from a shell, and notes, on a recording made by the writer itself."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sutaztop.cli.faces import run_face
from sutaztop.cli.recordings import recording_path
from sutaztop.domain.finding import Severity, Subject
from sutaztop.domain.frame import Frame
from sutaztop.domain.recording import Happening, HappeningKind, RecorderStatus
from sutaztop.domain.sample import Sample
from sutaztop.store.recording.happenings import insert, newest
from sutaztop.store.recording.schema import open_to_read
from sutaztop.store.recording.writer import Origin, Writer
from tests.ui.world import open_stack

ENDPOINT = "unix:///run/none.sock"


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("DOCKER_CONTEXT", "DOCKER_CONFIG", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_HOST", ENDPOINT)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TZ", "UTC")
    return tmp_path / ".local/state/sutaztop"


class _Into:
    """Hands each sample to a writer, on the caller's thread."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer

    def record(self, sample: Sample, frame: Frame) -> None:
        self.writer.write(sample, frame)

    def note(self, text: str, who: str, subject: Subject | None = None, at: datetime | None = None) -> None:
        raise NotImplementedError

    def status(self) -> RecorderStatus:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError


@pytest.fixture
def recording(state: Path) -> Path:
    """Give a recording of a minute ago, with what happened in it."""
    path = recording_path(state, ENDPOINT)
    stack = open_stack()
    now = datetime.now(UTC)
    writer = Writer(path, Origin(ENDPOINT, "host", "test"))
    writer.begin(now)
    stack.monitor.record_to(_Into(writer))
    stack.monitor.tick()
    backend = Subject("container", "f" * 64, "sutazai-backend")
    insert(writer.connection, [
        Happening(now - timedelta(minutes=3), HappeningKind.EVENT, backend, "die", "ended with exit code 1",
                  Severity.WARNING),
        Happening(now - timedelta(minutes=2), HappeningKind.FINDING, Subject("host", "host", "h"), "began",
                  "CPU: 97 %", Severity.CRITICAL, reference="CPU"),
        Happening(now - timedelta(hours=5), HappeningKind.CHANGE, backend, "applied", "cpu 2 → 3", who="alice",
                  reference="3f2a"),
    ])  # fmt: skip
    writer.connection.commit()
    writer.close()
    return path


def test_the_last_hour_is_printed_oldest_first(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert recording.exists()
    assert run_face(["timeline"]) == 0
    day, first, second = capsys.readouterr().out.splitlines()
    assert day.split()[1][:2] == "20"
    assert first.endswith("! warning   sutazai-backend  ended with exit code 1")
    assert second.endswith("‼ critical  h                CPU: 97 %")


@pytest.mark.parametrize(
    ("words", "actions"),
    [
        (["--from", "6 h ago"], ["applied", "die", "began"]),
        (["--from", "6 h ago", "--to", "1 h ago"], ["applied"]),
        (["--from", "6 h ago", "--about", "backend"], ["applied", "die"]),
        (["--from", "6 h ago", "--about", "ffff", "--kind", "event"], ["die"]),
        (["--kind", "note", "--kind", "finding"], ["began"]),
        (["--from", "6 h ago", "--about", "end"], []),
    ],
)
def test_it_is_narrowed_by_time_name_and_kind(
    recording: Path, capsys: pytest.CaptureFixture[str], words: list[str], actions: list[str]
) -> None:
    assert recording.exists()
    assert run_face(["timeline", "--json", *words]) == 0
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [it["action"] for it in found] == actions


def test_a_wrong_time_and_a_missing_recording_have_words_and_a_status(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_face(["timeline", "--from", "soonish"]) == 2
    assert "no time" in capsys.readouterr().err
    assert run_face(["timeline", "--from", "1 h ago", "--to", "2 h ago"]) == 2
    assert "lies before" in capsys.readouterr().err
    assert run_face(["timeline"]) == 3
    assert "There is no recording at" in capsys.readouterr().err
    assert run_face(["note", "hello"]) == 3
    assert not list(state.rglob("*.db"))
    capsys.readouterr()
    assert run_face(["timeline", "--demo"]) == 3
    assert "went with the program" in capsys.readouterr().err


def notes(path: Path) -> list[Happening]:
    connection = open_to_read(path)
    try:
        return newest(connection, 9, kinds=[HappeningKind.NOTE])
    finally:
        connection.close()


def test_a_note_is_written_cleaned_with_who_and_when(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_face(["note", "traffic", "moved\x1b[31m", "--at", "20 min ago"]) == 0
    assert capsys.readouterr().out.startswith("Noted at ")
    (note,) = notes(recording)
    assert note.text == "traffic moved"
    assert note.who
    assert abs((datetime.now(UTC) - note.at) - timedelta(minutes=20)) < timedelta(minutes=1)


def test_a_long_note_is_cut_and_says_so_and_an_empty_one_is_refused(
    recording: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_face(["note", "x" * 900]) == 0
    assert "It was cut: a note holds 500 characters." in capsys.readouterr().out
    assert run_face(["note", " "]) == 2
    assert len(notes(recording)) == 1


def test_a_note_is_about_a_container_of_its_moment_or_says_that_there_is_none(
    recording: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # The demo's clock stands in the past: any time since then has its frame.
    assert run_face(["note", "raised", "--about", "postgres"]) == 0
    assert "about sutazai-postgres." in capsys.readouterr().out
    assert run_face(["note", "raised", "--about", "postgers"]) == 1
    assert "postgers" in capsys.readouterr().err
    (note,) = notes(recording)
    assert (note.subject.kind, note.subject.name) == ("container", "sutazai-postgres")


def test_notes_go_in_while_another_program_writes(recording: Path) -> None:
    writer = Writer(recording, Origin(ENDPOINT, "host", "test"))
    writer.begin(datetime.now(UTC))
    try:
        for number in range(20):
            insert(
                writer.connection, [Happening(datetime.now(UTC), HappeningKind.EVENT, Subject("", "", ""), "x", "y")]
            )
            writer.connection.commit()
            assert run_face(["note", f"number {number}"]) == 0
    finally:
        writer.close()
    assert len(notes(recording)) == 9
