"""The scenarios: how each kind of container loads the host, and what differs when things go wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from sutaztop.demo.load import LoadShape
from sutaztop.domain.quantity import GIB, MIB

DEFAULT_SCENARIO = "busy"
"""Two warnings at once, an OOM kill that hides behind green after two minutes, room to act: a good first look."""

KINDS: Mapping[str, LoadShape] = {
    "llm": LoadShape(cores=0.08, anon=520 * MIB, cache=300 * MIB, network_rx=9e3, network_tx=4e4, block_read=2e4,
                     pids=34, kills_child=True, ripple=0.0),
    "api": LoadShape(cores=0.3, swing=0.3, period=240, burst=0.3, burst_every=70, anon=420 * MIB, cache=180 * MIB,
                     network_rx=4e4, network_tx=6e4, block_write=2e4, pids=22),
    "api-replica": LoadShape(cores=0.16, swing=0.3, period=180, burst=0.2, anon=300 * MIB, cache=60 * MIB,
                             network_rx=2e4, network_tx=3e4, pids=14),
    "database": LoadShape(cores=0.1, swing=0.25, period=420, burst=0.08, burst_every=60, anon=120 * MIB,
                          cache=160 * MIB, network_rx=2e4, network_tx=5e4, block_read=3e4, block_write=9e4, pids=18),
    "graph": LoadShape(cores=0.12, anon=700 * MIB, cache=420 * MIB, network_rx=6e3, network_tx=9e3,
                       block_read=1e4, block_write=2e4, pids=61),
    "cache": LoadShape(cores=0.04, anon=210 * MIB, cache=30 * MIB, network_rx=3e4, network_tx=4e4, pids=6),
    "vector": LoadShape(cores=0.07, burst=0.4, burst_every=150, burst_for=8, anon=230 * MIB, cache=300 * MIB,
                        network_rx=1e4, network_tx=1e4, block_read=4e4, block_write=2e4, pids=26),
    "proxy": LoadShape(cores=0.05, anon=110 * MIB, cache=40 * MIB, network_rx=3e4, network_tx=3e4, pids=12),
    "queue": LoadShape(cores=0.06, anon=260 * MIB, cache=40 * MIB, network_rx=2e4, network_tx=2e4, block_write=3e4,
                       pids=44),
    "mesh": LoadShape(cores=0.02, anon=70 * MIB, network_rx=5e3, network_tx=5e3, pids=14),
    "search": LoadShape(cores=0.06, swing=0.3, period=200, anon=300 * MIB, cache=500 * MIB, network_rx=3e4,
                        network_tx=8e3, block_write=1.2e5, pids=48),
    "web": LoadShape(cores=0.03, anon=120 * MIB, cache=60 * MIB, network_rx=1e3, network_tx=3e3, pids=16),
    "agent": LoadShape(cores=0.04, burst=0.3, burst_every=90, burst_for=12, anon=130 * MIB, cache=60 * MIB,
                       network_rx=4e3, network_tx=3e3, pids=19),
    "worker": LoadShape(cores=0.06, burst=0.4, burst_every=60, burst_for=9, anon=110 * MIB, cache=20 * MIB,
                        network_rx=9e3, network_tx=6e3, pids=9),
    "tool": LoadShape(cores=0.004, burst=0.06, burst_every=200, anon=40 * MIB, cache=24 * MIB, pids=8),
    "idle": LoadShape(cores=0.001, noise=0.5, burst=0.02, burst_every=300, burst_for=3, anon=20 * MIB,
                      cache=8 * MIB, network_rx=120, network_tx=90, pids=3),
    "scraper": LoadShape(cores=0.008, swing=0.1, burst=0.04, burst_every=15, burst_for=1.5, anon=46 * MIB,
                         network_rx=2e3, network_tx=9e3, pids=11),
    "ml": LoadShape(cores=0.01, anon=150 * MIB, cache=200 * MIB, pids=24),
    "job": LoadShape(cores=0.3, anon=60 * MIB, cache=120 * MIB, block_read=8e6, block_write=6e6, pids=4),
}  # fmt: skip
"""Every kind that the catalogue names."""


class Ailment(StrEnum):
    """What can be wrong with a container from the start."""

    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    """Its probe fails, for a reason that has nothing to do with load."""
    CRASHING = "crashing"
    """It starts, prints why it cannot run, and exits; its restart policy tries again for ever."""
    OOM_BEFORE = "oom before"
    """It was OOM-killed earlier today and is green again."""
    EXITED = "exited"
    """Somebody stopped it, cleanly, some hours ago."""
    FAILED = "failed"
    """It ended by itself, or was killed, and nobody started it again."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """What differs from a quiet day. Keys are container names, or ``stack_service`` for Swarm.

    ``outside_cores`` and ``outside_memory`` are what processes outside Docker take.
    ``models`` are the language models that are loaded when the world opens.
    ``models_growth`` is how fast the models' directory grows, in bytes per hour.
    """

    name: str
    meaning: str
    shapes: Mapping[str, LoadShape] = field(default_factory=dict)
    ailments: Mapping[str, Ailment] = field(default_factory=dict)
    oom_kills: Mapping[str, int] = field(default_factory=dict)
    models: tuple[str, ...] = ("llama3.2:3b",)
    loads_models: bool = False
    outside_cores: float = 0.25
    outside_memory: int = GIB
    models_used: float = 0.58
    models_growth: float = 0.02 * GIB


_STOPPED = dict.fromkeys(
    (
        "sutazai-jax", "sutazai-backup-runner", "sutazai-opendevin", "sutazai-pentestgpt", "sutazai-gpt-engineer",
        "sutazai-privategpt", "sutazai-skyvern", "rule-control-api", "hygiene-dashboard",
        "sutazai-code-improver-phase2", "sutazai-aider-phase2", "sutazai-autogen-phase2", "sutazai-devika-phase2",
        "sutazai-awesome-code-ai-phase3", "sutazai-finrobot-phase3", "sutazai-experiment-tracker-phase3",
        "sutazai-explainability-transparency-phase3", "sutazai-gpu-hardware-optimizer-phase3", "upbeat_noyce",
    ),
    Ailment.EXITED,
)  # fmt: skip

_BACKEND_HOT = replace(KINDS["api"], cores=1.9, swing=0.05, period=90, noise=0.12, burst=0.0, anon=1980 * MIB)
_KONG_LEAKING = replace(
    KINDS["proxy"], cores=0.28, anon=560 * MIB, ripple=0.0, leaked=360 * MIB, leak=0.7 * MIB, leak_most=620 * MIB,
    kills_child=True,
)  # fmt: skip
_POSTGRES = replace(KINDS["database"], cores=0.4, anon=900 * MIB, cache=420 * MIB, block_write=9e5, pids=64)

CALM = Scenario(
    "calm",
    "a healthy stack with almost nothing to say",
    shapes={"sutazai-postgres": replace(_POSTGRES, cores=0.2)},
    ailments=_STOPPED,
)
BUSY = Scenario(
    "busy",
    "backend throttled at its quota and Ollama near its memory limit; the rest is well",
    shapes={"sutazai-backend": _BACKEND_HOT, "sutazai-postgres": _POSTGRES, "sutazai-kong": _KONG_LEAKING},
    ailments=_STOPPED,
    models=("llama3.2:3b", "codellama:7b", "nomic-embed-text:latest"),
    loads_models=True,
    outside_cores=0.35,
    outside_memory=int(1.4 * GIB),
    models_used=0.74,
    models_growth=0.6 * GIB,
)
INCIDENT = Scenario(
    "incident",
    "Ollama OOM-killed and full, backend throttled, a hidden OOM kill, a failing probe, a restart loop, a disk filling",
    shapes={
        "sutazai-backend": replace(_BACKEND_HOT, cores=1.96),
        "sutazai-postgres": replace(_POSTGRES, cores=0.55),
        "sutazai-kong": replace(_KONG_LEAKING, cores=0.31, anon=1016 * MIB, leaked=0, leak=0.0),
        "sutazai-ollama": replace(KINDS["llm"], leak=0.9 * MIB, leak_most=900 * MIB),
        "sutazai_crewai": replace(KINDS["agent"], cores=0.06, burst=0.05),
    },
    ailments={
        **_STOPPED,
        "sutazai-letta": Ailment.UNHEALTHY,
        "sutazai-semgrep": Ailment.UNHEALTHY,
        "sutazai-agentzero-coordinator-phase1": Ailment.CRASHING,
        "sutazai-privategpt": Ailment.FAILED,
        "sutazai-skyvern": Ailment.FAILED,
        "sutazai-kong": Ailment.OOM_BEFORE,
        "sutazai-ollama": Ailment.OOM_BEFORE,
    },
    oom_kills={"sutazai-ollama": 2, "sutazai-kong": 1},
    models=("llama3.2:3b", "codellama:7b", "qwen2.5:1.5b"),
    loads_models=True,
    outside_cores=1.6,
    outside_memory=2 * GIB,
    models_used=0.955,
    models_growth=2.1 * GIB,
)
SCENARIOS: Mapping[str, Scenario] = {scenario.name: scenario for scenario in (CALM, BUSY, INCIDENT)}
