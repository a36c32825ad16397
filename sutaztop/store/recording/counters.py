"""Counters as rows of whole numbers: what is written each second is how far each of them went."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from operator import attrgetter, sub
from typing import Any

from sutaztop.domain.counters import ContainerCounters, Pressure
from sutaztop.domain.quantity import Ratio
from sutaztop.store.recording.values import decoder, encoder

_PRESSURES = ("cpu_pressure", "memory_pressure", "io_pressure")
_PAGED = (
    "memory_usage_bytes", "memory_inactive_file_bytes", "memory_active_file_bytes", "memory_anon_bytes",
    "memory_cache_bytes",
)  # fmt: skip
_COMMON = "system_cpu_time_ns"
_PLAIN = tuple(
    it.name for it in fields(ContainerCounters)
    if it.name not in {"read_at", "clock_ns", "run", _COMMON, *_PRESSURES, *_PAGED}
)  # fmt: skip
NAMES = ("read_at", "clock_ns", _COMMON, *_PLAIN, *_PAGED, *_PRESSURES)
"""A row's numbers in this order, four for each pressure. Whole rows name them: later versions have others."""
NOT_COUNTED = -1
"""Stands for ``None``: no counter is below 0."""
_PAGE = 4096
_SHARES = ("some", "full", "some_minute", "full_minute")
_GET_PLAIN, _GET_PAGED, _GET_PRESSURES = attrgetter(*_PLAIN), attrgetter(*_PAGED), attrgetter(*_PRESSURES)
_GET_SHARES = attrgetter(*_SHARES)
_ENCODE_PRESSURE = encoder(Pressure | None)
_DECODE_PRESSURE = decoder(Pressure | None)
_US = timedelta(microseconds=1)
_NO_PRESSURES = (NOT_COUNTED,) * 12

Vector = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Base:
    """What numbers count from: their sample's two times, and the host's CPU time as the first container has it."""

    at: datetime
    clock_ns: int
    system_ns: int = 0


def vector_of(it: ContainerCounters, base: Base) -> tuple[Vector, list[Any]]:
    """Give the numbers of one container, and what is none of them: the run, and pressures that are no whole percents.

    Memory counts in pages where it is whole ones, and below -1 where it is not; shares of pressure are hundredths of
    a percent, as the kernel tells them.
    """
    extras: list[Any] = [it.run]
    pressures: Vector = _NO_PRESSURES
    if (three := _GET_PRESSURES(it)) != (None, None, None):
        shares = [_hundredths(one) for one in three]
        if None in shares:
            extras.append([_ENCODE_PRESSURE(one) for one in three])
        else:
            pressures = tuple([share for four in shares for share in four or ()])
    system = it.system_cpu_time_ns
    numbers = [
        (it.read_at - base.at) // _US, it.clock_ns - base.clock_ns,
        NOT_COUNTED if system is None else _folded(system - base.system_ns),
    ]  # fmt: skip
    numbers += [NOT_COUNTED if one is None else one for one in _GET_PLAIN(it)]
    numbers += [
        NOT_COUNTED if one is None else (one // _PAGE if not one % _PAGE else -2 - one) for one in _GET_PAGED(it)
    ]
    return (*numbers, *pressures), extras


def _folded(number: int) -> int:
    """Give a number that is 0 or more for any: -1 is taken."""
    return 2 * number if number >= 0 else -2 * number - 1


def _unfolded(number: int) -> int:
    return -(number + 1) // 2 if number % 2 else number // 2


def _hundredths(it: Pressure | None) -> list[int] | None:
    if it is None:
        return [NOT_COUNTED] * 4
    shares = _GET_SHARES(it)
    found = [NOT_COUNTED if one is None else round(one * 10_000) for one in shares]
    exact = all(one is None or whole / 100 / 100 == one for one, whole in zip(shares, found, strict=True))
    return found if exact else None


def _pressure(hundredths: Vector) -> Pressure:
    some, *others = [Ratio(it / 100 / 100) for it in hundredths]
    full, some_minute, full_minute = (
        None if whole == NOT_COUNTED else it for whole, it in zip(hundredths[1:], others, strict=True)
    )
    return Pressure(some, full, some_minute, full_minute)


def steps(now: Vector, before: Vector) -> list[int]:
    """Give how far each number went."""
    return list(map(sub, now, before))


def moved(before: Vector, by: Sequence[int]) -> Vector:
    """Give the numbers after such steps."""
    return tuple([one + step for one, step in zip(before, by, strict=True)])


class Counted:
    """Makes counters of numbers again, by the names that were written with them."""

    def __init__(self, names: Sequence[str]) -> None:
        places: dict[str, int] = {}
        for name in names:
            places[name] = len(places) + 3 * sum(it in _PRESSURES for it in places)
        # What a later version counts beside these is not known here; what it no longer counts is missing.
        self._plain = [(name, places[name]) for name in _PLAIN if name in places]
        self._paged = [(name, places[name]) for name in _PAGED if name in places]
        self._pressures = [(name, places[name]) for name in _PRESSURES if name in places]

    def counters(self, vector: Vector, extras: Sequence[Any], base: Base) -> ContainerCounters:
        """Give one container's counters as they were read."""
        found: dict[str, Any] = {name: None if vector[at] == NOT_COUNTED else vector[at] for name, at in self._plain}
        for name, at in self._paged:
            code = vector[at]
            found[name] = code * _PAGE if code >= 0 else None if code == NOT_COUNTED else -2 - code
        for place, (name, at) in enumerate(self._pressures):
            if len(extras) > 1:
                found[name] = _DECODE_PRESSURE(extras[1][place])
            elif vector[at] != NOT_COUNTED:
                found[name] = _pressure(vector[at : at + 4])
        return ContainerCounters(
            read_at=base.at + vector[0] * _US, clock_ns=base.clock_ns + vector[1], run=extras[0],
            system_cpu_time_ns=None if vector[2] == NOT_COUNTED else base.system_ns + _unfolded(vector[2]), **found,
        )  # fmt: skip


__all__ = ["NAMES", "Base", "Counted", "Vector", "moved", "steps", "vector_of"]
