"""The recorder: it never holds anybody up and never raises; what goes wrong it says, and tries again."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sutaztop.domain.frame import Frame
from sutaztop.domain.recording import HappeningKind, RecorderStatus
from sutaztop.domain.sample import Sample
from sutaztop.store.recording.reader import FileRecording
from sutaztop.store.recording.recorder import MOST_WAITING, RETRY, FileRecorder
from sutaztop.store.recording.upkeep import Upkeep
from sutaztop.store.recording.writer import Writer
from tests.store.recording.kept import BOOT, everything, live, open_kept, origin, picture
from tests.ui.world import Stack, open_stack


class Office:
    """A world, and recorders of it that are closed in the end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.stack: Stack = open_stack("incident")
        self.opened: list[FileRecorder] = []
        self.given: list[tuple[Sample, Frame]] = []

    def recorder(self, who: str = "me", writer: Callable[[], Writer] | None = None) -> FileRecorder:
        made = FileRecorder(
            self.path, self.stack.clock, who, writer or (lambda: Writer(self.path, origin())), Upkeep(None, BOOT)
        )
        self.opened.append(made)
        return made

    def record(self, recorder: FileRecorder, frames: int, *, slowly: bool = True) -> None:
        """Hand over so many frames; ``slowly`` waits until each is dealt with."""
        for _ in range(frames):
            before = len(self.given)
            self.stack.monitor.record_to(_Both(self.given, recorder))
            live(self.stack, 1)
            assert len(self.given) == before + 1
            if slowly:
                settle(recorder)

    def recording(self) -> FileRecording:
        return open_kept(self.path, self.stack)


class _Both:
    def __init__(self, given: list[tuple[Sample, Frame]], recorder: FileRecorder) -> None:
        self._given = given
        self._recorder = recorder

    def record(self, sample: Sample, frame: Frame) -> None:
        self._given.append((sample, frame))
        self._recorder.record(sample, frame)

    def note(self, *words: object, **named: object) -> None:
        raise NotImplementedError

    def status(self) -> RecorderStatus:
        return self._recorder.status()

    def close(self) -> None:
        self._recorder.close()


def settle(recorder: FileRecorder) -> None:
    """Wait until what was handed over is dealt with."""
    assert recorder.flush(60)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path / "recordings" / "r.db")
    yield made
    for it in made.opened:
        it.close()


def test_what_is_recorded_is_there_at_once(office: Office) -> None:
    recorder = office.recorder()
    assert not recorder.status().writing
    office.record(recorder, 5)
    status = recorder.status()
    assert (status.writing, status.why_not, status.lost, status.path) == (True, "", 0, str(office.path))
    assert status.size > 0
    assert len(everything(office.recording())) == 5


def test_one_who_comes_later_keeps_no_frame_that_could_not_be_shown_again(office: Office) -> None:
    live(office.stack, 3)
    office.record(office.recorder(), 3)
    kept = office.recording()
    assert len(everything(kept)) == 2
    for _, was in office.given[1:]:
        found = kept.frame_at(was.snapshot.at)
        assert found is not None
        assert picture(found.snapshot) == picture(was.snapshot)


def test_a_slow_disk_holds_nobody_up_and_what_is_lost_is_counted(office: Office) -> None:
    gate, entered = threading.Event(), threading.Event()

    def slow() -> Writer:
        entered.set()
        gate.wait(60)
        return Writer(office.path, origin())

    recorder = office.recorder(writer=slow)
    office.record(recorder, 1, slowly=False)
    assert entered.wait(60)
    office.record(recorder, MOST_WAITING + 7, slowly=False)
    assert recorder.status().lost == 7
    gate.set()
    settle(recorder)
    office.record(recorder, 3)
    kept = office.recording()
    written = [*office.given[: MOST_WAITING + 1], *office.given[-3:]]
    assert [it.at for it in everything(kept)] == [sample.at for sample, _ in written]
    # Also the first after those that were lost is told as it was shown: its rates go back to the last that was lost.
    for _, was in written:
        found = kept.frame_at(was.snapshot.at)
        assert found is not None
        assert picture(found.snapshot) == picture(was.snapshot)


