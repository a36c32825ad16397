"""A one-node Swarm on a lab's engine: a replicated service with limits, and a global one."""

from dataclasses import dataclass

from tests.lab.client import CommandFailed, Lab
from tests.lab.dockerd import wait_until

REPLICATED = "sutazai_agents"
GLOBAL = "sutazai_node-exporter"
REPLICAS = 2
_CONVERGED = 60.0


@dataclass(frozen=True, slots=True)
class Swarm:
    """A Swarm of one node. ``replicated`` and ``everywhere`` are the services' ids."""

    lab: Lab
    replicated: str
    everywhere: str

    @property
    def host(self) -> str:
        """The engine's address."""
        return self.lab.host

    def running(self, service: str = REPLICATED) -> int:
        """Count the running tasks that are meant to run."""
        return running_tasks(self.lab, service)

    def wait_for_replicas(self, wanted: int, service: str = REPLICATED, deadline: float = _CONVERGED) -> None:
        """Wait until that many tasks run; raises ``TimeoutError``."""
        wait_until(lambda: self.running(service) == wanted, deadline)


def start_swarm(lab: Lab) -> Swarm:
    """Make the lab's engine a manager and start both services; raises ``CommandFailed``."""
    lab.docker("swarm", "init", "--advertise-addr", "127.0.0.1")
    replicated = _create(
        lab, REPLICATED, "--replicas", str(REPLICAS), "--limit-cpu", "0.5", "--limit-memory", "64M",
        "--reserve-cpu", "0.05", "--reserve-memory", "16M", "--env", "AGENT={{.Task.Slot}}",
        "--label", "com.sutazai.owner=lab", "--container-label", "com.sutazai.service=autogpt",
        "--update-delay", "0s", "--update-monitor", "1s", "--rollback-monitor", "1s",
    )  # fmt: skip
    everywhere = _create(lab, GLOBAL, "--mode", "global", "--limit-memory", "32M")
    swarm = Swarm(lab, replicated, everywhere)
    swarm.wait_for_replicas(REPLICAS)
    swarm.wait_for_replicas(1, GLOBAL)
    return swarm


def running_tasks(lab: Lab, service: str) -> int:
    """Count a service's tasks that run and are meant to."""
    try:
        states = lab.docker(
            "service", "ps", service, "--filter", "desired-state=running", "--format", "{{.CurrentState}}"
        )
    except CommandFailed:
        return 0  # it is being created
    return sum(state.startswith("Running") for state in states.splitlines())


def _create(lab: Lab, name: str, *options: str) -> str:
    # The image is here and nowhere else: asking a registry for its digest would only take time.
    return lab.docker(
        "service", "create", "--detach", "--quiet", "--no-resolve-image", "--name", name,
        "--stop-grace-period", "1s", *options, lab.image, "sleep", "1000000",
    )  # fmt: skip
