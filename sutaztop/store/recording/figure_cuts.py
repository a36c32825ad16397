"""Figures of a minute cut: fewer containers, other ids, or only what lies before a time."""

import json
import zlib
from array import array
from collections.abc import Callable, Sequence

from sutaztop.domain.frame import HOST
from sutaztop.store.recording.columns import GAP, Minute, MinuteColumns, unpack, unpack_coarse
from sutaztop.store.recording.inflate import inflate

Rename = Callable[[str], str]
"""Gives the id that a container has in the copy; nothing for one that is left out."""


def cut_figures(body: bytes, rename: Rename, before_ns: int | None = None) -> tuple[bytes, bytes] | None:
    """Give a minute's figures and their coarse ones, without readings at or after a time; ``None`` for none left.

    Raises ``ValueError``, ``zlib.error``.
    """
    minute = unpack(body)
    host, ids, figures = _names(minute)
    columns = [minute.column(HOST, it) for it in host]
    kept = [(key, new) for key in ids if (new := rename(key))]
    columns += [minute.column(key, it) for key, _ in kept for it in figures]
    made, count = MinuteColumns(), 0
    for place, clock_ns in enumerate(minute.times):
        if before_ns is None or clock_ns < before_ns:
            tick = array("f", [GAP if it is None else it[place] for it in columns])
            made.add(clock_ns, [new for _, new in kept], tick)
            count += 1
    return made.close() if count else None


def cut_coarse(body: bytes, rename: Rename) -> bytes:
    """Give a minute's coarse figures. Raises ``ValueError``, ``zlib.error``."""
    head, _, codes = inflate(body).partition(b"\n")
    header = json.loads(head)
    minute = unpack_coarse(body)
    kept = [(key, new) for key in header["ids"] if (new := rename(key))]
    made = array("H")
    for it in header["host"]:
        made.extend(minute.column(HOST, it) or ())
    for key, _ in kept:
        for it in header["figures"]:
            made.extend(minute.column(key, it) or ())
    del codes
    header["ids"] = [new for _, new in kept]
    return zlib.compress(json.dumps(header, separators=(",", ":")).encode() + b"\n" + made.tobytes(), 6)


def _names(minute: Minute) -> tuple[Sequence[str], Sequence[str], Sequence[str]]:
    """Give the figures of the host, the ids, and the figures of each, in their order."""
    host = [figure for key, figure in minute.places if key == HOST]
    ids = list(dict.fromkeys(key for key, _ in minute.places if key != HOST))
    figures = list(dict.fromkeys(figure for key, figure in minute.places if key != HOST))
    return host, ids, figures
