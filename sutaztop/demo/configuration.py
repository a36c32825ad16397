"""A container's fixed configuration: labels, environment with invented secrets, mounts, ports, networks."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from random import Random
from types import MappingProxyType

from sutaztop.demo.catalogue import PROJECT, ROOT, STRANGER, VOLUMES, Part
from sutaztop.domain.container import NO_LABELS, Logging, Mount, Port

COMPOSE_VERSION = "2.40.3"
HOSTILE = "service-hub"
"""The service whose labels try to reach the terminal: they show, by default, that nothing does."""
_HOSTILE_LABELS = {
    "org.example.title": "\x1b]0;owned\x07\x1b[2J[bold red]not markup[/] \u202egnp.exe",
    "org.example.newline": "one\ntwo\x9b31m",
}
_TIERS = {"llm": "high", "api": "high", "database": "high", "agent": "medium", "worker": "medium", "cache": "low",
          "scraper": "low"}  # fmt: skip
_COMMANDS = {
    "llm": "/bin/ollama serve", "api": "uvicorn app.main:app --host 0.0.0.0 --port 8000 --workers 4",
    "database": "docker-entrypoint.sh postgres", "cache": "docker-entrypoint.sh redis-server --maxmemory 768mb",
    "worker": "celery -A app.worker worker --concurrency 2", "ml": "python /srv/train.py --idle",
    "idle": "python -m agent --serve", "agent": "python -m agent --serve --loop",
}  # fmt: skip


_ROTATING = ("llm", "api", "database", "queue", "search", "proxy", "cache", "vector", "graph", "mesh")
"""Kinds whose logs somebody saw to: as in real stacks, those of the core."""
_ROTATED, _GROWING = Logging("json-file", "10m"), Logging("json-file")


@dataclass(frozen=True, slots=True)
class Configuration:
    """What does not change while a container lives."""

    image: str
    project: str = ""
    service: str = ""
    number: int | None = None
    swarm_service_id: str = ""
    swarm_task_id: str = ""
    command: str = ""
    restart_policy: str = "unless-stopped"
    network_mode: str = "bridge"
    networks: tuple[str, ...] = ("bridge",)
    mounts: tuple[Mount, ...] = ()
    ports: tuple[Port, ...] = ()
    environment: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    labels: Mapping[str, str] = field(default_factory=lambda: NO_LABELS)
    kind: str = "idle"
    probed: bool = False
    logging: Logging = _GROWING


_DEPENDS_ON = {
    "backend": ("postgres", "redis", "ollama"), "celery-worker": ("backend", "redis"), "kong": ("kong-database",),
    "frontend": ("backend",), "embedding-worker": ("ollama", "redis"),
}  # fmt: skip
"""As Compose writes it down in a label."""


def configure(part: Part, number: int, random: Random) -> Configuration:
    """Give the configuration of one container of a Compose service, or of a plain one."""
    labels = {"org.opencontainers.image.vendor": "sutazai"} if part.image.startswith("sutazai/") else {}
    if part.project:
        labels |= {
            "com.docker.compose.project": part.project,
            "com.docker.compose.service": part.service,
            "com.docker.compose.container-number": str(number),
            "com.docker.compose.project.working_dir": ROOT if part.project == PROJECT else "/srv/nextcloud",
            "com.docker.compose.project.config_files": f"{ROOT if part.project == PROJECT else '/srv/nextcloud'}"
            "/docker-compose.yml",
            "com.docker.compose.version": COMPOSE_VERSION,
            "com.docker.compose.oneoff": "False",
        }
    if part.project == PROJECT and part.service in _DEPENDS_ON:
        names = _DEPENDS_ON[part.service]
        labels["com.docker.compose.depends_on"] = ",".join(f"{name}:service_started:false" for name in names)
    if part.service == HOSTILE:
        labels |= _HOSTILE_LABELS
    if part.project == PROJECT and part.kind in _TIERS:
        labels["com.sutazai.tier"] = _TIERS[part.kind]
    return _configuration(part, labels, number if part.project else None, random)


@dataclass(frozen=True, slots=True)
class Task:
    """Which task of which Swarm service, on which node."""

    service_id: str
    service: str
    slot: int
    id: str
    node_id: str


def configure_task(part: Part, task: Task, random: Random) -> Configuration:
    """Give the configuration of one task of a Swarm service."""
    labels = {
        "com.docker.swarm.node.id": task.node_id,
        "com.docker.swarm.service.id": task.service_id,
        "com.docker.swarm.service.name": task.service,
        "com.docker.swarm.task": "",
        "com.docker.swarm.task.id": task.id,
        "com.docker.swarm.task.name": f"{task.service}.{task.node_id if part.global_mode else task.slot}.{task.id}",
    }
    if part.project:
        labels["com.docker.stack.namespace"] = part.project
    number = None if part.global_mode else task.slot
    return replace(
        _configuration(part, labels, number, random),
        service=task.service, swarm_service_id=task.service_id, swarm_task_id=task.id, restart_policy="",
    )  # fmt: skip


def renumber(configuration: Configuration, number: int) -> Configuration:
    """Give the configuration of another container of the same Compose service."""
    labels = {**configuration.labels, "com.docker.compose.container-number": str(number)}
    return replace(configuration, number=number, labels=MappingProxyType(labels))


def _configuration(part: Part, labels: dict[str, str], number: int | None, random: Random) -> Configuration:
    on_host = part.service in ("node-exporter", "cadvisor", "node-agent")
    network = "host" if on_host else _network(part)
    return Configuration(
        image=part.image,
        project=part.project,
        service=part.service,
        number=number,
        command=_COMMANDS.get(part.kind, "/entrypoint.sh"),
        restart_policy="" if part.kind == "job" else "unless-stopped",
        network_mode=network,
        networks=(network,),
        mounts=_mounts(part),
        ports=_ports(part),
        environment=_environment(part, random),
        labels=MappingProxyType(labels),
        kind=part.kind,
        probed=part.probed,
        logging=_ROTATED if part.kind in _ROTATING else _GROWING,
    )


def _network(part: Part) -> str:
    if not part.project:
        return "bridge"
    return f"{part.project}_sutazai-network" if part.project != STRANGER else "nextcloud_default"


def _mounts(part: Part) -> tuple[Mount, ...]:
    mounts = []
    for source, destination in part.storage:
        if source.startswith("/"):
            mounts.append(Mount("bind", source, destination))
        else:
            volume = f"{part.project}_{source}" if part.project else source
            mounts.append(Mount("volume", f"{VOLUMES}/{volume}/_data", destination, volume))
    return tuple(mounts)


def _ports(part: Part) -> tuple[Port, ...]:
    if not part.port:
        return ()
    everywhere = "0.0.0.0"  # noqa: S104 - shown, not bound to
    return (Port(part.port, "tcp", everywhere if part.published else "", part.published or None),)


def _environment(part: Part, random: Random) -> tuple[tuple[str, str], ...]:
    """Invent an environment; its secrets open nothing, and are there to be masked."""
    key = f"{random.getrandbits(96):024x}"
    chosen = [("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"), ("TZ", "UTC")]
    if part.kind == "llm":
        chosen += [("OLLAMA_HOST", ":11434"), ("OLLAMA_KEEP_ALIVE", "5m"), ("OLLAMA_MAX_LOADED_MODELS", "3"),
                   ("OLLAMA_NUM_PARALLEL", "2")]  # fmt: skip
    elif part.kind == "database":
        chosen += [("POSTGRES_USER", "sutazai"), ("POSTGRES_PASSWORD", f"demo-{key}"), ("POSTGRES_DB", "sutazai")]
    elif part.kind in ("api", "api-replica", "worker"):
        chosen += [("DATABASE_URL", f"postgresql://sutazai:demo-{key}@postgres:5432/sutazai"),
                   ("JWT_SECRET", f"demo-{key}"), ("REDIS_URL", "redis://redis:6379/0")]  # fmt: skip
    else:
        chosen += [("AGENT_NAME", part.service), ("OLLAMA_BASE_URL", "http://ollama:11434"),
                   ("SERVICE_API_KEY", f"demo-{key}")]  # fmt: skip
    return tuple(chosen)
