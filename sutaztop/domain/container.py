"""A container as the engine describes it: identity, state, health and configuration."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from sutaztop.domain.quantity import Seconds
from sutaztop.domain.resources import Resources

STOP_GRACE = Seconds(10.0)
"""How long the engine waits where a container says nothing else."""
NO_LABELS: Mapping[str, str] = MappingProxyType({})


class ContainerState(StrEnum):
    """Docker's own states."""

    CREATED = "created"
    RUNNING = "running"
    PAUSED = "paused"
    RESTARTING = "restarting"
    REMOVING = "removing"
    EXITED = "exited"
    DEAD = "dead"


class Health(StrEnum):
    """The verdict of the container's own probe; NONE where it has no probe."""

    NONE = "none"
    STARTING = "starting"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"


@dataclass(frozen=True, slots=True)
class Probe:
    """One run of a health probe."""

    at: datetime | None
    exit_code: int
    output: str


@dataclass(frozen=True, slots=True)
class Mount:
    """Storage inside a container. ``source`` is a path on the host; ``volume`` a volume's name or empty."""

    kind: str
    source: str
    destination: str
    volume: str = ""
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class Port:
    """A port; ``host_port`` is ``None`` where it is exposed and not published."""

    container_port: int
    protocol: str = "tcp"
    host_address: str = ""
    host_port: int | None = None


@dataclass(frozen=True, slots=True)
class Logging:
    """Where what a container writes goes. ``max_size`` is the driver's option as it was given, or empty."""

    driver: str
    max_size: str = ""

    @property
    def grows_for_ever(self) -> bool:
        """Whether its file is never begun anew: json-file does that only with a ``max-size``, local by itself."""
        return self.driver == "json-file" and self.max_size in ("", "-1")


@dataclass(frozen=True, slots=True)
class Container:
    """What inspect says. All text is already cleaned; times are aware and UTC.

    ``id`` is the full 64-hex id; ``name`` has no leading slash. ``project``, ``service`` and
    ``number`` come from Compose's or Swarm's labels and are empty for a plain ``docker run``.
    ``pid`` is 0 when it is not running, and is the engine's host's pid. ``oom_killed`` is what
    inspect reports of the present or last run, and stays true on a container that is healthy
    again. ``auto_remove`` is ``--rm``: it is gone once it ends. ``stop_grace`` is how long a stop waits
    for its own end before it is killed; ``None`` is for ever. ``exit_code`` is ``None`` while running
    and before a first run. ``addresses`` are its own on its networks, reachable from the engine's host.
    ``logging`` is ``None`` where nobody told. ``image_id`` is the digest of the image that it was made
    from: two of one name differ by it where a tag was moved; empty where nobody told.
    """

    id: str
    name: str
    image: str
    state: ContainerState
    health: Health = Health.NONE
    created_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    pid: int = 0
    exit_code: int | None = None
    oom_killed: bool = False
    restart_count: int = 0
    restart_policy: str = ""
    auto_remove: bool = False
    stop_grace: Seconds | None = STOP_GRACE
    resources: Resources = Resources()
    project: str = ""
    service: str = ""
    number: int | None = None
    swarm_service_id: str = ""
    swarm_task_id: str = ""
    command: str = ""
    network_mode: str = ""
    networks: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    mounts: tuple[Mount, ...] = ()
    ports: tuple[Port, ...] = ()
    probes: tuple[Probe, ...] = ()
    logging: Logging | None = None
    environment: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    labels: Mapping[str, str] = field(default_factory=lambda: NO_LABELS, repr=False)
    image_id: str = ""

    @property
    def is_running(self) -> bool:
        """Whether its processes exist: running or paused."""
        return self.state in (ContainerState.RUNNING, ContainerState.PAUSED)

    @property
    def image_name(self) -> str:
        """The last word of the image's name, without registry, tag and digest: ``postgres``."""
        return self.image.partition("@")[0].rpartition("/")[2].partition(":")[0]

    @property
    def short_id(self) -> str:
        """The first twelve hex digits, as Docker prints them."""
        return self.id[:12]
