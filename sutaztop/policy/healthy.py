"""The last healthy hour of a recording: a moment that an incident can be held against."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sutaztop.contracts.recording import Recording
from sutaztop.domain.finding import Severity, Subject
from sutaztop.domain.frame import Frame
from sutaztop.domain.recording import Happening, HappeningKind
from sutaztop.history.finding_spans import BEGAN, ENDED, HOLD

HOUR = timedelta(hours=1)
LOOKED_BACK = timedelta(days=7)
_JUST_BEFORE = timedelta(seconds=1)
_UNTOLD = HOLD + timedelta(seconds=10)
"""What is away for less than this may be away without a line: judging looks every few seconds."""


Key = tuple[str, str, str]
Span = tuple[datetime, datetime]


def last_healthy(recording: Recording, until: datetime) -> tuple[datetime | None, str]:
    """Give the end of the newest hour up to ``until`` in which no critical finding was open, and why that, or why none.

    A recording that is younger than an hour is healthy for as long as it is long. Looks back a week at most.
    Raises ``RecordingError``.
    """
    first = recording.info().first
    if first is None:
        return None, "nothing is recorded"
    earliest = max(first, until - LOOKED_BACK)
    kinds = (HappeningKind.FINDING, HappeningKind.GAP)
    told = recording.happenings(earliest - HOUR, until, kinds=kinds)
    spans, untold = _critical(told, until)
    gaps = [(it.at, it.until or it.at) for it in told if it.kind is HappeningKind.GAP]
    # A healthy time ends with the present, where a critical finding begins, or where nobody looked any more.
    moments = {until, *(at for at, _ in gaps), *(begin - _JUST_BEFORE for begin, _ in spans)}
    for moment in sorted((it for it in moments if it >= earliest), reverse=True):
        if _overlap(spans, moment - HOUR, moment):
            continue
        frame = recording.frame_at(moment)
        if frame is None or frame.trouble is not None or _open(frame):
            continue
        # Nobody may have looked for long before that moment: the hour ends with what was seen.
        end = frame.snapshot.at
        since = max(first, end - HOUR)
        if _overlap(spans, since, end) or _was_critical(recording, since, end, gaps, untold):
            continue
        return end, f"the end of the last healthy {'hour' if end - since >= HOUR else 'time'}"
    return None, "no hour without a critical finding is recorded"


def _critical(told: Iterable[Happening], until: datetime) -> tuple[list[Span], list[Happening]]:
    """Give from when to when findings were critical, and the ends of those whose beginning is not told.

    What has not ended reaches to ``until``. What became less than critical is told no differently until it ends.
    """
    begun: dict[Key, datetime] = {}
    followed: set[Key] = set()
    spans: list[Span] = []
    untold: list[Happening] = []
    for it in told:
        if it.kind is not HappeningKind.FINDING:
            continue
        key = _key(it.subject, it.reference)
        if it.action == ENDED:
            if key in begun:
                spans.append((begun.pop(key), it.at))
            elif key not in followed:
                untold.append(it)
            followed.discard(key)
            continue
        followed.add(key)
        if it.action == BEGAN and key in begun:
            # It must have ended, though nobody saw it.
            spans.append((begun.pop(key), it.at))
        if it.severity is Severity.CRITICAL:
            begun.setdefault(key, it.at)
    return [*spans, *((at, until) for at in begun.values())], untold


def _was_critical(
    recording: Recording, since: datetime, end: datetime, gaps: Sequence[Span], untold: Sequence[Happening]
) -> bool:
    """Tell whether frames of a time know of a critical finding whose beginning no line tells.

    That is one that was there when its program started, or before what is known. It is seen by the last frame before
    it ended, or before its program did; then it stands until somebody looks again. One that has only just gone, or
    comes back within moments, has no end that is told: it is seen by a frame from before it could have one.
    """
    if _open(recording.frame_at(end - _UNTOLD)):
        return True
    if any(at <= end and since <= back and _open(recording.frame_at(at)) for at, back in gaps):
        return True
    return any(
        since <= it.at <= end and _key(it.subject, it.reference) in _open(recording.frame_at(it.at - _JUST_BEFORE))
        for it in untold
    )


def _open(frame: Frame | None) -> frozenset[Key]:
    """Give what is critical in a frame."""
    found = frame.findings if frame is not None else ()
    return frozenset(_key(it.subject, it.word) for it in found if it.severity is Severity.CRITICAL)


def _key(subject: Subject, word: str) -> Key:
    return subject.kind, subject.id, word


def _overlap(spans: Iterable[Span], since: datetime, until: datetime) -> bool:
    return any(begin <= until and since <= end for begin, end in spans)
