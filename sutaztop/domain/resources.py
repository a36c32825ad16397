"""Limits and reservations: what a container or a service may use, and what is set aside."""

from dataclasses import dataclass, replace

from sutaztop.domain.quantity import Bytes, Cores

DEFAULT_PERIOD_US = 100_000
"""CFS's period where a quota was given without one: the kernel's default."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Ceilings that the kernel enforces. ``None`` means that no such limit is set.

    ``memory_and_swap`` is memory plus swap, as the engine stores it (``MemorySwap``); -1
    there means unlimited swap. ``cpu_period_us`` is the period of a CPU limit that was given as a
    quota over one of its own, ``None`` for the usual 100 ms. ``cpu_by_quota`` tells that the CPU limit was given as a
    quota and a period: the engine then refuses nano-CPUs and wants a quota again.
    """

    cpu: Cores | None = None
    memory: Bytes | None = None
    memory_and_swap: Bytes | None = None
    pids: int | None = None
    cpu_by_quota: bool = False
    cpu_period_us: int | None = None

    def with_cpu(self, cpu: Cores | None) -> "Limits":
        """Give these limits with another CPU ceiling."""
        return replace(self, cpu=cpu)

    def with_memory(self, memory: Bytes | None) -> "Limits":
        """Give these limits with another memory ceiling, its swap allowance moved along.

        Unlimited swap stays unlimited; equal stays equal (no swap); otherwise swap keeps its
        proportion, twice the memory for what was created with a memory limit alone. A first
        limit takes the engine's default of twice the memory. Sent together, because a memory
        limit over the stored memory-and-swap is refused (moby issue 39541).

        >>> Limits(memory=Bytes(4), memory_and_swap=Bytes(8)).with_memory(Bytes(6)).memory_and_swap
        12
        """
        if memory is None:
            return replace(self, memory=None, memory_and_swap=None)
        stored = self.memory_and_swap
        if stored is not None and stored < 0:
            swap = stored
        elif self.memory and stored:
            swap = Bytes(memory * stored // self.memory)
        else:
            swap = Bytes(2 * memory)
        return replace(self, memory=memory, memory_and_swap=swap)


@dataclass(frozen=True, slots=True)
class Reservations:
    """Amounts set aside: Swarm schedules by them, Compose makes the memory one a soft limit."""

    cpu: Cores | None = None
    memory: Bytes | None = None


@dataclass(frozen=True, slots=True)
class Resources:
    """Limits and reservations together."""

    limits: Limits = Limits()
    reservations: Reservations = Reservations()
