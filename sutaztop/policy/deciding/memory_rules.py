"""Memory beyond a single reading: leaks with the time that is left, and containers without a limit (POLICY 5.3)."""

from collections.abc import Sequence
from itertools import pairwise

from sutaztop.domain.decision import Axis
from sutaztop.domain.finding import Severity
from sutaztop.domain.numbers import WHOLE
from sutaztop.policy.deciding.draft import Draft
from sutaztop.policy.deciding.needs import Need

RISING = 6
"""So many peaks in a row must rise, each above the one before."""


def leak_need(draft: Draft) -> Need | None:
    """Say that a working set rises peak by peak and when it meets its limit (R-MEM-6); ``None`` where it does not."""
    case, told = draft.case, draft.told
    limit = case.memory_limit
    if limit is None or any(it.rule == "R-MEM-1" for it in draft.needs):
        return None
    for step, peaks in case.peaks:
        left = time_to_limit(peaks, step, limit)
        if left is None or left > min(case.numbers.leak_horizon, step * RISING):
            continue
        text = (
            f"its working set rose in each of {told.count('rising spans', RISING)} spans of "
            f"{told.span('span', step)}: at this pace it meets its limit in {told.span('time to limit', left)}"
        )
        return Need(Axis.MEMORY, "R-MEM-6", Severity.WARNING, text, only_watch=True)
    return None


def time_to_limit(peaks: Sequence[int], step: int, limit: int) -> int | None:
    """Give the seconds until rising peaks meet a limit, or ``None`` where the newest do not all rise.

    >>> time_to_limit([10, 20, 30, 40, 50, 60, 70], 3600, 100)
    10800
    """
    newest = list(peaks[-RISING - 1 :])
    if len(newest) <= RISING or any(after <= before for before, after in pairwise(newest)):
        return None
    grown, span = newest[-1] - newest[0], step * RISING
    # A creep of less than a hundredth of the limit over the whole span is no leak worth a word.
    if grown * 100 < limit:
        return None
    return max(0, limit - newest[-1]) * span // grown


def unlimited_memory_need(draft: Draft) -> Need | None:
    """Say that a container without a memory limit holds a great part of the host (R-MEM-5)."""
    case, host, told = draft.case, draft.host, draft.told
    if case.memory_limit is not None or not host.memory_total:
        return None
    used = draft.loads.working_set
    is_large = used * WHOLE > case.numbers.unlimited_share * host.memory_total
    available = host.memory_available
    is_short = available is not None and available * WHOLE < case.numbers.host_memory_reserve * host.memory_total
    # Where the host is short, whoever holds a tenth of it is worth a limit.
    if not is_large and not (is_short and used * 10 > host.memory_total):
        return None
    fits = case.fitting_memory
    text = (
        f"holds {told.memory('working set', used)} of the host's {told.memory('host memory', host.memory_total)} "
        "without a limit: where it grows, the kernel chooses whom to kill"
    )
    # Without a day of use behind it a limit would be a guess, and a guess too low kills.
    return Need(Axis.MEMORY, "R-MEM-5", Severity.WARNING, text, only_watch=fits is None, target=fits)
