"""What only a real engine shows: restarts beneath us, odd ways of limiting, terminals, locality."""

import io
import tarfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import pytest

from sutaztop.contracts import EngineError, EngineRefused, EngineUnreachable, NotSupported, Unreachable
from sutaztop.domain.quantity import MIB, Bytes, Cores, Seconds
from sutaztop.domain.resources import Limits
from sutaztop.engines.docker.endpoint import resolve_endpoint
from sutaztop.engines.docker.engine import DockerEngine
from tests.lab.client import Lab
from tests.lab.dockerd import wait_until
from tests.lab.requirements import compose_binary, give_up, missing_for_compose

pytestmark = pytest.mark.docker

MADE = "sutaztop.test=engine"


def engine_of(lab: Lab) -> DockerEngine:
    binary = compose_binary()
    endpoint = resolve_endpoint(host=lab.host, environment={})
    return DockerEngine(endpoint, deadline=Seconds(20.0), compose_command=(str(binary),) if binary else ())


@pytest.fixture
def engine(lab: Lab) -> Iterator[DockerEngine]:
    it = engine_of(lab)
    yield it
    it.close()
    lab.remove(*lab.docker("ps", "-aq", "--filter", f"label={MADE}").split())


def run(lab: Lab, name: str, *options: str, command: tuple[str, ...] = ("sleep", "1000000")) -> str:
    return lab.run(name, "--network", "none", "--label", MADE, *options, command=command)


def test_the_labs_engine_is_local_and_says_what_it_is(lab: Lab, engine: DockerEngine) -> None:
    run(lab, "engine-local")
    info = engine.info()
    assert info.is_local
    assert info.endpoint == lab.host
    assert info.origin == "--host"
    assert info.root_directory == str(lab.engine.data_root)
    assert info.api_version == lab.docker("version", "--format", "{{.Server.APIVersion}}")


def test_an_engine_with_nothing_running_is_known_as_local_by_its_host(engine: DockerEngine) -> None:
    assert engine.info().is_local


def test_a_container_limited_by_quota_keeps_its_quota(lab: Lab, engine: DockerEngine) -> None:
    container = run(lab, "engine-quota", "--cpu-quota", "25000", "--cpu-period", "50000")
    before = engine.inspect(container).resources.limits
    assert before == Limits(cpu=Cores(0.5), cpu_by_quota=True, cpu_period_us=50_000)
    engine.set_limits(container, before, before.with_cpu(Cores(0.8)))
    assert lab.inspect(container, "{{.HostConfig.CpuQuota}} {{.HostConfig.NanoCpus}}") == "40000 0"
    kernel = engine.kernel_limits(container)
    assert kernel is not None
    assert kernel.cpu == 0.8


@pytest.mark.parametrize(("swap", "after"), [("64m", 96 * MIB), ("200m", 300 * MIB), ("-1", -1)])
def test_memory_grows_whatever_its_swap_is(lab: Lab, engine: DockerEngine, swap: str, after: int) -> None:
    container = run(lab, "engine-swap", "--memory", "64m", "--memory-swap", swap)
    before = engine.inspect(container).resources.limits
    engine.set_limits(container, before, before.with_memory(Bytes(96 * MIB)))
    now = engine.inspect(container).resources.limits
    assert (now.memory, now.memory_and_swap) == (96 * MIB, after)


def test_a_pids_limit_comes_and_goes(lab: Lab, engine: DockerEngine) -> None:
    container = run(lab, "engine-pids")
    engine.set_limits(container, Limits(), Limits(pids=50))
    assert engine.inspect(container).resources.limits.pids == 50
    assert cast("Limits", engine.kernel_limits(container)).pids == 50
    engine.set_limits(container, Limits(pids=50), Limits())
    assert engine.inspect(container).resources.limits.pids is None
    assert cast("Limits", engine.kernel_limits(container)).pids is None


@pytest.mark.skipif(
    not Path("/sys/fs/cgroup/memory").exists(), reason="on version 2 the kernel kills: tests/lab_v2/expectations.py"
)
def test_memory_below_what_is_used_is_refused_in_the_kernels_words(lab: Lab, engine: DockerEngine) -> None:
    # Shared memory is charged to its container and cannot be reclaimed.
    fill = ("sh", "-c", "dd if=/dev/zero of=/dev/shm/full bs=1M count=40 && sleep 1000000")
    limits = ("--memory", "128m", "--memory-swap", "128m", "--shm-size", "64m")
    container = run(lab, "engine-full", *limits, command=fill)
    wait_until(lambda: (engine.counters(container).memory_usage_bytes or 0) > 40 * MIB, 30.0)
    before = engine.inspect(container).resources.limits
    with pytest.raises(EngineRefused) as refused:
        engine.set_limits(container, before, before.with_cpu(Cores(0.5)).with_memory(Bytes(16 * MIB)))
    assert refused.value.trouble.why
    assert engine.inspect(container).resources.limits == before
    assert cast("Limits", engine.kernel_limits(container)).memory == 128 * MIB


