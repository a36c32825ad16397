"""A live limits update: what has to be sent so that exactly the wanted ceilings change. Pure."""

from collections.abc import Mapping

from sutaztop.contracts import EngineRefused
from sutaztop.domain.quantity import Cores, nano_cpus
from sutaztop.domain.resources import DEFAULT_PERIOD_US, Limits
from sutaztop.engines.payload import Fields


def limits_update(name: str, before: Limits, after: Limits, host: Fields) -> Mapping[str, int]:
    """Give the body of ``POST /containers/{id}/update``; empty when nothing differs.

    ``host`` is the container's ``HostConfig`` as it stands. Raises ``EngineRefused`` for what
    the engine would accept and not do: 0 in an update means "leave alone", so a CPU or memory
    ceiling cannot be taken off a container that lives (moby issue 22516).
    """
    body: dict[str, int] = {}
    if _nano(before.cpu) != _nano(after.cpu):
        body |= _cpu(name, after.cpu, host)
    if (before.memory, before.memory_and_swap) != (after.memory, after.memory_and_swap):
        body |= _memory(name, before, after)
    if before.pids != after.pids:
        # Here alone a ceiling can be taken off: zero or less is unlimited, absent is unchanged.
        body["PidsLimit"] = -1 if after.pids is None else after.pids
    return body


def _cpu(name: str, cpu: Cores | None, host: Fields) -> Mapping[str, int]:
    if cpu is None:
        raise _cannot_remove(name, "CPU", "give it all of the host's CPUs, or recreate it")
    quota, period = host.integer("CpuQuota"), host.integer("CpuPeriod")
    # A container created with a quota or a period refuses nano-CPUs for good, and the other way
    # round. A quota must never go to a nano-CPU container: -1 would even pass, take the kernel's
    # limit off and leave inspect saying otherwise.
    if host.integer("NanoCpus") <= 0 and (quota > 0 or period > 0):
        return {"CpuQuota": round(cpu * (period or DEFAULT_PERIOD_US))}
    return {"NanoCpus": nano_cpus(cpu)}


def _memory(name: str, before: Limits, after: Limits) -> Mapping[str, int]:
    """Memory and swap always go together: memory alone over the stored sum is refused."""
    if after.memory is None:
        raise _cannot_remove(name, "memory", "give it the host's memory, or recreate it")
    swap = after.memory_and_swap
    if swap is None:
        swap = before.with_memory(after.memory).memory_and_swap
    return {"Memory": after.memory, "MemorySwap": after.memory if swap is None else swap}


def _cannot_remove(name: str, what: str, advice: str) -> EngineRefused:
    return EngineRefused(
        f"The {what} limit of {name} cannot be removed while it lives",
        "The engine takes 0 in an update for 'leave as it is'",
        f"To lift it in effect, {advice}",
    )


def _nano(cpu: Cores | None) -> int | None:
    return None if cpu is None else nano_cpus(cpu)
