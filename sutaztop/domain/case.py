"""A case for judgement: one service or container with all that a decision rests on, in whole numbers.

Units here: milli-cores, bytes, whole seconds since the epoch, basis points (10,000 is the whole).
Nothing is a float, so that a comparison at the very line gives the same answer everywhere.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from sutaztop.domain.numbers import Numbers
from sutaztop.domain.wishes import PastWish, Resized

__all__ = [
    "Case", "Holder", "HostRoom", "LoadSample", "NodeRoom", "OomKill", "PastWish", "Phase", "Replica", "Resized",
    "Situation",
]  # fmt: skip


class Phase(StrEnum):
    """What a replica's state means for judging it; Docker's states and a probe that is still starting."""

    RUNNING = "running"
    STARTING = "starting"
    CREATED = "created"
    RESTARTING = "restarting"
    PENDING = "pending"
    PAUSED = "paused"
    EXITED = "exited"
    DEAD = "dead"
    REMOVING = "removing"


@dataclass(frozen=True, slots=True)
class LoadSample:
    """What a replica used. ``periods`` and ``throttled`` are CFS's counters, which only rise.

    Pressures are shares of the last minute in which work stood still; ``None`` is what could not be read.
    """

    at: int
    cpu: int | None = None
    working_set: int | None = None
    periods: int = 0
    throttled: int = 0
    cpu_pressure: int | None = None
    memory_pressure: int | None = None
    memory_pressure_full: int | None = None


@dataclass(frozen=True, slots=True)
class Replica:
    """One container or task. ``healthy`` says that its own probe has passed, which shortens its warm-up.

    ``held`` is the working set right now, ``None`` where the newest reading stands for it. ``cache`` is page cache, in
    bytes; ``active_cache`` is the part of it that a working set still holds, and that the kernel takes back under
    pressure.
    """

    id: str
    phase: Phase
    started: int
    healthy: bool = False
    samples: tuple[LoadSample, ...] = ()
    held: int | None = None
    cache: int | None = None
    active_cache: int | None = None


@dataclass(frozen=True, slots=True)
class OomKill:
    """A kill by the kernel, with the memory limit of that moment; ``None`` where there was none."""

    at: int
    limit: int | None


@dataclass(frozen=True, slots=True)
class NodeRoom:
    """What a Swarm node still has free of reservations, and how many more replicas may be put there."""

    name: str
    cpu: int
    memory: int
    replicas: int | None = None


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds CPU that it does not use: a container's limit less its use."""

    name: str
    slack: int


@dataclass(frozen=True, slots=True)
class HostRoom:
    """The host: what there is, what is used and what is set aside. ``None`` is what could not be read."""

    cpus: int
    memory_total: int
    cpu_used: int | None = None
    memory_available: int | None = None
    memory_pressure_full: int | None = None
    cpu_reserved: int = 0
    memory_reserved: int = 0
    nodes: tuple[NodeRoom, ...] = ()
    holders: tuple[Holder, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """One service, or a plain container as a service of one.

    ``replicas`` are wished for, and ``members`` are those there are. ``scope`` are the ids of the members whose
    limits one change touches; empty stands for all of them. ``why_not`` says why the number of replicas can't be
    changed. ``last_change`` is when limits or replicas were last seen to change, whoever did it. ``saturated`` is the
    share of ``saturated_span`` seconds spent at the CPU limit. ``raises`` are times at which the memory limit
    was raised. ``tier_rank`` orders the granting, 1 first. ``wished`` are past wishes for replicas.
    """

    id: str
    name: str
    replicas: int
    numbers: Numbers = field(default_factory=Numbers)
    minimum_replicas: int = 1
    maximum_replicas: int = 10
    cpu_limit: int | None = None
    memory_limit: int | None = None
    cpu_reservation: int | None = None
    memory_reservation: int | None = None
    why_not: str = ""
    members: tuple[Replica, ...] = ()
    scope: frozenset[str] = frozenset()
    service: str = ""
    """Cases that name the same service want replicas of it together, and are given them once."""
    last_change: int | None = None
    ooms: tuple[OomKill, ...] = ()
    raises: tuple[int, ...] = ()
    saturated: int = 0
    saturated_span: int = 0
    wished: tuple[PastWish, ...] = ()
    resized: tuple[Resized, ...] = ()
    tier_rank: int = 99
    fitting_memory: int | None = None
    """The memory limit that days of use would fit into; ``None`` before a day was seen."""
    peaks: tuple[tuple[int, tuple[int, ...]], ...] = ()
    """Highest working sets, oldest first, of spans of so many seconds: (3600, …) are hours."""
    rolling: bool = False
    """Whether a change of limits starts its tasks anew."""


@dataclass(frozen=True, slots=True)
class Situation:
    """All cases of one host at one instant: what is decided about one takes from the others."""

    now: int
    host: HostRoom
    cases: tuple[Case, ...] = field(default=())
