"""Silences in their file: kept whole, readable, and never written over where they can't be read."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sutaztop.domain.severity import Severity
from sutaztop.domain.silence import Silence
from sutaztop.store.silences import SilenceFile

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MUTE = Silence("limits:a", "R-CPU-1", "backend", "cpu 2 → 3 cores", Severity.WARNING, NOW, None, "a batch, on purpose")
SNOOZE = Silence("limits:b", "R-MEM-1", "kong", "memory 1 → 2 GiB", Severity.WARNING, NOW, NOW + timedelta(hours=1))


def test_what_is_kept_is_read_back(tmp_path: Path) -> None:
    file = SilenceFile(tmp_path / "state")
    assert file.load() == ((), "")
    assert file.add(MUTE) == ""
    assert file.add(SNOOZE) == ""
    assert file.load() == ((MUTE, SNOOZE), "")
    assert "a batch, on purpose" in file.path.read_text()
    assert file.remove(MUTE, NOW) == ""
    assert file.load() == ((SNOOZE,), "")


def test_a_second_note_for_the_same_takes_the_firsts_place_and_what_is_over_is_forgotten(tmp_path: Path) -> None:
    file = SilenceFile(tmp_path)
    file.add(SNOOZE)
    later = NOW + timedelta(hours=2)
    again = Silence("limits:a", "R-CPU-1", "backend", "cpu", Severity.WARNING, later, None, "x")
    file.add(MUTE)
    file.add(again)
    assert file.load()[0] == (again,)


@pytest.mark.parametrize(
    "text", ["", "{", '{"schema": "sutaztop.silences/1", "silen', "[]", '{"schema": "x/9"}', "[" * 9999]
)
def test_a_torn_or_foreign_file_is_told_and_set_aside(text: str, tmp_path: Path) -> None:
    file = SilenceFile(tmp_path)
    file.path.write_text(text)
    found, trouble = file.load()
    assert found == ()
    assert str(file.path) in trouble
    assert file.add(MUTE) == ""
    assert file.load() == ((MUTE,), "")
    (aside,) = tmp_path.glob("*.unreadable")
    assert aside.read_text() == text


def test_one_bad_entry_costs_no_other(tmp_path: Path) -> None:
    file = SilenceFile(tmp_path)
    file.add(MUTE)
    document = json.loads(file.path.read_text())
    document["silences"] += [7, {"id": "a"}, {**document["silences"][0], "severity": "bad"}]
    file.path.write_text(json.dumps(document))
    found, trouble = file.load()
    assert found == (MUTE,)
    assert "3 of 4" in trouble


def test_what_comes_from_the_file_is_cleaned(tmp_path: Path) -> None:
    file = SilenceFile(tmp_path)
    file.add(MUTE)
    file.path.write_text(file.path.read_text().replace("on purpose", "\\u001b[31mred"))
    assert "\x1b" not in file.load()[0][0].reason


def test_a_directory_that_can_not_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    assert "silences.json" in SilenceFile(tmp_path / "state").add(MUTE)
