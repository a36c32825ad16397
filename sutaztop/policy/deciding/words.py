"""From a draft to a decision: its state, what is expected of it, and the text that tells it all (POLICY 5.6)."""

from collections.abc import Iterable

from sutaztop.domain.case import Case
from sutaztop.domain.decision import Action, Axis, Decision, DecisionState, Figure, Unit
from sutaztop.domain.finding import Severity
from sutaztop.domain.numbers import WHOLE
from sutaztop.policy.deciding.draft import Draft, Wanted
from sutaztop.policy.deciding.guards import guard_words
from sutaztop.policy.deciding.told import Told

REVIEW = 15
"""Seconds between two looks where nothing says otherwise: HPA's loop."""


def plain_decision(case: Case, state: DecisionState, why: str, severity: Severity = Severity.OK) -> Decision:
    """Give a decision that needed no reckoning."""
    text = f"{case.name}: {why}."
    return Decision(
        case.id, case.name, state, severity, text, reason=why, wish=case.replicas, tier_rank=case.tier_rank,
        confidence=WHOLE,
    )  # fmt: skip


def finished(draft: Draft) -> Decision:
    """Give the decision that a settled draft comes to."""
    told = draft.told
    for axis in dict.fromkeys(it.axis for it in draft.trace):
        draft.step(axis, "final", next((it.after for it in draft.granted if it.axis is axis), _present(draft, axis)))
    state = _state(draft)
    severity = max([draft.severity, *(it.severity for it in draft.needs)])
    expected = tuple(_expected(draft))
    reason = "; ".join(dict.fromkeys(it.reason for it in draft.needs))
    blocked, limited = _blocked(draft), _limited(draft)
    if limited:
        reason = f"{reason}; {limited}"
    confidence = _confidence(draft)
    review = _review(draft, state)
    sure = told.share("confidence", confidence)
    counted = told.count("replicas that report", len(draft.members.counted))
    parts = [
        _what(draft, state),
        f"Why: {reason}." if reason else _why_nothing(draft, state),
        f"How sure: {sure} of the readings asked for, from {counted} of {told.count('replicas', draft.case.replicas)}.",
        _held(draft),
        f"Expected after it: {', '.join(f'{it.name} {_put(told, it)}' for it in expected)}." if expected else "",
        "Its tasks start anew, one after another." if _restarts(draft) else "",
        f"Not seen: {', '.join(_missing(draft))}." if _missing(draft) else "",
        f"Looked at again in {told.span('next review', review)}.",
    ]
    return Decision(
        id=draft.case.id,
        name=draft.case.name,
        state=state,
        severity=severity,
        text=" ".join(part for part in parts if part),
        reason=reason,
        blocked=blocked,
        actions=tuple(_actions(draft.granted)),
        rules=tuple(dict.fromkeys(it.rule for it in draft.needs)),
        evidence=told.figures,
        missing=_missing(draft),
        guards=tuple(draft.guards),
        trace=tuple(draft.trace),
        expected=expected,
        confidence=confidence,
        next_review=review,
        wish=draft.wish,
        since=min((it.since for it in draft.needs if it.since is not None), default=None),
        tier_rank=draft.case.tier_rank,
    )


def _actions(granted: Iterable[Wanted]) -> Iterable[Action]:
    order = {Axis.CPU: 0, Axis.MEMORY: 1, Axis.REPLICAS: 2}
    for it in sorted(granted, key=lambda it: order[it.axis]):
        yield Action(it.axis, it.before, it.after, it.need.rule)


def _present(draft: Draft, axis: Axis) -> int:
    case = draft.case
    return {Axis.CPU: case.cpu_limit, Axis.MEMORY: case.memory_limit, Axis.REPLICAS: case.replicas}[axis] or 0


