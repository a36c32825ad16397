"""The worked examples of the policy, each with its whole input, read from where they are kept."""

import json
from typing import Any

import pytest

from sutaztop.domain.decision import Decision
from sutaztop.domain.finding import Severity
from sutaztop.policy.deciding.decide import decide
from sutaztop.store.situation import situation_of
from tests.shared import shared_file

_SEVERITY = {"info": Severity.OK, "warning": Severity.WARNING, "critical": Severity.CRITICAL}
_IN_PERCENT = ("R-HOST-2",)


def _examples() -> list[dict[str, Any]]:
    path = shared_file("data/policy/policy_examples.json", required=False)
    examples: list[dict[str, Any]] = json.loads(path.read_text())["examples"] if path else []
    return examples


def test_there_are_forty_three() -> None:
    shared_file("data/policy/policy_examples.json")
    assert len(_examples()) == 43


@pytest.mark.parametrize("example", _examples(), ids=lambda it: it["name"])
def test_a_worked_example(example: dict[str, Any]) -> None:
    (decision,) = decide(situation_of({**example["input"], "config": example["config"]}))
    expected = example["expected"]
    assert decision.state == expected["state"]
    assert decision.severity is _SEVERITY[expected["severity"]]
    assert [[it.axis.value, it.before, it.after, it.rule] for it in decision.actions] == expected["actions"]
    assert _guards(decision) == expected["guards"]
    assert decision.text


def _guards(decision: Decision) -> list[list[object]]:
    return [
        [it.name, it.detail / 100 if it.name in _IN_PERCENT and isinstance(it.detail, int) else it.detail]
        for it in decision.guards
    ]
