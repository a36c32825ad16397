"""Guardrails: may it be done? Pure; a refusal names its rule, the numbers, and what would be allowed."""

from sutaztop.domain.change import ChangeLimits, ChangeReplicas, Refusal
from sutaztop.domain.profile import Scaling
from sutaztop.domain.quantity import MIB, Bytes, exact_cores
from sutaztop.domain.reading import Unmeasured, measured
from sutaztop.domain.resources import Limits
from sutaztop.domain.service import Orchestrator, Service
from sutaztop.domain.snapshot import ContainerSnapshot, HostUsage, Snapshot

NO_CHANGE = "no change"
"""The rule of a refusal that leaves nothing to wish for: it is so already."""
SMALLEST_MEMORY = Bytes(6 * MIB)
"""The engine refuses less (measured with 20.10)."""
SMALLEST_CPU = 0.01
"""A quota of 1 ms in 100 ms: the kernel refuses less."""


def working_set(containers: tuple[ContainerSnapshot, ...]) -> Bytes:
    """Give the largest working set among the containers; 0 where none was measured."""
    return max((measured(it.usage.memory) or Bytes(0) for it in containers), default=Bytes(0))


def refuse_limits(
    change: ChangeLimits, containers: tuple[ContainerSnapshot, ...], host: HostUsage, scaling: Scaling
) -> Refusal | None:
    """Say why these limits may not be set, or ``None``.

    Lowering memory below the working set plus a margin would have the kernel kill the
    container or the engine fail halfway; asking for more CPU than the host has is refused by
    the engine and would only be said later.
    """
    before, after = change.before, change.after
    if (before.cpu, before.memory) == (after.cpu, after.memory):
        return Refusal(NO_CHANGE, f"{change.name} already has these limits.", "Ask for other numbers.")
    return _refuse_cpu(before, after, host) or _refuse_memory(change, containers, host, scaling)


def _refuse_cpu(before: Limits, after: Limits, host: HostUsage) -> Refusal | None:
    if after.cpu == before.cpu:
        return None
    if after.cpu is None:
        return Refusal(
            "limit stays",
            "A CPU limit cannot be taken away from a running container.",
            f"Set it to the host's {host.cpus} cores, or create the container anew without one.",
        )
    if after.cpu < SMALLEST_CPU:
        return Refusal(
            "least cpu", f"{exact_cores(after.cpu)} cores is below the kernel's least, 0.01.", "Ask for more."
        )
    if host.cpus and after.cpu > host.cpus:
        return Refusal(
            "host cpu",
            f"{exact_cores(after.cpu)} cores is more than the host's {host.cpus}.",
            f"At most {host.cpus} can be given.",
        )
    return None


def _refuse_memory(
    change: ChangeLimits, containers: tuple[ContainerSnapshot, ...], host: HostUsage, scaling: Scaling
) -> Refusal | None:
    before, after = change.before, change.after
    if after.memory == before.memory:
        return None
    if after.memory is None:
        return Refusal(
            "limit stays",
            "A memory limit cannot be taken away from a running container.",
            "Set it to the host's memory, or create the container anew without one.",
        )
    if after.memory < SMALLEST_MEMORY:
        return Refusal("least memory", f"{_mib(after.memory)} is below the engine's least, 6 MiB.", "Ask for more.")
    if host.memory_total and after.memory > host.memory_total:
        return Refusal(
            "host memory",
            f"{_mib(after.memory)} is more than the host's {_mib(host.memory_total)}.",
            f"At most {_mib(host.memory_total)} can be given.",
        )
    lowered = before.memory is None or after.memory < before.memory
    return _refuse_lower_memory(change.name, after.memory, containers, scaling) if lowered else None


