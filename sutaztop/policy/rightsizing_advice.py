"""Right-sizing as recommendations: what a stack's limits would be if they followed the days that were seen (R-SIZE)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import is_

from sutaztop.domain.container import ContainerState
from sutaztop.domain.decision import Axis
from sutaztop.domain.estimate import DAY, Proposal, Sizing, Verdict
from sutaztop.domain.finding import Evidence, Recommendation, Severity
from sutaztop.domain.frame import HOST, HistoryView
from sutaztop.domain.intent import SetLimits
from sutaztop.domain.numbers import WHOLE
from sutaztop.domain.past import Sized
from sutaztop.domain.profile import Profile
from sutaztop.domain.quantity import Bytes, Cores
from sutaztop.domain.reading import measured
from sutaztop.domain.snapshot import ContainerSnapshot, HostUsage, Snapshot
from sutaztop.policy.advice import Judged
from sutaztop.policy.deciding.told import written
from sutaztop.policy.rightsizing import Host, Present, size
from sutaztop.policy.wording import cores, memory
from sutaztop.policy.workloads import Workload

RULE = "R-SIZE"
BATCH_TIER = "medium"
"""The guide's tier of agents: they may wait for CPU, and are sized by a lower percentile."""
_ADVISED = (Verdict.RAISE, Verdict.LOWER)
_THERE = frozenset({ContainerState.RUNNING, ContainerState.RESTARTING})


@dataclass(frozen=True, slots=True)
class Others:
    """What else is advised: ids of containers and services, and the host memory that it was granted."""

    ids: frozenset[str] = frozenset()
    promised: int = 0

    @classmethod
    def of(cls, judged: Iterable[Judged], advice: Iterable[Recommendation]) -> "Others":
        """Take it from decisions and recommendations."""
        promised = sum(
            max(0, one.after - it.workload.working_set) * len(it.workload.containers)
            for it in judged
            for one in it.decision.actions
            if one.axis is Axis.MEMORY and one.after > (one.before or 0)
        )
        return cls(frozenset(it.subject.id for it in advice), promised)


def rightsizing(  # noqa: PLR0913, PLR0917 - what a judgement is made of, each named
    snapshot: Snapshot,
    history: HistoryView,
    profile: Profile,
    found: Sequence[Workload],
    others: Others,
    before: Sized = Sized(),  # noqa: B008 - frozen
) -> Sized:
    """Give the recommendations of this minute: days of use change little in five seconds.

    They are made anew with a new minute, a container that inspect tells something new of (a limit that was changed),
    one that stopped or began to report, and other advice.
    """
    containers = tuple(it.container for it in snapshot.containers)
    minute = int(snapshot.at.timestamp()) // 60
    silent = frozenset(it.id for it in snapshot.containers if not _reports(it))
    same = len(containers) == len(before.containers) and all(map(is_, containers, before.containers))
    if same and (minute, silent, others.ids) == (before.minute, before.silent, before.others):
        return before
    advice = rightsizing_advice(snapshot, history, profile, others, found)
    return Sized(minute, containers, silent, others.ids, advice)


def rightsizing_advice(
    snapshot: Snapshot, history: HistoryView, profile: Profile, others: Others, found: Sequence[Workload]
) -> tuple[Recommendation, ...]:
    """Give the recommendations of rule R-SIZE, by tier and name; severity OK, for nothing is wrong.

    What has other advice is left to it: an action and a size would be two opinions on one limit. Host memory that
    other advice was granted is left alone.
    """
    host = _host(snapshot.host, history, profile)
    left = _promisable(snapshot.host, profile, others.promised)
    now = int(snapshot.at.timestamp())
    free = [it for it in found if not _is_taken(it, others.ids)]
    sized = [both for it in free if (both := _sized(it, history, host, now)) is not None]
    made: list[Recommendation] = []
    for workload, sizing in sorted(sized, key=lambda it: (_rank(it[0]), it[0].subject.name, it[0].key)):
        replicas = _replicas(workload)
        grown = max(0, (sizing.memory_limit.proposed or 0) - workload.working_set) * replicas
        cost = grown if sizing.memory_limit.verdict is Verdict.RAISE else 0
        fits = left is None or cost <= left
        made.append(
            _recommendation(workload, sizing, "" if fits else f"no host memory for it: {memory(left or 0)} are left")
        )
        left = left - cost if left is not None and fits else left
    return tuple(made)


def _is_taken(it: Workload, taken: frozenset[str]) -> bool:
    if it.service is not None and it.service.id in taken:
        return True
    return bool(taken) and any(one.id in taken for one in it.containers)


def _sized(workload: Workload, history: HistoryView, host: Host, now: int) -> tuple[Workload, Sizing] | None:
    """Give a workload with its size, or ``None`` where there is nothing to advise."""
    states = {it.container.state for it in workload.containers}
    if not states & _THERE:
        return None
    service_id = workload.service.id if workload.service is not None and workload.is_swarm else ""
    kept = history.aggregate(service_id or workload.leader.id)
    # Before a day has passed there is nothing to say, but of one that is killed.
    if kept is None or (kept.seen_s < DAY and not kept.oom_need):
        return None
    sizing = size(kept, _present(workload, now), host)
    amounts = (sizing.cpu_limit, sizing.memory_limit, sizing.cpu_reservation, sizing.memory_reservation)
    return (workload, sizing) if any(it.verdict in _ADVISED for it in amounts) else None


