"""A case looked at as HPA would: its autoscaler from the numbers in force, its replicas and their metrics.

Docker knows no readiness of its own: a replica whose probe passes, or that has none, is ready since its start, and
one whose probe is still starting is not. A request is the reservation, and where there is none the limit, as
Kubernetes has it where only a limit is given.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from sutaztop.domain.case import Case, LoadSample, Phase, Replica
from sutaztop.domain.scaling import (
    Behaviour,
    HorizontalOutcome,
    HorizontalSpec,
    MetricKind,
    MetricReading,
    MetricSample,
    MetricSpec,
    PolicyKind,
    ScaledReplica,
    ScalePolicy,
    ScaleRules,
    ScalingState,
    Stage,
)
from sutaztop.policy.scaling.horizontal import scale

WINDOW = 60
"""Seconds that one sample of a metric covers."""
_STAGES = {
    Phase.CREATED: Stage.PENDING,
    Phase.PENDING: Stage.PENDING,
    Phase.RESTARTING: Stage.PENDING,
    Phase.EXITED: Stage.FAILED,
    Phase.DEAD: Stage.FAILED,
}


def specification_of(case: Case) -> HorizontalSpec:
    """Give the autoscaler that a case's numbers mean: that of a manifest, or one made of them; within its own bounds.

    Targets are cut to whole percents, as HPA has them.
    """
    numbers = case.numbers
    if numbers.specification is not None:
        return replace(numbers.specification, minimum=case.minimum_replicas, maximum=case.maximum_replicas)
    metrics = [MetricSpec("cpu", MetricKind.UTILIZATION, _percent(numbers.replicas_target))]
    if numbers.replicas_memory_target is not None:
        metrics.append(MetricSpec("memory", MetricKind.UTILIZATION, _percent(numbers.replicas_memory_target)))
    up = ScalePolicy(PolicyKind.PERCENT, _percent(numbers.up_percent), numbers.up_period)
    down = ScalePolicy(PolicyKind.PERCENT, _percent(numbers.down_percent), numbers.down_period)
    behaviour = Behaviour(ScaleRules(numbers.up_window, (up,)), ScaleRules(numbers.down_window, (down,)))
    return HorizontalSpec(case.name, case.minimum_replicas, case.maximum_replicas, tuple(metrics), behaviour)


def scale_case(case: Case, now: int) -> HorizontalOutcome:
    """Give how many replicas HPA would have of a case; its past wishes and changes are the state.

    A case without a limit and a reservation has no request, so that HPA can tell nothing of it.
    """
    spec = specification_of(case)
    members = [_replica(it) for it in case.members]
    readings = (
        _reading("cpu", case, now, lambda it: it.cpu, case.cpu_reservation or case.cpu_limit),
        _reading("memory", case, now, lambda it: it.working_set, case.memory_reservation or case.memory_limit),
    )
    return scale(spec, case.replicas, members, readings, ScalingState(case.wished, case.resized), now)


def _percent(points: int) -> int:
    return max(1, points // 100)


def _replica(it: Replica) -> ScaledReplica:
    stage = _STAGES.get(it.phase, Stage.RUNNING)
    # A paused one runs, and answers nobody.
    ready = it.phase is Phase.RUNNING
    return ScaledReplica(it.id, stage, it.phase is Phase.REMOVING, ready, it.started, it.started)


def _reading(
    name: str, case: Case, now: int, value: Callable[[LoadSample], int | None], request: int | None
) -> MetricReading:
    samples = tuple(_samples(case, now, value))
    return MetricReading(name, samples, tuple((it.id, request) for it in case.members) if request else ())


def _samples(case: Case, now: int, value: Callable[[LoadSample], int | None]) -> Iterator[MetricSample]:
    """Give each replica's mean over the last minute, if its newest reading is not too old to count."""
    for it in case.members:
        read = [(s.at, used) for s in it.samples if now - WINDOW < s.at <= now and (used := value(s)) is not None]
        newest = max((at for at, _ in read), default=None)
        if newest is not None and now - newest <= case.numbers.stale:
            yield MetricSample(it.id, sum(used for _, used in read) // len(read), newest, WINDOW)
