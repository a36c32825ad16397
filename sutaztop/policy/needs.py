"""What a container or a service wants, before anybody asked whether the host can carry it."""

from dataclasses import dataclass
from datetime import datetime

from sutaztop.domain.finding import Evidence, Severity, Subject
from sutaztop.domain.frame import HistoryView
from sutaztop.domain.intent import Intent, SetLimits
from sutaztop.domain.profile import Profile
from sutaztop.domain.quantity import MIB, Bytes, Cores, span_words
from sutaztop.domain.reading import measured
from sutaztop.domain.resources import Limits
from sutaztop.domain.service import Orchestrator, Service
from sutaztop.domain.snapshot import ContainerSnapshot, Snapshot
from sutaztop.policy.container_findings import subject_of
from sutaztop.policy.cpu import CpuCase, CpuFinding, cpu_case
from sutaztop.policy.severity import is_over
from sutaztop.policy.signals import Signals, limits_seen
from sutaztop.policy.wording import memory, percent, times

OOM_FACTOR_PERCENT = 120
"""VPA: after a kill a fifth more than the limit that killed …"""
OOM_LEAST = Bytes(100 * MIB)
"""… and at least this much more."""
ROUND_TO = Bytes(64 * MIB)
"""Memory limits are proposed in steps of this."""
_FULL = 0.95


@dataclass(frozen=True, slots=True)
class Workload:
    """What one change of limits touches: one container, or all tasks of a Swarm service."""

    containers: tuple[ContainerSnapshot, ...]
    service: Service | None

    @property
    def leader(self) -> ContainerSnapshot:
        """The container that is named in the intent, the same one whatever the order."""
        return min(self.containers, key=lambda it: (it.container.name, it.id))

    @property
    def is_swarm(self) -> bool:
        """Whether a change of limits goes to the service and so to each of its tasks."""
        return self.service is not None and self.service.orchestrator is Orchestrator.SWARM

    @property
    def replicas(self) -> int:
        """How many times a change of limits counts."""
        if self.service is None or not self.is_swarm:
            return 1
        return max(1, self.service.desired or 0, len(self.containers))

    @property
    def subject(self) -> Subject:
        """The object by the name that the screen shows."""
        if self.service is not None and self.is_swarm:
            return Subject("service", self.service.id, self.service.name)
        return subject_of(self.leader)

    @property
    def limits(self) -> Limits:
        """The ceilings that a change starts from: the highest, where tasks of a service differ during its roll-out."""
        each = [it.container.resources.limits for it in self.containers]
        return Limits(
            max((it.cpu for it in each if it.cpu is not None), default=None),
            max((it.memory for it in each if it.memory is not None), default=None),
        )

    @property
    def working_set(self) -> Bytes:
        """The largest working set; 0 where none was measured."""
        return max((measured(it.usage.memory) or Bytes(0) for it in self.containers), default=Bytes(0))


@dataclass(frozen=True, slots=True)
class Need:
    """A wish with its reason. ``intent`` is ``None`` where no change would help, and ``blocked`` says why."""

    rule: str
    severity: Severity
    wants: str
    reason: str
    evidence: tuple[Evidence, ...] = ()
    cpu: Cores | None = None
    memory: Bytes | None = None
    replicas: int | None = None
    blocked: str = ""
    since: datetime | None = None


def workloads(snapshot: Snapshot) -> list[Workload]:
    """Gather the containers into what one change of limits touches, in an order of their own."""
    owners = {container_id: service for service in snapshot.services for container_id in service.container_ids}
    swarm: dict[str, list[ContainerSnapshot]] = {}
    found: list[Workload] = []
    for it in sorted(snapshot.containers, key=lambda it: (it.container.name, it.id)):
        service = owners.get(it.id)
        if service is not None and service.orchestrator is Orchestrator.SWARM:
            swarm.setdefault(service.id, []).append(it)
        else:
            found.append(Workload((it,), service))
    found += [Workload(tuple(members), owners[members[0].id]) for members in swarm.values()]
    return found


