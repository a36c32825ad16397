"""A Compose project made by the real Compose: one service that scales, and one whose container_name forbids it."""

from dataclasses import dataclass
from pathlib import Path

from tests.lab.client import Lab

NAME = "sutazai-workers"
SCALABLE = "worker"
NAMED = "gateway"
NAMED_CONTAINER = "sutazai-gateway"

_FILE = f"""\
name: {NAME}
services:
  {SCALABLE}:
    image: {{image}}
    command: ["sleep", "1000000"]
    stop_grace_period: 1s
    deploy:
      replicas: 2
      resources:
        limits: {{{{cpus: "0.5", memory: 64M}}}}
        reservations: {{{{memory: 16M}}}}
    labels:
      com.sutazai.service: autogpt
  {NAMED}:
    image: {{image}}
    container_name: {NAMED_CONTAINER}
    command: ["sleep", "1000000"]
    stop_grace_period: 1s
    mem_limit: 64m
    cpus: 0.5
"""


@dataclass(frozen=True, slots=True)
class Project:
    """A Compose project that is up. ``directory`` holds its ``compose.yaml``."""

    lab: Lab
    directory: Path
    name: str = NAME

    @property
    def host(self) -> str:
        """The engine's address."""
        return self.lab.host

    def compose(self, *arguments: str) -> str:
        """Run Compose for this project."""
        return self.lab.compose(*arguments, directory=self.directory)

    def containers(self, service: str = SCALABLE) -> list[str]:
        """Give the names of a service's running containers."""
        listed = self.lab.docker(
            "ps", "--format", "{{.Names}}", "--filter", f"label=com.docker.compose.project={self.name}",
            "--filter", f"label=com.docker.compose.service={service}",
        )  # fmt: skip
        return sorted(listed.split())


def start_project(lab: Lab) -> Project:
    """Write the file and bring the project up with two workers; raises ``CommandFailed``."""
    directory = lab.directory / "project"
    directory.mkdir(exist_ok=True)
    (directory / "compose.yaml").write_text(_FILE.format(image=lab.image))
    project = Project(lab, directory)
    project.compose("up", "--detach", "--quiet-pull")
    return project
