"""Clips: a span as a recording of its own, the same frames in it, whole or not at all."""

import resource
import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from sutaztop.config.load import load_settings
from sutaztop.contracts import RecordingError
from sutaztop.domain.frame import HOST, Frame
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.recording import ClipWish, HappeningKind
from sutaztop.store.contract import recommendations_document, snapshot_document
from sutaztop.store.recording.clip import make_clip
from sutaztop.store.recording.columns import unpack, unpack_coarse
from sutaztop.store.recording.reader import FileRecording
from sutaztop.store.recording.writer import Origin, Writer
from tests import given
from tests.store.demo_recording import record_demo
from tests.store.recording.kept import bomb
from tests.store.test_anonymise import NAMES, stack_of

PROFILE = load_settings((), environment={}, profile="sutazai").profile
LONG = 200


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Frame]]:
    path = tmp_path_factory.mktemp("recorded") / "whole.db"
    return path, record_demo(path, LONG)


def text_of(frame: Frame) -> tuple[object, ...]:
    frame = replace(frame, recorded=False)  # which is true of the recording alone
    return snapshot_document(frame), recommendations_document(frame), frame.number, frame.findings


def opened(path: Path) -> FileRecording:
    return FileRecording(path, PROFILE)


def test_a_clip_shows_what_the_recording_shows(recorded: tuple[Path, list[Frame]], tmp_path: Path) -> None:
    source, frames = recorded
    since, until = frames[70].snapshot.at, frames[160].snapshot.at
    made = make_clip(source, tmp_path / "clip.db", ClipWish(since, until), PROFILE)
    clip, whole = opened(Path(made.path)), opened(source)
    info = clip.info()
    assert (made.rows, info.first, info.last, info.is_clip, info.anonymised) == (91, since, until, True, False)
    assert info.size == made.size == Path(made.path).stat().st_size
    for frame in (*frames[70:74], *frames[118:124], frames[160]):
        at = frame.snapshot.at
        found, before = clip.frame_at(at), whole.frame_at(at)
        assert found is not None
        assert before is not None
        assert text_of(found) == text_of(before) == text_of(frame)
    assert clip.frame_at(since - timedelta(seconds=1)) is None
    clip.close()
    whole.close()


def test_the_first_frame_is_the_one_that_was_shown_when_the_span_began(
    recorded: tuple[Path, list[Frame]], tmp_path: Path
) -> None:
    source, frames = recorded
    since = frames[70].snapshot.at + timedelta(milliseconds=700)
    made = make_clip(source, tmp_path / "clip.db", ClipWish(since, since + timedelta(seconds=5)), PROFILE)
    assert (made.first, made.rows) == (frames[70].snapshot.at, 6)