def test_a_writer_that_fails_is_said_and_tried_again_later(office: Office) -> None:
    fails = [True]

    def opened() -> Writer:
        if fails[0]:
            raise PermissionError(13, "Permission denied")
        return Writer(office.path, origin())

    recorder = office.recorder(writer=opened)
    office.record(recorder, 3)
    status = recorder.status()
    assert (status.writing, status.lost) == (False, 3)
    assert "Permission denied" in status.why_not
    fails[0] = False
    office.record(recorder, 2)
    assert recorder.status().lost == 5
    office.stack.clock.advance(RETRY)
    office.record(recorder, 2)
    assert (recorder.status().writing, recorder.status().lost) == (True, 5)


def test_a_fault_of_the_program_ends_no_recording(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = office.recorder()
    office.record(recorder, 3)
    monkeypatch.setattr(Writer, "write", lambda *_: 1 / 0)
    office.record(recorder, 1)
    assert "division" in recorder.status().why_not
    monkeypatch.undo()
    office.stack.clock.advance(RETRY)
    office.record(recorder, 2)
    assert recorder.status().writing
    assert len(everything(office.recording())) == 5


def test_a_full_disk_is_said_and_loses_nothing_else(office: Office) -> None:
    room = [70]

    def opened() -> Writer:
        made = Writer(office.path, origin())
        made.connection.execute(f"PRAGMA max_page_count = {room[0]}")
        return made

    recorder = office.recorder(writer=opened)
    while recorder.status().why_not != "the disk is full":
        office.record(recorder, 1)
        assert len(office.given) < 600
    assert not recorder.status().writing
    kept_then = len(office.given) - recorder.status().lost
    assert len(everything(office.recording())) == kept_then > 3
    room[0] = 100_000
    office.stack.clock.advance(RETRY)
    lost = recorder.status().lost
    office.record(recorder, 70)
    status = recorder.status()
    assert (status.writing, status.why_not, status.lost) == (True, "", lost)
    kept = office.recording()
    assert len(everything(kept)) == kept_then + 70
    for _, was in (*office.given[:kept_then], *office.given[-70::10]):
        found = kept.frame_at(was.snapshot.at)
        assert found is not None
        assert picture(found.snapshot) == picture(was.snapshot)


def test_of_two_one_writes_and_the_other_says_who_and_takes_over(office: Office) -> None:
    first, second = office.recorder("root, pid 1"), office.recorder("you, pid 2")
    office.record(first, 3)
    office.record(second, 3)
    status = second.status()
    assert (status.writing, status.why_not, status.lost) == (False, "root, pid 1 records already", 0)
    first.close()
    office.stack.clock.advance(RETRY)
    office.record(second, 3)
    assert (second.status().writing, second.status().lost) == (True, 0)
    assert len(everything(office.recording())) == 6


def test_a_note_is_kept_also_where_another_writes(office: Office) -> None:
    first, second = office.recorder("one"), office.recorder("two")
    office.record(first, 2)
    office.record(second, 2)
    first.note("seen by me", "ada")
    second.note("seen by me too", "bob")
    settle(first)
    settle(second)
    last = office.stack.clock.now()
    notes = office.recording().happenings(office.given[0][0].at, last, kinds=[HappeningKind.NOTE])
    assert sorted((it.who, it.text) for it in notes) == [("ada", "seen by me"), ("bob", "seen by me too")]


@pytest.mark.parametrize("body", [b"garbage that is no database" * 400, b"SQLite format 3\x00" + b"\xff" * 9000])
def test_what_cannot_be_read_is_set_aside_and_kept(body: bytes, office: Office) -> None:
    office.path.parent.mkdir()
    office.path.write_bytes(body)
    recorder = office.recorder()
    office.record(recorder, 3)
    assert recorder.status().writing
    [aside] = office.path.parent.glob("*unreadable*.db")
    assert aside.read_bytes() == body
    assert len(everything(office.recording())) == 3


def test_a_later_versions_file_is_left_alone(office: Office) -> None:
    Writer(office.path, origin()).close()
    connection = sqlite3.connect(office.path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = office.path.read_bytes()
    recorder = office.recorder()
    office.record(recorder, 2)
    assert "later version" in recorder.status().why_not
    assert office.path.read_bytes() == before


def test_closing_packs_what_is_open_and_twice_is_fine(office: Office) -> None:
    recorder = office.recorder()
    office.record(recorder, 4)
    recorder.close()
    recorder.close()
    office.record(recorder, 1, slowly=False)
    connection = sqlite3.connect(office.path)
    assert connection.execute("SELECT count(*) FROM row").fetchone() == (0,)
    assert connection.execute("SELECT sum(rows) FROM minute").fetchone() == (4,)
    connection.close()
    assert recorder.status().why_not == "it has ended"
