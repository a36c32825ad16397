import errno
import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sutaztop.contracts import CountersCollector, NotSupported
from sutaztop.domain.counters import ContainerCounters
from sutaztop.domain.resources import Limits
from sutaztop.measure.usage import usage_of
from tests.clock import SetClock
from tests.collectors.kernel_trees import KernelTree
from tests.given import NOW
from tests.measure.recorded import load


@pytest.fixture
def tree(tmp_path: Path) -> KernelTree:
    return KernelTree(tmp_path)


def block(stats: dict[str, Any]) -> tuple[int, int] | None:
    entries = stats["blkio_stats"]["io_service_bytes_recursive"]
    if not entries:
        return None
    read, written = (sum(it["value"] for it in entries if it["op"].lower() == op) for op in ("read", "write"))
    return read, written


def traffic(stats: dict[str, Any]) -> tuple[int, int] | None:
    networks = stats.get("networks")
    if not networks:
        return None
    return sum(it["rx_bytes"] for it in networks.values()), sum(it["tx_bytes"] for it in networks.values())


def assert_equals_the_engines(read: ContainerCounters, stats: dict[str, Any]) -> None:
    """Hold all but CPU time, which goes on between the two reads, against the payload taken with the files."""
    memory, throttling = stats["memory_stats"], stats["cpu_stats"]["throttling_data"]
    assert read.memory_usage_bytes == memory["usage"]
    inactive = memory["stats"].get("total_inactive_file", memory["stats"]["inactive_file"])
    assert read.memory_inactive_file_bytes == inactive
    assert read.memory_anon_bytes == memory["stats"].get("total_rss", memory["stats"].get("anon"))
    assert read.pids == stats["pids_stats"]["current"]
    assert read.online_cpus == stats["cpu_stats"]["online_cpus"]
    assert read.periods is not None
    assert abs(read.periods - throttling["periods"]) <= 25
    assert abs(read.cpu_time_ns - stats["cpu_stats"]["cpu_usage"]["total_usage"]) < 2.5e9


@pytest.mark.parametrize("instant", ["first", "second"])
def test_version_1_files_say_what_the_engine_says(tree: KernelTree, instant: str) -> None:
    for number, snapshot in enumerate(load("cgroup_v1_snapshots.json")):
        container = tree.hybrid(snapshot, snapshot[instant], pid=100 + number)
        read = tree.collector().collect([container])[container.id]
        assert_equals_the_engines(read, snapshot[f"api_{instant}"])
        assert (read.network_rx_bytes, read.network_tx_bytes) == traffic(snapshot[f"api_{instant}"])
        assert read.cpu_time_ns == int(snapshot[instant]["cpuacct.usage"])
        assert read.oom_kills == 2


def test_version_1_cpu_between_two_reads_is_what_the_recording_computed(tree: KernelTree) -> None:
    for number, snapshot in enumerate(load("cgroup_v1_snapshots.json")):
        collector = tree.collector()
        container = tree.hybrid(snapshot, snapshot["first"], pid=200 + number)
        before = collector.collect([container])[container.id]
        tree.hybrid(snapshot, snapshot["second"], pid=200 + number)
        after = replace(collector.collect([container])[container.id], clock_ns=before.clock_ns + 1)
        cores = usage_of(before, after, Limits()).cpu
        assert isinstance(cores, float)
        assert cores * 100 == pytest.approx(snapshot["cpu_percent_procstat"], abs=1e-6), snapshot["name"]
        collector.close()


def test_version_1_limits_and_pressure_come_from_both_hierarchies(tree: KernelTree) -> None:
    limited, free, _ = load("cgroup_v1_snapshots.json")
    it = tree.hybrid(limited, limited["first"], pid=7)
    read = tree.collector().collect([it])[it.id]
    assert read.memory_limit_bytes == 100663296
    assert read.cpu_pressure is not None
    assert (read.cpu_pressure.some, read.cpu_pressure.full) == pytest.approx((0.1178, 0.1178))
    assert read.cpu_pressure.some_minute == pytest.approx(0.0234)
    other = tree.hybrid(free, free["first"], pid=8)
    assert tree.collector().collect([other])[other.id].memory_limit_bytes is None


def test_an_empty_version_1_block_file_is_not_zero_traffic(tree: KernelTree) -> None:
    snapshot = load("cgroup_v1_snapshots.json")[0]
    it = tree.hybrid(snapshot, snapshot["first"], pid=7)
    read = tree.collector().collect([it])[it.id]
    assert read.block_read_bytes is None
    assert read.block_write_bytes is None


