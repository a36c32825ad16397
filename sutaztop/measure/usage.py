"""What one container used between two reads of its counters."""

from dataclasses import fields
from typing import TypeVar

from sutaztop.domain.counters import ContainerCounters
from sutaztop.domain.quantity import Ratio
from sutaztop.domain.reading import COUNTERS_RESTARTED, FIRST_READ, NOT_RUNNING, NOT_SUPPORTED, Reading, Unmeasured
from sutaztop.domain.resources import Limits
from sutaztop.domain.snapshot import Usage
from sutaztop.measure import cpu, memory
from sutaztop.measure.rate import per_second

T = TypeVar("T")

_READINGS = tuple(field.name for field in fields(Usage) if field.name != "read_at")


def nothing_used(why: Unmeasured) -> Usage:
    """Give a usage in which every figure is missing for one reason."""
    return Usage(**dict.fromkeys(_READINGS, why))  # type: ignore[arg-type]


STOPPED = nothing_used(NOT_RUNNING)


def why_no_rate(before: ContainerCounters | None, after: ContainerCounters) -> Unmeasured | None:
    """Say why two reads may not be subtracted, or ``None`` where they may.

    Another ``run`` is another container in all but name; CPU time that fell betrays a restart
    that the run did not show, and then the other counters are new as well.
    """
    if before is None:
        return FIRST_READ
    if before.run != after.run or after.cpu_time_ns < before.cpu_time_ns or after.clock_ns <= before.clock_ns:
        return COUNTERS_RESTARTED
    return None


def usage_of(before: ContainerCounters | None, after: ContainerCounters, limits: Limits) -> Usage:
    """Measure one container. ``limits`` are those of inspect: stats show the host's memory for "no limit"."""
    used = memory.working_set(after.memory_usage_bytes, after.memory_inactive_file_bytes)
    gap = why_no_rate(before, after)
    if before is None or gap is not None:
        gap = gap or FIRST_READ
        return Usage(
            read_at=after.read_at,
            cpu=gap,
            cpu_utilization=cpu.share_of_limit(gap, limits.cpu),
            throttled=_no_throttling(after, limits, gap),
            memory=used,
            memory_utilization=memory.share_of_limit(used, limits.memory),
            memory_active_file=_or_unsupported(after.memory_active_file_bytes),
            memory_anon=_or_unsupported(after.memory_anon_bytes),
            memory_cache=_or_unsupported(after.memory_cache_bytes),
            network_rx=gap if after.network_rx_bytes is not None else NOT_SUPPORTED,
            network_tx=gap if after.network_tx_bytes is not None else NOT_SUPPORTED,
            block_read=gap if after.block_read_bytes is not None else NOT_SUPPORTED,
            block_write=gap if after.block_write_bytes is not None else NOT_SUPPORTED,
            pids=_or_unsupported(after.pids),
            oom_kills=_or_unsupported(after.oom_kills),
            cpu_pressure=_or_unsupported(after.cpu_pressure),
            memory_pressure=_or_unsupported(after.memory_pressure),
            io_pressure=_or_unsupported(after.io_pressure),
        )
    elapsed = after.clock_ns - before.clock_ns
    cores = cpu.cores_used(before, after)
    return Usage(
        read_at=after.read_at,
        cpu=cores,
        cpu_utilization=cpu.share_of_limit(cores, limits.cpu),
        throttled=cpu.throttled_share(before, after, limits.cpu),
        memory=used,
        memory_utilization=memory.share_of_limit(used, limits.memory),
        memory_active_file=_or_unsupported(after.memory_active_file_bytes),
        memory_anon=_or_unsupported(after.memory_anon_bytes),
        memory_cache=_or_unsupported(after.memory_cache_bytes),
        network_rx=per_second(before.network_rx_bytes, after.network_rx_bytes, elapsed),
        network_tx=per_second(before.network_tx_bytes, after.network_tx_bytes, elapsed),
        block_read=per_second(before.block_read_bytes, after.block_read_bytes, elapsed),
        block_write=per_second(before.block_write_bytes, after.block_write_bytes, elapsed),
        pids=_or_unsupported(after.pids),
        oom_kills=_or_unsupported(after.oom_kills),
        cpu_pressure=_or_unsupported(after.cpu_pressure),
        memory_pressure=_or_unsupported(after.memory_pressure),
        io_pressure=_or_unsupported(after.io_pressure),
    )


def _or_unsupported(value: T | None) -> Reading[T]:
    return NOT_SUPPORTED if value is None else value


def _no_throttling(after: ContainerCounters, limits: Limits, gap: Unmeasured) -> Reading[Ratio]:
    counted = cpu.throttled_share(after, after, limits.cpu)
    return counted if isinstance(counted, Unmeasured) else gap
