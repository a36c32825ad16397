"""A frame: a snapshot with what history and policy say of it. Every face shows frames."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Protocol

from sutaztop.domain.container import Container
from sutaztop.domain.estimate import Aggregate
from sutaztop.domain.finding import Finding, Recommendation, Severity
from sutaztop.domain.guardrails import ObservedChange
from sutaztop.domain.past import NO_PAST, Past
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.sample import Trouble
from sutaztop.domain.sizes import SizeSeries
from sutaztop.domain.snapshot import Snapshot

HOST = "host"
"""The key under which the host's own series are kept."""


class HistoryView(Protocol):
    """What a face may ask of the history. Gaps are ``None``; the newest point is last."""

    def series(self, key: str, figure: str, *, points: int, bucket: Seconds) -> Sequence[float | None]:
        """Give the last ``points`` buckets of ``bucket`` seconds of one figure.

        ``key`` is a container's id or ``HOST``; ``figure`` is the name of a field of ``Usage``
        or ``HostUsage`` that is a number (cpu, cpu_utilization, throttled, memory,
        memory_utilization, memory_anon, network_rx …). A bucket is the maximum of its readings.
        Buckets are aligned to multiples of ``bucket`` on the clock, so that a closed bucket
        never changes. An unknown key or figure gives only gaps.
        """
        ...

    def sizes(self, key: str) -> SizeSeries:
        """Give what a part of the disk plan took over time; keys are those of ``domain.sizes``.

        An unknown key gives an empty series; one that has not changed is the same object.
        """
        ...

    def aggregate(self, key: str) -> Aggregate | None:
        """Give what is remembered over days, or ``None`` for an unknown key.

        ``key`` is a container's id (whose predecessors of the same name or place in a service count as well), the id
        of a service for all its replicas together, or ``HOST`` for the host's CPU.
        """
        ...


_NOTHING_OBSERVED: Mapping[str, ObservedChange] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Frame:
    """What every face shows. ``number`` counts frames; ``interval`` is the wished time between two.

    ``worst`` is the highest severity of all findings. ``trouble`` is what keeps the whole
    picture from being current (the engine is gone); values are then the last good ones and
    ``stale_since`` says from when. ``observed`` are the last changes of limits and replicas that
    were seen, by the id of the container or service.
    """

    number: int
    snapshot: Snapshot
    history: HistoryView
    findings: tuple[Finding, ...] = ()
    recommendations: tuple[Recommendation, ...] = ()
    interval: Seconds = Seconds(1.0)
    trouble: Trouble | None = None
    stale_since: datetime | None = None
    observed: Mapping[str, ObservedChange] = field(default_factory=lambda: _NOTHING_OBSERVED, repr=False)
    past: Past = field(default=NO_PAST, repr=False)
    """What judging remembers: with it the same judgement can be made again, and asked why."""
    recorded: bool = False
    """Whether it is from a recording: of what was, nothing may be changed."""

    def last_change(self, container: Container) -> ObservedChange | None:
        """Give the last observed change of a container's limits, or of its service's limits or replicas."""
        if not self.observed:
            return None
        service = container.swarm_service_id or f"{container.project}/{container.service}"
        found = [it for key in (container.id, service) if (it := self.observed.get(key)) is not None]
        return max(found, key=lambda it: it.at, default=None)

    @property
    def worst(self) -> Severity:
        """The highest severity of all findings; OK where there are none."""
        return max((finding.severity for finding in self.findings), default=Severity.OK)
