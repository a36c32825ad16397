"""A value that can't be read costs what it held: what comes after it is recorded, kept and read."""

import logging
import zlib
from array import array
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from sutaztop.domain.frame import HOST
from sutaztop.domain.profile import Profile
from sutaztop.domain.quantity import Bytes, Seconds
from sutaztop.store.recording.columns import has_width, no_figures
from sutaztop.store.recording.reader import FileRecording
from sutaztop.store.recording.recorded_history import NO_PART, part_of, tick_body, tick_of
from sutaztop.store.recording.retention import Retention, Terms, used
from sutaztop.store.recording.writer import Writer
from tests.given import NOW, container
from tests.store.recording.aged import DAY, MINUTE, Ages
from tests.store.recording.kept import everything, open_kept, origin, picture, recorded

BROKEN = [b"", b"\x00", b"no zlib at all", zlib.compress(b"no JSON"), zlib.compress(b'{"t": [], "k": []}')]


@pytest.fixture
def ages(tmp_path: Path) -> Iterator[Ages]:
    made = Ages(tmp_path / "r.db")
    yield made
    made.writer.connection.close()


def killed(ages: Ages) -> None:
    """End the program without a good-bye, and begin the next."""
    ages.writer.connection.close()
    ages.writer = Writer(ages.path, origin())


def test_a_program_that_began_with_no_container_and_was_killed_leaves_what_the_next_can_read(ages: Ages) -> None:
    ages.write(0)
    ages.write(1, container("a"))
    killed(ages)
    assert ages.ask("SELECT rows FROM minute") == [(2,)]
    ages.assert_readable(at_least=2)


def test_parts_that_were_forgotten_are_numbered_anew_also_where_there_is_no_container(ages: Ages) -> None:
    ages.write(0)
    ages.writer.forget_parts()
    ages.write(1)
    bodies = ages.writer.connection.execute("SELECT figures FROM row").fetchall()
    assert [part_of(it[0]) > 0 for it in bodies] == [True, True]


def test_rows_that_name_no_part_are_read_as_those_of_no_container(tmp_path: Path) -> None:
    path = tmp_path / "r.db"
    stack, straight = recorded(path, 6)
    connection = straight.writer.connection
    for number, body in connection.execute("SELECT id, figures FROM row WHERE id <= 3").fetchall():
        _, figures = tick_of(body, lambda _: [])
        told = tick_body(NO_PART, figures[: len(no_figures())])
        connection.execute("UPDATE row SET figures = ? WHERE id = ?", (told, number))
    connection.commit()

    def drawn() -> list[float | None]:
        with open_kept(path, stack) as kept:
            found = kept.frame_at(straight.samples[-1].at)
            assert found is not None
            return list(found.history.series(HOST, "cpu", points=6, bucket=Seconds(1.0)))

    live = list(straight.frames[-1].history.series(HOST, "cpu", points=6, bucket=Seconds(1.0)))
    before = drawn()
    # Nothing is known of the first second: a rate takes two.
    assert before[0] is live[0] is None
    assert before[1:] == pytest.approx(live[1:], rel=3.5e-4)
    connection.close()
    Writer(path, origin()).close()
    assert drawn() == before


@pytest.mark.parametrize("body", BROKEN)
def test_a_minute_that_cannot_be_read_is_thinned_to_its_graphs_and_holds_nothing_up(
    body: bytes, ages: Ages, caplog: pytest.LogCaptureFixture
) -> None:
    ages.minutes(5)
    ages.writer.connection.execute("UPDATE minute SET samples = ? WHERE id IN (2, 3)", (body,))
    with caplog.at_level(logging.WARNING):
        ages.look(2 * DAY, Retention(Terms()), 3)
    assert ages.count("minute WHERE figures IS NULL AND coarse IS NOT NULL") == 5
    assert ages.ask("SELECT id, rows FROM minute WHERE samples IS NULL") == [(2, 0), (3, 0)]
    assert len([it for it in caplog.records if "can't be read" in it.message]) == 1
    ages.assert_readable(at_least=3)


