"""What sutaztop's decision does to simulated services: no flapping, no chase of its own restarts."""

from itertools import pairwise

import pytest

from sutaztop.domain.decision import Axis
from sutaztop.domain.quantity import GIB
from tests.simulator.page import PAGE, quick_part, quick_text
from tests.simulator.plants import PLANTS, Plant, burning, probed
from tests.simulator.run import STRATEGIES, Named, Outcome, drive, reversals, run
from tests.simulator.strategies import Change, Guide
from tests.simulator.table import beaten, document, table
from tests.simulator.world import RESTART, Tally, World

HOUR = 3600
COMPOSE, SWARM = (
    next(it for it in STRATEGIES if it.name == f"sutaztop, {kind}, 15 s") for kind in ("Compose", "Swarm")
)
both = pytest.mark.parametrize("named", [COMPOSE, SWARM], ids=lambda it: it.name)


def plant(name: str) -> Plant:
    return next(it for it in PLANTS if it.name == name)


def rival(name: str) -> Named:
    return next(it for it in STRATEGIES if it.name == name)


# --- the simulator itself -------------------------------------------------------------------------


def test_what_is_asked_for_is_served_or_unmet_and_never_more_than_the_limits_give() -> None:
    world = World(plant("step 2→9"), restarts=True)
    for _ in range(HOUR):
        world.second()
    served = world.tally.demanded - world.tally.unmet
    assert world.tally.demanded == 1800 * 2000 + 1800 * 9000
    assert served == HOUR * 2000
    assert world.tally.granted == HOUR * 2000


def test_the_host_bounds_what_all_replicas_get() -> None:
    crowded = Plant("crowded", lambda _: 9000, replicas=3, cpu_limit=4000, neighbours_cpu=10_000)
    world = World(crowded, restarts=False)
    world.second()
    assert (world.used, world.tally.unmet) == (6000, 3000)


def test_a_change_of_limits_restarts_the_tasks_of_swarm_one_after_another_and_no_container_of_compose() -> None:
    for restarts, lost in ((True, 2 * RESTART * 2000), (False, 0)):
        world = World(Plant("two", lambda _: 4000, replicas=2), restarts=restarts)
        world.set_limits(2000, GIB)
        fewest = 2
        for _ in range(100):
            world.second()
            fewest = min(fewest, world.running)
        assert world.tally.unmet == lost
        assert fewest == (1 if restarts else 2)
        assert all(it.memory_limit == GIB for it in world.units)


def test_a_working_set_over_the_limit_is_killed_and_page_cache_is_not() -> None:
    loads, caches = World(plant("model load 2.6 GiB"), restarts=False), World(plant("cache-filler"), restarts=False)
    for _ in range(600):
        loads.second()
        caches.second()
    assert loads.tally.kills > 5
    assert loads.tally.down >= loads.tally.kills * RESTART - RESTART
    assert caches.tally.kills == 0
    assert caches.units[0].readings[-1].cache == GIB


