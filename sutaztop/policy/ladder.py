"""The CPU ladder of the guide: a step more CPU to the ceiling, then replicas; and fewer replicas when idle."""

from sutaztop.domain.finding import Evidence, Severity
from sutaztop.domain.profile import Profile, Scaling
from sutaztop.domain.quantity import Cores, nano_cpus, span_words
from sutaztop.domain.reading import measured
from sutaztop.domain.service import Service
from sutaztop.domain.snapshot import ContainerSnapshot, HostUsage, Snapshot
from sutaztop.policy.cpu import CpuCase, CpuFinding
from sutaztop.policy.needs import Need, Workload
from sutaztop.policy.severity import is_over
from sutaztop.policy.signals import Signals
from sutaztop.policy.wording import cores, percent

TARGET_PERCENT = 70
"""The share at which replicas are aimed (HPA; the guide's Swarm line)."""
HOST_SATURATED = 0.90
"""Over this a higher limit only takes from a neighbour (R-HOST-2)."""
_STILL = 0.01
_ROOM_AFTER = 0.9
"""After a replica went, the share may reach this part of the line that would bring it back."""
_DOWN_SPAN = 300.0
"""Seconds: fewer replicas follow only from a longer look back (POLICY 5.4)."""


def cpu_need(
    workload: Workload, found: CpuFinding, snapshot: Snapshot, signals: Signals, profile: Profile
) -> Need | None:
    """Give the next rung for a workload that is short of CPU."""
    host, at = snapshot.host, snapshot.at
    limit = workload.limits.cpu
    if limit is None:
        return None
    rung = _limit_rung(limit, host, profile.scaling)
    # nano-CPUs are what the engine keeps; floats of the same limit may differ in the last place.
    is_higher = rung is not None and nano_cpus(rung) > nano_cpus(limit)
    share = service_share(workload, found, snapshot, signals)
    replicas = None if is_higher else _more_replicas(workload, share, profile)
    current = workload.service.replicas if workload.service else 0
    blocked = "" if is_higher or replicas is not None else _no_rung(workload, share, profile)
    if host_is_saturated(host):
        blocked = f"the host is at {percent(measured(host.cpu_utilization) or 0.0)}: a neighbour must give way first"
    if is_higher and rung is not None:
        wants = f"cpu {cores(limit).split()[0]} → {cores(rung)}"
    elif replicas is not None:
        wants = f"replicas {current} → {replicas}"
    else:
        wants = "more CPU"
    return Need(
        rule="R-CPU-2" if found.case is CpuCase.THROTTLED else "R-CPU-1",
        severity=Severity.CRITICAL if found.is_fast else Severity.WARNING,
        wants=wants,
        reason=_reason(found, host, profile),
        evidence=_evidence(found, profile),
        cpu=rung if is_higher else None,
        replicas=replicas,
        blocked=blocked,
        since=found.shares.since(profile.thresholds.cpu_warning, at),
    )


def unlimited_need(container: ContainerSnapshot, host: HostUsage, signals: Signals, profile: Profile) -> Need | None:
    """Say of a container without a limit that it fills the host (R-CPU-4): no change of ours adds CPU."""
    used = measured(container.usage.cpu)
    line = profile.thresholds.cpu_warning * host.cpus
    if container.container.resources.limits.cpu is not None or used is None or not host.cpus or not is_over(used, line):
        return None
    window = signals.of_container(container, "cpu")
    if not window.is_sustained(line, profile.thresholds):
        return None
    return Need(
        rule="R-CPU-4",
        severity=Severity.WARNING,
        wants="set a CPU limit",
        reason=f"{cores(round(window.mean, 1))} of the host's {host.cpus} used without a limit",
        evidence=(Evidence("cpu", cores(round(window.mean, 1))), Evidence("host", cores(host.cpus))),
        blocked="no limit is set, and another replica on one host adds no CPU",
    )


