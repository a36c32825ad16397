"""Which containers run under this kernel, found by their control groups and by nothing else."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sutaztop.domain.cgroup import CgroupMount, locate, parse_mounts
from sutaztop.domain.text import clean_line

# "docker-<id>.scope" under systemd, the bare id under cgroupfs, "libpod-<id>" for Podman; a
# monitor beside the container ("libpod-conmon-<id>") is none.
_CONTAINER = re.compile(r"(?:(?!libpod-conmon-)[a-z-]+-)?([0-9a-f]{64})(?:\.scope)?")
_DEEPEST = 10
"""Levels of control groups that are searched: a rootless engine's containers lie six deep."""
_MOST_PROCESSES = 4096
"""Bytes of a process list that are read: its first process is the container's own, or close to it."""


@dataclass(frozen=True, slots=True)
class Group:
    """A running container's control group: its id, its directory here, and its first process.

    ``started_at`` is that process's start, whole to the kernel's tick of 10 ms.
    """

    id: str
    folder: str
    pid: int
    started_at: datetime | None
    is_frozen: bool = False
    process: str = ""
    command: str = ""

    @property
    def run(self) -> tuple[str, int, bool]:
        """What differs when the container was started anew, frozen or thawed."""
        return self.id, self.pid, self.is_frozen


class Scan:
    """Finds the groups under the mounted hierarchies. ``proc`` and ``sys`` are where those trees are mounted."""

    def __init__(self, *, proc: str = "/proc", sys: str = "/sys") -> None:
        self._proc = proc.rstrip("/")
        self._sys = sys.rstrip("/")
        self._booted = _boot_time(_text(f"{self._proc}/stat"))
        self._ticks = os.sysconf("SC_CLK_TCK")

    def groups(self) -> list[Group]:
        """Give every running container's group that can be seen from here, ordered by id."""
        mount = self._mount()
        if mount is None:
            return []
        found = {}
        for container_id, folder in _walk(self._here(mount.point), 0):
            if (pid := self._first_process(folder)) and container_id not in found:
                found[container_id] = self._look(container_id, folder, pid, mount.version)
        return [found[it] for it in sorted(found)]

    def version(self) -> int:
        """Give the version of the accounting hierarchy; 0 where none is mounted."""
        mount = self._mount()
        return mount.version if mount is not None else 0

    def _mount(self) -> CgroupMount | None:
        """Choose the hierarchy that accounts: on a hybrid host the unified one has the groups and no figures."""
        mounts = parse_mounts(_text(f"{self._proc}/self/mountinfo"))
        for controller in ("memory", "cpuacct", "pids"):
            for mount in mounts:
                if controller in mount.controllers:
                    return mount
        return next((mount for mount in mounts if mount.version == 2), None)

    def _here(self, path: str) -> str:
        return self._sys + path.removeprefix("/sys") if path.startswith("/sys/") else path

    def _first_process(self, folder: str) -> int:
        """Give the container's own process, 0 where it has none any more.

        The oldest of the group: the one that is number 1 of its own PID namespace, where it has
        one. In a group with groups beneath (an init system inside) the processes are in those.
        """
        pids = [int(word) for word in _text(f"{folder}/cgroup.procs", _MOST_PROCESSES).split() if word.isdigit()]
        if not pids:
            return next(filter(None, map(self._first_process, _beneath(folder))), 0)
        first = [pid for pid in pids if self._is_first_of_its_namespace(pid)]
        return min(first or pids)

    def _is_first_of_its_namespace(self, pid: int) -> bool:
        for line in _text(f"{self._proc}/{pid}/status").splitlines():
            if line.startswith("NSpid:"):
                numbers = line.split()[1:]
                return len(numbers) > 1 and numbers[-1] == "1"
        return False

    def _look(self, container_id: str, folder: str, pid: int, version: int) -> Group:
        command = _text(f"{self._proc}/{pid}/cmdline").replace("\0", " ").strip()
        return Group(
            id=container_id,
            folder=folder,
            pid=pid,
            started_at=self._started(pid),
            is_frozen=self._is_frozen(folder, container_id, pid, version),
            process=clean_line(_text(f"{self._proc}/{pid}/comm").strip(), limit=16),
            command=clean_line(command),
        )

    def _started(self, pid: int) -> datetime | None:
        # The process's name stands in brackets and may hold any character, brackets and blanks too.
        fields = _text(f"{self._proc}/{pid}/stat").rpartition(")")[2].split()
        if self._booted is None or len(fields) < 20 or not fields[19].isdigit():
            return None
        return self._booted + timedelta(seconds=int(fields[19]) / self._ticks)

    def _is_frozen(self, folder: str, container_id: str, pid: int, version: int) -> bool:
        if version == 2:
            return _text(f"{folder}/cgroup.freeze").strip() == "1"
        mounts = parse_mounts(_text(f"{self._proc}/self/mountinfo"))
        place = locate(_text(f"{self._proc}/{pid}/cgroup"), mounts, container_id)
        freezer = place.controllers.get("freezer", "") if place is not None else ""
        return bool(freezer) and _text(f"{self._here(freezer)}/freezer.state").strip() in ("FROZEN", "FREEZING")


def _walk(folder: str, depth: int) -> Iterator[tuple[str, str]]:
    """Find containers' directories. What lies beneath one is the container's own affair."""
    for path in _beneath(folder):
        match = _CONTAINER.fullmatch(path.rpartition("/")[2])
        if match is not None:
            yield match[1], path
        elif depth < _DEEPEST:
            yield from _walk(path, depth + 1)


def _beneath(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [it.path for it in entries if it.is_dir(follow_symlinks=False)]
    except OSError:
        return []


def _boot_time(stat: str) -> datetime | None:
    for line in stat.splitlines():
        if line.startswith("btime "):
            return datetime.fromtimestamp(int(line.split()[1]), UTC)
    return None


def _text(path: str, most: int = -1) -> str:
    try:
        with Path(path).open("rb") as file:
            return file.read(most).decode("utf-8", "replace")
    except OSError:
        return ""
