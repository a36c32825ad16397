"""What holds on a machine with cgroup v2 and systemd, and nowhere else; run there by name, not collected elsewhere."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sutaztop.cli.clock import SystemClock
from sutaztop.collectors.cgroups import KernelCounters
from sutaztop.contracts import EngineError, EngineRefused
from sutaztop.domain.quantity import MIB, Bytes, Cores, Seconds
from sutaztop.domain.resources import Limits
from sutaztop.engines.docker.endpoint import resolve_endpoint
from sutaztop.engines.docker.engine import DockerEngine
from tests.lab.client import Lab
from tests.lab.dockerd import wait_until

HIERARCHY = Path("/sys/fs/cgroup")
LOOP = ("sh", "-c", "while :; do :; done")


@pytest.fixture
def engine(lab: Lab) -> Iterator[DockerEngine]:
    it = DockerEngine(resolve_endpoint(host=lab.host), deadline=Seconds(30.0))
    yield it
    it.close()


def scope_of(container: str) -> Path:
    return HIERARCHY / "system.slice" / f"docker-{container}.scope"


def test_the_engine_uses_version_2_through_systemd(lab: Lab) -> None:
    info = json.loads(lab.docker("info", "--format", "{{json .}}"))
    assert (info["CgroupDriver"], info["CgroupVersion"]) == ("systemd", "2")
    assert (HIERARCHY / "cgroup.controllers").exists()
    assert not (HIERARCHY / "memory").exists()


def test_the_machines_own_engine_and_containerd_are_not_used(lab: Lab) -> None:
    assert Path("/run/containerd/containerd.sock").is_socket(), "the machine has a containerd"
    container = lab.run("v2-apart")
    try:
        asked = ("info", "--format", "{{.DockerRootDir}} {{.ContainersRunning}}")
        assert lab.command(["docker", "--host", "unix:///run/docker.sock", *asked]) == "/var/lib/docker 0"
        parent = (
            Path("/proc", lab.inspect(container, "{{.State.Pid}}"), "stat").read_text().rpartition(")")[2].split()[1]
        )
        assert str(lab.directory) in Path("/proc", parent, "cmdline").read_text(), "its shim is of the lab's containerd"
    finally:
        lab.remove(container)


def test_a_container_lies_in_a_scope_of_the_system_slice(lab: Lab) -> None:
    container = lab.run("v2-scope")
    try:
        pid = lab.inspect(container, "{{.State.Pid}}")
        assert Path("/proc", pid, "cgroup").read_text() == f"0::/system.slice/docker-{container}.scope\n"
        assert (scope_of(container) / "memory.current").exists()
    finally:
        lab.remove(container)


def test_a_live_update_stands_in_cpu_max_and_memory_max(lab: Lab, engine: DockerEngine) -> None:
    container = lab.run("v2-update", "--cpus", "0.5", "-m", "64m")
    try:
        scope = scope_of(container)
        assert [(scope / it).read_text() for it in ("cpu.max", "memory.max")] == ["50000 100000\n", f"{64 * MIB}\n"]
        before = engine.inspect(container).resources.limits
        engine.set_limits(container, before, before.with_cpu(Cores(1.0)).with_memory(Bytes(128 * MIB)))
        assert [(scope / it).read_text() for it in ("cpu.max", "memory.max")] == ["100000 100000\n", f"{128 * MIB}\n"]
        kernel = engine.kernel_limits(container)
        assert kernel is not None
        assert (kernel.cpu, kernel.memory) == (1.0, 128 * MIB)
    finally:
        lab.remove(container)


def test_a_container_without_limits_has_none_in_the_kernel(lab: Lab, engine: DockerEngine) -> None:
    container = lab.run("v2-unlimited")
    try:
        assert (scope_of(container) / "memory.max").read_text() == "max\n"
        kernel = engine.kernel_limits(container)
        assert kernel is not None
        assert (kernel.cpu, kernel.memory, kernel.memory_and_swap) == (None, None, None)
        assert engine.inspect(container).resources.limits == Limits()
    finally:
        lab.remove(container)


def test_memory_below_what_is_used_kills_and_that_is_said(lab: Lab, engine: DockerEngine) -> None:
    # Shared memory is charged to its container and cannot be reclaimed.
    fill = ("sh", "-c", "dd if=/dev/zero of=/dev/shm/full bs=1M count=40 && sleep 1000000")
    limits = ("--memory", "128m", "--memory-swap", "128m", "--shm-size", "64m")
    container = lab.run("v2-full", *limits, command=fill)
    try:
        wait_until(lambda: (engine.counters(container).memory_usage_bytes or 0) > 40 * MIB, 30.0)
        before = engine.inspect(container).resources.limits
        # Whether the engine comes to see it first or not: it answers with an error or with "done".
        try:
            said = " ".join(engine.set_limits(container, before, before.with_memory(Bytes(16 * MIB))))
        except EngineRefused as refused:
            pytest.fail(f"that says that nothing changed: {refused}")
        except EngineError as error:
            said = str(error)
        assert "the container ended meanwhile (killed for want of memory)" in said.lower()
        assert engine.inspect(container).oom_killed
    finally:
        lab.remove(container)


def test_a_refusal_that_reached_the_kernel_is_taken_back(lab: Lab, engine: DockerEngine) -> None:
    container = lab.run("v2-refused", "--cpus", "0.5", "-m", "64m")
    try:
        before = engine.inspect(container).resources.limits
        with pytest.raises(EngineRefused, match="invalid argument"):
            engine.set_limits(container, before, before.with_cpu(Cores(0.001)))
        assert (scope_of(container) / "cpu.max").read_text() == "50000 100000\n"
        assert engine.inspect(container).resources.limits == before
    finally:
        lab.remove(container)


def test_throttling_pressure_and_blocks_are_read(lab: Lab, engine: DockerEngine) -> None:
    container = lab.run("v2-throttled", "--cpus", "0.1", "-m", "64m", command=LOOP)
    kernel = KernelCounters(SystemClock())
    try:
        it = engine.inspect(container)
        wait_until(lambda: (kernel.collect([it])[container].throttled_periods or 0) > 3, 30.0)
        read = kernel.collect([it])[container]
        assert kernel.source == "kernel files"
        assert read.memory_limit_bytes == 64 * MIB
        assert (read.throttled_time_ns or 0) > 0
        assert read.cpu_pressure is not None
        assert read.memory_pressure is not None
        assert read.oom_kills == 0
        assert (read.memory_anon_bytes or 0) > 0
    finally:
        kernel.close()
        lab.remove(container)
