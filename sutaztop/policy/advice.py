"""Recommendations: what was decided about each workload, in the words of a list and as intents."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sutaztop.domain.decision import Action, Axis, Decision, DecisionState
from sutaztop.domain.finding import Evidence, Recommendation, Severity, Subject
from sutaztop.domain.frame import HistoryView
from sutaztop.domain.intent import Intent, SetLimits, SetReplicas
from sutaztop.domain.past import Past
from sutaztop.domain.profile import Profile
from sutaztop.domain.quantity import Bytes, Cores
from sutaztop.domain.snapshot import Snapshot
from sutaztop.policy.deciding.decide import decide
from sutaztop.policy.deciding.told import written
from sutaztop.policy.observe import Observer
from sutaztop.policy.times import moment
from sutaztop.policy.wording import cores, memory
from sutaztop.policy.workloads import Workload


@dataclass(frozen=True, slots=True)
class Judged:
    """A decision beside the workload that it is about."""

    workload: Workload
    decision: Decision


def judge_workloads(  # noqa: PLR0913 - what a judgement is made of, each named
    snapshot: Snapshot,
    history: HistoryView,
    profile: Profile,
    past: Past,
    found: Sequence[Workload],
    *,
    also: Collection[str] = (),
) -> list[Judged]:
    """Decide about every workload from which anything could come, together, the most important first.

    ``also`` are ids of containers that are asked about, and so judged whatever their figures.
    """
    observer = Observer(snapshot, history, profile, past)
    situation = observer.situation(found, also=also)
    by_id = {it.subject.id: it for it in found}
    return [Judged(by_id[it.id], it) for it in decide(situation, observer.numbers)]


def recommend(judged: Iterable[Judged]) -> tuple[Recommendation, ...]:
    """Put decisions into a list, the most important first; an idle service's replicas come once."""
    found: dict[str, Recommendation] = {}
    for it in judged:
        for made in _recommendations(it):
            found.setdefault(made.id, made)
    return ranked(found.values())


def ranked(found: Iterable[Recommendation]) -> tuple[Recommendation, ...]:
    """Order advice: by severity, then tier, then name."""
    return tuple(sorted(found, key=lambda it: (-it.severity, it.tier_rank, it.subject.name, it.id)))


def wishes(judged: Iterable[Judged]) -> Mapping[str, Decision]:
    """Give the decisions that wish for a number of replicas, by the service's id."""
    found: dict[str, Decision] = {}
    for it in judged:
        service = it.workload.service
        if service is None or it.decision.wish is None:
            continue
        known = found.get(service.id)
        # Several containers of one service: the one that wants most speaks for it.
        if known is None or (known.wish or 0) < it.decision.wish:
            found[service.id] = it.decision
    return found


def _recommendations(it: Judged) -> Iterable[Recommendation]:
    decision, subject, service = it.decision, it.workload.subject, it.workload.service
    if decision.state is DecisionState.INVALID_CONFIG:
        yield _made(it, "invalid", subject, "check its configuration", blocked=decision.reason)
        return
    limits = [one for one in decision.actions if one.axis is not Axis.REPLICAS]
    if limits:
        yield _made(it, "limits", subject, _proposal(limits), intent=_limits_intent(it, limits))
    for one in decision.actions:
        if one.axis is Axis.REPLICAS and service is not None:
            whole = Subject("service", service.id, service.name)
            yield _made(it, "replicas", whole, _proposal([one]), intent=SetReplicas(service.id, one.after))
    if decision.blocked and decision.severity > Severity.OK:
        # What can be done and what cannot must not hide behind one another.
        yield _made(it, "blocked", subject, _wanted(decision), blocked=decision.blocked)
    elif decision.state is DecisionState.WATCH and decision.severity > Severity.OK:
        yield _made(it, "watch", subject, _advice(decision), blocked=_ONLY_A_PERSON)


_ONLY_A_PERSON = "only a person can tell what is right here"


def _made(  # noqa: PLR0913 - what a line of advice says, each named
    it: Judged, kind: str, subject: Subject, proposal: str, *, blocked: str = "", intent: Intent | None = None
) -> Recommendation:
    decision = it.decision
    return Recommendation(
        id=f"{kind}:{subject.id}",
        subject=subject,
        severity=decision.severity,
        rule="+".join(decision.rules) or decision.state.value,
        proposal=proposal,
        reason=decision.reason,
        evidence=tuple(Evidence(one.name, written(one)) for one in decision.evidence),
        intent=intent,
        blocked="" if intent is not None else blocked,
        tier_rank=decision.tier_rank,
        since=None if decision.since is None else moment(decision.since),
        decision=decision,
    )


def _limits_intent(it: Judged, actions: Sequence[Action]) -> Intent:
    """Join what is wanted of CPU and memory into one update: one restart where there is one."""
    cpu = next((Cores(one.after / 1000) for one in actions if one.axis is Axis.CPU), None)
    size = next((Bytes(one.after) for one in actions if one.axis is Axis.MEMORY), None)
    return SetLimits(it.workload.leader.id, cpu, size)


def _proposal(actions: Iterable[Action]) -> str:
    return ", ".join(_change(it.axis, it.before, it.after) for it in actions)


def _change(axis: Axis, before: int | None, after: int) -> str:
    if axis is Axis.CPU:
        return f"cpu {cores((before or 0) / 1000).split()[0]} → {cores(after / 1000)}"
    if axis is Axis.MEMORY:
        return f"memory {memory(before or 0) if before else 'no limit'} → {memory(after)}"
    return f"replicas {before} → {after}"


def _wanted(decision: Decision) -> str:
    """Say what was wished for and could not be had."""
    done = {it.axis for it in decision.actions}
    wanted: list[str] = []
    for axis in Axis:
        raw = next((it.value for it in decision.trace if it.axis is axis and it.name == "clamped"), None)
        final = next((it.value for it in decision.trace if it.axis is axis and it.name == "final"), None)
        if raw is not None and axis not in done and raw != final:
            wanted.append(_change(axis, final, raw))
    if wanted:
        return ", ".join(wanted)
    if any(it.startswith("R-CPU-4") for it in decision.rules):
        return "set a CPU limit"
    return "more memory" if any(it.axis is Axis.MEMORY for it in decision.guards) else "more CPU"


def _advice(decision: Decision) -> str:
    if "R-MEM-6" in decision.rules:
        left = next((written(it) for it in decision.evidence if it.name == "time to limit"), "")
        return f"leaks: at its limit in {left}"
    return "set a memory limit" if "R-MEM-5" in decision.rules else "watch"
