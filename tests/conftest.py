"""Fixtures for the whole suite: the lab's engines, and the flag that rewrites text frames."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.lab.client import CommandFailed, Lab
from tests.lab.dockerd import EngineFailed
from tests.lab.ollama import OllamaDouble
from tests.lab.project import Project, start_project
from tests.lab.requirements import give_up, missing_for_compose, missing_for_docker
from tests.lab.stack import Stack, start_stack
from tests.lab.swarm import Swarm, start_swarm

# How long an example takes depends on what else the machine does; no test may.
settings.register_profile("sutaztop", deadline=None)
settings.load_profile("sutaztop")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-frames", action="store_true", default=False, help="write the text frames of the screen anew"
    )


@pytest.fixture(scope="session")
def update_frames(request: pytest.FixtureRequest) -> bool:
    """Whether text frames are written instead of compared."""
    return bool(request.config.getoption("--update-frames"))


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """An engine of the project's own, without Swarm and empty but for the image; shared by the session."""
    yield from _started_lab()


@pytest.fixture
def own_lab() -> Iterator[Lab]:
    """An engine for one test alone, which may stop it, kill it or fill it."""
    yield from _started_lab()


@pytest.fixture(scope="module")
def lab_stack() -> Iterator[Stack]:
    """The small SutazAI, on an engine of its own; for one module, since its backend keeps a core half busy."""
    for started in _started_lab():
        stack = start_stack(started)
        try:
            yield stack
        finally:
            stack.close()


@pytest.fixture(scope="session")
def lab_swarm() -> Iterator[Swarm]:
    """A one-node Swarm with a replicated and a global service, on an engine of its own."""
    for started in _started_lab("swarm"):
        try:
            swarm = start_swarm(started)
        except (CommandFailed, TimeoutError) as error:
            give_up("swarm", str(error))
        yield swarm


@pytest.fixture(scope="session")
def lab_compose(lab: Lab) -> Iterator[Project]:
    """A project that the real Compose brought up on the lab's engine."""
    reason = missing_for_compose()
    if reason:
        give_up("compose", reason)
    project = start_project(lab)
    yield project
    project.compose("down", "--timeout", "1", "--volumes")


@pytest.fixture
def ollama_double() -> Iterator[OllamaDouble]:
    """An Ollama on loopback with the guide's models; it remembers every request."""
    with OllamaDouble() as double:
        double.furnish()
        yield double


def _started_lab(what: str = "docker") -> Iterator[Lab]:
    reason = missing_for_docker()
    if reason:
        give_up(what, reason)
    try:
        started = Lab.start()
    except EngineFailed as error:
        give_up(what, str(error))
    try:
        yield started
    finally:
        started.close()
