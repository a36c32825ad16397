"""Opening: what can't be read now may be later, and what a deleted file left is no part of the next one."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from sutaztop.contracts import RecordingError
from sutaztop.domain.profile import Profile
from sutaztop.store.recording import schema
from sutaztop.store.recording.reader import FileRecording
from sutaztop.store.recording.recorder import RETRY, FileRecorder
from sutaztop.store.recording.upkeep import Upkeep
from sutaztop.store.recording.writer import Writer
from tests.store.recording.kept import BOOT, everything, live, open_kept, origin, recorded
from tests.ui.world import Stack, open_stack

Undo = Callable[[], object]


def held(path: Path) -> Undo:
    """Have another program hold the whole file."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.execute("BEGIN EXCLUSIVE")
    return connection.close


def without_log(path: Path) -> Undo:
    """Have the file's log be none that can be opened."""
    log = path.with_name(f"{path.name}-wal")
    log.mkdir()
    return log.rmdir


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for no other program."""
    monkeypatch.setattr(schema, "_BUSY", 0.01)


def kept(path: Path) -> Stack:
    """Leave a recording of five readings, closed in good order."""
    stack, straight = recorded(path, 5)
    straight.close()
    return stack


@pytest.mark.parametrize(("trouble", "words"), [(held, "locked"), (without_log, "unable to open")])
def test_a_recording_that_cannot_be_opened_now_is_never_set_aside(
    trouble: Callable[[Path], Undo], words: str, tmp_path: Path
) -> None:
    path = tmp_path / "r.db"
    kept(path)
    stack = open_stack("incident")
    stack.clock.advance(3600.0)
    undo = trouble(path)
    recorder = FileRecorder(path, stack.clock, "me", lambda: Writer(path, origin()), Upkeep(None, BOOT))
    try:
        stack.monitor.record_to(recorder)
        live(stack, 2)
        assert recorder.flush(60)
        status = recorder.status()
        assert (status.writing, status.trouble) == (False, True)
        assert words in status.why_not
        assert [it.name for it in tmp_path.glob("*unreadable*")] == []
        undo()
        stack.clock.advance(RETRY)
        live(stack, 2)
        assert recorder.flush(60)
        assert recorder.status().writing
    finally:
        recorder.close()
    assert len(everything(open_kept(path, stack))) == 7


@pytest.mark.parametrize("trouble", [held, without_log])
def test_who_reads_is_told_in_words_and_not_that_it_is_no_recording(
    trouble: Callable[[Path], Undo], tmp_path: Path
) -> None:
    path = tmp_path / "r.db"
    kept(path)
    undo = trouble(path)
    with pytest.raises(RecordingError) as told:
        FileRecording(path, Profile())
    undo()
    assert "can't be read" in str(told.value)
    assert "no recording" not in str(told.value)


def test_the_log_of_a_deleted_file_is_not_played_into_the_next(tmp_path: Path) -> None:
    path = tmp_path / "r.db"
    _, straight = recorded(path, 20)
    log = path.with_name("r.db-wal")
    shutil.copy(log, tmp_path / "log")  # what a kill leaves: closing takes it away
    straight.writer.connection.close()
    path.unlink()
    shutil.move(tmp_path / "log", log)
    assert log.stat().st_size > 0
    Writer(path, origin()).close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        for table in ("row", "minute", "part"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)  # noqa: S608 - our own words