def _refuse_lower_memory(
    name: str, wanted: Bytes, containers: tuple[ContainerSnapshot, ...], scaling: Scaling
) -> Refusal | None:
    unread = [it for it in containers if it.container.is_running and isinstance(it.usage.memory, Unmeasured)]
    if unread:
        return Refusal(
            "working set not known",
            f"What {name} holds was not measured: {unread[0].usage.memory}. "
            "A limit under it would have the kernel kill it.",
            "Wait for the next reading, or raise the limit instead.",
        )
    used = working_set(containers)
    least = Bytes(int(used * (1 + scaling.memory_margin)))
    if wanted >= least:
        return None
    return Refusal(
        "working set",
        f"{name} holds {_mib(used)}; with a margin of {scaling.memory_margin:.0%} it needs {_mib(least)}, "
        f"and {_mib(wanted)} would have the kernel kill it.",
        f"At least {_mib(least)} can be set now.",
    )


def refuse_replicas(change: ChangeReplicas, service: Service, scaling: Scaling) -> Refusal | None:
    """Say why this number of replicas may not be asked for, or ``None``."""
    if service.not_scalable:
        return Refusal("not scalable", f"{service.name} cannot be scaled: {service.not_scalable}.")
    if change.before == change.after and service.running == change.after:
        return Refusal(NO_CHANGE, f"{service.name} already has {change.after} replicas.", "Ask for another number.")
    if not scaling.minimum_replicas <= change.after <= scaling.maximum_replicas:
        return Refusal(
            "replica bounds",
            f"{change.after} is outside {scaling.minimum_replicas} to {scaling.maximum_replicas}, "
            "the bounds that configuration sets.",
            "Ask for a number inside them, or change scaling.minimum_replicas and scaling.maximum_replicas.",
        )
    return None


def limit_risks(change: ChangeLimits, snapshot: Snapshot, replicas: int) -> tuple[str, ...]:
    """Name what may go wrong with limits that are allowed."""
    host, risks = snapshot.host, []
    before, after = change.before, change.after
    if change.swarm:
        risks.append(
            f"Swarm replaces its {replicas} task{'s' if replicas != 1 else ''} one by one: each stops and starts anew."
        )
    else:
        risks.append("It is lost when the container is created anew, as by a changed compose file and its next up.")
    if before.cpu is None and after.cpu is not None:
        risks.append("It had no CPU limit: this imposes one, and it may be throttled where it was not.")
    if after.memory is not None and after.memory != before.memory:
        available = measured(host.memory_available)
        growth = (after.memory - (before.memory or 0)) * max(1, replicas)
        if before.memory is not None and available is not None and growth > available:
            risks.append(
                f"The host has {_mib(available)} available and could be asked for {_mib(Bytes(growth))} more: "
                "when that is used, the kernel kills."
            )
        if before.memory is None:
            risks.append("It had no memory limit: above the new one the kernel kills it.")
    if after.memory is not None and after.memory_and_swap is not None and after.memory_and_swap < 0:
        risks.append("Its swap stays unlimited.")
    return tuple(risks)


def replica_risks(change: ChangeReplicas, footprint: Limits, snapshot: Snapshot) -> tuple[str, ...]:
    """Name what may go wrong with a number of replicas that is allowed."""
    risks = []
    added = change.after - change.before
    if added < 0:
        risks.append(
            f"{-added} replicas stop; what they are doing is cut off."
            if added < -1
            else "1 replica stops; what it is doing is cut off."
        )
    limit = footprint.memory
    available = measured(snapshot.host.memory_available)
    if added > 0 and limit and available is not None and limit * added > available:
        risks.append(
            f"The new replicas may use {_mib(Bytes(limit * added))}; the host has {_mib(available)} available."
        )
    if change.orchestrator is Orchestrator.COMPOSE:
        risks.append("Compose forgets it: the next plain up goes back to the number in its file.")
        if added > 0:
            risks.append(
                "Variables set only in the shell of the first up are not known here: a new replica may differ."
            )
    return tuple(risks)


def _mib(amount: Bytes) -> str:
    return f"{amount / MIB:.0f} MiB" if amount < 10 * 1024 * MIB else f"{amount / (1024 * MIB):.1f} GiB"
