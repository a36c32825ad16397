"""What the host uses outside containers and besides sutaztop: the host's figures less those of all the others."""

from collections.abc import Iterable
from dataclasses import replace

from sutaztop.domain.quantity import Bytes, Cores, Ratio
from sutaztop.domain.reading import FIRST_READ, NOT_SUPPORTED, Reading, Reason, Unmeasured
from sutaztop.domain.snapshot import ContainerSnapshot, HostUsage

_UNKNOWN = Unmeasured(Reason.NOT_SUPPORTED, "not all containers could be measured")


def with_outside(host: HostUsage, containers: Iterable[ContainerSnapshot]) -> HostUsage:
    """Add what is left of the host's use when containers and sutaztop are taken off.

    Memory in use is total less available, which counts no cache that can go; so of containers their
    anonymous memory is taken off, or their working set where that is not told. What one container
    cannot be measured for, is unknown for all: it would be charged to somebody else.
    """
    if isinstance(host.cpu, Unmeasured) and isinstance(host.memory_available, Unmeasured):
        return replace(
            host, outside_cpu=host.cpu, outside_cpu_share=host.cpu, outside_memory=host.memory_available,
            outside_memory_share=host.memory_available,
        )  # fmt: skip
    cpu, memory = _sums(containers)
    outside_cpu = _cpu(host, cpu)
    outside_memory = _memory(host, memory)
    return replace(
        host,
        outside_cpu=outside_cpu,
        outside_cpu_share=_share(outside_cpu, host.cpus),
        outside_memory=outside_memory,
        outside_memory_share=_share(outside_memory, host.memory_total),
    )


def _sums(containers: Iterable[ContainerSnapshot]) -> tuple[Reading[float], Reading[int]]:
    """Add up the CPU and the memory that running containers hold."""
    cores, held = 0.0, 0
    cpu_gap: Unmeasured | None = None
    memory_gap: Unmeasured | None = None
    for it in containers:
        if not it.container.is_running:
            continue
        usage = it.usage
        if isinstance(usage.cpu, Unmeasured):
            cpu_gap = usage.cpu
        else:
            cores += usage.cpu
        own = usage.memory if isinstance(usage.memory_anon, Unmeasured) else usage.memory_anon
        if isinstance(own, Unmeasured):
            memory_gap = own
        else:
            held += own
    return cpu_gap or cores, memory_gap or held


def _cpu(host: HostUsage, containers: Reading[float]) -> Reading[Cores]:
    if isinstance(host.cpu, Unmeasured):
        return host.cpu
    if isinstance(containers, Unmeasured):
        return FIRST_READ if containers.reason is Reason.FIRST_READ else _UNKNOWN
    own = 0.0 if isinstance(host.own_cpu, Unmeasured) else host.own_cpu
    # Counters of containers and of the host are read at slightly different times.
    return Cores(max(0.0, host.cpu - containers - own))


def _memory(host: HostUsage, containers: Reading[int]) -> Reading[Bytes]:
    if isinstance(host.memory_available, Unmeasured):
        return host.memory_available
    if isinstance(containers, Unmeasured):
        return _UNKNOWN
    return Bytes(max(0, host.memory_total - host.memory_available - containers - host.own_memory))


def _share(amount: Reading[Cores] | Reading[Bytes], whole: float) -> Reading[Ratio]:
    if isinstance(amount, Unmeasured):
        return amount
    return Ratio(amount / whole) if whole else NOT_SUPPORTED
