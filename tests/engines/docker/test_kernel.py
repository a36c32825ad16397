"""The kernel's own files, in the layouts that real engines were recorded with."""

from pathlib import Path

from sutaztop.domain.resources import Limits
from sutaztop.engines.docker.kernel import belongs_to, read_kernel_limits
from tests.engines.recorded import recorded

ID = "ab" * 32
PID = 4242


def proc(folder: Path, cgroup: str, mountinfo: str) -> Path:
    root = folder / "proc"
    (root / str(PID)).mkdir(parents=True)
    (root / "self").mkdir()
    (root / str(PID) / "cgroup").write_text(cgroup)
    (root / "self" / "mountinfo").write_text(mountinfo)
    return root


def mounted(number: int, kind: str, root: str, point: Path, options: str) -> str:
    return f"{number} 21 0:{number} {root} {point} rw,nosuid shared:10 - {kind} cgroup {options}\n"


def write(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)


def version_one(folder: Path, *, quota: str, memory: str, swap: str, root: str = "/") -> Path:
    own = f"/docker/{ID}"
    write(folder / "cpu" / own.removeprefix(root).strip("/"), cpu__cfs_quota_us=quota, cpu__cfs_period_us="100000\n")
    write(
        folder / "memory" / own.removeprefix(root).strip("/"),
        memory__limit_in_bytes=memory, memory__memsw__limit_in_bytes=swap,
    )  # fmt: skip
    mounts = mounted(1, "cgroup", root, folder / "cpu", "rw,cpu,cpuacct")
    mounts += mounted(2, "cgroup", root, folder / "memory", "rw,memory")
    return proc(folder, f"5:memory:{own}\n4:cpu,cpuacct:{own}\n0::{own}\n", mounts)


UNLIMITED = "9223372036854771712\n"


def test_version_one_is_read_from_separate_hierarchies(tmp_path: Path) -> None:
    root = version_one(tmp_path, quota="50000\n", memory="67108864\n", swap="134217728\n")
    assert read_kernel_limits(PID, ID, proc=root) == Limits(0.5, 67108864, 134217728)  # type: ignore[arg-type]


def test_version_one_without_limits_has_none(tmp_path: Path) -> None:
    root = version_one(tmp_path, quota="-1\n", memory=UNLIMITED, swap=UNLIMITED)
    assert read_kernel_limits(PID, ID, proc=root) == Limits()


def test_version_one_with_unlimited_swap_says_so(tmp_path: Path) -> None:
    root = version_one(tmp_path, quota="-1\n", memory="67108864\n", swap=UNLIMITED)
    assert read_kernel_limits(PID, ID, proc=root) == Limits(None, 67108864, -1)  # type: ignore[arg-type]


def test_the_part_of_the_hierarchy_that_is_mounted_is_taken_off_the_path(tmp_path: Path) -> None:
    root = version_one(tmp_path, quota="50000\n", memory=UNLIMITED, swap=UNLIMITED, root="/docker")
    limits = read_kernel_limits(PID, ID, proc=root)
    assert limits is not None
    assert limits.cpu == 0.5


def test_the_recorded_containers_of_version_two_read_as_they_were_made(tmp_path: Path) -> None:
    for number, container in enumerate(recorded("cgroup_v2_snapshots.json")["containers"]):
        folder = tmp_path / str(number)
        path = container["cgroup"].strip().removeprefix("0::")
        files = {name.replace(".", "__"): text for name, text in container["files"].items()}
        write(folder / "unified" / path.strip("/"), **files)
        root = proc(folder, container["cgroup"], mounted(31, "cgroup2", "/", folder / "unified", "rw,nsdelegate"))
        identity = path.rsplit("docker-", 1)[1].removesuffix(".scope")
        limits = read_kernel_limits(PID, identity, proc=root)
        made = container["host_config"]
        assert limits is not None, container["name"]
        assert (limits.cpu or 0) == made["NanoCpus"] / 1e9, container["name"]
        assert (limits.memory or 0) == made["Memory"], container["name"]
        assert (limits.memory_and_swap or 0) == made["MemorySwap"], container["name"]


def test_another_processes_group_is_not_read(tmp_path: Path) -> None:
    root = version_one(tmp_path, quota="50000\n", memory="67108864\n", swap=UNLIMITED)
    assert read_kernel_limits(PID, "cd" * 32, proc=root) is None
    assert belongs_to(PID, "cd" * 32, proc=root) is False


def test_a_process_that_is_not_here_proves_nothing(tmp_path: Path) -> None:
    root = version_one(tmp_path, quota="50000\n", memory="67108864\n", swap=UNLIMITED)
    assert belongs_to(PID + 1, ID, proc=root) is None
    assert read_kernel_limits(PID + 1, ID, proc=root) is None
    assert read_kernel_limits(0, ID, proc=root) is None


def test_a_group_outside_what_is_mounted_is_not_read(tmp_path: Path) -> None:
    root = proc(tmp_path, f"0::/../{ID}\n", mounted(1, "cgroup2", "/", tmp_path, "rw"))
    assert read_kernel_limits(PID, ID, proc=root) is None


def test_files_that_have_gone_are_none(tmp_path: Path) -> None:
    root = proc(tmp_path, f"0::/docker/{ID}\n", mounted(1, "cgroup2", "/", tmp_path / "gone", "rw"))
    assert read_kernel_limits(PID, ID, proc=root) is None