def _state(draft: Draft) -> DecisionState:
    if draft.granted:
        return DecisionState.ACT
    if any(not it.only_watch and it.rule != "R-CPU-5" for it in draft.needs):
        return DecisionState.BLOCKED
    if any(it.only_watch for it in draft.needs):
        return DecisionState.WATCH
    if not draft.loads.service_cpu.is_enough(draft.case.numbers) and not draft.loads.memory.is_enough(
        draft.case.numbers
    ):
        starting = draft.members.warming and not draft.members.counted and not draft.members.missing
        return DecisionState.WARMING if starting else DecisionState.INSUFFICIENT_DATA
    return DecisionState.HOLD


# --- sentences ------------------------------------------------------------------------------------


def _what(draft: Draft, state: DecisionState) -> str:
    told, case = draft.told, draft.case
    changes = [_change(it, told) for it in draft.granted]
    if changes:
        return f"{'Raise' if _grows(draft.granted) else 'Lower'} {case.name}'s {' and '.join(changes)}."
    match state:
        case DecisionState.BLOCKED:
            return f"{case.name} is short of something, and nothing can be given to it now."
        case DecisionState.WATCH:
            return f"Watch {case.name}; there is nothing to change yet."
        case DecisionState.WARMING:
            return f"{case.name} is starting up: its load is no measure of its need yet."
        case DecisionState.INSUFFICIENT_DATA:
            return f"Too little is known of {case.name} to say anything."
        case _:
            return f"Leave {case.name} as it is."


def _grows(granted: Iterable[Wanted]) -> bool:
    return all(it.before is None or it.after > it.before for it in granted)


def _change(it: Wanted, told: Told) -> str:
    if it.axis is Axis.CPU:
        before = told.cores("CPU limit", it.before) if it.before else "none"
        return f"CPU limit from {before} to {told.cores('CPU limit after', it.after)}"
    if it.axis is Axis.MEMORY:
        before = told.memory("memory limit", it.before) if it.before else "none"
        return f"memory limit from {before} to {told.memory('memory limit after', it.after)}"
    before = told.count("replicas", it.before or 0)
    return f"replicas from {before} to {told.count('replicas after', it.after)}"


def _why_nothing(draft: Draft, state: DecisionState) -> str:
    told, loads, numbers = draft.told, draft.loads, draft.case.numbers
    if state is DecisionState.WARMING:
        return f"Why: a start is given {told.span('warm-up', numbers.warm_up)}, unless its own probe passes before."
    if state is DecisionState.INSUFFICIENT_DATA:
        have, asked = told.count("readings", loads.cpu.count), told.count("readings asked for", numbers.minimum_samples)
        return f"Why: {have} of {asked} readings are there."
    parts: list[str] = []
    if draft.case.cpu_limit is not None and loads.cpu.count:
        over = told.count("readings over the line", loads.cpu.over(numbers.cpu_up))
        parts.append(
            f"CPU {told.share('share of CPU limit', loads.cpu.mean)} of its limit, over "
            f"{told.share('line', numbers.cpu_up)} in {over} of {told.count('readings', loads.cpu.count)} readings"
        )
    elif draft.case.cpu_limit is None:
        parts.append("no CPU limit is set")
    elif any(draft.now - it.started < numbers.warm_up for it in draft.members.counted):
        span = told.span("warm-up", numbers.warm_up)
        parts.append(f"what a start takes of CPU is no demand, and counts for nothing before {span} have passed")
    if draft.case.memory_limit and loads.memory.count:
        parts.append(
            f"working set {told.share('share of memory limit', loads.memory.last)} of its limit, "
            f"the line is {told.share('memory line', numbers.memory_up)}"
        )
    elif not draft.case.memory_limit:
        parts.append("no memory limit is set")
    caches = [it.cache for it in draft.members.counted if it.cache]
    if (
        caches
        and draft.case.memory_limit
        and (max(caches) + loads.working_set) * WHOLE > numbers.memory_up * (draft.case.memory_limit)
    ):
        parts.append(
            f"{told.memory('page cache', max(caches))} more is page cache, which the kernel gives back by itself"
        )
    return f"Why: {'; '.join(parts)}." if parts else ""