def test_graphs_reach_back_before_a_clip(recorded: tuple[Path, list[Frame]], tmp_path: Path) -> None:
    source, frames = recorded
    since, until = frames[150].snapshot.at, frames[190].snapshot.at
    made = make_clip(source, tmp_path / "clip.db", ClipWish(since, until), PROFILE)
    clip, whole = opened(Path(made.path)), opened(source)
    key = frames[0].snapshot.containers[0].id
    for at in (since, frames[155].snapshot.at, until):
        found, before = clip.frame_at(at), whole.frame_at(at)
        assert found is not None
        assert before is not None
        for one, figure in ((key, "cpu"), (key, "memory"), (HOST, "cpu"), (HOST, "memory_utilization")):
            for points, bucket in ((120, 1.0), (12, 15.0)):
                now = list(found.history.series(one, figure, points=points, bucket=Seconds(bucket)))
                then = list(before.history.series(one, figure, points=points, bucket=Seconds(bucket)))
                assert now == then
                assert any(it is not None for it in now[: points // 3])
    clip.close()
    whole.close()


def test_a_clip_has_the_happenings_of_its_span_and_no_others(
    recorded: tuple[Path, list[Frame]], tmp_path: Path
) -> None:
    source, frames = recorded
    since, until = frames[40].snapshot.at, frames[-1].snapshot.at
    made = make_clip(source, tmp_path / "clip.db", ClipWish(since, until), PROFILE)
    clip, whole = opened(Path(made.path)), opened(source)
    ever = (since - timedelta(days=1), until + timedelta(days=1))
    found = [(it.at, it.text, it.subject) for it in clip.happenings(*ever)]
    assert found == [(it.at, it.text, it.subject) for it in whole.happenings(since, until)]
    assert made.happenings == len(found) > 0
    assert [it.kind for it in clip.happenings(until, until, kinds=[HappeningKind.NOTE])] == [HappeningKind.NOTE]
    clip.close()
    whole.close()


def test_chosen_containers_come_with_the_host_and_without_the_others(
    recorded: tuple[Path, list[Frame]], tmp_path: Path
) -> None:
    source, frames = recorded
    since, until = frames[100].snapshot.at, frames[150].snapshot.at
    wish = ClipWish(since, until, containers=("sutazai-ollama", "sutazai-postgres"))
    made = make_clip(source, tmp_path / "clip.db", wish, PROFILE)
    clip = opened(Path(made.path))
    found = clip.frame_at(until)
    assert found is not None
    then = {it.container.name: it for it in frames[150].snapshot.containers}
    assert {it.container.name for it in found.snapshot.containers} == set(wish.containers)
    for it in found.snapshot.containers:
        assert it.usage == then[it.container.name].usage
    assert found.snapshot.host.cpu == frames[150].snapshot.host.cpu
    subjects = [*(it.subject for it in found.findings), *(it.subject for it in found.recommendations)]
    named = {it.name for it in subjects if it.kind == "container"}
    assert named <= {"ollama", "postgres", *wish.containers}
    chosen = {it.id for it in found.snapshot.containers}
    connection = sqlite3.connect(made.path)
    for figures, coarse in connection.execute("SELECT figures, coarse FROM minute"):
        for minute in (unpack(figures), unpack_coarse(coarse)):
            assert {key for key, _ in minute.places} == {HOST, *chosen}
    connection.close()
    assert made.size < source.stat().st_size / 4
    clip.close()


def test_a_clip_is_made_of_a_clip(recorded: tuple[Path, list[Frame]], tmp_path: Path) -> None:
    source, frames = recorded
    first = make_clip(source, tmp_path / "a.db", ClipWish(frames[20].snapshot.at, frames[120].snapshot.at), PROFILE)
    again = make_clip(
        Path(first.path), tmp_path / "b.db", ClipWish(frames[90].snapshot.at, frames[110].snapshot.at), PROFILE
    )
    clip = opened(Path(again.path))
    found = clip.frame_at(frames[100].snapshot.at)
    assert found is not None
    assert text_of(found) == text_of(frames[100])
    clip.close()


def test_what_is_there_is_not_written_over_unless_forced(recorded: tuple[Path, list[Frame]], tmp_path: Path) -> None:
    source, frames = recorded
    wish = ClipWish(frames[20].snapshot.at, frames[22].snapshot.at)
    target = tmp_path / "clip.db"
    target.write_text("mine")
    with pytest.raises(RecordingError, match="there already"):
        make_clip(source, target, wish, PROFILE)
    assert target.read_text() == "mine"
    make_clip(source, target, wish, PROFILE, force=True)
    assert opened(target).info().is_clip
    assert [it.name for it in tmp_path.iterdir()] == ["clip.db"]


def test_the_recording_itself_is_never_written_over(recorded: tuple[Path, list[Frame]]) -> None:
    source, frames = recorded
    wish = ClipWish(frames[20].snapshot.at, frames[22].snapshot.at)
    with pytest.raises(RecordingError, match="the recording itself"):
        make_clip(source, source, wish, PROFILE, force=True)


def test_a_full_disk_leaves_nothing_behind(recorded: tuple[Path, list[Frame]], tmp_path: Path) -> None:
    source, frames = recorded
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
    try:
        with pytest.raises(RecordingError, match="can't be written"):
            make_clip(source, tmp_path / "clip.db", ClipWish(frames[0].snapshot.at, frames[-1].snapshot.at), PROFILE)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_told(recorded: tuple[Path, list[Frame]], tmp_path: Path) -> None:
    source, frames = recorded
    wish = ClipWish(frames[20].snapshot.at, frames[22].snapshot.at)
    with pytest.raises(RecordingError, match="no folder"):
        make_clip(source, tmp_path / "nowhere" / "clip.db", wish, PROFILE)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("since", "until", "words"), [(-20, -10, "Nothing was recorded"), (30, 30, "no length"),
                                                       (30, 10, "no length")])  # fmt: skip
def test_a_span_without_data_is_told(
    recorded: tuple[Path, list[Frame]], tmp_path: Path, since: int, until: int, words: str
) -> None:
    source, frames = recorded
    at = frames[0].snapshot.at
    wish = ClipWish(at + timedelta(minutes=since), at + timedelta(minutes=until))
    with pytest.raises(RecordingError, match=words):
        make_clip(source, tmp_path / "clip.db", wish, PROFILE)
    assert list(tmp_path.iterdir()) == []


def test_a_container_that_nobody_knows_is_told_with_those_near_it(
    recorded: tuple[Path, list[Frame]], tmp_path: Path
) -> None:
    source, frames = recorded
    wish = ClipWish(frames[20].snapshot.at, frames[22].snapshot.at, containers=("sutazai-ollma",))
    with pytest.raises(RecordingError, match="Near to it: sutazai-ollama"):
        make_clip(source, tmp_path / "clip.db", wish, PROFILE)


def test_a_damaged_recording_is_told(recorded: tuple[Path, list[Frame]], tmp_path: Path) -> None:
    source, frames = recorded
    broken = tmp_path / "broken.db"
    broken.write_bytes(source.read_bytes())
    with sqlite3.connect(broken) as connection:
        connection.execute("UPDATE minute SET samples = x'00' || samples")
    connection.close()
    wish = ClipWish(frames[20].snapshot.at, frames[22].snapshot.at)
    with pytest.raises(RecordingError, match="can't be read"):
        make_clip(broken, tmp_path / "clip.db", wish, PROFILE)


def test_what_would_let_values_be_guessed_stays_at_home(recorded: tuple[Path, list[Frame]], tmp_path: Path) -> None:
    source, frames = recorded
    wish = ClipWish(frames[20].snapshot.at, frames[22].snapshot.at)
    made = make_clip(source, tmp_path / "clip.db", wish, PROFILE)
    connection = sqlite3.connect(source)
    key = connection.execute("SELECT value FROM about WHERE key = 'key'").fetchone()[0]
    connection.close()
    assert bytes.fromhex(key) not in Path(made.path).read_bytes()
    assert key.encode() not in Path(made.path).read_bytes()


def test_a_file_made_by_hand_reaches_no_terminal(tmp_path: Path) -> None:
    path = tmp_path / "sent.db"
    sample, frame, _ = stack_of(list(NAMES))
    hostile = replace(sample.containers[0], name="web\x1b]0;owned\x07\u202e", image="a\x9b31mb")
    writer = Writer(path, Origin("unix:///x", "host", "test"))
    writer.begin(given.NOW)
    finding = replace(frame.findings[0], text="gone\x1b[2J")
    writer.write(replace(sample, containers=(hostile,)), replace(frame, findings=(finding,)))
    writer.close()
    recording = opened(path)
    found = recording.frame_at(given.NOW)
    recording.close()
    assert found is not None
    assert (found.snapshot.containers[0].container.name, found.snapshot.containers[0].container.image) == ("web", "ab")
    assert found.findings[0].text == "gone"


def test_a_clip_that_claims_to_hold_gigabytes_is_refused_without_taking_them(
    recorded: tuple[Path, list[Frame]], tmp_path: Path
) -> None:
    source, frames = recorded
    at = frames[100].snapshot.at
    made = make_clip(source, tmp_path / "clip.db", ClipWish(at, frames[110].snapshot.at), PROFILE)
    connection = sqlite3.connect(made.path)
    connection.execute("UPDATE minute SET samples = ?", (bomb(),))
    connection.execute("UPDATE row SET body = ?", (bomb(),))
    connection.commit()
    connection.close()
    clip = opened(Path(made.path))
    with pytest.raises(RecordingError, match="holds more than"):
        clip.frame_at(at)
    clip.close()
