"""A world to test an engine in: what a test may do to it from outside, over the demo and over a real engine."""

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from sutaztop.contracts import Engine
from sutaztop.demo.load import LoadShape
from sutaztop.demo.open import open_demo
from sutaztop.domain.quantity import MIB, Seconds
from sutaztop.engines.docker.endpoint import resolve_endpoint
from sutaztop.engines.docker.engine import DockerEngine
from tests.clock import SetClock
from tests.lab.client import Lab
from tests.lab.dockerd import wait_until
from tests.lab.requirements import compose_binary, give_up, missing_for_compose

DEADLINE = Seconds(20.0)
"""How long a call to the lab's engine may take; the machine of a test may be busy."""
_FOREVER = ("sleep", "1000000")
HOSTILE = "\x1b[31mred\x1b[0m \x1b]0;owned\x07bell\x08 \u202egnp.exe"
"""A line as hostile as they come: colours, a window title, a backspace, a bidirectional override."""


class World(Protocol):
    """What the contract's tests do from outside; ``engine`` is what they test."""

    @property
    def engine(self) -> Engine:
        """The engine under test."""
        ...

    def create(self, name: str, *, cpu: float | None = None, memory: int | None = None) -> str:
        """Run an idle container; gives its id."""
        ...

    def create_greedy(self, name: str) -> str:
        """Run a container that soon wants more memory than its limit."""
        ...

    def create_talking(self, name: str) -> str:
        """Have a container that writes to both its streams; gives its id."""
        ...

    def start(self, container_id: str) -> None:
        """Start a container."""
        ...

    def stop(self, container_id: str) -> None:
        """Stop a container."""
        ...

    def remove(self, container_id: str) -> None:
        """Remove a container by force."""
        ...

    def replicated_service(self, name: str, replicas: int) -> str:
        """Create a replicated Swarm service; gives its id. Skips where there is no Swarm."""
        ...

    def compose_service(self) -> str:
        """Give the id of a Compose service that can be scaled. Skips where there is no Compose."""
        ...

    def fixed_compose_service(self) -> str:
        """Give the id of a Compose service that cannot be scaled."""
        ...

    def until(self, holds: Callable[[], bool], what: str) -> None:
        """Let time pass until it holds; fails with ``what`` if it never does."""
        ...

    def close(self) -> None:
        """Remove what was made and close the engine."""
        ...


class DemoTestWorld:
    """The demo world by a clock that the test moves."""

    def __init__(self) -> None:
        self._clock = SetClock()
        self._demo = open_demo(self._clock, scenario="calm")
        self.engine: Engine = self._demo.engine

    def create(self, name: str, *, cpu: float | None = None, memory: int | None = None) -> str:
        return self._demo.world.add_container(name, cpu=cpu, memory=memory)

    def create_greedy(self, name: str) -> str:
        leak = LoadShape(anon=10 * MIB, leak=4 * MIB, leak_most=400 * MIB)
        return self._demo.world.add_container(name, memory=32 * MIB, shape=leak)

    def create_talking(self, name: str) -> str:
        del name  # what is added is silent on one stream; the stack's own backend talks on both
        return self.engine.inspect("sutazai-backend").id

    def start(self, container_id: str) -> None:
        self._demo.world.start(container_id)

    def stop(self, container_id: str) -> None:
        self._demo.world.stop(container_id)

    def remove(self, container_id: str) -> None:
        self._demo.world.remove(container_id)

    def replicated_service(self, name: str, replicas: int) -> str:
        return self._demo.world.add_service(name, replicas=replicas, cpu=0.5, memory=64 * MIB)

    def compose_service(self) -> str:
        return next(it.id for it in self.engine.services() if "/" in it.id and not it.not_scalable)

    def fixed_compose_service(self) -> str:
        return next(it.id for it in self.engine.services() if "/" in it.id and it.not_scalable)

    def until(self, holds: Callable[[], bool], what: str) -> None:
        for _ in range(600):
            if holds():
                return
            self._clock.advance(0.5)
        raise AssertionError(f"it never came true: {what}")

    def close(self) -> None:
        self._demo.close()