def idle_need(
    service: Service, members: tuple[ContainerSnapshot, ...], signals: Signals, profile: Profile
) -> Need | None:
    """Say that a service has more replicas than it uses (R-CPU-5). All of them must report."""
    current = service.replicas
    running = [it for it in members if it.container.is_running]
    if service.not_scalable or current <= max(1, profile.scaling.minimum_replicas) or len(running) != current:
        return None
    if any(it.oom_killed or measured(it.usage.oom_kills) for it in running):
        return None
    peak = 0.0
    seen, shortest = 0, _DOWN_SPAN
    for it in running:
        idle = _idle_peak(it, signals, profile)
        if idle is None:
            return None
        peak, seen, shortest = max(peak, idle[0]), seen + idle[1], min(shortest, idle[2])
    wish = -(-int(peak * 100 + 1e-6) * current // TARGET_PERCENT)
    fewer = max(wish, current - max(1, current // 2), profile.scaling.minimum_replicas, 1)
    after = peak * current / fewer
    if fewer >= current or is_over(after, _ROOM_AFTER * profile.thresholds.cpu_warning):
        return None
    return Need(
        rule="R-CPU-5",
        severity=Severity.OK,
        wants=f"replicas {current} → {fewer}",
        reason=f"at most {percent(peak)} of limit in {seen} readings over {span_words(shortest)}; "
        f"about {percent(after)} on {fewer}",
        evidence=(
            Evidence("highest share of CPU limit", percent(peak)),
            Evidence("readings", str(seen)),
            Evidence("expected share", percent(after)),
        ),
        replicas=fewer,
    )


def host_is_saturated(host: HostUsage) -> bool:
    """Whether the host has no CPU left to give."""
    share = measured(host.cpu_utilization)
    return share is not None and share >= HOST_SATURATED


def _limit_rung(limit: Cores, host: HostUsage, scaling: Scaling) -> Cores | None:
    ceiling = min(scaling.cpu_ceiling, Cores(float(host.cpus))) if host.cpus else scaling.cpu_ceiling
    return Cores(min(limit + scaling.cpu_step, ceiling)) if limit < ceiling else None


def service_share(workload: Workload, found: CpuFinding, snapshot: Snapshot, signals: Signals) -> float:
    """Give what all replicas use over what all may use (POLICY 5.3): one hot among idle ones is no full service.

    Tasks of a Swarm service are one workload, of which ``found`` speaks; those of a Compose service
    are a workload each, and are looked up.
    """
    if workload.service is None or workload.is_swarm:
        return found.shares.mean
    members = [snapshot.by_id[it] for it in workload.service.container_ids if it in snapshot.by_id]
    used = allowed = 0.0
    for it in members:
        limit = it.container.resources.limits.cpu
        if limit is not None and it.container.is_running:
            used += signals.of_container(it, "cpu_utilization", amount="cpu").mean * limit
            allowed += limit
    return used / allowed if allowed else found.shares.mean


def _more_replicas(workload: Workload, share: float, profile: Profile) -> int | None:
    service = workload.service
    if service is None or service.not_scalable or not is_over(share, profile.thresholds.cpu_warning):
        return None
    current = service.replicas
    if not 0 < current < profile.scaling.maximum_replicas:
        return None
    # HPA's arithmetic in whole numbers; the share is cut to a percentage first, as HPA does.
    wish = -(-int(share * 100 + 1e-6) * current // TARGET_PERCENT)
    return min(max(wish, current + 1), 2 * current, profile.scaling.maximum_replicas)


def _no_rung(workload: Workload, share: float, profile: Profile) -> str:
    service, scaling = workload.service, profile.scaling
    at_ceiling = f"at the ceiling of {cores(scaling.cpu_ceiling)} or of the host"
    if service is None:
        return f"{at_ceiling}, and no service to add replicas to"
    if service.not_scalable:
        return f"{at_ceiling}, and replicas cannot be changed: {service.not_scalable}"
    if not is_over(share, profile.thresholds.cpu_warning):
        return f"{at_ceiling}, and all replicas together use {percent(share)}: the load is not spread over them"
    return f"{at_ceiling}, and at the maximum of {scaling.maximum_replicas} replicas"


def _idle_peak(it: ContainerSnapshot, signals: Signals, profile: Profile) -> tuple[float, int, float] | None:
    """Give an idle container's highest share, its readings and their span; ``None`` for one that is not idle."""
    thresholds = profile.thresholds
    memory_share = measured(it.usage.memory_utilization)
    share = measured(it.usage.cpu_utilization)
    if share is None or share >= thresholds.cpu_idle or (memory_share or 0.0) >= thresholds.memory_idle:
        return None
    look_back = max(_DOWN_SPAN, float(thresholds.window))
    shares = signals.of_container(it, "cpu_utilization", amount="cpu", span=look_back)
    throttles = signals.of_container(it, "throttled", span=look_back)
    memories = signals.of_container(it, "memory_utilization", amount="memory", span=look_back)
    long_enough = shares.span >= 0.9 * look_back and shares.is_enough(thresholds)
    quiet = shares.peak < thresholds.cpu_idle and throttles.peak < _STILL and memories.peak < thresholds.memory_idle
    return (shares.peak, len(shares.values), shares.span) if long_enough and quiet else None


def _reason(found: CpuFinding, host: HostUsage, profile: Profile) -> str:
    shares = found.shares
    line = profile.thresholds.cpu_warning
    text = f"{percent(shares.mean)} of limit"
    if found.case is CpuCase.HOT or shares.over(line) == len(shares.values):
        text += f", over {percent(line)} in {shares.over(line)} of {len(shares.values)} readings"
        text += f" in {span_words(shares.span)}"
    if found.throttled:
        text += f", throttled in {percent(found.throttled)} of periods"
    busy = measured(host.cpu)
    if busy is not None and host.cpus:
        text += f"; host {cores(round(host.cpus - busy, 1)).split()[0]} of {host.cpus} cores free"
    return text


def _evidence(found: CpuFinding, profile: Profile) -> tuple[Evidence, ...]:
    over = found.shares.over(profile.thresholds.cpu_warning)
    return (
        Evidence("share of CPU limit", percent(found.shares.mean)),
        Evidence("readings over the line", f"{over} of {len(found.shares.values)}"),
        Evidence("throttled", percent(found.throttled)),
        Evidence("window", span_words(found.shares.span)),
    )
