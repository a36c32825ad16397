"""A wall clock that is wrong for a while destroys nothing; time that really passed makes things old, if a day later."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sutaztop.domain.finding import Subject
from sutaztop.domain.quantity import Bytes
from sutaztop.domain.recording import Happening, HappeningKind
from sutaztop.store.recording.happenings import insert
from sutaztop.store.recording.retention import BITE, Retention, Terms
from sutaztop.store.recording.schema import time_at
from tests.store.recording.aged import CLOCK, DAY, FIRST, MINUTE, Ages

HOUR = 3600.0
YEARS = 3 * 365 * DAY


@pytest.fixture
def ages(tmp_path: Path) -> Iterator[Ages]:
    """Twenty minutes with what happened in them and a size each."""
    made = Ages(tmp_path / "r.db")
    made.minutes(20)
    for minute in range(20):
        at_us = FIRST + minute * 60_000_000
        happened = Happening(time_at(at_us), HappeningKind.EVENT, Subject("container", "1", "a"), "die", f"{minute}")
        insert(made.writer.connection, [happened])
        made.writer.connection.execute("INSERT INTO size VALUES ('tier:ssd', ?, 1)", (at_us // 1_000_000,))
    made.writer.connection.commit()
    yield made
    made.writer.connection.close()


def everything(ages: Ages) -> list[list[tuple[int, ...]]]:
    return [
        ages.ask(it) for it in
        ("SELECT id, rows, figures IS NULL FROM minute", "SELECT at_us FROM happening", "SELECT at FROM size")
    ]  # fmt: skip


@pytest.mark.parametrize("hours", [1, 20])
def test_a_clock_that_is_years_ahead_for_hours_destroys_nothing(hours: int, ages: Ages) -> None:
    before = everything(ages)
    retention = Retention(Terms())
    ages.look(20 * MINUTE, retention)
    for minute in range(0, hours * 60, 5):
        lived = (21 + minute) * MINUTE
        ages.look_at(YEARS + lived, lived, retention)
    assert everything(ages) == before
    back = (21 + hours * 60) * MINUTE
    ages.look(back, retention, 10)
    assert everything(ages) == before
    # And what is old by the right clock goes as ever.
    for hour in range(60):
        ages.look(back + hour * HOUR, retention, 2)
    assert ages.count("minute WHERE figures IS NULL") == 20
    ages.assert_readable(at_least=20)


def test_nor_does_one_that_is_ahead_from_the_start_of_the_machine(ages: Ages) -> None:
    before = everything(ages)
    ages.next_boot(30 * MINUTE)
    retention = Retention(Terms())
    for minute in range(0, 600, 5):
        ages.look_at(YEARS + minute * MINUTE, -960 + minute * MINUTE, retention)
    assert everything(ages) == before


def test_programs_that_start_again_and_again_under_a_wrong_clock_believe_it_no_sooner(ages: Ages) -> None:
    before = everything(ages)
    ages.look(20 * MINUTE, Retention(Terms()))
    for start in range(30):
        ages.next_boot(start)
        ages.look_at(YEARS + start * MINUTE, -960, Retention(Terms()), 3)
    assert everything(ages) == before


def test_in_one_boot_programs_that_start_again_believe_no_clock_for_the_time_between_them(ages: Ages) -> None:
    ages.look(20 * MINUTE, Retention(Terms()))
    # Two days lie between them by the monotonic clock, years by the wall's.
    ages.look_at(YEARS, 2 * DAY, Retention(Terms()), 3)
    ages.look_at(YEARS + HOUR, 2 * DAY + HOUR, Retention(Terms()), 3)
    # What both say has passed makes old; what only one says does not.
    assert ages.count("minute WHERE figures IS NULL") == 20
    assert ages.count("minute WHERE samples IS NOT NULL") == ages.count("happening") == 20


def test_a_recordings_first_hour_believes_no_leap_either(tmp_path: Path) -> None:
    ages = Ages(tmp_path / "new.db")
    retention = Retention(Terms())
    ages.look(0, retention)
    ages.minutes(20)
    ages.look_at(YEARS, 21 * MINUTE, retention, 5)
    assert ages.count("minute WHERE figures IS NOT NULL") == 20
    ages.writer.connection.close()


def test_a_machine_whose_clock_begins_at_1970_each_time_is_cleaned_all_the_same(ages: Ages) -> None:
    ages.look(20 * MINUTE, Retention(Terms()))
    for start in range(80):
        ages.next_boot(start)
        retention = Retention(Terms())
        ages.look_at(-50 * 365 * DAY, 0, retention)
        for quarter in range(1, 5):
            # The network has told the time.
            ages.look_at((start + 1 + quarter / 4) * HOUR, quarter * 15 * MINUTE, retention)
    assert ages.count("minute WHERE figures IS NULL") == 20


@pytest.mark.parametrize("restarts", [False, True])
def test_a_host_that_was_off_for_a_month_is_cleaned_a_day_later(restarts: bool, ages: Ages) -> None:
    before = everything(ages)
    ages.look(20 * MINUTE, Retention(Terms()))
    ages.next_boot(1)
    retention = Retention(Terms())
    for hour in range(24):
        if restarts:
            retention = Retention(Terms())
        ages.look_at(40 * DAY + hour * HOUR, -960 + hour * HOUR, retention)
        assert everything(ages) == before
    for hour in range(24, 52):
        ages.look_at(40 * DAY + hour * HOUR, -960 + hour * HOUR, retention, 2)
    assert ages.count("minute") == 1  # the last, whose number must not be given anew
    assert ages.count("happening") == ages.count("size") == 0


def test_minutes_of_after_a_long_pause_are_not_taken_for_those_of_a_wrong_clock(ages: Ages) -> None:
    ages.look(20 * MINUTE, Retention(Terms()))
    ages.next_boot(1)
    retention = Retention(Terms())
    ages.minutes(10, start=40 * DAY)
    for hour in range(80):
        ages.look_at(40 * DAY + hour * HOUR, hour * HOUR, retention, 3)
    assert ages.count("minute WHERE rows = 1 AND figures IS NULL") == 10


def test_a_clock_that_begins_at_1970_passes_over_no_minute(ages: Ages) -> None:
    retention = Retention(Terms())
    ages.look(20 * MINUTE, retention)
    ages.next_boot(1)
    retention = Retention(Terms())
    ages.look_at(-50 * 365 * DAY, 0, retention, 5)
    for hour in range(80):
        ages.look_at(HOUR + hour * HOUR, hour * HOUR, retention, 2)
    assert ages.count("minute WHERE figures IS NULL") == 20


def test_what_the_clock_knows_is_reckoned_anew_where_it_cannot_be_read(ages: Ages) -> None:
    ages.look(20 * MINUTE, Retention(Terms()))
    for body in (b"", b"[]", b"{}", b'{"boot": 1, "leads": 5}'):
        ages.writer.connection.execute("UPDATE state SET body = ? WHERE key = 'ages'", (body,))
        before = everything(ages)
        ages.look_at(YEARS, 21 * MINUTE, Retention(Terms()), 2)
        assert everything(ages) == before


def test_a_minute_from_the_future_keeps_its_rows_also_after_a_week(ages: Ages) -> None:
    ages.writer.connection.execute("UPDATE minute SET last_us = last_us + ? WHERE id <= 4", (10**15,))
    assert ages.ask("SELECT count(*) FROM minute WHERE id <= 4 AND slot % 5 != 0")[0][0] >= 3
    ages.look(8 * DAY, Retention(Terms()), 2 * BITE)
    assert ages.count("minute WHERE id <= 4 AND samples IS NOT NULL AND rows = 4") == 4
    assert ages.count("minute WHERE id > 4 AND samples IS NULL") >= 12


def test_a_minute_in_which_the_clock_was_set_takes_no_more_along_than_it_held(ages: Ages) -> None:
    connection = ages.writer.connection
    connection.execute("UPDATE minute SET last_us = last_us + ? WHERE id = 1", (10**15,))
    small = Retention(Terms(size=Bytes(1)))
    ages.look(20 * MINUTE, small, 4)
    oldest = ages.ask("SELECT min(first_us) FROM minute")[0][0]
    assert oldest > FIRST
    assert ages.ask("SELECT min(at_us) FROM happening") == [(oldest,)]


def test_the_clock_of_the_machine_is_the_samples_own(ages: Ages) -> None:
    assert ages.ask("SELECT first_ns FROM minute WHERE id = 1") == [(CLOCK,)]
