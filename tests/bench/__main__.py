"""What watching costs: sutaztop beside ``docker stats`` on one engine in one run, as ratios."""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from tests.lab.client import Lab
from tests.terminal import Terminal

_WARM_UP = 8.0
_KEYS = 20


@dataclass(frozen=True, slots=True)
class Cost:
    """What one monitor cost. CPU is in cores; the engine's is beyond what it takes when nobody watches."""

    name: str
    monitor_cpu: float
    engine_cpu: float
    bytes_per_second: float
    first_bytes_ms: float | None = None
    first_values_ms: float | None = None
    key_to_paint_ms: float | None = None
    memory_mib: float | None = None
    quit_ms: float | None = None

    @property
    def whole(self) -> float:
        """Monitor and engine together."""
        return self.monitor_cpu + self.engine_cpu


def cpu_seconds(processes: Iterable[psutil.Process]) -> float:
    """Add up the CPU time of processes; one that has gone counts nothing."""
    total = 0.0
    for process in processes:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total


def engine_processes(lab: Lab) -> list[psutil.Process]:
    """Find this lab's dockerd, containerd and shims: their command lines name the lab's own directory."""
    found = []
    for process in psutil.process_iter():
        try:
            line = process.cmdline()
        except psutil.Error:
            continue
        if line and Path(line[0]).name.startswith(("dockerd", "containerd")) and str(lab.directory) in " ".join(line):
            found.append(process)
    return found


def watched(lab: Lab, seconds: float, family: Sequence[psutil.Process]) -> tuple[float, float]:
    """Give the cores used over a span by the engine and by a monitor's processes."""
    engine = engine_processes(lab)
    before, own, began = cpu_seconds(engine), cpu_seconds(family), time.monotonic()
    time.sleep(seconds)
    span = time.monotonic() - began
    return (cpu_seconds(engine) - before) / span, (cpu_seconds(family) - own) / span


def watch_docker_stats(lab: Lab, seconds: float, idle: float) -> Cost:
    """Run ``docker stats`` in a terminal, as a person does."""
    with Terminal([], program=["docker", "stats"], environment=lab.environment) as screen:
        screen.wait_for("CPU")
        time.sleep(_WARM_UP)
        written = len(screen.written)
        engine, own = watched(lab, seconds, [psutil.Process(screen.process.pid)])
        return Cost("docker stats", own, max(0.0, engine - idle), (len(screen.written) - written) / seconds)


def watch_sutaztop(lab: Lab, seconds: float, idle: float) -> Cost:
    """Run sutaztop in the same terminal, then time keys and leaving."""
    began = time.monotonic()
    with Terminal(["--host", lab.host], environment=lab.environment) as screen:
        screen.wait_for(lambda text: bool(text.strip()))
        first_bytes = time.monotonic() - began
        screen.wait_for(lambda text: "live" in text and "bench-0" in text)
        first_values = time.monotonic() - began
        time.sleep(_WARM_UP)
        written = len(screen.written)
        process = psutil.Process(screen.process.pid)
        engine, own = watched(lab, seconds, [process])
        rate = (len(screen.written) - written) / seconds
        memory = process.memory_info().rss / 2**20
        keys = [_key_to_paint(screen, "j" if number % 2 == 0 else "k") for number in range(_KEYS)]
        leaving = time.monotonic()
        screen.send("q")
        screen.wait_gone()
        return Cost(
            "sutaztop", own, max(0.0, engine - idle), rate, first_bytes * 1e3, first_values * 1e3,
            statistics.median(keys) * 1e3, memory, (time.monotonic() - leaving) * 1e3,
        )  # fmt: skip


def _key_to_paint(screen: Terminal, key: str) -> float:
    """Give the time from a key to the next bytes; between two beats, so that they are the key's."""
    quiet = len(screen.written)
    time.sleep(0.37)
    while len(screen.written) != quiet:
        quiet = len(screen.written)
        time.sleep(0.05)
    began = time.monotonic()
    screen.send(key)
    while len(screen.written) == quiet and time.monotonic() - began < 2:
        time.sleep(0.0005)
    return time.monotonic() - began


def table(costs: Sequence[Cost], containers: int) -> list[str]:
    """Write the table, and last the ratio of sutaztop to its rival."""
    lines = [
        f"{containers} containers, a third of them busy now and then; 1 Hz, 120×40; {os.cpu_count()} cores",
        f"{'':14}{'monitor':>9}{'engine':>9}{'together':>10}{'bytes/s':>9}",
    ]
    lines += [
        f"{it.name:14}{it.monitor_cpu:8.1%} {it.engine_cpu:8.1%} {it.whole:9.1%} {it.bytes_per_second:8.0f}"
        for it in costs
    ]
    rival, ours = costs
    lines.append(
        f"{'ratio':14}{_ratio(ours.monitor_cpu, rival.monitor_cpu)}{_ratio(ours.engine_cpu, rival.engine_cpu)}"
        f" {_ratio(ours.whole, rival.whole)}{_ratio(ours.bytes_per_second, rival.bytes_per_second)}"
    )
    lines.append(
        f"sutaztop: first bytes {ours.first_bytes_ms:.0f} ms, first values {ours.first_values_ms:.0f} ms, "
        f"key to paint {ours.key_to_paint_ms:.0f} ms (median of {_KEYS}), {ours.memory_mib:.0f} MiB, "
        f"quit {ours.quit_ms:.0f} ms"
    )
    return lines


def _ratio(ours: float, rival: float) -> str:
    return f"{ours / rival:9.2f}" if rival > 0 else f"{'–':>9}"


def start(lab: Lab, containers: int) -> None:
    """Start containers of which every third is busy for a moment each second."""
    busy = "while :; do i=0; while [ $i -lt 1500 ]; do i=$((i+1)); done; sleep 1; done"

    def one(number: int) -> None:
        command = ("sh", "-c", busy) if number % 3 == 0 else ("sleep", "100000")
        lab.run(f"bench-{number}", "--memory", "64m", "--cpus", "0.5", command=command)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(containers)))


def main(words: Sequence[str] | None = None) -> int:
    """Measure and print; the figures also go to a JSON file."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--containers", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=20.0, help="how long each monitor is watched")
    parser.add_argument("--json", type=Path, default=Path(tempfile.gettempdir()) / "sutaztop-bench.json")
    given = parser.parse_args(words)
    if os.geteuid() != 0 or subprocess.run(["which", "dockerd"], capture_output=True, check=False).returncode:
        print("make bench starts an engine of its own: it needs root and dockerd on the path", file=sys.stderr)
        return 2
    lab = Lab.start()
    try:
        print(f"starting {given.containers} containers …", flush=True)
        start(lab, given.containers)
        time.sleep(_WARM_UP)
        idle, _ = watched(lab, given.seconds, [])
        costs = [watch_docker_stats(lab, given.seconds, idle), watch_sutaztop(lab, given.seconds, idle)]
    finally:
        lab.close()
    print("\n".join(table(costs, given.containers)))
    figures = {"containers": given.containers, "seconds": given.seconds, "costs": [asdict(it) for it in costs]}
    given.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(f"written to {given.json}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
