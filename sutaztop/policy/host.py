"""What is wrong with the host: CPU, memory, pressure, and limits that promise more than there is."""

from collections.abc import Iterator
from datetime import datetime

from sutaztop.domain.finding import Evidence, Finding, Severity, Subject
from sutaztop.domain.frame import HOST
from sutaztop.domain.profile import Thresholds
from sutaztop.domain.reading import Unmeasured, measured
from sutaztop.domain.snapshot import HostUsage
from sutaztop.policy.severity import Ranked, grade, is_over
from sutaztop.policy.signals import Signals
from sutaztop.policy.wording import cores, count, memory, percent

_RANK = 0
"""The host comes before any tier: everything stands on it."""


def host_findings(host: HostUsage, signals: Signals, thresholds: Thresholds, at: datetime) -> Iterator[Ranked]:
    """Give what is wrong with the host."""
    subject = Subject("host", HOST, host.hostname or "host")
    for finding in (
        *_shares(subject, host, signals, thresholds, at),
        *_pressures(subject, host, thresholds),
        *_overcommit(subject, host, thresholds),
    ):
        yield _RANK, finding


def available_share(host: HostUsage) -> float | None:
    """Give the share of memory that can still be had, or ``None`` where it was not read."""
    available = measured(host.memory_available)
    return None if available is None or not host.memory_total else available / host.memory_total


def _shares(
    subject: Subject, host: HostUsage, signals: Signals, thresholds: Thresholds, at: datetime
) -> Iterator[Finding]:
    cpu = (thresholds.host_cpu_warning, thresholds.host_cpu_critical)
    size = (thresholds.host_memory_warning, thresholds.host_memory_critical)
    lines = (
        ("cpu_utilization", "HOST-CPU", host.cpu_utilization, *cpu),
        ("memory_utilization", "HOST-MEM", host.memory_utilization, *size),
    )
    for figure, word, reading, warning, critical in lines:
        share = measured(reading)
        if share is None or not is_over(share, warning):
            continue
        window = signals.of_key(HOST, figure)
        if not window.is_sustained(warning, thresholds):
            continue
        severity = Severity.CRITICAL if window.is_sustained(critical, thresholds) else Severity.WARNING
        if word == "HOST-CPU":
            text = f"{percent(share)} of {count(host.cpus, 'core')} busy"
        else:
            available = measured(host.memory_available)
            left = f", {memory(available)} available" if available is not None else ""
            text = f"{percent(share)} of memory in use{left}"
        over = Evidence("readings", f"{window.over(warning)} of {len(window.values)}")
        yield Finding(
            subject, severity, word, text, (Evidence("share", percent(share)), over), window.since(warning, at)
        )


def _pressures(subject: Subject, host: HostUsage, thresholds: Thresholds) -> Iterator[Finding]:
    # Tasks under a quota wait for CPU on any host: it is the host's affair only when that is busy,
    # and even then, as for disks, only the upper line counts, as a warning.
    line, worse = thresholds.pressure_warning, thresholds.pressure_critical
    lines = [("memory", host.memory_pressure, line, worse), ("io", host.io_pressure, worse, 1.0)]
    if (measured(host.cpu_utilization) or 0.0) >= thresholds.host_cpu_warning:
        lines.append(("cpu", host.cpu_pressure, worse, 1.0))
    for name, reading, warning, critical in lines:
        if isinstance(reading, Unmeasured):
            continue
        severity = grade(reading.some, warning, critical)
        if severity > Severity.OK:
            text = f"work stood still for {name} {percent(reading.some)} of the time"
            yield Finding(
                subject, severity, f"PSI-{name.upper()}", text, (Evidence("pressure", percent(reading.some)),)
            )


def _overcommit(subject: Subject, host: HostUsage, thresholds: Thresholds) -> Iterator[Finding]:
    ratio = measured(host.memory_overcommit)
    if ratio is None or not is_over(ratio, 1.0):
        return
    left = available_share(host)
    # A promise hurts only when it is called in: with memory to spare this is told, not warned of.
    short = left is not None and left < 1 - thresholds.host_memory_warning
    text = f"memory limits add up to {memory(host.memory_limits)}, {ratio:.1f} times the host"
    if host.memory_unlimited:
        text += f"; {count(host.memory_unlimited, 'container')} without one"
    evidence = [Evidence("sum of memory limits", memory(host.memory_limits)), Evidence("over host", f"{ratio:.1f}")]
    cpu = measured(host.cpu_overcommit)
    if cpu is not None:
        evidence.append(Evidence("sum of CPU limits", f"{cores(host.cpu_limits)}, {cpu:.1f} times the host"))
    yield Finding(subject, Severity.WARNING if short else Severity.OK, "OVERCOMMIT", text, tuple(evidence))
