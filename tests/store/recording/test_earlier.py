"""What a program remembered outlives it: the next one goes on with series, days, sizes and the judge's past."""

import json
import sqlite3
import zlib
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sutaztop.contracts import RecordingError
from sutaztop.domain.case import OomKill, PastWish
from sutaztop.domain.frame import HOST
from sutaztop.domain.guardrails import ObservedChange
from sutaztop.domain.past import NO_PAST, Past
from sutaztop.domain.quantity import Seconds
from sutaztop.monitor import Monitor
from sutaztop.policy.judge import judge
from sutaztop.store.recording.earlier import Earlier
from sutaztop.store.recording.memory import AGGREGATES, PAST, Memory, read_aggregates, read_past
from sutaztop.store.recording.schema import microseconds
from sutaztop.store.recording.writer import Writer
from tests.given import NOW
from tests.store.recording.kept import BOOT, Straight, begin, live, origin
from tests.ui.world import Stack, open_stack

ASKED = ((12, 5.0), (60, 5.0), (24, 25.0), (24, 150.0), (60, 60.0))
FIGURES = ("cpu", "memory", "cpu_utilization", "throttled", "network_rx", "block_write")


def answers(monitor: Monitor, keys: list[str]) -> dict[Any, list[float | None]]:
    asked = [(key, figure) for key in keys for figure in FIGURES]
    asked += [(HOST, figure) for figure in ("cpu", "memory_utilization", "network_rx")]
    return {
        (key, figure, points, bucket): list(monitor.history.series(key, figure, points=points, bucket=Seconds(bucket)))
        for key, figure in asked
        for points, bucket in ASKED
    }


def go_on(stack: Stack, path: Path, boot: str = BOOT) -> None:
    """Have the world's monitor remember what is in a file, as the screen does it beside its frames."""
    earlier = Earlier(path, stack.clock.now(), stack.clock.monotonic_ns(), boot)
    monitor = stack.monitor
    monitor.later(partial(monitor.remember, earlier.past()))
    monitor.later(partial(monitor.history.go_on_with, earlier.aggregates(), earlier.sizes()))
    for key, series in earlier.series(monitor.history.known_keys(), lambda: True):
        monitor.later(partial(monitor.history.take_up, key, series))
    earlier.close()


def restarted(stack: Stack) -> Monitor:
    """Give a new program's monitor over the same world, which has had its first frames."""
    stack.monitor = Monitor(stack.source, stack.settings.profile, judge, stack.clock)
    live(stack, 3)
    return stack.monitor


def end(stack: Stack, straight: Straight) -> None:
    """End a recording program in good order."""
    straight.upkeep.closing(straight.writer, stack.clock.now())
    straight.close()


@pytest.fixture
def lived(tmp_path: Path) -> tuple[Stack, Path]:
    path = tmp_path / "r.db"
    stack = open_stack("incident")
    straight = begin(stack, path)
    straight.seen = straight.upkeep.taken
    live(stack, 190)
    end(stack, straight)
    return stack, path


def test_what_was_seen_over_days_is_gone_on_with(lived: tuple[Stack, Path]) -> None:
    stack, path = lived
    old = stack.monitor.history
    key = next(it for it in old.known_keys() if it != HOST and old.aggregate(it))
    before = old.aggregate(key)
    new = restarted(stack).history
    alone = new.aggregate(key)
    go_on(stack, path)
    live(stack, 70)
    after = new.aggregate(key)
    assert before is not None
    assert alone is not None
    assert after is not None
    assert alone.samples < before.samples < after.samples


def test_series_are_the_same_as_if_nothing_had_ended(tmp_path: Path) -> None:
    one, other = open_stack("incident"), open_stack("incident")
    straight = begin(one, tmp_path / "r.db")
    straight.seen = straight.upkeep.taken
    live(one, 150)
    live(other, 150)
    end(one, straight)
    restarted(one)
    live(other, 3)
    go_on(one, tmp_path / "r.db")
    live(one, 40)
    live(other, 40)
    keys = [it for it in other.monitor.history.known_keys() if it != HOST][:20]
    expected = answers(other.monitor, keys)
    different = 0
    for asked, values in answers(one.monitor, keys).items():
        known = expected[asked]
        for now, then in zip(values, known, strict=True):
            # The first reading of the new program has no rates, which one second in a slot may lack.
            if (now is None) != (then is None) or (now is not None and now != pytest.approx(then, rel=0.001)):
                different += 1
    assert different <= len(expected) * 0.2
    assert any(it is not None for it in expected[keys[0], "cpu", 24, 25.0][:5]) == any(
        it is not None for it in answers(one.monitor, keys)[keys[0], "cpu", 24, 25.0][:5]
    )


