"""Each rule of HPA v2 by a table: grouping, fill-ins, other metrics, combining, windows, rates and bounds."""

from fractions import Fraction

import pytest

from sutaztop.domain.scaling import (
    Behaviour,
    HorizontalOutcome,
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
from sutaztop.policy.scaling.grouping import group
from sutaztop.policy.scaling.horizontal import changed, scale
from sutaztop.policy.scaling.limits import scale_down_limit, scale_up_limit
from sutaztop.policy.scaling.metrics import MOST_REPLICAS, Look, propose

NOW = 100_000
CPU = MetricSpec("cpu", MetricKind.UTILIZATION, 50)
MEMORY = MetricSpec("memory", MetricKind.UTILIZATION, 50)
SPEC = HorizontalSpec("web", 1, 100, (CPU,))
OLD = {"started": 0, "ready_changed": 0}


def old(name: str, **changes: object) -> ScaledReplica:
    return ScaledReplica(name, **{**OLD, **changes})  # type: ignore[arg-type]


def replicas(count: int) -> list[ScaledReplica]:
    return [old(f"p{number}") for number in range(count)]


def read(*shares: int | None, request: int = 1000, name: str = "cpu") -> MetricReading:
    """A reading in percent of the request, replica by replica; ``None`` is no sample."""
    samples = tuple(
        MetricSample(f"p{number}", share * request // 100, NOW - 10)
        for number, share in enumerate(shares)
        if share is not None
    )
    return MetricReading(name, samples, tuple((f"p{number}", request) for number in range(len(shares))))


def proposed(
    *shares: int | None, current: int | None = None, members: list[ScaledReplica] | None = None, target: int = 50
) -> int | None:
    cpu = MetricSpec("cpu", MetricKind.UTILIZATION, target)
    members = replicas(len(shares)) if members is None else members
    return propose(Look(SPEC, members, len(shares) if current is None else current, NOW), cpu, read(*shares)).replicas


# --- grouping -------------------------------------------------------------------------------------

YOUNG = {"started": NOW - 100, "ready_changed": NOW - 90}


@pytest.mark.parametrize(
    ("replica", "sampled", "expected"),
    [
        (old("a", deleted=True), NOW, "ignored"),
        (old("a", stage=Stage.FAILED), NOW, "ignored"),
        (old("a", stage=Stage.SUCCEEDED), None, "ignored"),
        (old("a", stage=Stage.PENDING, deleted=True), None, "ignored"),
        (old("a", stage=Stage.PENDING), None, "unready"),
        (old("a"), None, "missing"),
        (old("a", ready=None), NOW, "unready"),
        (old("a", started=None), NOW, "unready"),
        (old("a"), NOW, "counted"),
        # Within the initialisation: ready, and the sample a whole window after that.
        (old("a", **YOUNG), NOW - 30, "counted"),
        (old("a", **YOUNG), NOW - 31, "unready"),
        (old("a", **YOUNG, ready=False), NOW, "unready"),
        # Exactly the initialisation is over: a stale sample counts.
        (old("a", started=NOW - 300, ready_changed=NOW - 10), NOW - 60, "counted"),
        # Not ready since 29 s after the start: never was. Since 30 s after it: it has been.
        (old("a", started=NOW - 400, ready_changed=NOW - 371, ready=False), NOW, "unready"),
        (old("a", started=NOW - 400, ready_changed=NOW - 370, ready=False), NOW, "counted"),
    ],
)
def test_a_replica_falls_in_one_class(replica: ScaledReplica, sampled: int | None, expected: str) -> None:
    samples = [] if sampled is None else [MetricSample("a", 1, sampled)]
    groups = group([replica], samples, SPEC, CPU, NOW)
    classes = {name: len(getattr(groups, name)) for name in ("ignored", "unready", "missing", "counted")}
    assert classes == {**dict.fromkeys(classes, 0), expected: 1}


def test_the_start_of_a_replica_matters_for_cpu_alone() -> None:
    young = old("a", **YOUNG, ready=False)
    assert group([young], [MetricSample("a", 1, NOW)], SPEC, MEMORY, NOW).counted.keys() == {"a"}


def test_samples_of_replicas_nobody_knows_are_dropped() -> None:
    groups = group([old("a")], [MetricSample("stranger", 1, NOW)], SPEC, CPU, NOW)
    assert (dict(groups.counted), groups.missing) == ({}, ("a",))


# --- utilization ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shares", "current", "expected"),
    [
        ((100, 100), 2, 4),
        ((55, 55), 2, 2),  # ratio 1.1 is inside
        ((56, 56), 2, 3),
        ((45, 45, 45, 45), 4, 4),  # 0.9 is inside
        ((44, 44, 44, 44, 44, 44, 44, 44, 44, 44), 10, 9),
        ((0, 0, 0), 3, 0),
        ((100,), 4, 2),  # times those counted, not times current
        ((10, 10, 10, None), 4, 3),  # missing as full: 130 of 400 is 32 %, 0.64 of 4
        ((60, None), 2, 2),  # missing as nothing: 30 %, the direction flipped
        ((100, 100, None), 3, 4),  # missing as nothing: 66 %, 1.32 of 3
        ((50, None), 2, 2),  # exactly on target: nothing is filled in
        ((40, None, None), 3, 3),  # 240 of 300: flipped
    ],
)
def test_use_over_request_becomes_replicas(shares: tuple[int | None, ...], current: int, expected: int) -> None:
    assert proposed(*shares, current=current) == expected


def test_missing_replicas_count_as_their_target_where_that_is_above_their_request() -> None:
    # 3 × 60 % and one at 150 % are 82 %; of 150 % that is 0.55 of 4.
    assert proposed(60, 60, 60, None, target=150) == 3
    assert proposed(60, 60, 60, target=150) == 2


def test_unready_replicas_count_as_idle_upwards_and_not_at_all_downwards() -> None:
    members = [old("p0"), old("p1"), old("p2", ready=None), old("p3", ready=None)]
    assert proposed(100, 100, 100, 100, members=members) == 4  # 200 of 400: on target
    assert proposed(20, 20, 100, 100, members=members) == 1  # 0.4 of 2 counted


def test_the_percentage_is_cut_before_the_ratio_is_made() -> None:
    use = MetricReading("cpu", (MetricSample("p0", 779, NOW),), (("p0", 1000),))
    cpu = MetricSpec("cpu", MetricKind.UTILIZATION, 70)
    found = propose(Look(SPEC, replicas(1), 1, NOW), cpu, use)
    assert (found.replicas, found.utilization, found.average) == (1, 77, 779)


def test_each_direction_has_its_tolerance() -> None:
    behaviour = Behaviour(ScaleRules(0, (), tolerance=Fraction(0)), ScaleRules(300, (), tolerance=Fraction(1, 2)))
    spec = HorizontalSpec("web", 1, 100, (CPU,), behaviour)
    look = Look(spec, replicas(4), 4, NOW)
    assert propose(look, CPU, read(51, 51, 51, 51)).replicas == 5
    assert propose(look, CPU, read(25, 25, 25, 25)).replicas == 4
    assert propose(look, CPU, read(24, 24, 24, 24)).replicas == 2


@pytest.mark.parametrize(
    ("reading", "why"),
    [
        (None, "it was not read"),
        (read(None, None), "no replica that counts has a sample"),
        (MetricReading("cpu", (MetricSample("p0", 1, NOW),)), "no replica that counts has a request"),
    ],
)
def test_what_can_not_be_told_says_why(reading: MetricReading | None, why: str) -> None:
    found = propose(Look(SPEC, replicas(2), 2, NOW), CPU, reading)
    assert (found.replicas, found.why) == (None, why)


# --- other metrics --------------------------------------------------------------------------------


def test_an_average_value_is_divided_whole() -> None:
    metric = MetricSpec("sessions", MetricKind.AVERAGE, 10)
    look = Look(SPEC, replicas(3), 3, NOW)
    values = [MetricSample(f"p{number}", value, NOW) for number, value in enumerate((11, 11, 13))]
    found = propose(look, metric, MetricReading("sessions", tuple(values)))
    assert (found.replicas, found.average) == (3, 11)  # 35 // 3 is 11, which is inside
    # A missing one counts as the target downwards: (2 + 2 + 10) // 3 is 4, 0.4 of 3.
    assert (
        propose(look, metric, MetricReading("sessions", tuple(MetricSample(f"p{n}", 2, NOW) for n in (0, 1)))).replicas
        == 2
    )


@pytest.mark.parametrize(
    ("value", "current", "expected"),
    [(20, 3, 6), (11, 3, 3), (5, 3, 2), (25, 0, 3), (11, 0, 2), (0, 0, 0)],
)
def test_one_value_multiplies_the_ready_replicas(value: int, current: int, expected: int) -> None:
    metric = MetricSpec("queue", MetricKind.VALUE, 10)
    members = [*replicas(current), old("x", ready=False), old("y", stage=Stage.PENDING)]
    assert propose(Look(SPEC, members, current, NOW), metric, MetricReading("queue", total=value)).replicas == expected


@pytest.mark.parametrize(
    ("total", "current", "expected", "average"),
    [(100, 4, 10, 25), (44, 4, 4, 11), (45, 4, 5, 12), (20, 4, 2, 5), (0, 4, 0, 0), (35, 0, 4, 0), (0, 0, 0, 0)],
)
def test_a_total_is_shared_out(total: int, current: int, expected: int, average: int) -> None:
    metric = MetricSpec("queue", MetricKind.PER_REPLICA, 10)
    found = propose(Look(SPEC, replicas(current), current, NOW), metric, MetricReading("queue", total=total))
    assert (found.replicas, found.average) == (expected, average)


def test_replicas_and_sums_are_bounded() -> None:
    metric = MetricSpec("queue", MetricKind.PER_REPLICA, 1)
    look = Look(SPEC, replicas(2), 2, NOW)
    assert propose(look, metric, MetricReading("queue", total=2**63)).replicas == MOST_REPLICAS
    huge = MetricReading(
        "cpu", tuple(MetricSample(f"p{n}", 2**62 + 2**61, NOW) for n in (0, 1)), (("p0", 1), ("p1", 1))
    )
    assert propose(look, CPU, huge).average == (2**63 - 1) // 2


# --- combining and bounds -------------------------------------------------------------------------


def look(
    *readings: MetricReading,
    spec: HorizontalSpec = SPEC,
    current: int = 4,
    state: ScalingState | None = None,
    now: int = NOW,
) -> HorizontalOutcome:
    # A state that has seen something, so that the size at start-up does not count as a wish.
    known = ScalingState((PastWish(now - 10_000, current),)) if state is None else state
    return scale(spec, current, replicas(current), readings, known, now)


BOTH = HorizontalSpec("web", 1, 100, (CPU, MEMORY))


def test_the_largest_proposal_wins() -> None:
    found = look(read(20, 20, 20, 20), read(100, 100, 100, 100, name="memory"), spec=BOTH)
    assert [it.replicas for it in found.proposals] == [2, 8]
    assert (found.replicas, found.reasons[0]) == (8, "memory above target")


def test_with_a_metric_gone_it_may_grow_and_not_shrink() -> None:
    assert look(read(100, 100, 100, 100), spec=BOTH).replicas == 8
    held = look(read(20, 20, 20, 20), spec=BOTH)
    assert (held.replicas, held.reasons, held.trace) == (4, ("FailedGetMetrics",), None)
    assert look(spec=BOTH).reasons == ("FailedGetMetrics",)
    # Nothing was wished for, so nothing is remembered.
    assert held.state.wishes == (PastWish(NOW - 10_000, 4),)


@pytest.mark.parametrize(
    ("current", "minimum", "maximum", "expected", "reason"),
    [
        (0, 1, 10, 0, "ScalingDisabled"),
        (12, 1, 10, 10, "Current number of replicas above Spec.MaxReplicas"),
        (1, 2, 10, 2, "Current number of replicas below Spec.MinReplicas"),
    ],
)
def test_outside_of_its_bounds_no_metric_is_looked_at(
    current: int, minimum: int, maximum: int, expected: int, reason: str
) -> None:
    found = look(spec=HorizontalSpec("web", minimum, maximum, (CPU,)), current=current)
    assert (found.replicas, found.reasons, found.proposals) == (expected, (reason,), ())


# --- without behaviour ----------------------------------------------------------------------------


def test_the_highest_wish_of_the_window_holds_and_its_edge_is_in_it() -> None:
    low = read(20, 20, 20, 20)
    for age, expected in ((300, 3), (301, 2)):
        found = look(low, state=ScalingState((PastWish(NOW - age, 3),)))
        assert (found.replicas, found.reasons[1]) == (
            expected,
            "ScaleDownStabilized" if expected == 3 else "ReadyForNewScale",
        )


def test_the_size_found_at_the_start_is_the_first_wish() -> None:
    low = read(20, 20, 20, 20)
    first = look(low, state=ScalingState())
    assert (first.replicas, first.trace and first.trace.raw) == (4, 2)
    assert first.state.wishes == (PastWish(NOW, 2), PastWish(NOW, 4))
    assert look(low, state=first.state, now=NOW + 300).replicas == 4
    assert look(low, state=first.state, now=NOW + 301).replicas == 2


@pytest.mark.parametrize(
    ("current", "share", "maximum", "expected", "reason"),
    [
        (1, 1000, 100, 4, "ScaleUpLimit"),
        (4, 1000, 100, 8, "ScaleUpLimit"),
        (4, 1000, 6, 6, "TooManyReplicas"),
        (4, 0, 6, 2, "TooFewReplicas"),
        (4, 100, 100, 8, "DesiredWithinRange"),
    ],
)
def test_without_behaviour_the_size_at_most_doubles(
    current: int, share: int, maximum: int, expected: int, reason: str
) -> None:
    spec = HorizontalSpec("web", min(2, current), maximum, (CPU,))
    found = look(read(*[share] * current), spec=spec, current=current)
    assert (found.replicas, found.reasons[-1]) == (expected, reason)


# --- with behaviour -------------------------------------------------------------------------------


def policy(kind: str, value: int, period: int = 60) -> ScalePolicy:
    return ScalePolicy(PolicyKind(kind), value, period)


def behaving(up: ScaleRules, down: ScaleRules, minimum: int = 1, maximum: int = 100) -> HorizontalSpec:
    return HorizontalSpec("web", minimum, maximum, (CPU,), Behaviour(up, down))


FREE_UP = ScaleRules(60, (policy("Pods", 1000),))
FREE_DOWN = ScaleRules(300, (policy("Percent", 100),))


@pytest.mark.parametrize(
    ("shares", "wishes", "expected", "reason"),
    [
        (100, ((59, 5),), 5, "ScaleUpStabilized"),
        (100, ((60, 5),), 8, "ReadyForNewScale"),  # strictly younger
        (100, ((30, 3),), 4, "ScaleUpStabilized"),
        (100, ((30, 9), (10, 12)), 8, "ReadyForNewScale"),
        (20, ((299, 3),), 3, "ScaleDownStabilized"),
        (20, ((300, 3),), 2, "ReadyForNewScale"),
        (20, ((30, 9),), 4, "ScaleDownStabilized"),
        (20, ((30, 1),), 2, "ReadyForNewScale"),
    ],
)
def test_all_wishes_of_a_window_must_agree(
    shares: int, wishes: tuple[tuple[int, int], ...], expected: int, reason: str
) -> None:
    state = ScalingState(tuple(PastWish(NOW - age, count) for age, count in wishes))
    found = look(read(*[shares] * 4), spec=behaving(FREE_UP, FREE_DOWN), state=state)
    assert (found.replicas, found.reasons[1]) == (expected, reason)
    assert found.trace is not None
    assert PastWish(NOW, found.trace.raw) in found.state.wishes  # the raw wish is kept, not what became of it


@pytest.mark.parametrize(
    ("policies", "select", "resized", "expected"),
    [
        ((policy("Pods", 4),), "Max", (), 14),
        ((policy("Percent", 12),), "Max", (), 12),  # 11.2, up
        ((policy("Pods", 4), policy("Percent", 100)), "Max", (), 20),
        ((policy("Pods", 4), policy("Percent", 100)), "Min", (), 14),
        ((policy("Pods", 4),), "Disabled", (), 10),
        ((policy("Pods", 4),), "Max", ((59, 3),), 11),
        ((policy("Pods", 4),), "Max", ((60, 3),), 14),
        ((policy("Pods", 4),), "Max", ((10, -2),), 16),
        ((policy("Pods", 4),), "Max", ((10, 6),), 8),
        ((policy("Pods", 4, 60), policy("Pods", 8, 600)), "Max", ((100, 3),), 15),
    ],
)
def test_policies_say_how_far_up(
    policies: tuple[ScalePolicy, ...], select: str, resized: tuple[tuple[int, int], ...], expected: int
) -> None:
    rules = ScaleRules(0, policies, Select(select))
    assert scale_up_limit(rules, 10, [Resized(NOW - age, by) for age, by in resized], NOW) == expected


@pytest.mark.parametrize(
    ("policies", "select", "resized", "expected"),
    [
        ((policy("Pods", 4),), "Max", (), 6),
        ((policy("Percent", 25),), "Max", (), 8),  # 2.5 is cut: 2 may go
        ((policy("Percent", 5),), "Max", (), 9),  # 0.5: one always may
        ((policy("Pods", 2), policy("Percent", 50)), "Max", (), 5),
        ((policy("Pods", 2), policy("Percent", 50)), "Min", (), 8),
        ((policy("Pods", 2),), "Disabled", (), 10),
        ((policy("Pods", 4),), "Max", ((59, -3),), 9),
        ((policy("Pods", 4),), "Max", ((60, -3),), 6),
        ((policy("Pods", 4),), "Max", ((10, 3),), 3),
    ],
)
def test_policies_say_how_far_down(
    policies: tuple[ScalePolicy, ...], select: str, resized: tuple[tuple[int, int], ...], expected: int
) -> None:
    rules = ScaleRules(0, policies, Select(select))
    assert scale_down_limit(rules, 10, [Resized(NOW - age, by) for age, by in resized], NOW) == expected


@pytest.mark.parametrize(
    ("share", "up", "down", "bounds", "steps", "reason"),
    [
        (200, 2, 1, (1, 100), (16, 16, 6, 6), "ScaleUpLimit"),
        (200, 9, 1, (1, 7), (16, 16, 13, 7), "TooManyReplicas"),
        (0, 2, 1, (1, 100), (0, 0, 3, 3), "ScaleDownLimit"),
        (0, 2, 3, (2, 100), (0, 0, 1, 2), "TooFewReplicas"),
        (50, 2, 1, (1, 100), (4, 4, 4, 4), "DesiredWithinRange"),
    ],
)
def test_every_step_of_a_wish_is_told(
    share: int, up: int, down: int, bounds: tuple[int, int], steps: tuple[int, ...], reason: str
) -> None:
    spec = behaving(ScaleRules(0, (policy("Pods", up),)), ScaleRules(0, (policy("Pods", down),)), *bounds)
    found = look(read(*[share] * 4), spec=spec)
    trace = found.trace
    assert trace is not None
    assert (trace.raw, trace.stabilised, trace.rated, trace.clamped) == steps
    assert (found.replicas, found.reasons[-1]) == (steps[-1], reason)


def test_a_limit_that_events_used_up_holds_and_never_turns_back() -> None:
    spec = behaving(ScaleRules(0, (policy("Pods", 2),)), ScaleRules(0, (policy("Pods", 2),)))
    state = ScalingState((PastWish(NOW - 10_000, 4),), (Resized(NOW - 5, 3),))
    assert look(read(200, 200, 200, 200), spec=spec, state=state).replicas == 4


def test_a_change_that_was_made_is_kept_with_its_size_for_the_longest_period() -> None:
    spec = behaving(ScaleRules(0, (policy("Pods", 2, 30),)), ScaleRules(0, (policy("Pods", 2, 90),)))
    state = changed(spec, ScalingState((PastWish(NOW, 4),)), 4, 6, NOW)
    assert state.resized == (Resized(NOW, 2),)
    assert changed(spec, state, 6, 6, NOW) is state
    later = changed(spec, state, 6, 5, NOW + 89)
    assert later.resized == (Resized(NOW, 2), Resized(NOW + 89, -1))
    assert changed(spec, later, 5, 4, NOW + 90).resized == (Resized(NOW + 89, -1), Resized(NOW + 90, -1))


def test_state_does_not_grow() -> None:
    state = ScalingState()
    for second in range(0, 10_000, 15):
        found = look(read(100, 100, 100, 100), spec=behaving(FREE_UP, FREE_DOWN), state=state, now=NOW + second)
        state = changed(behaving(FREE_UP, FREE_DOWN), found.state, 4, 5, NOW + second)
    assert len(state.wishes) <= 300 // 15 + 1
    assert len(state.resized) <= 60 // 15 + 1
