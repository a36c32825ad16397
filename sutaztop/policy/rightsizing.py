"""Right-sizing: the limits and reservations that days of use call for, and why one is kept as it is. Advisory.

Raised is what was too little; lowered is only what VPA's upper bound says is too much, and never on partial
data, within a day of a raise or after an OOM kill: room that is wanted again costs more than room that stands idle.
Whole numbers: milli-cores, bytes, seconds, basis points.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sutaztop.domain.decision import Figure, Unit
from sutaztop.domain.estimate import DAY, Aggregate, Bounds, Proposal, Sizing, Verdict
from sutaztop.domain.numbers import WHOLE, round_up
from sutaztop.domain.quantity import MIB, span_words
from sutaztop.policy.wording import cores, count, memory

CPU_STEP = 250
MEMORY_STEP = 64 * MIB
RESERVED_CPU_STEP = 10
MARGIN_PERCENT = 115
HELD_PERCENT = 125
"""A memory limit is not lowered under this part of what is held now."""
LEAST_CHANGE_PERCENT = 10
SEEN_WHOLE = 7 * DAY
"""From here on confidence is high: whatever happens once a week has happened."""
KILLS_COUNT_FOR = 8 * DAY
SATURATED = 500
"""At the limit for this part of the last hour: its percentiles are cut off by the limit."""
SATURATED_SPAN = 1800
IDLE_HOST = 7000
"""A host that is at no more than this in 95 % of the minutes idles: a limit that throttles there is pure loss."""
BUSY_HOST = 9000


@dataclass(frozen=True, slots=True)
class Present:
    """What there is now: of one container, or of each replica of a service with the highest of all replicas.

    ``working_set`` and ``anonymous`` are ``None`` where they could not be read. ``partial`` says why what is known is
    not all, and is empty where it is. ``is_batch`` is for those who may wait: agents, not servers.
    """

    now: int
    cpu_limit: int | None = None
    memory_limit: int | None = None
    cpu_reservation: int | None = None
    memory_reservation: int | None = None
    working_set: int | None = None
    anonymous: int | None = None
    partial: str = ""
    is_batch: bool = False


@dataclass(frozen=True, slots=True)
class Host:
    """The host: its cores in milli-cores, its memory, and what its CPU did not exceed in 95 % of the minutes.

    ``cpu_ceiling`` is the most that a CPU limit is raised to. 0 and ``None`` are what is not known.
    """

    cpus: int = 0
    memory_total: int = 0
    cpu_p95: int | None = None
    cpu_ceiling: int = 4000


def size(kept: Aggregate, present: Present, host: Host) -> Sizing:
    """Give the size that fits, each amount with its verdict.

    CPU: the 99th percentile and 15 % for what serves, the 95th for batch, up to a quarter of a core. Memory: the
    highest of 8 days and 15 %, and what OOM kills call for, up to 64 MiB. Set aside: the 90th percentile of each.
    """
    held_back = _no_lowering(kept, present)
    cpu = _cpu_limit(kept, present, host, held_back)
    size_ = _memory_limit(kept, present, host, held_back)
    idles = host.cpu_p95 is not None and host.cpus > 0 and host.cpu_p95 * WHOLE <= IDLE_HOST * host.cpus
    set_aside_cpu = Proposal(
        Verdict.KEEP, present.cpu_reservation, _bounded(round_up(kept.cpu.p90, RESERVED_CPU_STEP), cpu)
    )
    set_aside_memory = Proposal(
        Verdict.KEEP,
        present.memory_reservation,
        _bounded(round_up(_rank(kept.memory_peaks, 90), MEMORY_STEP), size_),
    )
    return Sizing(
        cpu_limit=cpu,
        memory_limit=size_,
        cpu_reservation=_reservation(kept, set_aside_cpu, kept.cpu_bounds, held_back),
        memory_reservation=_reservation(kept, set_aside_memory, kept.memory_bounds, held_back),
        confidence=confidence_word(kept),
        basis=f"{span_words(kept.seen_s)}, {count(kept.samples, 'sample')}",
        prefers_reservation=present.cpu_limit is not None and _saturated(kept) and idles,
        evidence=_evidence(kept, host),
    )


def _bounded(reserved: int, limit: Proposal) -> int:
    """Give what to set aside, which the engine refuses above the limit."""
    most = limit.proposed or limit.present
    return reserved if most is None else min(reserved, most)


def confidence_word(kept: Aggregate) -> str:
    """Say how sure it is.

    >>> confidence_word(Aggregate(first_s=0, last_s=90_000, samples=1500))
    'medium'
    """
    if kept.seen_s < DAY:
        return "low"
    return "medium" if kept.seen_s < SEEN_WHOLE else "high"


def _no_lowering(kept: Aggregate, present: Present) -> str:
    """Say what forbids to lower anything; empty where nothing does."""
    if present.partial:
        return f"not lowered on partial data: {present.partial}"
    if kept.oom_need or any(present.now - at <= KILLS_COUNT_FOR for at, _ in kept.ooms):
        return "not lowered after an OOM kill"
    raised = max(kept.cpu_raised_s or 0, kept.memory_raised_s or 0)
    if raised and present.now - raised < DAY:
        return f"not lowered within a day of a raise: that was {span_words(present.now - raised)} ago"
    return ""


def _too_little(kept: Aggregate, keep: Proposal) -> Proposal | None:
    """Give the answer where a day was not seen yet, or nothing was read."""
    if kept.seen_s < DAY:
        seen = f"{span_words(kept.seen_s)} of the {span_words(DAY)} that it takes"
        return replace(keep, verdict=Verdict.NOT_ENOUGH_DATA, reason=seen)
    return None if keep.fitting else replace(keep, verdict=Verdict.NOT_ENOUGH_DATA, reason="nothing was read")


def _cpu_limit(kept: Aggregate, present: Present, host: Host, held_back: str) -> Proposal:
    need = kept.cpu.p95 if present.is_batch else with_margin(kept.cpu.p99)
    limit = present.cpu_limit
    keep = Proposal(Verdict.KEEP, limit, max(CPU_STEP, round_up(need, CPU_STEP)))
    if (early := _too_little(kept, keep)) is not None:
        return early
    if limit is None:
        return replace(keep, reason="no CPU limit is set")
    if _is_more(need, limit):
        return _raised_cpu(keep, host)
    if _saturated(kept):
        held_back = held_back or f"at its limit for {span_words(kept.saturated_s)} of the last hour"
    within = kept.cpu.p95 if present.is_batch else kept.cpu.p99
    reason = f"{95 if present.is_batch else 99} % of minutes within {cores(within / 1000)}"
    return _lowered(keep, round_up(present.cpu_reservation or 0, CPU_STEP), kept.cpu_bounds, held_back, reason)


def _raised_cpu(keep: Proposal, host: Host) -> Proposal:
    most = min(host.cpu_ceiling, host.cpus) if host.cpus else host.cpu_ceiling
    proposed = min(keep.fitting or 0, most)
    if proposed <= (keep.present or 0):
        return replace(keep, reason=f"at the ceiling of {cores(most / 1000)}")
    if host.cpus and host.cpu_p95 is not None and host.cpu_p95 * WHOLE >= BUSY_HOST * host.cpus:
        return replace(keep, reason="no CPU to give: the host is busy")
    return replace(keep, verdict=Verdict.RAISE, proposed=proposed, reason="its minutes come near the limit")


def _memory_limit(kept: Aggregate, present: Present, host: Host, held_back: str) -> Proposal:
    limit, peak = present.memory_limit, kept.memory_peak
    need = with_margin(peak)
    keep = Proposal(Verdict.KEEP, limit, round_up(max(need, kept.oom_need), MEMORY_STEP) or None)
    # A container that is killed as it starts has no minute of CPU, and needs the answer most.
    if limit is not None and kept.oom_need > limit:
        return _raised_memory(keep, need, host, f"killed at {memory(_killed_at(kept) or limit)} for want of memory")
    if (early := _too_little(kept, keep)) is not None:
        return early
    if limit is None:
        return replace(keep, reason="no memory limit is set")
    if _is_more(need, limit):
        if present.anonymous is not None and present.working_set and 2 * present.anonymous < present.working_set:
            return replace(keep, reason="near the limit with page cache, which it can do without")
        return _raised_memory(keep, need, host, f"held up to {memory(peak)}")
    if present.working_set is None:
        held_back = held_back or "not lowered on partial data: what it holds now is not known"
    held = -(-(present.working_set or 0) * HELD_PERCENT // 100)
    floor = round_up(max(held, present.memory_reservation or 0), MEMORY_STEP)
    return _lowered(keep, floor, kept.memory_bounds, held_back, f"held {memory(peak)} at most")


def _raised_memory(keep: Proposal, need: int, host: Host, why: str) -> Proposal:
    fitting = keep.fitting or 0
    proposed = min(fitting, host.memory_total // MEMORY_STEP * MEMORY_STEP) if host.memory_total else fitting
    # A limit under what it was seen to need would only move the next kill.
    if proposed <= (keep.present or 0) or proposed < need:
        return replace(keep, reason=f"the host has only {memory(host.memory_total)}")
    return replace(keep, verdict=Verdict.RAISE, proposed=proposed, reason=why)


def _reservation(kept: Aggregate, asked: Proposal, bounds: Bounds, held_back: str) -> Proposal:
    keep = replace(asked, verdict=Verdict.KEEP)
    if (early := _too_little(kept, keep)) is not None:
        return early
    if asked.present is None:
        return replace(keep, reason="none is set")
    if _is_more(asked.fitting or 0, asked.present):
        return replace(
            keep, verdict=Verdict.RAISE, proposed=asked.fitting, reason="less is set aside than 90 % of its time takes"
        )
    return _lowered(keep, 0, bounds, held_back, "more is set aside than 90 % of its time takes")


def _lowered(keep: Proposal, floor: int, bounds: Bounds, held_back: str, reason: str) -> Proposal:
    """Lower to what fits, at least to a floor, where VPA calls the present too much and nothing forbids it."""
    wanted, present = max(keep.fitting or 0, floor), keep.present or 0
    if not _is_less(wanted, present) or bounds.upper is None or present <= bounds.upper:
        return replace(keep, reason="within what its use calls for")
    if held_back:
        return replace(keep, reason=held_back)
    return replace(keep, verdict=Verdict.LOWER, proposed=wanted, reason=reason)


def _killed_at(kept: Aggregate) -> int:
    return max((limit for _, limit in kept.ooms if limit is not None), default=0)


def _saturated(kept: Aggregate) -> bool:
    return kept.saturated_span_s >= SATURATED_SPAN and kept.saturated_s * WHOLE >= SATURATED * kept.saturated_span_s


def _is_more(wanted: int, present: int) -> bool:
    return wanted * 100 >= present * (100 + LEAST_CHANGE_PERCENT) and wanted > present


def _is_less(wanted: int, present: int) -> bool:
    return wanted * 100 <= present * (100 - LEAST_CHANGE_PERCENT)


def with_margin(amount: int) -> int:
    """Give an amount and the margin of a limit over it, rounded up (POLICY, "Limits on a single host")."""
    return -(-amount * MARGIN_PERCENT // 100)


def _rank(amounts: Sequence[int], percent: int) -> int:
    """Give the least amount that so many percent of the known ones do not exceed; 0 of none."""
    known = sorted(it for it in amounts if it)
    return known[-(-len(known) * percent // 100) - 1] if known else 0


def _evidence(kept: Aggregate, host: Host) -> tuple[Figure, ...]:
    figures = [
        Figure("seen", kept.seen_s, Unit.SECONDS),
        Figure("samples", kept.samples, Unit.COUNT),
        Figure("confidence", min(kept.confidence, WHOLE), Unit.SHARE),
        Figure("cpu p90", kept.cpu.p90, Unit.CORES),
        Figure("cpu p95", kept.cpu.p95, Unit.CORES),
        Figure("cpu p99", kept.cpu.p99, Unit.CORES),
        Figure("memory peak", kept.memory_peak, Unit.BYTES),
        Figure("memory p90 of days", _rank(kept.memory_peaks, 90), Unit.BYTES),
        Figure("days with readings", sum(1 for it in kept.memory_peaks if it), Unit.COUNT),
        Figure("at the CPU limit in the last hour", kept.saturated_s, Unit.SECONDS),
    ]
    for name, upper, unit in (
        ("cpu upper bound", kept.cpu_bounds.upper, Unit.CORES),
        ("memory upper bound", kept.memory_bounds.upper, Unit.BYTES),
    ):
        if upper is not None:
            figures.append(Figure(name, upper, unit))
    if kept.oom_need:
        figures.append(Figure("OOM kills call for", kept.oom_need, Unit.BYTES))
    if host.cpu_p95 is not None:
        figures.append(Figure("host cpu p95", host.cpu_p95, Unit.CORES))
    return tuple(figures)
