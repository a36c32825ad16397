"""Figures of a minute as columns: what graphs are drawn from, without measuring anything anew.

A tick is the figures of one snapshot, as ``history.memory.History`` takes them: those of the host, then of each running
container, ``GAP`` where nothing was measured or read anew. A minute is the columns of its ticks, with bytes of like
weight side by side, which packs well; and of each quarter minute the highest, as the codes of ``history.series``.
"""

import json
import zlib
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from sutaztop.domain.frame import HOST
from sutaztop.domain.reading import Unmeasured
from sutaztop.domain.snapshot import HostUsage, Snapshot, Usage
from sutaztop.history.memory import BRIEF_FIGURES, CONTAINER_FIGURES, HOST_FIGURES
from sutaztop.history.series import encode
from sutaztop.store.recording.inflate import inflate

if TYPE_CHECKING:
    from datetime import datetime

GAP = -1.0
"""No figure that is kept can be negative."""
VERSION = 1
FIGURES = (*CONTAINER_FIGURES, *BRIEF_FIGURES)
COARSE_NS = 15_000_000_000
"""A quarter of a minute, by the monotonic clock: the slots of the coarser rings are made of them."""
_HOST, _WIDTH = len(HOST_FIGURES), len(FIGURES)
_OF_HOST, _OF_CONTAINER = attrgetter(*HOST_FIGURES), attrgetter(*FIGURES)
_HARD = 6
_SIZE = 4


class Ticks:
    """Gives the figures of snapshots, each reading once."""

    def __init__(self) -> None:
        self._read_at: dict[str, datetime | None] = {}

    def of(self, snapshot: Snapshot) -> tuple[list[str], "array[float]"]:
        """Give the ids of running containers, and the host's figures and theirs after one another."""
        figures = array("f", self._figures(HOST, snapshot.host, _OF_HOST, _HOST))
        ids = []
        for it in snapshot.containers:
            if it.container.is_running:
                ids.append(it.container.id)
                figures.extend(self._figures(it.container.id, it.usage, _OF_CONTAINER, _WIDTH))
        if len(self._read_at) > 2 * len(ids) + 64:
            kept = {HOST, *ids}
            self._read_at = {key: at for key, at in self._read_at.items() if key in kept}
        return ids, figures

    def _figures(self, key: str, usage: Usage | HostUsage, of: "attrgetter[Any]", width: int) -> list[float]:
        read_at = usage.read_at
        if read_at is not None and read_at == self._read_at.get(key):
            # A slow collector's figures stand until it reads again; they were not taken a second time.
            return [GAP] * width
        self._read_at[key] = read_at
        return [GAP if isinstance(it, Unmeasured) else it for it in of(usage)]


def no_figures() -> "array[float]":
    """Give the figures of a tick at which nothing was measured and no container was running."""
    return array("f", [GAP]) * _HOST


def has_width(ids: Sequence[str], figures: "array[float]") -> bool:
    """Say whether a tick has as many figures as its containers take; a damaged one, or another version's, may not."""
    return len(figures) == _HOST + _WIDTH * len(ids)


