from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from sutaztop.domain.counters import ContainerCounters
from sutaztop.domain.quantity import Bytes, Cores
from sutaztop.domain.reading import COUNTERS_RESTARTED, FIRST_READ, NO_LIMIT, NOT_SUPPORTED, Unmeasured
from sutaztop.domain.resources import Limits
from sutaztop.measure.cpu import cores_used, throttled_share
from sutaztop.measure.usage import usage_of
from tests.given import NOW, counters, limits

SECOND = 1_000_000_000
count = st.integers(min_value=0, max_value=2**62)
maybe = st.none() | count
reads = st.builds(
    ContainerCounters,
    read_at=st.just(NOW),
    clock_ns=st.integers(min_value=1, max_value=2**60),
    run=st.sampled_from(["1", "2"]),
    cpu_time_ns=count,
    system_cpu_time_ns=maybe,
    online_cpus=st.integers(min_value=0, max_value=512),
    periods=maybe,
    throttled_periods=maybe,
    network_rx_bytes=maybe,
    network_tx_bytes=maybe,
    block_read_bytes=maybe,
    block_write_bytes=maybe,
)
RATES = ("cpu", "cpu_utilization", "throttled", "network_rx", "network_tx", "block_read", "block_write")


@given(reads, reads)
def test_rates_are_never_negative_whatever_was_read(before: ContainerCounters, after: ContainerCounters) -> None:
    usage = usage_of(before, after, limits())
    for figure in RATES:
        value = getattr(usage, figure)
        assert isinstance(value, Unmeasured) or value >= 0, figure


@given(reads, reads)
def test_two_runs_are_never_subtracted(before: ContainerCounters, after: ContainerCounters) -> None:
    usage = usage_of(replace(before, run="1"), replace(after, run="2"), limits())
    for figure in RATES:
        value = getattr(usage, figure)
        assert value in (COUNTERS_RESTARTED, NOT_SUPPORTED), figure


@given(reads, st.integers(min_value=1, max_value=2**60))
def test_cpu_time_that_fell_gives_no_rate_at_all(before: ContainerCounters, lost: int) -> None:
    before = replace(before, cpu_time_ns=before.cpu_time_ns + lost)
    after = replace(before, cpu_time_ns=before.cpu_time_ns - lost, clock_ns=before.clock_ns + SECOND)
    usage = usage_of(before, after, limits())
    for figure in RATES:
        assert isinstance(getattr(usage, figure), Unmeasured), figure


@given(reads, st.integers(min_value=1, max_value=10 * SECOND), st.integers(min_value=0, max_value=2**40))
def test_a_rate_times_the_time_is_what_was_counted(before: ContainerCounters, elapsed: int, gained: int) -> None:
    before = replace(before, network_rx_bytes=7, block_read_bytes=None)
    after = replace(before, clock_ns=before.clock_ns + elapsed, network_rx_bytes=7 + gained)
    rate = usage_of(before, after, limits()).network_rx
    assert not isinstance(rate, Unmeasured)
    assert abs(rate * elapsed / SECOND - gained) <= 1e-6 * max(gained, 1)


def test_a_first_read_has_memory_and_no_rates() -> None:
    read = replace(counters(clock_ns=1), memory_usage_bytes=Bytes(100), network_rx_bytes=5)
    usage = usage_of(None, read, limits(memory=400))
    assert usage.cpu == FIRST_READ
    assert usage.network_rx == FIRST_READ
    assert usage.memory == 100
    assert usage.memory_utilization == 0.25


def test_an_interface_that_went_makes_no_spike() -> None:
    before = replace(counters(clock_ns=0), network_rx_bytes=10_000)
    after = replace(counters(clock_ns=SECOND, cpu_time_ns=1), network_rx_bytes=200)
    usage = usage_of(before, after, Limits())
    assert usage.network_rx == COUNTERS_RESTARTED
    assert not isinstance(usage.cpu, Unmeasured)


def test_block_traffic_that_the_kernel_does_not_count_is_not_zero() -> None:
    usage = usage_of(counters(clock_ns=0), counters(clock_ns=SECOND, cpu_time_ns=1), Limits())
    assert usage.block_read == NOT_SUPPORTED
    assert usage.block_write == NOT_SUPPORTED


def test_shares_of_no_limit_say_that_there_is_none() -> None:
    usage = usage_of(counters(clock_ns=0), counters(clock_ns=SECOND, cpu_time_ns=SECOND), Limits())
    assert usage.cpu_utilization == NO_LIMIT
    assert usage.memory_utilization == NO_LIMIT
    assert usage.throttled == NO_LIMIT


def test_without_the_hosts_time_the_wall_clock_divides() -> None:
    before = replace(counters(clock_ns=0), system_cpu_time_ns=50)
    after = replace(counters(clock_ns=2 * SECOND, cpu_time_ns=SECOND), system_cpu_time_ns=50, online_cpus=4)
    assert cores_used(before, after) == 0.5


def test_an_idle_container_with_a_limit_was_throttled_in_no_period() -> None:
    before = replace(counters(), periods=10, throttled_periods=4)
    assert throttled_share(before, before, Cores(1.0)) == 0.0


def test_throttling_is_of_the_interval_and_not_of_the_whole_life() -> None:
    before = replace(counters(), periods=1000, throttled_periods=0)
    after = replace(counters(), periods=1010, throttled_periods=8)
    assert throttled_share(before, after, Cores(1.0)) == 0.8


def test_a_kernel_that_counts_no_periods_is_said_to() -> None:
    assert throttled_share(counters(), counters(), Cores(1.0)) == NOT_SUPPORTED


def test_the_age_is_that_of_the_read() -> None:
    read = counters(NOW - timedelta(seconds=9), clock_ns=1)
    assert usage_of(None, read, Limits()).read_at == NOW - timedelta(seconds=9)
