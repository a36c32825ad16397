from pathlib import Path

import pytest

from sutaztop.collectors.filesystems import DiskMount, medium_of, mount_of, parse_disk_mounts, read_filesystem
from sutaztop.domain.disk import Medium

MOUNTS = """21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
22 21 8:17 / /data rw - xfs /dev/sdb1 rw
23 21 8:18 / /data rw - xfs /dev/sdb2 rw
24 21 0:45 / /opt/my\\040disk rw - nfs server:/export rw
"""


class Sys:
    """A /sys with block devices."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def disk(
        self, name: str, number: str, rotational: str = "0", *, where: str = "pci0/ata1", vendor: str = "ATA"
    ) -> Path:
        device = self.root / "devices" / where / "block" / name
        (device / "queue").mkdir(parents=True)
        (device / "queue/rotational").write_text(f"{rotational}\n")
        (device / "slaves").mkdir()
        (device / "device").mkdir()
        (device / "device/vendor").write_text(f"{vendor}\n")
        self.link(device, number)
        return device

    def partition(self, disk: Path, name: str, number: str) -> Path:
        part = disk / name
        part.mkdir()
        (part / "partition").write_text("1\n")
        self.link(part, number)
        return part

    def link(self, device: Path, number: str) -> None:
        for folder, name in (("dev/block", number), ("class/block", device.name)):
            (self.root / folder).mkdir(parents=True, exist_ok=True)
            (self.root / folder / name).symlink_to(device)

    def medium(self, number: str, source: str = "/dev/x") -> Medium:
        return medium_of(DiskMount("/", number, "ext4", source), str(self.root))


@pytest.fixture
def sys(tmp_path: Path) -> Sys:
    return Sys(tmp_path)


@pytest.mark.parametrize(("flag", "medium"), [("0", Medium.SSD), ("1", Medium.HDD), ("?", Medium.UNKNOWN)])
def test_a_disk_is_what_its_rotational_flag_says(sys: Sys, flag: str, medium: Medium) -> None:
    sys.disk("sda", "8:0", flag)
    assert sys.medium("8:0") is medium


def test_a_partition_is_what_its_disk_is(sys: Sys) -> None:
    sys.partition(sys.disk("sda", "8:0", "1"), "sda1", "8:1")
    assert sys.medium("8:1") is Medium.HDD


def test_a_virtual_disk_does_not_tell(sys: Sys) -> None:
    sys.disk("vda", "254:0", "1", where="pci0/virtio1")
    sys.disk("sdc", "8:32", "0", vendor="QEMU")
    sys.disk("loop0", "7:0", "0", where="virtual")
    assert {sys.medium("254:0"), sys.medium("8:32"), sys.medium("7:0")} == {Medium.UNKNOWN}


def test_a_mapping_is_what_all_its_parts_are(sys: Sys) -> None:
    fast, slow = sys.disk("sda", "8:0", "0"), sys.disk("sdb", "8:16", "1")
    mapping = sys.disk("dm-0", "253:0", "1", where="virtual")
    (mapping / "slaves/sda").symlink_to(fast)
    assert sys.medium("253:0") is Medium.SSD
    (mapping / "slaves/sdb").symlink_to(slow)
    assert sys.medium("253:0") is Medium.UNKNOWN


def test_a_filesystem_with_a_number_of_its_own_is_found_by_its_device(sys: Sys) -> None:
    sys.disk("nvme9n9", "259:0", "0")
    assert sys.medium("0:44", "/dev/nvme9n9") is Medium.SSD


def test_a_network_filesystem_does_not_tell(sys: Sys) -> None:
    assert sys.medium("0:45", "server:/export") is Medium.UNKNOWN


def test_a_path_is_carried_by_the_longest_mount_it_lies_under() -> None:
    mounts = parse_disk_mounts(MOUNTS)
    found = {path: mount_of(path, mounts) for path in ("/data/ollama", "/database", "/opt/my disk/x", "/data")}
    assert {path: mount.source for path, mount in found.items() if mount} == {
        "/data/ollama": "/dev/sdb2",
        "/database": "/dev/sda1",
        "/opt/my disk/x": "server:/export",
        "/data": "/dev/sdb2",
    }


def test_a_filesystem_tells_how_full_it_is(tmp_path: Path) -> None:
    filesystem = read_filesystem(DiskMount(str(tmp_path), "0:1", "ext4", "/dev/none"), str(tmp_path))
    assert filesystem.total > 0
    assert 0 <= filesystem.used <= filesystem.total
    assert 0 <= filesystem.available <= filesystem.total - filesystem.used
    assert filesystem.medium is Medium.UNKNOWN
