"""What containers' environment and command set of the programs that size themselves: databases, caches, JVMs, Ollama.

A key counts only in a container of the program that it is meant for: stacks hand one file of
variables to all of their services.
"""

import re
from dataclasses import dataclass

from sutaztop.domain.container import Container

_MOST_KEPT = 8192
_MAXMEMORY = re.compile(r"--maxmemory[ =]+['\"]?([^\s'\"]+)")
_POSTGRES_OPTION = re.compile(r"(?:-c\s*|--)['\"]?([a-z_]+)\s*=\s*['\"]?([^\s'\"]+)")
_WORKERS = re.compile(r"\b(uvicorn|gunicorn|hypercorn)\b.*?\s(--workers|-w)[ =]+(\d+)")
_SERVER = re.compile(r"\b(uvicorn|gunicorn|hypercorn)\b")
_XMX = re.compile(r"-Xmx(\S+)")

POSTGRES = ("postgres", "postgresql", "postgis", "timescaledb", "pgvector")
REDIS = ("redis", "redis-stack", "redis-stack-server", "valkey", "keydb")
NEO4J = ("neo4j",)
OLLAMA = ("ollama",)
_JVM_KEYS = ("ES_JAVA_OPTS", "JAVA_OPTS", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "KAFKA_HEAP_OPTS")
_WORKER_KEYS = ("WEB_CONCURRENCY", "GUNICORN_WORKERS", "UVICORN_WORKERS")
_POSTGRES_NAMES = ("shared_buffers", "effective_cache_size", "work_mem", "max_connections")
_MEANT_FOR = {
    **{f"POSTGRES_{name.upper()}": "postgres" for name in _POSTGRES_NAMES},
    "REDIS_MAXMEMORY": "redis",
    **{
        f"NEO4J_{prefix}_memory_{name}": "neo4j"
        for prefix in ("dbms", "server")
        for name in ("heap_max__size", "pagecache_size", "off__heap_max__size")
    },
    "OLLAMA_MAX_LOADED_MODELS": "ollama",
    "OLLAMA_KEEP_ALIVE": "ollama",
    "OLLAMA_NUM_PARALLEL": "ollama",
    "OLLAMA_NUM_THREADS": "ollama",
    **dict.fromkeys(_JVM_KEYS, "jvm"),
    **dict.fromkeys(_WORKER_KEYS, "workers"),
}
_IMAGES = {"postgres": POSTGRES, "redis": REDIS, "neo4j": NEO4J, "ollama": OLLAMA}
_PROGRAMS = {"postgres": "postgres", "redis-server": "redis", "valkey-server": "redis", "ollama": "ollama"}


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its ``key`` as the operator wrote it, and the value as text.

    ``name`` is the program's own name for it, the same wherever it was set. ``by_command`` tells that
    the command sets it, which always counts.
    """

    program: str
    name: str
    key: str
    value: str
    by_command: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of one container that are looked at."""

    settings: tuple[Setting, ...]

    def find(self, program: str, name: str) -> Setting | None:
        """Give one, the command's before the environment's."""
        found = [it for it in self.settings if (it.program, it.name) == (program, name)]
        return min(found, key=lambda it: not it.by_command, default=None)

    def all_of(self, program: str) -> tuple[Setting, ...]:
        """Give all of a program."""
        return tuple(it for it in self.settings if it.program == program)


class SettingsBook:
    """Remembers what was read of each container: its configuration is another object once it is inspected anew.

    So a judgement of a thousand containers costs a look-up for each, and no reading of environments.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[Container, Settings | None]] = {}

    def of(self, container: Container) -> Settings | None:
        """Give a container's settings, ``None`` where it has none that are looked at."""
        known = self._known.get(container.id)
        if known is not None and known[0] is container:
            return known[1]
        if len(self._known) >= _MOST_KEPT:
            self._known.clear()
        settings = read_settings(container)
        self._known[container.id] = (container, settings)
        return settings


def read_settings(container: Container) -> Settings | None:
    """Read a container's settings."""
    found: list[Setting] = []
    program = _program_of(container)
    command = container.command
    for key, value in container.environment:
        meant_for = _MEANT_FOR.get(key)
        if meant_for is None or not value.strip():
            continue
        if meant_for == "jvm":
            found.extend(Setting("jvm", key, f"-Xmx in {key}", size) for size in _XMX.findall(value)[-1:])
        elif meant_for == "workers":
            if _SERVER.search(command):
                found.append(Setting("workers", "workers", key, value))
        elif meant_for == program:
            found.append(Setting(program, _name_of(program, key), key, value))
    found.extend(_of_command(program, command))
    return Settings(tuple(found)) if found else None


def _of_command(program: str, command: str) -> list[Setting]:
    found = []
    if program == "redis":
        found += [
            Setting(program, "maxmemory", "--maxmemory", it, by_command=True) for it in _MAXMEMORY.findall(command)
        ]
    elif program == "postgres":
        found += [
            Setting(program, name, f"-c {name}", value, by_command=True)
            for name, value in _POSTGRES_OPTION.findall(command)
            if name in _POSTGRES_NAMES
        ]
    if match := _WORKERS.search(command):
        found.append(Setting("workers", "workers", f"{match[1]} {match[2]}", match[3], by_command=True))
    return found


def _program_of(container: Container) -> str:
    """Say which of the programs a container is, by its image's name or the program that its command runs."""
    image = container.image_name
    for program, names in _IMAGES.items():
        if image in names:
            return program
    words = {word.rpartition("/")[2] for word in container.command.split()[:6]}
    return next((program for word, program in _PROGRAMS.items() if word in words), "")


def _name_of(program: str, key: str) -> str:
    if program == "postgres":
        return key.removeprefix("POSTGRES_").lower()
    if program == "neo4j":
        return key.partition("_memory_")[2]
    return "maxmemory" if program == "redis" else key
