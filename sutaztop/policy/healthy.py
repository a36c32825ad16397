"""The last healthy hour of a recording: a moment that an incident can be held against."""

from datetime import datetime, timedelta

from sutaztop.contracts.recording import Recording
from sutaztop.domain.finding import Severity
from sutaztop.domain.recording import HappeningKind

HOUR = timedelta(hours=1)
LOOKED_BACK = timedelta(days=7)
_JUST_BEFORE = timedelta(seconds=1)


def last_healthy(recording: Recording, until: datetime) -> tuple[datetime | None, str]:
    """Give the end of the newest hour up to ``until`` in which no critical finding was open, and why that, or why none.

    A recording that is younger than an hour is healthy for as long as it is long. Looks back a week at most.
    Raises ``RecordingError``.
    """
    first = recording.info().first
    if first is None:
        return None, "nothing is recorded"
    told = recording.happenings(max(first, until - LOOKED_BACK), until, kinds=(HappeningKind.FINDING,))
    critical = [it for it in told if it.severity is Severity.CRITICAL]
    # The newest moment first, then those just before each critical finding began.
    moments = [until, *(it.at - _JUST_BEFORE for it in reversed(critical) if it.action != "ended")]
    for moment in moments:
        if moment < first:
            break
        since = max(first, moment - HOUR)
        if any(since <= it.at <= moment for it in critical):
            continue
        frame = recording.frame_at(moment)
        if frame is None or frame.trouble is not None:
            continue
        if not any(it.severity is Severity.CRITICAL for it in frame.findings):
            return frame.snapshot.at, f"the end of the last healthy {'hour' if moment - since >= HOUR else 'time'}"
    return None, "no hour without a critical finding is recorded"