class MinuteColumns:
    """The ticks of one minute, put together."""

    def __init__(self) -> None:
        self._times: array[int] = array("q")
        self._ids: list[list[str]] = []
        self._ticks: list[array[float]] = []

    def add(self, clock_ns: int, ids: list[str], figures: "array[float]") -> None:
        """Take one tick."""
        self._times.append(clock_ns)
        self._ids.append(ids)
        self._ticks.append(figures)

    def close(self) -> tuple[bytes, bytes]:
        """Give the minute packed: every reading, and the highest of each quarter minute."""
        ids = list(dict.fromkeys(it for tick in self._ids for it in tick))
        columns = self._columns(ids)
        slots = [it // COARSE_NS for it in self._times]
        bounds = [place for place, it in enumerate(slots) if place == 0 or it != slots[place - 1]]
        coarse = array("H")
        for place, column in enumerate(columns):
            if place < _HOST or (place - _HOST) % _WIDTH < len(CONTAINER_FIGURES):
                for start, end in zip(bounds, [*bounds[1:], len(slots)], strict=True):
                    highest = max(column[start:end])
                    coarse.append(0 if highest < 0 else encode(highest))
        header = {"v": VERSION, "ids": ids, "host": HOST_FIGURES}
        floats = array("f")
        for column in columns:
            floats.extend(column)
        raw = floats.tobytes()
        planes = b"".join(raw[place::_SIZE] for place in range(_SIZE))
        return (
            _packed({**header, "figures": FIGURES, "times": self._times.tolist()}, planes),
            _packed({**header, "figures": CONTAINER_FIGURES, "slots": [slots[it] for it in bounds]}, coarse.tobytes()),
        )

    def _columns(self, ids: list[str]) -> "list[array[float]]":
        count, width = len(self._ticks), _HOST + _WIDTH * len(ids)
        if all(it == ids for it in self._ids):
            whole = array("f")
            for tick in self._ticks:
                whole.extend(tick)
        else:
            # Some came or went within the minute: each tick's figures go where the minute has them.
            whole = array("f", [GAP]) * (count * width)
            place = {key: _HOST + _WIDTH * at for at, key in enumerate(ids)}
            for number, (tick, present) in enumerate(zip(self._ticks, self._ids, strict=True)):
                start = number * width
                whole[start : start + _HOST] = tick[:_HOST]
                for at, key in enumerate(present):
                    to, begin = start + place[key], _HOST + _WIDTH * at
                    whole[to : to + _WIDTH] = tick[begin : begin + _WIDTH]
        return [whole[at::width] for at in range(width)]


def _packed(header: dict[str, Any], body: bytes) -> bytes:
    return zlib.compress(json.dumps(header, separators=(",", ":")).encode() + b"\n" + body, _HARD)


@dataclass(frozen=True, slots=True)
class Minute:
    """A minute of figures, unpacked: ``times`` are monotonic nanoseconds of readings, or of the beginnings of slots."""

    times: Sequence[int]
    places: dict[tuple[str, str], int]
    values: "array[Any]"

    def column(self, key: str, figure: str) -> "array[Any] | None":
        """Give one figure's values, as many as there are times; ``None`` where the key or figure is not in it."""
        place = self.places.get((key, figure))
        count = len(self.times)
        return None if place is None else self.values[place * count : (place + 1) * count]


def unpack(body: bytes) -> Minute:
    """Unpack every reading of a minute. Raises ``ValueError``, ``zlib.error``."""
    header, planes = _header(body)
    quarter = len(planes) // _SIZE
    raw = bytearray(len(planes))
    for place in range(_SIZE):
        raw[place::_SIZE] = planes[place * quarter : (place + 1) * quarter]
    return Minute(header["times"], _places(header), array("f", bytes(raw)))


def unpack_coarse(body: bytes) -> Minute:
    """Unpack the highest codes of quarter minutes. Raises ``ValueError``, ``zlib.error``."""
    header, codes = _header(body)
    return Minute([it * COARSE_NS for it in header["slots"]], _places(header), array("H", codes))


def _header(body: bytes) -> tuple[dict[str, Any], bytes]:
    head, _, rest = inflate(body).partition(b"\n")
    header = json.loads(head)
    if header["v"] > VERSION:
        raise ValueError(f"figures are in format {header['v']}, this program reads up to {VERSION}")
    return header, rest


def _places(header: dict[str, Any]) -> dict[tuple[str, str], int]:
    return _places_of(tuple(header["host"]), tuple(header["ids"]), tuple(header["figures"]))


@lru_cache(maxsize=32)
def _places_of(host: tuple[str, ...], ids: tuple[str, ...], figures: tuple[str, ...]) -> dict[tuple[str, str], int]:
    """Give where columns are: one mapping for all minutes with the same containers, or it would outweigh them."""
    keys = [(HOST, it) for it in host]
    keys += [(key, it) for key in ids for it in figures]
    return {key: place for place, key in enumerate(keys)}