def _held(draft: Draft) -> str:
    words = [guard_words(draft, it) for it in draft.guards]
    return f"Held back: {'; '.join(dict.fromkeys(words))}." if words else ""


def _granted_axes(draft: Draft) -> set[Axis]:
    axes = {it.axis for it in draft.granted}
    # A CPU need may have been met with replicas, and then nothing of it is held back.
    return axes | {Axis.CPU} if Axis.REPLICAS in axes else axes


def _blocked(draft: Draft) -> str:
    """Say what keeps a need from being met at all."""
    granted = _granted_axes(draft)
    return "; ".join(dict.fromkeys(guard_words(draft, it) for it in draft.guards if it.axis not in granted))


def _limited(draft: Draft) -> str:
    """Say what the host took from a wish that it met in part."""
    granted = _granted_axes(draft)
    hosts = [it for it in draft.guards if it.axis in granted and it.name in ("R-HOST-1", "R-HOST-3")]
    return "; ".join(dict.fromkeys(guard_words(draft, it) for it in hosts))


def _put(told: Told, it: Figure) -> str:
    return told.put(it.name, it.value, it.unit)


def _expected(draft: Draft) -> Iterable[Figure]:
    loads = draft.loads
    for it in draft.granted:
        if it.axis is Axis.CPU and it.before and loads.cpu.count:
            yield Figure("expected share of CPU limit", loads.cpu.mean * it.before // it.after, Unit.SHARE)
        elif it.axis is Axis.MEMORY and loads.memory.count:
            yield Figure("expected share of memory limit", loads.working_set * WHOLE // it.after, Unit.SHARE)
        elif it.axis is Axis.REPLICAS and it.before and it.after and loads.service_cpu.count:
            share = loads.service_cpu.mean if it.after > it.before else loads.service_cpu.peak
            yield Figure("expected share on all replicas", share * it.before // it.after, Unit.SHARE)


def _restarts(draft: Draft) -> bool:
    return draft.case.rolling and any(it.axis is not Axis.REPLICAS for it in draft.granted)


def _missing(draft: Draft) -> tuple[str, ...]:
    """Name the signals that would have helped and could not be seen."""
    counted = draft.members.within(draft.case.scope).counted
    newest = [it.samples[-1] for it in counted if it.samples]
    absent: list[str] = []
    if not newest:
        return ()
    if draft.case.cpu_limit is not None and all(it.cpu_pressure is None for it in newest):
        absent.append("CPU pressure")
    if all(it.memory_pressure is None for it in newest):
        absent.append("memory pressure")
    if all(it.working_set is None for it in newest):
        absent.append("memory")
    if draft.case.cpu_limit is not None and not draft.loads.periods:
        absent.append("throttling")
    if draft.host.memory_available is None:
        absent.append("the host's memory")
    return tuple(absent)


def _confidence(draft: Draft) -> int:
    """Give how much of the readings asked for is there, over all replicas that there should be."""
    if any(it.rule in ("R-MEM-1", "R-REP-3") for it in draft.needs):
        return WHOLE
    case, load = draft.case, draft.loads.service_cpu
    if not case.replicas or not case.numbers.window:
        return 0
    span = min(WHOLE, load.span * WHOLE // case.numbers.window)
    return span * min(len(draft.members.counted), case.replicas) // case.replicas


def _review(draft: Draft, state: DecisionState) -> int:
    """Give when the answer may be another: when what holds it back is over, or at the next look."""
    numbers = draft.case.numbers
    if state is DecisionState.ACT:
        return numbers.cool_down_up
    waits = [it.detail for it in draft.guards if it.name.startswith("COOLDOWN") and isinstance(it.detail, int)]
    return max(1, min(waits, default=REVIEW))
