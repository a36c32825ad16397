"""What a case is short of, by which rule, and the figures that say so (POLICY 5.3)."""

from dataclasses import dataclass

from sutaztop.domain.case import Case, HostRoom, Replica
from sutaztop.domain.decision import Axis
from sutaztop.domain.finding import Severity
from sutaztop.domain.numbers import WHOLE, round_up
from sutaztop.policy.deciding.members import Load, Members, cpu_load, memory_load, settled, throttled
from sutaztop.policy.deciding.told import Told


@dataclass(frozen=True, slots=True)
class Need:
    """One rule that fired. ``reason`` is made of the evidence alone.

    ``only_watch`` asks for nothing but attention; ``held`` says why nothing can be done at all.
    ``target`` is the memory that is wanted, where the rule knows it.
    """

    axis: Axis
    rule: str
    severity: Severity
    reason: str
    only_watch: bool = False
    held: str = ""
    fast: bool = False
    limit_only: bool = False
    target: int | None = None
    since: int | None = None


@dataclass(frozen=True, slots=True)
class Loads:
    """What the replicas in scope used, and what the whole service did."""

    cpu: Load
    service_cpu: Load
    throttled: int
    periods: int
    memory: Load
    working_set: int
    settled: int = 0
    """How many replicas the service's CPU load is made of."""

    @property
    def throttled_share(self) -> int:
        """Throttled periods over periods, in basis points; 0 where too few were seen to tell."""
        return self.throttled * WHOLE // self.periods if self.periods else 0


def loads_of(case: Case, members: Members, host: HostRoom) -> Loads:
    """Reckon the loads. Without a CPU limit the host stands for it: R-CPU-4 asks how full that is."""
    scope = members.within(case.scope)
    limit = case.cpu_limit or host.cpus
    numbers = case.numbers
    busy = settled(scope.counted, numbers)
    held, seen = throttled(busy)
    if seen < numbers.least_periods:
        held = seen = 0
    worst = Load()
    if case.memory_limit:
        # One that is killed is enough: the worst replica speaks for all (POLICY 5.3).
        each = [memory_load(it, case.memory_limit) for it in scope.counted]
        line = numbers.memory_up
        worst = max(
            (it for it in each if it.count),
            key=lambda it: (it.is_sustained(line, numbers), it.last, it.mean, it.readings),
            default=Load(),
        )
    newest = [size for it in scope.counted if (size := _held(it)) is not None]
    everyone = busy if scope is members else settled(members.counted, numbers)
    return Loads(
        cpu_load(busy, limit), cpu_load(everyone, limit), held, seen, worst, max(newest, default=0),
        sum(bool(it.samples) for it in everyone),
    )  # fmt: skip


def _held(it: Replica) -> int | None:
    if it.held is not None:
        return it.held
    return next((s.working_set for s in reversed(it.samples) if s.working_set is not None), None)


# --- CPU ------------------------------------------------------------------------------------------


def cpu_need(  # noqa: PLR0913, PLR0917 - what a need is seen in, each a thing of its own
    case: Case, members: Members, loads: Loads, host: HostRoom, now: int, told: Told
) -> Need | None:
    """Give the CPU rule that speaks for a case: fast, throttled, hot, bursts; else what is worth watching."""
    if case.cpu_limit is None:
        return _unlimited(case, loads, host, told)
    fast = _fast(case, members, loads, told)
    if fast is not None:
        return fast
    bursts = _bursts(case, members, now, told)
    if not loads.cpu.is_enough(case.numbers):
        return bursts
    return _short(case, loads, host, told) or bursts or _watched(case, members, loads, host, told)


def _short(case: Case, loads: Loads, host: HostRoom, told: Told) -> Need | None:
    """Give the need of one that is throttled or hot for long enough."""
    numbers, load, share = case.numbers, loads.cpu, loads.throttled_share
    much = loads.periods > 0 and share >= numbers.throttled_much
    some = loads.periods > 0 and share >= numbers.throttled_some
    rule = ""
    if much or (some and load.mean >= numbers.throttled_share):
        rule = "R-CPU-2"
    elif load.is_sustained(numbers.cpu_up, numbers):
        rule = "R-CPU-1"
    if not rule:
        return None
    reason = _share_words(case, loads, told, throttling=share > 0) + _free_words(host, told)
    return Need(Axis.CPU, rule, Severity.WARNING, reason, since=load.since(numbers.cpu_up))


def _watched(case: Case, members: Members, loads: Loads, host: HostRoom, told: Told) -> Need | None:
    """Give what is worth a look and no change: starved, in light bursts, over the line just now."""
    numbers, load = case.numbers, loads.cpu
    starved = _starved(case, members, loads, host, told)
    if starved is not None:
        return starved
    if loads.periods and loads.throttled_share >= numbers.throttled_some:
        reason = _share_words(case, loads, told, throttling=True) + ": it works in bursts"
        return Need(Axis.CPU, "R-CPU-2", Severity.OK, reason, only_watch=True)
    if load.is_over_now(numbers.cpu_up):
        text = f"{told.share('share of CPU limit now', load.last)} of its CPU limit now, not sustained so far"
        return Need(Axis.CPU, "R-CPU-1", Severity.OK, text, only_watch=True)
    return None


