"""When disks fill, what makes them grow, and what can be given back without touching anybody's data."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sutaztop.domain.disk import Filesystem, Reclaimable
from sutaztop.domain.finding import Evidence, Finding, Recommendation, Severity, Subject
from sutaztop.domain.frame import HistoryView
from sutaztop.domain.profile import Thresholds
from sutaztop.domain.quantity import MIB, Bytes, span_words
from sutaztop.domain.reading import measured
from sutaztop.domain.sizes import component_key, filesystem_key, tier_key, time_of
from sutaztop.domain.snapshot import ComponentUsage, Disks, DiskTier
from sutaztop.measure.growth import SOON, Forecast, Growth, forecast, growth_of
from sutaztop.policy.severity import Ranked, is_over
from sutaztop.policy.wording import count, memory

AT_ONCE = 3600
"""Seconds: what fills within an hour can't wait for anybody to be asked."""
_LEAST_BACK = 64 * MIB
"""Less than this, given back, changes nothing."""
_TOP = 3
_RANK, _WISH_RANK = 0, 2
"""A disk that fills comes before all that stands on it; a plan's size after the services of the highest tier."""


@dataclass(frozen=True, slots=True)
class Filling:
    """Something that grows and will be full within a day. ``is_budget`` tells a plan's size from a real end.

    ``points`` are the mount points concerned; ``whole`` is what it may grow to.
    """

    subject: Subject
    growth: Growth
    forecast: Forecast
    room: Bytes
    whole: Bytes
    points: frozenset[str]
    is_budget: bool

    @property
    def severity(self) -> Severity:
        """Critical only where writes will fail, and within the hour: a budget is a wish."""
        is_near = not self.is_budget and self.forecast.left <= AT_ONCE
        return Severity.CRITICAL if is_near else Severity.WARNING

    @property
    def words(self) -> str:
        """Say when: "full in 3 h 10 min (2 h 40 min – 4 h)"."""
        return f"{'budget ' if self.is_budget else ''}full in {forecast_words(self.forecast)}"


@dataclass(frozen=True, slots=True)
class _Vessel:
    """What may fill: room and whole in bytes, ``None`` where not known, and how old in seconds its measurement is."""

    subject: Subject
    key: str
    room: Bytes | None
    whole: Bytes | None
    points: frozenset[str]
    age: float = 0.0
    is_budget: bool = False


def forecast_words(it: Forecast) -> str:
    """Write a time with its range, where that is one.

    >>> forecast_words(Forecast(11_400.0, 9_600.0, 14_400.0)), forecast_words(Forecast(11_400.0, 9_600.0, None))
    ('3 h 10 min (2 h 40 min – 4 h)', '3 h 10 min (2 h 40 min or later)')
    """
    left, earliest = span_words(it.left), span_words(it.earliest)
    if it.latest is None:
        return f"{left} ({earliest} or later)"
    latest = span_words(it.latest)
    return left if earliest == latest == left else f"{left} ({earliest} – {latest})"


def fillings(disks: Disks, history: HistoryView, at: datetime) -> tuple[Filling, ...]:
    """Give what will be full within a day, filesystems first, then the soonest.

    A tier's budget is told only where no component's of it is: the same bytes fill both.
    """
    found: list[Filling] = []
    for point, it in _filesystems(disks).items():
        whole = Bytes(it.used + it.available)
        vessel = _Vessel(Subject("tier", point, point), filesystem_key(point), it.available, whole, frozenset({point}))
        found += _filling(vessel, history)
    for tier in disks.tiers:
        of_tier = [made for usage in tier.components for made in _filling(_part(usage, at), history)]
        found += of_tier or _filling(_sum(tier, at), history)
    return tuple(sorted(found, key=lambda it: (it.is_budget, it.forecast.left, it.subject.kind, it.subject.name)))


def filling_findings(disks: Disks, history: HistoryView, at: datetime) -> Iterator[Ranked]:
    """Give a finding for each of them, with what the forecast rests on."""
    for it in fillings(disks, history, at):
        rank = _WISH_RANK if it.is_budget else _RANK
        yield rank, Finding(it.subject, it.severity, "FILLING", f"{it.words}; {_basis(it)}", _evidence(it))


def disk_advice(disks: Disks, history: HistoryView, thresholds: Thresholds, at: datetime) -> tuple[Recommendation, ...]:
    """Say what fills, with what makes it grow, and what can be given back where it is needed.

    None of it can be applied from here: what is thrown away is for a person to choose. Volumes
    are never among it.
    """
    soon = fillings(disks, history, at)
    made = [_advice(it, disks, history) for it in soon]
    given_back = _give_back(disks, soon, thresholds)
    return (*made, given_back) if given_back is not None else tuple(made)


def top_growers(
    disks: Disks, history: HistoryView, points: Iterable[str] | None = None
) -> tuple[tuple[ComponentUsage, Growth], ...]:
    """Give the components that grow fastest, up to three; ``points`` leaves out those on other filesystems."""
    wanted = None if points is None else set(points)
    found: dict[str, tuple[ComponentUsage, Growth]] = {}
    for it in (it for tier in disks.tiers for it in tier.components):
        growth = measured(growth_of(history.sizes(component_key(it.component.name))))
        is_here = wanted is None or any(tree.mount_point in wanted for tree in it.trees)
        if growth is not None and growth.is_growing and is_here:
            found.setdefault(it.component.name, (it, growth))
    order = sorted(found.values(), key=lambda pair: (-pair[1].slope, pair[0].component.name))
    return tuple(order[:_TOP])


