"""What a container wants: a load that swings, jitters and bursts, the same for the same seed."""

from dataclasses import dataclass
from math import sin, tau
from random import Random

from sutaztop.domain.quantity import MIB


@dataclass(frozen=True, slots=True)
class LoadShape:
    """How much one container asks for. Sizes in bytes, rates per second, times in seconds.

    ``cores`` is the mean CPU demand; ``swing`` and ``noise`` are shares of it; ``burst`` cores
    come on top about every ``burst_every`` for about ``burst_for``. ``spikiness`` is how far
    demand strays within one CFS period. ``anon`` is resident memory; it grows by ``leak`` until
    ``leak_most`` is reached, from ``leaked`` at first, and follows demand by ``ripple``. ``kills_child`` says that the
    kernel's OOM killer hits a child: the container lives on, green, with its flag set.
    """

    cores: float = 0.01
    swing: float = 0.2
    period: float = 300.0
    noise: float = 0.2
    burst: float = 0.0
    burst_every: float = 120.0
    burst_for: float = 6.0
    spikiness: float = 0.25
    anon: int = 40 * MIB
    ripple: float = 0.02
    leak: float = 0.0
    leak_most: int = 0
    leaked: int = 0
    cache: int = 16 * MIB
    network_rx: float = 800.0
    network_tx: float = 400.0
    block_read: float = 0.0
    block_write: float = 300.0
    pids: int = 6
    kills_child: bool = False


class Load:
    """The demand of one container as time goes on."""

    __slots__ = ("_burst_until", "_drift", "_next_burst", "_phase", "_random", "shape")

    def __init__(self, shape: LoadShape, random: Random, now: float) -> None:
        self.shape = shape
        self._random = random
        self._phase = random.random() * tau
        self._drift = 0.0
        self._burst_until = 0.0
        self._next_burst = now + shape.burst_every * random.random()

    def demand(self, now: float) -> float:
        """Give the cores wanted at ``now`` (seconds of the world); call it once a step."""
        shape = self.shape
        chance = self._random.random()
        self._drift = 0.85 * self._drift + 0.45 * (chance - 0.5)
        wanted = shape.cores * (
            1.0 + shape.swing * sin(tau * now / shape.period + self._phase) + shape.noise * self._drift
        )
        if shape.burst:
            if now >= self._next_burst:
                self._burst_until = now + shape.burst_for * (0.5 + chance)
                self._next_burst = self._burst_until + shape.burst_every * (0.5 + chance)
            if now < self._burst_until:
                wanted += shape.burst
        return max(0.0, wanted)
