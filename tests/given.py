"""Ready-made domain values for tests: each call says only what matters to its test."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sutaztop.domain.container import Container, ContainerState, Health
from sutaztop.domain.counters import ContainerCounters, HostCounters
from sutaztop.domain.engine import EngineInfo
from sutaztop.domain.estimate import Aggregate
from sutaztop.domain.finding import Finding, Recommendation
from sutaztop.domain.frame import Frame
from sutaztop.domain.quantity import GIB, Bytes, Cores, Ratio, Seconds
from sutaztop.domain.resources import Limits, Resources
from sutaztop.domain.service import Service
from sutaztop.domain.sizes import NO_SIZES, SizeSeries
from sutaztop.domain.snapshot import ContainerSnapshot, HostUsage, Snapshot, Tier, Usage

NOW = datetime(2026, 11, 23, 12, 4, 31, tzinfo=UTC)


def container_id(name: str) -> str:
    """Give a stable 64-hex id for a name."""
    return name.encode().hex().ljust(64, "0")[:64]


def limits(cpu: float | None = 2.0, memory: int | None = 4 * GIB) -> Limits:
    """Give limits as the engine stores them for ``--cpus`` and ``-m``."""
    return Limits(
        cpu=None if cpu is None else Cores(cpu),
        memory=None if memory is None else Bytes(memory),
        memory_and_swap=None if memory is None else Bytes(2 * memory),
    )


def container(
    name: str = "sutazai-backend",
    *,
    state: ContainerState = ContainerState.RUNNING,
    health: Health = Health.HEALTHY,
    cpu: float | None = 2.0,
    memory: int | None = 4 * GIB,
    service: str = "backend",
    project: str = "sutazaiapp",
    oom_killed: bool = False,
    restart_count: int = 0,
    labels: Mapping[str, str] | None = None,
    networks: tuple[str, ...] = (),
) -> Container:
    """Give a container."""
    running = state in (ContainerState.RUNNING, ContainerState.PAUSED)
    return Container(
        id=container_id(name), name=name, image=f"sutazai/{service or name}:latest", state=state,
        health=health, created_at=NOW - timedelta(days=3), started_at=NOW - timedelta(days=3),
        pid=4242 if running else 0, exit_code=None if running else 0, oom_killed=oom_killed,
        restart_count=restart_count, resources=Resources(limits(cpu, memory)), project=project,
        service=service, number=1, labels=labels or {}, networks=networks,
    )  # fmt: skip


def counters(at: datetime = NOW, *, clock_ns: int = 0, cpu_time_ns: int = 0, run: str = "1") -> ContainerCounters:
    """Give counters with the least that a test of a rate needs."""
    return ContainerCounters(read_at=at, clock_ns=clock_ns, run=run, cpu_time_ns=cpu_time_ns)


def host_counters(at: datetime = NOW, *, clock_ns: int = 0, busy_ns: int = 0, total_ns: int = 0) -> HostCounters:
    """Give a 12-core, 32 GiB host."""
    return HostCounters(
        read_at=at, clock_ns=clock_ns, cpus=12, cpu_busy_ns=busy_ns, cpu_total_ns=total_ns, load=(5.1, 4.8, 4.2),
        memory_total_bytes=Bytes(32 * GIB), memory_available_bytes=Bytes(9 * GIB), hostname="sutaz-host",
    )  # fmt: skip


def engine_info(*, demo: bool = False) -> EngineInfo:
    """Give a local engine."""
    return EngineInfo(
        endpoint="unix:///var/run/docker.sock", origin="default", name="sutaz-host", id="ENGINE", version="20.10.24",
        api_version="1.41", cpus=12, memory=Bytes(32 * GIB), cgroup_version=2, is_local=True, demo=demo,
    )  # fmt: skip


def usage(
    *,
    cpu: float = 1.86,
    cpu_utilization: float = 0.93,
    throttled: float = 0.41,
    memory: int = 2 * GIB,
    memory_utilization: float = 0.52,
) -> Usage:
    """Give a measured usage."""
    return Usage(
        read_at=NOW, cpu=Cores(cpu), cpu_utilization=Ratio(cpu_utilization), throttled=Ratio(throttled),
        memory=Bytes(memory), memory_utilization=Ratio(memory_utilization), memory_anon=Bytes(memory),
        memory_cache=Bytes(0), network_rx=88_000.0, network_tx=12_000.0, block_read=0.0, block_write=2_000_000.0,
        pids=12, oom_kills=0,
    )  # fmt: skip


def measured_container(
    given_container: Container | None = None, given_usage: Usage | None = None, tier: Tier | None = None
) -> ContainerSnapshot:
    """Give a container with its usage."""
    it = given_container or container()
    return ContainerSnapshot(
        container=it, usage=given_usage or usage(), tier=tier or Tier("high", "table", 1),
        oom_killed=it.oom_killed, display_name=it.name.removeprefix("sutazai-"),
    )  # fmt: skip


def host_usage() -> HostUsage:
    """Give a measured host."""
    return HostUsage(
        hostname="sutaz-host", read_at=NOW, cpus=12, cpu=Cores(5.2), cpu_utilization=Ratio(0.43), load=(5.1, 4.8, 4.2),
        memory_total=Bytes(32 * GIB), memory_available=Bytes(9 * GIB), memory_utilization=Ratio(0.71),
        cpu_limits=Cores(40.0), memory_limits=Bytes(132 * GIB), memory_unlimited=54, cpu_unlimited=54,
        cpu_overcommit=Ratio(3.3), memory_overcommit=Ratio(4.1), own_cpu=Cores(0.014), own_memory=Bytes(48 << 20),
    )  # fmt: skip


def snapshot(
    containers: Sequence[ContainerSnapshot] | None = None, *, services: Sequence[Service] = (), at: datetime = NOW
) -> Snapshot:
    """Give a snapshot of the given containers, or of one."""
    found = tuple(containers if containers is not None else [measured_container()])
    return Snapshot(
        at=at, clock_ns=0, interval=Seconds(1.0), engine=engine_info(), host=host_usage(), containers=found,
        services=tuple(services), by_id={it.id: it for it in found},
    )  # fmt: skip


@dataclass
class KeptSeries:
    """A history that answers from a mapping of (key, figure) to values, and from aggregates by key."""

    values: dict[tuple[str, str], list[float | None]] = field(default_factory=dict)
    kept_sizes: dict[str, SizeSeries] = field(default_factory=dict)
    aggregates: dict[str, Aggregate] = field(default_factory=dict)

    def series(self, key: str, figure: str, *, points: int, bucket: Seconds) -> Sequence[float | None]:
        """Give the last points, padded with gaps on the left."""
        del bucket
        kept = self.values.get((key, figure), [])[-points:]
        return [None] * (points - len(kept)) + kept

    def sizes(self, key: str) -> SizeSeries:
        """Give the sizes that were put there."""
        return self.kept_sizes.get(key, NO_SIZES)

    def aggregate(self, key: str) -> Aggregate | None:
        """Give the aggregate of a key."""
        return self.aggregates.get(key)


def frame(
    given_snapshot: Snapshot | None = None,
    *,
    findings: Sequence[Finding] = (),
    recommendations: Sequence[Recommendation] = (),
    history: KeptSeries | None = None,
) -> Frame:
    """Give a frame."""
    return Frame(
        number=1, snapshot=given_snapshot or snapshot(), history=history or KeptSeries(),
        findings=tuple(findings), recommendations=tuple(recommendations),
    )  # fmt: skip