def _fast(case: Case, members: Members, loads: Loads, told: Told) -> Need | None:
    numbers = case.numbers
    lately = loads.cpu.lately(numbers.fast_samples)
    if lately.count < numbers.fast_samples or any(
        used * WHOLE < numbers.fast_share * allowed for _, used, allowed in lately.readings
    ):
        return None
    held, seen = throttled(settled(members.within(case.scope).counted, numbers), last=numbers.fast_samples)
    if seen < numbers.least_periods or held * WHOLE < numbers.fast_throttled * seen:
        return None
    text = (
        f"{told.share('share of CPU limit', lately.mean)} of limit in each of the last "
        f"{told.count('newest readings', lately.count)} readings, throttled in "
        f"{told.share('throttled', held * WHOLE // seen)} of periods: there is no telling how much it wants"
    )
    return Need(Axis.CPU, "R-CPU-7", Severity.CRITICAL, text, fast=True, since=lately.readings[0][0])


def _bursts(case: Case, members: Members, now: int, told: Told) -> Need | None:
    numbers = case.numbers
    if case.saturated_span < numbers.burst_span or case.saturated < numbers.burst_share:
        return None
    # The look back must be of the present limit, or one raise would call for the next; and what a start burns is no
    # burst of demand.
    begins = now - case.saturated_span
    starts = (it.started + numbers.warm_up for it in members.within(case.scope).counted)
    if max(starts, default=begins) > begins or (case.last_change is not None and begins < case.last_change <= now):
        return None
    text = (
        f"at its CPU limit for {told.share('time at the CPU limit', case.saturated)} of the last "
        f"{told.span('time looked back', case.saturated_span)}, in bursts"
    )
    return Need(Axis.CPU, "R-CPU-6", Severity.WARNING, text, limit_only=True)


def _starved(case: Case, members: Members, loads: Loads, host: HostRoom, told: Told) -> Need | None:
    numbers = case.numbers
    newest = [s.cpu_pressure for it in members.within(case.scope).counted for s in it.samples[-1:]]
    pressure = max((it for it in newest if it is not None), default=0)
    busy = host_share(host)
    if (
        pressure < numbers.cpu_pressure
        or loads.throttled_share >= numbers.starved_throttled
        or busy is None
        or busy < numbers.starved_host
    ):
        return None
    text = (
        f"waited for CPU {told.share('CPU pressure', pressure)} of the time while the host is at "
        f"{told.share('host CPU', busy)}: starved by neighbours, a reservation or shares would help and a limit not"
    )
    held = "starved by neighbours: a higher limit would not help"
    return Need(Axis.CPU, "R-CPU-3", Severity.OK, text, only_watch=True, held=held)


def _unlimited(case: Case, loads: Loads, host: HostRoom, told: Told) -> Need | None:
    if not host.cpus or not loads.cpu.is_sustained(case.numbers.cpu_up, case.numbers):
        return None
    used = loads.cpu.mean * host.cpus // WHOLE
    text = f"{told.cores('CPU used', used)} of the host's {told.cores('host', host.cpus)} used without a limit"
    held = "no limit and one host: another replica adds no CPU"
    since = loads.cpu.since(case.numbers.cpu_up)
    return Need(Axis.CPU, "R-CPU-4", Severity.WARNING, text, held=held, since=since)


def _share_words(case: Case, loads: Loads, told: Told, *, throttling: bool) -> str:
    load, line = loads.cpu, case.numbers.cpu_up
    text = f"{told.share('share of CPU limit', load.mean)} of limit"
    over = load.over(line)
    if over:
        text += (
            f", over {told.share('line', line)} in {told.count('readings over the line', over)} of "
            f"{told.count('readings', load.count)} readings in {told.span('window', load.span)}"
        )
    else:
        told.count("readings", load.count)
        told.span("window", load.span)
    if throttling:
        text += f", throttled in {told.share('throttled', loads.throttled_share)} of periods"
    return text


def _free_words(host: HostRoom, told: Told) -> str:
    if host.cpu_used is None or not host.cpus:
        return ""
    free = told.cores("free on the host", max(0, host.cpus - host.cpu_used)).split()[0]
    return f"; host {free} of {told.cores('host', host.cpus)} free"


def host_share(host: HostRoom) -> int | None:
    """Give the busy share of the host's CPU in basis points, or ``None`` where it was not read."""
    return None if host.cpu_used is None or not host.cpus else host.cpu_used * WHOLE // host.cpus


# --- memory ---------------------------------------------------------------------------------------