def test_without_a_recording_nothing_is_remembered(tmp_path: Path) -> None:
    with pytest.raises(RecordingError):
        Earlier(tmp_path / "r.db", NOW, 0, BOOT)
    stack = open_stack("incident")
    live(stack, 3)
    key = next(it for it in stack.monitor.history.known_keys() if it != HOST)
    drawn = stack.monitor.history.series(key, "memory", points=24, bucket=Seconds(25.0))
    assert all(it is None for it in drawn[:-2])


def test_sizes_outlive_the_program(lived: tuple[Stack, Path]) -> None:
    stack, path = lived
    known = stack.monitor.history.disk_sizes.state()
    assert known
    restarted(stack)
    go_on(stack, path)
    live(stack, 1)
    for key, points in known:
        series = stack.monitor.history.sizes(key)
        assert {at for at, _ in points} <= set(series.times)


def test_another_boots_series_are_moved_to_this_ones_clock(lived: tuple[Stack, Path]) -> None:
    stack, path = lived
    key = next(it for it in stack.monitor.history.known_keys() if it != HOST)
    then = list(stack.monitor.history.series(key, "memory", points=24, bucket=Seconds(5.0)))
    earlier = Earlier(path, stack.clock.now(), 500 * 10**9, "another boot")
    found = dict(earlier.series([key], lambda: True))
    moved = list(found[key].rings["memory"][0].read(499 * 10**9, 24, 5))
    earlier.close()
    assert sum(it is not None for it in moved) == pytest.approx(sum(it is not None for it in then), abs=2)


def test_reading_ends_when_the_program_does(lived: tuple[Stack, Path]) -> None:
    stack, path = lived
    earlier = Earlier(path, stack.clock.now(), stack.clock.monotonic_ns(), BOOT)
    assert list(earlier.series(stack.monitor.history.known_keys(), lambda: False)) == []
    earlier.close()


PAST_OF_ONE = Past(
    wished={"s": (PastWish(100, 2),)}, kills={"kong": (OomKill(90, 1 << 30), OomKill(95, None))},
    raises={"kong": (91,)}, counts={"c": 2}, observed={"c": ObservedChange(NOW, "limits")},
)  # fmt: skip


@pytest.mark.parametrize(("away", "all_of_it"), [(60, True), (3601, False), (-60, False)])
def test_the_judges_past_counts_for_an_hour_and_kills_for_longer(away: int, all_of_it: bool, tmp_path: Path) -> None:
    stack = open_stack("incident")
    frame = replace(stack.monitor.tick(), past=PAST_OF_ONE)
    writer, memory = Writer(tmp_path / "r.db", origin()), Memory()
    memory.look(frame)
    memory.keep(writer.connection, microseconds(NOW))
    found = read_past(writer.connection, microseconds(NOW + timedelta(seconds=away)))
    if all_of_it:
        assert found == PAST_OF_ONE
    else:
        assert (found.wished, dict(found.observed)) == ({}, {})
    assert (found.kills, found.raises, found.counts) == (PAST_OF_ONE.kills, PAST_OF_ONE.raises, PAST_OF_ONE.counts)
    writer.close()


@pytest.mark.parametrize("body", [b"", b"x", zlib.compress(b"[1]"), zlib.compress(json.dumps({"wished": 3}).encode())])
def test_what_cannot_be_read_is_nothing_remembered(body: bytes, tmp_path: Path) -> None:
    writer = Writer(tmp_path / "r.db", origin())
    for key in (PAST, AGGREGATES):
        writer.connection.execute("INSERT INTO state VALUES (?, 0, ?)", (key, body))
    assert read_past(writer.connection, 0) == NO_PAST
    assert read_aggregates(writer.connection) is None
    writer.close()


def test_what_is_remembered_is_kept_now_and_then_and_in_the_end(tmp_path: Path) -> None:
    stack = open_stack("incident")
    writer, memory = Writer(tmp_path / "r.db", origin()), Memory()

    def kept_at() -> list[int]:
        memory.keep(writer.connection, stack.clock.monotonic_ns())
        found = writer.connection.execute("SELECT at_us FROM state WHERE key = ?", (AGGREGATES,)).fetchall()
        return [it[0] // 10**9 - 3600 for it in found]

    seen = []
    for second in (0, 100, 299, 301, 500):
        stack.clock.advance(second - (stack.clock.monotonic_ns() // 10**9 - 3600))
        memory.look(stack.monitor.tick())
        seen += kept_at()
    assert seen == [0, 0, 0, 301, 301]
    memory.look_again()
    assert kept_at() == [500]
    writer.connection.close()
    memory.look_again()
    with pytest.raises(sqlite3.Error):
        memory.keep(writer.connection, 0)
