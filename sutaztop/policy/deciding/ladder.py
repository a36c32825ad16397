"""From a need to a value: the guide's CPU ladder, a step more memory, more replicas and fewer (POLICY 5.3, 5.4)."""

from sutaztop.domain.decision import Axis
from sutaztop.domain.finding import Severity
from sutaztop.domain.numbers import WHOLE
from sutaztop.policy.deciding.draft import Draft
from sutaztop.policy.deciding.flapping import flapping_left
from sutaztop.policy.deciding.needs import Need, host_share

_WHOLE_WINDOW = (9, 10)
"""So much of the window must have been seen before anything is called idle: a moment of rest is none."""
TOLERATED = 10
"""A tenth over the target is no reason for more (HPA's tolerance)."""


def climb(draft: Draft, need: Need) -> None:
    """Take the next rung of the CPU ladder: a core more up to the ceiling, then replicas. Never both."""
    if need.held:
        draft.guard(need.rule, need.held, Axis.CPU)
        return
    if need.only_watch or _is_cooling(draft, Axis.CPU):
        return
    numbers, busy = draft.case.numbers, host_share(draft.host)
    if busy is not None and busy >= numbers.host_cpu:
        draft.told.share("host CPU", busy)
        draft.guard("R-HOST-2", busy, Axis.CPU)
        return
    limit = draft.case.cpu_limit
    if limit is None:
        return
    ceiling = min(numbers.cpu_ceiling, draft.host.cpus) if draft.host.cpus else numbers.cpu_ceiling
    raised = min(max(limit + numbers.cpu_step, 2 * limit if need.fast else 0), ceiling)
    if (raised - limit) * WHOLE >= numbers.least_change * limit and raised > limit:
        draft.step(Axis.CPU, "raw", limit + numbers.cpu_step if not need.fast else 2 * limit)
        draft.step(Axis.CPU, "clamped", raised)
        draft.want(need, limit, raised)
    elif need.limit_only:
        draft.guard("CEILING", ceiling, Axis.CPU, limit, limit)
    else:
        _more_replicas(draft, need, ceiling)


def widen(draft: Draft, need: Need) -> None:
    """Take a step more memory."""
    case, numbers = draft.case, draft.case.numbers
    limit, target = case.memory_limit, need.target
    if need.only_watch or target is None:
        return
    if limit is None:
        draft.step(Axis.MEMORY, "raw", target)
        draft.want(need, None, target)
        return
    killed = need.rule == "R-MEM-1"
    if not killed and _is_cooling(draft, Axis.MEMORY):
        return
    draft.step(Axis.MEMORY, "raw", target)
    raises = sum(1 for at in case.raises if 0 <= draft.now - at <= numbers.oom_kept)
    if raises >= numbers.most_raises:
        draft.told.count("memory raises", raises)
        draft.guard("R-MEM-6", raises, Axis.MEMORY, target, limit)
        return
    if numbers.memory_ceiling is not None and target > numbers.memory_ceiling:
        draft.guard("MAX-MEMORY", numbers.memory_ceiling, Axis.MEMORY, target, max(limit, numbers.memory_ceiling))
        target = numbers.memory_ceiling
    draft.step(Axis.MEMORY, "clamped", max(limit, target))
    if target > limit and (killed or (target - limit) * WHOLE >= numbers.least_change * limit):
        draft.want(need, limit, target)


def _is_cooling(draft: Draft, axis: Axis) -> bool:
    """Whether the last change is too young for another upwards; told with the seconds that are left."""
    numbers, changed = draft.case.numbers, draft.case.last_change
    if changed is None or draft.now - changed >= numbers.cool_down_up or changed > draft.now:
        return False
    draft.guard("COOLDOWN-UP", numbers.cool_down_up - (draft.now - changed), axis)
    return True


# --- replicas -------------------------------------------------------------------------------------


