"""What the host can carry, counted down with every wish that is granted (POLICY 5.5)."""

from sutaztop.domain.case import HostRoom
from sutaztop.domain.decision import Axis
from sutaztop.domain.finding import Severity
from sutaztop.domain.numbers import WHOLE, Numbers
from sutaztop.policy.deciding.draft import Draft, Wanted

NO_MEMORY = "no host memory for a higher limit"
NO_ROOM = "no room on the host for one more replica"


class Room:
    """What may still be promised of the host. Ask in the order of importance."""

    def __init__(self, host: HostRoom, numbers: Numbers) -> None:
        self._host = host
        self._numbers = numbers
        available = host.memory_available
        reserve = host.memory_total * numbers.host_memory_reserve // WHOLE
        # Not read: nothing can be promised against it, so nothing is held back either.
        self._left = None if available is None else max(0, available - reserve)
        self._cpu_reserved = host.cpu_reserved
        self._memory_reserved = host.memory_reserved
        self._sized: dict[str, Wanted | None] = {}
        stalled = (host.memory_pressure_full or 0) >= numbers.host_pressure_full
        self._is_short = stalled or (available is not None and available < reserve)

    @property
    def left(self) -> int | None:
        """The memory that may still be promised; ``None`` where it could not be read."""
        return self._left

    def settle(self, draft: Draft) -> None:
        """Grant what a draft wants, as far as there is room, and take it."""
        draft.left = self._left
        for it in draft.wanted:
            if it.axis is Axis.MEMORY and it.before is None:
                # A first limit takes nothing from the host: it is what keeps the container from taking all of it.
                draft.granted.append(it)
            elif it.axis is Axis.MEMORY:
                self._memory(draft, it)
            elif it.axis is Axis.REPLICAS and it.before is not None and it.after > it.before:
                self._replicas(draft, it, it.before)
            else:
                draft.granted.append(it)

    def _memory(self, draft: Draft, it: Wanted) -> None:
        present = it.before or 0
        after = min(it.after, self._host.memory_total) if self._host.memory_total else it.after
        killed = it.need.rule == "R-MEM-1"
        times = _tasks(draft)
        used = draft.loads.working_set
        if self._left is not None:
            if self._is_short and not (killed and self._cost(after, used, times) <= self._left):
                after = present
            elif self._cost(after, used, times) > self._left:
                step = draft.case.numbers.memory_round
                after = (self._left // times + used) // step * step
        least = 1 if killed else max(1, present * draft.case.numbers.least_change // WHOLE)
        if after - present < least:
            draft.step(Axis.MEMORY, "host", present)
            draft.guard("R-HOST-1", NO_MEMORY, Axis.MEMORY, it.after, present)
            draft.severity = Severity.CRITICAL
            return
        draft.step(Axis.MEMORY, "host", after)
        if after < it.after:
            draft.guard("R-HOST-1", NO_MEMORY, Axis.MEMORY, it.after, after)
        if self._left is not None:
            self._left -= max(0, self._cost(after, used, times))
        draft.granted.append(Wanted(it.need, it.before, after))

    @staticmethod
    def _cost(limit: int, used: int, times: int) -> int:
        """Give what a limit may grow into: itself less what is in use already, for each replica."""
        return max(0, limit - used) * times

    def _replicas(self, draft: Draft, it: Wanted, before: int) -> None:
        service = draft.case.service
        if service and service in self._sized:
            # Several containers of one service want the same replicas: they are given, and paid for, once.
            same = self._sized[service]
            if same is not None:
                draft.granted.append(same)
            else:
                draft.guard("R-HOST-3", NO_ROOM, Axis.REPLICAS, it.after, before)
            return
        added = it.after - before
        carried = min(added, self._carried(draft, added))
        draft.step(Axis.REPLICAS, "host", before + carried)
        if carried < added:
            draft.guard("R-HOST-3", NO_ROOM, Axis.REPLICAS, it.after, before + carried)
        granted = Wanted(it.need, it.before, before + carried) if carried else None
        if service:
            self._sized[service] = granted
        if granted is None:
            return
        if self._left is not None:
            self._left -= carried * draft.loads.working_set
        self._cpu_reserved += carried * (draft.case.cpu_reservation or 0)
        self._memory_reserved += carried * (draft.case.memory_reservation or 0)
        draft.granted.append(granted)

    def _carried(self, draft: Draft, added: int) -> int:
        case, host, most = draft.case, self._host, self._numbers.reserved_most
        carried = added
        if self._left is not None and draft.loads.working_set:
            carried = min(carried, self._left // draft.loads.working_set)
        if case.cpu_reservation and host.cpus:
            carried = min(carried, max(0, host.cpus * most // WHOLE - self._cpu_reserved) // case.cpu_reservation)
        if case.memory_reservation and host.memory_total:
            free = max(0, host.memory_total * most // WHOLE - self._memory_reserved)
            carried = min(carried, free // case.memory_reservation)
        if host.nodes:
            carried = min(carried, sum(_placeable(it.cpu, it.memory, it.replicas, draft) for it in host.nodes))
        return carried


def _tasks(draft: Draft) -> int:
    """How many times a change of limits counts."""
    return max(1, len(draft.case.scope) or draft.case.replicas)


def _placeable(cpu: int, memory: int, most: int | None, draft: Draft) -> int:
    """How many replicas a Swarm node has reservations free for; more would stay pending."""
    case = draft.case
    fits = [most] if most is not None else []
    if case.cpu_reservation:
        fits.append(max(0, cpu) // case.cpu_reservation)
    if case.memory_reservation:
        fits.append(max(0, memory) // case.memory_reservation)
    return min(fits, default=1_000)
