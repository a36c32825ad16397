"""What eats the host outside its containers: how much of it, and which process where one could be found."""

from collections.abc import Iterator
from datetime import timedelta

from sutaztop.domain.finding import Evidence, Finding, Severity, Subject
from sutaztop.domain.frame import HOST
from sutaztop.domain.process import OUTSIDE_CPU_SHARE, OUTSIDE_MEMORY_SHARE, Process
from sutaztop.domain.profile import Thresholds
from sutaztop.domain.reading import measured
from sutaztop.domain.snapshot import Snapshot
from sutaztop.policy.severity import Ranked, is_over
from sutaztop.policy.signals import Signals
from sutaztop.policy.wording import cores, memory, percent

FRESH = timedelta(seconds=90)
"""A process that was seen longer ago may have ended: it is looked for every half minute."""
STANDS_OUT = 0.25
"""A process that has this part of what is used outside is named for it."""


def outside_findings(snapshot: Snapshot, signals: Signals, thresholds: Thresholds) -> Iterator[Ranked]:
    """Give the finding where a large share of CPU or memory has been used outside containers all the while."""
    host = snapshot.host
    cpu = _sustained(signals, "outside_cpu_share", measured(host.outside_cpu_share), OUTSIDE_CPU_SHARE, thresholds)
    size = _sustained(
        signals, "outside_memory_share", measured(host.outside_memory_share), OUTSIDE_MEMORY_SHARE, thresholds
    )
    if cpu is None and size is None:
        return
    used_cpu, used_memory = measured(host.outside_cpu), measured(host.outside_memory)
    parts, evidence = [], []
    if cpu is not None and used_cpu is not None:
        parts.append(f"{cores(round(used_cpu, 1))}, {percent(cpu)} of the host's CPU,")
        evidence.append(Evidence("CPU outside", f"{cores(round(used_cpu, 1))}, {percent(cpu)}"))
    if size is not None and used_memory is not None:
        parts.append(f"{memory(used_memory)}, {percent(size)} of its memory,")
        evidence.append(Evidence("memory outside", f"{memory(used_memory)}, {percent(size)}"))
    heavy = _heaviest(snapshot, used_cpu if cpu is not None else None, used_memory if size is not None else None)
    evidence += [
        Evidence(f"process {it.pid}", f"{it.name}, {cores(round(it.cpu, 2))}, {memory(it.memory)}") for it in heavy
    ]
    own = measured(host.own_cpu)
    ours = f"{cores(round(own, 3)) if own is not None else 'no CPU read'} and {memory(host.own_memory)}"
    text = f"{' and '.join(parts)} used by neither containers nor sutaztop (itself {ours}): {_who(snapshot, heavy)}"
    subject = Subject("host", HOST, host.hostname or "host")
    since = signals.of_key(HOST, "outside_cpu_share").since(OUTSIDE_CPU_SHARE, snapshot.at) if cpu is not None else None
    yield 0, Finding(subject, Severity.WARNING, "OUTSIDE", text, tuple(evidence), since)


def _sustained(signals: Signals, figure: str, share: float | None, line: float, thresholds: Thresholds) -> float | None:
    if share is None or not is_over(share, line):
        return None
    return share if signals.of_key(HOST, figure).is_sustained(line, thresholds) else None


def _heaviest(snapshot: Snapshot, cpu: float | None, size: int | None) -> list[Process]:
    """Give the processes that hold a telling part of what is used outside."""
    fresh = [it for it in snapshot.outside if snapshot.at - it.at <= FRESH]
    heavy = [
        it for it in fresh
        if (cpu is not None and it.cpu >= STANDS_OUT * cpu) or (size is not None and it.memory >= STANDS_OUT * size)
    ]  # fmt: skip
    return sorted(heavy, key=lambda it: (-it.cpu, -it.memory, it.pid))


def _who(snapshot: Snapshot, heavy: list[Process]) -> str:
    if heavy:
        told = [f"{it.name} (pid {it.pid}) with {cores(round(it.cpu, 1))} and {memory(it.memory)}" for it in heavy]
        return f"most of it {', '.join(told)}"
    if any(snapshot.at - it.at <= FRESH for it in snapshot.outside):
        return "no one process holds much of it; many small ones do, or the kernel itself"
    return "which processes are not known from here (so far)"
