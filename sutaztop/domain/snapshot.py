"""A snapshot: the stack at one instant, measured from two samples."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from sutaztop.domain.container import Container
from sutaztop.domain.counters import Pressure
from sutaztop.domain.disk import Component, Filesystem, Medium, Reclaimable, Tree
from sutaztop.domain.engine import EngineInfo
from sutaztop.domain.event import Event
from sutaztop.domain.keep import Defined, Difference, Wish, differences
from sutaztop.domain.llm import NOTHING_WATCHED, ModelServer, ModelWatch
from sutaztop.domain.process import Process
from sutaztop.domain.quantity import Bytes, Cores, Ratio, Seconds
from sutaztop.domain.reading import PENDING, Reading, Unmeasured
from sutaztop.domain.sample import CollectorReport
from sutaztop.domain.service import Service


@dataclass(frozen=True, slots=True)
class Tier:
    """Which priority a container has, and by which rule: configuration, label, name suffix, table, none."""

    name: str = "unclassified"
    rule: str = "none"
    rank: int = 99


@dataclass(frozen=True, slots=True)
class Usage:
    """What one container used. Rates are per second over the last interval, in bytes.

    ``cpu`` is in cores by the engine's own formula; ``cpu_utilization`` is ``cpu`` over the
    container's own limit and ``Unmeasured(NO_LIMIT)`` without one. ``throttled`` is throttled
    periods over periods in the interval. ``memory`` is the working set: usage less inactive
    file cache. ``memory_utilization`` is the working set over the container's own limit.
    ``read_at`` is the age of all of them.
    """

    read_at: datetime | None = None
    cpu: Reading[Cores] = PENDING
    cpu_utilization: Reading[Ratio] = PENDING
    throttled: Reading[Ratio] = PENDING
    memory: Reading[Bytes] = PENDING
    memory_utilization: Reading[Ratio] = PENDING
    memory_active_file: Reading[Bytes] = PENDING
    memory_anon: Reading[Bytes] = PENDING
    memory_cache: Reading[Bytes] = PENDING
    network_rx: Reading[float] = PENDING
    network_tx: Reading[float] = PENDING
    block_read: Reading[float] = PENDING
    block_write: Reading[float] = PENDING
    pids: Reading[int] = PENDING
    oom_kills: Reading[int] = PENDING
    cpu_pressure: Reading[Pressure] = PENDING
    memory_pressure: Reading[Pressure] = PENDING
    io_pressure: Reading[Pressure] = PENDING


@dataclass(frozen=True, slots=True)
class End:
    """The end of a run that the restart policy answered. ``exit_code`` is ``None`` where it was not told."""

    at: datetime
    exit_code: int | None = None


@dataclass(frozen=True, slots=True)
class ContainerSnapshot:
    """A container with what it used. ``oom_killed`` stays true on a container that is green again.

    ``wish`` is what its project's Compose files say, ``None`` where they were not asked. ``ends`` are the
    ends of runs within the last hour that were seen from here, oldest first. ``resting_since`` is from
    when on it has used next to no CPU, as far as it was watched; ``None`` while it works. ``kills`` are the
    moments of the last hour at which the kernel was seen to kill something in it for memory, oldest first.
    """

    container: Container
    usage: Usage
    tier: Tier
    oom_killed: bool = False
    display_name: str = ""
    wish: Wish | None = None
    ends: tuple[End, ...] = ()
    resting_since: datetime | None = None
    kills: tuple[datetime, ...] = ()

    @property
    def drift(self) -> tuple[Difference, ...]:
        """The limits that differ from its project's Compose files."""
        return differences(self.container.resources.limits, self.wish)

    @property
    def id(self) -> str:
        """The container's full id: the only key that selections and histories use."""
        return self.container.id


