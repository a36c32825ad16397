"""Opening a demo world: the engine, the models and the collectors, as the real ones are put together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sutaztop.contracts import Clock
from sutaztop.demo.counters import DemoCounters
from sutaztop.demo.disks import DemoDisks
from sutaztop.demo.engine import DemoEngine
from sutaztop.demo.files import DemoFiles
from sutaztop.demo.host import DemoHost, OwnCost, read_own_cost
from sutaztop.demo.ollama import DemoModels, DemoModelsCollector
from sutaztop.demo.scenarios import DEFAULT_SCENARIO
from sutaztop.demo.world import World
from sutaztop.domain.disk import Component


@dataclass(frozen=True, slots=True)
class DemoWorld:
    """Everything that reads and changes one world. ``world`` is for tests: it starts, stops and adds things."""

    world: World
    engine: DemoEngine
    models: DemoModels
    host_collector: DemoHost
    counters_collector: DemoCounters
    disks_collector: DemoDisks
    models_collector: DemoModelsCollector
    files: DemoFiles

    def close(self) -> None:
        """End the engine's streams; twice is fine."""
        self.engine.close()


def open_demo(
    clock: Clock, *, seed: int = 7, scenario: str = DEFAULT_SCENARIO, components: Sequence[Component] = (),
    own_cost: Callable[[], OwnCost] = read_own_cost,
) -> DemoWorld:  # fmt: skip
    """Open a world that lives by ``clock``. The same seed, scenario and deeds give the same world.

    ``components`` is the profile's disk plan. ``own_cost`` is what is shown as sutaztop's own
    cost: measured, unless a test wants ``sutaztop.demo.host.no_own_cost``. Raises
    ``ValueError`` for an unknown scenario.
    """
    world = World(clock, seed=seed, scenario=scenario)
    models = DemoModels(world)
    engine = DemoEngine(world)
    return DemoWorld(
        world, engine, models, DemoHost(world, own_cost=own_cost), DemoCounters(world),
        DemoDisks(world, components), DemoModelsCollector(models), DemoFiles(world, engine.containers()),
    )  # fmt: skip
