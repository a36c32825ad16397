"""Counters exactly as read: cumulative, with the unit in the name. ``None`` is "not counted here"."""

from dataclasses import dataclass
from datetime import datetime

from sutaztop.domain.quantity import Bytes, Ratio


@dataclass(frozen=True, slots=True)
class Pressure:
    """PSI averages over ten seconds, as shares of time 0-1; ``full`` is ``None`` where not kept.

    ``some_minute`` and ``full_minute`` are those over sixty seconds, which a blip does not move.
    """

    some: Ratio
    full: Ratio | None = None
    some_minute: Ratio | None = None
    full_minute: Ratio | None = None


@dataclass(frozen=True, slots=True)
class ContainerCounters:
    """One container at one instant, from the kernel's files or from the engine's stats.

    ``clock_ns`` is a monotonic clock; ``cpu_time_ns`` the container's CPU time and
    ``system_cpu_time_ns`` the host's (user + nice + system + idle + iowait + irq + softirq,
    steal left out, as the engine sums it). ``run`` identifies the run of the container (its
    start time or pid): counters of two runs must never be subtracted. ``memory_usage_bytes``
    includes the page cache; ``memory_inactive_file_bytes`` is the part that can go at once,
    and ``memory_active_file_bytes`` the part in use, which the kernel takes back under pressure.
    ``memory_limit_bytes`` is the kernel's value, ``None`` where it is unlimited.
    """

    read_at: datetime
    clock_ns: int
    run: str
    cpu_time_ns: int
    system_cpu_time_ns: int | None = None
    online_cpus: int = 0
    periods: int | None = None
    throttled_periods: int | None = None
    throttled_time_ns: int | None = None
    memory_usage_bytes: Bytes | None = None
    memory_inactive_file_bytes: Bytes | None = None
    memory_active_file_bytes: Bytes | None = None
    memory_anon_bytes: Bytes | None = None
    memory_cache_bytes: Bytes | None = None
    memory_limit_bytes: Bytes | None = None
    oom_kills: int | None = None
    pids: int | None = None
    network_rx_bytes: int | None = None
    network_tx_bytes: int | None = None
    block_read_bytes: int | None = None
    block_write_bytes: int | None = None
    cpu_pressure: Pressure | None = None
    memory_pressure: Pressure | None = None
    io_pressure: Pressure | None = None


@dataclass(frozen=True, slots=True)
class HostCounters:
    """The host that sutaztop runs on, at one instant.

    CPU times are sums over all cores in nanoseconds; ``busy`` is all but idle and iowait.
    ``own_cpu_time_ns`` and ``own_memory_bytes`` are sutaztop's own cost, all its processes.
    """

    read_at: datetime
    clock_ns: int
    cpus: int
    cpu_busy_ns: int
    cpu_total_ns: int
    load: tuple[float, float, float]
    memory_total_bytes: Bytes
    memory_available_bytes: Bytes
    swap_total_bytes: Bytes = Bytes(0)
    swap_used_bytes: Bytes = Bytes(0)
    disk_read_bytes: int | None = None
    disk_write_bytes: int | None = None
    network_rx_bytes: int | None = None
    network_tx_bytes: int | None = None
    cpu_pressure: Pressure | None = None
    memory_pressure: Pressure | None = None
    io_pressure: Pressure | None = None
    own_cpu_time_ns: int = 0
    own_memory_bytes: Bytes = Bytes(0)
    hostname: str = ""
