"""The lab's engine: it comes up, keeps to itself and leaves nothing."""

import os
import signal
from pathlib import Path

import pytest

from tests.lab.client import Lab
from tests.lab.dockerd import _pids_naming

pytestmark = pytest.mark.docker


def test_a_container_runs_from_an_image_made_without_a_registry(lab: Lab) -> None:
    container = lab.run("lab-runs", command=["sh", "-c", "echo it runs; exec sleep 1000000"])
    try:
        lab.wait_for(container, "{{.State.Running}}", "true")
        assert len(container) == 64
        assert lab.docker("exec", container, "echo", "it runs") == "it runs"
    finally:
        lab.remove(container)


def test_the_engine_makes_no_interface_on_the_host(lab: Lab) -> None:
    bridge = lab.docker(
        "network", "inspect", "bridge", "--format", '{{index .Options "com.docker.network.bridge.name"}}'
    )
    own = Path(f"/proc/{lab.engine.pid}/net/dev").read_text()
    assert bridge == "docker0"
    assert "docker0" in own
    assert Path("/proc/self/ns/net").readlink() != Path(f"/proc/{lab.engine.pid}/ns/net").readlink()


def test_the_engine_comes_back_with_its_containers_after_a_halt(lab: Lab, own_lab: Lab) -> None:
    container = own_lab.run("lab-stays", "--restart", "always")
    own_lab.engine.halt()
    assert not own_lab.engine.answers()
    assert lab.engine.answers(), "the other engine was touched"
    own_lab.engine.start()
    own_lab.wait_for(container, "{{.State.Running}}", "true")


def test_nothing_is_left_of_a_closed_lab(own_lab: Lab) -> None:
    own_lab.run("lab-goes")
    own_lab.close()
    assert not own_lab.directory.exists()
    assert _pids_naming(str(own_lab.directory)) == []
    assert str(own_lab.directory) not in Path("/proc/self/mountinfo").read_text()


def test_nothing_is_left_of_a_killed_engine(own_lab: Lab) -> None:
    container = own_lab.run("lab-orphan")
    pid = own_lab.inspect(container, "{{.State.Pid}}")
    os.kill(own_lab.engine.pid, signal.SIGKILL)
    own_lab.close()
    assert not Path("/proc", pid, "exe").exists()
    assert not own_lab.directory.exists()
    assert list(Path("/sys/fs/cgroup").glob(f"*/docker/{container}")) == []
