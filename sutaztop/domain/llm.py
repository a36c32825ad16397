"""Language models: loaded ones hold memory, installed ones hold disk. The two are never mixed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

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

    @property
    def on_host(self) -> Bytes:
        """The part in the host's memory: what unloading it frees there."""
        return Bytes(max(0, self.size - self.size_vram))

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


@dataclass(frozen=True, slots=True)
class MemoryAround:
    """The memory around a server at one time: what the host has available, and its container's working set."""

    available: Bytes | None = None
    held: Bytes | None = None


@dataclass(frozen=True, slots=True)
class ObservedUnload:
    """A model that left memory, whoever saw to it.

    ``predicted`` is what that should free of the host's memory: its size less its part on a GPU.
    ``after`` is ``None`` until memory has had time to come back. ``is_alone`` is false where another
    model of the server came or went in between: the figures then tell nothing of this one.
    """

    at: datetime
    endpoint: str
    model: str
    predicted: Bytes
    container_id: str = ""
    before: MemoryAround = MemoryAround()
    after: MemoryAround | None = None
    is_alone: bool = True

    @property
    def freed(self) -> int | None:
        """Bytes that came back: of the container's working set, or of the host where no container is known."""
        if self.after is None or not self.is_alone:
            return None
        if self.before.held is not None and self.after.held is not None:
            return self.before.held - self.after.held
        if self.before.available is not None and self.after.available is not None:
            return self.after.available - self.before.available
        return None


_NEVER_ASKED: Mapping[tuple[str, str], tuple[datetime | None, datetime]] = MappingProxyType({})
_NO_MEMORY: Mapping[str, MemoryAround] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ModelWatch:
    """What watching the servers from snapshot to snapshot shows and no single reading does.

    ``expiries`` are keyed by endpoint and model: the expiry last read, and since when it has been
    that; a server moves it whenever a request ends. ``memory`` is keyed by endpoint and is from when
    its models were last read.
    """

    expiries: Mapping[tuple[str, str], tuple[datetime | None, datetime]] = field(default_factory=lambda: _NEVER_ASKED)
    memory: Mapping[str, MemoryAround] = field(default_factory=lambda: _NO_MEMORY)
    unloads: tuple[ObservedUnload, ...] = ()

    def idle_seconds(self, endpoint: str, model: str, now: datetime) -> int:
        """Give for how long no request for a loaded model has ended, at the least: 0 where it was just seen first."""
        known = self.expiries.get((endpoint, model))
        return 0 if known is None else max(0, int((now - known[1]).total_seconds()))


NOTHING_WATCHED = ModelWatch()
