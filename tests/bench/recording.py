"""What recording costs, how long going back takes, and what killing a program that records loses."""

import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from sutaztop.domain.frame import HOST, Frame
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.sample import Sample
from sutaztop.store.recording.writer import Writer, pack_rows, unpack_rows
from tests.store.recording.kept import Straight, begin, clocks, live, open_kept, origin
from tests.store.recording.test_writer import killed_after
from tests.ui.world import Stack, open_stack

_WARM_UP = 130
_HOUR = 3600
_MONTH, _WEEK = 30 * 24, 7 * 24
_SPARSE = 5
"""Of minutes older than a week one in so many keeps its frame, as the shipped retention has it."""
_ROWS = 40
"""Containers whose graphs a screen draws."""


def world_of(size: int) -> Stack:
    """Open a demo world with so many containers: some of its own are taken, or busy ones are added."""
    stack = open_stack("busy")
    world = stack.demo.world
    for it in list(world.containers.values())[size:]:
        world.remove(it.name)
    for number in range(size - len(world.containers)):
        world.add_container(f"more-{number}", kind=("web", "search", "idle")[number % 3], cpu=1.0, memory=512 << 20)
    return stack


@dataclass
class _Timed(Straight):
    """Also notes how long its thread worked on each frame, waiting for no disk included."""

    spent: list[float] = field(default_factory=list)

    def record(self, sample: Sample, frame: Frame) -> None:
        began = time.thread_time()
        self.upkeep.seen(self.writer, frame)
        self.writer.write(sample, frame)
        self.spent.append(time.thread_time() - began)
        self.frames = [frame]


def _timed(stack: Stack, path: Path) -> _Timed:
    straight = begin(stack, path)
    timed = _Timed(straight.writer, straight.upkeep)
    stack.monitor.record_to(timed)
    return timed


def costs(size: int, seconds: int) -> Iterator[str]:
    """Record a world of so many containers at speed, a frame for each of its seconds; gives what it cost."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "r.db")
        stack = world_of(size)
        timed = _timed(stack, path)
        live(stack, _WARM_UP)
        timed.spent.clear()
        before = _sizes(path)
        began = time.process_time()
        live(stack, seconds)
        everything = time.process_time() - began
        writing = sum(timed.spent)
        after = _sizes(path)
        timed.close()
        hours = seconds / _HOUR
        kinds = {name: (after[name] - before[name]) / hours / size for name in after}
        fine = kinds["samples"] + kinds["figures"] + kinds["coarse"]
        thin = kinds["first rows"] + kinds["coarse"]
        sparse = kinds["first rows"] / _SPARSE + kinds["coarse"]
        month = size * (fine * 24 + thin * (_WEEK - 24) + sparse * (_MONTH - _WEEK))
        slow = sorted(timed.spent)[-max(1, seconds // 100)]
        told = f"{size} containers"
        yield (f"{told}, {seconds} s at 1 Hz: a container-hour takes {_kib(fine)} in full ({_kib(kinds['samples'])} "
               f"readings, {_kib(kinds['figures'])} figures, {_kib(kinds['coarse'])} coarse), {_kib(thin)} thinned; "
               f"parts and lines {_kib(kinds['part'] + kinds['happening'])}")  # fmt: skip
        yield (f"{told}: {writing / seconds:.2%} of a core to record (1 % of frames take more than "
               f"{slow * 1e3:.1f} ms); the demo, measuring and judging beside it take "
               f"{(everything - writing) / seconds:.2%}")  # fmt: skip
        yield (f"{told}: a day in full {size * fine * 24 / 2**20:.0f} MiB; 30 days as shipped "
               f"{month / 2**30:.2f} GiB, by these rates")  # fmt: skip


def _sizes(path: Path) -> dict[str, int]:
    connection = sqlite3.connect(path)
    try:
        found = {
            name: int(connection.execute(f"SELECT coalesce(sum(length({name})), 0) FROM minute").fetchone()[0])  # noqa: S608 - our own words
            for name in ("samples", "figures", "coarse")
        }
        found["part"] = int(connection.execute("SELECT coalesce(sum(length(body)), 0) FROM part").fetchone()[0])
        found["happening"] = int(
            connection.execute("SELECT coalesce(sum(length(text) + 100), 0) FROM happening").fetchone()[0]
        )
        found["first rows"] = sum(
            len(pack_rows(unpack_rows(body)[2][:1])) for (body,) in connection.execute("SELECT samples FROM minute")
        )
        return found
    finally:
        connection.close()


def _kib(size: float) -> str:
    return f"{size / 1024:.1f} KiB"


def seeks(size: int, hours: float, number: int) -> Iterator[str]:
    """Record so many hours at speed, then go to instants of it; gives how long each took."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "r.db")
        stack = world_of(size)
        timed = _timed(stack, path)
        live(stack, round(hours * _HOUR))
        kept = open_kept(path, stack)
        info = kept.info()
        assert info.first is not None
        assert info.last is not None
        chance = random.Random(8)  # noqa: S311 - instants, not secrets
        span = (info.last - info.first).total_seconds()
        frames, screens, steps = [], [], []
        for _ in range(number):
            at = info.first + timedelta(seconds=chance.uniform(0, span))
            began = time.perf_counter()
            frame = kept.frame_at(at)
            frames.append(time.perf_counter() - began)
            assert frame is not None
            assert at - frame.snapshot.at < timedelta(seconds=1)
            for it in (HOST, *[it.container.id for it in frame.snapshot.containers[:_ROWS]]):
                for figure in ("cpu", "memory"):
                    frame.history.series(it, figure, points=12, bucket=Seconds(5.0))
            screens.append(time.perf_counter() - began)
            began = time.perf_counter()
            kept.step(frame.snapshot.at, 1)
            steps.append(time.perf_counter() - began)
        kept.close()
        timed.close()
        told = f"{number} random seeks in {hours:g} h of {size} containers ({path.stat().st_size / 2**20:.0f} MiB)"
        yield f"{told}: the frame {_spread(frames)}; with a minute's graphs of {_ROWS} rows {_spread(screens)}"
        yield f"a step on from there: {_spread(steps)}"


def _spread(spent: Sequence[float]) -> str:
    return f"{statistics.median(spent) * 1e3:.0f} ms, at worst {max(spent) * 1e3:.0f} ms"


def kills(number: int) -> Iterator[str]:
    """Kill a program that records, so often; gives what was lost of that which it had said was kept."""
    chance = random.Random()  # noqa: S311 - moments, not secrets
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "r.db")
        found: list[int] = []
        lost = untold = 0
        for life in range(number):
            told = [*found, *killed_after(path, life, chance.randint(1, 90))]
            found = clocks(path)
            lost += len(set(told) - set(found))
            untold += len(set(found) - set(told))
        Writer(path, origin()).close()
        connection = sqlite3.connect(path)
        verdict = connection.execute("PRAGMA integrity_check").fetchone()[0]
        packed = connection.execute("SELECT sum(rows) FROM minute").fetchone()[0]
        connection.close()
        yield (f"{number} kills: {lost} of {len(found)} samples that were kept are lost, {untold} were kept and not "
               f"yet said; {packed} are packed by the next writer; the file is {verdict}")  # fmt: skip
