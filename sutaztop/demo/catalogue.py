"""The stack as it is defined: which services there are, their limits, images, ports and storage.

Names and limits follow the SutazAI guide and the shape of the real stack: a core with the
guide's limits, tools without any, agents in three phases, monitoring, a mesh, a Swarm stack
and things that belong to somebody else.
"""

from dataclasses import dataclass

from sutaztop.domain.quantity import Bytes, Cores, parse_bytes, parse_cores
from sutaztop.domain.resources import Limits, Reservations, Resources

PROJECT = "sutazaiapp"
STACK = "sutazai"
STRANGER = "nextcloud"
ROOT = "/opt/sutazaiapp"
VOLUMES = "/var/lib/docker/volumes"


@dataclass(frozen=True, slots=True)
class Part:
    """One service as its file defines it. ``name`` is empty where Compose or Swarm makes the names.

    ``published`` is the fixed port on the host, 0 for none; ``storage`` holds (source,
    destination) pairs where a source without a slash is a volume. ``clones`` counts the
    containers of a service that has no fixed name, or the replicas of a Swarm service.
    """

    service: str
    kind: str
    resources: Resources = Resources()
    image: str = ""
    name: str = ""
    project: str = PROJECT
    published: int = 0
    port: int = 0
    storage: tuple[tuple[str, str], ...] = ()
    clones: int = 1
    global_mode: bool = False
    probed: bool = True


