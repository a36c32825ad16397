"""Which engine is being watched, in words an operator can check."""

from dataclasses import dataclass
from enum import StrEnum

from sutaztop.domain.quantity import Bytes


class SwarmRole(StrEnum):
    """This node's part in a Swarm."""

    NONE = "no swarm"
    MANAGER = "manager"
    WORKER = "worker"


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """The engine's own account of itself.

    ``endpoint`` is the address (``unix:///var/run/docker.sock``), ``origin`` says who chose
    it ("--host", "DOCKER_HOST", "docker context prod", "default"). ``is_local`` is whether its
    containers run under this kernel, so that the kernel's files may be read. ``demo`` marks
    the demo world: it must never be mistaken for a real stack. ``id`` is the engine's own
    unique id. ``without_engine`` is why only the kernel's files are read and no engine is asked, or
    empty.
    """

    endpoint: str
    origin: str
    name: str = ""
    id: str = ""
    version: str = ""
    api_version: str = ""
    os: str = ""
    kernel: str = ""
    cpus: int = 0
    memory: Bytes = Bytes(0)
    cgroup_version: int = 0
    cgroup_driver: str = ""
    root_directory: str = ""
    swarm_role: SwarmRole = SwarmRole.NONE
    is_local: bool = False
    demo: bool = False
    without_engine: str = ""
