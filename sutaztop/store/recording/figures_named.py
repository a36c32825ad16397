"""The figures that can be exported: what each is called, in which unit, and where it is found."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sutaztop.domain.counters import Pressure
from sutaztop.domain.snapshot import ContainerSnapshot, HostUsage, Usage
from sutaztop.store.recording.nearest import no_figure

Number = int | float
Get = Callable[[Any], Number | None]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure. ``column`` is its name with its unit; one of the two ways is ``None`` where only the other has it."""

    name: str
    column: str
    of_container: Callable[[ContainerSnapshot], Number | None] | None
    of_host: Callable[[HostUsage], Number | None] | None


_UNITS: Mapping[str, str] = MappingProxyType({
    "cpu": "cores", "cpu_utilization": "ratio", "throttled": "ratio", "memory": "bytes",
    "memory_utilization": "ratio", "memory_active_file": "bytes", "memory_anon": "bytes", "memory_cache": "bytes",
    "network_rx": "bytes_per_second", "network_tx": "bytes_per_second", "block_read": "bytes_per_second",
    "block_write": "bytes_per_second", "pids": "", "oom_kills": "", "cpu_pressure": "some_ratio",
    "memory_pressure": "some_ratio", "io_pressure": "some_ratio", "memory_available": "bytes",
    "disk_read": "bytes_per_second", "disk_write": "bytes_per_second", "cpu_overcommit": "ratio",
    "memory_overcommit": "ratio", "outside_cpu": "cores", "outside_memory": "bytes", "own_cpu": "cores",
    "own_memory": "bytes", "swap_used": "bytes", "cpu_limit": "cores", "memory_limit": "bytes", "restart_count": "",
})  # fmt: skip
_IN_CONTAINER: Mapping[str, Callable[[ContainerSnapshot], Number | None]] = MappingProxyType({
    "cpu_limit": lambda it: it.container.resources.limits.cpu,
    "memory_limit": lambda it: it.container.resources.limits.memory,
    "restart_count": lambda it: it.container.restart_count,
})  # fmt: skip


def _plain(value: object) -> Number | None:
    if isinstance(value, Pressure):
        return value.some
    return value if isinstance(value, int | float) else None


def _figure(name: str) -> Figure:
    unit = _UNITS[name]
    of_container = _IN_CONTAINER.get(name)
    if name in Usage.__dataclass_fields__:

        def of_usage(it: ContainerSnapshot) -> Number | None:
            return _plain(getattr(it.usage, name))

        of_container = of_usage
    of_host = (lambda it: _plain(getattr(it, name))) if name in HostUsage.__dataclass_fields__ else None
    return Figure(name, f"{name}_{unit}" if unit else name, of_container, of_host)


FIGURES: Mapping[str, Figure] = MappingProxyType({name: _figure(name) for name in _UNITS})
"""By name."""


def figures_named(names: Iterable[str]) -> tuple[Figure, ...]:
    """Give the figures of these names, each once. Raises ``RecordingError`` that lists those there are."""
    found: dict[str, Figure] = {}
    for it in names:
        figure = FIGURES.get(it.strip().casefold())
        if figure is None:
            raise no_figure(it.strip(), FIGURES)
        found[figure.name] = figure
    return tuple(found.values())
