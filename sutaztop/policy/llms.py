"""What to unload when the host runs short of memory, and whether an unload gave back what it should."""

from collections.abc import Iterator

from sutaztop.domain.finding import Evidence, Finding, Recommendation, Severity, Subject
from sutaztop.domain.frame import HistoryView
from sutaztop.domain.intent import UnloadModel
from sutaztop.domain.llm import ObservedUnload
from sutaztop.domain.profile import Thresholds
from sutaztop.domain.quantity import Bytes, span_words
from sutaztop.domain.reading import measured
from sutaztop.domain.snapshot import HostUsage, Snapshot
from sutaztop.policy.host import available_share
from sutaztop.policy.model_plan import Candidate, unload_candidates
from sutaztop.policy.severity import UNRANKED, Ranked, is_over
from sutaztop.policy.wording import memory, percent

SHORT = 0.10
"""Under this share of memory available, an idle model is in the way."""
_CAME_BACK = 2
"""Half of what was predicted counts as come back: what was read from the model's file may stay as cache."""


def unload_advice(snapshot: Snapshot, history: HistoryView, thresholds: Thresholds) -> Recommendation | None:
    """Advise to unload the model that is best let go, or ``None``; never a pinned or a busy one."""
    why = _why_short(snapshot.host, thresholds)
    candidates = unload_candidates(snapshot, history) if why else ()
    if not candidates:
        return None
    best = candidates[0]
    endpoint, name = best.server.endpoint, best.model.name
    idle = f"no request for it has ended for {span_words(best.idle)}" if best.idle else "it is idle"
    return Recommendation(
        id=f"unload:{endpoint}:{name}",
        subject=Subject("model", f"{endpoint}/{name}", name),
        severity=Severity.WARNING,
        rule="R-LLM-1",
        proposal=f"unload, frees about {memory(best.frees)}",
        reason=f"{why}; {idle}; {best.cost.words}; {_after(best, snapshot)}it stays installed",
        evidence=(
            *_shortage(snapshot.host),
            Evidence("held in memory", memory(best.frees)),
            Evidence("idle", f"at least {span_words(best.idle)}"),
            Evidence("to load again", f"{memory(best.cost.size)}, {best.cost.basis or 'speed not known'}"),
        ),
        intent=UnloadModel(endpoint, name),
        tier_rank=0,
    )


def unload_findings(snapshot: Snapshot) -> Iterator[Ranked]:
    """Say what unloads of the last minutes gave back, beside what was predicted."""
    for it in snapshot.watch.unloads:
        freed = it.freed
        if freed is None or not it.predicted:
            continue
        is_back = _CAME_BACK * freed >= it.predicted
        severity, word = (Severity.OK, "UNLOADED") if is_back else (Severity.WARNING, "NOT FREED")
        subject = Subject("model", f"{it.endpoint}/{it.model}", it.model)
        told = Evidence("predicted", memory(it.predicted)), Evidence("freed", memory(freed))
        yield UNRANKED, Finding(subject, severity, word, unload_words(it), told, it.at)


def unload_words(it: ObservedUnload) -> str:
    """Say what an unload gave back: predicted, the container's memory, and the host's."""
    parts = [f"{memory(it.predicted)} predicted"]
    after = it.after
    if after is not None and it.before.held is not None and after.held is not None:
        parts.append(f"its container went from {memory(it.before.held)} to {memory(after.held)}")
    if after is not None and it.before.available is not None and after.available is not None:
        parts.append(f"the host's available memory from {memory(it.before.available)} to {memory(after.available)}")
    return ", ".join(parts)


def _why_short(host: HostUsage, thresholds: Thresholds) -> str:
    """Say why memory is short: little of it available, or work that stands still for it; empty where it is not."""
    left = available_share(host)
    if left is not None and left < SHORT:
        return f"{percent(left)} of the host's memory is available"
    pressure = measured(host.memory_pressure)
    if pressure is not None and is_over(pressure.some, thresholds.pressure_warning):
        return f"work stood still for memory {percent(pressure.some)} of the time"
    return ""


def _shortage(host: HostUsage) -> Iterator[Evidence]:
    left, pressure = available_share(host), measured(host.memory_pressure)
    if left is not None:
        yield Evidence("available", percent(left))
    if pressure is not None:
        yield Evidence("memory pressure", percent(pressure.some))


def _after(best: Candidate, snapshot: Snapshot) -> str:
    """Predict what the host has then."""
    available = measured(snapshot.host.memory_available)
    return "" if available is None else f"the host then has about {memory(Bytes(available + best.frees))} available; "
