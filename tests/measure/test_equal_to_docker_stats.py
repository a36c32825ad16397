from typing import Any

import pytest

from sutaztop.domain.quantity import Bytes
from sutaztop.domain.reading import FIRST_READ, Unmeasured
from sutaztop.domain.resources import Limits
from sutaztop.measure import memory
from sutaztop.measure.cpu import cores_used
from sutaztop.measure.usage import usage_of
from tests.measure.recorded import load, pair


def payloads() -> list[dict[str, Any]]:
    recorded = load("stats_recorded.json")
    return [*recorded["recorded"], *recorded["lifecycle"]]


def test_cpu_is_what_the_engine_formula_gives_for_every_recorded_payload() -> None:
    compared = 0
    for it in payloads():
        before, after = pair(it["payload"])
        if before is None or after is None:
            continue
        cores = cores_used(before, after)
        assert not isinstance(cores, Unmeasured), it["name"]
        assert cores * 100 == pytest.approx(it["expect"]["cpu_percent"], rel=1e-9), it["name"]
        compared += 1
    assert compared == 28


def test_cpu_reads_as_the_command_line_printed_it() -> None:
    compared = 0
    for it in load("stats_recorded.json")["recorded"]:
        before, after = pair(it["payload"])
        if before is None or after is None:
            continue
        cores = cores_used(before, after)
        assert not isinstance(cores, Unmeasured)
        assert f"{cores * 100:.2f}%" == it["expect_cli"]["CPUPerc"], it["name"]
        compared += 1
    assert compared == 19


def test_a_first_frame_is_no_average_since_boot() -> None:
    first_frames = 0
    for it in payloads():
        before, after = pair(it["payload"])
        if before is None and after is not None:
            assert usage_of(before, after, Limits()).cpu == FIRST_READ
            assert it["expect"]["cpu_percent"] > 0, "docker stats does print a number here"
            first_frames += 1
    assert first_frames == 4


def test_the_working_set_is_what_docker_prints_for_every_recorded_payload() -> None:
    compared = 0
    for it in payloads():
        _, after = pair(it["payload"])
        if after is None:
            continue
        used = memory.working_set(after.memory_usage_bytes, after.memory_inactive_file_bytes)
        assert used == it["expect"]["mem_used"], it["name"]
        compared += 1
    assert compared == 32


def test_share_of_a_memory_limit_is_what_docker_prints() -> None:
    compared = 0
    for it in load("stats_recorded.json")["recorded"]:
        _, after = pair(it["payload"])
        limit = it["expect"]["mem_limit"]
        if after is None or limit > 2**34:
            continue
        share = usage_of(None, after, Limits(memory=Bytes(limit))).memory_utilization
        assert not isinstance(share, Unmeasured)
        assert f"{share * 100:.2f}%" == it["expect_cli"]["MemPerc"], it["name"]
        compared += 1
    assert compared == 7


def test_process_counts_are_passed_on_unchanged() -> None:
    for it in payloads():
        _, after = pair(it["payload"])
        if after is not None:
            assert usage_of(None, after, Limits()).pids == it["expect"]["pids"], it["name"]


def test_a_container_on_the_host_network_has_no_network_figure_rather_than_zero() -> None:
    host = next(it for it in load("stats_recorded.json")["recorded"] if it["name"] == "lab-host (tee1)")
    _, after = pair(host["payload"])
    assert after is not None
    assert str(usage_of(None, after, Limits()).network_rx) == "not supported"


def test_cgroup_pairs_give_the_share_that_the_recording_computed_from_proc_stat() -> None:
    for it in load("cgroup_v1_snapshots.json"):
        earlier, later = pair(it["api_first"])[1], pair(it["api_second"])[1]
        assert earlier is not None
        assert later is not None
        cores = cores_used(earlier, later)
        assert not isinstance(cores, Unmeasured)
        assert cores * 100 == pytest.approx(it["cpu_percent_api_pair"], abs=1e-6), it["name"]


@pytest.mark.parametrize("case", range(2))
def test_docker_clis_own_memory_facts_hold(case: int) -> None:
    facts = [it for it in load("stats_recorded.json")["cli_unit_facts"] if it["kind"].startswith("mem_")]
    fact = facts[case]
    if fact["kind"] == "mem_used":
        given = fact["input"]
        assert memory.working_set(Bytes(given["usage"]), Bytes(given["stats"]["total_inactive_file"])) == fact["expect"]
    else:
        used, limit = Bytes(int(fact["input"]["used"])), Bytes(int(fact["input"]["limit"]))
        share = memory.share_of_limit(used, limit)
        assert not isinstance(share, Unmeasured)
        assert share * 100 == pytest.approx(fact["expect"])