class DockerTestWorld:
    """A real engine of the lab's own."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        binary = compose_binary()
        endpoint = resolve_endpoint(host=lab.host, environment={})
        command = (str(binary),) if binary else ()
        self.engine: Engine = DockerEngine(endpoint, deadline=DEADLINE, compose_command=command)
        self._lab = lab
        self._folder = folder
        self._containers: list[str] = []
        self._services: list[str] = []
        self._projects: list[str] = []

    def create(self, name: str, *, cpu: float | None = None, memory: int | None = None) -> str:
        options = ["--network", "none"]
        options += [] if cpu is None else ["--cpus", str(cpu)]
        options += [] if memory is None else ["--memory", str(memory)]
        return self._run(name, *options)

    def create_greedy(self, name: str) -> str:
        # dd takes one buffer of the block's size and writes to all of it.
        hunger = ["sh", "-c", "sleep 0.3; dd if=/dev/zero of=/dev/null bs=200M count=1"]
        return self._run(name, "--network", "none", "--memory", "16m", "--memory-swap", "16m", command=hunger)

    def create_talking(self, name: str) -> str:
        script = "while :; do printf '%s\\n' \"$LINE\"; printf 'to the error stream\\n' >&2; sleep 0.2; done"
        return self._run(name, "--network", "none", "--env", f"LINE={HOSTILE}", command=["sh", "-c", script])

    def _run(self, name: str, *options: str, command: Sequence[str] = _FOREVER) -> str:
        container = self._lab.run(name, *options, command=command)
        self._containers.append(container)
        return container

    def start(self, container_id: str) -> None:
        self._lab.docker("start", container_id)

    def stop(self, container_id: str) -> None:
        self._lab.docker("stop", container_id)

    def remove(self, container_id: str) -> None:
        self._lab.remove(container_id)

    def replicated_service(self, name: str, replicas: int) -> str:
        if self._lab.docker("info", "--format", "{{.Swarm.ControlAvailable}}") != "true":
            give_up("swarm", "the lab's engine manages none")
        service = self._lab.docker(
            "service", "create", "--detach", "--quiet", "--name", name, "--replicas", str(replicas),
            "--limit-cpu", "0.5", "--limit-memory", "64m", "--reserve-memory", "8m", "--env", "KEPT=yes",
            "--label", "kept=yes", "--stop-grace-period", "1s", "--update-monitor", "100ms", self._lab.image,
        )  # fmt: skip
        self._services.append(service)
        return service

    def compose_service(self) -> str:
        return f"{self._compose('scalable', {})}/web"

    def fixed_compose_service(self) -> str:
        return f"{self._compose('fixed', {'container_name': 'contract-fixed-name'})}/web"

    def _compose(self, project: str, more: dict[str, str]) -> str:
        if reason := missing_for_compose():
            give_up("compose", reason)
        folder = self._folder / project
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        service = {"image": self._lab.image, "network_mode": "none", "stop_grace_period": "1s", **more}
        # JSON is YAML too.
        (folder / "compose.yaml").write_text(json.dumps({"services": {"web": service}}))
        self._lab.compose("-p", f"contract-{project}", "up", "-d", directory=folder)
        self._projects.append(f"contract-{project}")
        return f"contract-{project}"

    def until(self, holds: Callable[[], bool], what: str) -> None:
        try:
            wait_until(holds, 60.0)
        except TimeoutError as error:
            raise AssertionError(f"it never came true: {what}") from error

    def close(self) -> None:
        self.engine.close()
        for service in self._services:
            self._lab.docker("service", "rm", service)
        made = [f"label=com.docker.compose.project={project}" for project in self._projects]
        made += [f"label=com.docker.swarm.service.id={service}" for service in self._services]
        for label in made:
            self._containers += self._lab.docker("ps", "-aq", "--filter", label).split()
        self._lab.remove(*self._containers)
