"""Where frames wait for the screen: one slot, so that a slow screen never grows memory."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Mailbox(Generic[T]):
    """Holds the latest item. ``wake`` is called once for any number of items until they are taken.

    ``wake`` must be safe to call from another thread and must not block. ``merge`` gives what is kept
    of an older item that nobody took, with the newer one: (older, newer) → what is held.
    """

    def __init__(self, wake: Callable[[], None], merge: Callable[[T, T], T] = lambda _, newer: newer) -> None:
        self._wake = wake
        self._merge = merge
        self._lock = threading.Lock()
        self._item: T | None = None
        self._pending = False

    def put(self, item: T) -> None:
        """Leave an item; an older one that nobody took is merged into it."""
        with self._lock:
            self._item = item if self._item is None else self._merge(self._item, item)
            wake = not self._pending
            self._pending = True
        if wake:
            self._wake()

    def take(self) -> T | None:
        """Take the item, if there is one."""
        with self._lock:
            item, self._item = self._item, None
            self._pending = False
        return item
