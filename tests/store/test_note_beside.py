"""Notes of a program that is not the one that records."""

from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep

from sutaztop.cli.clock import SystemClock
from sutaztop.domain.recording import HappeningKind
from sutaztop.store.recording.happenings import newest
from sutaztop.store.recording.recorder import FileRecorder
from sutaztop.store.recording.schema import open_to_read
from sutaztop.store.recording.upkeep import Upkeep
from sutaztop.store.recording.writer import Origin, Writer


def recorder(path: Path, who: str) -> FileRecorder:
    return FileRecorder(
        path, SystemClock(), who, lambda: Writer(path, Origin("engine", "host", "test")), Upkeep(None, "boot")
    )


def notes(path: Path) -> list[tuple[str, str]]:
    if not path.exists():
        return []
    connection = open_to_read(path)
    try:
        return [(it.text, it.who) for it in newest(connection, 9, kinds=[HappeningKind.NOTE])]
    finally:
        connection.close()


def wait_for(path: Path, count: int) -> None:
    deadline = monotonic() + 15
    while len(notes(path)) < count:
        assert monotonic() < deadline, f"only {notes(path)} came"
        sleep(0.02)


def test_both_the_one_that_records_and_the_other_keep_notes(tmp_path: Path) -> None:
    path = tmp_path / "recordings" / "one.db"
    first = recorder(path, "first")
    try:
        first.note("mine", "alice", at=datetime.now(UTC))
        wait_for(path, 1)
        second = recorder(path, "second")
        try:
            second.note("and mine", "bob", at=datetime.now(UTC))
            second.note("at once again", "bob", at=datetime.now(UTC))
            wait_for(path, 3)
            assert "first records already" in second.status().why_not
        finally:
            second.close()
    finally:
        first.close()
    assert notes(path) == [("mine", "alice"), ("and mine", "bob"), ("at once again", "bob")]
