"""What is remembered of containers over days, by who they are and not by their id: a recreation changes nothing."""

from collections.abc import Iterable
from datetime import datetime
from typing import TypeAlias

from sutaztop.domain.container import Container, ContainerState
from sutaztop.domain.estimate import Aggregate
from sutaztop.domain.frame import HOST
from sutaztop.domain.reading import Unmeasured
from sutaztop.domain.snapshot import ContainerSnapshot, Snapshot
from sutaztop.history.kept import NO_LIMIT, Kept, State, aggregate_of
from sutaztop.history.peaks import HOUR, INTERVAL, INTERVALS

FORGET_S = INTERVAL * INTERVALS
_STEPPED_S = 60
"""A wall clock that is further ahead than this has counted time that the monotonic one has not: a suspended machine."""
_ONE_OFF = "com.docker.compose.oneoff"

Identity: TypeAlias = tuple[str, str, int]
"""(project, service, number), or ("", name, 0) for a container that belongs to no service."""


def identity_of(container: Container) -> Identity:
    """Say who a container is, whichever id it has now.

    ``compose run`` makes containers with a service's labels that are none of its replicas: they go by their names.
    """
    if container.service and container.labels.get(_ONE_OFF, "").lower() != "true":
        return container.project, container.service, container.number or 0
    return "", container.name, 0


def group_of(container: Container) -> str:
    """Give the id of the service that a container is a replica of, or nothing."""
    if container.swarm_service_id:
        return container.swarm_service_id
    return f"{container.project}/{container.service}" if container.service else ""


class _Run:
    """One container while it is there: what was read of it last."""

    __slots__ = ("clock_ns", "container", "flag", "kept", "kills", "oom_killed", "read_at")

    def __init__(self, kept: Kept) -> None:
        self.kept = kept
        self.container: Container | None = None
        self.read_at: datetime | None = None
        self.clock_ns = 0
        self.kills = 0
        self.oom_killed = False
        self.flag: tuple[datetime | None, int] | None = None


