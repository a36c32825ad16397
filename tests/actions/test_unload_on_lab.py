"""A model's memory in a real container: what was predicted beside what the kernel counts after the unload."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from sutaztop.actions.apply import Actuator
from sutaztop.actions.lease import Permission
from sutaztop.cli.clock import SystemClock
from sutaztop.collectors.host import HostCollector
from sutaztop.collectors.ollama import OllamaHost
from sutaztop.domain.change import Plan, Result
from sutaztop.domain.lifecycle import Unload
from sutaztop.domain.profile import Profile
from sutaztop.domain.quantity import MIB, Bytes, Seconds
from sutaztop.domain.sample import Sample
from sutaztop.domain.snapshot import Snapshot
from sutaztop.engines.docker.endpoint import resolve_endpoint
from sutaztop.engines.docker.engine import DockerEngine
from sutaztop.measure.stack import measure
from sutaztop.policy.llms import unload_words
from sutaztop.policy.model_plan import unload_candidates
from sutaztop.store.journal import FileJournal
from tests.given import KeptSeries
from tests.lab.client import Lab
from tests.lab.dockerd import wait_until
from tests.lab.ollama import OllamaDouble

pytestmark = pytest.mark.docker
NAME, MODEL = "unload-ollama", "lab:200m"
SIZE = 200 * MIB


@pytest.fixture
def container(lab: Lab) -> Iterator[str]:
    """A container that holds a model's size in memory until it is told to let go."""
    held = lab.run(
        NAME, "--memory", "400m", "--shm-size", "300m",
        command=("sh", "-c", f"dd if=/dev/zero of=/dev/shm/model bs=1048576 count={SIZE // MIB}; sleep 1000000"),
    )  # fmt: skip
    wait_until(lambda: lab.docker("exec", NAME, "stat", "-c", "%s", "/dev/shm/model") == str(SIZE), 20.0)
    yield held
    lab.remove(NAME)


class Sight:
    """Snapshots of the one container and its server, from the real engine."""

    def __init__(self, engine: DockerEngine, host: OllamaHost) -> None:
        self.engine = engine
        self.host = host
        self.clock = SystemClock()
        self.collector = HostCollector(self.clock)
        self.before: Sample | None = None
        self.last: Snapshot | None = None

    def look(self, *, later: float = 0.0) -> Snapshot:
        """Look now, and say that it is so many seconds later, for what waits to settle."""
        containers = tuple(self.engine.containers())
        counters = {it.id: self.engine.counters(it.id) for it in containers if it.is_running}
        sample = Sample(
            self.clock.now() + timedelta(seconds=later), self.clock.monotonic_ns(), containers=containers,
            counters=counters, host=self.collector.collect(), models=(self.host.read(),),
        )  # fmt: skip
        self.last = measure(self.before, sample, Profile(), self.last)
        self.before = sample
        return self.last


def test_an_unload_is_verified_and_remembered_with_what_the_kernel_counts(
    lab: Lab, container: str, tmp_path: Path
) -> None:
    with OllamaDouble() as double:
        double.install(MODEL, size=SIZE)
        double.load(MODEL, size=SIZE)
        host = OllamaHost(double.endpoint, container_id=container)
        engine = DockerEngine(resolve_endpoint(host=lab.host), deadline=Seconds(20.0))
        sight = Sight(engine, host)
        sight.look()
        best = unload_candidates(sight.look(), KeptSeries())[0]
        assert (best.model.name, best.frees) == (MODEL, SIZE)

        def run() -> None:
            """End as a runner does: the memory goes when the model has."""
            wait_until(lambda: not double.is_loaded(MODEL), 20.0)
            lab.docker("exec", NAME, "rm", "/dev/shm/model")

        runner = threading.Thread(target=run)
        runner.start()
        actuator = Actuator(
            engine=engine, model_host=lambda _: host, journal=FileJournal(tmp_path), clock=sight.clock, who="tester",
            permission=Permission(),
        )  # fmt: skip
        change = Unload(double.endpoint, MODEL, MODEL, Bytes(SIZE), container, Bytes(0), best.frees)
        outcome = actuator.apply(Plan("Unload", "model", change, (), "curl …"))
        runner.join()
        sight.look()
        (unload,) = sight.look(later=15.0).watch.unloads
    assert outcome.result is Result.APPLIED, outcome
    assert "of 200 MiB predicted" in outcome.observed
    assert unload.freed is not None
    assert abs(unload.freed - unload.predicted) <= 8 * MIB, unload_words(unload)
    assert double.delete_count == 0
