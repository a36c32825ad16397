"""The recorded edge cases of HPA v2, each with its whole input, read from where they are kept."""

import json
import math
from fractions import Fraction
from typing import Any

import pytest

from sutaztop.domain.scaling import (
    HorizontalSpec,
    MetricKind,
    MetricReading,
    MetricSample,
    MetricSpec,
    PolicyKind,
    ScaledReplica,
    ScalePolicy,
    ScaleRules,
    Stage,
)
from sutaztop.policy.scaling.limits import scale_down_limit, scale_up_limit
from sutaztop.policy.scaling.metrics import Look, ceil_times, propose
from tests.shared import shared_file

_FILE = "data/policy/hpa_edge_cases.json"
_NOW = 2_000_000_000


def _document() -> dict[str, Any]:
    path = shared_file(_FILE, required=False)
    empty: dict[str, Any] = {"cases": [], "exact_arithmetic": {}}
    document: dict[str, Any] = json.loads(path.read_text()) if path else empty
    return document


_DOCUMENT = _document()


def _rows(kind: str) -> list[dict[str, int]]:
    rows: list[dict[str, int]] = _DOCUMENT["exact_arithmetic"].get(kind, [])
    return rows


def test_every_case_and_every_row_is_run() -> None:
    shared_file(_FILE)
    assert len(_DOCUMENT["cases"]) == 8
    kinds = {kind: len(rows) for kind, rows in _DOCUMENT["exact_arithmetic"].items() if kind != "note"}
    assert kinds == {"ratio": 2, "percent_policy_up": 2, "percent_policy_down": 2}


def _ago(seconds: int | None) -> int | None:
    return None if seconds is None else _NOW - seconds


@pytest.mark.parametrize("case", _DOCUMENT["cases"], ids=lambda it: it["id"])
def test_an_edge_case(case: dict[str, Any]) -> None:
    given, pods = case["inputs"], case["inputs"]["pods"]
    replicas = [
        ScaledReplica(
            it["name"], Stage(it["phase"]), it["deleted"], it["ready"], _ago(it["started_s_ago"]),
            _ago(it["ready_transition_s_ago"]),
        )
        for it in pods
    ]  # fmt: skip
    samples = [
        MetricSample(it["name"], it["sample"]["value_milli"], _NOW - it["sample"]["age_s"], it["sample"]["window_s"])
        for it in [*pods, *given["unknown_samples"]]
        if it["sample"] is not None
    ]
    cpu = MetricSpec("cpu", MetricKind.UTILIZATION, given["target_utilization_pct"])
    spec = HorizontalSpec(
        "service",
        maximum=100,
        metrics=(cpu,),
        tolerance_up=Fraction(str(given["tolerance_up"])),
        tolerance_down=Fraction(str(given["tolerance_down"])),
        cpu_initialization=given["cpu_init_period_s"],
        initial_readiness=given["initial_readiness_delay_s"],
    )
    reading = MetricReading("cpu", tuple(samples), tuple((it["name"], it["request_milli"]) for it in pods))
    found = propose(Look(spec, replicas, given["current_replicas"], _NOW), cpu, reading)
    assert {"replicas": found.replicas, "utilization_pct": found.utilization} == case["expected"], found.why


@pytest.mark.parametrize("row", _rows("ratio"))
def test_a_ratio_times_replicas_is_exact_where_floats_give_one_too_many(row: dict[str, int]) -> None:
    use, target, counted = row["utilization_pct"], row["target_pct"], row["counted"]
    assert math.ceil(use / target * counted) == row["peer_float"] != row["exact"]
    assert ceil_times(Fraction(use, target), counted) == row["exact"]
    cpu = MetricSpec("cpu", MetricKind.AVERAGE, target)
    names = [f"p{number}" for number in range(counted)]
    reading = MetricReading("cpu", tuple(MetricSample(name, use, _NOW) for name in names))
    look = Look(
        HorizontalSpec("service"), [ScaledReplica(it, started=0, ready_changed=0) for it in names], counted, _NOW
    )
    assert propose(look, cpu, reading).replicas == row["exact"]


@pytest.mark.parametrize("row", _rows("percent_policy_up"))
def test_a_percentage_upwards_is_exact_where_floats_give_one_too_many(row: dict[str, int]) -> None:
    rules = ScaleRules(0, (ScalePolicy(PolicyKind.PERCENT, row["percent"], 60),))
    assert math.ceil(row["start"] * (1 + row["percent"] / 100)) == row["peer_float"] != row["exact"]
    assert scale_up_limit(rules, row["start"], (), _NOW) == row["exact"]


@pytest.mark.parametrize("row", _rows("percent_policy_down"))
def test_a_percentage_downwards_takes_no_more_than_its_share_but_always_may_take_one(row: dict[str, Any]) -> None:
    rules = ScaleRules(0, (ScalePolicy(PolicyKind.PERCENT, row["percent"], 60),))
    assert math.trunc(row["start"] * (1 - row["percent"] / 100)) == row["peer"]
    assert scale_down_limit(rules, row["start"], (), _NOW) == row["proposed"]