def limits_intent(workload: Workload, *needs: Need | None) -> Intent | None:
    """Join what is wanted of CPU and memory into one update: one restart where there is one."""
    cpu = next((need.cpu for need in needs if need and need.cpu is not None and not need.blocked), None)
    size = next((need.memory for need in needs if need and need.memory is not None and not need.blocked), None)
    return None if cpu is None and size is None else SetLimits(workload.leader.id, cpu, size)


def hottest(workload: Workload, signals: Signals, profile: Profile) -> CpuFinding | None:
    """Give the CPU case that speaks for a workload; a Swarm service is short only if most of its tasks are."""
    cases = [found for it in workload.containers if (found := cpu_case(it, signals, profile.thresholds))]
    short = [it for it in cases if it.case in (CpuCase.THROTTLED, CpuCase.HOT)]
    running = sum(1 for it in workload.containers if it.container.is_running)
    if not short or 2 * len(short) <= running - 1:
        return None
    return max(short, key=lambda it: (it.case is CpuCase.THROTTLED, it.throttled, it.shares.mean))


def oom_need(container: ContainerSnapshot, kills: int, history: HistoryView) -> Need | None:
    """Give what an OOM kill calls for (R-MEM-1), or ``None`` where the limit is already that high.

    The engine does not say at which limit it killed. It is taken to be the highest limit under
    which the container was seen to be full, else the lowest that history knows: so the answer
    stays the same however often it is asked, and a limit that was raised since is enough.
    """
    limit = container.container.resources.limits.memory
    if not kills or limit is None:
        return None
    seen = limits_seen(history, container.id)
    full = [amount for amount, share in seen if share >= _FULL]
    # History keeps rounded figures: the limit of today is known exactly.
    killed_at = max(full) if full else min([amount for amount, _ in seen] + [float(limit)])
    base = limit if abs(killed_at - limit) <= 0.02 * limit else int(killed_at)
    need = oom_limit(Bytes(base))
    if limit >= need:
        return None
    return Need(
        rule="R-MEM-1",
        severity=Severity.CRITICAL,
        wants=f"memory {memory(limit)} → {memory(need)}",
        reason=f"OOM-killed {times(kills)} at a limit of {memory(base)}; it needs a fifth more, at least 100 MiB",
        evidence=(Evidence("OOM kills", str(kills)), Evidence("limit at the kill", memory(base))),
        memory=need,
    )


def oom_limit(killed_at: Bytes) -> Bytes:
    """Give the limit that a kill at ``killed_at`` calls for, rounded up to 64 MiB (VPA's figures).

    >>> oom_limit(Bytes(2048 * MIB)) // MIB, oom_limit(Bytes(256 * MIB)) // MIB
    (2496, 384)
    """
    return round_up(max(-(-killed_at * OOM_FACTOR_PERCENT // 100), killed_at + OOM_LEAST))


def round_up(amount: int) -> Bytes:
    """Round up to the step of memory limits.

    >>> round_up(65 * MIB) // MIB
    128
    """
    return Bytes(-(-amount // ROUND_TO) * ROUND_TO)


def near_limit_need(container: ContainerSnapshot, signals: Signals, profile: Profile, at: datetime) -> Need | None:
    """Give what a working set near its limit calls for (R-MEM-2). Page cache never counts."""
    limit = container.container.resources.limits.memory
    share = measured(container.usage.memory_utilization)
    thresholds = profile.thresholds
    if limit is None or share is None or not is_over(share, thresholds.memory_warning):
        return None
    window = signals.of_container(container, "memory_utilization", amount="memory")
    line = thresholds.memory_warning
    if window.settling is not None or not window.is_sustained(line, thresholds):
        return None
    over, total = window.over(line), len(window.values)
    wanted = profile.scaling.memory_above(limit)
    return Need(
        rule="R-MEM-2",
        severity=Severity.CRITICAL if window.is_sustained(thresholds.memory_critical, thresholds) else Severity.WARNING,
        wants=f"memory {memory(limit)} → {memory(wanted)}",
        reason=f"working set {percent(share)} of limit in {over} of {total} readings over {span_words(window.span)}",
        evidence=(Evidence("share of memory limit", percent(share)), Evidence("readings", f"{over} of {total}")),
        memory=wanted,
        since=window.since(line, at),
    )
