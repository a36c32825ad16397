"""What judging remembers from one time to the next: wishes, kills, and changes that it saw."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from sutaztop.domain.case import OomKill, PastWish, Resized
from sutaztop.domain.container import Container
from sutaztop.domain.finding import Recommendation
from sutaztop.domain.guardrails import ObservedChange

_NONE: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Sized:
    """The right-sizing of one minute, and what it was made of: in the same minute, of the same, it is not made again.

    ``silent`` are the containers that could not be read, ``others`` the ids that had other advice.
    """

    minute: int = -1
    containers: tuple[Container, ...] = ()
    silent: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()
    advice: tuple[Recommendation, ...] = ()


@dataclass(frozen=True, slots=True)
class Past:
    """All of it, by the key of a workload: a service's id, or a container's name, which outlives its id.

    Times are whole seconds since the epoch. ``counts`` are OOM kills and ``limits`` memory limits as they were last
    seen, by container id; ``sizes`` are replicas as they were last seen, by service id. ``observed`` are the last
    changes of limits and replicas, by the id of the container or service. ``sized`` is nothing that could not be
    reckoned again, and belongs to no document.
    """

    wished: Mapping[str, tuple[PastWish, ...]] = field(default_factory=lambda: _NONE)
    resized: Mapping[str, tuple[Resized, ...]] = field(default_factory=lambda: _NONE)
    kills: Mapping[str, tuple[OomKill, ...]] = field(default_factory=lambda: _NONE)
    raises: Mapping[str, tuple[int, ...]] = field(default_factory=lambda: _NONE)
    counts: Mapping[str, int] = field(default_factory=lambda: _NONE)
    limits: Mapping[str, int] = field(default_factory=lambda: _NONE)
    sizes: Mapping[str, int] = field(default_factory=lambda: _NONE)
    observed: Mapping[str, ObservedChange] = field(default_factory=lambda: _NONE)
    bursting: frozenset[str] = frozenset()
    """Containers that spent a part of the last hour at their CPU limit, looked up once a minute …"""
    bursting_minute: int = 0
    """… in this minute since the epoch."""
    sized: Sized = field(default=Sized(), compare=False, repr=False)


NO_PAST = Past()
"""Nothing was judged before."""
