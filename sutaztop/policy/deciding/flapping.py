"""Replicas that go and come back: taking them once more would be the same mistake (ADR 0024)."""

from sutaztop.domain.case import Case

DAY = 86_400
_MOST_DOUBLED = 5


def missed_at(case: Case, now: int) -> tuple[int, ...]:
    """Give when replicas were added that had been taken shortly before, within the last day, oldest first.

    What is back sooner than a cool-down was made anew by somebody, and not missed.
    """
    numbers = case.numbers
    found: list[int] = []
    taken: int | None = None
    for it in sorted(case.resized, key=lambda it: (it.at, it.by)):
        if not 0 <= now - it.at <= DAY:
            continue
        if it.by < 0:
            taken = it.at
        elif taken is not None:
            if numbers.cool_down_up <= it.at - taken <= numbers.flap_within:
                found.append(it.at)
            taken = None
    return tuple(found)


def flapping_left(case: Case, now: int) -> int:
    """Give the seconds for which no replica should be taken, because the last ones were missed; 0 where they may.

    An hour after the first time, two after the second, at most a day: each time shows that the load comes back.
    """
    missed = missed_at(case, now)
    if not missed:
        return 0
    hold = min(DAY, case.numbers.flap_hold << min(len(missed) - 1, _MOST_DOUBLED))
    return max(0, missed[-1] + hold - now)
