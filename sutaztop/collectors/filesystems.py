"""Which filesystem carries a path, how full it is, and what its device is made of."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sutaztop.domain.cgroup import unescape
from sutaztop.domain.disk import Filesystem, Medium
from sutaztop.domain.quantity import Bytes
from sutaztop.domain.text import clean_line

_VIRTUAL_VENDORS = ("qemu", "vmware", "vbox", "msft", "virtual", "google", "amazon", "nutanix", "xen")
"""Disks of virtual machines: what carries them is not told, and their rotational flag is a default."""
_VIRTUAL_NAMES = ("vd", "xvd", "loop", "zram", "ram", "nbd", "rbd", "zd")


@dataclass(frozen=True, slots=True)
class DiskMount:
    """One line of mountinfo: where, what number, what type, from what."""

    point: str
    number: str
    kind: str
    source: str


def parse_disk_mounts(mountinfo: str) -> tuple[DiskMount, ...]:
    """Read ``/proc/self/mountinfo``; of two mounts on one point the later hides the earlier."""
    found: dict[str, DiskMount] = {}
    for line in mountinfo.splitlines():
        left, dash, right = line.partition(" - ")
        fields, types = left.split(), right.split()
        if dash and len(fields) >= 5 and len(types) >= 2:
            point = unescape(fields[4])
            found[point] = DiskMount(point, fields[2], types[0], unescape(types[1]))
    return tuple(found.values())


def mount_of(path: str, mounts: Sequence[DiskMount]) -> DiskMount | None:
    """Give the mount that carries a path: the one with the longest point that the path lies under."""
    inside = [it for it in mounts if path == it.point or path.startswith(it.point.rstrip("/") + "/")]
    return max(inside, key=lambda it: len(it.point), default=None)


def read_filesystem(mount: DiskMount, sys: str = "/sys") -> Filesystem:
    """Ask a filesystem how full it is. Raises ``OSError``; may block on a network filesystem that is gone."""
    facts = os.statvfs(mount.point)
    return Filesystem(
        mount_point=clean_line(mount.point),
        device=clean_line(mount.source),
        kind=clean_line(mount.kind),
        total=Bytes(facts.f_blocks * facts.f_frsize),
        used=Bytes((facts.f_blocks - facts.f_bfree) * facts.f_frsize),
        available=Bytes(facts.f_bavail * facts.f_frsize),
        medium=medium_of(mount, sys),
    )


def medium_of(mount: DiskMount, sys: str = "/sys") -> Medium:
    """Tell SSD from HDD by the kernel's rotational flag; UNKNOWN for virtual and network disks.

    The device is found by its number, or by its name where the filesystem has a number of its
    own (btrfs). A mapping or an array is what all its parts are.
    """
    by_number = Path(sys, "dev/block", mount.number)
    if by_number.exists():
        return _medium_of_device(by_number.resolve(), depth=0)
    if mount.source.startswith("/dev/"):
        by_name = Path(sys, "class/block", os.path.basename(os.path.realpath(mount.source)))  # noqa: PTH119 - as below
        if by_name.exists():
            return _medium_of_device(by_name.resolve(), depth=0)
    return Medium.UNKNOWN


def _medium_of_device(device: Path, depth: int) -> Medium:
    if (device / "partition").exists():
        device = device.parent
    slaves = _children(device / "slaves")
    if slaves and depth < 8:
        media = {_medium_of_device(slave.resolve(), depth + 1) for slave in slaves}
        return media.pop() if len(media) == 1 else Medium.UNKNOWN
    if _is_virtual(device):
        return Medium.UNKNOWN
    return {"0": Medium.SSD, "1": Medium.HDD}.get(_word(device / "queue/rotational"), Medium.UNKNOWN)


def _is_virtual(device: Path) -> bool:
    if device.name.startswith(_VIRTUAL_NAMES) or "virtio" in str(device):
        return True
    maker = f"{_word(device / 'device/vendor')} {_word(device / 'device/model')}".lower()
    return any(name in maker for name in _VIRTUAL_VENDORS)


def _children(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _word(file: Path) -> str:
    try:
        return file.read_text("ascii", "replace").strip()
    except OSError:
        return ""
