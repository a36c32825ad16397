"""Counters from the stats API, against what a real engine sent and the real command line printed for it."""

import json
from typing import Any

import pytest

from sutaztop.contracts import EngineError
from sutaztop.domain.counters import ContainerCounters
from sutaztop.domain.quantity import Bytes
from sutaztop.engines.docker.stats import decode_counters
from tests.engines.recorded import recorded

HOST_MEMORY = Bytes(25276502016)


def decode(payload: object, host_memory: Bytes | None = HOST_MEMORY) -> ContainerCounters | None:
    return decode_counters(payload, run="1", clock_ns=7, host_memory=host_memory)


def cases(key: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = recorded("stats_recorded.json")[key]
    return found


def test_the_working_set_equals_what_the_command_line_prints() -> None:
    for case in [*cases("recorded"), *cases("lifecycle")]:
        counters = decode(case["payload"])
        if counters is None:
            assert case["expect"]["mem_used"] == 0, case["name"]
            continue
        used = (counters.memory_usage_bytes or 0) - (counters.memory_inactive_file_bytes or 0)
        assert used == case["expect"]["mem_used"], case["name"]


def test_network_block_and_pids_equal_what_the_command_line_prints() -> None:
    for case in cases("recorded"):
        counters = decode(case["payload"])
        if counters is None:
            continue
        network = [counters.network_rx_bytes or 0, counters.network_tx_bytes or 0]
        blocks = [counters.block_read_bytes or 0, counters.block_write_bytes or 0]
        assert network == case["expect"]["net"], case["name"]
        assert blocks == case["expect"]["blk"], case["name"]
        assert (counters.pids or 0) == case["expect"]["pids"], case["name"]


def test_a_stopped_container_is_told_by_the_year_one() -> None:
    stopped = [case for case in cases("recorded") if "exited" in case["name"]]
    assert stopped
    assert [decode(case["payload"]) for case in stopped] == [None] * len(stopped)


def test_a_container_that_goes_while_it_is_read_has_no_counters() -> None:
    assert decode({"read": "2026-11-23T06:42:49Z", "cpu_stats": {"cpu_usage": {"total_usage": 5}}}) is None


def test_an_unlimited_container_has_no_limit_whatever_the_engine_reports() -> None:
    host = next(case for case in cases("recorded") if case["name"].startswith("lab-host"))
    counters = decode(host["payload"])
    assert counters is not None
    assert host["payload"]["memory_stats"]["limit"] == HOST_MEMORY
    assert counters.memory_limit_bytes is None


def test_a_network_that_is_not_counted_is_none_and_an_idle_one_is_zero() -> None:
    host = decode(next(case for case in cases("recorded") if case["name"].startswith("lab-host"))["payload"])
    joined = decode(next(case for case in cases("recorded") if case["name"].startswith("lab-joined"))["payload"])
    assert host is not None
    assert joined is not None
    assert (host.network_rx_bytes, joined.network_rx_bytes) == (None, 946)


def test_an_empty_block_list_is_not_zero() -> None:
    counters = decode(next(case for case in cases("recorded") if case["name"].startswith("lab-host"))["payload"])
    assert counters is not None
    assert counters.block_read_bytes is None


def test_version_two_counts_by_its_own_names() -> None:
    snapshots = recorded("cgroup_v2_snapshots.json")
    memory = Bytes(snapshots["info"]["MemTotal"])
    by_name = {it["name"]: it for it in snapshots["containers"]}
    limited = decode(by_name["lab-limited"]["stats"], memory)
    assert limited is not None
    assert (limited.memory_usage_bytes, limited.memory_inactive_file_bytes) == (475136, 57344)
    assert (limited.memory_anon_bytes, limited.memory_cache_bytes) == (61440, 151552)
    assert limited.memory_limit_bytes == 64 << 20
    assert (limited.block_read_bytes, limited.block_write_bytes) == (151552, 0)
    assert (limited.periods, limited.throttled_periods) == (308, 296)
    unlimited = decode(by_name["lab-unlimited"]["stats"], memory)
    assert unlimited is not None
    assert unlimited.memory_limit_bytes is None


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("cpu_stats",), []),
        (("memory_stats", "usage"), "many"),
        (("networks",), [1]),
        (("blkio_stats", "io_service_bytes_recursive"), {"op": 1}),
        (("pids_stats", "current"), 1.5),
        (("read",), 12),
    ],
)
def test_another_type_than_promised_is_an_engine_error_that_says_where(path: tuple[str, ...], value: object) -> None:
    payload: dict[str, Any] = {
        "read": "2026-11-23T06:42:49Z", "cpu_stats": {"system_cpu_usage": 1}, "memory_stats": {"usage": 1},
        "pids_stats": {}, "blkio_stats": {},
    }  # fmt: skip
    place = payload
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(EngineError, match=path[-1]):
        decode(json.loads(json.dumps(payload)))