def _present(workload: Workload, now: int) -> Present:
    members = [it for it in workload.containers if it.container.state in _THERE]
    set_aside = [it.container.resources.reservations for it in members]
    held = [int(used) for it in members if (used := measured(it.usage.memory)) is not None]
    anonymous = [int(used) for it in members if (used := measured(it.usage.memory_anon)) is not None]
    limits = workload.limits
    return Present(
        now=now,
        cpu_limit=_milli(limits.cpu),
        memory_limit=None if limits.memory is None else int(limits.memory),
        cpu_reservation=_milli(max((it.cpu for it in set_aside if it.cpu), default=None)),
        memory_reservation=max((int(it.memory) for it in set_aside if it.memory), default=None),
        working_set=max(held, default=None),
        anonymous=max(anonymous, default=None),
        partial=_partial(workload),
        is_batch=workload.leader.tier.name == BATCH_TIER,
    )


def _partial(workload: Workload) -> str:
    reporting = sum(1 for it in workload.containers if _reports(it))
    replicas = _replicas(workload)
    if reporting >= replicas:
        return ""
    return f"{reporting} of {replicas} replicas report" if replicas > 1 else "it does not report"


def _reports(it: ContainerSnapshot) -> bool:
    usage = it.usage
    return (
        it.container.state is ContainerState.RUNNING
        and measured(usage.cpu) is not None
        and measured(usage.memory) is not None
    )


def _replicas(workload: Workload) -> int:
    """How many times a change of limits counts."""
    there = sum(1 for it in workload.containers if it.container.state in _THERE)
    wished = workload.service.desired if workload.service is not None and workload.is_swarm else None
    return max(1, there, wished or 0)


def _rank(workload: Workload) -> int:
    return min(it.tier.rank for it in workload.containers)


def _host(usage: HostUsage, history: HistoryView, profile: Profile) -> Host:
    kept = history.aggregate(HOST)
    return Host(
        cpus=usage.cpus * 1000,
        memory_total=int(usage.memory_total),
        cpu_p95=kept.cpu.p95 if kept is not None and kept.seen_s >= DAY else None,
        cpu_ceiling=round(profile.scaling.cpu_ceiling * 1000),
    )


def _promisable(usage: HostUsage, profile: Profile, promised: int) -> int | None:
    available = measured(usage.memory_available)
    if available is None:
        return None
    reserve = round(profile.guardrails.host_memory_reserve * WHOLE)
    return max(0, int(available) - int(usage.memory_total) * reserve // WHOLE - promised)


def _recommendation(workload: Workload, sizing: Sizing, blocked: str) -> Recommendation:
    cpu, size_ = sizing.cpu_limit, sizing.memory_limit
    limits = [it for it in (cpu, size_) if it.verdict in _ADVISED]
    set_aside = [it for it in (sizing.cpu_reservation, sizing.memory_reservation) if it.verdict in _ADVISED]
    wants = [
        _wants("cpu limit", cpu, is_memory=False),
        _wants("memory", size_, is_memory=True),
        _wants("cpu reservation", sizing.cpu_reservation, is_memory=False),
        _wants("memory reservation", sizing.memory_reservation, is_memory=True),
    ]
    intent = None
    if limits and not blocked:
        intent = SetLimits(
            workload.leader.id,
            Cores(cpu.proposed / 1000) if cpu in limits and cpu.proposed else None,
            Bytes(size_.proposed) if size_ in limits and size_.proposed else None,
        )
    elif not limits:
        blocked = "what is set aside is changed where the stack is described"
    return Recommendation(
        id=f"size:{workload.subject.id}",
        subject=workload.subject,
        severity=Severity.OK,
        rule=RULE,
        proposal=", ".join(it for it in wants if it),
        reason=_reason(sizing, limits or set_aside),
        evidence=tuple(Evidence(it.name, written(it)) for it in sizing.evidence),
        intent=intent,
        blocked=blocked,
        tier_rank=_rank(workload),
    )


def _wants(name: str, it: Proposal, *, is_memory: bool) -> str:
    if it.verdict not in _ADVISED or it.proposed is None or it.present is None:
        return ""
    if is_memory:
        return f"{name} {memory(it.present)} → {memory(it.proposed)}"
    return f"{name} {cores(it.present / 1000).split()[0]} → {cores(it.proposed / 1000)}"


def _reason(sizing: Sizing, advised: list[Proposal]) -> str:
    told = [it.reason for it in advised]
    # One that is lowered, and the other not: why not is half of the answer.
    for name, it in (("CPU", sizing.cpu_limit), ("memory", sizing.memory_limit)):
        if it.verdict is Verdict.KEEP and it.present is not None and it.fitting is not None and it.fitting < it.present:
            told.append(f"{name} {it.reason}" if it.reason.startswith("not ") else f"{name}: {it.reason}")
    if sizing.prefers_reservation:
        told.append("the CPU limit throttles while the host idles: CPU set aside would serve it better than a limit")
    told.append(f"{sizing.confidence} confidence after {sizing.basis}")
    return "; ".join(told)


def _milli(amount: Cores | None) -> int | None:
    return None if amount is None else round(amount * 1000)
