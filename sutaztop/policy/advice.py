"""Recommendations: needs joined for each object, granted in order of importance, and put in words."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sutaztop.domain.finding import Recommendation, Severity, Subject
from sutaztop.domain.frame import HistoryView
from sutaztop.domain.intent import Intent, SetReplicas
from sutaztop.domain.profile import Profile
from sutaztop.domain.service import Service
from sutaztop.domain.snapshot import ContainerSnapshot, HostUsage, Snapshot
from sutaztop.policy.capacity import Pool
from sutaztop.policy.container_findings import oom_kills
from sutaztop.policy.ladder import cpu_need, idle_need, unlimited_need
from sutaztop.policy.llms import unload_advice
from sutaztop.policy.needs import Need, Workload, hottest, limits_intent, near_limit_need, oom_need, workloads
from sutaztop.policy.severity import UNRANKED
from sutaztop.policy.signals import Signals
from sutaztop.policy.wording import memory


@dataclass(frozen=True, slots=True)
class _Case:
    """One object with what it wants; CPU may want limits or replicas."""

    workload: Workload
    cpu: Need | None
    memory: Need | None

    @property
    def severity(self) -> Severity:
        return max(need.severity for need in (self.cpu, self.memory) if need)

    @property
    def rank(self) -> int:
        return self.workload.leader.tier.rank

    @property
    def order(self) -> tuple[int, int, int, str, str]:
        """Who is granted first: severity, tier, the larger part of its limit in use, name."""
        limit = self.workload.limits.memory or 1
        deficit = self.workload.working_set * 10_000 // limit
        return (-self.severity, self.rank, -deficit, self.workload.subject.name, self.workload.leader.id)


def recommend(
    snapshot: Snapshot, history: HistoryView, profile: Profile, signals: Signals
) -> tuple[Recommendation, ...]:
    """Give all recommendations, the most important first."""
    host, pool = snapshot.host, Pool(snapshot.host)
    cases = [case for it in workloads(snapshot) if (case := _case(it, snapshot, history, profile, signals))]
    found: dict[str, Recommendation] = {}
    for case in sorted(cases, key=lambda it: it.order):
        service = case.workload.service
        if case.cpu is not None and case.cpu.replicas is not None and service and f"replicas:{service.id}" in found:
            # Two containers of one Compose service want the same replicas: once is granted, and paid for.
            case = replace(case, cpu=None)  # noqa: PLW2901 - what is left of it
        for made in _grant(case, pool, host):
            found.setdefault(made.id, made)
    for made in _idle(snapshot, profile, signals):
        found.setdefault(made.id, made)
    unload = unload_advice(snapshot)
    if unload is not None:
        found[unload.id] = unload
    return tuple(sorted(found.values(), key=lambda it: (-it.severity, it.tier_rank, it.subject.name, it.id)))


def _case(
    workload: Workload, snapshot: Snapshot, history: HistoryView, profile: Profile, signals: Signals
) -> _Case | None:
    hot = hottest(workload, signals, profile)
    cpu = cpu_need(workload, hot, snapshot, signals, profile) if hot else None
    if cpu is None:
        cpu = next(
            (it for c in workload.containers if (it := unlimited_need(c, snapshot.host, signals, profile))), None
        )
    size = _memory_need(workload, history, profile, signals, snapshot.at)
    return _Case(workload, cpu, size) if cpu or size else None


def _memory_need(
    workload: Workload, history: HistoryView, profile: Profile, signals: Signals, at: datetime
) -> Need | None:
    """Give the worst replica's need: one OOM kill among many is enough."""
    needs = [need for it in workload.containers if (need := oom_need(it, oom_kills(it), history))]
    needs = needs or [need for it in workload.containers if (need := near_limit_need(it, signals, profile, at))]
    return max(needs, key=lambda need: (need.severity, need.memory or 0, need.reason), default=None)


