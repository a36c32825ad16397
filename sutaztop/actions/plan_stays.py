"""From a wish to keep a model to a plan: what it holds, what it will take, and for how long. Pure."""

import re

from sutaztop.actions.commands import equivalent_command
from sutaztop.actions.guard import NO_CHANGE
from sutaztop.actions.words import about, reason_of
from sutaztop.domain.change import Plan, PreviewRow, Refusal
from sutaztop.domain.frame import Frame
from sutaztop.domain.intent import KeepModel
from sutaztop.domain.lifecycle import FOR_EVER, ChangeStay
from sutaztop.domain.llm import InstalledModel, LoadedModel, ModelServer
from sutaztop.domain.quantity import Bytes, Seconds
from sutaztop.domain.reading import measured
from sutaztop.domain.snapshot import ContainerSnapshot, Snapshot
from sutaztop.domain.verbs import Stay

DEFAULT_KEEP_ALIVE = Seconds(300.0)
"""Ollama's own, where OLLAMA_KEEP_ALIVE says nothing else."""
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(h|ms|us|µs|ns|m|s)")


def parse_keep_alive(text: str) -> Seconds | None:
    """Read OLLAMA_KEEP_ALIVE: seconds, or a Go duration; negative is for ever. ``None`` for anything else.

    >>> parse_keep_alive("24h"), parse_keep_alive("1m30s"), parse_keep_alive("-1"), parse_keep_alive("soon")
    (86400.0, 90.0, -1.0, None)
    """
    text = text.strip()
    if re.fullmatch(r"-?\d{1,9}", text):
        return Seconds(float(text)) if int(text) >= 0 else FOR_EVER
    if text.startswith("-"):
        return FOR_EVER if parse_keep_alive(text[1:]) is not None else None
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return Seconds(sum(float(number) * _UNITS[unit] for number, unit in parts))


def plan_stay(intent: KeepModel, frame: Frame, why: str) -> Plan | Refusal:
    """Plan how long a model stays, or say why there is no plan."""
    servers = [it for it in frame.snapshot.models if it.endpoint == intent.endpoint]
    if not servers:
        return Refusal("no model server", f"No Ollama is known at {intent.endpoint} any more.", "Look again.")
    server = servers[0]
    loaded = next((it for it in server.loaded if it.name == intent.model), None)
    if intent.stay is Stay.PRELOAD:
        return _plan_preload(intent, server, loaded, frame, why)
    if loaded is None:
        return Refusal(
            "not loaded", f"{intent.model} is not loaded at {intent.endpoint}.", "Preload it first, then pin it."
        )
    return _plan_pin(intent, server, loaded, frame, why)


def _plan_pin(intent: KeepModel, server: ModelServer, loaded: LoadedModel, frame: Frame, why: str) -> Plan | Refusal:
    now, pin = frame.snapshot.at, intent.stay is Stay.PIN
    if loaded.is_pinned(now) is pin:
        return Refusal(NO_CHANGE, f"{loaded.name} is {'pinned already' if pin else 'not pinned'}.")
    told = _server_default(server, frame.snapshot)
    default = told if told is not None and told >= 0 else DEFAULT_KEEP_ALIVE
    change = ChangeStay(
        intent.endpoint, loaded.name, loaded.name, intent.stay, loaded.size, FOR_EVER if pin else default,
        loaded.context_length, default,
    )  # fmt: skip
    risks = [f"{about(loaded.size)} stay taken until somebody unloads it or the server ends."] if pin else []
    if not pin and told is not None and told < 0:
        risks.append("The server's own default is for ever (OLLAMA_KEEP_ALIVE): the next load pins it again.")
    if pin:
        risks.append("A request that names a keep_alive of its own ends it.")
    if loaded.context_length is None:
        risks.append("Its context length is not known: if it is not the server's default, it is loaded anew for this.")
    stays = _stays(default)
    return Plan(
        title=f"{'Pin' if pin else 'Unpin'} {loaded.name}",
        object=f"model {loaded.name} on {intent.endpoint}",
        change=change,
        rows=(
            PreviewRow("stays", _stays_now(loaded, frame) if pin else "for ever", "for ever" if pin else stays),
            PreviewRow("memory", about(loaded.size), "the same"),
        ),
        same_as=equivalent_command(change),
        why=why or reason_of(frame, loaded.name),
        does="asks Ollama with an empty request to keep it "
        + ("until it is unloaded (keep_alive -1)" if pin else f"{stays} and no longer for ever"),
        risks=tuple(risks),
        undo=equivalent_command(change.inverse),
    )


