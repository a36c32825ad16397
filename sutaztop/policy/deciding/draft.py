"""A decision in the making: what is wanted on each axis, what held it back, and how it came about."""

from dataclasses import dataclass, field

from sutaztop.domain.case import Case, HostRoom
from sutaztop.domain.decision import Axis, Guard, Step
from sutaztop.domain.finding import Severity
from sutaztop.policy.deciding.members import Members
from sutaztop.policy.deciding.needs import Loads, Need
from sutaztop.policy.deciding.told import Told


@dataclass(frozen=True, slots=True)
class Wanted:
    """A value wished for on one axis, as far as the case itself goes; the host has its say later."""

    need: Need
    before: int | None
    after: int

    @property
    def axis(self) -> Axis:
        """What it alters; a CPU need may want replicas."""
        return self.need.axis


@dataclass(slots=True)
class Draft:
    """Working state of one decision; nobody outside this package sees it."""

    case: Case
    host: HostRoom
    now: int
    members: Members
    loads: Loads
    told: Told
    needs: list[Need] = field(default_factory=list)
    wanted: list[Wanted] = field(default_factory=list)
    granted: list[Wanted] = field(default_factory=list)
    guards: list[Guard] = field(default_factory=list)
    trace: list[Step] = field(default_factory=list)
    wish: int | None = None
    severity: Severity = Severity.OK
    left: int | None = None
    """The host's memory that could still be promised when this draft's turn came."""

    def want(self, need: Need, before: int | None, after: int) -> None:
        """Wish for a value."""
        self.wanted.append(Wanted(need, before, after))

    def guard(
        self, name: str, detail: int | str, axis: Axis, before: int | None = None, after: int | None = None
    ) -> None:
        """Write down what held a wish back; once for each name and axis."""
        if not any(it.name == name and it.axis is axis for it in self.guards):
            self.guards.append(Guard(name, detail, axis, before, after))

    def step(self, axis: Axis, name: str, value: int) -> None:
        """Write down where a wish stands."""
        self.trace.append(Step(axis, name, value))

    @property
    def order(self) -> tuple[int, int, int, str, str]:
        """Who is granted first: severity, tier, the larger part of its limits in use, name."""
        deficit = max(self.loads.memory.last, self.loads.cpu.last)
        worst = max((it.severity for it in self.needs), default=Severity.OK)
        return (-worst, self.case.tier_rank, -deficit, self.case.name, self.case.id)
