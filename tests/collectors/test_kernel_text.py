import pytest
from hypothesis import given
from hypothesis import strategies as st

from sutaztop.collectors import kernel_text as text

NET_DEV = """Inter-|   Receive | Transmit
 face |bytes packets errs drop fifo frame compressed multicast|bytes packets errs drop fifo colls carrier compressed
    lo: 900 9 0 0 0 0 0 0 900 9 0 0 0 0 0 0
  eth0:     516      6    0    0    0     0          0         0       70       1    0    0    0     0       0       0
eth1:1000 6 0 0 0 0 0 0 30 1 0 0 0 0 0 0
"""


def test_traffic_is_the_sum_of_all_interfaces_but_the_loopback() -> None:
    assert text.network(NET_DEV) == (1516, 100)


def test_a_loopback_alone_is_no_network() -> None:
    assert text.network("\n".join(NET_DEV.splitlines()[:3])) is None


def test_version_1_block_traffic_is_summed_over_devices_by_direction() -> None:
    lines = "8:0 Read 4096\n8:0 Write 100\n8:0 Sync 7\n8:16 Read 4\n8:0 Total 4203\nTotal 4203\n"
    assert text.block_v1(lines) == (4100, 100)
    assert text.block_v1("Total 0\n") is None
    assert text.block_v1(None) is None


def test_version_2_block_traffic_is_summed_over_devices() -> None:
    assert text.block_v2("254:0 rbytes=1 wbytes=2 rios=3\n8:0 rbytes=10 wbytes=20 rios=3\n") == (11, 22)
    assert text.block_v2("") is None


def test_steal_and_guest_are_not_in_the_hosts_cpu_time() -> None:
    ns, cpus = text.system_cpu("cpu  1 2 3 4 5 6 7 800 900 1000\ncpu0 0\ncpu1 0\nintr 0\n")
    assert (ns, cpus) == (28 * text.NS_PER_TICK, 2)


def test_pressure_without_full_is_kept_apart_from_none() -> None:
    read = text.pressure("some avg10=1.00 avg60=0.00 avg300=0.00 total=0\n")
    assert read is not None
    assert read.full is None
    assert text.pressure("") is None


@pytest.mark.parametrize("junk", ["", "a b c\n", "nr_periods -1\n", "low\n", "word other\n"])
def test_junk_among_named_numbers_is_passed_over(junk: str) -> None:
    assert text.picked(junk + "nr_throttled 7\n", "nr_throttled") == 7


@given(st.text(max_size=200))
def test_no_text_makes_a_reader_fail(junk: str) -> None:
    text.picked(junk, "a")
    text.pressure(junk)
    text.network(junk)
    text.block_v1(junk)
    assert text.limit("max") is None
