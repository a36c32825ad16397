"""One thing that is wrong with a container, before it is decided which is the worst."""

from dataclasses import dataclass
from datetime import datetime

from sutaztop.domain.finding import Evidence, Severity


@dataclass(frozen=True, slots=True)
class Cause:
    """A cause in one word, with its text and what it rests on."""

    severity: Severity
    word: str
    text: str
    evidence: tuple[Evidence, ...] = ()
    since: datetime | None = None
