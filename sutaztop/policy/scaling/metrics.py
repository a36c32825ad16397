"""From one metric to a number of replicas (POLICY 1.2 and 1.3), with exact ratios."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sutaztop.domain.scaling import (
    HorizontalSpec,
    MetricKind,
    MetricReading,
    MetricSpec,
    Proposal,
    ScaledReplica,
    Stage,
)
from sutaztop.policy.scaling.grouping import Groups, group

MOST_REPLICAS = 2**31 - 1
MOST_SUM = 2**63 - 1
_ONE = Fraction(1)


@dataclass(frozen=True, slots=True)
class _Ratio:
    """Use over target, and what is told of it."""

    ratio: Fraction
    utilization: int | None
    average: int | None


@dataclass(frozen=True, slots=True)
class Look:
    """What all metrics of one look at a service have in common. ``current`` are the replicas wished for."""

    spec: HorizontalSpec
    replicas: Sequence[ScaledReplica]
    current: int
    now: int


def propose(look: Look, metric: MetricSpec, reading: MetricReading | None) -> Proposal:
    """Give the number of replicas that one metric asks for, or why it can't be told."""
    why = metric.unavailable or ("its target is not above 0" if metric.target <= 0 else "")
    if why or reading is None:
        return _unavailable(metric, why or "it was not read")
    if metric.kind in (MetricKind.VALUE, MetricKind.PER_REPLICA):
        if reading.total is None:
            return _unavailable(metric, "it has no value")
        by_all = _by_value if metric.kind is MetricKind.VALUE else _by_total
        return by_all(look, metric, reading.total)
    groups = group(look.replicas, reading.samples, look.spec, metric, look.now)
    if not groups.counted:
        return _unavailable(metric, "no replica that counts has a sample")
    return _by_replica(look, metric, groups, dict(reading.requests))


def is_within(ratio: Fraction, spec: HorizontalSpec) -> bool:
    """Whether a ratio is so near to 1 that nothing is to be done; both edges are."""
    down, up = spec.tolerances
    return _ONE - down <= ratio <= _ONE + up


def ceil_times(ratio: Fraction, count: int) -> int:
    """Give the product, rounded up, at most ``MOST_REPLICAS``.

    >>> ceil_times(Fraction(22, 10), 25)
    55
    """
    product = ratio * count
    return min(-(-product.numerator // product.denominator), MOST_REPLICAS)


def _unavailable(metric: MetricSpec, why: str) -> Proposal:
    return Proposal(metric.name, None, why=why)


def _by_replica(look: Look, metric: MetricSpec, groups: Groups, requests: Mapping[str, int]) -> Proposal:
    spec, current = look.spec, look.current
    use = {who: sample.value for who, sample in groups.counted.items()}
    found = _ratio(metric, use, requests)
    if found is None:
        return _unavailable(metric, "no replica that counts has a request")

    def proposed(replicas: int) -> Proposal:
        return Proposal(metric.name, replicas, found.utilization, found.average)

    ratio = found.ratio
    unready_up = bool(groups.unready) and ratio > 1
    if not groups.missing and not unready_up:
        # Times those that were counted, not times all there should be.
        return proposed(current if is_within(ratio, spec) else ceil_times(ratio, len(use)))
    if ratio != 1:
        # What is not known is taken to speak against the change.
        use |= {who: _full(metric, requests.get(who, 0)) if ratio < 1 else 0 for who in groups.missing}
    if unready_up:
        use |= dict.fromkeys(groups.unready, 0)
    filled = _ratio(metric, use, requests)
    assert filled is not None  # noqa: S101 - there were requests before anything was filled in
    again = filled.ratio
    if is_within(again, spec) or (ratio < 1 < again) or (again < 1 < ratio):
        return proposed(current)
    count = ceil_times(again, len(use))
    if (again < 1 and count > current) or (again > 1 and count < current):
        return proposed(current)
    return proposed(count)


def _full(metric: MetricSpec, request: int) -> int:
    if metric.kind is MetricKind.UTILIZATION:
        return request * max(100, metric.target) // 100
    return metric.target


def _ratio(metric: MetricSpec, use: Mapping[str, int], requests: Mapping[str, int]) -> _Ratio | None:
    if metric.kind is MetricKind.AVERAGE:
        average = _sum(use.values()) // len(use)
        return _Ratio(Fraction(average, metric.target), None, average)
    asked = [who for who in use if who in requests]
    whole = _sum(requests[who] for who in asked)
    if not asked or whole <= 0:
        return None
    used = _sum(use[who] for who in asked)
    # The percentage is cut to a whole number before the ratio is made of it.
    percent = used * 100 // whole
    return _Ratio(Fraction(percent, metric.target), percent, used // len(asked))


def _sum(values: Iterable[int]) -> int:
    return min(sum(values), MOST_SUM)


def _by_value(look: Look, metric: MetricSpec, value: int) -> Proposal:
    ratio = Fraction(value, metric.target)
    if look.current == 0:
        return Proposal(metric.name, ceil_times(ratio, 1), average=value)
    if is_within(ratio, look.spec):
        return Proposal(metric.name, look.current, average=value)
    ready = sum(1 for it in look.replicas if it.stage is Stage.RUNNING and it.ready)
    return Proposal(metric.name, ceil_times(ratio, ready), average=value)


def _by_total(look: Look, metric: MetricSpec, total: int) -> Proposal:
    wanted = ceil_times(Fraction(total, metric.target), 1)
    if look.current == 0:
        return Proposal(metric.name, wanted, average=0)
    holds = is_within(Fraction(total, metric.target * look.current), look.spec)
    return Proposal(metric.name, look.current if holds else wanted, average=-(-total // look.current))
