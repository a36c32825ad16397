"""The small SutazAI's containers: the guide's names and limits, and what each of them does all day."""

from dataclasses import dataclass, field

PROJECT = "sutazaiapp"
NETWORK = "sutazaiapp_sutazai-network"
DIRECTORY = "/opt/sutazaiapp"

HOSTILE = "\x1b[31mred\x1b]0;owned\x07 [bold]not bold[/bold] \u202etxt.exe\u202c\x00"[:-1]
"""Control codes, markup and a right-to-left override, as labels and log lines may hold them."""

WAS_KILLED = "/was-killed"
"""Laid into the gateway's files once its kill is on record: it then serves instead of filling its memory."""

# Shared memory is charged to the container, is no file cache, and can be filled to the megabyte.
_FILL = "dd if=/dev/zero of=/dev/shm/{name} bs=1048576 count={mib} 2>/dev/null"
_IDLE = "exec sleep 1000000"


@dataclass(frozen=True, slots=True)
class Member:
    """One container. ``cpus`` and ``memory`` are limits as ``docker run`` reads them; empty means none.

    ``service`` is its Compose service, or empty for one that was started by hand. ``volumes``
    are (volume, path) pairs. ``probe`` is a shell command and makes a health check.
    """

    name: str
    script: str = _IDLE
    service: str = ""
    cpus: float | None = None
    memory: str = ""
    reservation: str = ""
    image: str = "sutazai/agent:latest"
    volumes: tuple[tuple[str, str], ...] = ()
    probe: str = ""
    restart: str = ""
    environment: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    arguments: tuple[str, ...] = field(default=())


MEMBERS = (
    Member(
        "sutazai-ollama", f"{_FILL.format(name='model', mib=48)}; while :; do timeout 1 yes >/dev/null; sleep 9; done",
        "ollama", 6.0, "8g", "2g", "ollama/ollama:0.12.6", (("sutazaiapp_ollama_data", "/root/.ollama"),),
        environment=("OLLAMA_KEEP_ALIVE=2m", "OLLAMA_MAX_LOADED_MODELS=1"), options=("--shm-size", "256m"),
    ),
    # Two seconds of work in three, at twice what it is allowed: throttled, for a third of a core.
    Member(
        "sutazai-backend",
        # A static busybox resolves names with nslookup only: its wget crashes without the C library's plug-ins.
        "while :; do timeout 2 yes >/dev/null; kong=$(nslookup sutazai-kong | sed -n 's/^Address: //p' | tail -n 1); "
        r"printf 'GET /page HTTP/1.0\r\n\r\n' | nc -w 2 ${kong:-127.0.0.1} 8000 >/dev/null; sleep 1; done",
        "backend", 0.5, "4g", "2g", "sutazai/backend:latest", (("sutazaiapp_logs", "/logs"),), probe="true",
        environment=("SECRET_KEY=not-for-the-screen", "WORKERS=4"),
    ),
    Member(
        "sutazai-postgres",
        "while :; do dd if=/dev/zero of=/data/wal bs=65536 count=16 conv=fsync 2>/dev/null; sleep 2; done",
        "postgres", 2.0, "4g", "1g", "postgres:16", (("sutazaiapp_postgres_data", "/data"),), probe="true",
        environment=("POSTGRES_PASSWORD=not-for-the-screen",),
    ),
    Member(
        "sutazai-redis", _IDLE, "redis", 0.5, "1g", "256m", "redis:7-alpine", (("sutazaiapp_redis_data", "/data"),),
        arguments=("redis-server", "--maxmemory", "1gb", "--maxmemory-policy", "allkeys-lru"),
    ),
    # Close under its limit, as in the stack's own captures.
    Member(
        "sutazai-neo4j", f"{_FILL.format(name='heap', mib=59)}; {_IDLE}", "neo4j", 1.0, "64m", "", "neo4j:5",
        (("sutazaiapp_neo4j_data", "/data"),),
    ),
    # Page cache that is no working set.
    Member(
        "sutazai-chromadb", f"dd if=/dev/zero of=/data/index bs=1048576 count=48 conv=fsync 2>/dev/null; {_IDLE}",
        "chromadb", 1.0, "2g", "", "chromadb/chroma:latest", (("sutazaiapp_chromadb_data", "/data"),),
    ),
    Member(
        "sutazai-qdrant", _IDLE, "qdrant", 1.0, "2g", "", "qdrant/qdrant:latest",
        (("sutazaiapp_qdrant_data", "/data"),), probe="true",
    ),
    # Two quick failures, then a leak of a megabyte in two seconds until the kernel ends it.
    Member(
        "sutazai-autogpt",
        "n=$(cat /starts 2>/dev/null || echo 0); echo $((n + 1)) >/starts; [ $n -lt 2 ] && exit 1; "
        "i=0; while :; do i=$((i + 1)); dd if=/dev/zero of=/dev/shm/$i bs=1048576 count=1 2>/dev/null || exit 137; "
        "echo step $i; sleep 2; done",
        "autogpt", 1.0, "96m", "", restart="always", volumes=(("sutazaiapp_agent_workspaces", "/workspace"),),
        options=("--shm-size", "256m"),
    ),
    Member("sutazai-crewai", "while :; do timeout 1 yes >/dev/null; sleep 9; done"),
    # Started anew by ``stack`` until the engine has noticed that it was killed for its memory; green from then on.
    # The second before the fill is the engine's, to set up its watch on the kernel's kills; the file is emptied
    # without a new process, which might be killed in its turn; the second after is for the news to get through.
    Member(
        "sutazai-kong",
        f"if [ ! -e {WAS_KILLED} ]; then sleep 1; {_FILL.format(name='all', mib=48)}; : >/dev/shm/all; sleep 1; "
        "exit 137; fi; "
        "mkdir /www; dd if=/dev/zero of=/www/page bs=65536 count=1 2>/dev/null; exec httpd -f -p 8000 -h /www",
        "kong", 0.5, "16m", "", "kong:3", probe="true",
        options=("--shm-size", "64m", "--memory-swap", "16m"),
    ),
    Member(
        "sutazai-faiss", _IDLE, memory="1g", image="sutazai/faiss:latest",
        probe="echo '/bin/sh: curl: not found (http://localhost:8000/health)'; exit 1",
    ),
    Member("sutazai-prometheus", _IDLE, cpus=0.5, memory="512m", image="prom/prometheus:latest"),
    Member("sutazai-flowise", "echo 'IndentationError: unexpected indent' >&2; exit 1", "flowise", 1.0, "1g"),
    Member(
        "sutazai-langflow", 'while :; do printf "%s\\n" "$WORDS"; sleep 5; done', "langflow", 1.0, "1g",
        environment=(f"WORDS={HOSTILE}",), labels=(f"com.sutazai.note={HOSTILE}", "org.label.markup=[/] [red]"),
    ),
    # A name that begins with another's: substring matching takes it for the model server.
    Member("sutazai-ollama-integration", _IDLE, "ollama-integration", 0.5, "512m"),
)  # fmt: skip
