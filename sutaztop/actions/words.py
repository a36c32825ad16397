"""Words and numbers that every plan needs: which engine, for what reason, how much. Pure."""

from sutaztop.domain.frame import Frame
from sutaztop.domain.quantity import GIB, MIB, Bytes, Cores, exact_bytes, exact_cores


def engine_of(frame: Frame) -> str:
    """Give the engine's address, or nothing where none answered yet."""
    return frame.snapshot.engine.endpoint if frame.snapshot.engine else ""


def reason_of(frame: Frame, subject_id: str) -> str:
    """Give the reason that the frame already holds for acting on an object."""
    for recommendation in frame.recommendations:
        if recommendation.subject.id == subject_id:
            return recommendation.reason
    for finding in frame.findings:
        if finding.subject.id == subject_id and finding.severity:
            return finding.text
    return ""


def amount_words(cpu: Cores | None) -> str:
    """Write a CPU limit exactly: what is typed again gives the same."""
    return "no limit" if cpu is None else f"{exact_cores(cpu)} core{'' if cpu == 1.0 else 's'}"


def size_words(amount: Bytes | None) -> str:
    """Write a memory limit exactly."""
    if amount is None:
        return "no limit"
    text = exact_bytes(amount)
    return text.replace("g", " GiB").replace("m", " MiB").replace("k", " KiB") if not text.isdigit() else f"{text} B"


def about(amount: float) -> str:
    """Write a size that was measured, rounded as one reads it.

    >>> about(Bytes(5 * GIB // 2)), about(Bytes(300 * MIB))
    ('2.5 GiB', '300 MiB')
    """
    return f"{amount / GIB:.1f} GiB" if amount >= GIB else f"{amount / MIB:.0f} MiB"


def counted(number: int, noun: str) -> str:
    """Write a number with its noun.

    >>> counted(1, "task"), counted(3, "task")
    ('1 task', '3 tasks')
    """
    return f"{number} {noun}{'' if number == 1 else 's'}"
