"""The worlds that the contract is tested over."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.world import DemoTestWorld, DockerTestWorld, World
from tests.lab.client import Lab
from tests.lab.dockerd import EngineFailed
from tests.lab.requirements import give_up, missing_for_docker


@pytest.fixture(scope="session")
def swarm_lab() -> Iterator[Lab]:
    """An engine that manages a Swarm of one node; another than ``lab``, which must have none."""
    if reason := missing_for_docker():
        give_up("swarm", reason)
    try:
        started = Lab.start()
    except EngineFailed as error:
        give_up("swarm", str(error))
    try:
        started.docker("swarm", "init", "--advertise-addr", "127.0.0.1")
        yield started
    finally:
        started.close()


@pytest.fixture(params=["demo", pytest.param("docker", marks=pytest.mark.docker)])
def engine_world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """An engine in a world that can be changed from outside: the demo's, and the lab's."""
    yield from _world(request, "lab", tmp_path)


@pytest.fixture(params=["demo", pytest.param("docker", marks=[pytest.mark.docker, pytest.mark.swarm])])
def swarm_world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A world whose engine manages a Swarm."""
    yield from _world(request, "swarm_lab", tmp_path)


def _world(request: pytest.FixtureRequest, lab: str, folder: Path) -> Iterator[World]:
    demo = request.param == "demo"
    world: World = DemoTestWorld() if demo else DockerTestWorld(request.getfixturevalue(lab), folder)
    yield world
    world.close()
