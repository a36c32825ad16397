from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sutaztop.demo.kernel import PERIODS_PER_SECOND, STEP, Cgroup, throttle
from sutaztop.demo.load import Load, LoadShape
from sutaztop.domain.quantity import MIB, Bytes, Cores
from sutaztop.domain.resources import Limits


def cgroup(shape: LoadShape) -> Cgroup:
    load = Load(shape, Random(1), 0.0)  # noqa: S311 - a seeded world is not a secret
    return Cgroup(load, "1", network=True, already_up=0.0)


def run(group: Cgroup, limits: Limits, seconds: float, start: float = 0.0) -> int:
    """Live for some seconds; gives how often memory ran out."""
    steps = round(seconds / STEP)
    return sum(group.step(start + step * STEP, limits, 1.0) for step in range(steps))


def test_a_demand_under_the_quota_runs_unthrottled() -> None:
    assert throttle(1.0, 2.0, 0.25) == (1.0, 0.0)


def test_a_demand_over_the_quota_gets_the_quota_in_every_period() -> None:
    assert throttle(3.0, 2.0, 0.25) == (2.0, 1.0)


@given(
    demand=st.floats(0.0, 64.0),
    quota=st.floats(0.01, 64.0),
    spikiness=st.floats(0.0, 0.9),
)
def test_what_runs_is_never_more_than_wanted_or_allowed(demand: float, quota: float, spikiness: float) -> None:
    cores, throttled = throttle(demand, quota, spikiness)
    assert cores <= min(demand, quota) * (1 + 1e-9)
    assert 0.0 <= throttled <= 1.0


def test_throttling_rises_with_the_demand_before_the_mean_reaches_the_limit() -> None:
    shares = [throttle(demand, 2.0, 0.25)[1] for demand in (1.5, 1.7, 1.9, 2.1)]
    assert shares[0] == 0.0
    assert 0.0 < shares[1] < shares[2] < shares[3] < 1.0


def test_a_busy_container_with_a_quota_counts_ten_periods_a_second() -> None:
    group = cgroup(LoadShape(cores=1.0, noise=0.0, swing=0.0))
    run(group, Limits(cpu=Cores(2.0)), 60.0)
    assert group.periods == pytest.approx(60.0 * PERIODS_PER_SECOND, rel=0.02)


def test_without_a_quota_nothing_counts_as_throttled() -> None:
    group = cgroup(LoadShape(cores=4.0))
    run(group, Limits(), 30.0)
    assert (group.periods, group.throttled) == (0.0, 0.0)


def test_cpu_time_is_what_ran_not_what_was_wanted() -> None:
    group = cgroup(LoadShape(cores=3.0, noise=0.0, swing=0.0))
    run(group, Limits(cpu=Cores(0.5)), 60.0)
    assert group.cpu_time == pytest.approx(30.0, rel=0.02)


def test_page_cache_gives_way_to_the_memory_limit_and_nobody_is_killed() -> None:
    group = cgroup(LoadShape(anon=40 * MIB, cache=400 * MIB))
    kills = run(group, Limits(memory=Bytes(64 * MIB)), 300.0)
    assert kills == 0
    assert group.anon + group.cache <= 64 * MIB


def test_memory_that_cannot_go_runs_out_at_the_limit() -> None:
    group = cgroup(LoadShape(anon=40 * MIB, leak=2 * MIB, leak_most=100 * MIB))
    assert run(group, Limits(memory=Bytes(64 * MIB)), 60.0) > 0
    assert group.oom_kills > 0


def test_a_leak_ends_where_its_shape_says() -> None:
    group = cgroup(LoadShape(anon=40 * MIB, leak=2 * MIB, leak_most=100 * MIB, ripple=0.0))
    run(group, Limits(), 600.0)
    assert group.anon == pytest.approx(140 * MIB, rel=0.02)


def test_pressure_follows_throttling() -> None:
    group = cgroup(LoadShape(cores=3.0))
    run(group, Limits(cpu=Cores(1.0)), 60.0)
    pressed = group.cpu_pressure
    run(group, Limits(cpu=Cores(8.0)), 120.0, start=60.0)
    assert pressed > 0.4
    assert group.cpu_pressure < 0.01
