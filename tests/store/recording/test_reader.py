"""Any instant of a recording as the frame that was shown then; and files that are no recordings."""

import random
import sqlite3
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sutaztop.contracts import RecordingError
from sutaztop.domain.frame import HOST, Frame, HistoryView
from sutaztop.domain.profile import Profile
from sutaztop.domain.quantity import Seconds
from sutaztop.monitor import Monitor
from sutaztop.policy.judge import judge
from sutaztop.store.recording.reader import FileRecording
from tests.store.recording.kept import (
    BOOT,
    Straight,
    begin,
    bomb,
    differences,
    everything,
    live,
    open_kept,
    picture,
    recorded,
)
from tests.ui.world import Stack, open_stack

JUDGED = ("number", "findings", "recommendations", "interval", "trouble", "stale_since")
ASKED = [(12, 5.0), (24, 5.0), (24, 25.0), (12, 60.0), (24, 150.0)]
EXACT = 3.5e-4
"""What is not kept by the second is right to 0.035 %, live and here."""


def answers(history: HistoryView, keys: list[str]) -> dict[Any, list[float | None]]:
    """Ask for what panels draw."""
    asked = [(key, it) for key in keys for it in ("cpu", "memory", "cpu_utilization", "network_rx", "nonsense")]
    asked += [(HOST, it) for it in ("cpu", "memory_utilization", "disk_read", "memory")]
    return {
        (key, figure, points, bucket): list(history.series(key, figure, points=points, bucket=Seconds(bucket)))
        for key, figure in asked
        for points, bucket in ASKED
    }


def sizes(history: HistoryView) -> dict[str, tuple[list[int], list[int]]]:
    asked = ("component:Ollama models", "tier:ssd", "filesystem:/", "nothing")
    return {it: (list(history.sizes(it).times), list(history.sizes(it).sizes)) for it in asked}


def are_alike(one: list[float | None], other: list[float | None]) -> bool:
    return [it is None for it in one] == [it is None for it in other] and [it or 0.0 for it in one] == pytest.approx(
        [it or 0.0 for it in other], rel=EXACT
    )


@dataclass
class Lived:
    """A world that was recorded for three and a half minutes, with what some of its frames answered then."""

    stack: Stack
    straight: Straight
    path: Path
    answered: dict[int, tuple[dict[Any, list[float | None]], dict[str, Any]]]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    path = tmp_path_factory.mktemp("recorded") / "r.db"
    stack = open_stack("incident")
    straight = begin(stack, path)
    chosen = set(random.Random(5).sample(range(1, 210), 14))  # noqa: S311 - instants, not secrets
    answered = {}

    def seen(frame: Frame) -> None:
        if frame.number in chosen:
            keys = [it.id for it in frame.snapshot.containers][:12]
            answered[frame.number] = answers(frame.history, keys), sizes(frame.history)

    straight.seen = seen
    live(stack, 210)
    return Lived(stack, straight, path, answered)


@pytest.fixture
def kept(lived: Lived) -> FileRecording:
    return open_kept(lived.path, lived.stack)


def assert_same(now: Frame | None, was: Frame) -> None:
    assert now is not None
    assert differences(now, was, JUDGED) == {}
    assert dict(now.observed) == dict(was.observed)
    assert picture(now.snapshot) == picture(was.snapshot)


def test_frames_of_any_instant_are_those_that_were_shown(lived: Lived, kept: FileRecording) -> None:
    frames = random.Random(2).sample(lived.straight.frames, 40)  # noqa: S311 - instants, not secrets
    for was in frames:
        assert_same(kept.frame_at(was.snapshot.at + timedelta(milliseconds=400)), was)


def test_series_and_sizes_of_an_instant_are_those_that_were_drawn(lived: Lived, kept: FileRecording) -> None:
    for number, (series, known) in lived.answered.items():
        found = kept.frame_at(lived.straight.frames[number - 1].snapshot.at)
        assert found is not None
        keys = [it.id for it in found.snapshot.containers][:12]
        for asked, values in answers(found.history, keys).items():
            assert are_alike(values, series[asked]), (number, asked, values, series[asked])
        assert sizes(found.history) == known
        assert found.history.aggregate(keys[0]) is None