def _more_replicas(draft: Draft, need: Need, ceiling: int) -> None:
    case, numbers, told = draft.case, draft.case.numbers, draft.told
    current = case.replicas
    told.cores("CPU ceiling", ceiling)
    if case.why_not:
        draft.guard("NOT-SCALABLE", case.why_not, Axis.REPLICAS)
        return
    share = draft.loads.service_cpu.mean
    line = numbers.cpu_up if need.rule == "R-CPU-1" else numbers.throttled_share
    if share <= line if need.rule == "R-CPU-1" else share < line:
        draft.guard("SPREAD", share, Axis.REPLICAS)
        told.share("share of all replicas", share)
        return
    raw = max(_count(draft, share), current + 1)
    draft.wish = raw
    draft.step(Axis.REPLICAS, "raw", raw)
    recent = [it.replicas for it in case.wished if 0 <= draft.now - it.at < numbers.up_window]
    agreed = max(current, min([raw, *recent]))
    draft.step(Axis.REPLICAS, "stabilised", agreed)
    if agreed < raw:
        draft.guard("STABILISE-UP", agreed, Axis.REPLICAS, raw, agreed)
    rated = min(agreed, max(current, _rate_up(draft)))
    draft.step(Axis.REPLICAS, "rated", rated)
    if rated < agreed:
        draft.guard("RATE-UP", rated, Axis.REPLICAS, agreed, rated)
    bound = min(rated, max(current, case.maximum_replicas))
    draft.step(Axis.REPLICAS, "clamped", bound)
    if bound < raw and bound == case.maximum_replicas and agreed > current:
        draft.guard("MAX", case.maximum_replicas, Axis.REPLICAS, rated, bound)
    if bound > current:
        draft.want(_for_replicas(need), current, bound)


def standing_wish(draft: Draft) -> int:
    """Give the wish of a service of which nothing is asked now: its size, or more where its share is over the target.

    A share that wavers about the line that sets a rule off is a wish for more all the same: else one calm reading in a
    minute would have all wishes of the window disagree, and a service at 85 % would never grow. Fewer is wished for
    only where it is idle.
    """
    case, numbers, share = draft.case, draft.case.numbers, draft.loads.service_cpu.mean
    if case.why_not or case.cpu_limit is None or share * TOLERATED <= numbers.replicas_target * (TOLERATED + 1):
        return case.replicas
    return max(case.replicas, _count(draft, share))


def _for_replicas(need: Need) -> Need:
    return Need(Axis.REPLICAS, need.rule, need.severity, need.reason, since=need.since)


