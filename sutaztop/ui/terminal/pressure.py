"""Patience with slow links: whether the last picture is still on its way, and how often to draw one."""

import array
import fcntl
import sys
import termios
from collections import deque

from textual.driver import Driver

PACES = (0.0, 2.0, 5.0)
"""Least seconds between two pictures: as they come, then every 2, then every 5 seconds."""
_REMEMBERED = 10
_TOO_MANY = 2
_CALM_FOR = 20


class Pressure:
    """Counts pictures that could not be drawn because the one before was still being sent.

    More than 2 in 10 stretch the pace; 20 without one relax it again.
    """

    def __init__(self) -> None:
        self._skipped: deque[bool] = deque(maxlen=_REMEMBERED)
        self._step = 0
        self._calm = 0

    @property
    def pace(self) -> float:
        """The least seconds between two pictures."""
        return PACES[self._step]

    @property
    def words(self) -> str:
        """What the header says of it."""
        return f"slow link: drawn every {self.pace:g} s" if self._step else ""

    def note(self, *, skipped: bool) -> None:
        """Note what became of a picture."""
        self._skipped.append(skipped)
        self._calm = 0 if skipped else self._calm + 1
        if sum(self._skipped) > _TOO_MANY and self._step < len(PACES) - 1:
            self._step += 1
            self._skipped.clear()
        elif self._calm >= _CALM_FOR and self._step:
            self._step -= 1
            self._calm = 0


def output_waiting(driver: Driver | None) -> bool:
    """Tell whether earlier output has not reached the terminal yet: in Textual's queue, or in the kernel's."""
    writer = getattr(driver, "_writer_thread", None)
    queue = getattr(writer, "_queue", None)
    if queue is not None and queue.qsize() > 0:
        return True
    if writer is None or sys.__stderr__ is None:
        return False
    count = array.array("i", [0])
    try:
        fcntl.ioctl(sys.__stderr__.fileno(), termios.TIOCOUTQ, count)
    except (OSError, ValueError):
        return False
    return count[0] > 0
