"""Which loaded model to let go first, what that frees, and what loading it again costs.

Ranked by memory freed times rest, over the cost of loading again: a large model at rest goes
before a small one, and one that is back in seconds before one that takes a minute. Whole
numbers; the same in any order of servers and models.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from posixpath import normpath

from sutaztop.domain.disk import Medium
from sutaztop.domain.frame import HistoryView
from sutaztop.domain.llm import Activity, LoadedModel, ModelServer
from sutaztop.domain.quantity import MIB, Bytes, Seconds, span_words
from sutaztop.domain.snapshot import Disks, Snapshot
from sutaztop.policy.wording import memory

START_SECONDS = 2
"""What a runner takes to start, whatever it loads: so that the tiny model is not always the cheapest to lose."""
_SPEEDS = {Medium.SSD: 500 * MIB, Medium.HDD: 120 * MIB}
"""Bytes a second that a disk of its kind reads in sequence, where nothing better was seen."""
_UNKNOWN_SPEED = 500 * MIB
_LEAST_SEEN = 50 * MIB
"""A container that reads less than this a second is loading nothing."""
_TEN_MINUTES, _BUCKET = 120, Seconds(5.0)


@dataclass(frozen=True, slots=True)
class LoadCost:
    """What it takes to have a model back. ``basis`` says where the speed is from; empty where it is not known."""

    size: Bytes
    seconds: int
    basis: str

    @property
    def words(self) -> str:
        """Say it: "about 9 s to load again (3.6 GiB from SSD)"."""
        if not self.basis:
            return f"loading {memory(self.size)} again takes a time that is not known"
        return f"about {span_words(self.seconds)} to load {memory(self.size)} again ({self.basis})"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model that may be unloaded. ``idle`` is for how many seconds no request has ended, at the least."""

    server: ModelServer
    model: LoadedModel
    frees: Bytes
    idle: int
    cost: LoadCost

    @property
    def worth(self) -> int:
        """The rank: the higher, the sooner it should go."""
        return self.frees * max(1, self.idle) // max(1, self.cost.seconds)


def unload_candidates(snapshot: Snapshot, history: HistoryView) -> tuple[Candidate, ...]:
    """Rank the models that are idle and hold memory of the host, the best to unload first.

    Never a pinned one, nor one that is busy, nor any of a server that does not answer. What lies
    on a GPU frees nothing here.
    """
    found = [
        Candidate(
            server, model, model.on_host, snapshot.watch.idle_seconds(server.endpoint, model.name, snapshot.at),
            _cost(server, model, snapshot, history),
        )
        for server in snapshot.models if not server.trouble
        for model in server.loaded
        if model.on_host > 0
        and not model.is_pinned(snapshot.at)
        and model.activity(snapshot.at) is Activity.IDLE
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda it: (-it.worth, -it.frees, it.server.endpoint, it.model.name)))


def _cost(server: ModelServer, model: LoadedModel, snapshot: Snapshot, history: HistoryView) -> LoadCost:
    file = next((it.size for it in server.installed if it.name == model.name and not it.remote), model.size)
    speed, basis = _speed(server, snapshot, history)
    return LoadCost(file, START_SECONDS + -(-file // speed), basis)


def _speed(server: ModelServer, snapshot: Snapshot, history: HistoryView) -> tuple[int, str]:
    """Give bytes a second: as fast as its container was seen to read, else as disks of the kind do."""
    if server.container_id:
        reads = history.series(server.container_id, "block_read", points=_TEN_MINUTES, bucket=_BUCKET)
        seen = int(max((it for it in reads if it is not None), default=0))
        if seen >= _LEAST_SEEN:
            return seen, f"its container was seen to read {memory(seen)} a second"
    medium = _medium_of(server, snapshot)
    if medium in _SPEEDS:
        return _SPEEDS[medium], f"from {medium.upper()}, by what such disks read"
    return _UNKNOWN_SPEED, ""


def _medium_of(server: ModelServer, snapshot: Snapshot) -> Medium:
    """Give what the filesystem is made of on which the server's container keeps its models, where that is known."""
    container = snapshot.by_id.get(server.container_id)
    if container is None or snapshot.disks is None:
        return Medium.UNKNOWN
    sources = {normpath(it.source) for it in container.container.mounts if it.source and not it.read_only}
    return next(_media(sources, snapshot.disks), Medium.UNKNOWN)


def _media(sources: set[str], disks: Disks) -> Iterator[Medium]:
    kinds = {fs.mount_point: fs.medium for tier in disks.tiers for fs in tier.filesystems}
    for tree in (tree for tier in disks.tiers for it in tier.components for tree in it.trees):
        if tree.path in sources and (kind := kinds.get(tree.mount_point, Medium.UNKNOWN)) is not Medium.UNKNOWN:
            yield kind


_KEEP_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ns|us|µs|ms|s|m|h)")
_UNIT_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600}
_LONGEST_TEXT = 32
_MOST_SECONDS = 100 * 365 * 86_400
"""A hundred years is for ever."""


def keep_alive_seconds(text: str) -> int | None:
    """Read OLLAMA_KEEP_ALIVE: whole seconds or a Go duration; negative is for ever. ``None`` for what is neither.

    >>> keep_alive_seconds("24h"), keep_alive_seconds("1h30m"), keep_alive_seconds("300"), keep_alive_seconds("-1")
    (86400, 5400, 300, -1)
    >>> keep_alive_seconds("soon") is None
    True
    """
    cleaned = text.strip().strip("\"'")[:_LONGEST_TEXT]
    sign = -1 if cleaned.startswith("-") else 1
    cleaned = cleaned.lstrip("+-")
    if cleaned.isascii() and cleaned.isdigit():
        return sign * min(int(cleaned), _MOST_SECONDS)
    parts = _KEEP_PART.findall(cleaned)
    if not parts or "".join(number + unit for number, unit in parts) != cleaned:
        return None
    # Less than a second below zero is for ever, as any negative duration is.
    seconds = min(sum(float(number) * _UNIT_SECONDS[unit] for number, unit in parts), _MOST_SECONDS)
    return int(seconds) if sign > 0 else min(-1, -int(seconds))
