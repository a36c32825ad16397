"""What the host can carry, counted down with each recommendation that is granted (POLICY 5.5)."""

from sutaztop.domain.quantity import Bytes
from sutaztop.domain.reading import measured
from sutaztop.domain.snapshot import HostUsage
from sutaztop.policy.needs import ROUND_TO

RESERVE_PERCENT = 10
"""This part of the host's memory is never promised."""


class Pool:
    """The host's memory that may still be promised. Ask in the order of importance."""

    def __init__(self, host: HostUsage) -> None:
        available = measured(host.memory_available)
        self._most = host.memory_total
        # Not read: nothing can be promised against it, so nothing is held back either.
        self._left = None if available is None else max(0, available - host.memory_total * RESERVE_PERCENT // 100)

    @property
    def left(self) -> Bytes | None:
        """What may still be promised; ``None`` where the host's memory could not be read."""
        return None if self._left is None else Bytes(self._left)

    def grant_limit(self, present: Bytes, wanted: Bytes, working_set: Bytes, replicas: int) -> Bytes | None:
        """Give the limit that can be carried: the wanted one, a smaller one above the present, or ``None``.

        A limit costs what it may grow into: itself less what is already in use, for each replica.
        """
        if self._most:
            wanted = min(wanted, self._most)
        if self._left is not None and (wanted - working_set) * replicas > self._left:
            wanted = Bytes((self._left // replicas + working_set) // ROUND_TO * ROUND_TO)
        if wanted <= present:
            return None
        self._take(max(0, wanted - working_set) * replicas)
        return wanted

    def grant_replicas(self, footprint: Bytes, added: int) -> int:
        """Give how many of the wished replicas can be carried."""
        if self._left is None or not footprint:
            return added
        carried = min(added, self._left // footprint)
        self._take(carried * footprint)
        return int(carried)

    def _take(self, amount: int) -> None:
        if self._left is not None:
            self._left -= amount
