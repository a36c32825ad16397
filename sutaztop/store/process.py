"""Which program wrote an intent, by a name that no later process can have, and whether it is still at work."""

import os
from pathlib import Path

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_STARTED = 19
"""The place of a process's start time among the words after its name in ``/proc/PID/stat`` (proc(5), field 22)."""


def process_name() -> str:
    """Give this program's name: boot, process id and start time, so that a reused id is another name."""
    return _name_of(os.getpid())


def is_running(name: str) -> bool:
    """Whether the program of that name still runs on this host."""
    parts = name.split(" ")
    return len(parts) == 3 and parts[1].isdecimal() and _name_of(int(parts[1])) == name


def _name_of(pid: int) -> str:
    try:
        boot = _BOOT.read_text(encoding="ascii").strip()
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (OSError, ValueError):
        return ""
    # The name of a program may hold blanks and brackets: what counts comes after the last bracket.
    words = stat.rpartition(")")[2].split()
    # A zombie has ended; its parent only has not noticed yet.
    return f"{boot} {pid} {words[_STARTED]}" if len(words) > _STARTED and words[0] not in ("Z", "X") else ""
