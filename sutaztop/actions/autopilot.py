"""The autopilot: carries out what was decided, the way a person would, and leaves to a person what wants one.

It has no judgement of its own and no way around anything: the plan, the guardrails, the turn, the journal and the
verification are those of every change.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sutaztop.domain.change import Outcome, Plan, Refusal, Result
from sutaztop.domain.decision import Axis, Decision, DecisionState
from sutaztop.domain.finding import Subject
from sutaztop.domain.intent import Intent, SetLimits, SetReplicas
from sutaztop.domain.quantity import Bytes, Cores


class Deed(StrEnum):
    """What the autopilot did about a decision."""

    NOTHING = "nothing to do"
    WOULD = "would do it"
    DONE = "done"
    LEFT = "left to a person"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Ward:
    """A workload that the autopilot sees to: the container that stands for it, and its service, if it has one."""

    subject: Subject
    container_id: str
    service_id: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """A decision about a ward, with what came of it. ``message`` is for a person; ``axis`` is what it altered."""

    ward: Ward
    decision: Decision
    deed: Deed
    message: str = ""
    axis: Axis | None = None


class Autopilot:
    """Carries out decisions for its wards.

    ``plan`` turns an intent into a plan or a refusal; ``apply`` carries one out; without ``apply`` nothing is ever
    changed. A plan that wants a name typed wants a person, and is left to one.
    """

    def __init__(
        self, plan: Callable[[Intent, str], Plan | Refusal], apply: Callable[[Plan], Outcome] | None = None
    ) -> None:
        self._plan = plan
        self._apply = apply
        self._sized: set[str] = set()

    def see_to(self, decided: Sequence[tuple[Ward, Decision]]) -> list[Seen]:
        """Go through decisions in their order, which is that of their importance."""
        self._sized.clear()
        return [seen for ward, decision in decided for seen in self._one(ward, decision)]

    def _one(self, ward: Ward, decision: Decision) -> list[Seen]:
        if decision.state is not DecisionState.ACT:
            return [Seen(ward, decision, Deed.NOTHING)]
        return [self._carry_out(ward, decision, axis, intent) for axis, intent in self._intents(ward, decision).items()]

    def _intents(self, ward: Ward, decision: Decision) -> Mapping[Axis, Intent]:
        found: dict[Axis, Intent] = {}
        after = {it.axis: it.after for it in decision.actions}
        if Axis.CPU in after or Axis.MEMORY in after:
            cpu, size = after.get(Axis.CPU), after.get(Axis.MEMORY)
            which = Axis.CPU if cpu is not None else Axis.MEMORY
            found[which] = SetLimits(
                ward.container_id,
                None if cpu is None else Cores(cpu / 1000),
                None if size is None else Bytes(size),
            )
        if Axis.REPLICAS in after and ward.service_id and ward.service_id not in self._sized:
            # Several containers of one Compose service decide the same: it is done once.
            self._sized.add(ward.service_id)
            found[Axis.REPLICAS] = SetReplicas(ward.service_id, after[Axis.REPLICAS])
        return found

    def _carry_out(self, ward: Ward, decision: Decision, axis: Axis, intent: Intent) -> Seen:
        planned = self._plan(intent, f"{'+'.join(decision.rules)}: {decision.reason}")
        if isinstance(planned, Refusal):
            return Seen(ward, decision, Deed.LEFT, str(planned), axis)
        if planned.typed_name:
            why = "its plan wants the name typed: " + "; ".join(planned.risks)
            return Seen(ward, decision, Deed.LEFT, why, axis)
        if self._apply is None:
            return Seen(ward, decision, Deed.WOULD, planned.title, axis)
        outcome = self._apply(planned)
        deed = Deed.DONE if outcome.result is Result.APPLIED else Deed.FAILED
        words = f"{planned.title}: {outcome.message.rstrip('.')}"
        if outcome.observed:
            words += f" ({outcome.observed.rstrip('.')})"
        if outcome.change_id:
            words += f"; back with: sutaztop undo {outcome.change_id}"
        return Seen(ward, decision, deed, words, axis)
