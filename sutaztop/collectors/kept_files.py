"""Kernel files kept open and read again from their start: half the cost of opening them each time."""

import fcntl
import os
import resource
from contextlib import suppress
from typing import Protocol

SPARE = 128
"""Descriptors left for everything else: sockets, logs, the terminal."""
_CHUNK = 16_384
_ROOM = 16_384
"""Files for a thousand containers; the table takes 8 bytes for each."""


def raise_descriptor_limit() -> int:
    """Raise the soft limit of open files to the hard one, as any process may, and give what it is now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == hard:
        return soft
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (OSError, ValueError):
        # "unlimited" may be refused where the system-wide maximum is lower.
        return soft
    return hard


def make_room() -> None:
    """Have the kernel make this process's table of open files large at once. Call it before there are threads.

    The table grows by doubling, and in a process with threads each growth waits until every CPU has
    passed through the scheduler (``synchronize_rcu`` in the kernel's ``expand_fdtable``): ten to twenty
    milliseconds each time, five times for fifty containers. Without threads it waits for nothing.
    """
    highest = min(raise_descriptor_limit(), _ROOM) - 1
    with suppress(OSError, ValueError):
        os.close(fcntl.fcntl(0, fcntl.F_DUPFD_CLOEXEC, highest))


class Budget:
    """How many files may be kept open; past it a file is opened, read and closed each time."""

    def __init__(self, files: int) -> None:
        self.left = files

    @classmethod
    def of_this_process(cls) -> "Budget":
        """Take what the raised limit allows, less what others need."""
        allowed = raise_descriptor_limit()
        return cls(max(0, (1 << 16 if allowed < 0 else allowed) - SPARE))

    def take(self) -> bool:
        """Take one, if there is one."""
        if self.left <= 0:
            return False
        self.left -= 1
        return True

    def give_back(self) -> None:
        """Give one back."""
        self.left += 1


class Pread(Protocol):
    """``os.pread``, as an argument: what a vanished cgroup answers cannot be made with ordinary files."""

    def __call__(self, descriptor: int, length: int, offset: int, /) -> bytes: ...  # noqa: D102 - as os.pread


class KeptFile:
    """One file, opened at the first read, or before it, and kept as the budget allows.

    ``read`` gives its text or raises ``OSError``: ENODEV is how the kernel says that the cgroup
    behind an open descriptor has gone.
    """

    __slots__ = ("_budget", "_descriptor", "_path", "_pread")

    def __init__(self, path: str, budget: Budget, pread: Pread = os.pread) -> None:
        self._path = path
        self._budget = budget
        self._pread = pread
        self._descriptor: int | None = None

    def open(self) -> None:
        """Open it where it can be kept open; what is wrong with it is told by ``read``."""
        if self._descriptor is None and self._budget.left > 0:
            with suppress(OSError):
                self._descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
                self._budget.take()

    def read(self) -> str:
        """Read it from its start."""
        if self._descriptor is not None:
            return self._text(self._descriptor)
        descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            text = self._text(descriptor)
        except OSError:
            os.close(descriptor)
            raise
        if self._budget.take():
            self._descriptor = descriptor
        else:
            os.close(descriptor)
        return text

    def close(self) -> None:
        """Close it if it is open; twice is fine."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
            self._budget.give_back()

    def _text(self, descriptor: int) -> str:
        data = self._pread(descriptor, _CHUNK, 0)
        if len(data) == _CHUNK:
            parts = [data]
            while chunk := self._pread(descriptor, _CHUNK, sum(map(len, parts))):
                parts.append(chunk)
            data = b"".join(parts)
        return data.decode("ascii", "replace")
