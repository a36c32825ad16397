"""A process of the host that belongs to no container."""

from dataclasses import dataclass
from datetime import datetime

from sutaztop.domain.quantity import Bytes, Cores, Ratio

OUTSIDE_CPU_SHARE = Ratio(0.20)
OUTSIDE_MEMORY_SHARE = Ratio(0.15)
"""From these shares of the host on, what runs outside containers is worth a word, and a look for who it is."""


@dataclass(frozen=True, slots=True)
class Process:
    """What one process used. ``name`` is the kernel's short name of it, cleaned.

    ``cpu`` is the mean between two looks, the second of them at ``at``. ``memory`` is resident memory,
    shared pages included.
    """

    pid: int
    name: str
    cpu: Cores
    memory: Bytes
    at: datetime
