"""How much disk a directory tree takes: allocated bytes, counted slowly on purpose."""

import os
import stat
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from sutaztop.domain.quantity import Bytes

BLOCK = 512
"""``st_blocks`` is in units of 512 bytes whatever the filesystem's block is (stat(2))."""
WORK = 0.02
REST = 0.03
"""The walk works and rests by turns, in seconds: 40 % of one core at most, and the interpreter is often free."""
LINKS_REMEMBERED = 200_000
"""Files with several names are remembered up to this many, so that a hostile tree cannot fill our memory."""


@dataclass(frozen=True, slots=True)
class Walked:
    """A tree as found. ``skipped`` counts directories and files that could not be read."""

    size: Bytes
    entries: int
    skipped: int


class Interrupted(Exception):
    """The walk was told to stop."""


def measure_tree(root: str, rest: Callable[[], None] = lambda: None) -> Walked:
    """Add up what a tree has allocated, as ``du -x`` does.

    A file with several names counts once; symbolic links are not followed; what is mounted
    inside belongs to another filesystem and is left out. ``rest`` is called between entries
    and may raise ``Interrupted``. Raises ``OSError`` where the root itself cannot be read.
    """
    # The root must be readable; any directory further down may be closed to us.
    os.scandir(root).close()
    tally = _Tally(Path(root).stat())
    waiting: list[str] = [root]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as listing:
                for entry in listing:
                    rest()
                    if tally.add(entry):
                        waiting.append(entry.path)
        except OSError:
            tally.skipped += 1
    return Walked(Bytes(tally.blocks * BLOCK), tally.entries, tally.skipped)


class _Tally:
    """The running sum of one walk, on the filesystem of its root."""

    def __init__(self, root: os.stat_result) -> None:
        self._device = root.st_dev
        self._linked: set[int] = set()
        self.blocks = root.st_blocks
        self.entries = 1
        self.skipped = 0

    def add(self, entry: os.DirEntry[str]) -> bool:
        """Count one entry, and say whether it is a directory to go into."""
        self.entries += 1
        try:
            found = entry.stat(follow_symlinks=False)
        except OSError:
            # Most often a file that was deleted meanwhile.
            self.skipped += 1
            return False
        if found.st_dev != self._device:
            return False
        is_directory = stat.S_ISDIR(found.st_mode)
        if is_directory or found.st_nlink == 1 or self._is_first_name(found.st_ino):
            self.blocks += found.st_blocks
        return is_directory

    def _is_first_name(self, inode: int) -> bool:
        if inode in self._linked:
            return False
        if len(self._linked) < LINKS_REMEMBERED:
            self._linked.add(inode)
        return True


class Leisure:
    """Rests by turns, so that a walk of a million files is felt by nobody; ends the walk when told to."""

    def __init__(self, stop: threading.Event, *, work: float = WORK, rest: float = REST) -> None:
        self._stop = stop
        self._work = work
        self._rest = rest
        self._until = time.monotonic() + work

    def __call__(self) -> None:
        """Go on, or rest a little where a turn is over. Raises ``Interrupted``."""
        if time.monotonic() < self._until:
            return
        if self._stop.wait(self._rest):
            raise Interrupted
        self._until = time.monotonic() + self._work


def be_nice() -> None:
    """Give the calling thread the last claim on CPU and disk. Does nothing where the system has no such thing."""
    # On Linux both are of the thread, whatever POSIX says (setpriority(2), ioprio_set(2)).
    try:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)
        psutil.Process(threading.get_native_id()).ionice(psutil.IOPRIO_CLASS_IDLE)
    except (OSError, psutil.Error, AttributeError):
        return
