"""Streams out of the world: iterators that wait for what happens next and that any thread can close."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar

from sutaztop.demo.world import World

T = TypeVar("T")
GLANCE = 0.25
"""Seconds after which a waiting stream moves the world on by itself, if nobody else does."""


class Follow(Iterator[T], Generic[T]):
    """Gives what ``poll`` finds, as it comes; ``poll`` gives ``None`` when the stream has ended."""

    def __init__(self, world: World, poll: Callable[[], Sequence[T] | None]) -> None:
        self._world = world
        self._poll = poll
        self._waiting: deque[T] = deque()
        self._closed = False

    def __next__(self) -> T:
        while True:
            with self._world.changed:
                if self._closed:
                    raise StopIteration
                if self._waiting:
                    return self._waiting.popleft()
                with self._world.moment():
                    found = self._poll()
                if found is None:
                    self._closed = True
                elif found:
                    self._waiting.extend(found)
                else:
                    # The clock may be one that a test moves: no length of waiting can be right, so look again.
                    self._world.changed.wait(GLANCE)

    def close(self) -> None:
        """End it; whoever waits in it gets the end at once. Twice is fine."""
        with self._world.changed:
            self._closed = True
            self._waiting.clear()
            self._world.changed.notify_all()
