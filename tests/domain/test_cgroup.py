from sutaztop.domain.cgroup import CgroupMount, locate, parse_mounts
from tests.collectors.kernel_trees import HYBRID_MOUNTS, V2_MOUNT

ID = "ab" * 32
TOGETHER = "33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"


def test_version_1_controllers_are_found_where_each_is_mounted() -> None:
    place = locate(
        f"8:pids:/docker/{ID}\n4:memory:/docker/{ID}\n2:cpuacct:/docker/{ID}\n", parse_mounts(HYBRID_MOUNTS), ID
    )
    assert place is not None
    assert place.version == 1
    assert place.controllers["memory"] == f"/sys/fs/cgroup/memory/docker/{ID}"
    assert place.unified == ""


def test_controllers_mounted_together_share_a_directory() -> None:
    place = locate(f"3:cpu,cpuacct:/docker/{ID}\n", parse_mounts(TOGETHER), ID)
    assert place is not None
    assert place.controllers["cpu"] == place.controllers["cpuacct"] == f"/sys/fs/cgroup/cpu,cpuacct/docker/{ID}"


def test_a_hybrid_host_has_both() -> None:
    place = locate(f"4:memory:/docker/{ID}\n0::/docker/{ID}\n", parse_mounts(HYBRID_MOUNTS), ID)
    assert place is not None
    assert place.version == 1
    assert place.unified == f"/sys/fs/cgroup/unified/docker/{ID}"


def test_a_systemd_scope_is_found_on_version_2() -> None:
    path = f"/system.slice/docker-{ID}.scope"
    place = locate(f"0::{path}\n", parse_mounts(V2_MOUNT), ID)
    assert place is not None
    assert place.version == 2
    assert place.unified == f"/sys/fs/cgroup{path}"


def test_rootless_and_nested_engines_and_own_parents_are_found_alike() -> None:
    for path in (
        f"/user.slice/user-1000.slice/user@1000.service/user.slice/docker-{ID}.scope",
        f"/docker/{'cd' * 32}/docker/{ID}",
        f"/my-parent/{ID}",
    ):
        place = locate(f"0::{path}\n", parse_mounts(V2_MOUNT), ID)
        assert place is not None
        assert place.unified == f"/sys/fs/cgroup{path}"


def test_the_part_of_the_path_that_is_the_mounts_root_is_left_out() -> None:
    mounts = parse_mounts("31 21 0:26 /outer /sys/fs/cgroup ro - cgroup2 cgroup ro\n")
    place = locate(f"0::/outer/docker/{ID}\n", mounts, ID)
    assert place is not None
    assert place.unified == f"/sys/fs/cgroup/docker/{ID}"
    assert locate(f"0::/outermost/docker/{ID}\n", mounts, ID) is None


def test_a_path_outside_of_this_cgroup_namespace_is_no_place() -> None:
    assert locate(f"0::/../../docker/{ID}\n", parse_mounts(V2_MOUNT), ID) is None


def test_a_path_without_the_containers_id_is_somebody_elses() -> None:
    assert locate(f"0::/docker/{'cd' * 32}\n4:memory:/\n", parse_mounts(HYBRID_MOUNTS), ID) is None


def test_mount_points_with_blanks_are_understood() -> None:
    (mount,) = parse_mounts("31 21 0:26 / /mnt/my\\040cgroups rw - cgroup2 none rw\n")
    assert mount.point == "/mnt/my cgroups"


def test_lines_that_are_no_mounts_are_passed_over() -> None:
    assert parse_mounts("\nnonsense\n1 2 0:3 / /x rw - ext4 /dev/sda rw\n") == ()


def test_a_mount_that_does_not_lead_there_leaves_the_next_one_the_whole_path() -> None:
    outer = CgroupMount("/outer", "/docker", 2)
    inner = CgroupMount("/inner", "/", 2)
    place = locate("0::/docker/../x/cafe", [outer, inner], "cafe")
    assert place is None
    found = locate("0::/docker/cafe", [CgroupMount("/other", "/user", 2), inner], "cafe")
    assert found is not None
    assert found.unified == "/inner/docker/cafe"