@dataclass(frozen=True, slots=True)
class HostUsage:
    """The host: shares of its capacity, absolute amounts, and what sutaztop itself costs.

    ``cpu`` is busy cores, ``cpu_utilization`` the share of all cores. Sums of limits count
    running containers; ``*_unlimited`` counts those without one. ``cpu_overcommit`` and
    ``memory_overcommit`` are sums of limits over the host (1.0 = exactly the host). ``outside_*`` is
    what neither containers nor sutaztop account for, the kernel's own memory included.
    """

    hostname: str = ""
    read_at: datetime | None = None
    cpus: int = 0
    cpu: Reading[Cores] = PENDING
    cpu_utilization: Reading[Ratio] = PENDING
    load: tuple[float, float, float] = (0.0, 0.0, 0.0)
    memory_total: Bytes = Bytes(0)
    memory_available: Reading[Bytes] = PENDING
    memory_utilization: Reading[Ratio] = PENDING
    swap_total: Bytes = Bytes(0)
    swap_used: Bytes = Bytes(0)
    disk_read: Reading[float] = PENDING
    disk_write: Reading[float] = PENDING
    network_rx: Reading[float] = PENDING
    network_tx: Reading[float] = PENDING
    cpu_pressure: Reading[Pressure] = PENDING
    memory_pressure: Reading[Pressure] = PENDING
    io_pressure: Reading[Pressure] = PENDING
    cpu_limits: Cores = Cores(0.0)
    cpu_unlimited: int = 0
    memory_limits: Bytes = Bytes(0)
    memory_unlimited: int = 0
    cpu_overcommit: Reading[Ratio] = PENDING
    memory_overcommit: Reading[Ratio] = PENDING
    outside_cpu: Reading[Cores] = PENDING
    outside_memory: Reading[Bytes] = PENDING
    outside_cpu_share: Reading[Ratio] = PENDING
    outside_memory_share: Reading[Ratio] = PENDING
    own_cpu: Reading[Cores] = PENDING
    own_memory: Bytes = Bytes(0)


@dataclass(frozen=True, slots=True)
class ComponentUsage:
    """A component of the disk plan: used against budget. ``used`` is the sum of its measured trees.

    ``budget_utilization`` is used over the recommended size. ``measured_at`` is the oldest of
    its trees' times: the age of the figure.
    """

    component: Component
    trees: tuple[Tree, ...]
    used: Reading[Bytes]
    budget_utilization: Reading[Ratio]
    measured_at: datetime | None


@dataclass(frozen=True, slots=True)
class DiskTier:
    """One tier: its components against their budgets, and the filesystems that carry them."""

    medium: Medium
    components: tuple[ComponentUsage, ...]
    used: Reading[Bytes]
    budget: Bytes | None
    filesystems: tuple[Filesystem, ...]
    found_media: tuple[Medium, ...] = ()
    """What the devices themselves report, where they do: shows a component on the wrong tier."""

    @property
    def utilization(self) -> Reading[Ratio]:
        """Used over budget; without a budget that of its fullest filesystem. What kept it from being measured, else."""
        if isinstance(self.used, Unmeasured):
            return self.used
        if self.budget:
            return Ratio(self.used / self.budget)
        return max((it.utilization for it in self.filesystems), default=Ratio(0.0))


@dataclass(frozen=True, slots=True)
class Disks:
    """All tiers, and what the engine could give back."""

    tiers: tuple[DiskTier, ...] = ()
    reclaimable: Reading[Reclaimable] = PENDING
    reclaimable_at: datetime | None = None


_NOTHING: Mapping[str, ContainerSnapshot] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The measured stack at ``at``. ``containers`` keep the engine's order; ``by_id`` finds one.

    ``interval`` is the wall time between the two samples it was measured from, and
    ``Unmeasured(FIRST_READ)`` for the first. ``watch`` is what was seen of the models up to now.
    ``projects`` are what Compose files define, and ``outside`` the processes that weigh most outside
    containers, where they were looked for.
    """

    at: datetime
    clock_ns: int
    interval: Reading[Seconds]
    engine: EngineInfo | None
    host: HostUsage
    containers: tuple[ContainerSnapshot, ...] = ()
    services: tuple[Service, ...] = ()
    disks: Disks | None = None
    models: tuple[ModelServer, ...] = ()
    events: tuple[Event, ...] = ()
    projects: tuple[Defined, ...] = ()
    outside: tuple[Process, ...] = ()
    reports: tuple[CollectorReport, ...] = ()
    by_id: Mapping[str, ContainerSnapshot] = field(default_factory=lambda: _NOTHING, repr=False)
    watch: ModelWatch = NOTHING_WATCHED

    @property
    def endpoints(self) -> frozenset[str]:
        """The addresses that changes made here carry: the engine's, and those of the model servers."""
        engine = {self.engine.endpoint} if self.engine is not None else set()
        return frozenset(engine | {it.endpoint for it in self.models})

    def report(self, name: str) -> CollectorReport | None:
        """Give the named collector's report, or ``None`` where it has not run."""
        return next((report for report in self.reports if report.name == name), None)

    def service_of(self, container: Container) -> Service | None:
        """Give the service that owns a container, or ``None`` for a plain one."""
        return next((service for service in self.services if container.id in service.container_ids), None)
