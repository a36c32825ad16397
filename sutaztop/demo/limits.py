"""What the engine refuses when limits are changed, in its own words (moby 20.10 to 28)."""

from sutaztop.contracts import EngineRefused
from sutaztop.demo.container import LivingContainer
from sutaztop.demo.machine import CPUS
from sutaztop.domain.quantity import MIB, Bytes, Cores, nano_cpus
from sutaztop.domain.resources import Limits

LEAST_MEMORY = 6 * MIB
LEAST_SERVICE_MEMORY = 4 * MIB
_PERIOD_US = 100_000
_LEAST_QUOTA_US = 1000


def check_container(container: LivingContainer, before: Limits, after: Limits) -> Limits:
    """Give the limits to store, or raise ``EngineRefused``; only what differs from ``before`` counts."""
    stored = container.limits
    cpu, memory, swap, pids = stored.cpu, stored.memory, stored.memory_and_swap, stored.pids
    if before.cpu != after.cpu:
        cpu = _checked_cpu(container, after.cpu)
    if (before.memory, before.memory_and_swap) != (after.memory, after.memory_and_swap):
        memory, swap = _checked_memory(container, before, after)
    if before.pids != after.pids:
        pids = after.pids
    return Limits(cpu, memory, swap, pids, stored.cpu_by_quota, stored.cpu_period_us)


def _checked_cpu(container: LivingContainer, cpu: Cores | None) -> Cores:
    if cpu is None:
        raise _cannot_remove(container, "CPU", "give it all of the host's CPUs, or recreate it")
    if container.limits.cpu_by_quota:
        if 0 < cpu * _PERIOD_US < _LEAST_QUOTA_US:
            raise refused(container, "CPU cfs quota can not be less than 1ms (i.e. 1000)")
        return cpu
    if cpu < 0 or cpu > CPUS:
        raise refused(container, f"Range of CPUs is from 0.01 to {CPUS:.2f}, as there are only {CPUS} CPUs available")
    if 0 < nano_cpus(cpu) < 10_000_000:
        raise refused(container, 'failed to write "100": write cpu.max: invalid argument')
    return cpu


def _checked_memory(container: LivingContainer, before: Limits, after: Limits) -> tuple[Bytes, Bytes]:
    memory, swap = after.memory, after.memory_and_swap
    if memory is None:
        raise _cannot_remove(container, "memory", "give it the host's memory, or recreate it")
    if swap is None:
        swap = before.with_memory(memory).memory_and_swap or memory
    if memory < LEAST_MEMORY:
        raise refused(container, "Minimum memory limit allowed is 6MB")
    if 0 <= swap < memory:
        raise refused(container, "Minimum memoryswap limit should be larger than memory limit, see usage")
    cgroup = container.cgroup
    if cgroup is not None and memory < cgroup.anon:
        # Page cache is reclaimed; what is resident cannot be.
        raise refused(
            container,
            f"unable to set memory limit to {memory} "
            f"(current usage: {int(cgroup.anon)}, peak usage: {int(cgroup.peak)})",
        )
    return memory, swap


def check_service(name: str, limits: Limits) -> None:
    """Raise ``EngineRefused`` for what Swarm turns down at once; a limit over the host it accepts."""
    if limits.cpu is not None and limits.cpu < 0.001:
        raise EngineRefused(
            f"The engine refused new limits for {name}", f"invalid cpu value {limits.cpu:g}: Must be at least 0.001"
        )
    if limits.memory is not None and limits.memory < LEAST_SERVICE_MEMORY:
        raise EngineRefused(
            f"The engine refused new limits for {name}",
            f"invalid memory value {limits.memory}: Must be at least 4MiB",
        )


def refused(container: LivingContainer, words: str) -> EngineRefused:
    """Give the refusal of an update, with the engine's words kept."""
    return EngineRefused(f"The engine refused new limits for {container.id[:12]}", words)


def _cannot_remove(container: LivingContainer, what: str, advice: str) -> EngineRefused:
    return EngineRefused(
        f"The {what} limit of {container.id[:12]} cannot be removed while it lives",
        "The engine takes 0 in an update for 'leave as it is'",
        f"To lift it in effect, {advice}",
    )