def test_version_2_files_say_what_the_engine_says(tree: KernelTree) -> None:
    for snapshot in load("cgroup_v2_snapshots.json")["containers"]:
        it = tree.unified(snapshot)
        read = tree.collector().collect([it])[it.id]
        assert_equals_the_engines(read, snapshot["stats"])
        found = (read.block_read_bytes, read.block_write_bytes)
        assert found == (block(snapshot["stats"]) or (None, None)), snapshot["name"]
        assert (read.network_rx_bytes, read.network_tx_bytes) == (traffic(snapshot["stats"]) or (None, None))
        limit = snapshot["host_config"]["Memory"] or None
        assert read.memory_limit_bytes == limit


def test_version_2_throttled_time_is_in_nanoseconds(tree: KernelTree) -> None:
    snapshot = load("cgroup_v2_snapshots.json")["containers"][0]
    it = tree.unified(snapshot)
    read = tree.collector().collect([it])[it.id]
    assert read.throttled_time_ns == 13692685 * 1000
    assert (read.periods, read.throttled_periods) == (309, 297)


@pytest.mark.parametrize("driver", ["systemd", "cgroupfs"])
def test_both_drivers_paths_are_found_through_the_process(tree: KernelTree, driver: str) -> None:
    it = tree.plain(driver=driver)
    assert tree.collector().collect([it])[it.id].cpu_time_ns == 1_000_000


def test_figures_that_this_kernel_has_no_file_for_are_absent(tree: KernelTree) -> None:
    it = tree.plain()
    read = tree.collector().collect([it])[it.id]
    assert (read.pids, read.oom_kills, read.cpu_pressure, read.network_rx_bytes) == (None, None, None, None)
    assert read.memory_usage_bytes == 4096


def test_a_process_of_something_else_is_left_out_and_told(tree: KernelTree) -> None:
    it = tree.plain()
    tree.write(f"/proc/{it.pid}/cgroup", "0::/user.slice/somebody-elses\n")
    collector: CountersCollector = tree.collector()
    assert collector.collect([it]) == {}
    assert collector.source == "kernel files; 1 not readable: its process has ended, or is not one of this host"


def test_a_process_that_is_not_here_is_left_out(tree: KernelTree) -> None:
    here, elsewhere = tree.plain("here", 300), replace(tree.plain("gone", 301), pid=999)
    assert set(tree.collector().collect([here, elsewhere])) == {here.id}


def test_a_container_on_the_host_network_shows_no_traffic_of_the_host(tree: KernelTree) -> None:
    it = tree.plain()
    tree.write(f"/proc/{it.pid}/net/dev", "a\nb\n  eth0: 900 1 0 0 0 0 0 0 800 1 0 0 0 0 0 0\n")
    collector = tree.collector()
    assert collector.collect([it])[it.id].network_rx_bytes == 900
    on_host = replace(it, network_mode="host", started_at=NOW)
    assert collector.collect([on_host])[it.id].network_rx_bytes is None


def test_without_proc_there_is_a_reason_instead_of_numbers(tree: KernelTree) -> None:
    it = tree.plain()
    (tree.root / "proc/stat").unlink()
    with pytest.raises(NotSupported):
        tree.collector().collect([it])


def used(microseconds: int) -> str:
    return f"usage_usec {microseconds}\nnr_periods 0\nnr_throttled 0\n"


def test_memory_is_read_anew_whenever_the_container_has_run(tree: KernelTree) -> None:
    it, clock = tree.plain(), SetClock()
    collector = tree.collector(clock=clock)
    collector.collect([it])
    clock.advance(1)
    tree.change(it, "memory.current", "8192\n")
    tree.change(it, "cpu.stat", used(1001))
    assert collector.collect([it])[it.id].memory_usage_bytes == 8192
    collector.close()


def test_memory_that_the_kernel_takes_from_a_container_that_rests_is_seen_at_once(tree: KernelTree) -> None:
    it, clock = tree.plain(), SetClock()
    tree.change(it, "memory.stat", "anon 1024\nfile 3072\ninactive_file 3072\n")
    collector = tree.collector(clock=clock)
    collector.collect([it])
    tree.change(it, "memory.stat", "anon 1024\nfile 1024\ninactive_file 1024\n")
    tree.change(it, "memory.current", "2048\n")
    clock.advance(1)
    read = collector.collect([it])[it.id]
    assert (read.memory_usage_bytes, read.memory_inactive_file_bytes) == (2048, 1024)
    collector.close()


