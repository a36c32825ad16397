"""What was to become of what, in a few words without the object's name: journal, timeline and header say it alike."""

from sutaztop.domain.change import Change, ChangeLimits, ChangeReplicas
from sutaztop.domain.lifecycle import ChangeRollout, ChangeState, ChangeStay, Unload
from sutaztop.domain.quantity import exact_bytes, exact_cores
from sutaztop.domain.resources import Limits


def limits_words(before: Limits, after: Limits) -> str:
    """Say which ceilings of CPU and memory differ; empty where none does.

    >>> from sutaztop.domain.quantity import Bytes, Cores
    >>> limits_words(Limits(cpu=Cores(1.0)), Limits(cpu=Cores(2.0), memory=Bytes(1 << 29)))
    'cpu 1 → 2, memory unlimited → 512m'
    """
    parts = []
    if before.cpu != after.cpu:
        old, new = (it if it is None else exact_cores(it) for it in (before.cpu, after.cpu))
        parts.append(f"cpu {old or 'unlimited'} → {new or 'unlimited'}")
    if before.memory != after.memory:
        old, new = (it if it is None else exact_bytes(it) for it in (before.memory, after.memory))
        parts.append(f"memory {old or 'unlimited'} → {new or 'unlimited'}")
    return ", ".join(parts)


def replicas_words(before: int, after: int) -> str:
    """Say from how many replicas to how many.

    >>> replicas_words(2, 4)
    '2 → 4 replicas'
    """
    return f"{before} → {after} replicas"


def change_words(change: Change | None) -> str:
    """Say what was to become of what, without the object's name; empty where the kind has no such figures.

    >>> from sutaztop.domain.quantity import Cores
    >>> change_words(ChangeLimits("", "", "", Limits(cpu=Cores(1.0)), Limits(cpu=Cores(2.0))))
    'cpu 1 → 2'
    """
    if isinstance(change, ChangeLimits):
        return limits_words(change.before, change.after)
    if isinstance(change, ChangeReplicas):
        return replicas_words(change.before, change.after)
    return ""


def verb_words(change: Change | None) -> str:
    """Say what was done, for every kind of change: its figures, or the word for what has none.

    >>> from sutaztop.domain.quantity import Bytes
    >>> verb_words(Unload("", "", "llama3.2:3b", Bytes(0)))
    'unload'
    """
    if isinstance(change, ChangeState):
        return f"{change.verb.value} {change.signal.value}" if change.signal is not None else change.verb.value
    if isinstance(change, ChangeRollout):
        return change.rollout.value
    if isinstance(change, ChangeStay):
        return change.stay.value
    if isinstance(change, Unload):
        return "unload"
    return change_words(change) or ("change" if change is None else "limits kept in a Compose file")
