"""Synthetic plants: what a service is asked for in CPU over time, and how much memory each replica holds.

Milli-cores, bytes and whole seconds since the run began, as in the decision that drives them.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from sutaztop.domain.quantity import GIB, MIB

Curve = Callable[[int], int]


@dataclass(frozen=True, slots=True)
class Plant:
    """A service and its host.

    ``demand`` is what all replicas together are asked for at a second; ``working_set`` and ``cache`` are what one
    replica holds so many seconds after it came up. ``burn`` is what a replica wants for itself, beside its share of the
    demand, in its first ``burn_for`` seconds; ``probe_after`` is when its health probe passes (``None``: it has none).
    """

    name: str
    demand: Curve
    working_set: Curve = lambda _: 512 * MIB
    cache: Curve = lambda _: 0
    burn: int = 0
    burn_for: int = 90
    probe_after: int | None = None
    replicas: int = 1
    cpu_limit: int = 2000
    memory_limit: int = 4 * GIB
    host_cpus: int = 16_000
    host_memory: int = 64 * GIB
    neighbours_cpu: int = 6000
    neighbours_memory: int = 24 * GIB


def burning(plant: Plant) -> Plant:
    """Give the plant with a start-up burn: it would use three cores of its own for 90 s after each start."""
    return replace(plant, name=f"{plant.name} + burn", burn=3000)


def probed(plant: Plant) -> Plant:
    """Give the plant with a probe that passes five seconds after the start, long before a burn is over."""
    return replace(plant, name=f"{plant.name} + probe", probe_after=5)


def _ramp(at: int) -> int:
    """One core to nine within three hours."""
    return 1000 + min(8000, at * 8000 // 10_800)


def _step(at: int) -> int:
    return 2000 if at < 1800 else 9000


def _square(at: int) -> int:
    """Ten minutes at one core, ten at six."""
    return 1000 if at // 600 % 2 == 0 else 6000


def _spike(at: int) -> int:
    """Half a minute of eight cores every ten minutes."""
    return 8000 if at % 600 >= 570 else 1000


def _sine(at: int) -> int:
    """One to seven cores within an hour, by Bhaskara's formula for the sine of whole degrees.

    A float's sine may differ from one machine to another in its last place; this one is reckoned in whole numbers.
    """
    degree = at % 3600 // 10
    half = degree % 180
    sine = 4000 * half * (180 - half) // (40_500 - half * (180 - half))
    return 4000 + (sine if degree < 180 else -sine) * 3


def _calm(_: int) -> int:
    return 600


PLANTS: tuple[Plant, ...] = (
    Plant("steady", lambda _: 1200),
    Plant("hot", lambda _: 2600),
    Plant("ramp", _ramp),
    Plant("step 2→9", _step),
    Plant("square", _square),
    Plant("sine", _sine),
    Plant("spike", _spike),
    Plant("fall 9→1", lambda at: 9000 if at < 3600 else 1000),
    # 40 MiB a minute: the 4 GiB are full after an hour and a half.
    Plant("leak", _calm, working_set=lambda up: 512 * MIB + up * 40 * MIB // 60),
    Plant("leak, full host", _calm, working_set=lambda up: 512 * MIB + up * 40 * MIB // 60, neighbours_memory=54 * GIB),
    # The kernel takes page cache back before it kills: it fills what the limit leaves it.
    Plant("cache-filler", _calm, working_set=lambda _: GIB, cache=lambda up: up * 8 * MIB, memory_limit=2 * GIB),
    Plant("model load 2.6 GiB", _calm, working_set=lambda up: min(2662, 256 + up * 120) * MIB, memory_limit=2 * GIB),
)
"""Without a start-up burn; ``burning`` adds it."""
