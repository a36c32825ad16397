"""Spells: from when to when something was said of one subject, by one judge or by two who disagree."""

from dataclasses import dataclass
from datetime import datetime

from sutaztop.domain.finding import Severity, Subject
from sutaztop.domain.quantity import Seconds


@dataclass(frozen=True, slots=True)
class Said:
    """What a judge says of a subject at one moment. ``rules`` tell one thing from another, ``text`` has its figures."""

    severity: Severity
    rules: str
    text: str


@dataclass(frozen=True, slots=True)
class Spell:
    """The time from ``since`` to ``until`` in which each judge kept saying the same of a subject, in their order.

    ``None`` is a judge who said nothing. The texts are the last of the spell. ``advice`` tells advice from a finding.
    """

    subject: Subject
    advice: bool
    said: tuple[Said | None, ...]
    since: datetime
    until: datetime

    @property
    def length(self) -> Seconds:
        """How long it lasted; nothing where it was said once, and then nobody looked."""
        return Seconds((self.until - self.since).total_seconds())
