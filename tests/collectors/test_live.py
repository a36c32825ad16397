"""The collectors on a real engine: kernel files, the engine's stats and the command line must tell the same."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import pytest

from sutaztop.cli.clock import SystemClock
from sutaztop.collectors.api_counters import EngineCounters
from sutaztop.collectors.cgroups import KernelCounters
from sutaztop.collectors.counters import ChosenCounters
from sutaztop.collectors.gather import Gather
from sutaztop.collectors.host import HostCollector
from sutaztop.collectors.stack import StackCollector, StackReading
from sutaztop.domain.container import Container, ContainerState
from sutaztop.domain.counters import ContainerCounters
from sutaztop.domain.profile import Profile
from sutaztop.domain.quantity import MIB, Seconds
from sutaztop.domain.reading import Unmeasured
from sutaztop.domain.sample import Sample
from sutaztop.engines.docker.endpoint import resolve_endpoint
from sutaztop.engines.docker.engine import DockerEngine
from sutaztop.measure.stack import measure
from tests.lab.client import Lab
from tests.lab.dockerd import wait_until

pytestmark = pytest.mark.docker
DEADLINE = 30.0
LOOP = ("sh", "-c", "while :; do :; done")
MEMBERS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "live-busy": (("--cpus", "0.3", "-m", "64m"), LOOP),
    "live-idle": (("-m", "96m"), ("sleep", "1000000")),
    "live-cache": ((), ("sh", "-c", "dd if=/dev/zero of=/tmp/file bs=1M count=20 2>/dev/null; sleep 1000000")),
    "live-offline": (("--network", "none"), ("sleep", "1000000")),
}


@dataclass
class Live:
    """The lab's engine through our own adapter, with a few containers on it."""

    lab: Lab
    engine: DockerEngine
    ids: dict[str, str]

    def containers(self) -> list[Container]:
        return [self.engine.inspect(it) for it in self.ids.values()]

    def container(self, name: str) -> Container:
        return self.engine.inspect(self.ids[name])


@pytest.fixture(scope="module")
def live(lab: Lab) -> Iterator[Live]:
    ids = {name: lab.run(name, *options, command=command) for name, (options, command) in MEMBERS.items()}
    engine = DockerEngine(resolve_endpoint(host=lab.host), deadline=Seconds(10.0))
    wait_until(lambda: not lab.docker("exec", "live-cache", "ls", "-s", "/tmp/file").startswith("0"), DEADLINE)
    yield Live(lab, engine, ids)
    engine.close()
    lab.remove(*ids.values())


@pytest.fixture
def kernel() -> Iterator[KernelCounters]:
    made = KernelCounters(SystemClock())
    yield made
    made.close()


def until(read: Callable[[], Sample], holds: Callable[[Sample], bool]) -> Sample:
    kept: list[Sample] = []

    def asked() -> bool:
        kept.append(read())
        return holds(kept[-1])

    wait_until(asked, DEADLINE)
    return kept[-1]


def test_kernel_files_and_the_engines_stats_tell_the_same(live: Live, kernel: KernelCounters) -> None:
    for container in live.containers():
        before = kernel.collect([container])[container.id]
        engines = live.engine.counters(container.id)
        after = kernel.collect([container])[container.id]
        assert before.cpu_time_ns <= engines.cpu_time_ns <= after.cpu_time_ns, container.name
        assert before.system_cpu_time_ns is not None
        assert engines.system_cpu_time_ns is not None
        assert after.system_cpu_time_ns is not None
        assert before.system_cpu_time_ns <= engines.system_cpu_time_ns <= after.system_cpu_time_ns
        assert before.periods is not None
        assert engines.periods is not None
        assert before.periods <= engines.periods
        for figure in ("memory_usage_bytes", "memory_inactive_file_bytes", "memory_limit_bytes", "pids"):
            seen = {getattr(before, figure), getattr(after, figure)}
            assert getattr(engines, figure) in seen, f"{container.name}: {figure}"
        assert engines.network_rx_bytes is None or before.network_rx_bytes is not None
        assert (engines.network_rx_bytes is None) == (before.network_rx_bytes is None), container.name