def test_nor_does_it_where_the_file_is_too_large(ages: Ages) -> None:
    ages.minutes(30)
    ages.writer.connection.execute("UPDATE minute SET samples = x'00' WHERE id = 2")
    ages.look(31 * MINUTE, Retention(Terms(size=Bytes(used(ages.writer.connection) - 8192))), 3)
    assert ages.ask("SELECT id FROM minute WHERE samples IS NULL") == [(2,)]
    assert ages.count("minute WHERE figures IS NULL") > 2


@pytest.mark.parametrize("where", ["minute SET samples", "row SET body", "row SET figures"])
def test_where_something_cannot_be_read_no_part_goes_until_that_is_gone(where: str, ages: Ages) -> None:
    ages.minutes(2)
    ages.write(3 * MINUTE, container("a"))
    lonely = "part WHERE hash = x'00'"
    ages.writer.connection.execute("INSERT INTO part (hash, body) VALUES (x'00', x'00'), (x'01', x'00')")
    ages.writer.connection.execute(f"UPDATE {where} = x'00' WHERE id = 1")
    parts = ages.count("part")
    retention = Retention(Terms())
    ages.look(4 * MINUTE, retention, 5)
    assert ages.count("part") == parts
    if where.startswith("minute"):
        ages.look(DAY + 4 * MINUTE, retention, 5)  # it is old, and thinned to what can be read
    else:
        killed(ages)
        ages.look(DAY + 4 * MINUTE, retention, 5)
    assert ages.count(lonely) == 0
    ages.assert_readable(at_least=2)


@pytest.mark.parametrize("body", BROKEN)
def test_of_an_open_minute_with_a_row_that_cannot_be_read_the_rest_is_kept(body: bytes, tmp_path: Path) -> None:
    path = tmp_path / "r.db"
    stack, straight = recorded(path, 58)
    connection = straight.writer.connection
    [first] = connection.execute("SELECT min(id) FROM row").fetchone()
    connection.execute("UPDATE row SET body = ? WHERE id IN (?, ?)", (body, first + 5, first + 7))
    connection.commit()
    connection.close()
    for _ in range(2):
        writer = Writer(path, origin())
        assert writer.connection.execute("SELECT count(*) FROM row").fetchone() == (0,)
        writer.close()
    kept = open_kept(path, stack)
    # The rows that go on from one that is lost are lost with it, up to the next that stands for itself.
    left = [*range(5), *range(30, 58)]
    assert [it.at for it in everything(kept)] == [straight.samples[it].at for it in left]
    for place in left[::4]:
        found = kept.frame_at(straight.samples[place].at)
        assert found is not None
        assert picture(found.snapshot) == picture(straight.frames[place].snapshot)


@pytest.mark.parametrize("figures", [*BROKEN, tick_body(10**6, no_figures()), tick_body(NO_PART, array("f", [1.0]))])
def test_a_row_whose_figures_cannot_be_read_is_kept_with_a_gap_in_its_graphs(figures: bytes, ages: Ages) -> None:
    for second in range(4):
        ages.write(second, container("a"))
    ages.writer.connection.execute("UPDATE row SET figures = ? WHERE id = 2", (figures,))
    ages.writer.connection.commit()
    killed(ages)
    assert ages.ask("SELECT rows FROM minute") == [(4,)]
    ages.assert_readable(at_least=4)
    with FileRecording(ages.path, Profile()) as kept:
        found = kept.frame_at(NOW + timedelta(seconds=3))
        assert found is not None
        drawn = found.history.series(container("a").id, "memory", points=3, bucket=Seconds(1.0))
    assert [it is None for it in drawn] == [True, False, False]


def test_a_tick_has_as_many_figures_as_its_containers_take() -> None:
    assert has_width([], no_figures())
    assert not has_width(["a"], no_figures())


def test_a_whole_minute_of_rows_that_cannot_be_read_leaves_nothing_behind(ages: Ages) -> None:
    ages.write(0, replace(container("a"), labels={"a": "b"}))
    ages.writer.connection.execute("UPDATE row SET body = x'00'")
    ages.writer.connection.commit()
    killed(ages)
    assert (ages.count("row"), ages.count("minute")) == (0, 0)
