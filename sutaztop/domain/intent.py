"""Intents: what somebody wants done, before anything was looked up or planned."""

from dataclasses import dataclass
from typing import TypeAlias

from sutaztop.domain.quantity import Bytes, Cores
from sutaztop.domain.record import Record
from sutaztop.domain.verbs import Rollout, Signal, Stay, Verb


@dataclass(frozen=True, slots=True)
class SetLimits:
    """Give a container, or the service that owns it, these ceilings. ``None`` leaves one as it is.

    ``container_id`` names the object by identity; a plan turns it into its Swarm service where
    one owns it, because a live update of a task is lost with the task.
    """

    container_id: str
    cpu: Cores | None = None
    memory: Bytes | None = None


@dataclass(frozen=True, slots=True)
class ScaleUpLimits:
    """Give a container one step more CPU and memory, as the scaling settings define a step."""

    container_id: str


@dataclass(frozen=True, slots=True)
class ScaleDownLimits:
    """Give a container one step less CPU and memory: the way back from ``ScaleUpLimits``."""

    container_id: str


@dataclass(frozen=True, slots=True)
class SetReplicas:
    """Run this many replicas of a service."""

    service_id: str
    replicas: int


@dataclass(frozen=True, slots=True)
class UnloadModel:
    """Take a model out of memory. It stays installed: nothing in this program deletes a model."""

    endpoint: str
    model: str


@dataclass(frozen=True, slots=True)
class KeepLimits:
    """Write what a container of a Compose service has now into a file, so that the next ``up`` keeps it.

    ``path`` is the file, absolute; empty for the file of our own beside the project's first one.
    """

    container_id: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class ActOnContainer:
    """Start, stop, restart, pause, unpause, kill or remove a container. ``signal`` is for a kill: TERM without one."""

    container_id: str
    verb: Verb
    signal: Signal | None = None


@dataclass(frozen=True, slots=True)
class RollOut:
    """Roll a Swarm service back, or have Swarm make all its tasks anew."""

    service_id: str
    rollout: Rollout


@dataclass(frozen=True, slots=True)
class KeepModel:
    """Pin a loaded model, unpin it, or load an installed one before anybody asks for it."""

    endpoint: str
    model: str
    stay: Stay


@dataclass(frozen=True, slots=True)
class UndoChange:
    """Take a recorded change back: put there again what was there before it."""

    record: Record


LimitsIntent: TypeAlias = SetLimits | ScaleUpLimits | ScaleDownLimits
LiveIntent: TypeAlias = LimitsIntent | SetReplicas | UnloadModel | ActOnContainer | RollOut | KeepModel
"""What an engine or a model server does."""
Intent: TypeAlias = LiveIntent | KeepLimits | UndoChange
