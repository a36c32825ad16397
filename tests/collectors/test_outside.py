"""Heavy processes outside containers: looked for only while they weigh, and never one of a container."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from sutaztop.collectors.outside import OutsideProcesses
from sutaztop.domain.counters import HostCounters
from sutaztop.domain.quantity import GIB, Bytes
from tests import given
from tests.clock import SetClock

DOCKER = "/system.slice/docker-" + "a" * 64 + ".scope"
SECOND = 1_000_000_000


class Proc:
    """A /proc with the processes that a test puts there; each look back costs ``spent`` ticks."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.looks = 0
        self.processes: dict[int, tuple[str, int, int, str]] = {}

    def add(self, pid: int, name: str, *, ticks: int = 0, pages: int = 1, group: str = "/user.slice") -> None:
        self.processes[pid] = (name, ticks, pages, group)
        self.write(0)

    def write(self, times: int) -> None:
        for pid, (name, ticks, pages, group) in self.processes.items():
            place = self.folder / str(pid)
            place.mkdir(exist_ok=True)
            (place / "stat").write_text(
                f"{pid} ({name}) R 1 1 1 0 -1 0 0 0 0 0 {ticks * times} 0 0 0 20 0 1 0 5 4096 {pages} 0"
            )
            (place / "cgroup").write_text(f"0::{group}\n")

    def pause(self, seconds: float) -> None:
        del seconds
        self.looks += 1
        self.write(self.looks)


@pytest.fixture
def proc(tmp_path: Path) -> Proc:
    return Proc(tmp_path)


def collector(proc: Proc) -> OutsideProcesses:
    return OutsideProcesses(SetClock(), proc=str(proc.folder), pause=proc.pause)


def host(second: int, busy: float, *, available: int = 30 * GIB) -> HostCounters:
    counters = given.host_counters(
        clock_ns=second * SECOND, busy_ns=int(busy * 12 * second * SECOND), total_ns=12 * second * SECOND
    )
    return replace(counters, memory_available_bytes=Bytes(available))


def test_nobody_looks_while_the_hosts_use_is_its_containers(proc: Proc) -> None:
    proc.add(7, "busy", ticks=100)
    it = collector(proc)
    used = {"c": given.counters(cpu_time_ns=0)}
    assert it.collect(host(1, 0.5), used) == ()
    assert it.collect(host(31, 0.5), {"c": given.counters(cpu_time_ns=150 * SECOND)}) == ()
    assert proc.looks == 0


def test_what_weighs_is_found_by_cpu_and_by_memory_and_no_container_is(proc: Proc) -> None:
    proc.add(7, "analyser", ticks=250)
    proc.add(8, "in a container", ticks=900, group=DOCKER)
    proc.add(9, "hoarder", pages=10**6)
    proc.add(10, "\x1b[2Jevil)\x07", ticks=50)
    it = collector(proc)
    it.collect(host(1, 0.5), {})
    found = it.collect(host(31, 0.5), {})
    assert [found[0].pid, found[0].name, round(found[0].cpu, 1) > 2] == [7, "analyser", True]
    assert "hoarder" in [it.name for it in found]
    assert "in a container" not in [it.name for it in found]
    assert all(it.name.isprintable() for it in found)


@pytest.mark.parametrize(
    ("group", "inside"),
    [
        (DOCKER, True), ("/docker/" + "b" * 64, True), ("/docker/" + "b" * 64 + "/init.scope", True),
        ("/machine.slice/libpod-" + "c" * 64 + ".scope/container", True), ("/user.slice/user-1000.slice", False),
        ("/system.slice/docker.service", False), ("/", False),
    ],
)  # fmt: skip
def test_a_process_is_a_containers_by_its_group(proc: Proc, group: str, *, inside: bool) -> None:
    proc.add(7, "one", ticks=250, group=group)
    it = collector(proc)
    it.collect(host(1, 0.5), {})
    assert (it.collect(host(31, 0.5), {}) == ()) is inside


def test_memory_alone_is_reason_enough_at_the_first_look(proc: Proc) -> None:
    proc.add(7, "hoarder", pages=10**6)
    assert [it.name for it in collector(proc).collect(host(1, 0.0, available=8 * GIB), {})] == ["hoarder"]


def test_a_process_of_this_host_is_found_by_its_name() -> None:
    burning = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        it = OutsideProcesses(SetClock())
        it.collect(host(1, 0.9), {})
        found = {process.pid: process for process in it.collect(host(31, 0.9), {})}
    finally:
        burning.kill()
        burning.wait(10)
    if burning.pid not in found:
        pytest.skip("three busier processes, or a container around the tests")
    assert found[burning.pid].cpu > 0
    assert os.getpid() not in found
