"""Language models as lines: the loaded ones hold memory, the installed ones hold disk."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sutaztop.domain.frame import Frame
from sutaztop.domain.llm import Activity, LoadedModel, ModelServer
from sutaztop.domain.quantity import Bytes, span_words
from sutaztop.render.boxes import heading, join
from sutaztop.render.cells import SEVERITY_TONE, Line, Span, Tone, fit, fit_line
from sutaztop.render.format import bytes_text
from sutaztop.render.look import Look

_CONFLICTS = ("TOO LARGE", "MODELS>LIMIT", "KEEP-ALIVE")
"""Findings on a server's own settings."""


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A loaded model with the server that holds it. ``key`` identifies it for a selection."""

    server: ModelServer
    model: LoadedModel

    @property
    def key(self) -> str:
        """Server and name: one model may be loaded in two servers."""
        return f"{self.server.endpoint} {self.model.name}"


def model_rows(frame: Frame) -> list[ModelRow]:
    """List loaded models, largest first."""
    rows = [ModelRow(server, model) for server in frame.snapshot.models for model in server.loaded]
    return sorted(rows, key=lambda row: (-row.model.size, row.key))


def models_title(frame: Frame, *, active: bool = False) -> Line:
    """Write where, how many are loaded, and of how many installed."""
    servers = frame.snapshot.models
    if not servers:
        return heading(["Models"], active=active)
    where = servers[0].endpoint.partition("//")[2] or servers[0].endpoint
    if len(servers) > 1:
        where = f"{len(servers)} servers"
    return heading(["Models", where, _count(servers)], active=active)


def models_lines(frame: Frame, width: int, height: int, look: Look) -> list[Line]:
    """Write the loaded models, then what is installed. The first lines match ``model_rows``."""
    servers = frame.snapshot.models
    trouble = _trouble(frame)
    if not servers:
        return [(Span(trouble or "No Ollama server has answered.", Tone.MUTED),)]
    rows = model_rows(frame)
    lines = [_loaded_line(row.model, width, look.now) for row in rows]
    if not rows:
        lines = [(Span("none loaded: no memory held", Tone.MUTED),)]
    after: list[Line] = [(Span(trouble, Tone.WARNING),)] if trouble else []
    after += _advice_lines(frame, width)
    after.append(_installed_line(servers, width))
    # What holds memory comes first; of the rest as much as there is room for, and one line always.
    after = after[: max(1, height - len(lines))]
    return [*lines[: max(1, height - len(after))], *after][:height]


def models_strip(frame: Frame) -> Line:
    """Write the models in a few words."""
    if not frame.snapshot.models:
        return ()
    rows = model_rows(frame)
    held = Bytes(sum(row.model.size for row in rows))
    return (Span("models ", Tone.MUTED), Span(f"{len(rows)} loaded"),
            Span(f" · {bytes_text(held)}" if rows else "", Tone.MUTED))  # fmt: skip


def expiry_words(model: LoadedModel, now: datetime) -> str:
    """Say when a loaded model will leave memory by itself."""
    if model.expires_at is None:
        return "expiry unknown"
    if model.is_pinned(now):
        return "pinned"
    left = (model.expires_at - now).total_seconds()
    return f"expires in {span_words(left)}" if left > 0 else "expired"


def _count(servers: Sequence[ModelServer]) -> str:
    loaded = sum(len(server.loaded) for server in servers)
    return f"{loaded} loaded of {sum(len(server.installed) for server in servers)}"


def _trouble(frame: Frame) -> str:
    for report in frame.snapshot.reports:
        if report.name.startswith(("ollama", "models")) and report.trouble is not None:
            return str(report.trouble)
    return ""


def _place(model: LoadedModel) -> str:
    if not model.size or not model.size_vram:
        return "cpu"
    return f"gpu {min(1.0, model.size_vram / model.size) * 100:.0f} %"


def _loaded_line(model: LoadedModel, width: int, now: datetime) -> Line:
    busy = model.activity(now) is Activity.BUSY_OR_STOPPING
    name = max(12, min(28, width - 44))
    spans = [
        Span(fit(model.name, name) + " ", Tone.STRONG),
        Span(fit(bytes_text(model.size), 9, right=True)),
        Span(fit(f"  {_place(model)}", 12), Tone.PLAIN if model.size_vram else Tone.MUTED),
        Span(Activity.BUSY_OR_STOPPING if busy else "idle ", Tone.ACCENT if busy else Tone.MUTED),
        Span("" if busy else f" {expiry_words(model, now)}", Tone.WARNING if model.is_pinned(now) else Tone.MUTED),
    ]
    if model.context_length is not None:
        spans.append(Span(f"  ctx {model.context_length}", Tone.MUTED))
    return fit_line(spans, width)


def _advice_lines(frame: Frame, width: int) -> list[Line]:
    """Say what unloading the best candidate frees, and what the last unload gave back."""
    from sutaztop.policy.llms import unload_words
    from sutaztop.policy.model_plan import unload_candidates

    lines: list[Line] = []
    best = next(iter(unload_candidates(frame.snapshot, frame.history)), None)
    if best is not None:
        container = frame.snapshot.by_id.get(best.server.container_id)
        limit = container.container.resources.limits.memory if container is not None else None
        whole = f" of {bytes_text(limit)}" if limit else ""
        idle = f"idle for at least {span_words(best.idle)}" if best.idle else ""
        words = [
            (Span(f"unloading {best.model.name} frees about {bytes_text(best.frees)}{whole}", Tone.MUTED),),
            *([(Span(idle, Tone.MUTED),)] if idle else []),
            (Span(best.cost.words, Tone.MUTED),),
        ]
        lines.append(join(words, width, " · "))
    told = [it for it in frame.snapshot.watch.unloads if it.freed is not None and it.predicted]
    if told:
        lines.append(join([(Span(f"{told[-1].model} unloaded", Tone.MUTED),),
                           (Span(unload_words(told[-1]), Tone.MUTED),)], width, " · "))  # fmt: skip
    conflicts = [it for it in frame.findings if it.word in _CONFLICTS]
    return [*lines, *(fit_line((Span(it.text, SEVERITY_TONE[it.severity]),), width) for it in conflicts)]


def _installed_line(servers: Sequence[ModelServer], width: int) -> Line:
    loaded = {model.name for server in servers for model in server.loaded}
    resting = [model for server in servers for model in server.installed if model.name not in loaded]
    size = Bytes(sum(model.size for model in resting if not model.remote))
    names = ", ".join(model.name for model in resting[:6])
    return join([
        (Span(f"installed, not loaded: {len(resting)}", Tone.MUTED),),
        (Span(f"{bytes_text(size)} of disk", Tone.MUTED),),
        (Span(names, Tone.MUTED),),
    ], width, " · ")  # fmt: skip
