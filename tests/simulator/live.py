"""sutaztop as it is live: snapshots of the world, its own history, ``judge`` with its own past."""

from dataclasses import replace
from datetime import timedelta

from sutaztop.domain.container import ContainerState, Health
from sutaztop.domain.past import NO_PAST
from sutaztop.domain.profile import Profile
from sutaztop.domain.quantity import Bytes, Cores, Ratio, Seconds
from sutaztop.domain.resources import Resources
from sutaztop.domain.service import Orchestrator, Service
from sutaztop.domain.snapshot import ContainerSnapshot, HostUsage, Snapshot, Usage
from sutaztop.history.memory import History
from sutaztop.measure.changes import observed_changes
from sutaztop.policy.judge import judge
from tests import given
from tests.simulator.ours import SERVICE, Ours
from tests.simulator.strategies import Change
from tests.simulator.world import Reading, Unit, World

_LISTED = 4
"""Dead tasks that Swarm keeps of each replica (its task history limit of five, the live one among them)."""


class Live(Ours):
    """The same changes are carried out as by ``Ours``; what is judged is made by the program itself."""

    def __init__(self, world: World, *, every: int) -> None:
        super().__init__(world, every=every)
        self._history = History()
        self._snapshot: Snapshot | None = None
        self._judged = NO_PAST

    def watch(self) -> None:
        """Take a snapshot and remember it, each second."""
        before, self._snapshot = self._snapshot, self._seen()
        known = self._judged.observed
        self._judged = replace(self._judged, observed=observed_changes(before, self._snapshot, known))
        self._history.record(self._snapshot)

    def act(self) -> list[Change]:
        """Judge the newest snapshot and carry out what is advised."""
        snapshot = self._snapshot
        if snapshot is None:
            return []
        judgement = judge(snapshot, self._history, Profile(), self._judged)
        self._judged = judgement.past
        decisions = [it.decision for it in judgement.recommendations if it.decision is not None]
        # One decision may stand behind two lines of advice: limits, and what is blocked.
        return [change for it in {it.id: it for it in decisions}.values() for change in self._carry_out(it)]

    def _seen(self) -> Snapshot:
        world = self.world
        at = given.NOW + timedelta(seconds=world.now)
        containers = tuple(self._container(it) for it in world.units)
        if world.restarts:
            # Swarm makes another task; the container of the killed one stays listed.
            containers += tuple(self._killed(who, limit) for _, who, limit in world.kills[-_LISTED:])
        resources = Resources(given.limits(world.cpu_limit / 1000, world.memory_limit))
        service = Service(
            id=SERVICE, name=SERVICE, orchestrator=Orchestrator.SWARM if world.restarts else Orchestrator.COMPOSE,
            desired=world.wished if world.restarts else None, running=world.running, resources=resources,
            container_ids=tuple(it.id for it in containers),
        )  # fmt: skip
        before = self._snapshot
        # Live a service that did not change is the same object.
        services = before.services if before is not None and before.services == (service,) else (service,)
        return Snapshot(
            at=at, clock_ns=(3600 + world.now) * 10**9, interval=Seconds(1.0), engine=given.engine_info(),
            host=self._host(), containers=containers, services=services, by_id={it.id: it for it in containers},
        )  # fmt: skip

    def _container(self, it: Unit) -> ContainerSnapshot:
        world = self.world
        running = it.is_up(world.now)
        probe = world.plant.probe_after
        healthy = probe is not None and world.now - it.up_at >= probe
        made = given.container(
            it.id, cpu=it.cpu_limit / 1000, memory=it.memory_limit, service=SERVICE,
            state=ContainerState.RUNNING if running else ContainerState.RESTARTING,
            health=Health.HEALTHY if healthy else Health.NONE,
        )  # fmt: skip
        made = replace(made, id=it.id, started_at=given.NOW + timedelta(seconds=it.up_at))
        reading = it.readings[-1] if running and it.readings and it.readings[-1].at == world.now - 1 else None
        usage = _usage(it, reading) if reading else Usage()
        return given.measured_container(made, usage)

    def _killed(self, who: str, limit: int) -> ContainerSnapshot:
        made = given.container(
            who, cpu=self.world.cpu_limit / 1000, memory=limit, service=SERVICE, state=ContainerState.EXITED,
            health=Health.NONE, oom_killed=True,
        )  # fmt: skip
        return given.measured_container(replace(made, id=who), Usage())

    def _host(self) -> HostUsage:
        world, plant = self.world, self.world.plant
        return replace(
            given.host_usage(), read_at=given.NOW + timedelta(seconds=world.now),
            cpus=plant.host_cpus // 1000, cpu=Cores(world.host_used / 1000),
            cpu_utilization=Ratio(world.host_used / plant.host_cpus), memory_total=Bytes(plant.host_memory),
            memory_available=Bytes(world.host_available),
        )  # fmt: skip


def _usage(it: Unit, reading: Reading) -> Usage:
    made = given.usage(
        cpu=reading.cpu / 1000, cpu_utilization=reading.cpu / it.cpu_limit,
        throttled=float(reading.is_throttled), memory=reading.working_set,
        memory_utilization=reading.working_set / it.memory_limit,
    )  # fmt: skip
    at = given.NOW + timedelta(seconds=reading.at + 1)
    return replace(made, read_at=at, memory_cache=Bytes(reading.cache), oom_kills=it.kills)
