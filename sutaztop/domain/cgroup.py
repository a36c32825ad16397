"""Where the kernel keeps a container's accounting files: found through its process, never built from its id.

The path depends on cgroup version, driver, parent, rootless mode and nesting. Only the kernel
knows it: ``/proc/<pid>/cgroup`` names the cgroup of each hierarchy, ``/proc/self/mountinfo``
where that hierarchy is mounted here. A path that does not hold the container's id belongs to
something else: the process is then not of this host, or its number was given to another.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CgroupMount:
    """One mounted hierarchy. ``controllers`` is empty for version 2; ``root`` is what of it is mounted."""

    point: str
    root: str
    version: int
    controllers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class CgroupPlace:
    """The directories of one container: of each version 1 controller, and in the version 2 hierarchy.

    Either may be missing; on a hybrid host both are there, and pressure is only in ``unified``.
    """

    controllers: Mapping[str, str]
    unified: str = ""

    @property
    def version(self) -> int:
        """Which accounting is in force: 1 where CPU or memory has a version 1 controller, 2 otherwise."""
        return 1 if "cpuacct" in self.controllers or "memory" in self.controllers else 2


def parse_mounts(mountinfo: str) -> tuple[CgroupMount, ...]:
    """Read the cgroup mounts of ``/proc/self/mountinfo`` (proc(5): optional fields end at a lone dash)."""
    found = []
    for line in mountinfo.splitlines():
        left, dash, right = line.partition(" - ")
        fields, types = left.split(), right.split()
        if not dash or len(fields) < 5 or len(types) < 3:
            continue
        root, point = unescape(fields[3]), unescape(fields[4])
        if types[0] == "cgroup2":
            found.append(CgroupMount(point, root, 2))
        elif types[0] == "cgroup":
            found.append(CgroupMount(point, root, 1, frozenset(types[2].split(","))))
    return tuple(found)


def unescape(path: str) -> str:
    r"""Undo mountinfo's octal escapes for blank, tab, newline and backslash.

    >>> unescape(r"/mnt/my\040disk")
    '/mnt/my disk'
    """
    if "\\" not in path:
        return path
    for code, char in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        path = path.replace(code, char)
    return path


def locate(cgroup: str, mounts: Sequence[CgroupMount], container_id: str) -> CgroupPlace | None:
    """Join the lines of ``/proc/<pid>/cgroup`` to the mounts; ``None`` where none of them is the container's."""
    controllers: dict[str, str] = {}
    unified = ""
    for line in cgroup.splitlines():
        _, _, rest = line.partition(":")
        names, _, path = rest.partition(":")
        if container_id not in path:
            continue
        if not names:
            unified = _where(path, [it for it in mounts if it.version == 2]) or unified
            continue
        for name in names.split(","):
            if where := _where(path, [it for it in mounts if name in it.controllers]):
                controllers[name] = where
    return CgroupPlace(controllers, unified) if controllers or unified else None


def _where(path: str, mounts: Sequence[CgroupMount]) -> str:
    for mount in mounts:
        below = path
        # Inside a container with a mount of its own the root of the mount is a part of the path.
        if mount.root != "/":
            if path != mount.root and not path.startswith(f"{mount.root}/"):
                continue
            below = path[len(mount.root) :]
        # A path with ".." lies outside of this cgroup namespace: there is no way to it from here.
        if ".." not in below.split("/"):
            return f"{mount.point.rstrip('/')}/{below.lstrip('/')}".rstrip("/")
    return ""
