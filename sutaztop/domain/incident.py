"""An incident: from when on, and what the stack is held against."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Incident:
    """One that is open. ``baseline`` is the moment it is held against, where there is one; ``why`` says why that."""

    title: str
    since: datetime
    who: str
    baseline: datetime | None = None
    why: str = ""
