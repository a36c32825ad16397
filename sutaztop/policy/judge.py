"""Judgement: what is wrong with a stack and what to do. Pure: the same input in any order, the same answer."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from sutaztop.domain.decision import Decision
from sutaztop.domain.finding import Finding, Recommendation
from sutaztop.domain.frame import HOST, HistoryView
from sutaztop.domain.past import NO_PAST, Past
from sutaztop.domain.profile import Profile
from sutaztop.domain.snapshot import Snapshot
from sutaztop.policy.advice import Judged, judge_workloads, ranked, recommend, wishes
from sutaztop.policy.clones import clone_findings
from sutaztop.policy.container_findings import container_finding
from sutaztop.policy.definitions import definition_findings
from sutaztop.policy.disks import disk_findings
from sutaztop.policy.drift import drift_finding
from sutaztop.policy.host import host_findings
from sutaztop.policy.labels import label_finding
from sutaztop.policy.logs import log_findings
from sutaztop.policy.outside import outside_findings
from sutaztop.policy.planners import plan_advice, plan_findings
from sutaztop.policy.remember import remembered, with_wishes
from sutaztop.policy.reports import report_findings, warming_finding
from sutaztop.policy.rightsizing_advice import Others, rightsizing
from sutaztop.policy.service_profile import profile_for
from sutaztop.policy.services import service_findings
from sutaztop.policy.settings import settings_findings
from sutaztop.policy.severity import Ranked
from sutaztop.policy.signals import Signals
from sutaztop.policy.workloads import workloads


@dataclass(frozen=True, slots=True)
class Judgement:
    """What policy says of one snapshot, the worst first: by severity, then tier, then name."""

    findings: tuple[Finding, ...]
    recommendations: tuple[Recommendation, ...]
    past: Past = NO_PAST
    """What the next judgement wants to know of this one."""


def judge(snapshot: Snapshot, history: HistoryView, profile: Profile, past: Past = NO_PAST) -> Judgement:
    """Judge a snapshot with what history knows of it and what was judged before, by a profile's numbers.

    Time is the snapshot's own; nothing outside is asked. Containers and services may come in
    any order.
    """
    snapshot = _in_order(snapshot)
    signals = Signals(snapshot, history, profile.thresholds)
    found, before = workloads(snapshot), past
    past = remembered(past, snapshot, found, history)
    judged = judge_workloads(snapshot, history, profile, past, found)
    advice = [*recommend(judged), *plan_advice(snapshot, history, profile)]
    sized = rightsizing(snapshot, history, profile, found, Others.of(judged, advice), before.sized)
    past = replace(with_wishes(past, wishes(judged), int(snapshot.at.timestamp())), sized=sized)
    findings = [*_findings(snapshot, signals, profile, past), *plan_findings(snapshot, history, profile)]
    return Judgement(_ranked(findings), ranked(advice) + sized.advice, past)


def explain(
    snapshot: Snapshot, history: HistoryView, profile: Profile, past: Past, container_id: str
) -> Decision | None:
    """Say what is decided about one container and why, also where that is to leave it alone.

    It is judged among all others, because what they are granted is gone for it. ``None`` for one that is not there.
    """
    asked = {container_id}
    judged = judge_asked(snapshot, history, profile, past, asked)
    return next((it.decision for it in judged if any(one.id in asked for one in it.workload.containers)), None)


def judge_asked(
    snapshot: Snapshot, history: HistoryView, profile: Profile, past: Past, asked: Collection[str]
) -> list[Judged]:
    """Decide about all that matters and about the containers that are asked for, as ``judge`` does.

    ``past`` is that which the judgement of this snapshot gave back.
    """
    snapshot = _in_order(snapshot)
    return judge_workloads(snapshot, history, profile, past, workloads(snapshot), also=asked)


def _findings(snapshot: Snapshot, signals: Signals, profile: Profile, past: Past) -> Iterable[Ranked]:
    thresholds = profile.thresholds
    yield from report_findings(snapshot)
    yield from host_findings(snapshot.host, signals, thresholds, snapshot.at)
    yield from outside_findings(snapshot, signals, thresholds)
    for container in snapshot.containers:
        it = container.container
        lines = profile_for(profile, it.name, it.service, it.labels).thresholds
        kills = past.kills.get(it.swarm_service_id or it.name, ())
        found = container_finding(container, signals, lines, snapshot.at, kills)
        if found is not None:
            yield found
        wrong = label_finding(container, profile)
        if wrong is not None:
            yield wrong
        drift = drift_finding(container) if container.container.is_running else None
        if drift is not None:
            yield drift
    yield from service_findings(snapshot)
    yield from settings_findings(snapshot)
    yield from definition_findings(snapshot, profile)
    yield from clone_findings(snapshot)
    yield from log_findings(snapshot, thresholds)
    if snapshot.disks is not None:
        yield from disk_findings(snapshot.disks, thresholds)
    taken = len(signals.of_key(HOST, "cpu_utilization").values)
    if taken < thresholds.minimum_samples and snapshot.engine is not None:
        yield warming_finding(snapshot, taken, thresholds.minimum_samples)


def _ranked(findings: Iterable[Ranked]) -> tuple[Finding, ...]:
    order = sorted(
        findings,
        key=lambda pair: (
            -pair[1].severity, pair[0], pair[1].subject.name, pair[1].subject.id, pair[1].word, pair[1].text,
        ),
    )  # fmt: skip
    return tuple(finding for _, finding in order)


def _in_order(snapshot: Snapshot) -> Snapshot:
    return replace(
        snapshot,
        containers=tuple(sorted(snapshot.containers, key=lambda it: (it.container.name, it.id))),
        services=tuple(sorted(snapshot.services, key=lambda it: (it.name, it.id))),
        models=tuple(sorted(snapshot.models, key=lambda it: it.endpoint)),
        by_id={it.id: it for it in snapshot.containers},
    )
