"""Two samples in, one snapshot out: the only place where raw counters become figures."""

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from sutaztop.domain.container import Container
from sutaztop.domain.profile import Profile
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.reading import FIRST_READ, PENDING, Reading, Reason, Unmeasured
from sutaztop.domain.sample import CollectorReport, Sample
from sutaztop.domain.snapshot import ContainerSnapshot, HostUsage, Snapshot, Usage
from sutaztop.measure.disks import disks_of
from sutaztop.measure.host import host_usage
from sutaztop.measure.life import deaths, ends_of, kills_of, resting_since
from sutaztop.measure.models import watch_models
from sutaztop.measure.outside import with_outside
from sutaztop.measure.tiers import strip_prefix, tier_table
from sutaztop.measure.usage import STOPPED, nothing_used, usage_of

COUNTERS = "counters"
"""The report of the collector that reads containers' counters."""
HOST = "host"
"""The report of the collector that reads the host."""


def measure(before: Sample | None, after: Sample, profile: Profile, earlier: Snapshot | None = None) -> Snapshot:
    """Measure the stack from two samples.

    ``earlier`` is the snapshot measured last, where there is one. From it come the figures of
    a container whose counters were not read anew in between (a slow collector keeps its last
    values): they stay as they were, with their old ``read_at``, instead of turning into a
    false zero. And an OOM kill once seen stays, for as long as the container exists: an engine
    that restarts the container forgets its own flag.
    """
    containers = _containers(before, after, profile, earlier)
    by_id = MappingProxyType({it.container.id: it for it in containers})
    host = _host(before, after, earlier, containers)
    return Snapshot(
        at=after.at,
        clock_ns=after.clock_ns,
        interval=_interval(before, after),
        engine=after.engine,
        host=host,
        containers=containers,
        services=after.services,
        disks=disks_of(after.disks) if after.disks is not None else None,
        models=after.models,
        events=after.events,
        projects=after.projects,
        outside=after.outside,
        reports=after.reports,
        by_id=by_id,
        watch=watch_models(earlier, after, host, by_id),
    )


def display_names(containers: Sequence[Container], prefixes: Sequence[str]) -> Mapping[str, str]:
    """Give each container's name for the screen by id: without a configured prefix, unless two would be equal.

    A Swarm task's name loses the task's 25-letter id, of which a task that has ended keeps four
    letters: its successor has the same service and slot.

    >>> from sutaztop.domain.container import ContainerState
    >>> up = ContainerState.RUNNING
    >>> some = [Container(n, n, "", up) for n in ("sutazai-redis", "redis", "sutazai-kong")]
    >>> list(display_names(some, ("sutazai-",)).values())
    ['sutazai-redis', 'redis', 'kong']
    """
    short = [strip_prefix(_without_task_id(it), prefixes) for it in containers]
    uses = Counter(short)
    return {it.id: name if uses[name] == 1 else it.name for it, name in zip(containers, short, strict=True)}


def _without_task_id(container: Container) -> str:
    """Give ``service.slot`` for a task's ``service.slot.taskid``, and any other name as it is."""
    task = container.swarm_task_id
    if not task or not container.name.endswith(f".{task}"):
        return container.name
    kept = container.name.removesuffix(f".{task}")
    return kept if container.is_running else f"{kept}.{task[:4]}"


def _containers(
    before: Sample | None, after: Sample, profile: Profile, earlier: Snapshot | None
) -> tuple[ContainerSnapshot, ...]:
    table = tier_table(profile.tiering, profile.name_prefixes)
    names = display_names(after.containers, profile.name_prefixes)
    report = after.report(COUNTERS)
    killed = {event.subject_id for event in after.events if event.kind == "container" and event.action == "oom"}
    died = deaths(after.events)
    known = earlier.by_id if earlier is not None else {}
    found = []
    for it in after.containers:
        last = known.get(it.id)
        usage = _usage(it, before, after, report, last)
        found.append(
            ContainerSnapshot(
                container=it,
                usage=usage,
                tier=table.tier_of(it),
                oom_killed=_is_oom_killed(it, after, last) or it.id in killed,
                display_name=names[it.id],
                wish=after.wishes.get(it.id),
                ends=ends_of(it, last, died.get(it.id, ()), after.at),
                resting_since=resting_since(usage, last, after.at),
                kills=kills_of(it, usage, last, told=it.id in killed, at=after.at),
            )
        )
    return tuple(found)


def _usage(
    container: Container,
    before: Sample | None,
    after: Sample,
    report: CollectorReport | None,
    earlier: ContainerSnapshot | None,
) -> Usage:
    if not container.is_running:
        return STOPPED
    now = after.counters.get(container.id)
    if now is None:
        return nothing_used(_why_uncounted(container, report))
    then = before.counters.get(container.id) if before is not None else None
    if then is not None and then.clock_ns == now.clock_ns and then.run == now.run:
        if earlier is None or earlier.usage.read_at != now.read_at:
            return usage_of(None, now, container.resources.limits)
        # Limits may have changed since; the shares of them follow at the next read.
        return earlier.usage
    return usage_of(then, now, container.resources.limits)


def _why_uncounted(container: Container, report: CollectorReport | None) -> Unmeasured:
    if report is None or report.read_at is None:
        if report is not None and report.trouble is not None:
            return Unmeasured(Reason.COLLECTOR_FAILED, str(report.trouble))
        return PENDING
    if report.trouble is not None:
        return Unmeasured(Reason.COLLECTOR_FAILED, str(report.trouble))
    if container.started_at is not None and container.started_at < report.read_at:
        return Unmeasured(Reason.COLLECTOR_FAILED, f"its counters could not be read ({report.source})")
    return PENDING


def _is_oom_killed(container: Container, after: Sample, earlier: ContainerSnapshot | None) -> bool:
    """Tell an OOM kill from inspect's flag, from the kernel's count in this run, or from what was seen before."""
    counters = after.counters.get(container.id)
    return (
        container.oom_killed
        or (counters is not None and bool(counters.oom_kills))
        or (earlier is not None and earlier.oom_killed)
    )


def _host(
    before: Sample | None, after: Sample, earlier: Snapshot | None, containers: Sequence[ContainerSnapshot]
) -> HostUsage:
    then = before.host if before is not None else None
    if then is not None and after.host is not None and then.clock_ns == after.host.clock_ns:
        if earlier is not None and earlier.host.read_at == after.host.read_at:
            return earlier.host
        then = None
    host = host_usage(then, after.host, after.containers, after.engine, _why_no_host(after))
    # Before the engine has told its containers, everything would be outside of them.
    return with_outside(host, containers) if after.engine is not None else host


def _why_no_host(after: Sample) -> Unmeasured:
    report = after.report(HOST)
    if report is not None and report.trouble is not None:
        return Unmeasured(Reason.COLLECTOR_FAILED, str(report.trouble))
    return PENDING


def _interval(before: Sample | None, after: Sample) -> Reading[Seconds]:
    if before is None or after.clock_ns <= before.clock_ns:
        return FIRST_READ
    return Seconds((after.clock_ns - before.clock_ns) / 1e9)