def _plan_preload(
    intent: KeepModel, server: ModelServer, loaded: LoadedModel | None, frame: Frame, why: str
) -> Plan | Refusal:
    if loaded is not None:
        return Refusal(NO_CHANGE, f"{loaded.name} is loaded already.")
    model = next((it for it in server.installed if it.name == intent.model), None)
    if model is None:
        return Refusal(
            "not installed", f"{intent.model} is not installed at {intent.endpoint}.", "Pull it there first."
        )
    if model.remote:
        return Refusal("cloud model", f"{model.name} runs elsewhere and is never loaded here.")
    home = frame.snapshot.by_id.get(server.container_id)
    refusal = _refuse_size(model, server, home, frame.snapshot)
    if refusal is not None:
        return refusal
    change = ChangeStay(intent.endpoint, model.name, model.name, intent.stay, model.size)
    return Plan(
        title=f"Preload {model.name}",
        object=f"model {model.name} on {intent.endpoint}",
        change=change,
        rows=(PreviewRow("loaded", "not loaded", f"at least {about(model.size)}", _room(home, frame.snapshot)),),
        same_as=equivalent_command(change),
        why=why,
        does="asks Ollama with an empty request to load it; it stays as long as the server's default says",
        risks=tuple(_preload_risks(model, server, home, frame.snapshot)),
        undo=equivalent_command(change.inverse),
    )


def _refuse_size(
    model: InstalledModel, server: ModelServer, home: ContainerSnapshot | None, snapshot: Snapshot
) -> Refusal | None:
    """Refuse what cannot fit. With a GPU in use nobody can tell from here where it will go."""
    if _has_gpu(server):
        return None
    limit = home.container.resources.limits.memory if home is not None else None
    if home is not None and limit is not None and model.size > limit:
        return Refusal(
            "container memory",
            f"{model.name} takes at least {about(model.size)}; {home.container.name} may use {about(limit)}.",
            f"Raise its memory limit over {about(model.size)} first, or take a smaller model.",
        )
    available = measured(snapshot.host.memory_available) if home is not None else None
    if available is not None and model.size > available:
        return Refusal(
            "host memory",
            f"{model.name} takes at least {about(model.size)}; the host has {about(available)} available.",
            f"Unload another model first: one of up to {about(available)} fits now.",
        )
    return None


def _preload_risks(
    model: InstalledModel, server: ModelServer, home: ContainerSnapshot | None, snapshot: Snapshot
) -> list[str]:
    risks = [f"Its file is {about(model.size)}; context and buffers come on top. It takes seconds to minutes."]
    if _has_gpu(server):
        risks.append("A GPU is in use: what does not fit there goes to the host's memory.")
    limit = home.container.resources.limits.memory if home is not None else None
    held = measured(home.usage.memory) if home is not None else None
    if limit is not None and held is not None and model.size > limit - held:
        risks.append(
            f"Its container holds {about(held)} of its limit of {about(limit)}: "
            f"with {about(model.size)} more the kernel may kill in it."
        )
    available = measured(snapshot.host.memory_available)
    if home is not None and available is not None and model.size * 1.2 > available:
        risks.append(f"The host has {about(available)} available: hardly more than the file.")
    if server.loaded:
        names = ", ".join(it.name for it in server.loaded[:4])
        risks.append(f"Where memory does not suffice, Ollama unloads what is idle: {names}.")
    return risks


def _room(home: ContainerSnapshot | None, snapshot: Snapshot) -> str:
    available = measured(snapshot.host.memory_available)
    parts = [f"host has {about(available)} available"] if available is not None else []
    limit = home.container.resources.limits.memory if home is not None else None
    if home is not None and limit is not None:
        held = measured(home.usage.memory)
        parts.append(f"{home.container.name} holds {about(held) if held is not None else '?'} of {about(limit)}")
    return ", ".join(parts)


def _has_gpu(server: ModelServer) -> bool:
    return any(it.size_vram for it in server.loaded)


def _server_default(server: ModelServer, snapshot: Snapshot) -> Seconds | None:
    """Give the server's own ``keep_alive`` where its container's environment tells it."""
    home = snapshot.by_id.get(server.container_id)
    told = dict(home.container.environment).get("OLLAMA_KEEP_ALIVE", "") if home is not None else ""
    return parse_keep_alive(told)


def _stays_now(loaded: LoadedModel, frame: Frame) -> str:
    if loaded.expires_at is None:
        return "as the server decides"
    left = max(0.0, (loaded.expires_at - frame.snapshot.at).total_seconds())
    return f"{_span(Seconds(left))} more"


def _stays(seconds: Seconds) -> str:
    return f"{_span(seconds)} after each request"


def _span(seconds: Seconds) -> str:
    return (
        f"{seconds:.0f} s"
        if seconds < 120
        else f"{seconds / 60:.0f} min"
        if seconds < 7200
        else f"{seconds / 3600:.0f} h"
    )


def held_by(home: ContainerSnapshot | None) -> Bytes:
    """Give a container's working set, 0 where it is not known."""
    return (measured(home.usage.memory) or Bytes(0)) if home is not None else Bytes(0)
