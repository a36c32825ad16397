"""What is measured of a monitor: its cost, its start, its keys, its leave."""

import random
import signal
import statistics
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

import psutil
import pyte

from tests.bench.fleet import Fleet, family, watched
from tests.bench.monitors import VALUES, Monitor
from tests.terminal import Terminal

WARM_UP = 10.0
SLOW_LINE = 8 * 1024
"""Bytes a second of the slow line that keys are timed on."""
_PATIENCE = 5.0
"""Seconds after which a key is taken to be lost."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What watching cost in one run. CPU is in cores; the engine's is beyond what it takes when nobody watches."""

    monitor: float
    engine: float
    bytes_per_second: float
    memory_mib: float

    @property
    def whole(self) -> float:
        """Monitor and engine together."""
        return self.monitor + self.engine


@dataclass(frozen=True, slots=True)
class Start:
    """Milliseconds from the start to the first bytes, to the first real frame, to the first values."""

    splash: float
    frame: float
    values: float


@dataclass(frozen=True, slots=True)
class Keys:
    """Milliseconds from a key to the bytes that show it, and how many keys were timed."""

    p50: float
    p95: float
    count: int
    lost: int = 0


@dataclass(slots=True)
class Costs:
    """The runs of one monitor with one number of containers."""

    name: str
    containers: int
    runs: list[Cost] = field(default_factory=list)

    def median(self, figure: str) -> float:
        """Give the median of a figure over the runs."""
        return float(statistics.median(getattr(it, figure) for it in self.runs))

    def spread(self, figure: str) -> tuple[float, float]:
        """Give the lowest and the highest of a figure."""
        values = [getattr(it, figure) for it in self.runs]
        return min(values), max(values)

    def as_json(self) -> dict[str, object]:
        """Give the runs as plain values."""
        return {"name": self.name, "containers": self.containers, "runs": [asdict(it) for it in self.runs]}


def cost_of(
    monitor: Monitor, fleet: Fleet, seconds: float, idle: float, *, columns: int = 120, lines: int = 40
) -> Cost:
    """Run a monitor as a person does, and measure it once it is warm."""
    with monitor.start(fleet, columns=columns, lines=lines) as screen:
        screen.wait_for(monitor.is_up, seconds=120)
        time.sleep(WARM_UP)
        written = len(screen.written)
        engine, own = watched(fleet, seconds, family(screen.process.pid))
        memory = sum(it.memory_info().rss for it in family(screen.process.pid)) / 2**20
        return Cost(own, max(0.0, engine - idle), (len(screen.written) - written) / seconds, memory)


def start_of(monitor: Monitor, fleet: Fleet) -> Start:
    """Time one start."""
    began = time.monotonic()
    times: dict[str, float] = {}

    def seen(screen: pyte.Screen) -> object:
        text = "\n".join(screen.display)
        for name, holds in (
            ("splash", bool(text.strip())),
            ("frame", "Containers" in text),
            ("values", VALUES.search(text) is not None),
        ):
            if holds:
                times.setdefault(name, (time.monotonic() - began) * 1e3)
        return len(times)

    with monitor.start(fleet, watch=seen) as screen:
        screen.wait_for(lambda _: len(times) == 3, seconds=60)
        return Start(times["splash"], times["frame"], times["values"])


def keys_of(monitor: Monitor, fleet: Fleet, count: int, *, speed: int = 0) -> Keys:
    """Time keys that move the selection, at any moment of the beat, until the row that they lead to is marked."""
    chance = random.Random(1)  # noqa: S311 - moments, not secrets
    with monitor.start(fleet, speed=speed, watch=marked_row) as screen:
        screen.wait_for(monitor.is_up, seconds=120)
        time.sleep(WARM_UP)
        times: list[float] = []
        lost = 0
        for number in range(count):
            time.sleep(chance.uniform(0.25, 0.85))
            key = "j" if number % 20 < 10 else "k"
            took = _time_key(screen, key)
            lost += took is None
            times += [took * 1e3] if took is not None else []
        ordered = sorted(times)
        return Keys(statistics.median(ordered), ordered[int(len(ordered) * 0.95)], len(ordered), lost)


def _time_key(screen: Terminal, key: str) -> float | None:
    known = len(screen.changes)
    began = time.monotonic()
    screen.send(key)
    while len(screen.changes) == known:
        if time.monotonic() - began > _PATIENCE:
            return None
        time.sleep(0.0005)
    return screen.changes[known][0] - began


def marked_row(screen: pyte.Screen) -> object:
    """Find the row that is marked as selected: the one on another ground than its neighbours."""
    grounds = [screen.buffer[y][4].bg for y in range(screen.lines)]
    usual = Counter(grounds).most_common(1)[0][0]
    return next((y for y in range(8, screen.lines) if grounds[y] != usual), None)


def quit_of(monitor: Monitor, fleet: Fleet) -> float:
    """Time an ordinary leave, in milliseconds."""
    with monitor.start(fleet) as screen:
        screen.wait_for(monitor.is_up, seconds=60)
        time.sleep(2)
        return _leave(screen)


def quit_with_hanging_engine(monitor: Monitor, fleet: Fleet) -> float:
    """Time a leave while the engine, which is this lab's own, answers nothing."""
    with monitor.start(fleet) as screen:
        screen.wait_for(monitor.is_up, seconds=60)
        daemon = next(it for it in fleet.engine() if "dockerd" in it.name())
        daemon.send_signal(signal.SIGSTOP)
        try:
            time.sleep(3)
            return _leave(screen)
        finally:
            daemon.send_signal(signal.SIGCONT)


def quit_with_blocked_terminal(monitor: Monitor, fleet: Fleet) -> float:
    """Time the end after SIGTERM while the terminal reads nothing."""
    with monitor.start(fleet) as screen:
        screen.wait_for(monitor.is_up, seconds=60)
        screen.hold()
        time.sleep(8)
        began = time.monotonic()
        screen.process.terminate()
        screen.wait_gone(seconds=30)
        return (time.monotonic() - began) * 1e3


def _leave(screen: Terminal) -> float:
    began = time.monotonic()
    screen.send("q")
    screen.wait_gone(seconds=30)
    return (time.monotonic() - began) * 1e3


def idle_of(fleet: Fleet, seconds: float) -> float:
    """Give the cores that the engine takes when nobody watches."""
    return watched(fleet, seconds)[0]


def medians(starts: Sequence[Start]) -> Start:
    """Give the median of each figure."""
    return Start(*(statistics.median(getattr(it, name) for it in starts) for name in ("splash", "frame", "values")))


def descriptors(process: psutil.Process) -> int:
    """Count a process's open files."""
    return int(process.num_fds())