def memory_need(case: Case, members: Members, loads: Loads, now: int, told: Told) -> Need | None:
    """Give the memory rule that speaks for a case: killed, near its limit, stalled."""
    killed = oom_need(case, now, told)
    if killed is not None or case.memory_limit is None:
        return killed
    numbers, load = case.numbers, loads.memory
    if load.is_sustained(numbers.memory_up, numbers):
        cached = _only_cache(case, members, told)
        if cached is not None:
            return cached
        text = (
            f"working set {told.share('share of memory limit', load.last)} of limit, over "
            f"{told.share('memory line', numbers.memory_up)} in "
            f"{told.count('readings over the memory line', load.over(numbers.memory_up))} of "
            f"{told.count('memory readings', load.count)} readings in {told.span('memory window', load.span)}"
        )
        critical = load.is_sustained(numbers.memory_critical, numbers)
        severity = Severity.CRITICAL if critical else Severity.WARNING
        target = next_memory(case, case.memory_limit)
        return Need(Axis.MEMORY, "R-MEM-2", severity, text, target=target, since=load.since(numbers.memory_up))
    return _stalled(case, members, loads, told) or _only_watch(case, loads, told)


def _only_cache(case: Case, members: Members, told: Told) -> Need | None:
    """Say that a full limit is full of page cache in use, which hurts nobody (R-MEM-4).

    The working set leaves out only the cache that nobody touched lately. A file that is read again and again stays
    in it, and yet goes at once when a process wants the room: where nothing stalls, more memory would hold more file.
    """
    numbers, limit = case.numbers, case.memory_limit or 0
    most = 0
    for it in members.within(case.scope).counted:
        newest = it.samples[-1:]
        if it.active_cache is None or not newest or newest[0].working_set is None:
            return None
        stalls = max(newest[0].memory_pressure or 0, newest[0].memory_pressure_full or 0)
        if stalls >= min(numbers.memory_pressure, numbers.memory_pressure_full):
            return None
        if (newest[0].working_set - it.active_cache) * WHOLE > numbers.memory_up * limit:
            return None
        most = max(most, it.active_cache)
    text = (
        f"full of files that are read again and again: {told.memory('page cache in use', most)} of its working set is "
        "page cache, which the kernel takes back when a process wants the room, and nothing waits for memory"
    )
    return Need(Axis.MEMORY, "R-MEM-4", Severity.OK, text, only_watch=True)


def _only_watch(case: Case, loads: Loads, told: Told) -> Need | None:
    if not loads.memory.is_over_now(case.numbers.memory_up):
        return None
    text = f"working set {told.share('share of memory limit', loads.memory.last)} of limit now, not sustained so far"
    return Need(Axis.MEMORY, "R-MEM-2", Severity.OK, text, only_watch=True)


def _stalled(case: Case, members: Members, loads: Loads, told: Told) -> Need | None:
    numbers = case.numbers
    some = full = 0
    for it in members.within(case.scope).counted:
        for sample in it.samples[-1:]:
            some = max(some, sample.memory_pressure or 0)
            full = max(full, sample.memory_pressure_full or 0)
    if some < numbers.memory_pressure and full < numbers.memory_pressure_full:
        return None
    if loads.memory.last < numbers.memory_down or case.memory_limit is None or not loads.memory.is_enough(numbers):
        return None
    text = (
        f"stood still for memory {told.share('memory pressure', max(some, full))} of the time at "
        f"{told.share('share of memory limit', loads.memory.last)} of its limit"
    )
    target = next_memory(case, case.memory_limit)
    return Need(Axis.MEMORY, "R-MEM-3", Severity.WARNING, text, target=target)


def oom_need(case: Case, now: int, told: Told) -> Need | None:
    """Give what OOM kills of the last day call for: reckoned from the highest limit that killed, so once (R-MEM-1)."""
    numbers = case.numbers
    kills = [it for it in case.ooms if 0 <= now - it.at <= numbers.oom_kept and it.limit is not None]
    if not kills or case.memory_limit is None:
        return None
    highest = max(it.limit or 0 for it in kills)
    lower = any(it.limit != highest for it in kills)
    target = oom_limit(highest, numbers.oom_percent, numbers.oom_least, numbers.memory_round)
    if case.memory_limit >= target:
        return None
    text = (
        f"OOM-killed {told.count('OOM kills', len(kills))}× at a limit of "
        f"{told.memory('limit at the kill', highest)}{' and less' if lower else ''}; a kill calls for a fifth more, "
        f"at least {told.memory('least step after a kill', numbers.oom_least)}"
    )
    return Need(Axis.MEMORY, "R-MEM-1", Severity.CRITICAL, text, target=target, since=max(it.at for it in kills))


def oom_limit(killed_at: int, percent: int, least: int, step: int) -> int:
    """Give the limit that a kill at ``killed_at`` calls for, rounded up (VPA's figures).

    >>> oom_limit(2048 * 2**20, 120, 100 * 2**20, 64 * 2**20) // 2**20
    2496
    """
    return round_up(max(-(-killed_at * percent // 100), killed_at + least), step)


def next_memory(case: Case, limit: int) -> int:
    """Give the limit one step higher: by the guide's step, at most to the double, and at least by a tenth.

    The guide's gibibyte on a container of 64 MiB would be a jump to seventeen times its limit; on one of 16 GiB it
    would be no change worth a restart.
    """
    numbers = case.numbers
    return max(
        limit + min(numbers.memory_step, limit),
        round_up(limit + limit * numbers.least_change // WHOLE, numbers.memory_round),
    )
