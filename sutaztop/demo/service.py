"""A living Swarm service: it brings its tasks to what was asked, in the engine's own time."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from sutaztop.demo.catalogue import STACK, Part
from sutaztop.demo.container import LivingContainer
from sutaztop.domain.container import ContainerState
from sutaztop.domain.quantity import Cores
from sutaztop.domain.resources import Limits, Resources
from sutaztop.domain.service import Earlier, Orchestrator, Service

GLOBAL_REASON = "a global service runs once on each node"
FIRST_STATUS_AFTER = 0.2
"""Seconds after an update during which the engine shows no UpdateStatus yet."""
STOPS_IN = 1.0
STARTS_IN = 1.2


_DONE = {
    "updating": ("completed", "update completed"),
    "rollback_started": ("rollback_completed", "rollback completed"),
}
"""What follows when the last task is replaced, by what is under way."""


@dataclass(frozen=True, slots=True)
class _Spec:
    """What a specification says here: ``forced`` counts how often all tasks were made anew."""

    desired: int
    resources: Resources
    forced: int

    @property
    def digest(self) -> str:
        return sha256(repr(self).encode()).hexdigest()[:16]

    def described(self, part: Part) -> Earlier:
        return Earlier(self.digest, part.image, None if part.global_mode else self.desired, self.resources)


class Ground(Protocol):
    """What a service needs of the world."""

    @property
    def containers(self) -> Mapping[str, LivingContainer]: ...  # noqa: D102 - every container by id

    def make_task(self, service: "LivingService", slot: int) -> LivingContainer | None:
        """Create a task's container, or give ``None`` where no node can run it."""
        ...

    def tell_service(self, service: "LivingService", action: str, attributes: Mapping[str, str]) -> None:
        """Write an event down."""
        ...


