"""What the kernel counts and enforces for one run of a container: CFS quota, memory, traffic, pressure.

Everything is worked out once a step as a rate that holds until the next; a reading in
between goes on along that line. So a reading at any instant is right, never falls, and does
not depend on who else was reading.
"""

from dataclasses import dataclass
from datetime import datetime

from sutaztop.demo.load import Load
from sutaztop.domain.counters import ContainerCounters, Pressure
from sutaztop.domain.quantity import MIB, Bytes, Ratio
from sutaztop.domain.resources import Limits

STEP = 0.5
"""Seconds of the world between two steps."""
PERIODS_PER_SECOND = 10.0
"""CFS periods of 100 ms, the kernel's default."""
_PAGE = 4096
_PRESSURE_GAIN = 0.0488  # 1 - exp(-STEP / 10 s), for averages over ten seconds


def pressure(some: float, full: float | None = None) -> Pressure:
    """Give pressure as the kernel's file tells it: in hundredths of a percent.

    >>> pressure(0.123456).some
    0.1235
    """
    return Pressure(Ratio(_as_told(some)), None if full is None else Ratio(_as_told(full)))


def _as_told(share: float) -> float:
    return round(share * 10_000) / 100 / 100


def pages(amount: float) -> Bytes:
    """Give memory as the kernel counts it: in whole pages."""
    return Bytes(int(amount) // _PAGE * _PAGE)


@dataclass(frozen=True, slots=True)
class Instant:
    """The moment of a reading: ``beyond`` is how many seconds it lies past the last step."""

    at: datetime
    clock_ns: int
    beyond: float
    system_cpu_time_ns: int
    cpus: int


def throttle(demand: float, quota: float, spikiness: float) -> tuple[float, float]:
    """Give the cores that run and the share of periods throttled, for a mean demand under a quota.

    Demand within one period is taken as even between ``demand × (1 ± spikiness)``; what passes
    the quota waits. So throttling begins before the mean reaches the limit, as it does in life.

    >>> throttle(0.5, 2.0, 0.25)
    (0.5, 0.0)
    >>> throttle(4.0, 2.0, 0.25)
    (2.0, 1.0)
    >>> cores, throttled = throttle(1.91, 2.0, 0.25)
    >>> round(cores, 2), round(throttled, 2)
    (1.83, 0.41)
    """
    low, high = demand * (1 - spikiness), demand * (1 + spikiness)
    if high <= quota:
        return demand, 0.0
    if low >= quota:
        return quota, 1.0
    under = (quota - low) / (high - low)
    return under * (low + quota) / 2 + (1 - under) * quota, 1 - under


class Cgroup:
    """One run of a container as the kernel sees it. A restart makes a new one, from zero."""

    __slots__ = (
        "_load", "_network", "anon", "block_read", "block_write", "cache", "cores", "cpu_pressure", "cpu_time",
        "extra_anon", "extra_cores", "leaked", "memory_pressure", "network_rx", "network_tx", "oom_kills", "peak",
        "periods", "rate_block_read", "rate_block_write", "rate_network_rx", "rate_network_tx", "rate_periods",
        "rate_throttled", "run", "throttled", "throttled_time", "waiting",
    )  # fmt: skip

    def __init__(self, load: Load, run: str, *, network: bool, already_up: float) -> None:
        shape = load.shape
        self._load = load
        self._network = network
        self.run = run
        self.extra_cores = 0.0
        self.extra_anon = 0.0
        self.cpu_time = shape.cores * already_up
        self.periods = self.throttled = self.throttled_time = 0.0
        self.leaked = float(shape.leaked) if already_up else 0.0
        self.anon = shape.anon * (0.98 if already_up else 0.4) + self.leaked
        self.cache = shape.cache * (1.0 if already_up else 0.1)
        self.peak = self.anon + self.cache
        self.oom_kills = 0
        self.network_rx = shape.network_rx * already_up
        self.network_tx = shape.network_tx * already_up
        self.block_read = shape.block_read * already_up + shape.cache
        self.block_write = shape.block_write * already_up
        self.cores = self.waiting = 0.0
        self.rate_periods = self.rate_throttled = 0.0
        self.rate_network_rx = self.rate_network_tx = self.rate_block_read = self.rate_block_write = 0.0
        self.cpu_pressure = self.memory_pressure = 0.0

    def step(self, now: float, limits: Limits, share: float) -> bool:
        """Settle the step that ends and work out the next; tells whether memory ran out.

        ``share`` is the part of its wish that the host's cores leave to each container.
        """
        self.settle(STEP)
        shape = self._load.shape
        wanted = self._load.demand(now) + self.extra_cores
        granted, throttled = throttle(wanted, limits.cpu, shape.spikiness) if limits.cpu else (wanted, 0.0)
        self.cores = granted * share
        self.waiting = wanted - self.cores
        if limits.cpu:
            # A cgroup that sleeps starts no period: an idle one counts hardly any.
            self.rate_periods = PERIODS_PER_SECOND * min(1.0, 5.0 * wanted + 0.02)
            self.rate_throttled = self.rate_periods * throttled
        else:
            self.rate_periods = self.rate_throttled = 0.0
        busy = wanted / shape.cores if shape.cores else 1.0
        self.rate_network_rx = shape.network_rx * busy
        self.rate_network_tx = shape.network_tx * busy
        self.rate_block_read = shape.block_read * busy
        self.rate_block_write = shape.block_write * busy
        stalled = throttled * 0.6 + (1.0 - share) * 0.5
        self.cpu_pressure += (min(stalled, 1.0) - self.cpu_pressure) * _PRESSURE_GAIN
        return self._step_memory(limits.memory, min(busy, 3.0))

    def settle(self, seconds: float) -> None:
        """Let time pass at the present rates."""
        self.cpu_time += self.cores * seconds
        if self.rate_periods:
            self.periods += self.rate_periods * seconds
            self.throttled += self.rate_throttled * seconds
            self.throttled_time += self._throttled_time_rate() * seconds
        self.network_rx += self.rate_network_rx * seconds
        self.network_tx += self.rate_network_tx * seconds
        self.block_read += self.rate_block_read * seconds
        self.block_write += self.rate_block_write * seconds

    def stand_still(self) -> None:
        """Be frozen: memory stays, and nothing runs or moves until the next step."""
        self.cores = self.waiting = self.rate_periods = self.rate_throttled = 0.0
        self.rate_network_rx = self.rate_network_tx = self.rate_block_read = self.rate_block_write = 0.0

    def _throttled_time_rate(self) -> float:
        """Seconds stood still per second: in a throttled period the rest of its 100 ms is lost."""
        lost = self.waiting / (self.cores + self.waiting + 1e-9)
        return self.rate_throttled / PERIODS_PER_SECOND * max(lost, 0.1)

    def _step_memory(self, limit: int | None, busy: float) -> bool:
        shape = self._load.shape
        if shape.leak and self.leaked < shape.leak_most:
            self.leaked += shape.leak * STEP
        target = (shape.anon + self.extra_anon) * (1.0 + shape.ripple * (busy - 1.0)) + self.leaked
        self.anon += (target - self.anon) * 0.2
        self.cache += (shape.cache - self.cache) * 0.01
        ran_out = False
        if limit is not None:
            if self.anon >= limit:
                self.anon = float(limit)
                self.cache = 0.0
                self.oom_kills += 1
                ran_out = True
            room = limit - self.anon - min(MIB, limit * 0.002)
            if self.cache > room:
                self.cache = max(0.0, room)
            fullness = self.anon / limit
            stalled = (fullness - 0.95) * 1.2 if fullness > 0.95 else 0.0
            self.memory_pressure += (stalled - self.memory_pressure) * _PRESSURE_GAIN
        elif self.memory_pressure:
            self.memory_pressure *= 1.0 - _PRESSURE_GAIN
        self.peak = max(self.peak, self.anon + self.cache)
        return ran_out

    def lose_child(self) -> None:
        """Give back what the killed child held; what leaks begins anew."""
        self.leaked = 0.0
        self.anon *= 0.6

    def squeeze(self, limit: int) -> None:
        """Drop page cache until usage fits a lowered limit, as the kernel does."""
        self.cache = max(0.0, min(self.cache, limit - self.anon))

    def read(self, instant: Instant, limit: Bytes | None) -> ContainerCounters:
        """Give the counters at an instant; sizes stand still within a step."""
        beyond = instant.beyond
        shape = self._load.shape
        usage = int(self.anon + self.cache)
        network = self._network
        memory_share = self.memory_pressure
        return ContainerCounters(
            read_at=instant.at,
            clock_ns=instant.clock_ns,
            run=self.run,
            cpu_time_ns=int((self.cpu_time + self.cores * beyond) * 1e9),
            system_cpu_time_ns=instant.system_cpu_time_ns,
            online_cpus=instant.cpus,
            periods=int(self.periods + self.rate_periods * beyond),
            throttled_periods=int(self.throttled + self.rate_throttled * beyond),
            throttled_time_ns=int((self.throttled_time + self._throttled_time_rate() * beyond) * 1e9),
            memory_usage_bytes=pages(usage),
            memory_inactive_file_bytes=pages(self.cache * 0.7),
            memory_active_file_bytes=pages(self.cache * 0.3),
            memory_anon_bytes=pages(self.anon),
            memory_cache_bytes=pages(self.cache),
            memory_limit_bytes=limit,
            oom_kills=self.oom_kills,
            pids=shape.pids,
            network_rx_bytes=int(self.network_rx + self.rate_network_rx * beyond) if network else None,
            network_tx_bytes=int(self.network_tx + self.rate_network_tx * beyond) if network else None,
            block_read_bytes=int(self.block_read + self.rate_block_read * beyond),
            block_write_bytes=int(self.block_write + self.rate_block_write * beyond),
            cpu_pressure=pressure(self.cpu_pressure, self.cpu_pressure * 0.7),
            memory_pressure=pressure(memory_share, memory_share * 0.6),
            io_pressure=pressure(min(0.3, self.rate_block_write / 2e8), 0.0),
        )
