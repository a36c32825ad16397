from collections.abc import Callable

import pytest

from sutaztop.demo.host import no_own_cost
from sutaztop.demo.open import DemoWorld, open_demo
from sutaztop.domain.disk import Component, Medium
from sutaztop.domain.quantity import GIB, Bytes
from tests.clock import SetClock

PLAN = (
    Component("Ollama models", Medium.SSD, ("/opt/sutazaiapp/data/ollama",), ("ollama_data",),
              recommended=Bytes(150 * GIB)),
    Component("Vector databases", Medium.SSD, (), ("chromadb_data", "qdrant_data"), recommended=Bytes(100 * GIB)),
    Component("Logs", Medium.HDD, ("/opt/sutazaiapp/logs",), recommended=Bytes(50 * GIB)),
    Component("Base", Medium.SSD, engine_root=True, recommended=Bytes(30 * GIB)),
)  # fmt: skip


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


Open = Callable[[str], DemoWorld]


@pytest.fixture
def opened(clock: SetClock) -> Open:
    """Open a world of a scenario by the test's clock."""
    return lambda scenario: open_demo(clock, scenario=scenario, components=PLAN, own_cost=no_own_cost)


@pytest.fixture
def busy(opened: Open) -> DemoWorld:
    return opened("busy")


@pytest.fixture
def calm(opened: Open) -> DemoWorld:
    return opened("calm")


@pytest.fixture
def incident(opened: Open) -> DemoWorld:
    return opened("incident")