class Aggregates:
    """The aggregates of every container and of the host's CPU, forgotten 8 days after the last reading.

    Times are wall time when it was first seen, and the monotonic clock from there on: a wall clock that steps back
    repeats nothing.
    """

    def __init__(self) -> None:
        self._kept: dict[Identity, Kept] = {}
        self._groups: dict[str, dict[Identity, None]] = {}
        self._runs: dict[str, _Run] = {}
        self._host = Kept()
        self._host_read_at: datetime | None = None
        self._ahead_s: int | None = None
        self._swept_hour = 0

    def record(self, snapshot: Snapshot) -> None:
        """Remember a snapshot: a few compares for each reading, and a sample for each minute."""
        now_s = self._seconds(snapshot)
        clock_ns = snapshot.clock_ns
        runs = self._runs
        for it in snapshot.containers:
            container, usage = it.container, it.usage
            run = runs.get(container.id)
            if run is None or run.container is not container or run.oom_killed is not it.oom_killed:
                run = self._meet(it, now_s)
            read_at = usage.read_at
            if read_at is not None and read_at == run.read_at:
                continue
            run.read_at = read_at
            elapsed_ms = (clock_ns - run.clock_ns) // 1_000_000 if run.clock_ns else 0
            run.clock_ns = clock_ns
            kills = usage.oom_kills
            if kills != run.kills and not isinstance(kills, Unmeasured):
                if kills:
                    run.kept.take_kill(now_s, _memory(container))
                run.kills = run.kept.told_kills = kills
            # One that is paused uses nothing, which is no measure of what it needs.
            if container.state is ContainerState.RUNNING:
                run.kept.feed(usage, now_s, elapsed_ms)
        self._record_kills(snapshot, now_s)
        self._record_host(snapshot, now_s)
        self._forget(snapshot, now_s)

    def _record_kills(self, snapshot: Snapshot, now_s: int) -> None:
        for event in snapshot.events:
            told = self._runs.get(event.subject_id) if event.action == "oom" else None
            if told is not None and told.container is not None:
                told.kept.take_kill(min(now_s, int(event.at.timestamp())), _memory(told.container))

    def _forget(self, snapshot: Snapshot, now_s: int) -> None:
        if len(self._runs) > len(snapshot.containers):
            there = {it.container.id for it in snapshot.containers}
            self._runs = {key: run for key, run in self._runs.items() if key in there}
        if now_s // HOUR != self._swept_hour:
            self._swept_hour = now_s // HOUR
            self._sweep(now_s)

    def _record_host(self, snapshot: Snapshot, now_s: int) -> None:
        host = snapshot.host
        if isinstance(host.cpu, Unmeasured) or (host.read_at is not None and host.read_at == self._host_read_at):
            return
        self._host_read_at = host.read_at
        self._host.take_cpu(host.cpu, now_s)

    def _seconds(self, snapshot: Snapshot) -> int:
        wall, clock = int(snapshot.at.timestamp()), snapshot.clock_ns // 1_000_000_000
        if self._ahead_s is None or wall - clock - self._ahead_s > _STEPPED_S:
            self._ahead_s = wall - clock
        return clock + self._ahead_s

    def _meet(self, it: ContainerSnapshot, now_s: int) -> _Run:
        """Look at a container that is new, or that inspect tells something new of."""
        container = it.container
        run = self._runs.get(container.id)
        if run is None:
            identity = identity_of(container)
            kept = self._kept.get(identity)
            if kept is None:
                kept = self._kept[identity] = Kept()
            kept.seen_s = max(kept.seen_s, now_s)
            group = group_of(container)
            if group and identity[0]:
                self._groups.setdefault(group, {})[identity] = None
            run = self._runs[container.id] = _Run(kept)
            mark = _mark(container.id)
            if kept.told_id == mark:
                # Known from before a restart of this program: what the kernel has counted so far is no news.
                run.kills = kept.told_kills
                run.flag = _flag(container)
            kept.told_id = mark
        before, run.container, run.oom_killed = run.container, container, it.oom_killed
        flag = _flag(container)
        if flag is not None and flag != run.flag:
            at = _killed_at(container, now_s)
            if now_s - at <= 2 * INTERVAL:
                # What was killed was killed under the limit that stood before.
                run.kept.take_kill(at, _memory(before or container))
            run.flag = flag
        if container.is_running:
            run.kept.take_limits(_cpu(container), _memory(container), now_s)
        return run

    def _sweep(self, now_s: int) -> None:
        self._kept = {key: kept for key, kept in self._kept.items() if now_s - kept.seen_s <= FORGET_S}
        there = {id(kept) for kept in self._kept.values()}
        # One that stays listed without running is met anew, with nothing known of it.
        self._runs = {key: run for key, run in self._runs.items() if id(run.kept) in there}
        self._groups = {
            group: left
            for group, members in self._groups.items()
            if (left := {key: None for key in members if key in self._kept})
        }

    def aggregate(self, key: str) -> Aggregate | None:
        """Give the aggregate of a container's id, of a service's id with all its replicas, or of ``HOST``."""
        if key == HOST:
            return aggregate_of([self._host])
        run = self._runs.get(key)
        if run is not None:
            return aggregate_of([run.kept])
        # In an order of their own: floats that are added in another order may differ in the last place.
        members = sorted(self._groups.get(key, ()))
        found = [kept for it in members if (kept := self._kept.get(it)) is not None]
        return aggregate_of(found) if found else None

    def state(self) -> tuple[tuple[tuple[Identity, State], ...], tuple[tuple[str, tuple[Identity, ...]], ...], State]:
        """Give all there is as plain values: the identities, which service has which, and the host."""
        kept = tuple((key, self._kept[key].state()) for key in sorted(self._kept))
        groups = tuple((group, tuple(sorted(members))) for group, members in sorted(self._groups.items()))
        return kept, groups, self._host.state()

    def restore(
        self,
        kept: Iterable[tuple[Identity, State]],
        groups: Iterable[tuple[str, tuple[Identity, ...]]],
        host: State,
    ) -> None:
        """Take what ``state`` gave, before anything is recorded; ``ValueError`` for what it cannot have given."""
        found: dict[Identity, Kept] = {}
        for identity, state in kept:
            found[identity] = Kept()
            found[identity].restore(state)
        of_host = Kept()
        of_host.restore(host)
        self._kept, self._host = found, of_host
        self._groups = {group: {key: None for key in members if key in found} for group, members in groups}


def _cpu(container: Container) -> int:
    limit = container.resources.limits.cpu
    return NO_LIMIT if limit is None else round(limit * 1000)


def _memory(container: Container) -> int:
    limit = container.resources.limits.memory
    return NO_LIMIT if limit is None else int(limit)


def _mark(container_id: str) -> int:
    return int.from_bytes(container_id.encode()[:7])


def _flag(container: Container) -> tuple[datetime | None, int] | None:
    return (container.finished_at, container.restart_count) if container.oom_killed else None


def _killed_at(container: Container, now_s: int) -> int:
    """Say when a kill was that inspect tells of: at its end, or where it runs again, when it was first told."""
    if container.finished_at is None or container.is_running:
        return now_s
    return min(now_s, int(container.finished_at.timestamp()))