def can_be_given_back(it: Reclaimable) -> tuple[tuple[str, Bytes, str], ...]:
    """List what the engine holds for nobody: its kind, its size and the command, where there is a safe one.

    Unused volumes are left out: they are somebody's data.
    """
    kinds = (
        ("build cache", it.build_cache, "docker builder prune"),
        ("dangling images", it.images_dangling, "docker image prune"),
        ("unused images, dangling ones among them", it.images, "docker image prune -a"),
        ("what stopped containers wrote", it.containers, "docker rm, of those that nobody needs"),
        ("container logs", it.logs, "give them a size in the engine's log-opts; they stay until then"),
    )
    return tuple((kind, size, how) for kind, size, how in kinds if size >= _LEAST_BACK)


def _filesystems(disks: Disks) -> Mapping[str, Filesystem]:
    return {fs.mount_point: fs for tier in disks.tiers for fs in tier.filesystems}


def _part(it: ComponentUsage, at: datetime) -> _Vessel:
    name, budget = it.component.name, it.component.recommended
    points = frozenset(tree.mount_point for tree in it.trees if tree.mount_point)
    age = _age(time_of(it.trees) or it.measured_at, at)
    room = _room(measured(it.used), budget)
    return _Vessel(Subject("component", name, name), component_key(name), room, budget, points, age, is_budget=True)


def _sum(tier: DiskTier, at: datetime) -> _Vessel:
    subject = Subject("tier", tier.medium.value, f"{tier.medium.value.upper()} tier")
    points = frozenset(fs.mount_point for fs in tier.filesystems)
    age = _age(time_of(tree for it in tier.components for tree in it.trees), at)
    room = _room(measured(tier.used), tier.budget)
    return _Vessel(subject, tier_key(tier.medium), room, tier.budget, points, age, is_budget=True)


def _room(used: Bytes | None, budget: Bytes | None) -> Bytes | None:
    return None if used is None or budget is None else Bytes(budget - used)


def _age(measured_at: datetime | None, at: datetime) -> float:
    return (at - measured_at).total_seconds() if measured_at is not None else 0.0


def _filling(it: _Vessel, history: HistoryView) -> list[Filling]:
    """Give one where it fills within a day, else none."""
    growth = measured(growth_of(history.sizes(it.key)))
    when = forecast(it.room, growth, it.age) if growth is not None and it.room is not None else None
    if growth is None or when is None or when.left > SOON or it.room is None or it.whole is None:
        return []
    return [Filling(it.subject, growth, when, it.room, it.whole, it.points, it.is_budget)]


def _basis(it: Filling) -> str:
    growth = it.growth
    rate = f"{memory(growth.slope)} an hour"
    if growth.low != growth.high:
        rate += f" ({memory(growth.low)} – {memory(growth.high)})"
    seen = f"{count(growth.points, 'measurement')} over {span_words(growth.span)}"
    return f"grows by {rate} in {seen}, {memory(it.room)} left of {memory(it.whole)}"


def _evidence(it: Filling) -> tuple[Evidence, ...]:
    return (
        Evidence("grows by", f"{memory(it.growth.slope)} an hour"),
        Evidence("quartiles", f"{memory(it.growth.low)} – {memory(it.growth.high)} an hour"),
        Evidence("measurements", f"{it.growth.points} over {span_words(it.growth.span)}"),
        Evidence("left", memory(it.room)),
    )


def _advice(it: Filling, disks: Disks, history: HistoryView) -> Recommendation:
    growers = [
        f"{usage.component.name} by {memory(growth.slope)} an hour"
        for usage, growth in top_growers(disks, history, it.points)
        if usage.component.name != it.subject.name
    ]
    also = f"; growing fastest there: {', '.join(growers)}" if growers else ""
    where = "budget" if it.is_budget else "filesystem"
    return Recommendation(
        id=f"disk:{where}:{it.subject.id}",
        subject=it.subject,
        severity=it.severity,
        rule="R-DISK-1",
        proposal=it.words,
        reason=f"{_basis(it)}{also}",
        evidence=_evidence(it),
        tier_rank=_WISH_RANK if it.is_budget else _RANK,
    )


def _give_back(disks: Disks, soon: Sequence[Filling], thresholds: Thresholds) -> Recommendation | None:
    """Advise to give back what the engine holds, where its filesystem is short of room now or soon."""
    back = measured(disks.reclaimable)
    tight = _tight_points(disks, soon, thresholds)
    if back is None or not tight:
        return None
    kinds = can_be_given_back(back)
    # Dangling images are unused ones: they are told apart, and counted once.
    total = sum(size for kind, size, _ in kinds if kind != "dangling images" or not back.images)
    if not kinds:
        return None
    where = ", ".join(sorted(tight))
    listed = "; ".join(f"{kind} {memory(size)}: {how}" for kind, size, how in kinds)
    return Recommendation(
        id="disk:reclaim",
        subject=Subject("tier", where, where),
        severity=Severity.WARNING,
        rule="R-DISK-2",
        proposal=f"give back up to {memory(total)}",
        reason=f"{listed}. No volume is touched by these",
        evidence=tuple(Evidence(kind, memory(size)) for kind, size, _ in kinds),
        tier_rank=_WISH_RANK,
    )


def _tight_points(disks: Disks, soon: Sequence[Filling], thresholds: Thresholds) -> set[str]:
    """Give the short filesystems on which the engine keeps its data."""
    filling = {point for it in soon if not it.is_budget for point in it.points}
    short = {
        point
        for point, filesystem in _filesystems(disks).items()
        if point in filling or is_over(filesystem.utilization, thresholds.disk_warning)
    }
    return short & _engine_points(disks.tiers)


def _engine_points(tiers: Iterable[DiskTier]) -> set[str]:
    return {
        tree.mount_point
        for tier in tiers
        for it in tier.components
        if it.component.engine_root
        for tree in it.trees
        if tree.mount_point
    }
