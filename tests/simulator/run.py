"""Runs plants under strategies, and what each run came to."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sutaztop.domain.decision import Axis
from tests.simulator.hpa import HpaAlone
from tests.simulator.ours import Ours
from tests.simulator.plants import PLANTS, Plant, burning
from tests.simulator.strategies import Change, Guide, Strategy
from tests.simulator.world import Tally, World

REVERSED_WITHIN = 1800
"""A change the other way within half an hour is a reversal."""

Made = Callable[[World], Strategy]


@dataclass(frozen=True, slots=True)
class Named:
    """A strategy by name, and whether its changes of limits start tasks anew (Swarm) or not (Compose)."""

    name: str
    restarts: bool
    make: Made


STRATEGIES: tuple[Named, ...] = (
    Named("sutaztop, Compose, 5 s", restarts=False, make=lambda it: Ours(it, every=5)),
    Named("sutaztop, Compose, 15 s", restarts=False, make=lambda it: Ours(it, every=15)),
    Named("sutaztop, Swarm, 5 s", restarts=True, make=lambda it: Ours(it, every=5)),
    Named("sutaztop, Swarm, 15 s", restarts=True, make=lambda it: Ours(it, every=15)),
    Named("HPA alone", restarts=True, make=HpaAlone),
    Named("guide, units fixed", restarts=True, make=lambda it: Guide(it, is_fixed=True)),
    Named("guide as written", restarts=True, make=lambda it: Guide(it, is_fixed=False)),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One plant under one strategy."""

    plant: str
    strategy: str
    changes: tuple[Change, ...]
    tally: Tally

    @property
    def reversals(self) -> int:
        """Changes against the one before on the same resource, within half an hour."""
        return len(reversals(self.changes))

    @property
    def unmet_share(self) -> float:
        """The part of the demand that was not served."""
        return self.tally.unmet / self.tally.demanded if self.tally.demanded else 0.0


def reversals(changes: Sequence[Change]) -> list[tuple[Change, Change]]:
    """Give the pairs of a change and its reversal. A CPU limit and replicas are one resource: both give cores."""
    found: list[tuple[Change, Change]] = []
    last: dict[bool, Change] = {}
    for it in changes:
        is_memory = it.axis is Axis.MEMORY
        before = last.get(is_memory)
        if before is not None and before.direction != it.direction and it.at - before.at <= REVERSED_WITHIN:
            found.append((before, it))
        last[is_memory] = it
    return found


def run(plant: Plant, named: Named, seconds: int) -> Outcome:
    """Let a plant run under a strategy."""
    world = World(plant, restarts=named.restarts)
    strategy = named.make(world)
    return Outcome(plant.name, named.name, tuple(drive(world, strategy, seconds)), world.tally)


def drive(world: World, strategy: Strategy, seconds: int) -> list[Change]:
    """Let the seconds pass, with the strategy acting in its turn."""
    changes: list[Change] = []
    for at in range(1, seconds + 1):
        world.second()
        strategy.watch()
        if at % strategy.every == 0:
            changes += strategy.act()
    return changes


def all_plants() -> Iterable[Plant]:
    """Give every plant without and with a start-up burn."""
    for it in PLANTS:
        yield it
        yield burning(it)
