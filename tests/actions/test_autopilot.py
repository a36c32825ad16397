"""The autopilot: it carries out what was decided, and leaves to a person what wants one."""

from dataclasses import replace

from sutaztop.actions.autopilot import Autopilot, Deed, Ward
from sutaztop.domain.change import ChangeLimits, Outcome, Plan, Refusal, Result
from sutaztop.domain.decision import Action, Axis, Decision, DecisionState
from sutaztop.domain.finding import Severity, Subject
from sutaztop.domain.intent import Intent, SetLimits, SetReplicas
from sutaztop.domain.quantity import GIB, Bytes, Cores
from sutaztop.domain.resources import Limits

WARD = Ward(Subject("container", "c1", "backend"), "c1", "stack/backend")
PLAN = Plan(
    "Raise it", "container backend", ChangeLimits("e", "c1", "backend", Limits(), Limits()), (), "docker update"
)


def decision(*actions: Action, state: DecisionState = DecisionState.ACT) -> Decision:
    return Decision("c1", "backend", state, Severity.WARNING, "Raise it.", reason="it is hot", actions=actions,
                    rules=("R-CPU-1",))  # fmt: skip


CPU = Action(Axis.CPU, 2000, 3000, "R-CPU-1")
MEMORY = Action(Axis.MEMORY, 4 * GIB, 5 * GIB, "R-MEM-2")
REPLICAS = Action(Axis.REPLICAS, 2, 3, "R-CPU-1")


class Hands:
    """Plans and applies, and remembers both."""

    def __init__(self, planned: Plan | Refusal = PLAN, result: Result = Result.APPLIED) -> None:
        self.planned = planned
        self.result = result
        self.intents: list[tuple[Intent, str]] = []
        self.applied: list[Plan] = []

    def plan(self, intent: Intent, why: str) -> Plan | Refusal:
        self.intents.append((intent, why))
        return self.planned

    def apply(self, plan: Plan) -> Outcome:
        self.applied.append(plan)
        return Outcome(self.result, plan.change, "Done, and read back.", observed="inspect says so.", change_id="abc")


def test_cpu_and_memory_are_one_change_with_the_rule_as_its_reason() -> None:
    hands = Hands()
    (seen,) = Autopilot(hands.plan, hands.apply).see_to([(WARD, decision(CPU, MEMORY))])
    assert hands.intents == [(SetLimits("c1", Cores(3.0), Bytes(5 * GIB)), "R-CPU-1: it is hot")]
    assert (seen.deed, len(hands.applied)) == (Deed.DONE, 1)
    assert "sutaztop undo abc" in seen.message


def test_without_hands_nothing_is_done_and_what_would_be_is_told() -> None:
    hands = Hands()
    (seen,) = Autopilot(hands.plan).see_to([(WARD, decision(CPU))])
    assert (seen.deed, seen.message, hands.applied) == (Deed.WOULD, "Raise it", [])


def test_replicas_that_several_containers_of_a_service_ask_for_are_set_once() -> None:
    hands = Hands()
    other = Ward(Subject("container", "c2", "backend-2"), "c2", "stack/backend")
    seen = Autopilot(hands.plan, hands.apply).see_to([(WARD, decision(REPLICAS)), (other, decision(REPLICAS))])
    assert hands.intents == [(SetReplicas("stack/backend", 3), "R-CPU-1: it is hot")]
    assert [it.deed for it in seen] == [Deed.DONE]


def test_what_wants_a_name_typed_is_left_to_a_person() -> None:
    hands = Hands(replace(PLAN, typed_name="backend", risks=("It is protected.",)))
    (seen,) = Autopilot(hands.plan, hands.apply).see_to([(WARD, decision(CPU))])
    assert (seen.deed, hands.applied) == (Deed.LEFT, [])
    assert "It is protected." in seen.message


def test_a_guardrail_that_refuses_is_told_and_not_overridden() -> None:
    hands = Hands(Refusal("cool-down", "Changed a moment ago.", "Wait."))
    (seen,) = Autopilot(hands.plan, hands.apply).see_to([(WARD, decision(CPU))])
    assert (seen.deed, hands.applied) == (Deed.LEFT, [])
    assert "Changed a moment ago" in seen.message


def test_a_change_that_failed_is_no_success() -> None:
    hands = Hands(result=Result.FAILED)
    (seen,) = Autopilot(hands.plan, hands.apply).see_to([(WARD, decision(CPU))])
    assert seen.deed is Deed.FAILED


def test_what_is_not_to_be_acted_on_is_only_seen() -> None:
    hands = Hands()
    (seen,) = Autopilot(hands.plan, hands.apply).see_to([(WARD, decision(state=DecisionState.HOLD))])
    assert (seen.deed, hands.intents) == (Deed.NOTHING, [])