def _grant(case: _Case, pool: Pool, host: HostUsage) -> list[Recommendation]:
    """Put a case into words, with what the pool lets it have."""
    workload = case.workload
    size = _granted_memory(case.memory, workload, pool, host) if case.memory else None
    cpu = case.cpu
    made: list[Recommendation] = []
    service = workload.service
    if cpu is not None and cpu.replicas is not None and service is not None:
        made.append(_replicas(cpu, service, workload, pool))
        cpu = None
    limits = [need for need in (cpu, size) if need is not None]
    if not limits:
        return made
    # What can be done and what cannot must not hide behind one another.
    groups = [limits] if len({bool(need.blocked) for need in limits}) == 1 else [[need] for need in limits]
    for needs in groups:
        which = "limits" if any(not need.blocked for need in needs) else "blocked"
        made.append(
            _recommendation(
                f"{which}:{workload.subject.id}", workload.subject, needs, case.rank, limits_intent(workload, *needs)
            )
        )
    return made


def _granted_memory(need: Need, workload: Workload, pool: Pool, host: HostUsage) -> Need:
    present = workload.limits.memory
    if need.memory is None or present is None:
        return need
    granted = pool.grant_limit(present, need.memory, workload.working_set, workload.replicas)
    if granted is None:
        if host.memory_total and present >= host.memory_total:
            held = f"the limit is already all of the host's {memory(host.memory_total)}"
        else:
            held = f"no host memory for a higher limit: {memory(pool.left or 0)} can be promised"
        return replace(need, severity=Severity.CRITICAL, blocked=held)
    if granted < need.memory:
        held = f"{memory(need.memory)} is wanted; limited by host memory"
        wants = f"memory {memory(present)} → {memory(granted)}"
        return replace(need, memory=granted, wants=wants, reason=f"{need.reason}; {held}")
    return need


def _replicas(need: Need, service: Service, workload: Workload, pool: Pool) -> Recommendation:
    current = service.replicas
    wished = (need.replicas or current) - current
    # What is held back already takes nothing from others.
    granted = wished if need.blocked else pool.grant_replicas(workload.working_set, wished)
    if granted < wished:
        if granted:
            need = replace(
                need,
                replicas=current + granted,
                wants=f"replicas {current} → {current + granted}",
                reason=f"{need.reason}; {current + wished} are wanted, limited by host memory",
            )
        else:
            need = replace(need, blocked=f"no host memory for another replica of {memory(workload.working_set)}")
    intent = None if need.blocked or need.replicas is None else SetReplicas(service.id, need.replicas)
    subject = Subject("service", service.id, service.name)
    return _recommendation(f"replicas:{service.id}", subject, [need], workload.leader.tier.rank, intent)


def _idle(snapshot: Snapshot, profile: Profile, signals: Signals) -> list[Recommendation]:
    made: list[Recommendation] = []
    for service in sorted(snapshot.services, key=lambda it: it.id):
        members = tuple(snapshot.by_id[it] for it in service.container_ids if it in snapshot.by_id)
        need = idle_need(service, members, signals, profile)
        if need is not None and need.replicas is not None:
            subject = Subject("service", service.id, service.name)
            intent = SetReplicas(service.id, need.replicas)
            made.append(_recommendation(f"replicas:{service.id}", subject, [need], _rank(members), intent))
    return made


def _rank(members: Sequence[ContainerSnapshot]) -> int:
    return min((it.tier.rank for it in members), default=UNRANKED)


def _recommendation(
    key: str, subject: Subject, needs: Sequence[Need], rank: int, intent: Intent | None
) -> Recommendation:
    times = [need.since for need in needs if need.since is not None]
    return Recommendation(
        id=key,
        subject=subject,
        severity=max(need.severity for need in needs),
        rule="+".join(need.rule for need in needs),
        proposal=", ".join(need.wants for need in needs),
        reason="; ".join(need.reason for need in needs),
        evidence=tuple(evidence for need in needs for evidence in need.evidence),
        intent=intent,
        blocked="; ".join(need.blocked for need in needs if need.blocked),
        tier_rank=rank,
        since=min(times, default=None),
    )
