"""What is wrong with a container, in one word: the worst cause, with the others as evidence."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sutaztop.domain.case import OomKill
from sutaztop.domain.container import ContainerState, Health
from sutaztop.domain.finding import Evidence, Finding, Severity, Subject
from sutaztop.domain.profile import Thresholds
from sutaztop.domain.quantity import Bytes
from sutaztop.domain.reading import Reason, Unmeasured, measured
from sutaztop.domain.snapshot import ContainerSnapshot
from sutaztop.policy.causes import Cause
from sutaztop.policy.cpu import CpuCase, cpu_case
from sutaztop.policy.restarts import ended, restarted, restarting
from sutaztop.policy.severity import Ranked, grade_by_tier, is_over
from sutaztop.policy.signals import Signals
from sutaztop.policy.stalls import disk_waits, memory_stalls, starved, waits
from sutaztop.policy.wording import memory, percent, times


def subject_of(container: ContainerSnapshot) -> Subject:
    """Give a container as a subject, by the name that the screen shows."""
    return Subject("container", container.id, container.display_name or container.container.name)


def container_finding(
    container: ContainerSnapshot, signals: Signals, thresholds: Thresholds, at: datetime, kills: Sequence[OomKill] = ()
) -> Ranked | None:
    """Give the one finding about a container, or ``None`` where all is plainly well.

    ``kills`` are those that are remembered of its workload, the newest last.
    """
    causes = sorted(_causes(container, signals, thresholds, at, kills), key=lambda cause: -cause.severity)
    if not causes:
        return None
    worst, *others = causes
    also = tuple(Evidence("also", f"{cause.word}: {cause.text}") for cause in others if cause.severity > Severity.OK)
    finding = Finding(subject_of(container), worst.severity, worst.word, worst.text, worst.evidence + also, worst.since)
    return container.tier.rank, finding


def oom_kills(container: ContainerSnapshot) -> int:
    """Count the OOM kills that are known of: the kernel's count, or one where the engine tells of one."""
    return max(measured(container.usage.oom_kills) or 0, 1 if container.oom_killed else 0)


def _causes(
    container: ContainerSnapshot, signals: Signals, thresholds: Thresholds, at: datetime, kills: Sequence[OomKill]
) -> Iterator[Cause]:
    """Give the causes; of equal severity, the one that explains the others comes first.

    What most containers do not have is looked at before anybody is asked: a thousand quiet ones are judged
    every few seconds.
    """
    it, usage = container.container, container.usage
    if container.oom_killed or usage.oom_kills:
        yield from _oom(container, thresholds, kills)
    if it.state is not ContainerState.RUNNING or container.ends or it.restart_count >= thresholds.restarts_warning:
        yield from _state(container, thresholds, at)
    if it.health is Health.UNHEALTHY:
        yield from _health(container)
    if it.is_running:
        stalls = waits(usage, thresholds)
        if stalls:
            yield from memory_stalls(container, thresholds)
        yield from _memory(container, signals, thresholds, at)
        yield from _cpu(container, signals, thresholds, at)
        if stalls:
            yield from starved(container, signals, thresholds)
            yield from disk_waits(container, thresholds)
        yield from _unread(container)
        yield from _no_limit(container)


def _oom(container: ContainerSnapshot, thresholds: Thresholds, remembered: Sequence[OomKill]) -> Iterator[Cause]:
    kills = oom_kills(container)
    if not kills:
        return
    it = container.container
    share = measured(container.usage.memory_utilization)
    near = share is not None and is_over(share, thresholds.memory_critical)
    unwell = it.health is Health.UNHEALTHY or not it.is_running
    limit = it.resources.limits.memory
    # The limit may have been raised since: it was not this one that killed.
    then = remembered[-1].limit if remembered else limit
    of_limit = f" at a limit of {memory(Bytes(then))}" if then else " without a limit of its own: the host ran out"
    if limit and then != limit:
        of_limit += f", which is {memory(limit)} now" if then else f"; its limit is {memory(limit)} now"
    counted = measured(container.usage.oom_kills)
    text = f"OOM-killed {times(kills)}{of_limit}" + (f"; now at {percent(share)} of it" if near and share else "")
    if it.is_running and it.restart_count == 0 and it.health is not Health.UNHEALTHY:
        green = "healthy" if it.health is Health.HEALTHY else "running"
        text += f"; hidden behind green: {green}, restart count 0"
        # The kernel counts in the group of this run: the first process, by which the engine judges, went on.
        text += ", for a process inside was killed and not the first one" if counted else ""
    yield Cause(
        Severity.CRITICAL if kills > 1 or near or unwell else Severity.WARNING,
        f"OOM×{kills}" if kills > 1 else "OOM",
        text,
        (Evidence("OOM kills", str(kills)), Evidence("told by", "the kernel's count" if counted else "the engine")),
    )


