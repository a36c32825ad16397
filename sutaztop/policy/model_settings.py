"""Where a model server's own settings ask for more memory than its container may have.

Read from the container's environment, three keys of it and nothing else. The default of
OLLAMA_MAX_LOADED_MODELS without a GPU is 3, that of OLLAMA_NUM_PARALLEL 1, that of
OLLAMA_KEEP_ALIVE five minutes (Ollama 0.11 and later).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sutaztop.domain.container import Container
from sutaztop.domain.finding import Evidence, Finding, Severity, Subject
from sutaztop.domain.llm import InstalledModel, ModelServer
from sutaztop.domain.profile import Thresholds
from sutaztop.domain.quantity import Bytes, span_words
from sutaztop.domain.reading import measured
from sutaztop.domain.snapshot import ContainerSnapshot, Snapshot
from sutaztop.policy.model_plan import keep_alive_seconds
from sutaztop.policy.severity import Ranked, is_over
from sutaztop.policy.wording import count, memory

DEFAULT_LOADED, DEFAULT_PARALLEL, DEFAULT_KEEP = 3, 1, 300
LONG = 3600
"""Seconds of rest after which keeping a model is no longer for whoever asks next."""
CONTEXT_SHARE = 4
"""Where a model was never seen loaded, each request that it serves at once is taken to cost this part of its file.

The key-value cache is layers × heads × context, which the list of models does not tell; of models
of 3 to 8 billion parameters with a context of 4096 it is a tenth to a half of a four-bit file.
"""
_MOST = 64


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """What the environment says, or the server's defaults; ``given`` names the keys that were read."""

    loaded: int
    parallel: int
    keep: int
    given: frozenset[str]

    @classmethod
    def of(cls, container: Container) -> "ServerSettings":
        """Read a container's environment. What is no number counts as not given, as it does for the server."""
        environment = dict(container.environment)
        loaded = _whole(environment, "OLLAMA_MAX_LOADED_MODELS")
        parallel = _whole(environment, "OLLAMA_NUM_PARALLEL")
        keep = keep_alive_seconds(environment.get("OLLAMA_KEEP_ALIVE", ""))
        values = {"OLLAMA_MAX_LOADED_MODELS": loaded, "OLLAMA_NUM_PARALLEL": parallel, "OLLAMA_KEEP_ALIVE": keep}
        return cls(
            loaded or DEFAULT_LOADED, parallel or DEFAULT_PARALLEL, DEFAULT_KEEP if keep is None else keep,
            frozenset(key for key, value in values.items() if value),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Need:
    """A model with what it takes loaded."""

    name: str
    size: Bytes


def settings_findings(snapshot: Snapshot, thresholds: Thresholds) -> Iterator[Ranked]:
    """Give the conflicts of each server whose container is known and has a memory limit."""
    for server in snapshot.models:
        container = snapshot.by_id.get(server.container_id)
        limit = container.container.resources.limits.memory if container is not None else None
        if container is None or not limit:
            continue
        settings = ServerSettings.of(container.container)
        needs = _needs(server, settings)
        # What a GPU holds now, it can hold of others too.
        room = limit + sum(min(it.size, it.size_vram) for it in server.loaded)
        for word, text, evidence in _conflicts(needs, settings, limit, room):
            subject = Subject("model", server.endpoint, container.display_name or container.container.name)
            yield container.tier.rank, Finding(subject, _severity(container, thresholds), word, text, evidence)


def _severity(container: ContainerSnapshot, thresholds: Thresholds) -> Severity:
    """Warn only where memory is short already: a promise hurts when it is called in, and is told until then."""
    share = measured(container.usage.memory_utilization)
    hurts = container.oom_killed or (share is not None and is_over(share, thresholds.memory_warning))
    return Severity.WARNING if hurts else Severity.OK


def _needs(server: ModelServer, settings: ServerSettings) -> Sequence[_Need]:
    """Give the installed models, the largest first, each with what it takes: as seen, or by a rule of thumb."""
    seen = {it.name: it.size for it in server.loaded}
    needs = [_Need(it.name, _loaded_size(it, seen, settings)) for it in server.installed if not it.remote]
    return sorted(needs, key=lambda it: (-it.size, it.name))


def _loaded_size(it: InstalledModel, seen: Mapping[str, Bytes], settings: ServerSettings) -> Bytes:
    return max(it.size, seen.get(it.name) or Bytes(it.size + it.size * settings.parallel // CONTEXT_SHARE))


def _conflicts(
    needs: Sequence[_Need], settings: ServerSettings, limit: Bytes, room: int
) -> Iterator[tuple[str, str, tuple[Evidence, ...]]]:
    together = needs[: settings.loaded]
    total = sum(it.size for it in together)
    if not together or total <= room:
        return
    evidence = (Evidence("needed at once", memory(total)), Evidence("limit", memory(limit)))
    serving = f", {settings.parallel} requests at once each" if settings.parallel > 1 else ""
    if together[0].size > room:
        largest = f"{together[0].name} takes about {memory(together[0].size)} loaded{serving}"
        text = f"{largest}, over the limit of {memory(limit)}"
        yield "TOO LARGE", text, evidence
    if len(together) > 1:
        named = ", ".join(f"{it.name} {memory(it.size)}" for it in together)
        default = "" if "OLLAMA_MAX_LOADED_MODELS" in settings.given else " by default"
        text = (
            f"{count(len(together), 'model')} at once take about {memory(total)} of a limit of {memory(limit)}, and "
            f"OLLAMA_MAX_LOADED_MODELS allows them{default}{serving}: {named}"
        )
        yield "MODELS>LIMIT", text, evidence
    if len(together) > 1 and together[0].size + together[1].size > room and not 0 <= settings.keep < LONG:
        kept = "for ever" if settings.keep < 0 else span_words(settings.keep)
        pair = memory(together[0].size + together[1].size)
        text = (
            f"OLLAMA_KEEP_ALIVE keeps each model {kept} after it was last asked, and the two largest take about "
            f"{pair} of a limit of {memory(limit)}: the second waits, or the kernel kills"
        )
        yield "KEEP-ALIVE", text, (*evidence, Evidence("keep alive", kept))


def _whole(environment: Mapping[str, str], key: str) -> int | None:
    text = environment.get(key, "").strip()
    return min(int(text), _MOST) if text.isascii() and text.isdigit() and len(text) < 6 else None