def resources(cpu: str, memory: str, *, by_quota: bool = False) -> Resources:
    """Give limits written as in a compose file, ``-`` for none; a fourth is reserved, as the guide does.

    >>> resources("2", "4g").limits.memory == 4 * 2**30
    True
    """
    cores = None if cpu == "-" else parse_cores(cpu)
    size = None if memory == "-" else parse_bytes(memory)
    return Resources(
        Limits(cores, size, None if size is None else Bytes(2 * size), cpu_by_quota=by_quota and cores is not None),
        Reservations(
            None if cores is None else Cores(cores / 4),
            None if size is None else Bytes(size // 4),
        ),
    )


# service, kind of load, cpus, memory, image, published:port, storage
_CORE = """
ollama              llm       6    8g    ollama/ollama:0.12.6           11434:11434 /opt/sutazaiapp/data/ollama:/models
backend             api       2    4g    sutazai/backend:v52            10010:8000  /opt/sutazaiapp/logs:/logs
postgres            database  2    4g    postgres:16.3-alpine           10000:5432  /opt/sutazaiapp/data/postgres:/data
redis               cache     0.5  1g    redis:7.2-alpine               10001:6379  redis_data:/data
neo4j               graph     2    2g    neo4j:5.13-community           10002:7474  neo4j_data:/data
chromadb            vector    2    2g    chromadb/chroma:0.5.0          10100:8000  chromadb_data:/chroma
qdrant              vector    2    2g    qdrant/qdrant:v1.9.2           10101:6333  qdrant_data:/qdrant/storage
faiss               vector    1    1g    sutazai/faiss:v52              10103:8000  faiss_data:/data
litellm             proxy     1    1g    ghcr.io/berriai/litellm:1.44   10104:4000  -
autogpt             agent     1    2g    sutazai/autogpt:v52            -           /opt/sutazaiapp/workspace:/workspace
crewai              agent     2    4g    sutazai/crewai:v52             -           /opt/sutazaiapp/workspace:/workspace
jarvis              api       2    2g    sutazai/jarvis:v52             10020:8080  -
voice-processor     worker    1    1g    sutazai/voice-processor:v52    -           -
kong                proxy     1    1g    kong:3.4                       10005:8000  -
kong-database       database  0.25 256m  postgres:13-alpine             -           kong_data:/var/lib/postgresql/data
rabbitmq            queue     2    2g    rabbitmq:3-management          10007:5672  rabbitmq_data:/var/lib/rabbitmq
consul              mesh      0.5  512m  hashicorp/consul:1.17          10006:8500  -
mcp-server          proxy     2    1g    sutazai/mcp-server:v52         11100:8100  -
hardware-resource-optimizer agent 2 1g   sutazai/optimizer:v52          -           -
pytorch             ml        12   16g   sutazai/pytorch:v52            -           /opt/sutazaiapp/data/models:/models
tensorflow          ml        12   16g   sutazai/tensorflow:v52         -           /opt/sutazaiapp/data/models:/models
jax                 ml        12   16g   sutazai/jax:v52                -           /opt/sutazaiapp/data/models:/models
fsdp                ml        4    4g    sutazai/fsdp:v52               -           -
elasticsearch       search    -    4g    elasticsearch:8.11.0           10210:9200  es_data:/data
backup-runner       job       0.5  256m  sutazai/backup:v52             -           /opt/sutazaiapp/backups:/backups
"""
_UNLIMITED = """
agentgpt agentzero aider autogen awesome-code-ai browser-use code-improver context-framework dify documind finrobot
flowise gpt-engineer langflow letta llamaindex n8n opendevin pentestgpt privategpt semgrep service-hub shellgpt
skyvern tabbyml health-monitor
"""
_MONITORING = """
prometheus grafana loki promtail alertmanager node-exporter cadvisor blackbox-exporter postgres-exporter
redis-exporter ai-metrics-exporter jaeger kibana uptime-kuma
"""
_MESH = "service-discovery health-check-server service-mesh-orchestrator redis-service-mesh"
_HYGIENE = "hygiene-postgres hygiene-backend hygiene-dashboard hygiene-nginx hygiene-redis rule-control-api"
_PHASE_1 = """
adversarial-attack-detector agent-creator agent-debugger agent-orchestrator agentzero-coordinator ai-product-manager
ai-qa-team-lead ai-scrum-master ai-senior-backend-developer ai-senior-engineer ai-senior-frontend-developer
ai-senior-full-stack-developer ai-system-architect ai-system-validator ai-testing-qa-validator
cicd-pipeline-orchestrator compute-scheduler-optimizer cpu-hardware-optimizer deployment-automation-master
emergency-shutdown-coordinator
"""
_PHASE_2 = """
aider attention-optimizer autogen autogpt autonomous-task-executor bias-fairness-auditor
browser-automation-orchestrator code-generation-improver code-improver code-quality-gateway codebase-team-lead
cognitive-architecture-designer cognitive-load-monitor container-orchestrator-k3s container-vulnerability-scanner
crewai data-drift-detector data-lifecycle-manager data-version-controller deep-learning-brain-architect devika
edge-inference-proxy energy-consumption-optimizer ethical-governor
"""
_PHASE_3 = """
awesome-code-ai data-analysis-engineer data-pipeline-engineer dify-automation-specialist
distributed-computing-architect distributed-tracing-analyzer document-knowledge-manager edge-computing-optimizer
episodic-memory-engineer evolution-strategy-trainer experiment-tracker explainability-transparency
federated-learning-coordinator finrobot flowiseai-flow-manager garbage-collector-coordinator
genetic-algorithm-tuner goal-setting-planning-agent gpu-hardware-optimizer
"""
_AGENT_IMAGE = "python:3.11-slim"
_KINDS = {"prometheus": "search", "elasticsearch": "search", "cadvisor": "scraper", "loki": "search", "kibana": "web",
          "grafana": "web"}  # fmt: skip


def _core() -> list[Part]:
    parts = []
    for line in _CORE.strip().splitlines():
        service, kind, cpu, memory, image, ports, storage = line.split()
        host, _, inside = ports.partition(":")
        source, _, destination = storage.partition(":")
        parts.append(
            Part(
                service=service, kind=kind, image=image, name=f"sutazai-{service}",
                resources=resources(cpu, memory, by_quota=service == "neo4j"),
                published=int(host) if inside else 0, port=int(inside or 0),
                storage=((source, destination),) if destination else (),
                probed=kind not in ("job", "ml"),
            )
        )  # fmt: skip
    # The service is called frontend, its container is not: names and services differ in the real stack.
    frontend = Part("frontend", "web", resources("1", "2g"), "sutazai/frontend:v52", "sutazai-jarvis-frontend",
                    published=10011, port=8501)  # fmt: skip
    return [*parts, frontend]


def _named(words: str, kind: str, given: Resources, image: str = "", suffix: str = "") -> list[Part]:
    return [
        Part(
            service=word, kind=_KINDS.get(word, kind), resources=given,
            image=image or f"sutazai/{word}:v52",
            name=word + suffix if word.startswith(("hygiene-", "rule-")) else f"sutazai-{word}{suffix}",
        )
        for word in words.split()
    ]  # fmt: skip


def _scaled() -> list[Part]:
    """Services without a fixed name or port: these Compose can scale."""
    return [
        Part("celery-worker", "worker", resources("1", "1g"), "sutazai/backend:v52", clones=3, probed=False),
        Part("embedding-worker", "worker", resources("1", "1g"), "sutazai/embedding:v52", clones=2, probed=False),
    ]


def swarm_parts() -> list[Part]:
    """Give the services of the Swarm stack: replicated ones and a global one."""
    return [
        Part("backend", "api-replica", resources("2", "4g"), "sutazai/backend:v52", project=STACK, clones=2, port=8000),
        Part("crewai", "agent", resources("1", "2g"), "sutazai/crewai:v52", project=STACK, clones=3),
        Part("autogpt", "agent", resources("1", "2g"), "sutazai/autogpt:v52", project=STACK, clones=2),
        Part("nginx-lb", "proxy", resources("0.5", "256m"), "nginx:alpine", project=STACK, clones=2, port=80),
        Part("node-agent", "scraper", resources("0.25", "128m"), "sutazai/node-agent:v52", project=STACK,
             global_mode=True),
    ]  # fmt: skip


def compose_parts() -> list[Part]:
    """Give every Compose service, of the stack and of the stranger beside it."""
    stranger = [
        Part("app", "web", resources("-", "-"), "nextcloud:29", project=STRANGER, published=8443, port=80,
             storage=(("nextcloud_html", "/var/www/html"),)),
        Part("db", "database", resources("-", "512m"), "mariadb:11", project=STRANGER,
             storage=(("nextcloud_db", "/var/lib/mysql"),)),
        Part("cron", "idle", resources("-", "-"), "nextcloud:29", project=STRANGER),
    ]  # fmt: skip
    return [
        *_core(),
        *_named(_UNLIMITED, "tool", resources("-", "-")),
        *_named(_MONITORING, "scraper", resources("-", "-")),
        *_named(_MESH, "mesh", resources("0.5", "512m")),
        *_named(_HYGIENE, "idle", resources("-", "-")),
        *_named(_PHASE_1, "idle", resources("1", "512m"), _AGENT_IMAGE, "-phase1"),
        *_named(_PHASE_2, "idle", resources("0.5", "512m"), _AGENT_IMAGE, "-phase2"),
        *_named(_PHASE_3, "idle", resources("0.5", "512m"), _AGENT_IMAGE, "-phase3"),
        *_scaled(),
        *stranger,
    ]


def plain_parts() -> list[Part]:
    """Give containers that nobody's file defines: leaked clones with Docker's own names, and a build cache."""
    return [
        Part("", "idle", Resources(), "mcp/fetch:latest", "quirky_hopper", "", probed=False),
        Part("", "idle", Resources(), "mcp/fetch:latest", "jolly_mirzakhani", "", probed=False),
        Part("", "idle", Resources(), "mcp/sequentialthinking:latest", "nervous_cerf", "", probed=False),
        Part("", "idle", Resources(), "mcp/sequentialthinking:latest", "upbeat_noyce", "", probed=False),
        Part("", "tool", Resources(), "sutazai/ollama-integration:v52", "sutazai-ollama-integration", "", probed=False),
        Part("", "idle", Resources(), "moby/buildkit:buildx-stable-1", "buildx_buildkit_sutazai-builder0", "",
             storage=(("buildx_buildkit_sutazai-builder0_state", "/var/lib/buildkit"),), probed=False),
    ]  # fmt: skip
