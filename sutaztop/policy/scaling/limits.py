"""How a wish is held: by the windows of time, by the rates of change, by the bounds (POLICY 1.5 to 1.7)."""

from collections.abc import Iterable

from sutaztop.domain.scaling import (
    Behaviour,
    HorizontalSpec,
    PolicyKind,
    ScalePolicy,
    ScaleRules,
    ScalingState,
    ScalingTrace,
    Select,
)
from sutaztop.domain.wishes import PastWish, Resized

READY = "ReadyForNewScale"
UP_STABILISED = "ScaleUpStabilized"
DOWN_STABILISED = "ScaleDownStabilized"
UP_LIMIT = "ScaleUpLimit"
DOWN_LIMIT = "ScaleDownLimit"
TOO_MANY = "TooManyReplicas"
TOO_FEW = "TooFewReplicas"
WITHIN = "DesiredWithinRange"


def hold(
    spec: HorizontalSpec, wish: int, current: int, state: ScalingState, now: int
) -> tuple[ScalingTrace, tuple[str, str]]:
    """Give what becomes of a wish, step by step, and the reasons: that of the windows, that of rates and bounds."""
    if spec.behaviour is None:
        stabilised = max([wish, *(it.replicas for it in state.wishes if 0 <= now - it.at <= spec.window)])
        rated = min(stabilised, max(2 * current, 4))
        why = READY if stabilised == wish else DOWN_STABILISED
        return _bounded(spec, (wish, stabilised, rated), why)
    stabilised, why = _stabilise(spec.behaviour, wish, current, state.wishes, now)
    rated = stabilised
    if stabilised > current:
        rated = min(stabilised, max(current, scale_up_limit(spec.behaviour.up, current, state.resized, now)))
    elif stabilised < current:
        rated = max(stabilised, min(current, scale_down_limit(spec.behaviour.down, current, state.resized, now)))
    return _bounded(spec, (wish, stabilised, rated), why)


def _bounded(spec: HorizontalSpec, steps: tuple[int, int, int], why: str) -> tuple[ScalingTrace, tuple[str, str]]:
    raw, stabilised, rated = steps
    clamped = min(max(rated, spec.minimum), spec.maximum)
    if stabilised > clamped:
        held = UP_LIMIT if rated < spec.maximum else TOO_MANY
    elif stabilised < clamped:
        held = DOWN_LIMIT if rated > spec.minimum else TOO_FEW
    else:
        held = WITHIN
    return ScalingTrace(raw, stabilised, rated, clamped), (why, held)


def _stabilise(behaviour: Behaviour, wish: int, current: int, wishes: Iterable[PastWish], now: int) -> tuple[int, str]:
    """Go up only as far as all wishes of the up-window do, and down only as far as all of the down-window do."""
    lowest = highest = wish
    for it in wishes:
        if 0 <= now - it.at < behaviour.up.window:
            lowest = min(lowest, it.replicas)
        if 0 <= now - it.at < behaviour.down.window:
            highest = max(highest, it.replicas)
    result = min(max(current, lowest), highest)
    if result == wish:
        return result, READY
    return result, UP_STABILISED if wish > result else DOWN_STABILISED


def scale_up_limit(rules: ScaleRules, current: int, resized: Iterable[Resized], now: int) -> int:
    """Give the largest number of replicas that the policies allow now."""
    if rules.select is Select.DISABLED or not rules.policies:
        return current
    resized = tuple(resized)
    limits = [_up(it, size_before(current, resized, now, it.period)) for it in rules.policies]
    return max(limits) if rules.select is Select.MAX else min(limits)


def scale_down_limit(rules: ScaleRules, current: int, resized: Iterable[Resized], now: int) -> int:
    """Give the smallest number of replicas that the policies allow now. ``Max`` is the largest change."""
    if rules.select is Select.DISABLED or not rules.policies:
        return current
    resized = tuple(resized)
    limits = [_down(it, size_before(current, resized, now, it.period)) for it in rules.policies]
    return min(limits) if rules.select is Select.MAX else max(limits)


def size_before(current: int, resized: Iterable[Resized], now: int, period: int) -> int:
    """Give how many replicas there were a period ago; changes of either direction count, strictly younger ones."""
    return current - sum(it.by for it in resized if 0 <= now - it.at < period)


def _up(policy: ScalePolicy, start: int) -> int:
    if policy.kind is PolicyKind.PODS:
        return start + policy.value
    return -(-start * (100 + policy.value) // 100)


def _down(policy: ScalePolicy, start: int) -> int:
    if policy.kind is PolicyKind.PODS:
        return start - policy.value
    # HPA cuts what is left, and so removes 2 of 3 for 50 %; here what goes is cut, and one always may.
    return start - max(1, start * policy.value // 100)


def remembered(spec: HorizontalSpec, state: ScalingState, now: int) -> ScalingState:
    """Give a state without what no window and no period looks back on; the newest wish always stays."""
    behaviour = spec.behaviour
    window = spec.window + 1 if behaviour is None else max(behaviour.up.window, behaviour.down.window)
    policies = () if behaviour is None else (*behaviour.up.policies, *behaviour.down.policies)
    period = max((it.period for it in policies), default=0)
    wishes = sorted(state.wishes, key=lambda it: (it.at, it.replicas))
    # One from the future is a clock that was set back: it tells nothing.
    kept = [it for it in wishes if 0 <= now - it.at < window] or wishes[-1:]
    resized = sorted((it for it in state.resized if 0 <= now - it.at < period), key=lambda it: (it.at, it.by))
    return ScalingState(tuple(kept), tuple(resized))
