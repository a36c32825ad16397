"""What policy says: findings, and recommendations with their reason, numbers and proposed change."""

from dataclasses import dataclass
from datetime import datetime

from sutaztop.domain.decision import Decision
from sutaztop.domain.intent import Intent
from sutaztop.domain.severity import Severity

__all__ = ["Evidence", "Finding", "Recommendation", "Severity", "Subject"]


@dataclass(frozen=True, slots=True)
class Subject:
    """What a finding is about. ``kind`` is container, service, host, tier, component, model, engine."""

    kind: str
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """One figure that a judgement rests on, as text with its unit: ("share of limit", "93 %")."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A statement about one subject. ``word`` is the short upper-case cause: QUOTA, OOM, UNHEALTHY."""

    subject: Subject
    severity: Severity
    word: str
    text: str
    evidence: tuple[Evidence, ...] = ()
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Recommendation:
    """Advice with its reason. ``rule`` names the rule that fired; ``intent`` is what applying it would do.

    ``intent`` is ``None`` for advice that only a person can carry out; ``blocked`` then or
    otherwise says what holds it back. ``proposal`` is the change in words ("cpu 2 → 3 cores").
    """

    id: str
    subject: Subject
    severity: Severity
    rule: str
    proposal: str
    reason: str
    evidence: tuple[Evidence, ...] = ()
    intent: Intent | None = None
    blocked: str = ""
    tier_rank: int = 99
    since: datetime | None = None
    decision: Decision | None = None
    """The whole decision that it comes from, with its trace; ``None`` for what is no decision about a workload."""
