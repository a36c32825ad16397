from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from sutaztop.collectors.counters import FAILURES_BELIEVED, TRY_AGAIN, ChosenCounters
from sutaztop.collectors.stack import StackReading
from sutaztop.contracts import NotSupported
from sutaztop.domain.container import Container
from tests.clock import SetClock
from tests.collectors.fakes import ScriptedEngine
from tests.collectors.kernel_trees import KernelTree
from tests.given import counters, engine_info


@dataclass
class Known:
    """A stack whose engine a test sets."""

    reading: StackReading | None

    def latest(self) -> StackReading | None:
        return self.reading


class Setting:
    """A kernel tree with one container, and an engine whose stats say pids = 77."""

    def __init__(self, root: Path) -> None:
        self.tree = KernelTree(root)
        self.container = self.tree.plain()
        self.engine = ScriptedEngine(stats=lambda _: replace(counters(), pids=77))
        self.stack = Known(StackReading(engine_info()))
        self.clock = SetClock()

    def chosen(self, wish: str = "auto") -> ChosenCounters:
        return ChosenCounters(self.engine, self.stack, self.clock, wish=wish, kernel=self.tree.collector())

    def remote(self) -> None:
        self.stack.reading = StackReading(replace(engine_info(), is_local=False))

    def elsewhere(self) -> Container:
        """Give a container whose process number belongs to something else on this host."""
        self.tree.write(f"/proc/{self.container.pid}/cgroup", "0::/init.scope\n")
        return self.container


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    return Setting(tmp_path)


def is_from_engine(collector: ChosenCounters, container: Container) -> bool:
    try:
        read = collector.collect([container])
        return read[container.id].pids == 77
    finally:
        collector.close()


def test_kernel_files_are_used_where_they_work(setting: Setting) -> None:
    collector = setting.chosen()
    assert not is_from_engine(collector, setting.container)
    assert collector.source == "kernel files"
    assert setting.engine.calls == []


def test_a_remote_engine_is_asked_for_its_stats(setting: Setting) -> None:
    setting.remote()
    collector = setting.chosen()
    assert is_from_engine(collector, setting.container)
    assert collector.source == "engine API: the engine is on another host"


def test_an_engine_in_a_virtual_machine_behind_a_local_socket_is_found_out(setting: Setting) -> None:
    collector = setting.chosen()
    assert is_from_engine(collector, setting.elsewhere())
    assert collector.source == "engine API: kernel files: its process has ended, or is not one of this host"


def test_a_host_without_proc_is_asked_for_its_stats(setting: Setting) -> None:
    (setting.tree.root / "proc/stat").unlink()
    collector = setting.chosen()
    assert is_from_engine(collector, setting.container)
    assert collector.source.startswith("engine API: kernel files: ")


def test_a_configured_way_is_kept_to(setting: Setting) -> None:
    by_engine = setting.chosen("engine")
    assert is_from_engine(by_engine, setting.container)
    assert by_engine.source == "engine API: as configured"
    setting.remote()
    by_kernel = setting.chosen("kernel")
    assert not is_from_engine(by_kernel, setting.container)
    assert by_kernel.source == "kernel files: as configured"


def test_files_that_worked_are_not_given_up_for_one_container_that_starts_anew(setting: Setting) -> None:
    collector = setting.chosen()
    collector.collect([setting.container])
    starting = replace(setting.container, pid=4711)
    for _ in range(FAILURES_BELIEVED):
        assert collector.collect([starting]) == {}
    assert collector.source.startswith("kernel files")
    assert is_from_engine(collector, starting)


def test_files_that_could_not_be_read_are_tried_again_after_a_while(setting: Setting) -> None:
    collector = setting.chosen()
    read = collector.collect([setting.elsewhere()])
    assert read[setting.container.id].pids == 77
    setting.tree.plain()
    setting.clock.advance(TRY_AGAIN - 1)
    assert collector.collect([setting.container])[setting.container.id].pids == 77
    setting.clock.advance(1)
    assert not is_from_engine(collector, setting.container)
    assert collector.source == "kernel files"


def test_before_the_engine_was_asked_there_is_a_reason(setting: Setting) -> None:
    setting.stack.reading = None
    with pytest.raises(NotSupported):
        setting.chosen().collect([setting.container])
