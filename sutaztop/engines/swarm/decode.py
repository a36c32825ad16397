"""What Swarm's JSON means: services, their tasks' containers, and edits of a whole specification. Pure."""

import copy
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from sutaztop.contracts import EngineError, EngineRefused
from sutaztop.domain.quantity import Bytes, Cores, nano_cpus
from sutaztop.domain.resources import Limits, Reservations, Resources
from sutaztop.domain.service import Earlier, Orchestrator, Service
from sutaztop.domain.text import clean_line
from sutaztop.engines.payload import Fields, objects

STACK = "com.docker.stack.namespace"
"""The label that ``docker stack deploy`` gives to what it makes."""


def decode_service(payload: object, container_ids: tuple[str, ...] = (), running: int | None = None) -> Service:
    """Read one object of ``GET /services``; ``running`` stands in where the engine gives no ``ServiceStatus``."""
    it = Fields(payload, "service")
    spec = it.part("Spec")
    template, mode = spec.part("TaskTemplate"), spec.part("Mode")
    labels, status, update = spec.mapping("Labels"), it.part("ServiceStatus"), it.part("UpdateStatus")
    replicated = mode.part("Replicated")
    told = status.number("RunningTasks")
    return Service(
        id=it.text("ID"),
        name=spec.text("Name"),
        orchestrator=Orchestrator.SWARM,
        project=labels.get(STACK, ""),
        image=template.part("ContainerSpec").text("Image").partition("@")[0],
        desired=replicated.integer("Replicas") if "Replicated" in mode else None,
        running=told if told is not None else running or 0,
        not_scalable=_not_scalable(mode),
        resources=_resources(template.part("Resources")),
        rollout=update.text("State"),
        rollout_message=update.text("Message"),
        container_ids=container_ids,
        digest=_digest(spec),
        earlier=_earlier(it.part("PreviousSpec"), spec) if "PreviousSpec" in it else None,
        labels=labels,
    )


def _digest(spec: Fields) -> str:
    """Give a short name for a whole specification: two are the same where theirs are."""
    text = json.dumps(spec.value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode(errors="backslashreplace")).hexdigest()[:16]


def _earlier(earlier: Fields, spec: Fields) -> Earlier:
    template, mode = earlier.part("TaskTemplate"), earlier.part("Mode")
    return Earlier(
        digest=_digest(earlier),
        image=template.part("ContainerSpec").text("Image").partition("@")[0],
        desired=mode.part("Replicated").integer("Replicas") if "Replicated" in mode else None,
        resources=_resources(template.part("Resources")),
        differs=tuple(sorted(_differing(earlier, spec))),
    )


def _differing(earlier: Fields, spec: Fields) -> set[str]:
    """Name the parts that differ, beyond those that have a row of their own: image, replicas, resources."""
    here, there = spec.part("TaskTemplate"), earlier.part("TaskTemplate")
    pairs = [
        (spec, earlier, {"TaskTemplate", "Mode"}),
        (here, there, {"ContainerSpec", "Resources", "ForceUpdate"}),
        (here.part("ContainerSpec"), there.part("ContainerSpec"), {"Image"}),
    ]
    return {
        clean_line(key, limit=40)
        for now, before, shown in pairs
        for key in {*now, *before}
        if key not in shown and now.value.get(key) != before.value.get(key)
    }


def decode_tasks(payload: object) -> Mapping[str, tuple[tuple[str, bool], ...]]:
    """Read ``GET /tasks``: for each service id its containers, and whether each runs."""
    found: dict[str, list[tuple[str, bool]]] = {}
    for task in objects(payload, "tasks"):
        status = task.part("Status")
        container = status.part("ContainerStatus").text("ContainerID")
        if container:
            found.setdefault(task.text("ServiceID"), []).append((container, status.text("State") == "running"))
    return {service: tuple(containers) for service, containers in found.items()}


def with_limits(spec: Mapping[str, Any], after: Limits) -> dict[str, Any]:
    """Give the whole specification with other ceilings: what an update leaves out is deleted.

    Reservations, environment, labels and the rest stay as they stand. Swarm has no swap here.
    """
    edited = copy.deepcopy(dict(spec))
    resources = _within(_within(edited, "TaskTemplate"), "Resources")
    limits = _within(resources, "Limits")
    wanted = {
        "NanoCPUs": None if after.cpu is None else nano_cpus(after.cpu),
        "MemoryBytes": after.memory,
        "Pids": after.pids,
    }
    for key, value in wanted.items():
        if value is None:
            limits.pop(key, None)
        else:
            limits[key] = int(value)
    return edited


def with_replicas(spec: Mapping[str, Any], replicas: int) -> dict[str, Any]:
    """Give the whole specification with another number of replicas. Raises ``EngineRefused`` for other modes."""
    name = Fields(spec, "service.Spec").text("Name")
    if replicas < 0:
        raise EngineRefused(f"{name} cannot have {replicas} replicas", "The number must be 0 or more")
    reason = _not_scalable(Fields(spec, "service.Spec").part("Mode"))
    if reason:
        raise EngineRefused(f"{name} cannot be scaled", reason)
    edited = copy.deepcopy(dict(spec))
    _within(_within(edited, "Mode"), "Replicated")["Replicas"] = replicas
    return edited


def forced(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Give the whole specification with the counter moved on that has Swarm make every task anew."""
    edited = copy.deepcopy(dict(spec))
    template = _within(edited, "TaskTemplate")
    template["ForceUpdate"] = Fields(template, "service.Spec.TaskTemplate").integer("ForceUpdate") + 1
    return edited


def _not_scalable(mode: Fields) -> str:
    if "Replicated" in mode:
        return ""
    if "Global" in mode:
        return "a global service runs once on each node"
    return "a job runs to its end"


def _resources(resources: Fields) -> Resources:
    limits, reservations = resources.part("Limits"), resources.part("Reservations")
    return Resources(
        Limits(cpu=_cores(limits), memory=_memory(limits), pids=limits.integer("Pids") or None),
        Reservations(cpu=_cores(reservations), memory=_memory(reservations)),
    )


def _cores(amounts: Fields) -> Cores | None:
    nano = amounts.integer("NanoCPUs")
    return Cores(nano / 1e9) if nano > 0 else None


def _memory(amounts: Fields) -> Bytes | None:
    amount = amounts.integer("MemoryBytes")
    return Bytes(amount) if amount > 0 else None


def _within(parent: dict[str, Any], key: str) -> dict[str, Any]:
    """Give the object at a key to edit, made where the engine left it out or wrote ``null``."""
    if parent.get(key) is None:
        parent[key] = {}
    found = parent[key]
    if not isinstance(found, dict):
        raise EngineError("The engine's answer could not be understood", f"service.Spec: {key} is not an object")
    return found