def _state(container: ContainerSnapshot, thresholds: Thresholds, at: datetime) -> Iterator[Cause]:
    state = container.container.state
    if state in (ContainerState.EXITED, ContainerState.DEAD):
        yield from ended(container, at)
    elif state is ContainerState.RESTARTING:
        yield from restarting(container, thresholds)
    elif state is ContainerState.PAUSED:
        yield Cause(Severity.WARNING, "PAUSED", "paused: it answers nobody until it is unpaused")
    else:
        yield from restarted(container, thresholds, at)


def _health(container: ContainerSnapshot) -> Iterator[Cause]:
    it = container.container
    if it.health is not Health.UNHEALTHY or not it.is_running:
        return
    last = it.probes[-1] if it.probes else None
    said = " ".join(last.output.split()) if last else ""
    text = "its health probe fails" + (f": {said}" if said else "")
    since = None
    for probe in reversed(it.probes):
        if probe.exit_code == 0:
            break
        since = probe.at
    evidence = (Evidence("probe exit code", str(last.exit_code)),) if last else ()
    yield Cause(grade_by_tier(container), "UNHEALTHY", text, evidence, since)


def _memory(container: ContainerSnapshot, signals: Signals, thresholds: Thresholds, at: datetime) -> Iterator[Cause]:
    share = measured(container.usage.memory_utilization)
    if share is None or not is_over(share, thresholds.memory_warning):
        return
    window = signals.of_container(container, "memory_utilization", amount="memory")
    if not window.is_sustained(thresholds.memory_warning, thresholds):
        yield Cause(Severity.OK, "WATCH", f"memory at {percent(share)} of its limit, not sustained so far")
        return
    critical = window.is_sustained(thresholds.memory_critical, thresholds)
    over = window.over(thresholds.memory_warning)
    yield Cause(
        Severity.CRITICAL if critical else Severity.WARNING,
        "MEM-LIMIT",
        f"working set at {percent(share)} of its limit, over {percent(thresholds.memory_warning)} "
        f"in {over} of {len(window.values)} readings",
        (Evidence("share of memory limit", percent(share)), Evidence("readings", f"{over} of {len(window.values)}")),
        window.since(thresholds.memory_warning, at),
    )


def _cpu(container: ContainerSnapshot, signals: Signals, thresholds: Thresholds, at: datetime) -> Iterator[Cause]:
    found = cpu_case(container, signals, thresholds)
    if found is None:
        return
    shares = found.shares
    evidence = (Evidence("share of CPU limit", percent(shares.mean)), Evidence("throttled", percent(found.throttled)))
    if found.case is CpuCase.SPIKE:
        yield Cause(Severity.OK, "WATCH", f"CPU at {percent(shares.values[-1])} of its limit, not sustained so far")
    elif found.case is CpuCase.BURSTS:
        text = f"throttled in {percent(found.throttled)} of periods at {percent(shares.mean)} of its limit: bursts"
        yield Cause(Severity.OK, "WATCH", text, evidence)
    elif found.case is CpuCase.THROTTLED:
        yield Cause(
            Severity.CRITICAL if found.is_fast else Severity.WARNING,
            "QUOTA",
            f"throttled in {percent(found.throttled)} of periods at {percent(shares.mean)} of its limit",
            evidence,
            shares.since(thresholds.cpu_warning, at),
        )
    elif found.case is CpuCase.HOT:
        over = shares.over(thresholds.cpu_warning)
        text = (
            f"CPU at {percent(shares.mean)} of its limit, over {percent(thresholds.cpu_warning)} "
            f"in {over} of {len(shares.values)} readings"
        )
        yield Cause(Severity.WARNING, "CPU-LIMIT", text, evidence, shares.since(thresholds.cpu_warning, at))


def _unread(container: ContainerSnapshot) -> Iterator[Cause]:
    for reading in (container.usage.cpu, container.usage.memory):
        if isinstance(reading, Unmeasured) and reading.reason is Reason.COLLECTOR_FAILED:
            yield Cause(Severity.UNKNOWN, "NO DATA", f"its usage could not be read: {reading.detail or reading.reason}")
            return


def _no_limit(container: ContainerSnapshot) -> Iterator[Cause]:
    limits = container.container.resources.limits
    missing = [name for name, limit in (("CPU", limits.cpu), ("memory", limits.memory)) if limit is None]
    if missing:
        word = "NO LIMIT" if len(missing) == 2 else "NO CPULIM" if limits.cpu is None else "NO MEMLIM"
        yield Cause(Severity.OK, word, f"no {' and no '.join(missing)} limit is set")
