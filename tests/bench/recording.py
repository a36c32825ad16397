"""Recordings: what they take of disk and CPU, how fast they are read, what kills lose, and whether replays are true."""

import asyncio
import random
import sqlite3
import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from textual.pilot import Pilot

from sutaztop.cli.arguments import parse
from sutaztop.cli.assemble import Assembly, assemble
from sutaztop.cli.recordings import begin_recording, recording_path
from sutaztop.domain.finding import Finding, Recommendation
from sutaztop.domain.frame import HOST, Frame
from sutaztop.domain.past import NO_PAST, Past
from sutaztop.domain.quantity import GIB, Seconds
from sutaztop.monitor import Monitor
from sutaztop.store.recording.reader import FileRecording
from sutaztop.store.recording.recorder import FileRecorder
from sutaztop.store.recording.retention import EVERY
from sutaztop.store.recording.writer import pack_rows, unpack_rows
from tests.bench.fleet import Fleet
from tests.lab.client import CommandFailed, Lab
from tests.store.recording.kept import begin, clocks, killed_after, open_kept
from tests.ui.look import text_of
from tests.ui.typing import rest
from tests.ui.world import Stack, open_stack

_SEEKS = 200
_ROWS = 40
_DAY = 1440


@dataclass(frozen=True, slots=True)
class _Judged:
    """Nothing is judged: a seek doesn't depend on it, and a day has 86,400 seconds."""

    findings: tuple[Finding, ...] = ()
    recommendations: tuple[Recommendation, ...] = ()
    past: Past = NO_PAST


# --- what it costs ------------------------------------------------------------------------------


def costs(lab: Lab, sizes: Sequence[int], seconds: float) -> Iterator[str]:
    """Record a fleet of each size for so long, and as long not; give bytes and CPU."""
    fleet = Fleet(lab)
    for size in sizes:
        fleet.grow(size)
        with tempfile.TemporaryDirectory() as folder:
            yield from _cost(lab, size, seconds, Path(folder))


def _assembly(lab: Lab, folder: Path) -> Assembly:
    words = ["record", "--host", lab.host]
    return assemble(parse(words), environment={"HOME": str(folder), "XDG_STATE_HOME": str(folder)})


def _cost(lab: Lab, size: int, seconds: float, folder: Path) -> Iterator[str]:
    assembly = _assembly(lab, folder)
    try:
        assembly.monitor.start(lambda _: None)
        time.sleep(10)
        without = _cpu(seconds)
        recorder = begin_recording(assembly, "bench")
        assert recorder is not None
        thread = next(it for it in threading.enumerate() if it.name == "recorder")
        assert thread.ident is not None
        clock = time.pthread_getcpuclockid(thread.ident)
        began, own = time.monotonic(), time.clock_gettime(clock)
        used = _cpu(seconds)
        own = (time.clock_gettime(clock) - own) / (time.monotonic() - began)
        status = recorder.status()
        recorder.close()
        yield (f"{size} containers: recorder's thread {own:.2%} of a core; whole program {used:.2%} with and "
               f"{without:.2%} without recording; {status.lost} lost {status.why_not}")  # fmt: skip
        yield _room(recording_path(assembly.state_directory, assembly.engine.endpoint), size)
    finally:
        assembly.close()


def _cpu(seconds: float) -> float:
    began, used = time.monotonic(), time.process_time()
    time.sleep(seconds)
    return (time.process_time() - used) / (time.monotonic() - began)


def _room(path: Path, size: int) -> str:
    """Give what whole minutes take, and what a month of them would."""
    connection = sqlite3.connect(path)
    whole = connection.execute("SELECT samples, figures, coarse, rows FROM minute WHERE rows >= 50").fetchall()
    parts = connection.execute("SELECT coalesce(sum(length(body)), 0) FROM part").fetchone()[0]
    connection.close()
    if not whole:
        return "no minute is whole: record for longer"
    fine = statistics.mean((len(it[0]) + len(it[1])) * 60 / it[3] for it in whole)
    coarse = statistics.mean(len(it[2]) for it in whole)
    one = statistics.mean(len(pack_rows(unpack_rows(it[0])[2][:1])) for it in whole)
    month = _DAY * (fine + coarse) + 6 * _DAY * (coarse + one) + 23 * _DAY * (coarse + one / EVERY) + parts
    return (f"{size} containers: {len(whole)} whole minutes; {(fine + coarse) * 60 / size / 1024:.1f} KiB per "
            f"container-hour in full detail, {(coarse + one) * 60 / size / 1024:.1f} KiB after a day, "
            f"{(coarse + one / EVERY) * 60 / size / 1024:.1f} KiB after a week; parts {parts / 1024:.0f} KiB; "
            f"30 days: {month / GIB:.2f} GiB")  # fmt: skip


