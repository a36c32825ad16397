"""Language models: loaded ones hold memory, installed ones hold disk. The two are never mixed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sutaztop.domain.quantity import Bytes

# Ollama writes "for ever" as now + 292 years (the largest Go duration).
PINNED_AFTER = timedelta(days=365 * 100)


class Activity(StrEnum):
    """What can be told of a loaded model from outside; the server has no in-flight count."""

    IDLE = "idle"
    BUSY_OR_STOPPING = "busy or stopping"
    """Its expiry lies in the past: a request is running, or an unload is under way."""


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model in memory (``/api/ps``).

    ``size`` is all it takes, ``size_vram`` the part on a GPU. ``expires_at`` is when the server
    will unload it if nothing asks for it; it is refreshed when requests end, so during a long
    answer it may lie in the past. ``context_length`` is ``None`` before Ollama 0.10.
    """

    name: str
    size: Bytes
    size_vram: Bytes = Bytes(0)
    context_length: int | None = None
    expires_at: datetime | None = None
    digest: str = ""
    family: str = ""
    parameter_size: str = ""
    quantization: str = ""

    def is_pinned(self, now: datetime) -> bool:
        """Whether it was loaded to stay (``keep_alive`` negative)."""
        return self.expires_at is not None and self.expires_at - now > PINNED_AFTER

    def activity(self, now: datetime) -> Activity:
        """Tell idle from busy or stopping by the expiry time."""
        if self.expires_at is not None and self.expires_at <= now:
            return Activity.BUSY_OR_STOPPING
        return Activity.IDLE


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """A model on disk (``/api/tags``). ``remote`` marks a cloud model, which is never loaded here."""

    name: str
    size: Bytes
    modified_at: datetime | None = None
    digest: str = ""
    family: str = ""
    parameter_size: str = ""
    quantization: str = ""
    remote: bool = False


@dataclass(frozen=True, slots=True)
class ModelServer:
    """An Ollama server: where it answers and what it holds.

    ``container_id`` is the container it is believed to run in, or empty. ``trouble`` is empty
    after a success; otherwise it says why this server, one of several, was not read this time,
    and the lists are the last good ones.
    """

    endpoint: str
    version: str = ""
    loaded: tuple[LoadedModel, ...] = ()
    installed: tuple[InstalledModel, ...] = ()
    container_id: str = ""
    trouble: str = ""
