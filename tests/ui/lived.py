"""A world that has lived for a while, kept once for each way to have lived, and handed out as copies.

Letting a world live costs most of what a test of the screen costs: 18 ms for each of its seconds.
"""

import copyreg
import io
import pickle
from collections.abc import Callable, Mapping
from functools import lru_cache
from threading import Lock, RLock
from types import MappingProxyType
from typing import Any, cast
from weakref import WeakSet

from tests.ui.world import Stack, open_stack


def _read_only(items: Mapping[object, object]) -> MappingProxyType[object, object]:
    return MappingProxyType(items)


def _made_anew(make: Callable[[], object]) -> object:
    return make()


# What holds no state of the world, and so is made anew: locks, open streams, views that nobody can write through.
_REDUCERS: dict[type, Callable[[Any], tuple[Callable[..., Any], tuple[Any, ...]]]] = {
    type(RLock()): lambda _: (_made_anew, (RLock,)),
    type(Lock()): lambda _: (_made_anew, (Lock,)),
    WeakSet: lambda _: (_made_anew, (WeakSet,)),
    MappingProxyType: lambda items: (_read_only, (dict(items),)),
}


@lru_cache(maxsize=16)
def _kept(scenario: str, seconds: int) -> bytes:
    stack = open_stack(scenario)
    stack.live(seconds)
    out = io.BytesIO()
    pickler = pickle.Pickler(out, pickle.HIGHEST_PROTOCOL)
    pickler.dispatch_table = {**copyreg.dispatch_table, **_REDUCERS}
    pickler.dump(stack)
    return out.getvalue()


def lived_stack(scenario: str = "incident", *, seconds: int) -> Stack:
    """Give a world after so many seconds: the same as ``open_stack`` and ``live``, and nobody else's."""
    return cast("Stack", pickle.loads(_kept(scenario, seconds)))  # noqa: S301 - written above