def test_the_working_set_is_what_the_command_line_prints(live: Live, kernel: KernelCounters) -> None:
    containers = live.containers()
    printed = live.lab.docker("stats", "--no-stream", "--format", "{{.Name}}|{{.MemUsage}}|{{.PIDs}}", *live.ids)
    rows = dict(line.split("|", 1) for line in printed.splitlines())
    sample = Sample(
        at=SystemClock().now(), clock_ns=1, containers=tuple(containers), counters=kernel.collect(containers)
    )
    for it in measure(None, sample, Profile()).containers:
        memory, pids = rows[it.container.name].split("|")
        assert int(pids) == it.usage.pids
        assert not isinstance(it.usage.memory, Unmeasured)
        assert abs(in_bytes(memory.partition(" / ")[0]) - it.usage.memory) <= 0.1 * MIB, it.container.name


def in_bytes(text: str) -> float:
    for unit, factor in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)):
        if text.endswith(unit):
            return float(text.removesuffix(unit)) * factor
    raise ValueError(text)


def test_a_limit_of_cpu_shows_as_throttling_and_as_a_share_of_that_limit(live: Live) -> None:
    with_gather = gather(live)
    try:
        before = until(with_gather.read, lambda it: live.ids["live-busy"] in it.counters)
        then = before.counters[live.ids["live-busy"]]
        # However busy the machine is: some of its quota's periods end in throttling.
        after = until(
            with_gather.read, lambda it: risen(then, it.counters[live.ids["live-busy"]], "throttled_periods") >= 3
        )
        now = after.counters[live.ids["live-busy"]]
    finally:
        with_gather.close()
    usage = measure(before, after, Profile()).by_id[live.ids["live-busy"]].usage
    assert not isinstance(usage.cpu, Unmeasured)
    assert not isinstance(usage.throttled, Unmeasured)
    assert not isinstance(usage.cpu_utilization, Unmeasured)
    assert usage.cpu > 0
    assert usage.cpu_utilization == pytest.approx(usage.cpu / 0.3)
    assert usage.throttled == risen(then, now, "throttled_periods") / risen(then, now, "periods")


def risen(then: ContainerCounters, now: ContainerCounters, counter: str) -> int:
    return int(getattr(now, counter) - getattr(then, counter))


def gather(live: Live) -> Gather:
    clock = SystemClock()
    stack = StackCollector(live.engine, clock)
    return Gather(clock, stack, ChosenCounters(live.engine, stack, clock), HostCollector(clock))


def test_a_sample_of_a_real_engine_is_whole_and_says_how_it_was_read(live: Live) -> None:
    source = gather(live)
    try:
        sample = until(source.read, lambda it: len(it.counters) >= len(live.ids) and it.host is not None)
    finally:
        source.close()
    assert sample.engine is not None
    assert sample.engine.is_local
    assert {it.name: it.trouble for it in sample.reports} == {"stack": None, "counters": None, "host": None}
    report = sample.report("counters")
    assert report is not None
    assert report.source == "kernel files"
    snapshot = measure(None, sample, Profile())
    for container_id in live.ids.values():
        assert not isinstance(snapshot.by_id[container_id].usage.memory, Unmeasured)


def test_the_engines_stats_alone_give_every_container(live: Live) -> None:
    collector = EngineCounters(live.engine)
    containers = live.containers()
    read: dict[str, int] = {}

    def all_read() -> bool:
        read.update({key: it.cpu_time_ns for key, it in collector.collect(containers).items()})
        return len(read) == len(live.ids)

    try:
        wait_until(all_read, DEADLINE)
    finally:
        collector.close()
    assert all(read.values())


