"""The host under the containers: its cores, its memory, its load, and what runs outside Docker."""

from collections.abc import Iterable
from math import exp, sin, tau
from random import Random

from sutaztop.demo.container import LivingContainer
from sutaztop.demo.kernel import STEP
from sutaztop.domain.quantity import GIB

CPUS = 12
MEMORY = int(29.4 * GIB)
PAGE = 4096
HOSTNAME = "sutaz-host"
_LOAD_GAINS = tuple(1 - exp(-STEP / span) for span in (60.0, 300.0, 900.0))
_PRESSURE_GAIN = 1 - exp(-STEP / 10.0)
_KERNEL = int(0.6 * GIB)


class Machine:
    """The host's sums. Under the world's lock; rates hold until the next step, as in the kernel's counters."""

    def __init__(self, outside_cores: float, outside_memory: int, random: Random, already_up: float) -> None:
        self._outside_cores = outside_cores
        self._outside_memory = outside_memory
        self._random = random
        self.busy = 0.0
        self.busy_time = 3.4 * already_up
        self.total_time = CPUS * already_up
        self.load = [0.0, 0.0, 0.0]
        self.used_memory = 0.0
        self.cpu_pressure = self.memory_pressure = self.io_pressure = 0.0
        self.network_rx, self.network_tx = 2.1e11, 3.4e11
        self.disk_read, self.disk_write = 4.4e11, 9.7e11
        self.rates = (0.0, 0.0, 0.0, 0.0)
        self.share = 1.0
        """The part of their wishes that the cores leave to containers; under 1 when all are busy."""

    def settle(self, seconds: float) -> None:
        """Let time pass at the present rates."""
        self.busy_time += self.busy * seconds
        self.total_time += CPUS * seconds
        rx, tx, read, write = self.rates
        self.network_rx += rx * seconds
        self.network_tx += tx * seconds
        self.disk_read += read * seconds
        self.disk_write += write * seconds

    def step(self, now: float, containers: Iterable[LivingContainer]) -> None:
        """Settle the step that ends and add up the next."""
        self.settle(STEP)
        cores = waiting = anon = rx = tx = read = write = 0.0
        for container in containers:
            cgroup = container.cgroup
            if cgroup is not None:
                cores += cgroup.cores
                waiting += cgroup.waiting
                anon += cgroup.anon
                rx += cgroup.rate_network_rx
                tx += cgroup.rate_network_tx
                read += cgroup.rate_block_read
                write += cgroup.rate_block_write
        outside = self._outside_cores * (1 + 0.3 * sin(tau * now / 75)) + 0.2 * self._random.random()
        wanted = cores / self.share + outside
        self.share = min(1.0, CPUS / wanted) if wanted else 1.0
        self.busy = min(float(CPUS), cores + outside)
        runnable = cores + min(waiting, 4.0) + outside
        for place, gain in enumerate(_LOAD_GAINS):
            self.load[place] += (runnable - self.load[place]) * gain
        self.used_memory = anon + self._outside_memory + _KERNEL
        self.rates = (0.4 * rx, 0.4 * tx, read, write + 40_000)
        self._press(write)

    def _press(self, write: float) -> None:
        busy = self.busy / CPUS
        self.cpu_pressure += (max(0.0, (busy - 0.45) * 0.55) - self.cpu_pressure) * _PRESSURE_GAIN
        full = self.used_memory / MEMORY
        self.memory_pressure += (max(0.0, (full - 0.9) * 1.5) - self.memory_pressure) * _PRESSURE_GAIN
        self.io_pressure += (min(0.5, write / 6e7) - self.io_pressure) * _PRESSURE_GAIN

    def begin(self) -> None:
        """Start the load averages where the load is, not at zero."""
        self.load = [self.busy * 1.05] * 3
