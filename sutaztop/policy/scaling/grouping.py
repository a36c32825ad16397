"""Which replicas of a service count for a metric (POLICY 1.1)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sutaztop.domain.scaling import HorizontalSpec, MetricSample, MetricSpec, ScaledReplica, Stage

_OVER = (Stage.FAILED, Stage.SUCCEEDED)


@dataclass(frozen=True, slots=True)
class Groups:
    """The classes that replicas fall in, by id; a counted one has its sample."""

    counted: Mapping[str, MetricSample]
    unready: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()


def group(
    replicas: Iterable[ScaledReplica],
    samples: Iterable[MetricSample],
    spec: HorizontalSpec,
    metric: MetricSpec,
    now: int,
) -> Groups:
    """Sort replicas by what they tell of a metric. Samples of replicas that are not known are dropped.

    Where a replica has several samples the newest counts; of two of the same time the larger one.
    """
    newest: dict[str, MetricSample] = {}
    for sample in sorted(samples, key=lambda it: (it.at, it.value, it.window)):
        newest[sample.id] = sample
    counted: dict[str, MetricSample] = {}
    unready: list[str] = []
    missing: list[str] = []
    ignored: list[str] = []
    for it in sorted(replicas, key=lambda it: it.id):
        found = newest.get(it.id)
        if it.deleted or it.stage in _OVER:
            ignored.append(it.id)
        elif it.stage is Stage.PENDING:
            unready.append(it.id)
        elif found is None:
            missing.append(it.id)
        elif metric.is_cpu and _is_starting(it, found, spec, now):
            unready.append(it.id)
        else:
            counted[it.id] = found
    return Groups(counted, tuple(unready), tuple(missing), tuple(ignored))


def _is_starting(it: ScaledReplica, sample: MetricSample, spec: HorizontalSpec, now: int) -> bool:
    """Whether the CPU that a replica uses may be that of its start."""
    if it.ready is None or it.started is None or it.ready_changed is None:
        return True
    if it.started + spec.cpu_initialization > now:
        return not it.ready or sample.at < it.ready_changed + sample.window
    # Not ready since shortly after its start: it has never been ready.
    return not it.ready and it.started + spec.initial_readiness > it.ready_changed