def test_a_step_is_one_frame_however_far_and_to_either_side(lived: Lived, kept: FileRecording) -> None:
    frames = lived.straight.frames
    at = frames[100].snapshot.at
    for by in (1, -1, 59, -59, 60, -60, 90, -100, 109, 0):
        assert_same(kept.step(at, by), frames[100 + by])
    assert kept.step(at, 110) is None
    assert kept.step(at, -101) is None


def test_playing_through_gives_every_frame_once(lived: Lived, kept: FileRecording) -> None:
    frame, numbers = kept.frame_at(lived.straight.frames[0].snapshot.at), []
    while frame is not None:
        numbers.append(frame.number)
        frame = kept.step(frame.snapshot.at, 1)
    assert numbers == [it.number for it in lived.straight.frames]


def test_before_the_first_there_is_nothing_and_after_the_last_the_last(lived: Lived, kept: FileRecording) -> None:
    first, last = lived.straight.frames[0], lived.straight.frames[-1]
    before = first.snapshot.at - timedelta(seconds=1)
    assert kept.frame_at(before) is None
    assert kept.step(before, -1) is None
    assert_same(kept.step(before, 1), first)
    assert_same(kept.frame_at(last.snapshot.at + timedelta(days=1)), last)
    info = kept.info()
    assert (info.first, info.last) == (first.snapshot.at, last.snapshot.at)
    assert (info.engine, info.host, info.program, info.is_clip) == ("unix:///demo.sock", "sutaz-host", "1.0", False)
    assert info.size > 100_000


def test_happenings_lie_in_the_recording_in_order(kept: FileRecording) -> None:
    info = kept.info()
    assert info.first is not None
    assert info.last is not None
    found = kept.happenings(info.first, info.last)
    assert found
    assert [it.at for it in found] == sorted(it.at for it in found)
    after = kept.next_happening(found[0].at - timedelta(seconds=1))
    assert after is not None
    assert after.number == found[0].number


def test_a_file_that_is_still_written_gives_what_is_committed(tmp_path: Path) -> None:
    stack, straight = recorded(tmp_path / "r.db", 3)
    kept = open_kept(tmp_path / "r.db", stack)
    for second in range(70):
        live(stack, 1)
        if second % 4 == 0:
            assert_same(kept.frame_at(stack.clock.now()), straight.frames[-1])
            assert_same(kept.step(stack.clock.now(), -2), straight.frames[-3])
    straight.close()
    assert len(everything(kept)) == 73
    kept.close()
    with pytest.raises(RecordingError):
        kept.frame_at(stack.clock.now())


def test_stepping_goes_on_where_the_open_minute_was_packed_meanwhile(tmp_path: Path) -> None:
    stack, straight = recorded(tmp_path / "r.db", 10)
    kept = open_kept(tmp_path / "r.db", stack)
    frame = kept.step(straight.frames[-1].snapshot.at, -3)
    assert frame is not None
    live(stack, 4)
    # What was written meanwhile comes, though the minute is still open.
    for number in range(7, 14):
        frame = kept.step(frame.snapshot.at, 1)
        assert_same(frame, straight.frames[number])
        assert frame is not None
    frame = kept.step(straight.frames[5].snapshot.at, 0)
    assert frame is not None
    live(stack, 130)
    for number in (4, 3, 2, 1, 0):
        frame = kept.step(frame.snapshot.at, -1)
        assert_same(frame, straight.frames[number])
        assert frame is not None
    assert_same(kept.step(frame.snapshot.at, 140), straight.frames[140])
    kept.close()


def test_a_reading_of_a_span_takes_in_what_is_written_meanwhile(tmp_path: Path) -> None:
    stack, straight = recorded(tmp_path / "r.db", 70)
    kept = open_kept(tmp_path / "r.db", stack)
    until = stack.clock.now() + timedelta(hours=1)
    told = kept.told(straight.frames[0].snapshot.at, until)
    first = [next(told) for _ in range(5)]
    live(stack, 130)
    assert [it.sample.at for _, it in (*first, *told)] == [it.snapshot.at for it in straight.frames]
    assert {boot for boot, _ in first} == {BOOT}
    kept.close()