def test_a_start_up_burn_displaces_demand_only_in_its_time() -> None:
    world = World(burning(Plant("one", lambda _: 1500)), restarts=True)
    world.set_limits(2000, None)
    lost = []
    for _ in range(300):
        before = world.tally.unmet
        world.second()
        lost.append(world.tally.unmet - before)
    assert all(it == 1500 for it in lost[:RESTART])
    # Two cores for 1.5 of demand and 3 of its own: a third of the demand is served as 2 is to 4.5.
    assert all(it == 1500 - 2000 * 1500 // 4500 for it in lost[RESTART : RESTART + 90])
    assert not any(lost[RESTART + 90 :])


def test_a_reversal_is_a_change_against_the_one_before_within_half_an_hour() -> None:
    up = Change(0, Axis.CPU, 1000, 2000, "")
    soon, late = Change(1800, Axis.REPLICAS, 2, 1, ""), Change(1801, Axis.REPLICAS, 2, 1, "")
    memory = Change(60, Axis.MEMORY, 2, 1, "")
    assert reversals([up, memory, soon]) == [(up, soon)]
    assert reversals([up, memory, late]) == []


def test_the_guide_as_written_raises_memory_for_page_cache_and_the_repaired_one_does_not() -> None:
    written = run(plant("cache-filler"), rival("guide as written"), HOUR)
    repaired = run(plant("cache-filler"), rival("guide, units fixed"), HOUR)
    assert written.tally.highest_memory > 8 * GIB
    assert repaired.changes == ()


def test_the_guide_as_written_adds_one_to_the_replicas_that_run_not_to_those_wished_for() -> None:
    world = World(Plant("hot", lambda _: 9000, cpu_limit=4000), restarts=True)
    guide = Guide(world, is_fixed=False)
    world.second()
    assert [it.after for it in guide.act()] == [2]
    assert guide.act() == []


def test_the_table_names_by_itself_where_ours_is_not_best() -> None:
    def outcome(strategy: str, unmet: int, granted: int) -> Outcome:
        return Outcome("p", strategy, (), Tally(demanded=10_000_000, unmet=unmet, granted=granted))

    found = [outcome("sutaztop, x", 500_000, 36_000_000), outcome("rival", 100_000, 72_000_000)]
    assert beaten(found) == ["- p: unmet, % 5.00 (rival 1.00)"]
    ours, theirs = table(found).splitlines()[2:]
    assert ours.rstrip(" |").endswith("core-hours")
    assert theirs.rstrip(" |").endswith("unmet")
    assert document(found)[0]["unmet_milli_core_seconds"] == 500_000


# --- sutaztop under it ----------------------------------------------------------------------------


def test_the_page_shows_what_the_program_does() -> None:
    assert quick_part(PAGE.read_text()) == quick_text().strip() + "\n", "write it anew: make simulate ARGS=--write"


@both
@pytest.mark.parametrize("name", ["steady", "cache-filler"])
def test_a_service_that_is_well_is_left_alone(named: Named, name: str) -> None:
    for it in (plant(name), burning(plant(name))):
        assert run(it, named, HOUR).changes == ()


@both
@pytest.mark.parametrize("name", ["hot", "ramp", "step 2→9", "leak", "model load 2.6 GiB"])
def test_what_grows_or_stays_is_never_followed_the_other_way(named: Named, name: str) -> None:
    for it in (plant(name), burning(plant(name)), probed(burning(plant(name)))):
        assert run(it, named, HOUR + HOUR // 2).reversals == 0


@both
def test_it_does_not_chase_the_load_of_its_own_restarts(named: Named) -> None:
    calm, burns, probes = (
        run(it, named, HOUR) for it in (plant("hot"), burning(plant("hot")), probed(burning(plant("hot"))))
    )
    assert [(it.axis, it.after) for it in calm.changes] == [(Axis.CPU, 4000)]
    assert len(burns.changes) == len(probes.changes) == 1


@both
def test_a_square_wave_is_followed_less_and_less(named: Named) -> None:
    found = run(plant("square"), named, 6 * HOUR)
    downs = [it.at for it in found.changes if it.direction < 0]
    assert found.reversals <= 4
    # Each time the replicas were missed the next try comes later: about one hour, then two, then four.
    waits = [later - earlier for earlier, later in pairwise(downs)]
    assert waits == sorted(waits)
    assert waits[0] >= HOUR


@both
def test_replicas_that_are_no_longer_needed_go_although_they_once_flapped(named: Named) -> None:
    # Forty minutes of a wave, then calm for good.
    calmed = Plant("calmed", lambda at: 6000 if at < 2400 and at // 600 % 2 else 1000)
    world = World(calmed, restarts=named.restarts)
    strategy = named.make(world)
    drive(world, strategy, 6 * HOUR)
    assert world.wished == 1


@both
def test_a_model_that_outgrows_its_limit_gets_room_after_two_kills(named: Named) -> None:
    found = run(plant("model load 2.6 GiB"), named, 2 * HOUR)
    assert found.tally.kills == 2
    assert 3 * GIB < found.tally.highest_memory < 4 * GIB


@both
def test_a_leak_is_raised_three_times_at_most_and_not_at_all_on_a_full_host(named: Named) -> None:
    found = run(plant("leak"), named, 8 * HOUR)
    assert [it.axis for it in found.changes] == [Axis.MEMORY] * 3
    assert run(plant("leak, full host"), named, 3 * HOUR).changes == ()


@pytest.mark.parametrize("kind", ["Compose", "Swarm"])
def test_five_seconds_or_fifteen_between_two_judgements_change_little(kind: str) -> None:
    for name in ("ramp", "step 2→9"):
        often, seldom = (run(plant(name), rival(f"sutaztop, {kind}, {every} s"), HOUR) for every in (5, 15))
        assert [(it.axis, it.after) for it in often.changes] == [(it.axis, it.after) for it in seldom.changes]
