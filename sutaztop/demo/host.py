"""The world's host: its counters, and sutaztop's own cost, which alone is real."""

import os
import resource
import time
from collections.abc import Callable
from pathlib import Path

from sutaztop.demo.kernel import pressure
from sutaztop.demo.machine import CPUS, HOSTNAME, MEMORY
from sutaztop.demo.world import World
from sutaztop.domain.counters import HostCounters
from sutaztop.domain.quantity import Bytes, Seconds

OwnCost = tuple[int, Bytes]
"""CPU time in nanoseconds and resident memory."""


def read_own_cost() -> OwnCost:
    """Read what this process has cost: what the demo shows of itself is true."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        memory = pages * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return time.process_time_ns(), Bytes(memory)


def no_own_cost() -> OwnCost:
    """Give nothing: for pictures of the screen that must be the same on every machine."""
    return 0, Bytes(0)


class DemoHost:
    """``Collector[HostCounters]`` over a world."""

    name = "host"
    every = Seconds(0.0)
    deadline = Seconds(2.0)

    def __init__(self, world: World, *, own_cost: Callable[[], OwnCost] = read_own_cost) -> None:
        self._world = world
        self._own_cost = own_cost

    @property
    def source(self) -> str:
        """Say what is real and what is not."""
        return "demo world; sutaztop's own cost is measured"

    def collect(self) -> HostCounters:
        """Read the host."""
        cpu_time, memory = self._own_cost()
        with self._world.moment() as instant:
            machine, beyond = self._world.machine, instant.beyond
            rx, tx, read, write = machine.rates
            available = max(MEMORY - int(machine.used_memory), MEMORY // 100)
            return HostCounters(
                read_at=instant.at, clock_ns=instant.clock_ns, cpus=CPUS,
                cpu_busy_ns=int((machine.busy_time + machine.busy * beyond) * 1e9),
                cpu_total_ns=instant.system_cpu_time_ns,
                load=(machine.load[0], machine.load[1], machine.load[2]),
                memory_total_bytes=Bytes(MEMORY), memory_available_bytes=Bytes(available),
                disk_read_bytes=int(machine.disk_read + read * beyond),
                disk_write_bytes=int(machine.disk_write + write * beyond),
                network_rx_bytes=int(machine.network_rx + rx * beyond),
                network_tx_bytes=int(machine.network_tx + tx * beyond),
                cpu_pressure=pressure(machine.cpu_pressure),
                memory_pressure=pressure(machine.memory_pressure, machine.memory_pressure * 0.5),
                io_pressure=pressure(machine.io_pressure, machine.io_pressure * 0.6),
                own_cpu_time_ns=cpu_time, own_memory_bytes=memory, hostname=HOSTNAME,
            )  # fmt: skip

    def close(self) -> None:
        """Do nothing: nothing is open."""
