"""The host: shares of its capacity, the sum of limits against it, and what sutaztop itself costs."""

from collections.abc import Iterable
from dataclasses import replace

from sutaztop.domain.container import Container
from sutaztop.domain.counters import HostCounters
from sutaztop.domain.engine import EngineInfo
from sutaztop.domain.quantity import Bytes, Cores, Ratio
from sutaztop.domain.reading import COUNTERS_RESTARTED, FIRST_READ, NOT_SUPPORTED, PENDING, Reading, Reason, Unmeasured
from sutaztop.domain.snapshot import HostUsage
from sutaztop.measure.rate import per_second

REMOTE = Unmeasured(Reason.NOT_SUPPORTED, "the engine runs on another host")


def host_usage(
    before: HostCounters | None,
    after: HostCounters | None,
    containers: Iterable[Container],
    engine: EngineInfo | None = None,
    why_not: Unmeasured = PENDING,
) -> HostUsage:
    """Measure the host of the containers, and sum the limits of those that run.

    For a remote engine that is not the host that was read: its size is as the engine tells it,
    and its load is ``REMOTE``. ``why_not`` is said of every figure where the host was not read.
    """
    sums = _Sums(containers)
    remote = is_remote(engine)
    cpus, memory = _capacity(after, engine)
    base = HostUsage(
        cpu_limits=sums.cpu,
        cpu_unlimited=sums.cpu_unlimited,
        memory_limits=sums.memory,
        memory_unlimited=sums.memory_unlimited,
        cpu_overcommit=Ratio(sums.cpu / cpus) if cpus else PENDING,
        memory_overcommit=Ratio(sums.memory / memory) if memory else PENDING,
    )
    if after is None:
        return _unread(base, cpus, memory, REMOTE if remote else why_not)
    here = _read(base, before, after)
    if not remote:
        return here
    # The figures of this machine under the other one's name would mislead; only our own cost is from here.
    name = engine.name if engine is not None else ""
    return replace(_unread(base, cpus, memory, REMOTE), hostname=name, own_cpu=here.own_cpu, own_memory=here.own_memory)


def is_remote(engine: EngineInfo | None) -> bool:
    """Whether the containers run on another host than the one that was read; the demo brings its host along."""
    return engine is not None and not engine.is_local and not engine.demo


def busy_share(before: HostCounters | None, after: HostCounters) -> Reading[Ratio]:
    """Give the busy part of all cores' time between two reads, 0-1 (``/proc/stat``: all but idle and iowait)."""
    if before is None:
        return FIRST_READ
    total = after.cpu_total_ns - before.cpu_total_ns
    busy = after.cpu_busy_ns - before.cpu_busy_ns
    # idle and iowait may step back a tick on a running kernel (proc(5)): busy is then over total.
    if total <= 0 or busy < 0:
        return COUNTERS_RESTARTED
    return Ratio(min(busy / total, 1.0))


class _Sums:
    """Limits of running containers, added up; those without one are counted."""

    def __init__(self, containers: Iterable[Container]) -> None:
        cpu, memory, self.cpu_unlimited, self.memory_unlimited = 0.0, 0, 0, 0
        for container in containers:
            if not container.is_running:
                continue
            limits = container.resources.limits
            if limits.cpu:
                cpu += limits.cpu
            else:
                self.cpu_unlimited += 1
            if limits.memory:
                memory += limits.memory
            else:
                self.memory_unlimited += 1
        self.cpu, self.memory = Cores(cpu), Bytes(memory)


def _capacity(host: HostCounters | None, engine: EngineInfo | None) -> tuple[int, Bytes]:
    """Give cores and memory of the host that the containers run on; 0 where unknown."""
    if engine is not None and (host is None or is_remote(engine)):
        return engine.cpus, engine.memory
    return (host.cpus, host.memory_total_bytes) if host is not None else (0, Bytes(0))


def _unread(base: HostUsage, cpus: int, memory: Bytes, why: Unmeasured) -> HostUsage:
    return replace(
        base,
        cpus=cpus,
        memory_total=memory,
        cpu=why,
        cpu_utilization=why,
        memory_available=why,
        memory_utilization=why,
        disk_read=why,
        disk_write=why,
        network_rx=why,
        network_tx=why,
        cpu_pressure=why,
        memory_pressure=why,
        io_pressure=why,
        own_cpu=why,
    )


def _read(base: HostUsage, before: HostCounters | None, after: HostCounters) -> HostUsage:
    share = busy_share(before, after)
    elapsed = after.clock_ns - before.clock_ns if before is not None else 0
    total = after.memory_total_bytes

    def rate(figure: str) -> Reading[float]:
        now: int | None = getattr(after, figure)
        if before is None:
            return FIRST_READ if now is not None else NOT_SUPPORTED
        return per_second(getattr(before, figure), now, elapsed)

    own = rate("own_cpu_time_ns")
    return replace(
        base,
        hostname=after.hostname,
        read_at=after.read_at,
        cpus=after.cpus,
        cpu=share if isinstance(share, Unmeasured) else Cores(share * after.cpus),
        cpu_utilization=share,
        load=after.load,
        memory_total=total,
        memory_available=after.memory_available_bytes,
        memory_utilization=Ratio((total - after.memory_available_bytes) / total) if total else NOT_SUPPORTED,
        swap_total=after.swap_total_bytes,
        swap_used=after.swap_used_bytes,
        disk_read=rate("disk_read_bytes"),
        disk_write=rate("disk_write_bytes"),
        network_rx=rate("network_rx_bytes"),
        network_tx=rate("network_tx_bytes"),
        cpu_pressure=after.cpu_pressure or NOT_SUPPORTED,
        memory_pressure=after.memory_pressure or NOT_SUPPORTED,
        io_pressure=after.io_pressure or NOT_SUPPORTED,
        own_cpu=own if isinstance(own, Unmeasured) else Cores(own / 1e9),
        own_memory=after.own_memory_bytes,
    )