# --- how fast it is read ------------------------------------------------------------------------


def seek(hours: float, path: Path | None = None) -> Iterator[str]:
    """Make a recording of so many hours of the demo world at speed, and look for random instants in it."""
    with tempfile.TemporaryDirectory() as folder:
        path = path or Path(folder, "day.db")
        stack = open_stack("incident")
        if not path.exists():
            began = time.monotonic()
            _make(stack, path, round(hours * 3600))
            yield f"{hours:g} h of the demo world written in {time.monotonic() - began:.0f} s"
        kept = open_kept(path, stack)
        info = kept.info()
        assert info.first is not None
        assert info.last is not None
        chance = random.Random(1)  # noqa: S311 - instants, not secrets
        span = (info.last - info.first).total_seconds()
        first, drawn, own = [], [], []
        containers = 0
        for _ in range(_SEEKS):
            at = info.first + timedelta(seconds=chance.uniform(0, span))
            began, used = time.perf_counter(), time.thread_time()
            frame = kept.frame_at(at)
            first.append(time.perf_counter() - began)
            assert frame is not None
            containers = len(frame.snapshot.containers)
            _draw(frame)
            drawn.append(time.perf_counter() - began)
            own.append(time.thread_time() - used)
        kept.close()
        size = path.stat().st_size / 2**20
        yield f"{containers} containers, {span / 3600:.1f} h, {size:.0f} MiB, {_SEEKS} random seeks"
        yield f"the frame: {_spread(first)}"
        yield f"with what the screen draws of it ({_ROWS} rows, the host): {_spread(drawn)}"
        yield f"the CPU time of that, which others on the machine take nothing from: {_spread(own)}"


def _make(stack: Stack, path: Path, seconds: int) -> None:
    straight = begin(stack, path)
    monitor = Monitor(stack.source, stack.settings.profile, lambda *_: _Judged(), stack.clock)
    monitor.record_to(straight)
    for _ in range(seconds):
        monitor.tick()
        straight.samples.clear()
        straight.frames.clear()
        stack.clock.advance(1)
    straight.close()


def _draw(frame: Frame) -> None:
    """Ask for the series that the fleet and the host's charts are drawn from."""
    for it in frame.snapshot.containers[:_ROWS]:
        for figure in ("cpu_utilization", "memory_utilization"):
            frame.history.series(it.id, figure, points=12, bucket=Seconds(5.0))
    for figure in ("cpu_utilization", "memory_utilization"):
        frame.history.series(HOST, figure, points=121, bucket=Seconds(5.0))


def _spread(times: Sequence[float]) -> str:
    ordered = sorted(it * 1e3 for it in times)
    return (f"median {statistics.median(ordered):.0f} ms, p95 {ordered[int(len(ordered) * 0.95)]:.0f} ms, "
            f"worst {ordered[-1]:.0f} ms")  # fmt: skip


# --- what kills lose ----------------------------------------------------------------------------


def kills(count: int) -> Iterator[str]:
    """Kill a recording program so often, at any moment; say what was lost of what it had said was kept."""
    chance = random.Random(23)  # noqa: S311 - moments, not secrets
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "r.db")
        known: list[int] = []
        lost = unread = 0
        for number in range(count):
            said = killed_after(path, number, chance.randint(1, 90))
            try:
                found = clocks(path)
            except sqlite3.Error:
                unread += 1
                continue
            lost += len(set(known + said) - set(found))
            known = found
        yield f"{count} kills, {len(known)} rows: {lost} committed rows are lost, {unread} times the file can't be read"


# --- whether a replay is true -------------------------------------------------------------------


_PACE, _RUN, _SETTLES, _GAP = 0.5, 240, 30, 20.0
"""Seconds from frame to frame, frames of one program, those at its start that are not compared, seconds without one."""


@dataclass
class _Drawn:
    """What a screen showed of instants."""

    texts: list[tuple[datetime, str]] = field(default_factory=list)


