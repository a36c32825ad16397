import shutil
from pathlib import Path

import psutil
import pytest

from sutaztop.collectors.host import HostCollector, physical
from sutaztop.domain.reading import Unmeasured
from sutaztop.measure.host import busy_share
from tests.clock import SetClock


def test_this_host_is_read() -> None:
    clock = SetClock()
    collector = HostCollector(clock)
    read = collector.collect()
    assert read.read_at == clock.now()
    assert read.clock_ns == clock.monotonic_ns()
    assert read.cpus == psutil.cpu_count()
    assert 0 < read.memory_available_bytes <= read.memory_total_bytes
    assert 0 < read.cpu_busy_ns < read.cpu_total_ns
    assert len(read.load) == 3
    collector.close()


def test_sutaztops_own_cost_is_read_and_rises() -> None:
    collector = HostCollector(SetClock())
    before = collector.collect()
    while collector.collect().own_cpu_time_ns == before.own_cpu_time_ns:
        sum(range(100_000))
    after = collector.collect()
    assert after.own_cpu_time_ns > before.own_cpu_time_ns
    assert after.own_memory_bytes > 1 << 20


def test_two_reads_give_a_share_between_none_and_all() -> None:
    collector = HostCollector(SetClock())
    before = after = collector.collect()
    while after.cpu_total_ns == before.cpu_total_ns:
        after = collector.collect()
    share = busy_share(before, after)
    assert not isinstance(share, Unmeasured)
    assert 0 <= share <= 1


def test_pressure_is_read_from_its_files_and_absent_without_them(tmp_path: Path) -> None:
    folder = tmp_path / "pressure"
    folder.mkdir()
    (folder / "memory").write_text(
        "some avg10=5.00 avg60=0 avg300=0 total=1\nfull avg10=1.00 avg60=0 avg300=0 total=1\n"
    )
    read = HostCollector(SetClock(), proc=str(tmp_path)).collect()
    assert read.memory_pressure is not None
    assert read.memory_pressure.some == 0.05
    assert read.cpu_pressure is None


@pytest.mark.parametrize(
    ("names", "with_device", "chosen"),
    [
        (["lo", "eth0", "veth12", "docker0", "br-12"], ["eth0"], ["eth0"]),
        (["lo", "ens3", "veth12", "docker0", "br-12"], [], ["ens3"]),
        (["lo", "veth12"], [], []),
    ],
)
def test_the_same_bytes_are_not_counted_on_the_bridge_and_the_wire(
    names: list[str], with_device: list[str], chosen: list[str]
) -> None:
    assert physical(names, with_device, ("lo", "veth", "docker", "br-")) == chosen


def test_traffic_is_that_of_the_wire_and_a_wire_that_is_taken_out_is_looked_for_anew(tmp_path: Path) -> None:
    def wire(name: str, received: int, sent: int, *, device: bool) -> None:
        folder = tmp_path / "class/net" / name / "statistics"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "rx_bytes").write_text(f"{received}\n")
        (folder / "tx_bytes").write_text(f"{sent}\n")
        if device:
            (folder.parent / "device").mkdir(exist_ok=True)

    wire("eth0", 100, 10, device=True)
    wire("veth1", 9999, 9999, device=False)
    collector = HostCollector(SetClock(), sys=str(tmp_path))
    read = collector.collect()
    assert (read.network_rx_bytes, read.network_tx_bytes) == (100, 10)
    wire("eth0", 250, 30, device=True)
    read = collector.collect()
    assert (read.network_rx_bytes, read.network_tx_bytes) == (250, 30)
    shutil.rmtree(tmp_path / "class/net/eth0")
    wire("eth1", 7, 3, device=True)
    assert collector.collect().network_rx_bytes is None
    read = collector.collect()
    assert (read.network_rx_bytes, read.network_tx_bytes) == (7, 3)
