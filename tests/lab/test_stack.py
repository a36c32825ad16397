"""The lab's stack, Swarm and Compose project show what they are there to show."""

import pytest

from tests.lab.dockerd import wait_until
from tests.lab.project import NAMED, NAMED_CONTAINER, SCALABLE, Project
from tests.lab.stack import Stack
from tests.lab.sutazai import HOSTILE, MEMBERS
from tests.lab.swarm import GLOBAL, Swarm


@pytest.mark.docker
class TestStack:
    def test_it_has_every_container_by_its_full_id(self, lab_stack: Stack) -> None:
        assert set(lab_stack.containers) == {member.name for member in MEMBERS}
        assert {len(container) for container in lab_stack.containers.values()} == {64}

    def test_the_gateway_is_green_although_it_was_killed_for_its_memory(self, lab_stack: Stack) -> None:
        state = "{{.State.OOMKilled}} {{.State.Health.Status}} {{.RestartCount}}"
        assert lab_stack.lab.inspect("sutazai-kong", state) == "true healthy 0"

    def test_the_unhealthy_one_keeps_its_probes_words(self, lab_stack: Stack) -> None:
        said = lab_stack.lab.inspect("sutazai-faiss", "{{range .State.Health.Log}}{{.Output}}{{end}}")
        assert "curl: not found" in said

    def test_the_agent_without_limits_has_none(self, lab_stack: Stack) -> None:
        assert lab_stack.lab.inspect("sutazai-crewai", "{{.HostConfig.NanoCpus}} {{.HostConfig.Memory}}") == "0 0"

    def test_the_backend_is_throttled_by_the_kernel(self, lab_stack: Stack) -> None:
        assert lab_stack.lab.inspect("sutazai-backend", "{{.HostConfig.NanoCpus}}") == "500000000"
        wait_until(lambda: _throttled_periods(lab_stack, "sutazai-backend") > 0, 20.0)

    def test_hostile_words_arrive_as_they_are(self, lab_stack: Stack) -> None:
        label = lab_stack.lab.inspect("sutazai-langflow", '{{index .Config.Labels "com.sutazai.note"}}')
        assert label == HOSTILE

    def test_the_model_server_publishes_the_doubles_port(self, lab_stack: Stack) -> None:
        port = lab_stack.lab.docker("port", "sutazai-ollama", "11434/tcp")
        assert port == f"127.0.0.1:{lab_stack.ollama.port}"


@pytest.mark.swarm
class TestSwarm:
    def test_the_replicated_service_converges_again_after_scaling(self, lab_swarm: Swarm) -> None:
        lab_swarm.lab.docker("service", "scale", "--detach", f"{lab_swarm.replicated}=3")
        lab_swarm.wait_for_replicas(3)
        lab_swarm.lab.docker("service", "scale", "--detach", f"{lab_swarm.replicated}=2")
        lab_swarm.wait_for_replicas(2)

    def test_the_global_service_runs_once(self, lab_swarm: Swarm) -> None:
        assert lab_swarm.running(GLOBAL) == 1


@pytest.mark.compose
class TestCompose:
    def test_the_worker_scales_and_the_named_one_has_its_name(self, lab_compose: Project) -> None:
        assert lab_compose.containers(NAMED) == [NAMED_CONTAINER]
        lab_compose.compose("up", "-d", "--no-deps", "--no-recreate", "--scale", f"{SCALABLE}=3", SCALABLE)
        assert len(lab_compose.containers()) == 3
        lab_compose.compose("up", "-d", "--no-deps", "--no-recreate", "--scale", f"{SCALABLE}=2", SCALABLE)
        assert len(lab_compose.containers()) == 2


def _throttled_periods(stack: Stack, container: str) -> int:
    """Read the kernel's file as the container sees it, by version 2 or 1 of control groups."""
    files = "cat /sys/fs/cgroup/cpu.stat /sys/fs/cgroup/cpu/cpu.stat 2>/dev/null || true"
    lines = stack.lab.docker("exec", container, "sh", "-c", files).splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("nr_throttled "))
