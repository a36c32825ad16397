"""What could not be seen: collectors that fail, an engine that is gone, readings that are old."""

from collections.abc import Iterator

from sutaztop.domain.finding import Finding, Severity, Subject
from sutaztop.domain.frame import HOST
from sutaztop.domain.quantity import span_words
from sutaztop.domain.reading import measured
from sutaztop.domain.snapshot import Snapshot
from sutaztop.policy.severity import Ranked

STACK = "stack"
"""The report of the collector that lists containers: without it nothing is known of the engine."""
_READ_CONTAINERS = (STACK, "counters")
_OLD_SECONDS = 30.0
_OLD_INTERVALS = 5


def report_findings(snapshot: Snapshot) -> Iterator[Ranked]:
    """Give a finding for each collector in trouble, and one for readings that have grown old."""
    engine = snapshot.engine
    name = engine.name or engine.endpoint if engine else "engine"
    subject = Subject("engine", engine.id if engine else "", name)
    for report in snapshot.reports:
        if report.trouble is None:
            continue
        if report.name == STACK:
            # Known once and gone is a failure; never reached is simply not known.
            severity = Severity.CRITICAL if engine else Severity.UNKNOWN
            yield 0, Finding(subject, severity, "UNREACHABLE", str(report.trouble), since=report.read_at)
        else:
            unread = Subject("engine", report.name, report.name)
            yield 0, Finding(unread, Severity.UNKNOWN, "UNREAD", str(report.trouble), since=report.read_at)
    for server in snapshot.models:
        # One of several: where none answers it is the collector that is in trouble.
        if server.trouble:
            silent = Subject("model", server.endpoint, server.endpoint)
            yield 0, Finding(silent, Severity.UNKNOWN, "UNREAD", server.trouble)
    yield from _stale(snapshot, subject)


def warming_finding(snapshot: Snapshot, readings: int, wanted: int) -> Ranked:
    """Say that there is not enough data for advice yet."""
    subject = Subject("host", HOST, snapshot.host.hostname or "host")
    text = f"{readings} of {wanted} readings taken: advice on sustained use begins after that"
    return 0, Finding(subject, Severity.OK, "WARMING", text)


def _stale(snapshot: Snapshot, subject: Subject) -> Iterator[Ranked]:
    times = [it.usage.read_at for it in snapshot.containers if it.container.is_running and it.usage.read_at]
    if not times or any(report.trouble for report in snapshot.reports if report.name in _READ_CONTAINERS):
        # What keeps containers from being read is told already; another collector's trouble explains nothing.
        return
    newest = max(times)
    age = (snapshot.at - newest).total_seconds()
    if age > max(_OLD_SECONDS, _OLD_INTERVALS * (measured(snapshot.interval) or 1.0)):
        text = f"the newest reading of any container is {span_words(age)} old"
        yield 0, Finding(subject, Severity.UNKNOWN, "STALE", text, since=newest)
