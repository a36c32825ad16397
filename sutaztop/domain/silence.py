"""Silences: notes to oneself that a recommendation need not be shown, for a while or until taken back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sutaztop.domain.finding import Recommendation, Severity


@dataclass(frozen=True, slots=True)
class Silence:
    """A recommendation that is snoozed ``until`` a time, or muted for a ``reason`` where there is none.

    ``severity`` is how bad it was when it was silenced; ``name`` and ``proposal`` tell a person what it was about.
    """

    id: str
    rule: str
    name: str
    proposal: str
    severity: Severity
    at: datetime
    until: datetime | None = None
    reason: str = ""

    @property
    def is_mute(self) -> bool:
        """Whether it lasts until it is taken back."""
        return self.until is None

    @property
    def key(self) -> tuple[str, str]:
        """What it is known by: the same advice for another reason is not silenced."""
        return self.id, self.rule

    def is_over(self, now: datetime) -> bool:
        """Whether its time is up."""
        return self.until is not None and now >= self.until

    def covers(self, it: Recommendation, now: datetime) -> bool:
        """Whether a recommendation is silenced now. One that has become critical since is not."""
        worse = it.severity is Severity.CRITICAL and it.severity > self.severity
        return self.key == (it.id, it.rule) and not self.is_over(now) and not worse


def silence_of(it: Recommendation, at: datetime, until: datetime | None = None, reason: str = "") -> Silence:
    """Make a silence for a recommendation as it stands."""
    return Silence(it.id, it.rule, it.subject.name, it.proposal, it.severity, at, until, reason)


def heard(
    recommendations: Iterable[Recommendation], silences: Sequence[Silence], now: datetime
) -> tuple[tuple[Recommendation, ...], tuple[tuple[Recommendation, Silence], ...]]:
    """Part what is to be shown from what is silenced, each in its order."""
    shown: list[Recommendation] = []
    hidden: list[tuple[Recommendation, Silence]] = []
    for it in recommendations:
        silence = next((one for one in silences if one.covers(it, now)), None)
        if silence is None:
            shown.append(it)
        else:
            hidden.append((it, silence))
    return tuple(shown), tuple(hidden)


def counted(silences: Iterable[Silence]) -> str:
    """Write how many are snoozed and muted, or nothing."""
    each = [it.is_mute for it in silences]
    snoozed, muted = each.count(False), each.count(True)
    return ", ".join([*([f"{snoozed} snoozed"] if snoozed else []), *([f"{muted} muted"] if muted else [])])