def _count(draft: Draft, share: int) -> int:
    """Give HPA's number for a share (POLICY 1.2); the guide's step is one more."""
    numbers, counted = draft.case.numbers, draft.loads.settled
    if numbers.horizontal == "one":
        return draft.case.replicas + 1
    # HPA cuts the percentage to a whole number before it divides.
    return -(-(share // 100 * 100) * counted // numbers.replicas_target)


def _rate_up(draft: Draft) -> int:
    numbers = draft.case.numbers
    start = _size_before(draft, numbers.up_period)
    return -(-start * (WHOLE + numbers.up_percent) // WHOLE)


def _rate_down(draft: Draft) -> int:
    """Give the fewest replicas that the rate allows; one may always go (POLICY 1.7)."""
    numbers = draft.case.numbers
    start = _size_before(draft, numbers.down_period)
    return start - max(1, start * numbers.down_percent // WHOLE)


def _size_before(draft: Draft, period: int) -> int:
    changed = sum(it.by for it in draft.case.resized if 0 <= draft.now - it.at < period)
    return max(0, draft.case.replicas - changed)


def shrink(draft: Draft) -> None:
    """Take replicas from a service that is idle, if every one of them says so (R-CPU-5)."""
    case, numbers, told, loads = draft.case, draft.case.numbers, draft.told, draft.loads
    current = case.replicas
    if case.why_not or current <= max(1, case.minimum_replicas) or not _is_idle(draft):
        return
    need = _idle_need(draft)
    raw = max(_count(draft, loads.service_cpu.peak) if numbers.horizontal != "one" else current - 1, 1)
    raw = min(current, max(raw, case.minimum_replicas))
    draft.wish = raw
    draft.step(Axis.REPLICAS, "raw", raw)
    if raw >= current:
        return
    draft.needs.append(need)
    if _is_held_down(draft, raw):
        return
    recent = [it.replicas for it in case.wished if 0 <= draft.now - it.at < numbers.down_window]
    agreed = min(current, max([raw, *recent]))
    draft.step(Axis.REPLICAS, "stabilised", agreed)
    if agreed > raw:
        draft.guard("STABILISE-DOWN", agreed, Axis.REPLICAS, raw, agreed)
    if agreed >= current:
        return
    rated = max(agreed, _rate_down(draft))
    draft.step(Axis.REPLICAS, "rated", rated)
    if rated > agreed:
        draft.guard("RATE-DOWN", rated, Axis.REPLICAS, agreed, rated)
    fewer = _roomy(draft, max(rated, case.minimum_replicas))
    draft.step(Axis.REPLICAS, "clamped", fewer)
    if fewer > rated:
        draft.guard("ROOM-AFTER", fewer, Axis.REPLICAS, rated, fewer)
    if fewer < current:
        after = loads.service_cpu.peak * current // fewer
        told.share("expected highest share", after)
        draft.want(need, current, fewer)


def _is_held_down(draft: Draft, raw: int) -> bool:
    """Whether replicas may not be taken now, whatever the load."""
    case, numbers, current = draft.case, draft.case.numbers, draft.case.replicas
    changed = case.last_change
    if len(draft.members.counted) != current:
        draft.guard("DATA-DOWN", "not every replica reports", Axis.REPLICAS, raw, current)
    elif any(0 <= draft.now - it.at <= numbers.oom_kept for it in case.ooms):
        draft.guard("OOM-DOWN", "an OOM kill in the last day", Axis.REPLICAS, raw, current)
    elif changed is not None and 0 <= draft.now - changed < numbers.cool_down_down:
        draft.guard("COOLDOWN-DOWN", numbers.cool_down_down - (draft.now - changed), Axis.REPLICAS, raw, current)
    elif (left := flapping_left(case, draft.now)) > 0:
        draft.guard("FLAPPING", left, Axis.REPLICAS, raw, current)
    else:
        return False
    return True


def _roomy(draft: Draft, fewer: int) -> int:
    """Give the fewest replicas on which the peak stays well below the line that would bring them back."""
    numbers, peak, current = draft.case.numbers, draft.loads.service_cpu.peak, draft.case.replicas
    while fewer < current and peak * current * WHOLE > numbers.cpu_up * numbers.room_after * fewer:
        fewer += 1
    return fewer


def _is_idle(draft: Draft) -> bool:
    case, numbers, counted = draft.case, draft.case.numbers, draft.members.counted
    load = draft.loads.service_cpu
    if case.cpu_limit is None or not counted or not load.is_enough(numbers):
        return False
    if load.span * _WHOLE_WINDOW[1] < numbers.window * _WHOLE_WINDOW[0]:
        return False
    for it in counted:
        shares = [s.cpu for s in it.samples if s.cpu is not None]
        sizes = [s.working_set for s in it.samples if s.working_set is not None]
        if not shares or max(shares) * WHOLE >= numbers.cpu_down * case.cpu_limit:
            return False
        if case.memory_limit and (not sizes or max(sizes) * WHOLE >= numbers.memory_down * case.memory_limit):
            return False
    return draft.loads.throttled_share < numbers.throttled_idle


def _idle_need(draft: Draft) -> Need:
    told, load = draft.told, draft.loads.service_cpu
    text = (
        f"at most {told.share('highest share of CPU limit', load.peak)} of limit in "
        f"{told.count('readings', load.count)} readings over {told.span('window', load.span)}"
    )
    return Need(Axis.REPLICAS, "R-CPU-5", Severity.OK, text)


def bound(draft: Draft) -> bool:
    """Bring a service that is outside its bounds to the nearest one, at once (R-REP-3); say whether it was."""
    case, told = draft.case, draft.told
    if case.why_not:
        return False
    nearest = min(max(case.replicas, case.minimum_replicas), case.maximum_replicas)
    if nearest == case.replicas:
        return False
    which = "at least" if nearest > case.replicas else "at most"
    text = f"{told.count('replicas', case.replicas)} replicas, and {which} {told.count('bound', nearest)} are asked for"
    need = Need(Axis.REPLICAS, "R-REP-3", Severity.WARNING, text)
    draft.needs.append(need)
    draft.wish = nearest
    draft.step(Axis.REPLICAS, "raw", nearest)
    draft.want(need, case.replicas, nearest)
    return True
