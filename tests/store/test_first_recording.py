"""A recording that the first format's program wrote opens in this one, and tells what it told."""

import shutil
import sqlite3
from pathlib import Path

from sutaztop.domain.recording import ClipWish
from sutaztop.store.recording.clip import make_clip
from sutaztop.store.recording.reader import FileRecording
from tests.given import NOW
from tests.store.first_recording import RECORDING, SECONDS, TEXT, profile, told


def test_the_first_formats_recording_tells_what_it_told() -> None:
    recording = FileRecording(RECORDING, profile())
    try:
        assert told(recording) == TEXT.read_text(encoding="utf-8")
    finally:
        recording.close()


def test_it_is_a_recording_of_that_format_and_small() -> None:
    connection = sqlite3.connect(f"file:{RECORDING}?mode=ro", uri=True)
    assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    assert connection.execute("SELECT count(*) FROM row").fetchone()[0] > 0
    assert connection.execute("SELECT count(*) FROM minute").fetchone()[0] >= 2
    connection.close()
    assert RECORDING.stat().st_size < 200_000


def test_a_clip_can_be_made_of_it(tmp_path: Path) -> None:
    source = tmp_path / "v1.db"
    shutil.copy(RECORDING, source)
    recording = FileRecording(source, profile())
    last = recording.info().last
    recording.close()
    assert last is not None
    made = make_clip(source, tmp_path / "clip.db", ClipWish(NOW, last), profile())
    assert made.rows >= SECONDS
    clip = FileRecording(Path(made.path), profile())
    text = told(clip)
    clip.close()
    assert text == TEXT.read_text(encoding="utf-8")
