"""What is wrong with a service: fewer replicas than wished for, a roll-out that does not go on."""

from collections.abc import Iterator

from sutaztop.domain.finding import Evidence, Finding, Severity, Subject
from sutaztop.domain.service import Service
from sutaztop.domain.snapshot import Snapshot
from sutaztop.policy.severity import UNRANKED, Ranked

_STUCK = ("paused", "rollback_started", "rollback_paused")


def service_findings(snapshot: Snapshot) -> Iterator[Ranked]:
    """Give what is wrong with the services."""
    for service in snapshot.services:
        members = (snapshot.by_id.get(it) for it in service.container_ids)
        rank = min((it.tier.rank for it in members if it is not None), default=UNRANKED)
        for finding in _findings(service):
            yield rank, finding


def _findings(service: Service) -> Iterator[Finding]:
    subject = Subject("service", service.id, service.name)
    if service.desired and service.running < service.desired:
        severity = Severity.WARNING if service.running else Severity.CRITICAL
        text = f"{service.running} of {service.desired} replicas run"
        evidence = (Evidence("desired", str(service.desired)), Evidence("running", str(service.running)))
        yield Finding(subject, severity, "REPLICAS", text, evidence)
    if service.rollout in _STUCK:
        said = f": {service.rollout_message}" if service.rollout_message else ""
        yield Finding(subject, Severity.WARNING, "ROLLOUT", f"its update is {service.rollout}{said}")