def test_what_only_moves_within_memory_that_rests_is_at_most_five_seconds_old(tree: KernelTree) -> None:
    it, clock = tree.plain(), SetClock()
    tree.change(it, "memory.stat", "anon 1024\nfile 3072\ninactive_file 1024\n")
    collector = tree.collector(clock=clock)
    collector.collect([it])
    tree.change(it, "memory.stat", "anon 1024\nfile 3072\ninactive_file 3072\n")
    clock.advance(4.9)
    resting = collector.collect([it])[it.id]
    assert (resting.memory_inactive_file_bytes, resting.read_at) == (1024, clock.now())
    clock.advance(0.1)
    assert collector.collect([it])[it.id].memory_inactive_file_bytes == 3072
    collector.close()


def test_traffic_of_a_container_that_rests_is_read_each_time(tree: KernelTree) -> None:
    it, clock = tree.plain(), SetClock()
    tree.change(it, "io.stat", "8:0 rbytes=1 wbytes=2\n")
    collector = tree.collector(clock=clock)
    for total in (100, 250, 250, 900):
        tree.write(f"/proc/{it.pid}/net/dev", f"a\nb\n  eth0: {total} 1 0 0 0 0 0 0 {2 * total} 1 0 0 0 0 0 0\n")
        tree.change(it, "io.stat", f"8:0 rbytes={total} wbytes={3 * total}\n")
        clock.advance(1)
        read = collector.collect([it])[it.id]
        assert (read.network_rx_bytes, read.network_tx_bytes) == (total, 2 * total)
        assert (read.block_read_bytes, read.block_write_bytes) == (total, 3 * total)
    collector.close()


def test_pressure_is_asked_for_as_often_as_the_kernel_reckons_it(tree: KernelTree) -> None:
    it, clock = tree.plain(), SetClock()
    tree.change(it, "cpu.pressure", "some avg10=1.00 avg60=0.00 avg300=0.00 total=0\n")
    collector = tree.collector(clock=clock)
    collector.collect([it])
    tree.change(it, "cpu.pressure", "some avg10=2.00 avg60=0.00 avg300=0.00 total=0\n")
    seen = []
    for second in range(1, 4):
        clock.advance(1)
        tree.change(it, "cpu.stat", used(1000 + second))
        read = collector.collect([it])[it.id].cpu_pressure
        assert read is not None
        seen.append(read.some)
    assert seen == [0.01, 0.02, 0.02]
    collector.close()


def test_a_second_read_opens_nothing_anew(tree: KernelTree) -> None:
    it = tree.plain()
    collector = tree.collector()
    collector.collect([it])
    tree.write(f"/proc/{it.pid}/cgroup", "gone\n")
    assert set(collector.collect([it])) == {it.id}
    collector.close()


def test_another_run_opens_its_own_files(tree: KernelTree) -> None:
    it = tree.plain(pid=300)
    collector = tree.collector()
    first = collector.collect([it])[it.id]
    again = replace(tree.plain(pid=301), started_at=NOW + timedelta(seconds=9))
    second = collector.collect([again])[it.id]
    assert first.run != second.run
    assert str(usage_of(first, second, Limits()).cpu) == "counters restarted"
    collector.close()


def test_files_whose_cgroup_has_gone_are_opened_anew(tree: KernelTree) -> None:
    broken: set[int] = set()
    opened: list[int] = []

    def pread(descriptor: int, length: int, offset: int, /) -> bytes:
        opened.append(descriptor)
        if descriptor in broken:
            broken.clear()
            raise OSError(errno.ENODEV, "No such device")
        return os.pread(descriptor, length, offset)

    it = tree.plain()
    collector = tree.collector(pread=pread)
    collector.collect([it])
    broken.update(opened[1:])
    assert collector.collect([it])[it.id].cpu_time_ns == 1_000_000
    assert not broken
    collector.close()


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


@pytest.mark.parametrize("files", [0, 2, 1000])
def test_no_more_files_stay_open_than_the_budget_allows(tree: KernelTree, files: int) -> None:
    several = [tree.plain(f"web{n}", 300 + n) for n in range(4)]
    collector = tree.collector(files=files)
    before = open_files()
    assert len(collector.collect(several)) == 4
    assert open_files() - before <= files
    assert len(collector.collect(several)) == 4
    collector.close()
    collector.close()
    assert open_files() == before


def test_files_of_containers_no_longer_asked_for_are_closed(tree: KernelTree) -> None:
    it = tree.plain()
    collector = tree.collector()
    before = open_files()
    collector.collect([])
    without = open_files()
    collector.collect([it])
    assert open_files() > without
    collector.collect([])
    assert open_files() == without
    collector.close()
    assert open_files() == before
