"""Replicas that were taken and missed are not taken again at once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from sutaztop.domain.case import Case, HostRoom, LoadSample, Phase, Replica, Resized
from sutaztop.domain.decision import Axis, Decision, DecisionState
from sutaztop.domain.past import NO_PAST
from sutaztop.domain.quantity import GIB, MIB
from sutaztop.policy.deciding.decide import decide_one
from sutaztop.policy.remember import remembered
from tests import given
from tests.policy.situations import Situation

NOW = 1_000_000
HOUR = 3600


def decided(resized: Sequence[tuple[int, int]], **other: object) -> Decision:
    """Decide about three idle replicas; ``resized`` are (seconds ago, how many)."""
    samples = tuple(LoadSample(NOW - 5 * n, 100, 100 * MIB, 2000 - 50 * n, 0) for n in range(36))
    case = Case(
        id="it", name="it", replicas=3, cpu_limit=2000, memory_limit=GIB,
        members=tuple(Replica(f"r{n}", Phase.RUNNING, 0, samples=samples) for n in range(3)),
        resized=tuple(Resized(NOW - ago, by) for ago, by in resized),
    )  # fmt: skip
    return decide_one(replace(case, **other), HostRoom(16_000, 64 * GIB, 1000, 32 * GIB), NOW)  # type: ignore[arg-type]


def test_idle_replicas_go() -> None:
    assert [(it.axis, it.after) for it in decided([]).actions] == [(Axis.REPLICAS, 2)]


@pytest.mark.parametrize(
    ("resized", "left"),
    [
        ([(2000, -1), (1000, 1)], HOUR - 1000),
        ([(1000 + 1800, -1), (1000, 1)], HOUR - 1000),
        # Missed twice: two hours; three times: four.
        ([(9000, -1), (8000, 1), (6000, -1), (5000, 1)], 2 * HOUR - 5000),
        ([(40_000, -1), (39_000, 1), (30_000, -1), (29_000, 1), (9000, -1), (8000, 1)], 4 * HOUR - 8000),
    ],
)
def test_after_they_were_missed_none_are_taken_for_an_hour_and_twice_as_long_each_time(
    resized: list[tuple[int, int]], left: int
) -> None:
    decision = decided(resized)
    assert (decision.state, decision.actions) == (DecisionState.HOLD, ())
    assert [(it.name, it.detail) for it in decision.guards] == [("FLAPPING", left)]
    assert "had to be added again soon after" in decision.text


@pytest.mark.parametrize(
    "resized",
    [
        [(5000, -1), (HOUR, 1)],  # the hour is over
        [(2801, -1), (1000, 1)],  # they were gone for longer than half an hour
        [(1059, -1), (1000, 1)],  # made anew by somebody, within a cool-down
        [(2000, 1), (1000, 1)],  # never taken
        [(2000, 1), (1000, -1)],  # not missed so far
        [(90_000, -1), (88_000, 1)],  # another day
        [(-1000, -1), (-2000, 1)],  # the clock stepped back
    ],
)
def test_otherwise_they_go(resized: list[tuple[int, int]]) -> None:
    assert decided(resized).actions


def test_a_hold_ends_within_a_day() -> None:
    often = [(ago, by) for n in range(1, 20) for ago, by in ((n * 2000 + 1000, -1), (n * 2000, 1))]
    (guard,) = decided(often).guards
    assert isinstance(guard.detail, int)
    assert guard.detail == 86_400 - 2000


def test_it_holds_back_no_growth() -> None:
    hot = tuple(LoadSample(NOW - 5 * n, 3900, 100 * MIB, 2000 - 50 * n, 0) for n in range(36))
    members = tuple(Replica(f"r{n}", Phase.RUNNING, 0, samples=hot) for n in range(3))
    decision = decided([(2000, -1), (1000, 1)], members=members, cpu_limit=4000)
    assert [(it.axis, it.after) for it in decision.actions] == [(Axis.REPLICAS, 5)]


def test_changes_of_size_are_remembered_for_a_day_and_not_without_end() -> None:
    situation = Situation()
    service = situation.serve("worker", situation.add(given.container("w1")), swarm=True)
    past, sized = NO_PAST, situation.snapshot()
    for n in range(200):
        at = given.NOW + timedelta(seconds=400 * n)
        sized = replace(sized, at=at, services=(replace(service, desired=1 + n % 2),))
        past = remembered(past, sized, [], situation.history)
    assert len(past.resized[service.id]) == 64
    later = given.NOW + timedelta(seconds=400 * 200 + 86_400)
    assert remembered(past, replace(sized, at=later), [], situation.history).resized == {}
