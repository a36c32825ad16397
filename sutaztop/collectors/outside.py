"""Processes of this host that belong to no container: looked for only while something outside containers weighs."""

import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path

from sutaztop.contracts import Clock
from sutaztop.domain.counters import ContainerCounters, HostCounters
from sutaztop.domain.process import OUTSIDE_CPU_SHARE, OUTSIDE_MEMORY_SHARE, Process
from sutaztop.domain.quantity import Bytes, Cores, Seconds
from sutaztop.domain.text import clean_line

EVERY = Seconds(30.0)
BETWEEN = Seconds(1.0)
"""A process's CPU time is counted in ticks of 10 ms: over a second that is a hundredth of a core."""
TOLD = 3
"""Processes that are given."""
_LOOKED_INTO = 40
"""Of the heaviest, so many are asked whose they are: a host full of containers may hide one behind many."""
_IN_A_CONTAINER = re.compile(r"[/-][0-9a-f]{64}(?:\.scope)?(?:/|$)", re.MULTILINE)
"""Docker's, Podman's and containerd's groups end in the container's 64-hex id, under either driver."""


class OutsideProcesses:
    """Looks through ``/proc``, twice a second apart, where what containers do not account for is a large share.

    Whether it is, is reckoned from the same counters as everything else, over the time since the look
    before: on a host whose use is its containers' this costs an addition each half minute. It runs on a
    thread of its own. ``proc`` is where that tree is mounted.
    """

    name = "outside"
    every = EVERY
    deadline = Seconds(10.0)
    source = "/proc, while something outside containers weighs"

    def __init__(self, clock: Clock, *, proc: str = "/proc", pause: Callable[[float], None] = time.sleep) -> None:
        self._clock = clock
        self._proc = Path(proc)
        self._pause = pause
        self._before: tuple[HostCounters, Mapping[str, ContainerCounters]] | None = None
        self._ticks = os.sysconf("SC_CLK_TCK")
        self._page = os.sysconf("SC_PAGE_SIZE")

    def collect(self, host: HostCounters | None, counters: Mapping[str, ContainerCounters]) -> tuple[Process, ...]:
        """Look once; gives nothing where there is nothing to look for."""
        before, self._before = self._before, None if host is None else (host, counters)
        if host is None:
            return ()
        heavy_cpu = before is not None and outside_cpu(*before, host, counters) >= OUTSIDE_CPU_SHARE
        if not heavy_cpu and outside_memory(host, counters) < OUTSIDE_MEMORY_SHARE:
            return ()
        return self._look()

    def close(self) -> None:
        """Nothing is held open."""

    def _look(self) -> tuple[Process, ...]:
        first, began = dict(self._times()), time.monotonic()
        self._pause(BETWEEN)
        passed = max(time.monotonic() - began, BETWEEN / 2)
        at = self._clock.now()
        found = []
        for pid, (name, ticks, memory) in self._stats():
            if pid in first and pid != os.getpid():
                cpu = Cores(max(0, ticks - first[pid]) / self._ticks / passed)
                found.append(Process(pid, name, cpu, memory, at))
        by_cpu = sorted(found, key=lambda it: (-it.cpu, it.pid))
        by_memory = sorted(found, key=lambda it: (-it.memory, it.pid))
        # The heaviest by either measure: what eats memory may use no CPU at all.
        chosen = [*self._outside(by_cpu), *self._outside(by_memory)]
        return tuple(dict.fromkeys(chosen))

    def _outside(self, heaviest: list[Process]) -> list[Process]:
        return list(islice((it for it in heaviest[:_LOOKED_INTO] if self._is_outside(it.pid)), TOLD))

    def _is_outside(self, pid: int) -> bool:
        try:
            text = (self._proc / str(pid) / "cgroup").read_text("utf-8", "replace")
        except OSError:
            return False
        return _IN_A_CONTAINER.search(text) is None

    def _times(self) -> Iterator[tuple[int, int]]:
        for pid, (_, ticks, _) in self._stats():
            yield pid, ticks

    def _stats(self) -> Iterator[tuple[int, tuple[str, int, Bytes]]]:
        """Read each process's name, CPU ticks and resident memory (proc(5), ``stat``)."""
        try:
            names = [it for it in os.listdir(self._proc) if it.isdecimal()]  # noqa: PTH208 - names alone are wanted
        except OSError:
            return
        for name in names:
            try:
                told = (self._proc / name / "stat").read_bytes().decode("utf-8", "replace")
            except OSError:
                continue  # it has ended meanwhile
            if (read := parse_stat(told)) is not None:
                comm, ticks, pages = read
                yield int(name), (comm, ticks, Bytes(pages * self._page))


def parse_stat(text: str) -> tuple[str, int, int] | None:
    r"""Read a process's cleaned name, its CPU ticks (utime and stime), and its resident pages; ``None`` if cut off.

    The name stands in brackets and may hold any character, brackets and blanks too.

    >>> parse_stat("7 (a) b\x1b[2J) S 1 7 7 0 -1 0 0 0 0 0 30 12 0 0 20 0 1 0 5 4096 21 0")
    ('a) b', 42, 21)
    """
    head, _, rest = text.rpartition(")")
    fields = rest.split()
    try:
        return clean_line(head.partition("(")[2], limit=32), int(fields[11]) + int(fields[12]), int(fields[21])
    except (IndexError, ValueError):
        return None


def outside_cpu(
    host_before: HostCounters,
    counters_before: Mapping[str, ContainerCounters],
    host: HostCounters,
    counters: Mapping[str, ContainerCounters],
) -> float:
    """Give the share of all cores that neither containers nor sutaztop used between two readings; 0 where unknown."""
    total = host.cpu_total_ns - host_before.cpu_total_ns
    if total <= 0:
        return 0.0
    inside = host.own_cpu_time_ns - host_before.own_cpu_time_ns
    for key, now in counters.items():
        then = counters_before.get(key)
        same = then is not None and then.run == now.run
        # One that began in between used all that it ever used since.
        inside += now.cpu_time_ns - (then.cpu_time_ns if same and then is not None else 0)
    return max(0.0, (host.cpu_busy_ns - host_before.cpu_busy_ns - inside) / total)


def outside_memory(host: HostCounters, counters: Mapping[str, ContainerCounters]) -> float:
    """Give the share of memory that neither containers nor sutaztop hold."""
    held = sum(it.memory_anon_bytes or it.memory_usage_bytes or 0 for it in counters.values())
    used = host.memory_total_bytes - host.memory_available_bytes - held - host.own_memory_bytes
    return max(0.0, used / host.memory_total_bytes) if host.memory_total_bytes else 0.0