def test_a_terminals_log_is_read_as_one_stream(lab: Lab, engine: DockerEngine) -> None:
    container = run(lab, "engine-terminal", "--tty", command=("sh", "-c", "echo one; echo two >&2; sleep 1000000"))
    wait_until(lambda: len(list(engine.logs(container))) == 2, 30.0)
    assert [(line.stream, line.text) for line in engine.logs(container)] == [("stdout", "one"), ("stdout", "two")]


def test_a_container_that_keeps_no_log_says_so(lab: Lab, engine: DockerEngine) -> None:
    container = run(lab, "engine-no-log", "--log-driver", "none")
    with pytest.raises(EngineRefused, match="keeps no log"):
        engine.logs(container)


def test_a_very_long_line_comes_whole(lab: Lab, engine: DockerEngine) -> None:
    script = "i=0; while [ $i -lt 200 ]; do printf 'abcdefghijklmnopqrstuvwxyz0123'; i=$((i+1)); done; echo; echo end"
    container = run(lab, "engine-long", command=("sh", "-c", f"{script}; sleep 1000000"))
    wait_until(lambda: [line.text for line in engine.logs(container)][-1:] == ["end"], 30.0)
    first = next(iter(engine.logs(container)))
    assert first.text == "abcdefghijklmnopqrstuvwxyz0123" * 200


def test_an_engine_without_swarm_lists_no_swarm_services(engine: DockerEngine) -> None:
    assert [service.id for service in engine.services() if "/" not in service.id] == []
    with pytest.raises(NotSupported, match="not a swarm manager"):
        engine.service("anything")


@pytest.mark.compose
def test_a_compose_service_with_a_fixed_port_says_so_beforehand(lab: Lab, engine: DockerEngine, tmp_path: Path) -> None:
    if reason := missing_for_compose():
        give_up("compose", reason)
    service = f"image: {lab.image}, labels: {{sutaztop.test: engine}}, ports: ['127.0.0.1:18471:80']"
    (tmp_path / "compose.yaml").write_text(f"services: {{web: {{{service}, stop_grace_period: 1s}}}}\n")
    lab.compose("-p", "engine-port", "up", "-d", directory=tmp_path)
    before = engine.service("engine-port/web")
    assert "fixed host port" in before.not_scalable
    with pytest.raises(EngineRefused, match="fixed host port"):
        engine.set_replicas("engine-port/web", 2)
    lab.compose("-p", "engine-port", "down", directory=tmp_path)


@pytest.mark.compose
def test_a_replica_that_could_not_be_started_is_not_left_behind(lab: Lab, engine: DockerEngine, tmp_path: Path) -> None:
    if reason := missing_for_compose():
        give_up("compose", reason)
    # Both replicas would have the same address: the engine makes the second, and cannot start it.
    (tmp_path / "compose.yaml").write_text(
        f"services: {{web: {{image: {lab.image}, command: [sleep, '1000'], stop_grace_period: 1s, "
        "networks: {fixed: {ipv4_address: 10.213.7.10}}}}\n"
        "networks: {fixed: {ipam: {config: [{subnet: 10.213.7.0/24}]}}}\n"
    )
    lab.compose("-p", "engine-fixed", "up", "-d", directory=tmp_path)
    names = "{{.Names}} {{.State}}"
    label = "label=com.docker.compose.project=engine-fixed"
    before = lab.docker("ps", "-a", "--format", names, "--filter", label)
    with pytest.raises(EngineError, match="engine-fixed-web-2") as failed:
        engine.set_replicas("engine-fixed/web", 2)
    assert "never ran" in failed.value.trouble.advice
    assert lab.docker("ps", "-a", "--format", names, "--filter", label) == before
    lab.compose("-p", "engine-fixed", "down", directory=tmp_path)


def test_an_engine_that_stops_ends_streams_and_is_found_again_when_it_is_back() -> None:
    own = Lab.start()
    engine = engine_of(own)
    try:
        events = engine.events()
        engine.info()
        own.engine.halt()
        with suppress(EngineUnreachable):  # it ends in order, or breaks off: as the engine managed
            list(events)
        with pytest.raises(EngineUnreachable) as gone:
            engine.info()
        assert gone.value.kind in (Unreachable.GONE, Unreachable.NO_SOCKET, Unreachable.REFUSED)
        own.engine.start()
        assert engine.info().endpoint == own.host
        again = engine.events()
        cast("Any", again).close()
    finally:
        engine.close()
        own.close()


def _layer(size: int, filled_with: bytes) -> bytes:
    """Give a tar with one file, for an image that nobody runs."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        entry = tarfile.TarInfo("blob")
        entry.size = size
        tar.addfile(entry, io.BytesIO(filled_with * size))
    return buffer.getvalue()


def test_pruning_dangling_images_gives_back_what_was_foretold(lab: Lab, engine: DockerEngine) -> None:
    before = engine.reclaimable()
    for filling in (b"a", b"b"):
        # The second takes the name away from the first.
        lab.docker("import", "-", "engine-odd:1", stdin=_layer(16 * MIB, filling))
    foretold = engine.reclaimable()
    assert foretold.images_dangling - before.images_dangling == 16 * MIB
    lab.docker("image", "prune", "--force")
    after = engine.reclaimable()
    assert foretold.images - after.images == foretold.images_dangling
    assert after.images_dangling == 0
    lab.docker("rmi", "engine-odd:1")
