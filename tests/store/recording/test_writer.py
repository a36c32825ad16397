"""Writing: clocks that are set, minutes that were left open, and programs that are killed at any moment."""

import random
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sutaztop.domain.quantity import Seconds
from sutaztop.store.recording.writer import Writer
from tests.store.recording.kept import (
    begin,
    clocks,
    everything,
    killed_after,
    live,
    open_kept,
    origin,
    picture,
    recorded,
)
from tests.ui.world import open_stack

if TYPE_CHECKING:
    from sutaztop.domain.snapshot import Snapshot

KILLS = 6


def count(path: Path, what: str) -> int:
    connection = sqlite3.connect(path)
    try:
        return int(connection.execute(f"SELECT {what}").fetchone()[0] or 0)
    finally:
        connection.close()


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    _, straight = recorded(tmp_path / "deep" / "r.db", 2)
    assert (tmp_path / "deep" / "r.db").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "deep").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "deep" / "r.db-wal").stat().st_mode & 0o077 == 0
    straight.close()


def test_rows_become_minutes_and_an_open_minute_is_packed_on_closing(tmp_path: Path) -> None:
    path = tmp_path / "r.db"
    _, straight = recorded(path, 130)
    assert (count(path, "count(*) FROM minute"), count(path, "count(*) FROM row")) == (2, 10)
    straight.close()
    assert (count(path, "sum(rows) FROM minute"), count(path, "count(*) FROM row")) == (130, 0)
    assert count(path, "count(*) FROM minute WHERE figures IS NULL OR coarse IS NULL OR samples IS NULL") == 0


@pytest.mark.parametrize("by", [-3600.0, -40.0, -0.5, 7200.0])
def test_a_clock_that_is_set_loses_nothing(by: float, tmp_path: Path) -> None:
    path = tmp_path / "r.db"
    stack, straight = recorded(path, 90)
    stack.clock.set_wall(by)
    live(stack, 40)
    straight.close()
    assert clocks(path) == [it.clock_ns for it in straight.samples]
    kept = open_kept(path, stack)
    # Of a time that was told twice, what was seen last stands for it; each can be stepped through to the end.
    frame, numbers = kept.frame_at(straight.samples[90].at), []
    while frame is not None:
        numbers.append(frame.number)
        frame = kept.step(frame.snapshot.at, 1)
    assert numbers == list(range(91, 131))
    for was in straight.frames[:90:20] if by > 0 else straight.frames[90::15]:
        found = kept.frame_at(was.snapshot.at)
        assert found is not None
        assert picture(found.snapshot) == picture(was.snapshot)


def test_the_next_writer_packs_what_a_killed_one_left_and_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "r.db"
    stack, straight = recorded(path, 130)
    straight.writer.connection.close()  # as the kernel does it for who is killed
    assert count(path, "count(*) FROM row") == 10
    Writer(path, origin()).close()
    assert (count(path, "sum(rows) FROM minute"), count(path, "count(*) FROM row")) == (130, 0)
    kept = open_kept(path, stack)
    found = kept.frame_at(straight.samples[-1].at)
    assert found is not None
    assert picture(found.snapshot) == picture(straight.frames[-1].snapshot)
    live_then = straight.frames[-1].history
    key = straight.frames[-1].snapshot.containers[0].id
    assert list(found.history.series(key, "cpu", points=12, bucket=Seconds(5.0))) == pytest.approx(
        list(live_then.series(key, "cpu", points=12, bucket=Seconds(5.0))), rel=3.5e-4
    )


def test_what_is_written_before_a_failure_is_not_written_twice(tmp_path: Path) -> None:
    path = tmp_path / "r.db"
    stack, straight = recorded(path, 70)
    straight.writer.connection.close()
    with pytest.raises(sqlite3.Error):
        live(stack, 1)
    again = begin(stack, path)
    live(stack, 70)
    again.close()
    # The one whose writing failed is the one that is missing.
    assert [it.at for it in everything(open_kept(path, stack))] == [
        it.at for it in (*straight.samples[:-1], *again.samples)
    ]


def test_kills_at_any_moment_lose_nothing_that_was_committed(tmp_path: Path) -> None:
    chance = random.Random(11)  # noqa: S311 - moments, not secrets
    path = tmp_path / "r.db"
    told: list[int] = []
    for number in range(KILLS):
        said = killed_after(path, number, chance.randint(1, 90))
        found = clocks(path)
        told += said
        # One more may have been committed and not told yet.
        assert told == found[: len(told)]
        assert len(found) - len(told) <= 1
        told = found
    Writer(path, origin()).close()
    assert (count(path, "sum(rows) FROM minute"), count(path, "count(*) FROM row")) == (len(told), 0)
    assert count(path, "count(*) FROM run") == KILLS
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_a_snapshot_measured_anew_is_no_other(tmp_path: Path) -> None:
    stack, straight = recorded(tmp_path / "r.db", 40)
    straight.close()
    stack_again = open_stack("incident")
    source = iter(everything(open_kept(tmp_path / "r.db", stack)))
    seen: list[Snapshot] = []
    for was in straight.frames:
        sample = next(source)
        stack_again.source.read = lambda _=None, sample=sample: sample  # type: ignore[method-assign,misc]
        seen.append(stack_again.monitor.tick().snapshot)
        assert picture(seen[-1]) == picture(was.snapshot)
