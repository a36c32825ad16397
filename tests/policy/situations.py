"""Situations for policy: a container or two with the readings that led up to now."""

from collections.abc import Sequence
from dataclasses import replace

from sutaztop.domain.case import PastWish
from sutaztop.domain.container import Container
from sutaztop.domain.decision import Decision
from sutaztop.domain.finding import Finding, Recommendation
from sutaztop.domain.frame import HOST
from sutaztop.domain.past import NO_PAST
from sutaztop.domain.profile import Profile, Thresholds
from sutaztop.domain.quantity import GIB, Bytes, Cores, Ratio, Seconds
from sutaztop.domain.reading import NO_LIMIT
from sutaztop.domain.service import Orchestrator, Service
from sutaztop.domain.snapshot import ContainerSnapshot, HostUsage, Snapshot, Tier
from sutaztop.policy.judge import Judgement, explain, judge
from tests import given

WINDOW = 12
"""Readings in the window, as in the worked examples …"""
SPACING = 15
"""… and the seconds from one to the next."""
PROFILE = Profile(thresholds=Thresholds(minimum_span=Seconds(WINDOW)))
"""Findings about the host rest on series of a point a second here."""


def host(*, cpu: float = 6.0, available: int = 40 * GIB) -> HostUsage:
    """Give the worked examples' host: 16 cores, 64 GiB."""
    return replace(
        given.host_usage(), cpus=16, cpu=Cores(cpu), cpu_utilization=Ratio(cpu / 16), memory_total=Bytes(64 * GIB),
        memory_available=Bytes(available), memory_utilization=Ratio(0.4), memory_overcommit=Ratio(0.5),
        cpu_overcommit=Ratio(0.5),
    )  # fmt: skip


class Seconds1(given.KeptSeries):
    """Series of one point a second, which honour the bucket that is asked for."""

    def series(self, key: str, figure: str, *, points: int, bucket: Seconds) -> Sequence[float | None]:
        """Give the highest of each bucket; the newest bucket is whole."""
        width = max(1, round(bucket))
        raw = super().series(key, figure, points=points * width, bucket=Seconds(1.0))
        groups = (raw[at : at + width] for at in range(0, len(raw), width))
        return [max((it for it in group if it is not None), default=None) for group in groups]


class Situation:
    """A stack under construction: containers with their series, and the host."""

    def __init__(self, *, on: HostUsage | None = None) -> None:
        self.host = on or host()
        self.containers: list[ContainerSnapshot] = []
        self.services: list[Service] = []
        self.history = Seconds1({(HOST, "cpu_utilization"): [0.4] * WINDOW})
        self.past = NO_PAST

    def add(
        self,
        container: Container,
        *,
        cpu: Sequence[float | None] = (0.3,),
        throttled: float = 0.0,
        memory: Sequence[float | None] = (0.1,),
        tier: int = 1,
    ) -> ContainerSnapshot:
        """Add a container with its shares of its limits (or cores, where it has no limit), oldest first."""
        cpu, memory = _filled(cpu), _filled(memory)
        limits = container.resources.limits
        share, size = cpu[-1] or 0.0, memory[-1] or 0.0
        used = given.usage(
            cpu=share * (limits.cpu or 1.0), cpu_utilization=share, throttled=throttled,
            memory=int(size * (limits.memory or GIB)), memory_utilization=size,
        )  # fmt: skip
        if limits.cpu is None:
            used = replace(used, cpu_utilization=NO_LIMIT)
        else:
            self.history.values[container.id, "cpu_utilization"] = list(cpu)
        if limits.memory is None:
            used = replace(used, memory_utilization=NO_LIMIT)
        else:
            self.history.values[container.id, "memory_utilization"] = list(memory)
        self.history.values[container.id, "cpu"] = _scaled(cpu, limits.cpu or 1.0)
        self.history.values[container.id, "memory"] = _scaled(memory, limits.memory or GIB)
        self.history.values[container.id, "throttled"] = [throttled] * len(cpu)
        made = given.measured_container(container, used, Tier("tier", "table", tier))
        self.containers.append(made)
        return made

    def serve(self, name: str, *members: ContainerSnapshot, swarm: bool = False, not_scalable: str = "") -> Service:
        """Put containers into a service."""
        service = Service(
            id=f"{name}-id", name=name, orchestrator=Orchestrator.SWARM if swarm else Orchestrator.COMPOSE,
            desired=len(members) if swarm else None, running=len(members), not_scalable=not_scalable,
            container_ids=tuple(it.id for it in members),
        )  # fmt: skip
        self.services.append(service)
        # Watched for longer than any window looks back.
        old = PastWish(int(given.NOW.timestamp()) - 400, len(members))
        sizes = {**self.past.sizes, service.id: len(members)}
        self.past = replace(self.past, sizes=sizes, wished={**self.past.wished, service.id: (old,)})
        return service

    def remember(self, container: ContainerSnapshot, figure: str, values: Sequence[float]) -> None:
        """Have history tell other values of a figure."""
        self.history.values[container.id, figure] = list(values)

    def snapshot(self) -> Snapshot:
        """Give the snapshot."""
        return replace(given.snapshot(self.containers, services=self.services), host=self.host)

    def judge(self, profile: Profile | None = None) -> Judgement:
        """Judge the situation."""
        return judge(self.snapshot(), self.history, profile or PROFILE, self.past)

    def advice(self) -> list[Recommendation]:
        """Give what is recommended."""
        return list(self.judge().recommendations)

    def explain(self, container_id: str) -> Decision:
        """Give what is decided about one container, whatever its figures."""
        found = explain(self.snapshot(), self.history, PROFILE, self.past, container_id)
        assert found is not None
        return found

    def finding(self, name: str) -> Finding | None:
        """Give the finding about a container, a service or the host, by its shown name."""
        return next((it for it in self.judge().findings if it.subject.name == name), None)


def _filled(values: Sequence[float | None]) -> Sequence[float | None]:
    """Give a point for every second: each value lasts until the next reading, one alone for the whole window."""
    return [value for value in (list(values) * WINDOW if len(values) == 1 else values) for _ in range(SPACING)]


def _scaled(shares: Sequence[float | None], limit: float) -> list[float | None]:
    return [None if share is None else share * limit for share in shares]
