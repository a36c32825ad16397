"""Replicas as Kubernetes' HPA would have them, where a profile or a manifest asks for that (POLICY 1)."""

from sutaztop.domain.case import Case
from sutaztop.domain.decision import Axis
from sutaztop.domain.finding import Severity
from sutaztop.domain.scaling import HorizontalOutcome, Proposal, ScalingTrace
from sutaztop.policy.deciding.draft import Draft
from sutaztop.policy.deciding.needs import Need
from sutaztop.policy.scaling.limits import DOWN_LIMIT, UP_LIMIT
from sutaztop.policy.scaling.of_case import scale_case, specification_of

RULE = "R-HPA"


def follows_hpa(case: Case) -> bool:
    """Whether its replicas are HPA's to count; where they can't be changed, the ladder of limits stays in force."""
    return case.numbers.horizontal == "hpa" and not case.why_not


def owns_memory(case: Case) -> bool:
    """Whether its memory makes replicas: then it makes no larger limit too, or the two would chase each other."""
    return any(it.name == "memory" and not it.unavailable for it in specification_of(case).metrics)


def follow(draft: Draft, case: Case) -> None:
    """Wish for HPA's number of replicas. ``case`` is the whole one, with the readings HPA itself would choose from."""
    found = scale_case(case, draft.now)
    current, trace = case.replicas, found.trace
    if trace is None:
        why = "; ".join(f"{it.metric}: {it.why}" for it in found.proposals if it.why)
        draft.guard("HPA-DATA", f"too little is known to count replicas ({why})", Axis.REPLICAS)
        return
    draft.wish = trace.raw
    for name in ("raw", "stabilised", "rated", "clamped"):
        draft.step(Axis.REPLICAS, name, getattr(trace, name))
    if trace.raw != current:
        _tell_guards(draft, found, trace, current)
    if trace.raw > current or found.replicas != current:
        severity = Severity.WARNING if trace.raw > current else Severity.OK
        need = Need(Axis.REPLICAS, RULE, severity, _reason(draft, found, trace))
        draft.needs.append(need)
        if found.replicas != current:
            draft.want(need, current, found.replicas)


def _tell_guards(draft: Draft, found: HorizontalOutcome, trace: ScalingTrace, current: int) -> None:
    way = "UP" if trace.raw > current else "DOWN"
    if trace.stabilised != trace.raw:
        draft.guard(f"STABILISE-{way}", trace.stabilised, Axis.REPLICAS, trace.raw, trace.stabilised)
    if trace.clamped == trace.stabilised:
        return
    held = found.reasons[-1]
    if held in (UP_LIMIT, DOWN_LIMIT):
        draft.guard(f"RATE-{way}", trace.clamped, Axis.REPLICAS, trace.stabilised, trace.clamped)
    else:
        bound = draft.told.count("bound", trace.clamped)
        which = "at most" if way == "UP" else "at least"
        draft.guard(held, f"{which} {bound} replicas are asked for", Axis.REPLICAS, trace.stabilised, trace.clamped)


def _reason(draft: Draft, found: HorizontalOutcome, trace: ScalingTrace) -> str:
    """Say what each metric comes to, and which could not be seen."""
    targets = {it.name: it.target for it in specification_of(draft.case).metrics}
    parts = [_told(draft, it, targets[it.metric]) for it in found.proposals if it.replicas is not None]
    unseen = [it.metric for it in found.proposals if it.replicas is None]
    parts += [f"not seen: {', '.join(unseen)}"] if unseen else []
    return f"HPA counts {draft.told.count('wished replicas', trace.raw)} replicas: {'; '.join(parts)}"


def _told(draft: Draft, it: Proposal, target: int) -> str:
    told, name = draft.told, it.metric
    wanted = told.count(f"replicas by {name}", it.replicas or 0)
    if it.utilization is None:
        return f"{name} asks for {wanted}"
    used = told.share(f"{name} over request", it.utilization * 100)
    return (
        f"{name} at {used} of what is requested, the target is {told.share(f'{name} target', target * 100)}: {wanted}"
    )
