"""One setting that fights a limit."""

from dataclasses import dataclass

from sutaztop.domain.finding import Severity
from sutaztop.policy.severity import HAIR
from sutaztop.policy.wording import memory, percent


@dataclass(frozen=True, slots=True)
class Conflict:
    """A setting by its ``key``, what it sets in words, and a sentence that says what to set instead."""

    key: str
    value: str
    text: str
    severity: Severity = Severity.OK

    @classmethod
    def of_share(cls, key: str, size: int, limit: int, advice: str) -> "Conflict":
        """Tell a size that takes too much of a memory limit: a warning where nothing is left of it."""
        share = size / limit
        text = f"{key} is {memory(size)}, {percent(share)} of its memory limit of {memory(limit)}; {advice}"
        return cls(key, memory(size), text, Severity.WARNING if share >= 1 - HAIR else Severity.OK)


def fits(size: int, limit: int, share: float) -> bool:
    """Whether a size takes no more than a share of a limit.

    >>> fits(75, 100, 0.75), fits(76, 100, 0.75)
    (True, False)
    """
    return size <= limit * (share + HAIR)
