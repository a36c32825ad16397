"""The simulated strategy decides as the program does from its own snapshots, history and past."""

import pytest

from tests.simulator.live import Live
from tests.simulator.ours import Ours
from tests.simulator.plants import PLANTS, Plant, burning, probed
from tests.simulator.run import drive
from tests.simulator.strategies import Change
from tests.simulator.world import World

HOUR = 3600


def told(changes: list[Change]) -> list[tuple[int, str, int, int]]:
    return [(it.at, it.axis.value, it.before, it.after) for it in changes]


@pytest.mark.parametrize("restarts", [False, True], ids=["Compose", "Swarm"])
@pytest.mark.parametrize("name", ["step 2→9", "square", "spike", "cache-filler", "model load 2.6 GiB"])
def test_it_does_the_same_as_the_program_from_snapshots(name: str, restarts: bool) -> None:
    plant: Plant = probed(burning(next(it for it in PLANTS if it.name == name)))
    worlds = [World(plant, restarts=restarts) for _ in range(2)]
    ours = drive(worlds[0], Ours(worlds[0], every=15), HOUR)
    live = drive(worlds[1], Live(worlds[1], every=15), HOUR)
    assert told(live) == told(ours)
