"""A case as HPA would see it: Docker's states, requests from reservations or limits, the numbers in force."""

from dataclasses import replace

import pytest

from sutaztop.domain.case import Case, LoadSample, PastWish, Phase, Replica
from sutaztop.domain.numbers import numbers_of
from sutaztop.domain.profile import Profile, Scaling
from sutaztop.domain.quantity import Ratio
from sutaztop.domain.scaling import HorizontalSpec, PolicyKind
from sutaztop.policy.scaling.of_case import scale_case, specification_of

NOW = 100_000
SCALING = Scaling(horizontal="hpa", replicas_memory_target=Ratio(0.8))


def replica(
    name: str, cpu: int | None = 1000, memory: int | None = 100, phase: Phase = Phase.RUNNING, age: int = 0
) -> Replica:
    samples = tuple(LoadSample(NOW - age - ago, cpu, memory) for ago in (0, 15, 30))
    return Replica(name, phase, NOW - 10_000, samples=samples)


def case(*members: Replica, **changes: object) -> Case:
    plain = Case(
        "web", "web", len(members), members=members, cpu_limit=1000, memory_limit=1000,
        wished=(PastWish(NOW - 50_000, len(members)),),
    )  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]


def numbered(given: Case, scaling: Scaling = SCALING) -> Case:
    return replace(given, numbers=numbers_of(Profile(scaling=scaling)))


def replicas_of(given: Case, scaling: Scaling = SCALING) -> int:
    return scale_case(numbered(given, scaling), NOW).replicas


def test_a_profiles_numbers_make_an_autoscaler() -> None:
    spec = specification_of(numbered(case()))
    assert [(it.name, it.target) for it in spec.metrics] == [("cpu", 70), ("memory", 80)]
    assert spec.behaviour is not None
    up, down = spec.behaviour.up, spec.behaviour.down
    assert (up.window, up.policies[0].kind, up.policies[0].value, up.policies[0].period) == (
        60,
        PolicyKind.PERCENT,
        100,
        30,
    )
    assert (down.window, down.policies[0].value, down.policies[0].period) == (300, 50, 60)
    cpu_alone = replace(SCALING, replicas_memory_target=None)
    assert [it.name for it in specification_of(numbered(case(), cpu_alone)).metrics] == ["cpu"]


def test_a_manifest_goes_before_the_numbers() -> None:
    manifest = HorizontalSpec("other", 3, 30)
    found = specification_of(numbered(case(), replace(SCALING, specification=manifest)))
    assert found == replace(manifest, minimum=1, maximum=10)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (case(replica("a"), replica("b")), 3),  # 100 % over 70 % of 2
        (case(replica("a", 500), replica("b", 500)), 2),  # 50 %: 1.43, rounded up
        (case(replica("a", 300), replica("b", 300)), 1),
        (case(replica("a", 300, 990), replica("b", 300, 990)), 3),  # memory wins: 99 over 80
        (case(replica("a", 300), replica("b", 300), cpu_reservation=250), 4),  # of the reservation, at most doubled
        (case(replica("a"), replica("b"), cpu_limit=None), 2),  # no request, and memory alone may not shrink it
        (case(replica("a"), replica("b", age=50)), 2),  # too old: missing, and as idle upwards
        (case(replica("a"), replica("b", phase=Phase.EXITED)), 2),  # times those counted: 1.43, rounded up
        (case(replica("a"), replica("b", phase=Phase.STARTING)), 2),  # never ready so far: as idle
        (case(replica("a"), replica("b", phase=Phase.CREATED)), 2),  # unready, and as idle upwards
        (case(replica("a"), replica("b"), maximum_replicas=2), 2),
        (case(replica("a", 0, 0), replica("b", 0, 0), minimum_replicas=2), 2),
        (case(replica("a"), replica("b"), wished=(PastWish(NOW - 59, 2),)), 2),
    ],
)
def test_a_case_gets_hpas_number(given: Case, expected: int) -> None:
    assert replicas_of(given) == expected


def test_what_was_made_of_it_is_told_step_by_step() -> None:
    found = scale_case(numbered(case(replica("a", 300), replica("b", 300), cpu_reservation=100)), NOW)
    trace = found.trace
    assert trace is not None
    assert (trace.raw, trace.stabilised, trace.rated, trace.clamped) == (9, 9, 4, 4)
    assert found.reasons == ("cpu above target", "ReadyForNewScale", "ScaleUpLimit")
    assert [(it.metric, it.replicas, it.utilization) for it in found.proposals] == [("cpu", 9, 300), ("memory", 1, 10)]
