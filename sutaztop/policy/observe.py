"""From a snapshot and its history to a case for judgement, in whole numbers.

A thousand quiet containers must cost nothing: history is read only for those whose present figures could make a
rule fire. ``is_quiet`` says of which nothing could come; "why not?" for one of them reads everything.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from sutaztop.domain.case import Case, Holder, HostRoom, LoadSample, Phase, Replica, Situation
from sutaztop.domain.container import ContainerState, Health
from sutaztop.domain.estimate import DAY, Aggregate
from sutaztop.domain.frame import HistoryView
from sutaztop.domain.numbers import WHOLE, Numbers, numbers_of, round_up
from sutaztop.domain.past import Past
from sutaztop.domain.profile import Profile
from sutaztop.domain.quantity import Seconds, nano_cpus
from sutaztop.domain.reading import Unmeasured, measured
from sutaztop.domain.service import Orchestrator, Service
from sutaztop.domain.snapshot import ContainerSnapshot, HostUsage, Snapshot
from sutaztop.policy.container_findings import subject_of
from sutaztop.policy.deciding.memory_rules import RISING, time_to_limit
from sutaztop.policy.rightsizing import with_margin
from sutaztop.policy.service_profile import profile_for
from sutaztop.policy.workloads import Workload

BUCKET = 5
"""Readings of a second are averaged over this many: one sample of the decision."""
_MOST_POINTS = 600
_PEAK_STEPS = (30, 60, 300)
"""Spans, in seconds, whose peaks tell a leak within minutes; hours come from what is remembered for longer."""
_PERIODS = 10
"""CFS periods in a second (100 ms each, the engine's own)."""
_NOT_LOW = 0.5
_NEARLY = 0.9
_HOLDERS = 3
_HOUR = 3600

_PHASES = {
    ContainerState.CREATED: Phase.CREATED,
    ContainerState.RUNNING: Phase.RUNNING,
    ContainerState.PAUSED: Phase.PAUSED,
    ContainerState.RESTARTING: Phase.RESTARTING,
    ContainerState.REMOVING: Phase.REMOVING,
    ContainerState.EXITED: Phase.EXITED,
    ContainerState.DEAD: Phase.DEAD,
}


class Observer:
    """Makes cases of one snapshot; what is read of history is read once."""

    def __init__(self, snapshot: Snapshot, history: HistoryView, profile: Profile, past: Past) -> None:
        self._snapshot = snapshot
        self._history = history
        self._profile = profile
        self._past = past
        self.now = int(snapshot.at.timestamp())
        self.numbers = _paced(numbers_of(profile), snapshot)
        self._numbers: dict[int, tuple[Profile, Numbers]] = {}
        self._members: dict[str, Replica] = {}

    def situation(self, found: Iterable[Workload], *, also: Collection[str] = ()) -> Situation:
        """Give the cases of the workloads from which anything could come, and of containers that are asked about."""
        cases = tuple(self.case(it) for it in found if _is_asked(it, also) or not self.is_quiet(it))
        return Situation(self.now, self.host(), cases)

    def host(self) -> HostRoom:
        """Give the host's room."""
        host = self._snapshot.host
        running = [it for it in self._snapshot.containers if it.container.is_running]
        used = measured(host.cpu)
        pressure = host.memory_pressure
        set_aside = [it.container.resources.reservations for it in running]
        busy = measured(host.cpu_utilization) or 0.0
        return HostRoom(
            cpus=host.cpus * 1000,
            memory_total=int(host.memory_total),
            cpu_used=None if used is None else round(used * 1000),
            memory_available=_whole(measured(host.memory_available)),
            memory_pressure_full=None
            if isinstance(pressure, Unmeasured) or pressure.full is None
            else round(pressure.full * WHOLE),
            cpu_reserved=sum(round(it.cpu * 1000) for it in set_aside if it.cpu is not None),
            memory_reserved=sum(it.memory for it in set_aside if it.memory is not None),
            holders=_holders(running) if busy >= _NOT_LOW else (),
        )

    def _profile_of(self, it: ContainerSnapshot) -> Profile:
        """Give the profile that holds for a container: the host's own, unless a rule or its labels say more."""
        container = it.container
        return profile_for(self._profile, container.name, container.service, container.labels)

    def _numbers_of(self, profile: Profile) -> Numbers:
        if profile is self._profile:
            return self.numbers
        known = self._numbers.get(id(profile))
        if known is None:
            # The profile is kept too, so that no other can take its identity.
            known = self._numbers[id(profile)] = (profile, _paced(numbers_of(profile), self._snapshot))
        return known[1]

    # --- who could matter -------------------------------------------------------------------

    def is_quiet(self, workload: Workload) -> bool:
        """Whether no rule could fire, by the present figures alone."""
        service = workload.service
        if service is not None and self._is_judged_for_size(service, workload):
            return False
        if self._past.kills.get(workload.key) or any(it.id in self._past.bursting for it in workload.containers):
            return False
        return all(self._is_quiet(it, self._snapshot.host) for it in workload.containers)

    def _is_judged_for_size(self, service: Service, workload: Workload) -> bool:
        profile = self._profile_of(workload.leader)
        least, most = self._bounds(service, profile)
        # HPA looks at memory as well, and at reservations: no figure of a moment says that it has nothing to do.
        always = profile.scaling.horizontal == "hpa"
        return not self._why_not(service) and (always or service.replicas > 1 or not least <= service.replicas <= most)

    def _is_quiet(self, it: ContainerSnapshot, host: HostUsage) -> bool:
        usage, lines = it.usage, self._profile_of(it).thresholds
        share, throttled = measured(usage.cpu_utilization), measured(usage.throttled) or 0.0
        if share is None:
            used = measured(usage.cpu)
            if used is not None and host.cpus and used > _NOT_LOW * lines.cpu_warning * host.cpus:
                return False
        elif share > min(_NOT_LOW, lines.cpu_warning) or throttled >= lines.throttled_warning / 2:
            return False
        size = measured(usage.memory_utilization)
        if size is None:
            held = measured(usage.memory)
            if held is not None and host.memory_total and held * 10 > host.memory_total:
                return False
        elif size > _NEARLY * lines.memory_warning or (size > _NOT_LOW and self._is_rising(it)):
            return False
        return not any(
            not isinstance(pressure, Unmeasured) and pressure.some >= lines.pressure_warning
            for pressure in (usage.cpu_pressure, usage.memory_pressure)
        )

    def _is_rising(self, it: ContainerSnapshot) -> bool:
        limit = it.container.resources.limits.memory
        return limit is not None and any(
            time_to_limit(peaks, step, limit) is not None for step, peaks in self._peaks(it.id)
        )

    # --- one case ---------------------------------------------------------------------------

    def case(self, workload: Workload) -> Case:
        """Give a workload as a case."""
        service, leader, past = workload.service, workload.leader, self._past
        limits, reserved = workload.limits, leader.container.resources.reservations
        members = self._all_members(workload)
        is_swarm = workload.is_swarm
        seen = self._history.aggregate(service.id if service is not None and is_swarm else leader.id)
        profile = self._profile_of(leader)
        least, most = self._bounds(service, profile) if service is not None else (1, 1)
        return Case(
            id=workload.subject.id,
            name=workload.subject.name,
            replicas=self._replicas(workload, members),
            numbers=self._numbers_of(profile),
            minimum_replicas=least,
            maximum_replicas=max(most, least),
            cpu_limit=None if limits.cpu is None else max(1, round(nano_cpus(limits.cpu) / 1_000_000)),
            memory_limit=_whole(limits.memory),
            cpu_reservation=round(reserved.cpu * 1000) if is_swarm and reserved.cpu else None,
            memory_reservation=_whole(reserved.memory) if is_swarm else None,
            why_not=self._why_not(service) if service is not None else "no service to add replicas to",
            members=tuple(self._replica(it) for it in members),
            scope=frozenset() if is_swarm else frozenset(it.id for it in workload.containers),
            service="" if service is None or is_swarm else service.id,
            last_change=self._last_change(workload),
            ooms=past.kills.get(workload.key, ()),
            raises=past.raises.get(workload.key, ()),
            wished=past.wished.get(service.id, ()) if service is not None else (),
            resized=past.resized.get(service.id, ()) if service is not None else (),
            tier_rank=leader.tier.rank,
            saturated=seen.saturated_s * WHOLE // seen.saturated_span_s if seen and seen.saturated_span_s else 0,
            saturated_span=seen.saturated_span_s if seen else 0,
            fitting_memory=_fitting(seen, self.numbers),
            peaks=self._worst_peaks(workload) + _hours(seen),
            rolling=is_swarm,
        )

    def _all_members(self, workload: Workload) -> Sequence[ContainerSnapshot]:
        if workload.service is None or workload.is_swarm:
            return workload.containers
        by_id = self._snapshot.by_id
        return [by_id[it] for it in workload.service.container_ids if it in by_id] or workload.containers

    @staticmethod
    def _replicas(workload: Workload, members: Sequence[ContainerSnapshot]) -> int:
        if workload.service is not None:
            # A service that Compose runs none of has nothing to judge either way.
            return workload.service.replicas
        return sum(it.container.is_running for it in members)

    def _bounds(self, service: Service, profile: Profile) -> tuple[int, int]:
        scaling = profile.scaling
        is_its_own = scaling.minimum_replicas != self._profile.scaling.minimum_replicas
        if service.orchestrator is Orchestrator.SWARM or is_its_own:
            return scaling.minimum_replicas, scaling.maximum_replicas
        # Compose runs one of everything unless somebody asks for more: a general minimum is Swarm's.
        return min(scaling.minimum_replicas, max(1, service.replicas)), scaling.maximum_replicas

    def _why_not(self, service: Service) -> str:
        if service.not_scalable:
            return service.not_scalable
        image = service.image.partition("@")[0].rpartition("/")[2].partition(":")[0]
        if image in self._profile.guardrails.stateful:
            return f"{image} holds data that replicas would not share"
        return ""

    def _last_change(self, workload: Workload) -> int | None:
        keys = {it.id for it in workload.containers}
        if workload.service is not None:
            keys.add(workload.service.id)
        seen = [it.at.timestamp() for key, it in self._past.observed.items() if key in keys]
        return int(max(seen)) if seen else None

    # --- readings ---------------------------------------------------------------------------

    def _replica(self, it: ContainerSnapshot) -> Replica:
        known = self._members.get(it.id)
        if known is not None:
            return known
        container = it.container
        started = int(container.started_at.timestamp()) if container.started_at else 0
        phase = _PHASES[container.state]
        if phase is Phase.RUNNING and container.health is Health.STARTING:
            phase = Phase.STARTING
        made = Replica(
            id=it.id,
            phase=phase,
            started=started,
            healthy=container.health is Health.HEALTHY,
            samples=self._samples(it) if phase is Phase.RUNNING else (),
            held=_whole(measured(it.usage.memory)),
            cache=_whole(measured(it.usage.memory_cache)),
            active_cache=_whole(measured(it.usage.memory_active_file)),
        )
        self._members[it.id] = made
        return made

    def _samples(self, it: ContainerSnapshot) -> tuple[LoadSample, ...]:
        window = self._numbers_of(self._profile_of(it)).window
        points = min(_MOST_POINTS, window)
        step = -(-window // points)
        read = self._history.series
        bucket = Seconds(float(step))
        cpu = read(it.id, "cpu", points=points, bucket=bucket)
        held = read(it.id, "throttled", points=points, bucket=bucket)
        size = read(it.id, "memory", points=points, bucket=bucket)
        width = max(1, _bucket(self.numbers) // step)
        samples: list[LoadSample] = []
        periods = throttled = 0
        # From the newest back, so that the newest sample is whole; then in their order.
        for end in range(points % width or width, points + 1, width):
            begin = max(0, end - width)
            used, sizes = _known(cpu[begin:end]), _known(size[begin:end])
            if not used and not sizes:
                continue
            shares = _known(held[begin:end])
            periods += len(shares) * _PERIODS * step
            throttled += round(sum(shares) * _PERIODS * step)
            samples.append(
                LoadSample(
                    at=self.now - (points - end) * step,
                    cpu=round(sum(used) / len(used) * 1000) if used else None,
                    working_set=round(sum(sizes) / len(sizes)) if sizes else None,
                    periods=periods,
                    throttled=throttled,
                )
            )
        if samples:
            samples[-1] = _with_pressure(samples[-1], it)
        return tuple(samples)

    def _worst_peaks(self, workload: Workload) -> tuple[tuple[int, tuple[int, ...]], ...]:
        """Give the peaks of the replica that grows fastest."""
        sized = [it for it in workload.containers if (measured(it.usage.memory_utilization) or 0.0) > _NOT_LOW]
        if not sized:
            return ()
        return self._peaks(max(sized, key=lambda it: (measured(it.usage.memory_utilization) or 0.0, it.id)).id)

    def _peaks(self, container_id: str) -> tuple[tuple[int, tuple[int, ...]], ...]:
        found: list[tuple[int, tuple[int, ...]]] = []
        for step in _PEAK_STEPS:
            # The last bucket is still open: what rises only because it filled further is not told as a rise.
            series = self._history.series(container_id, "memory", points=RISING + 2, bucket=Seconds(float(step)))
            known = [round(it) for it in series[:-1] if it is not None]
            if len(known) == RISING + 1:
                found.append((step, tuple(known)))
        return tuple(found)


def _is_asked(workload: Workload, also: Collection[str]) -> bool:
    return bool(also) and any(it.id in also for it in workload.containers)


def _paced(numbers: Numbers, snapshot: Snapshot) -> Numbers:
    """With frames far apart the window grows until it can hold enough of them."""
    interval = measured(snapshot.interval) or 1.0
    if interval <= BUCKET:
        return numbers
    window = max(numbers.window, round(2 * numbers.minimum_samples * interval))
    return replace(numbers, window=window, stale=max(numbers.stale, round(3 * interval)))


def _with_pressure(sample: LoadSample, it: ContainerSnapshot) -> LoadSample:
    cpu, memory = it.usage.cpu_pressure, it.usage.memory_pressure
    if not isinstance(cpu, Unmeasured):
        sample = replace(sample, cpu_pressure=round(_lasting(cpu.some, cpu.some_minute) * WHOLE))
    if not isinstance(memory, Unmeasured):
        full = None if memory.full is None else round(_lasting(memory.full, memory.full_minute) * WHOLE)
        some = round(_lasting(memory.some, memory.some_minute) * WHOLE)
        sample = replace(sample, memory_pressure=some, memory_pressure_full=full)
    return sample


def _hours(seen: Aggregate | None) -> tuple[tuple[int, tuple[int, ...]], ...]:
    """Give the peaks of the last whole hours, where none is missing among them; the last one is still open."""
    whole = seen.hourly_peaks[:-1][-RISING - 1 :] if seen else ()
    if len(whole) <= RISING or whole[-1][0] - whole[0][0] != _HOUR * RISING:
        return ()
    return ((_HOUR, tuple(peak for _, peak in whole)),)


def _fitting(seen: Aggregate | None, numbers: Numbers) -> int | None:
    """Give the memory limit that the peaks of the kept days fit into (POLICY, "Limits on a single host")."""
    if seen is None or seen.seen_s < DAY or not seen.memory_peak:
        return None
    return round_up(with_margin(seen.memory_peak), numbers.memory_round)


def _bucket(numbers: Numbers) -> int:
    """Give over how many seconds readings are averaged: fewer for whoever watches for a moment and must speak then."""
    if not numbers.minimum_span:
        return BUCKET
    return max(1, min(BUCKET, numbers.minimum_span // numbers.minimum_samples))


def _lasting(ten_seconds: float, minute: float | None) -> float:
    """Give the pressure that has lasted: high over a minute and still high; a blip is neither for long."""
    return ten_seconds if minute is None else min(ten_seconds, minute)


def _holders(running: Sequence[ContainerSnapshot]) -> tuple[Holder, ...]:
    """Give who holds the most CPU that it does not use."""
    found = [
        Holder(subject_of(it).name, round((limit - used) * 1000))
        for it in running
        if (limit := it.container.resources.limits.cpu) is not None
        and (used := measured(it.usage.cpu)) is not None
        and limit > used
    ]
    return tuple(sorted(found, key=lambda it: (-it.slack, it.name))[:_HOLDERS])


def _known(values: Sequence[float | None]) -> list[float]:
    return [it for it in values if it is not None]


def _whole(amount: float | None) -> int | None:
    return None if amount is None else int(amount)