class LivingService:
    """A Swarm service with its slots. Under the world's lock."""

    def __init__(self, service_id: str, part: Part) -> None:
        self.id = service_id
        self.part = part
        self.name = f"{STACK}_{part.service}" if part.project == STACK else part.service
        self.desired = 1 if part.global_mode else part.clones
        self.resources = _without_swap(part.resources)
        self.version = 0
        self.slots: dict[int, str] = {}
        self.rollout = ""
        self.rollout_message = ""
        self._leaving: set[str] = set()
        self._stuck = False
        self._rollout_from: float | None = None
        self._forced = 0
        self._earlier: _Spec | None = None
        cpu = self.resources.limits.cpu
        if part.project == STACK and not part.global_mode and cpu is not None:
            # The stack has been worked on before it is looked at: its services have something to go back to.
            smaller = self.resources.limits.with_cpu(Cores(cpu / 2))
            self._earlier = _Spec(self.desired, Resources(smaller, self.resources.reservations), 0)

    @property
    def task_resources(self) -> Resources:
        """What each task's container is created with: the engine adds swap of the memory's own size."""
        limits = self.resources.limits
        return Resources(limits.with_memory(limits.memory), self.resources.reservations)

    def set_desired(self, replicas: int, ground: Ground) -> None:
        """Ask for another number; no rollout, so that no UpdateStatus shows (as in the engine)."""
        if replicas != self.desired:
            self._earlier = self._spec
        before, self.desired = self.desired, replicas
        self.rollout = self.rollout_message = ""
        self._stuck = False
        ground.tell_service(self, "update", {"replicas.old": str(before), "replicas.new": str(replicas)})

    def set_limits(self, limits: Limits, now: float, ground: Ground) -> None:
        """Ask for other ceilings: every task is replaced, one after another."""
        self._earlier = self._spec
        self.resources = _without_swap(Resources(limits, self.resources.reservations))
        self._replace_tasks(now, ground)

    def redeploy(self, now: float, ground: Ground) -> None:
        """Have every task made anew from the same specification; a counter in it moves on."""
        self._earlier = self._spec
        self._forced += 1
        self._replace_tasks(now, ground)

    def _replace_tasks(self, now: float, ground: Ground) -> None:
        self.version += 1
        self._stuck = False
        self.rollout = self.rollout_message = ""
        # With no task to replace, the engine never shows a status.
        self._rollout_from = now + FIRST_STATUS_AFTER if self.desired else None
        ground.tell_service(self, "update", {})

    def roll_back(self, ground: Ground) -> bool:
        """Swap the specification with the one before; tells whether there is one."""
        if self._earlier is None:
            return False
        tasks_differ = (self.resources, self._forced) != (self._earlier.resources, self._earlier.forced)
        earlier, self._earlier = self._earlier, self._spec
        self.desired, self.resources, self._forced = earlier.desired, earlier.resources, earlier.forced
        self._stuck, self._rollout_from = False, None
        self._become("rollback_started", "manually requested rollback", ground)
        if tasks_differ and self.desired:
            self.version += 1
        else:
            self._become("rollback_completed", "rollback completed", ground)
        return True

    @property
    def _spec(self) -> "_Spec":
        return _Spec(self.desired, self.resources, self._forced)

    def step(self, now: float, ground: Ground) -> None:
        """Do the next thing that brings the tasks nearer to what was asked."""
        containers = ground.containers
        self._leaving = {it for it in self._leaving if it in containers}
        for slot, container_id in list(self.slots.items()):
            found = containers.get(container_id)
            if found is None or found.state is ContainerState.EXITED:
                del self.slots[slot]
                self._dismiss(found, now)
        if self._rollout_from is not None and now >= self._rollout_from and not self._stuck:
            self._become("updating", "update in progress", ground)
            self._rollout_from = None
        for slot in sorted(self.slots, reverse=True)[: max(0, len(self.slots) - self.desired)]:
            self._dismiss(containers[self.slots.pop(slot)], now)
        self._replace_one(now, ground)
        if not self._stuck:
            self._fill(now, ground)

    def _dismiss(self, container: LivingContainer | None, now: float) -> None:
        if container is not None:
            container.will_be_removed_at = now + STOPS_IN
            self._leaving.add(container.id)

    def _fill(self, now: float, ground: Ground) -> None:
        updating = self.rollout in _DONE
        if updating and self._leaving:
            return  # stop-first: the old task has to be gone
        slot = 1
        while len(self.slots) < self.desired:
            if slot not in self.slots:
                made = ground.make_task(self, slot)
                if made is None:
                    self._stuck = True
                    task = self.id[:6] + str(self.version)
                    self._become("paused", f"update paused due to failure or early termination of task {task}", ground)
                    return
                made.spec_version = self.version
                made.will_start_at = now + STARTS_IN
                self.slots[slot] = made.id
            slot += 1

    def _replace_one(self, now: float, ground: Ground) -> None:
        if self.rollout not in _DONE or self._leaving:
            return
        tasks = [ground.containers[self.slots[slot]] for slot in sorted(self.slots)]
        if len(tasks) < self.desired or any(not task.is_running for task in tasks):
            return
        outdated = [task for task in tasks if task.spec_version != self.version]
        if outdated:
            slot = next(slot for slot, container_id in self.slots.items() if container_id == outdated[0].id)
            self._dismiss(ground.containers[self.slots.pop(slot)], now)
        else:
            self._become(*_DONE[self.rollout], ground)

    def _become(self, state: str, message: str, ground: Ground) -> None:
        before, self.rollout, self.rollout_message = self.rollout, state, message
        ground.tell_service(self, "update", {"updatestate.old": before, "updatestate.new": state})

    def describe(self, containers: Mapping[str, LivingContainer]) -> Service:
        """Give the service as the engine would list it."""
        tasks = [it for it in (containers.get(self.slots[slot]) for slot in sorted(self.slots)) if it is not None]
        return Service(
            id=self.id, name=self.name, orchestrator=Orchestrator.SWARM,
            project=self.part.project, image=self.part.image,
            desired=None if self.part.global_mode else self.desired,
            running=sum(task.is_running for task in tasks),
            not_scalable=GLOBAL_REASON if self.part.global_mode else "",
            resources=self.resources, rollout=self.rollout, rollout_message=self.rollout_message,
            container_ids=tuple(task.id for task in tasks),
            digest=self._spec.digest,
            earlier=None if self._earlier is None else self._earlier.described(self.part),
            labels={"com.docker.stack.namespace": STACK} if self.part.project == STACK else {},
        )  # fmt: skip


def _without_swap(resources: Resources) -> Resources:
    """Give what Swarm's specification can say: it knows no swap, and no quota."""
    limits = resources.limits
    return Resources(Limits(limits.cpu, limits.memory, pids=limits.pids), resources.reservations)
