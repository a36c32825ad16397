"""What each guard means, in words for a person; its numbers go into the evidence."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from sutaztop.domain.decision import Guard
from sutaztop.policy.deciding.draft import Draft
from sutaztop.policy.deciding.flapping import missed_at


def guard_words(draft: Draft, guard: Guard) -> str:
    """Say what held a wish back."""
    write = _WORDS.get(guard.name)
    return write(draft, guard) if write is not None else str(guard.detail)


def _number(guard: Guard) -> int:
    return guard.detail if isinstance(guard.detail, int) else 0


def _at_ceiling(draft: Draft) -> str:
    numbers = draft.case.numbers
    ceiling = min(numbers.cpu_ceiling, draft.host.cpus) if draft.host.cpus else numbers.cpu_ceiling
    return f"at the ceiling of {draft.told.cores('CPU ceiling', ceiling)}"


def _not_scalable(draft: Draft, guard: Guard) -> str:
    return f"{_at_ceiling(draft)}, and replicas cannot be changed: {guard.detail}"


def _spread(draft: Draft, guard: Guard) -> str:
    share = draft.told.share("share of all replicas", _number(guard))
    return f"{_at_ceiling(draft)}, and all replicas together use {share}: the load is not spread, or comes in bursts"


def _most(draft: Draft, guard: Guard) -> str:
    return f"{_at_ceiling(draft)}, and at the maximum of {draft.told.count('most replicas', _number(guard))} replicas"


def _ceiling(draft: Draft, guard: Guard) -> str:
    del guard
    return f"{_at_ceiling(draft)}, and more replicas do not help against bursts"


def _cooling(draft: Draft, guard: Guard) -> str:
    left = draft.told.span("cool-down left", _number(guard))
    return f"changed a moment ago, {left} of the cool-down are left"


def _flapping(draft: Draft, guard: Guard) -> str:
    told, missed = draft.told, missed_at(draft.case, draft.now)
    times = told.count("times replicas were missed", len(missed))
    left = told.span("time until replicas may be taken", _number(guard))
    return f"{times}× in a day replicas that were taken had to be added again soon after: none are taken for {left}"


def _busy_host(draft: Draft, guard: Guard) -> str:
    told = draft.told
    held = [it for it in draft.host.holders[:3] if it.slack]
    unused = ", ".join(f"{it.name} {told.cores(f'unused by {it.name}', it.slack)}" for it in held)
    share = told.share("host CPU", _number(guard))
    return f"the host is at {share}: a neighbour must give way first" + (f" (most unused: {unused})" if unused else "")


def _short_host(draft: Draft, guard: Guard) -> str:
    told, host, limit = draft.told, draft.host, draft.case.memory_limit
    if guard.after != limit:
        return f"{told.memory('memory wanted', guard.before or 0)} is wanted; limited by host memory"
    if host.memory_total and limit is not None and limit >= host.memory_total:
        return f"the limit is already all of the host's {told.memory('host memory', host.memory_total)}"
    left = told.memory("host memory that can be promised", draft.left or 0)
    return f"{guard.detail}: {left} can be promised"


def _stabilised(draft: Draft, guard: Guard) -> str:
    numbers, told = draft.case.numbers, draft.told
    span = numbers.up_window if guard.name.endswith("UP") else numbers.down_window
    window = told.span("stabilization window", span)
    agreed = told.count("agreed replicas", _number(guard))
    return f"not all wishes of the last {window} agree: {agreed} replicas is as far as they do"


def _rated(draft: Draft, guard: Guard) -> str:
    return f"at most to {draft.told.count('replicas by rate', _number(guard))} replicas at once"


def _roomy(draft: Draft, guard: Guard) -> str:
    fewest = draft.told.count("replicas with room", _number(guard))
    return f"{fewest} replicas keep room below the line that would bring them back"


def _most_memory(draft: Draft, guard: Guard) -> str:
    return f"its configuration allows {draft.told.memory('most memory', _number(guard))} at most"


def _leaks(draft: Draft, guard: Guard) -> str:
    times = draft.told.count("memory raises", _number(guard))
    return f"its memory was raised {times} times within a day: this looks like a leak, and more only feeds it"


_WORDS: Mapping[str, Callable[[Draft, Guard], str]] = MappingProxyType(
    {
        "NOT-SCALABLE": _not_scalable,
        "SPREAD": _spread,
        "MAX": _most,
        "CEILING": _ceiling,
        "COOLDOWN-UP": _cooling,
        "COOLDOWN-DOWN": _cooling,
        "FLAPPING": _flapping,
        "R-HOST-1": _short_host,
        "R-HOST-2": _busy_host,
        "STABILISE-UP": _stabilised,
        "STABILISE-DOWN": _stabilised,
        "RATE-UP": _rated,
        "RATE-DOWN": _rated,
        "ROOM-AFTER": _roomy,
        "MAX-MEMORY": _most_memory,
        "R-MEM-6": _leaks,
    }
)
