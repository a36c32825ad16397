"""The counters of the world's containers, many at once."""

from collections.abc import Mapping, Sequence

from sutaztop.demo.world import World
from sutaztop.domain.container import Container
from sutaztop.domain.counters import ContainerCounters
from sutaztop.domain.quantity import Seconds


class DemoCounters:
    """``CountersCollector`` over a world: every reading of one call is of the same instant."""

    name = "counters"
    deadline = Seconds(2.0)

    def __init__(self, world: World) -> None:
        self._world = world

    @property
    def source(self) -> str:
        """Say that none of it is real."""
        return "demo world"

    def collect(self, containers: Sequence[Container]) -> Mapping[str, ContainerCounters]:
        """Read those that run; others are left out."""
        with self._world.moment() as instant:
            living = self._world.containers
            return {
                it.id: found.cgroup.read(instant, found.limits.memory)
                for it in containers
                if (found := living.get(it.id)) is not None and found.cgroup is not None
            }

    def close(self) -> None:
        """Do nothing: nothing is open."""