def test_a_container_that_starts_anew_is_another_run_and_never_a_spike(live: Live, kernel: KernelCounters) -> None:
    name = live.lab.run("live-again", command=LOOP)
    try:
        first = live.engine.inspect(name)
        before = kernel.collect([first])[name]
        live.lab.docker("restart", "-t", "0", name)
        assert kernel.collect([first]) == {}, "the old process has gone and so have its files"
        second = live.engine.inspect(name)
        after = kernel.collect([second])[name]
    finally:
        live.lab.remove(name)
    assert before.run != after.run
    earlier = Sample(at=before.read_at, clock_ns=1, containers=(first,), counters={name: before})
    later = Sample(at=after.read_at, clock_ns=2, containers=(second,), counters={name: after})
    assert str(measure(earlier, later, Profile()).by_id[name].usage.cpu) == "counters restarted"


def test_a_child_killed_for_memory_is_counted_on_a_container_that_runs_on(live: Live, kernel: KernelCounters) -> None:
    name = live.lab.run(
        "live-oom", "-m", "12m", "--memory-swap", "12m", command=("sh", "-c", "tail /dev/zero; sleep 999")
    )
    try:
        it = live.engine.inspect(name)
        wait_until(lambda: bool(kernel.collect([it])[name].oom_kills), DEADLINE)
        sample = Sample(at=SystemClock().now(), clock_ns=1, containers=(it,), counters=kernel.collect([it]))
        assert it.state is ContainerState.RUNNING
    finally:
        live.lab.remove(name)
    assert measure(None, sample, Profile()).by_id[name].oom_killed


def test_the_stack_follows_what_happens_to_a_container(live: Live) -> None:
    stack = StackCollector(live.engine, SystemClock())
    stack.collect()
    seen: list[StackReading] = []

    def state_is(container_id: str, wanted: ContainerState | None) -> bool:
        seen.append(stack.collect())
        return next((it.state for it in seen[-1].containers if it.id == container_id), None) is wanted

    name = live.lab.run("live-events")
    try:
        wait_until(lambda: state_is(name, ContainerState.RUNNING), DEADLINE)
        live.lab.docker("pause", name)
        wait_until(lambda: state_is(name, ContainerState.PAUSED), DEADLINE)
        live.lab.docker("unpause", name)
        live.lab.docker("kill", name)
        wait_until(lambda: state_is(name, ContainerState.EXITED), DEADLINE)
    finally:
        live.lab.remove(name)
    wait_until(lambda: state_is(name, None), DEADLINE)
    stack.close()
    actions = [it.action for reading in seen for it in reading.events if it.subject_id == name]
    assert [it for it in actions if it in ("start", "pause", "unpause", "die", "destroy")] == [
        "start", "pause", "unpause", "die", "destroy",
    ]  # fmt: skip


def test_an_engine_that_stops_and_starts_under_a_running_gather_is_followed_again(own_lab: Lab) -> None:
    container_id = own_lab.run("live-stays", "--restart", "always")
    engine = DockerEngine(resolve_endpoint(host=own_lab.host), deadline=Seconds(5.0))
    clock = SystemClock()
    stack = StackCollector(engine, clock)
    source = Gather(clock, stack, ChosenCounters(engine, stack, clock))

    def trouble(sample: Sample) -> bool:
        report = sample.report("stack")
        return report is not None and report.trouble is not None

    try:
        whole = until(source.read, lambda it: container_id in it.counters)
        own_lab.engine.halt()
        lost = until(source.read, trouble)
        assert [it.id for it in lost.containers] == [it.id for it in whole.containers]
        report, earlier = lost.report("stack"), whole.report("stack")
        assert report is not None
        assert earlier is not None
        assert report.read_at is not None
        assert earlier.read_at is not None
        assert earlier.read_at <= report.read_at < lost.at
        own_lab.engine.start()
        back = until(
            source.read, lambda it: not trouble(it) and any(c.is_running and c.id in it.counters for c in it.containers)
        )
        assert back.containers[0].pid != whole.containers[0].pid
        fresh = own_lab.run("live-new")
        until(source.read, lambda it: fresh in it.counters)
    finally:
        source.close()
        engine.close()
