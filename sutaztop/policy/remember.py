"""What a snapshot adds to the past: kills with the limit that killed, raised limits, changed sizes, wishes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

from sutaztop.domain.case import OomKill, PastWish, Resized
from sutaztop.domain.decision import Decision
from sutaztop.domain.frame import HistoryView
from sutaztop.domain.past import Past
from sutaztop.domain.service import Orchestrator, Service
from sutaztop.domain.snapshot import ContainerSnapshot, Snapshot
from sutaztop.policy.container_findings import oom_kills
from sutaztop.policy.signals import limits_seen
from sutaztop.policy.workloads import Workload

DAY = 86_400
"""Kills, raises and changes of size are remembered for a day."""
WISHES_KEPT = 3600
"""Wishes are remembered for longer than any window that looks at them."""
_MOST_RESIZED = 64
"""Whoever scales more often than this a day has told all that can be learned from it."""
_FULL = 0.95
_BEFORE = 60
"""The first wish for a service is the size that it was found with (POLICY 1.5), as if wished for a minute ago.

So a program that has just started takes no replicas before the window has passed, and adds them as soon as it may.
"""
_MOST_KILLS = 16
"""More kills of one workload tell nothing more: the highest limits that killed are what counts."""


class _Dated(Protocol):
    @property
    def at(self) -> int: ...


T = TypeVar("T", bound=_Dated)


def remembered(past: Past, snapshot: Snapshot, found: Sequence[Workload], history: HistoryView) -> Past:
    """Give the past with what this snapshot shows; called before judging it."""
    now = int(snapshot.at.timestamp())
    kills = {key: young for key, each in past.kills.items() if (young := _young(each, now, DAY))}
    raises = {key: late for key, each in past.raises.items() if (late := tuple(t for t in each if now - t <= DAY))}
    counts: dict[str, int] = {}
    limits: dict[str, int] = {}
    for workload in found:
        for it in workload.containers:
            count = oom_kills(it)
            if count:
                counts[it.id] = count
                more = count - past.counts.get(it.id, 0)
                if more > 0:
                    new = [_kill(it, past, now, history)] * min(more, _MOST_KILLS)
                    kills[workload.key] = (*kills.get(workload.key, ()), *new)[-_MOST_KILLS:]
            limit = it.container.resources.limits.memory
            if limit is not None:
                limits[it.id] = limit
                if limit > past.limits.get(it.id, limit):
                    # All tasks of a service are raised by one change.
                    raises[workload.key] = tuple(dict.fromkeys((*raises.get(workload.key, ()), now)))
    sizes = {it.id: size for it in snapshot.services if (size := size_of(it)) is not None}
    resized = {key: lately for key, each in past.resized.items() if (lately := _young(each, now, DAY))}
    for key, size in sizes.items():
        by = size - past.sizes.get(key, size)
        if by:
            resized[key] = (*resized.get(key, ()), Resized(now, by))[-_MOST_RESIZED:]
    first = {key: (PastWish(now - _BEFORE, size),) for key, size in sizes.items() if key not in past.sizes}
    return replace(
        _with_bursts(past, snapshot, history, now),
        wished={**first, **past.wished},
        resized=resized, kills=kills, raises=raises, counts=counts, limits=limits, sizes=sizes,
    )  # fmt: skip


def with_wishes(past: Past, decisions: Mapping[str, Decision], now: int) -> Past:
    """Give the past with what was wished for just now, by service id; called after judging.

    Of equal wishes in a row only the
    newest is kept: a window asks for the highest and the lowest of them.
    """
    wished = {key: late for key, each in past.wished.items() if (late := _young(each, now, WISHES_KEPT))}
    for key, decision in decisions.items():
        kept = wished.get(key, ())
        if decision.wish is not None:
            if len(kept) > 1 and kept[-1].replicas == decision.wish:
                kept = kept[:-1]
            kept = (*kept, PastWish(now, decision.wish))
        if kept:
            wished[key] = kept
    return replace(past, wished=wished)


def _with_bursts(past: Past, snapshot: Snapshot, history: HistoryView, now: int) -> Past:
    """Look up, once a minute, whose last hour tells of bursts: their present figures may be as quiet as any."""
    minute = now // 60
    if minute == past.bursting_minute:
        return past
    found = [
        it.id
        for it in snapshot.containers
        if it.container.is_running
        and it.container.resources.limits.cpu is not None
        and (seen := history.aggregate(it.id)) is not None
        and seen.saturated_s
    ]
    return replace(past, bursting=frozenset(found), bursting_minute=minute)


def size_of(service: Service) -> int | None:
    """Give how many replicas a service was given; Compose keeps no wish, and a crashed one stays listed."""
    return service.desired if service.orchestrator is Orchestrator.SWARM else len(service.container_ids)


def _kill(it: ContainerSnapshot, past: Past, now: int, history: HistoryView) -> OomKill:
    """Give a kill with the limit that killed.

    The engine does not say at which limit it killed. While it is watched it is the limit as it was last seen; of a
    kill from before, the highest limit under which the container was seen to be full, else the lowest that history
    knows: the answer stays the same however often it is asked, and a limit that was raised since is enough.
    """
    limit = it.container.resources.limits.memory
    if limit is None:
        return OomKill(now, None)
    known = past.limits.get(it.id)
    if known is not None:
        return OomKill(now, known)
    seen = limits_seen(history, it.id)
    full = [amount for amount, share in seen if share >= _FULL]
    killed_at = max(full) if full else min([amount for amount, _ in seen] + [float(limit)])
    # History keeps rounded figures: the limit of today is known exactly.
    return OomKill(now, limit if abs(killed_at - limit) <= 0.02 * limit else int(killed_at))


def _young(each: tuple[T, ...], now: int, span: int) -> tuple[T, ...]:
    # The wall clock may step back: what lies ahead of now was not seen yet, and is left out of no window.
    return tuple(it for it in each if now - it.at <= span)
