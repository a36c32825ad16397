"""Kubernetes' HPA v2 as one pure function: what is seen and remembered in, how many replicas and why out (POLICY 1).

It differs from the original only where that is rounding: ratios are exact, and a downward percentage never takes more
than its share, but always may take one replica.
"""

from collections.abc import Sequence

from sutaztop.domain.scaling import (
    HorizontalOutcome,
    HorizontalSpec,
    MetricReading,
    Proposal,
    ScaledReplica,
    ScalingState,
)
from sutaztop.domain.wishes import PastWish, Resized
from sutaztop.policy.scaling.limits import hold, remembered
from sutaztop.policy.scaling.metrics import Look, propose

DISABLED = "ScalingDisabled"
UNAVAILABLE = "FailedGetMetrics"
ABOVE_MAXIMUM = "Current number of replicas above Spec.MaxReplicas"
BELOW_MINIMUM = "Current number of replicas below Spec.MinReplicas"
ALL_BELOW = "All metrics below target"


def scale(  # noqa: PLR0913, PLR0917 - what HPA looks at, each a thing of its own
    spec: HorizontalSpec,
    current: int,
    replicas: Sequence[ScaledReplica],
    readings: Sequence[MetricReading],
    state: ScalingState,
    now: int,
) -> HorizontalOutcome:
    """Give how many replicas a service should have.

    ``current`` are those wished for now. The state that comes back holds this look's wish; that a change was made is
    for the caller to say with ``changed``. Readings are found by the metric's name.
    """
    if not state.wishes:
        # At start-up nothing is known but the size found, which keeps a service from being cut at once.
        state = ScalingState((PastWish(now, current),), state.resized)
    bound = _out_of_bounds(spec, current)
    if bound is not None:
        return HorizontalOutcome(*bound, remembered(spec, state, now))
    by_name = {it.name: it for it in readings}
    look = Look(spec, replicas, current, now)
    proposals = tuple(propose(look, it, by_name.get(it.name)) for it in spec.metrics)
    wish = _largest(proposals, current)
    if wish is None:
        return HorizontalOutcome(current, (UNAVAILABLE,), remembered(spec, state, now), proposals)
    trace, reasons = hold(spec, wish, current, state, now)
    state = ScalingState((*state.wishes, PastWish(now, wish)), state.resized)
    told = (_moved(proposals, wish, current), *reasons) if wish != current else reasons
    return HorizontalOutcome(trace.clamped, told, remembered(spec, state, now), proposals, trace)


def changed(spec: HorizontalSpec, state: ScalingState, before: int, after: int, now: int) -> ScalingState:
    """Give the state after a change was made, kept with its size."""
    if before == after:
        return state
    return remembered(spec, ScalingState(state.wishes, (*state.resized, Resized(now, after - before))), now)


def _out_of_bounds(spec: HorizontalSpec, current: int) -> tuple[int, tuple[str, ...]] | None:
    if current == 0 and spec.minimum != 0:
        return 0, (DISABLED,)
    if current > spec.maximum:
        return spec.maximum, (ABOVE_MAXIMUM,)
    if current < spec.minimum:
        return spec.minimum, (BELOW_MINIMUM,)
    return None


def _largest(proposals: Sequence[Proposal], current: int) -> int | None:
    """Give the largest proposal; ``None`` where too little is known to go down, or nothing at all."""
    known = [it.replicas for it in proposals if it.replicas is not None]
    if not known or (len(known) < len(proposals) and max(known) < current):
        return None
    return max(known)


def _moved(proposals: Sequence[Proposal], wish: int, current: int) -> str:
    if wish < current:
        return ALL_BELOW
    return f"{next(it.metric for it in proposals if it.replicas == wish)} above target"
