"""Whatever the numbers: order, more use, bounds, and the clock's zero."""

from dataclasses import replace
from random import Random
from typing import TypeVar

from hypothesis import given as for_all
from hypothesis import strategies as st

from sutaztop.domain.scaling import (
    Behaviour,
    HorizontalSpec,
    MetricKind,
    MetricReading,
    MetricSample,
    MetricSpec,
    PolicyKind,
    ScaledReplica,
    ScalePolicy,
    ScaleRules,
    ScalingState,
    Select,
    Stage,
)
from sutaztop.domain.wishes import PastWish, Resized
from sutaztop.policy.scaling.horizontal import scale

T = TypeVar("T")
NOW = 1_000_000
AGES = st.integers(0, 700)
METRICS = (
    MetricSpec("cpu", MetricKind.UTILIZATION, 70),
    MetricSpec("sessions", MetricKind.AVERAGE, 50),
    MetricSpec("depth", MetricKind.VALUE, 30),
    MetricSpec("queue", MetricKind.PER_REPLICA, 20),
)


@st.composite
def rules(draw: st.DrawFn) -> ScaleRules:
    one = st.builds(ScalePolicy, st.sampled_from(PolicyKind), st.integers(1, 200), st.integers(1, 600))
    policies = tuple(draw(st.lists(one, min_size=1, max_size=3)))
    return ScaleRules(draw(st.integers(0, 600)), policies, draw(st.sampled_from(Select)))


@st.composite
def specs(draw: st.DrawFn) -> HorizontalSpec:
    low = draw(st.integers(0, 5))
    metrics = tuple(draw(st.lists(st.sampled_from(METRICS), min_size=1, max_size=4, unique=True)))
    behaviour = draw(st.none() | st.builds(Behaviour, rules(), rules()))
    return HorizontalSpec("web", low, draw(st.integers(max(1, low), 12)), metrics, behaviour)


@st.composite
def situations(
    draw: st.DrawFn, *, whole: bool = False
) -> tuple[HorizontalSpec, int, list[ScaledReplica], list[MetricReading], ScalingState]:
    spec = draw(specs())
    count = draw(st.integers(0, 8))
    members = [
        ScaledReplica(
            f"r{number}",
            draw(st.sampled_from([Stage.RUNNING, Stage.RUNNING, Stage.PENDING] if whole else list(Stage))),
            False if whole else draw(st.booleans()),
            draw(st.sampled_from([True, True, False, None])),
            draw(st.none() | AGES.map(lambda age: NOW - age)),
            draw(st.none() | AGES.map(lambda age: NOW - age)),
        )
        for number in range(count)
    ]
    readings = []
    for metric in spec.metrics:
        sampled = [it for it in members if draw(st.integers(0, 4))]
        samples = tuple(MetricSample(it.id, draw(st.integers(0, 300)), NOW - draw(AGES), 60) for it in sampled)
        total = draw(st.none() | st.integers(0, 400))
        asked = tuple((it.id, 100) for it in members if whole or draw(st.integers(0, 4)))
        readings.append(MetricReading(metric.name, samples, asked, total))
    wishes = draw(st.lists(st.builds(PastWish, AGES.map(lambda age: NOW - age), st.integers(0, 12)), max_size=4))
    resized = draw(st.lists(st.builds(Resized, AGES.map(lambda age: NOW - age), st.integers(-4, 4)), max_size=4))
    current = count if whole else draw(st.integers(0, 14))
    return spec, current, members, readings, ScalingState(tuple(wishes), tuple(resized))


@for_all(situations(), st.randoms(use_true_random=False))
def test_the_order_of_what_comes_in_changes_nothing(
    situation: tuple[HorizontalSpec, int, list[ScaledReplica], list[MetricReading], ScalingState], chance: Random
) -> None:
    spec, current, members, readings, state = situation
    before = scale(spec, current, members, readings, state, NOW)

    def mixed(them: tuple[T, ...]) -> tuple[T, ...]:
        return tuple(chance.sample(them, len(them)))

    again = scale(
        spec,
        current,
        chance.sample(members, len(members)),
        [
            replace(it, samples=mixed(it.samples), requests=mixed(it.requests))
            for it in chance.sample(readings, len(readings))
        ],
        ScalingState(mixed(state.wishes), mixed(state.resized)),
        NOW,
    )
    assert again == before


@for_all(situations(whole=True), st.data())
def test_more_use_never_gives_fewer_replicas(
    situation: tuple[HorizontalSpec, int, list[ScaledReplica], list[MetricReading], ScalingState], data: st.DataObject
) -> None:
    """Where every replica wished for is there; HPA itself multiplies those it counts, and not those that failed."""
    spec, current, members, readings, state = situation
    ready = sum(1 for it in members if it.stage is Stage.RUNNING and it.ready)
    if ready != current:
        # One value is multiplied by the ready ones, however many are wished for.
        spec = replace(spec, metrics=tuple(it for it in spec.metrics if it.kind is not MetricKind.VALUE) or METRICS[:1])
    more = [
        replace(
            it,
            samples=tuple(replace(s, value=s.value + data.draw(st.integers(0, 100))) for s in it.samples),
            total=None if it.total is None else it.total + data.draw(st.integers(0, 100)),
        )
        for it in readings
    ]
    before = scale(spec, current, members, readings, state, NOW)
    after = scale(spec, current, members, more, state, NOW)
    assert after.replicas >= before.replicas


@for_all(situations())
def test_the_bounds_hold_and_a_size_is_never_negative(
    situation: tuple[HorizontalSpec, int, list[ScaledReplica], list[MetricReading], ScalingState],
) -> None:
    spec, current, members, readings, state = situation
    found = scale(spec, current, members, readings, state, NOW)
    if current == 0 and spec.minimum > 0:
        assert found.replicas == 0
    else:
        assert spec.minimum <= found.replicas <= spec.maximum


@for_all(situations())
def test_a_direction_that_is_disabled_is_not_taken(
    situation: tuple[HorizontalSpec, int, list[ScaledReplica], list[MetricReading], ScalingState],
) -> None:
    spec, current, members, readings, state = situation
    none = ScaleRules(0, (), Select.DISABLED)
    if spec.minimum <= current <= spec.maximum:
        assert (
            scale(replace(spec, behaviour=Behaviour(none, none)), current, members, readings, state, NOW).replicas
            == current
        )


@for_all(situations(), st.integers(-500_000, 10**12))
def test_shifting_all_times_changes_nothing(
    situation: tuple[HorizontalSpec, int, list[ScaledReplica], list[MetricReading], ScalingState], by: int
) -> None:
    spec, current, members, readings, state = situation

    def later(state: ScalingState) -> ScalingState:
        return ScalingState(
            tuple(replace(it, at=it.at + by) for it in state.wishes),
            tuple(replace(it, at=it.at + by) for it in state.resized),
        )

    before = scale(spec, current, members, readings, state, NOW)
    after = scale(
        spec,
        current,
        [
            replace(
                it,
                started=None if it.started is None else it.started + by,
                ready_changed=None if it.ready_changed is None else it.ready_changed + by,
            )
            for it in members
        ],
        [replace(it, samples=tuple(replace(s, at=s.at + by) for s in it.samples)) for it in readings],
        later(state),
        NOW + by,
    )
    assert after == replace(before, state=later(before.state))
