"""What a project's Compose files define and does not run, and what runs and they do not define."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sutaztop.domain.container import Container, ContainerState
from sutaztop.domain.finding import Evidence, Finding, Severity, Subject
from sutaztop.domain.keep import Defined
from sutaztop.domain.profile import Profile
from sutaztop.domain.snapshot import ContainerSnapshot, Snapshot
from sutaztop.measure.tiers import tier_table
from sutaztop.policy.restarts import KEEPS_RUNNING
from sutaztop.policy.severity import UNRANKED, Ranked
from sutaztop.policy.wording import count, names

_HIGHEST_TIER = 1


@dataclass(frozen=True, slots=True)
class _Missing:
    """Services without a running container: those that have none at all, and those whose containers were stopped."""

    absent: tuple[str, ...]
    stopped: tuple[str, ...]


def definition_findings(snapshot: Snapshot, profile: Profile) -> Iterator[Ranked]:
    """Give what is missing of each project and what is too much, once for a project."""
    if not snapshot.projects:
        return
    members: dict[str, list[ContainerSnapshot]] = {}
    for it in snapshot.containers:
        if it.container.project and not it.container.swarm_service_id:
            members.setdefault(it.container.project, []).append(it)
    for defined in sorted(snapshot.projects, key=lambda it: it.project):
        mine = members.get(defined.project, [])
        if defined.services and mine:
            yield from _missing(defined, mine, profile)
            yield from _orphans(defined, mine)


def _missing(defined: Defined, mine: Sequence[ContainerSnapshot], profile: Profile) -> Iterator[Ranked]:
    found = _without_a_run(defined, mine)
    subject = Subject("project", defined.project, defined.project)
    total = len(defined.services)
    if found.absent:
        ranks = _ranks(found.absent, profile)
        rank = min(ranks.values())
        core = [name for name in found.absent if ranks[name] <= _HIGHEST_TIER]
        text = (
            f"{len(found.absent)} of {count(total, 'service')} that {defined.file} defines have no container: "
            f"{names(core, most=4) + '; ' if core and len(core) < len(found.absent) else ''}"
            f"{names([it for it in found.absent if it not in core] or core)}. "
            "An up with their names makes them; replicas: 0 or a profile says that they are not wanted"
        )
        severity = Severity.CRITICAL if core else Severity.WARNING
        yield rank, Finding(subject, severity, "MISSING", text, _evidence(total, mine))
    if found.stopped:
        text = f"{count(len(found.stopped), 'service')} of {total} finished or were stopped: {names(found.stopped)}"
        yield UNRANKED, Finding(subject, Severity.OK, "STOPPED", text, _evidence(total, mine))


def _without_a_run(defined: Defined, mine: Sequence[ContainerSnapshot]) -> _Missing:
    present: dict[str, bool] = {}
    for it in mine:
        service = it.container.service
        present[service] = present.get(service, False) or not _is_put_aside(it.container)
    wanted = {name: wish for name, wish in defined.services.items() if wish.replicas != 0}
    # A service of a profile runs only when it is asked for: without a container nobody asked.
    absent = tuple(sorted(name for name, wish in wanted.items() if name not in present and not wish.profiles))
    return _Missing(absent, tuple(sorted(name for name in wanted if present.get(name) is False)))


def _is_put_aside(it: Container) -> bool:
    """Whether a container neither runs nor tries to, and did not fail: a failure has a finding of its own."""
    if it.is_running or it.state in (ContainerState.RESTARTING, ContainerState.REMOVING, ContainerState.DEAD):
        return False
    return it.exit_code in (0, None) or it.restart_policy.partition(":")[0] not in KEEPS_RUNNING


def _orphans(defined: Defined, mine: Sequence[ContainerSnapshot]) -> Iterator[Ranked]:
    """Tell what runs under the project's name though its files, all of them read, define no such service."""
    if defined.trouble:
        return
    orphans = [it for it in mine if it.container.is_running and it.container.service not in defined.services]
    if not orphans:
        return
    shown = names([it.display_name or it.container.name for it in orphans])
    text = (
        f"{count(len(orphans), 'container')} of services that {defined.file} does not define: {shown}. No up keeps "
        "them current; remove what nobody needs, or define it again"
    )
    subject = Subject("project", defined.project, defined.project)
    evidence = (Evidence("services defined", str(len(defined.services))), Evidence("orphans", str(len(orphans))))
    yield min(it.tier.rank for it in orphans), Finding(subject, Severity.WARNING, "ORPHANS", text, evidence)


def _ranks(services: Sequence[str], profile: Profile) -> Mapping[str, int]:
    table = tier_table(profile.tiering, profile.name_prefixes)
    return {
        name: table.tier_of(Container("", name, "", ContainerState.CREATED, service=name)).rank for name in services
    }


def _evidence(total: int, mine: Sequence[ContainerSnapshot]) -> tuple[Evidence, ...]:
    running = len({it.container.service for it in mine if it.container.is_running})
    return Evidence("services defined", str(total)), Evidence("services that run", str(running))
