"""The engine under the bench: a fleet that grows, and what its processes cost."""

import contextlib
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil

from tests.lab.client import Lab

_BUSY = "while :; do i=0; while [ $i -lt 1500 ]; do i=$((i+1)); done; sleep 1; done"
_AT_ONCE = 4
SETTLE = 8.0
"""Seconds after starting containers, or after a monitor has left, before anything is measured."""


class Fleet:
    """Containers on a lab's engine, every third of them busy for a moment each second."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.size = 0

    def grow(self, size: int) -> None:
        """Start containers until there are ``size``."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(self._start, range(self.size, size)))
        self.size = size
        time.sleep(SETTLE)

    def _start(self, number: int) -> None:
        command = ("sh", "-c", _BUSY) if number % 3 == 0 else ("sleep", "100000")
        self.lab.run(f"bench-{number}", "--memory", "64m", "--cpus", "0.5", command=command)

    def engine(self) -> list[psutil.Process]:
        """Give this lab's dockerd, containerd and shims: their command lines name the lab's own directory."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, IndexError):
                line = process.cmdline()
                name = Path(line[0]).name
                if name.startswith(("dockerd", "containerd")) and str(self.lab.directory) in " ".join(line):
                    found.append(process)
        return found


def cpu_seconds(processes: Iterable[psutil.Process]) -> float:
    """Add up the CPU time of processes; one that has gone counts nothing."""
    total = 0.0
    for process in processes:
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            total += times.user + times.system
    return total


def family(pid: int) -> list[psutil.Process]:
    """Give a monitor's process and all that it has started."""
    root = psutil.Process(pid)
    return [root, *root.children(recursive=True)]


def watched(fleet: Fleet, seconds: float, monitor: Iterable[psutil.Process] = ()) -> tuple[float, float]:
    """Give the cores used over a span by the engine and by a monitor's processes."""
    engine, monitor = fleet.engine(), list(monitor)
    before, own, began = cpu_seconds(engine), cpu_seconds(monitor), time.monotonic()
    time.sleep(seconds)
    span = time.monotonic() - began
    return (cpu_seconds(engine) - before) / span, (cpu_seconds(monitor) - own) / span
