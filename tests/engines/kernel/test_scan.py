"""Finding containers by their control groups alone, in the layouts that real hosts have."""

from pathlib import Path

import pytest

from sutaztop.contracts import NotFound, NotPermitted
from sutaztop.domain.container import ContainerState
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.resources import Limits
from sutaztop.domain.verbs import Rollout, Verb
from sutaztop.engines.kernel.engine import KernelEngine
from sutaztop.engines.kernel.scan import Scan
from tests.collectors.kernel_trees import HYBRID_MOUNTS, V2_MOUNT, KernelTree

WEB, OTHER = "ab" * 32, "cd" * 32
STAT = "cpu  1 0 1 1 0 0 0 0 0 0\nbtime 1700000000\n"


@pytest.fixture
def tree(tmp_path: Path) -> KernelTree:
    return KernelTree(tmp_path)


def process(tree: KernelTree, pid: int, *, inside: int = 1, name: str = "nginx", ticks: int = 100) -> None:
    tree.write(f"/proc/{pid}/status", f"Name:\t{name}\nNSpid:\t{pid}\t{inside}\n")
    tree.write(f"/proc/{pid}/comm", f"{name}\n")
    tree.write(f"/proc/{pid}/cmdline", f"{name}\0-g\0daemon off;\0")
    tree.write(f"/proc/{pid}/stat", f"{pid} ({name}) S " + " ".join(["0"] * 18) + f" {ticks} 0 0\n")


def test_a_systemd_scope_on_version_two_is_found_with_its_first_process(tree: KernelTree) -> None:
    tree.host(V2_MOUNT, STAT)
    where = f"/sys/fs/cgroup/system.slice/docker-{WEB}.scope"
    tree.write(f"{where}/cgroup.procs", "310\n300\n")
    process(tree, 300, inside=7, name="worker")
    process(tree, 310)
    (found,) = Scan(proc=tree.proc, sys=tree.sys).groups()
    assert (found.id, found.pid, found.process, found.command) == (WEB, 310, "nginx", "nginx -g daemon off;")
    assert found.started_at is not None
    assert found.started_at.timestamp() == 1700000001.0


@pytest.mark.parametrize(
    ("below", "wanted"),
    [
        (f"system.slice/docker-{WEB}.scope", [WEB]),
        (f"docker/{WEB}", [WEB]),
        (f"machine.slice/libpod-{WEB}.scope", [WEB]),
        (f"machine.slice/libpod-conmon-{WEB}.scope", []),
        (f"user.slice/user-1000.slice/user@1000.service/user.slice/docker-{WEB}.scope", [WEB]),
        ("system.slice/ssh.service", []),
        (f"docker/{WEB[:63]}", []),
        (f"docker/{OTHER}/docker/{WEB}", [OTHER]),
    ],
)
def test_only_whole_ids_are_containers_and_those_inside_of_one_are_its_own_affair(
    below: str, wanted: list[str], tree: KernelTree
) -> None:
    tree.host(V2_MOUNT, STAT)
    tree.write(f"/sys/fs/cgroup/{below}/cgroup.procs", "300\n")
    process(tree, 300)
    assert [it.id for it in Scan(proc=tree.proc, sys=tree.sys).groups()] == wanted


def test_an_init_system_inside_has_its_processes_in_groups_beneath(tree: KernelTree) -> None:
    tree.host(V2_MOUNT, STAT)
    where = f"/sys/fs/cgroup/docker/{WEB}"
    tree.write(f"{where}/cgroup.procs", "")
    tree.write(f"{where}/init.scope/cgroup.procs", "300\n")
    process(tree, 300, name="systemd")
    (found,) = Scan(proc=tree.proc, sys=tree.sys).groups()
    assert found.pid == 300


def test_a_group_without_a_process_is_no_container_any_more(tree: KernelTree) -> None:
    tree.host(V2_MOUNT, STAT)
    tree.write(f"/sys/fs/cgroup/docker/{WEB}/cgroup.procs", "")
    assert not Scan(proc=tree.proc, sys=tree.sys).groups()


def test_a_name_that_is_hostile_is_made_harmless(tree: KernelTree) -> None:
    tree.host(V2_MOUNT, STAT)
    tree.write(f"/sys/fs/cgroup/docker/{WEB}/cgroup.procs", "300\n")
    process(tree, 300, name="a) \x1b[31m[b]")
    (found,) = Scan(proc=tree.proc, sys=tree.sys).groups()
    assert found.process == "a) [b]"
    assert found.started_at is not None
    assert "\x1b" not in found.command


@pytest.mark.parametrize("frozen", [True, False])
def test_on_a_hybrid_host_the_accounting_hierarchy_is_searched_and_the_freezer_asked(
    tree: KernelTree, *, frozen: bool
) -> None:
    tree.host(HYBRID_MOUNTS, STAT)
    tree.write(f"/sys/fs/cgroup/memory/docker/{WEB}/cgroup.procs", "300\n")
    tree.write(f"/sys/fs/cgroup/unified/docker/{OTHER}/cgroup.procs", "301\n")
    tree.write("/proc/300/cgroup", f"5:memory:/docker/{WEB}\n4:freezer:/docker/{WEB}\n")
    tree.write(f"/sys/fs/cgroup/freezer/docker/{WEB}/freezer.state", "FROZEN\n" if frozen else "THAWED\n")
    process(tree, 300)
    process(tree, 301)
    engine = KernelEngine("permission denied", proc=tree.proc, sys=tree.sys)
    (found,) = engine.containers()
    assert found.id == WEB
    assert found.state is (ContainerState.PAUSED if frozen else ContainerState.RUNNING)
    assert found.name == f"{WEB[:12]} nginx"


def test_an_engine_that_is_not_asked_changes_nothing_and_says_why(tree: KernelTree) -> None:
    tree.host(V2_MOUNT, STAT)
    engine = KernelEngine("permission denied on /run/docker.sock", proc=tree.proc, sys=tree.sys)
    for refused in (
        lambda: engine.set_limits(WEB, Limits(), Limits()),
        lambda: engine.set_service_limits("web", Limits()),
        lambda: engine.set_replicas("web", 2),
        lambda: engine.logs(WEB),
        lambda: engine.counters(WEB),
        engine.reclaimable,
        lambda: engine.change_state(WEB, Verb.STOP),
        lambda: engine.roll_out("svc", Rollout.ROLLBACK),
    ):
        with pytest.raises(NotPermitted, match=r"permission denied on /run/docker\.sock"):
            refused()
    with pytest.raises(NotFound):
        engine.inspect(WEB)
    assert engine.info().without_engine == "permission denied on /run/docker.sock"


def test_containers_that_come_and_go_are_told(tree: KernelTree) -> None:
    tree.host(V2_MOUNT, STAT)
    engine = KernelEngine("no", proc=tree.proc, sys=tree.sys, look_every=Seconds(0.001))
    events = engine.events()
    process(tree, 300)
    tree.write(f"/sys/fs/cgroup/docker/{WEB}/cgroup.procs", "300\n")
    first = next(iter(events))
    assert (first.action, first.subject_id) == ("start", WEB)
    process(tree, 400)
    tree.write(f"/sys/fs/cgroup/docker/{WEB}/cgroup.procs", "400\n")
    again = next(iter(events))
    assert (again.action, again.subject_id) == ("start", WEB)
    tree.write(f"/sys/fs/cgroup/docker/{WEB}/cgroup.procs", "")
    gone = next(iter(events))
    assert (gone.action, gone.subject_id) == ("destroy", WEB)
    assert gone.time_ns > again.time_ns
    engine.close()
    assert next(iter(events), None) is None
