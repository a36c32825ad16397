"""What is old goes, in its order and a little at a time, and what is left stays readable."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from sutaztop.domain.container import Container
from sutaztop.domain.finding import Subject
from sutaztop.domain.profile import Profile
from sutaztop.domain.quantity import MIB, Bytes, Seconds
from sutaztop.domain.recording import Happening, HappeningKind
from sutaztop.store.recording.happenings import insert
from sutaztop.store.recording.parts_in_use import WORK
from sutaztop.store.recording.reader import FileRecording
from sutaztop.store.recording.retention import BITE, EVERY, Retention, Terms, used
from sutaztop.store.recording.schema import time_at
from tests.given import NOW, container
from tests.store.recording.aged import DAY, FIRST, MINUTE, Ages


@pytest.fixture
def ages(tmp_path: Path) -> Iterator[Ages]:
    made = Ages(tmp_path / "r.db")
    yield made
    made.writer.connection.close()


def test_nothing_goes_before_its_time(ages: Ages) -> None:
    ages.minutes(20)
    assert ages.look(20 * MINUTE, Retention(Terms()), 30) == ""
    assert ages.count("minute WHERE rows = 4 AND figures IS NOT NULL") == 20
    ages.assert_readable(at_least=80)


def test_of_what_is_older_than_a_day_one_whole_row_a_minute_is_left_and_is_a_frame(ages: Ages) -> None:
    ages.minutes(20)
    # A minute counts as old when its last row is.
    ages.look(DAY + 10 * MINUTE, Retention(Terms()), 30)
    assert ages.count("minute WHERE rows = 1 AND figures IS NULL AND coarse IS NOT NULL") == 10
    assert ages.count("minute WHERE rows = 4 AND figures IS NOT NULL") == 10
    ages.assert_readable(at_least=50)
    kept = FileRecording(ages.path, Profile())
    found = kept.frame_at(NOW + timedelta(minutes=3, seconds=25))
    assert found is not None
    assert found.number == 12
    # Charts of that time are drawn from the highest of each quarter minute.
    later = kept.frame_at(NOW + timedelta(minutes=19, seconds=30))
    assert later is not None
    drawn = later.history.series(container("a").id, "memory", points=60, bucket=Seconds(15.0))
    assert sum(it is not None for it in drawn) > 30


def test_graphs_of_thinned_minutes_show_their_quarters(ages: Ages) -> None:
    ages.minutes(20)
    at = ages.samples[50][0].at
    with FileRecording(ages.path, Profile()) as kept:
        then = kept.frame_at(at)
        assert then is not None
        key = then.snapshot.containers[0].id
        before = [list(then.history.series(key, "memory", points=8, bucket=Seconds(it))) for it in (15.0, 60.0)]
    ages.look(2 * DAY, Retention(Terms(seconds=Seconds(DAY))), times=4)
    with FileRecording(ages.path, Profile()) as kept:
        now = kept.frame_at(at)
        assert now is not None
        after = [list(now.history.series(key, "memory", points=8, bucket=Seconds(it))) for it in (15.0, 60.0)]
        assert all(value is not None for value in after[1][:-1])
        for one, other in zip(before, after, strict=True):
            known = [(a, b) for a, b in zip(one, other, strict=True) if a is not None and b is not None]
            assert len(known) >= 4
            assert all(abs(a - b) <= 0.001 * a for a, b in known)
        assert any(it is not None for it in now.history.series(key, "memory", points=120, bucket=Seconds(1.0)))


def test_after_a_week_every_fifth_minute_keeps_its_row(ages: Ages) -> None:
    ages.minutes(30)
    ages.look(8 * DAY, Retention(Terms()), 30)
    assert (ages.count("minute"), ages.count("minute WHERE samples IS NOT NULL")) == (30, 30 // EVERY)
    assert ages.count("minute WHERE coarse IS NULL") == 0
    ages.assert_readable(at_least=30 // EVERY)


def test_after_a_month_minutes_go_and_what_happened_in_them(ages: Ages) -> None:
    ages.minutes(30)
    about = Subject("container", "1", "a")
    for minute in range(30):
        at = NOW + timedelta(minutes=minute)
        insert(ages.writer.connection, [Happening(at, HappeningKind.EVENT, about, "die", f"{minute}")])
    ages.writer.connection.execute("INSERT INTO size VALUES ('tier:ssd', ?, 1)", (FIRST // 1_000_000,))
    ages.look(30 * DAY + 10 * MINUTE, Retention(Terms()), 30)
    assert ages.ask("SELECT min(first_us) FROM minute") == [(FIRST + 10 * 60_000_000,)]
    assert ages.count("minute") == ages.count("happening") == 20
    assert ages.count("size") == 0


def test_after_a_long_pause_numbers_go_on_and_what_comes_is_thinned_too(ages: Ages) -> None:
    retention = Retention(Terms())
    ages.minutes(20)
    ages.look(90 * DAY, retention, 10)
    assert ages.ask("SELECT id FROM minute") == [(20,)]
    ages.minutes(20, start=90 * DAY)
    ages.look(92 * DAY, retention, 10)
    assert ages.count("minute WHERE figures IS NOT NULL") == 0
    assert ages.count("minute") == 20
    ages.assert_readable(at_least=20)


def test_one_call_does_little_and_a_new_program_goes_on(ages: Ages) -> None:
    ages.minutes(5 * BITE)
    for call in range(1, 6):
        ages.look(2 * DAY, Retention(Terms()))
        assert ages.count("minute WHERE figures IS NULL") == call * BITE


def test_a_minute_from_the_future_holds_nothing_up_and_is_left_alone(ages: Ages) -> None:
    ages.minutes(3)
    ages.writer.connection.execute("UPDATE minute SET last_us = last_us + ? WHERE id = 1", (10**15,))
    ages.look(DAY + 3 * MINUTE, Retention(Terms()))
    assert ages.ask("SELECT id FROM minute WHERE figures IS NULL") == [(2,), (3,)]


def test_sizes_of_past_days_keep_the_first_of_each_hour(ages: Ages) -> None:
    ages.minutes(2)
    start = FIRST // 1_000_000 // 3600 * 3600
    ages.writer.connection.executemany(
        "INSERT INTO size VALUES ('tier:ssd', ?, ?)", [(start + 300 * it, it) for it in range(36)]
    )
    ages.look(5 * DAY, Retention(Terms()))
    assert ages.ask("SELECT at, bytes FROM size") == [(start + 3600 * it, 12 * it) for it in range(3)]


def test_a_size_takes_the_oldest_readings_first_then_the_oldest_minutes_and_says_so(ages: Ages) -> None:
    ages.minutes(200, rows=6)
    retention = Retention(Terms(size=Bytes(used(ages.writer.connection) - 60_000)))
    words = ages.look(200 * MINUTE, retention, 20)
    thinned = ages.count("minute WHERE figures IS NULL")
    assert 0 < thinned < 190
    assert ages.count("minute") == 200
    assert ages.ask(f"SELECT count(*) FROM minute WHERE figures IS NULL AND id > {thinned}") == [(0,)]  # noqa: S608
    assert "holds every reading for no more than" in words
    ages.assert_readable(at_least=200)
    small = Retention(Terms(size=Bytes(MIB // 8)))
    words = ages.look(201 * MINUTE, small, 60)
    assert "holds no more than" in words
    # The last minutes keep every reading however small it is to be.
    assert ages.count("minute WHERE figures IS NOT NULL") >= 10
    assert ages.ask("SELECT max(id) FROM minute") == [(200,)]
    assert ages.count("minute") < 200


def test_what_is_freed_goes_back_to_the_filesystem(ages: Ages) -> None:
    ages.minutes(200, rows=6)
    ages.writer.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = ages.path.stat().st_size
    ages.look(31 * DAY, Retention(Terms()), 20)
    ages.writer.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert ages.count("minute") == 1
    assert ages.path.stat().st_size < before / 2


def test_parts_that_nothing_refers_to_go_and_all_others_stay(ages: Ages) -> None:
    def labelled(number: int) -> Container:
        return replace(container("a"), labels={"version": str(number)})

    for minute in range(40):
        for row in range(3):
            # The first of these comes back in the end: its part is gone by then, and is to be made anew.
            ages.write(minute * MINUTE + row * 10, labelled(minute), container("b"))
    ages.writer.close_minute()
    assert ages.count("part") > 40
    retention = Retention(Terms(minutes=Seconds(3600.0)))
    start = 80 * MINUTE
    for call in range(30):
        now = start + call * MINUTE
        ages.write(now, labelled(0 if call > 20 else 1000 + call), container("b"))
        ages.look(now, retention)
    ages.look(2 * DAY, retention, 30)
    ages.write(2 * DAY, labelled(5), container("b"))
    ages.write(2 * DAY + 1, labelled(0), container("b"))
    ages.assert_readable(at_least=2)
    # Engine, services, wishes, projects, two containers' lists, and the containers that are left to be read.
    assert ages.count("part") <= 12


def test_a_part_that_is_deleted_while_it_is_still_remembered_is_made_anew(ages: Ages) -> None:
    one, other = (replace(container("a"), labels={"version": it}) for it in "12")
    ages.write(0, one)
    ages.write(60, other)
    ages.writer.close_minute()
    ages.writer.connection.execute("DELETE FROM minute WHERE id = 1")
    retention = Retention(Terms())
    before = ages.count("part")
    ages.look(70, retention, 3)
    assert ages.count("part") == before - 2
    ages.write(71, one)
    ages.write(72, other)
    ages.assert_readable(at_least=3)


def test_a_large_recording_is_gone_through_in_bites(ages: Ages) -> None:
    ages.minutes(WORK, rows=2)
    retention = Retention(Terms())
    # The last part stays, whatever it is.
    ages.writer.connection.execute("INSERT INTO part (hash, body) VALUES (x'00', x'00'), (x'01', x'00')")
    calls = 0
    while ages.count("part WHERE hash = x'00'"):
        ages.look(WORK * MINUTE + calls * MINUTE, retention)
        calls += 1
        assert calls < 40
    assert calls > WORK * 8 // (WORK + 8)
    ages.assert_readable(at_least=2 * WORK)


def test_lines_go_the_faster_the_more_of_them_are_due(ages: Ages) -> None:
    ages.minutes(1)
    ages.writer.connection.executemany(
        "INSERT INTO happening (at_us, kind, severity, subject_kind, subject_id, subject_name, action, text, who,"
        " reference) VALUES (?, 'event', 0, '', '', '', '', '', '', '')",
        ((FIRST + it,) for it in range(120_000)),
    )
    retention = Retention(Terms())
    ages.look(31 * DAY, retention)
    assert ages.count("happening") == 120_000 - 400
    assert ages.ask("SELECT min(at_us) FROM happening") == [(FIRST + 400,)]
    ages.look(31 * DAY, retention, 60)
    # The last of them go as fast as few did.
    assert ages.count("happening") < 120_000 - 60 * 300


def test_parts_go_within_hours_however_many_there_are(ages: Ages) -> None:
    ages.minutes(1)
    before = ages.count("part")
    ages.writer.connection.executemany(
        "INSERT INTO part (hash, body) VALUES (?, x'00')", ((it.to_bytes(4),) for it in range(30_000))
    )
    retention = Retention(Terms())
    ages.look(2 * MINUTE, retention, 2)
    assert ages.count("part") == before + 30_000 - 30_000 // 300
    # It grows no slower towards the end: all are gone in as many calls as it was to take.
    ages.look(3 * MINUTE, retention, 299)
    # The last stays, and the list of the open minute's containers goes: it is packed.
    assert ages.count("part") == before
    ages.assert_readable(at_least=4)


def test_a_mark_that_cannot_be_read_begins_anew(ages: Ages) -> None:
    ages.minutes(3)
    ages.writer.connection.execute("INSERT INTO state VALUES ('retention', 0, ?)", (b"[]",))
    ages.look(2 * DAY, Retention(Terms()), 2)
    assert ages.count("minute WHERE figures IS NULL") == 3


def test_an_error_of_the_file_is_raised_for_the_recorder_to_say(ages: Ages) -> None:
    ages.minutes(2)
    ages.writer.connection.close()
    with pytest.raises(sqlite3.Error):
        ages.look(2 * DAY, Retention(Terms()))


def test_times_stand_as_they_were_given() -> None:
    assert time_at(FIRST) == NOW