def test_graphs_reach_back_over_a_wall_clock_that_was_set(tmp_path: Path) -> None:
    for by in (-3600, 3600):
        path = tmp_path / f"{by}.db"
        stack, straight = recorded(path, 100)
        stack.clock.set_wall(by)
        live(stack, 30)
        kept = open_kept(path, stack)
        found = kept.frame_at(straight.frames[-1].snapshot.at)
        assert found is not None
        assert kept.info().last == straight.frames[-1].snapshot.at
        keys = [it.id for it in found.snapshot.containers if it.container.is_running][:6]
        was = answers(stack.monitor.history, keys)
        for asked, values in answers(found.history, keys).items():
            assert are_alike(values, was[asked]), (by, asked, values, was[asked])
        drawn = found.history.series(HOST, "cpu", points=24, bucket=Seconds(5.0))
        assert sum(it is not None for it in drawn) >= 20
        kept.close()


def test_a_graph_that_cant_be_read_is_a_gap_and_ends_nothing(tmp_path: Path) -> None:
    stack, straight = recorded(tmp_path / "r.db", 130)
    bombs = (b"nothing packed", zlib.compress(b'{"figures":[],"times":7}\n'), bomb())
    for body in bombs:
        straight.writer.connection.execute("UPDATE minute SET figures = ?, coarse = ?", (body, body))
        straight.writer.connection.commit()
        kept = open_kept(tmp_path / "r.db", stack)
        found = kept.frame_at(straight.frames[60].snapshot.at)
        assert found is not None
        assert list(found.history.series(HOST, "cpu", points=12, bucket=Seconds(5.0))) == [None] * 12
        kept.close()


def test_an_empty_recording_has_no_ends_and_no_frames(tmp_path: Path) -> None:
    stack = open_stack("incident")
    begin(stack, tmp_path / "r.db")
    kept = open_kept(tmp_path / "r.db", stack)
    assert (kept.info().first, kept.info().last) == (None, None)
    assert kept.frame_at(stack.clock.now()) is None
    assert kept.step(stack.clock.now(), 1) is None
    assert kept.step(stack.clock.now(), -1) is None


def _later(path: Path) -> None:
    recorded(path, 2)[1].close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 9")
    connection.close()


def _foreign(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.executescript("CREATE TABLE about (x); PRAGMA application_id = 7;")
    connection.close()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda _: None, "There is no recording"),
        (lambda path: path.mkdir(), "There is no recording"),
        (lambda path: path.write_bytes(b"not a database, but long enough to be read as one" * 50), "is no recording"),
        (lambda path: path.write_bytes(b""), "is empty"),
        (_foreign, "another program's database"),
        (_later, "written by a later version"),
    ],
)
def test_what_is_no_recording_is_refused_in_words(make: Callable[[Path], None], words: str, tmp_path: Path) -> None:
    path = tmp_path / "r.db"
    make(path)
    with pytest.raises(RecordingError, match=words):
        FileRecording(path, Profile())


@pytest.mark.parametrize(
    "body", [b"nothing packed", zlib.compress(b"no rows"), zlib.compress(b'{"t":[1],"k":[0]}\n{"k":1}')]
)
def test_a_damaged_minute_is_told_in_words(body: bytes, tmp_path: Path) -> None:
    stack, straight = recorded(tmp_path / "r.db", 65)
    straight.writer.connection.execute("UPDATE minute SET samples = ?", (body,))
    straight.writer.connection.commit()
    kept = open_kept(tmp_path / "r.db", stack)
    with pytest.raises(RecordingError, match="can't be read"):
        kept.frame_at(straight.frames[5].snapshot.at)
    assert_same(kept.frame_at(straight.frames[-1].snapshot.at), straight.frames[-1])


def test_two_runs_are_one_recording_with_a_gap_between(tmp_path: Path) -> None:
    path = tmp_path / "r.db"
    stack, first = recorded(path, 70)
    first.close()
    stack.clock.advance(600)
    stack.monitor = Monitor(stack.source, stack.settings.profile, judge, stack.clock)
    second = begin(stack, path)
    live(stack, 70)
    kept = open_kept(path, stack)
    last, then = first.frames[-1], second.frames[0]
    assert_same(kept.frame_at(last.snapshot.at + timedelta(seconds=300)), last)
    assert_same(kept.step(last.snapshot.at, 1), then)
    assert_same(kept.step(then.snapshot.at, -1), last)
    [gap] = [it for it in kept.happenings(last.snapshot.at, then.snapshot.at) if it.kind == "gap"]
    assert (gap.at, gap.action) == (last.snapshot.at, "killed")