def instants(lab: Lab, count: int) -> Iterator[str]:
    """Draw so many live frames while containers restart and are killed, and those instants again from the recording."""
    with tempfile.TemporaryDirectory() as folder:
        for number in range(10):
            lab.run(f"calm-{number}", "--memory", "64m", command=("sleep", "100000"))
        over = threading.Event()
        mischief = threading.Thread(target=_mischief, args=(lab, over))
        mischief.start()
        frames: list[Frame] = []
        try:
            live = asyncio.run(_live(lambda: _assembly(lab, Path(folder)), count, frames))
        finally:
            over.set()
            mischief.join()
        assembly = _assembly(lab, Path(folder))
        assembly.close()
        path = recording_path(assembly.state_directory, assembly.engine.endpoint)
        kept = FileRecording(path, assembly.settings.profile)
        again = asyncio.run(_replayed(kept, live))
        states = Counter(f"{it.container.state}" for frame in frames for it in frame.snapshot.containers)
        ooms = sum(any(it.oom_killed for it in frame.snapshot.containers) for frame in frames)
        gaps = kept.happenings(live.texts[0][0], live.texts[-1][0])
        kept.close()
        yield (f"{len(live.texts)} instants; containers seen {dict(states)}; {ooms} frames with an OOM kill; "
               f"{sum(it.kind == 'gap' for it in gaps)} gaps")  # fmt: skip
        yield from _compared(live, again)


def _compared(live: _Drawn, again: _Drawn) -> Iterator[str]:
    alike = 0
    lines: Counter[int] = Counter()
    shown: list[str] = []
    for (at, one), (_, other) in zip(live.texts, again.texts, strict=True):
        if one == other:
            alike += 1
            continue
        for number, (left, right) in enumerate(zip(one.split("\n"), other.split("\n"), strict=False)):
            if left != right:
                lines[number] += 1
                if len(shown) < 12:
                    shown += [f"  {at:%H:%M:%S} line {number}:", f"    live   {left}", f"    replay {right}"]
    yield f"{alike} of {len(live.texts)} texts are equal; lines that differ: {dict(lines)}"
    yield from shown


def _mischief(lab: Lab, over: threading.Event) -> None:
    """Have containers restart, be killed for their memory, come and go."""
    turn = 0
    while not over.wait(5):
        turn += 1
        try:
            lab.remove(f"greedy-{turn - 2}")
            lab.run(f"greedy-{turn}", "--memory", "8m", "--memory-swap", "8m",
                    command=("sh", "-c", "sleep 2; x=a; while :; do x=$x$x; done"))  # fmt: skip
            lab.docker("restart", "-t", "0", f"calm-{turn % 10}")
        except CommandFailed:
            continue


async def _live(make: Callable[[], Assembly], count: int, frames: list[Frame]) -> _Drawn:
    """Draw live frames; the program ends and begins again on the way, and what it remembers is read back."""
    screen, drawn = _Screen(open_stack("calm")), _Drawn()
    assembly = make()
    recorder = begin_recording(assembly, "bench")
    async with screen.app.run_test(size=(120, 40)) as pilot:
        number = 0
        while len(frames) < count:
            number += 1
            began = time.monotonic()
            if number % _RUN == 0:
                _end(assembly, recorder)
                await asyncio.sleep(_GAP)
                assembly = make()
                recorder = begin_recording(assembly, "bench")
            frame = assembly.monitor.tick()
            # The first of a program are shown before all that an earlier one saw is read back.
            if number % _RUN > _SETTLES:
                frames.append(frame)
                drawn.texts.append((frame.snapshot.at, await screen.show(frame, pilot)))
            await asyncio.sleep(max(0.0, _PACE - (time.monotonic() - began)))
    _end(assembly, recorder)
    return drawn


def _end(assembly: Assembly, recorder: FileRecorder | None) -> None:
    """Leave as a program does."""
    assembly.monitor.stop()
    if recorder is not None:
        recorder.close()
    assembly.close()


async def _replayed(kept: FileRecording, live: _Drawn) -> _Drawn:
    screen, drawn = _Screen(open_stack("calm")), _Drawn()
    async with screen.app.run_test(size=(120, 40)) as pilot:
        for at, _ in live.texts:
            frame = kept.frame_at(at)
            assert frame is not None
            # But for the word in its header, which says that it is one.
            drawn.texts.append((at, await screen.show(replace(frame, recorded=False), pilot)))
    return drawn


class _Screen:
    """A screen that shows frames, each at its instant; notes the texts."""

    def __init__(self, stack: Stack) -> None:
        self.app = stack.app()
        self._clock = stack.clock

    async def show(self, frame: Frame, pilot: Pilot[int]) -> str:
        """Show a frame; give the text."""
        self._clock.set_wall((frame.snapshot.at - self._clock.now()).total_seconds())
        # Rows keep their places for some seconds of the real clock, which passes otherwise in a replay at speed.
        self.app.board._sorted_at = float("-inf")
        self.app.resident.take_frame(frame)
        await rest(pilot)
        return text_of(self.app)
