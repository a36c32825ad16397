"""The small SutazAI on a lab's engine: containers, volumes, network, and the double of its model server."""

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tests.lab.client import Lab
from tests.lab.ollama import OllamaDouble
from tests.lab.sutazai import DIRECTORY, MEMBERS, NETWORK, PROJECT, WAS_KILLED, Member

_AT_ONCE = 4
_SETTLED = 60.0
_KILLS_TRIED = 10
_PROBE_EVERY = "4s"


@dataclass(frozen=True, slots=True)
class Stack:
    """A running stack. ``containers`` maps names to full ids.

    ``ollama`` answers on the host's loopback at the port that ``sutazai-ollama`` publishes
    inside the engine's own network namespace: seen from outside it is that container's server.
    """

    lab: Lab
    containers: Mapping[str, str]
    ollama: OllamaDouble

    @property
    def host(self) -> str:
        """The engine's address."""
        return self.lab.host

    def close(self) -> None:
        """End the double; the containers go with the lab."""
        self.ollama.close()


def start_stack(lab: Lab, *, ollama_port: int = 0) -> Stack:
    """Start every container and wait until each shows what it is there to show.

    ``ollama_port`` 0 takes a free one. The lab keeps what was started if this fails.
    """
    double = OllamaDouble(port=ollama_port)
    try:
        double.furnish()
        lab.import_image(*dict.fromkeys((lab.image, *(member.image for member in MEMBERS))))
        lab.docker("network", "create", "--label", f"com.docker.compose.project={PROJECT}", NETWORK)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            ids = list(pool.map(lambda member: _start(lab, member, double.port), MEMBERS))
        containers = {member.name: container for member, container in zip(MEMBERS, ids, strict=True)}
        _settle(lab)
    except BaseException:
        double.close()
        raise
    return Stack(lab, containers, double)


def _settle(lab: Lab) -> None:
    _have_killed_for_memory(lab, "sutazai-kong")
    lab.wait_for("sutazai-kong", "{{.State.OOMKilled}} {{.State.Health.Status}}", "true healthy", _SETTLED)
    lab.wait_for("sutazai-faiss", "{{.State.Health.Status}}", "unhealthy", _SETTLED)
    lab.wait_for("sutazai-flowise", "{{.State.Status}} {{.State.ExitCode}}", "exited 1", _SETTLED)
    lab.wait_for("sutazai-autogpt", "{{.State.Running}} {{ge .RestartCount 2}}", "true true", _SETTLED)


def _have_killed_for_memory(lab: Lab, name: str) -> None:
    """Let a container run out of memory until the engine knows of it, then let it serve.

    The engine watches for kills from shortly after a start on, and a busy machine may leave it
    behind: a kill that it missed is never told. Started again by hand, so that the restart count
    stays 0 while the flag stands.
    """
    for _ in range(_KILLS_TRIED):
        lab.wait_for(name, "{{.State.Running}}", "false", _SETTLED)
        if lab.inspect(name, "{{.State.OOMKilled}}") == "true":
            break
        lab.docker("start", name)
    else:
        raise TimeoutError(f"the engine took no notice of {_KILLS_TRIED} kills of {name} for its memory")
    mark = lab.directory / "was-killed"
    mark.touch()
    lab.docker("cp", str(mark), f"{name}:{WAS_KILLED}")
    lab.docker("start", name)


def _start(lab: Lab, member: Member, ollama_port: int) -> str:
    return lab.run(
        member.name,
        *_limits(member),
        *_surroundings(member, ollama_port),
        *_labels(member),
        *member.options,
        image=member.image,
        command=("sh", "-c", member.script, *(member.arguments or ("sh",))),
    )


def _limits(member: Member) -> list[str]:
    options: list[str] = []
    if member.cpus is not None:
        # The engine refuses more than the machine has.
        options += ["--cpus", str(min(member.cpus, float(os.cpu_count() or 1)))]
    if member.memory:
        options += ["--memory", member.memory]
    if member.reservation:
        options += ["--memory-reservation", member.reservation]
    return options


def _surroundings(member: Member, ollama_port: int) -> list[str]:
    options = ["--network", NETWORK]
    for volume, path in member.volumes:
        options += ["--volume", f"{volume}:{path}"]
    for variable in member.environment:
        options += ["--env", variable]
    if member.restart:
        options += ["--restart", member.restart]
    if member.probe:
        options += ["--health-cmd", member.probe, "--health-interval", _PROBE_EVERY, "--health-retries", "1"]
    if member.name == "sutazai-ollama":
        options += ["--publish", f"127.0.0.1:{ollama_port}:11434"]
    return options


def _labels(member: Member) -> list[str]:
    labels = list(member.labels)
    if member.service:
        labels += [
            f"com.docker.compose.project={PROJECT}", f"com.docker.compose.service={member.service}",
            "com.docker.compose.container-number=1", "com.docker.compose.oneoff=False",
            f"com.docker.compose.project.working_dir={DIRECTORY}",
            f"com.docker.compose.project.config_files={DIRECTORY}/docker-compose.yml",
            f"com.sutazai.service={member.service}",
        ]  # fmt: skip
    return [option for label in labels for option in ("--label", label)]
