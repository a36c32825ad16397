"""Ends of runs and rest are carried from snapshot to snapshot; what is outside is what is left."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from sutaztop.domain.container import ContainerState
from sutaztop.domain.event import Event
from sutaztop.domain.profile import Profile
from sutaztop.domain.quantity import GIB, Bytes, Cores, Ratio
from sutaztop.domain.reading import FIRST_READ, NOT_SUPPORTED, Unmeasured
from sutaztop.domain.sample import Sample
from sutaztop.domain.snapshot import ContainerSnapshot, End
from sutaztop.measure.life import MOST_ENDS, MOST_KILLS, ends_of, kills_of, resting_since
from sutaztop.measure.outside import with_outside
from sutaztop.measure.stack import measure
from tests import given

LATER = given.NOW + timedelta(seconds=10)


def sample(restarts: int, second: int, *events: Event, code: int | None = 1) -> Sample:
    it = replace(
        given.container(restart_count=restarts, state=ContainerState.RESTARTING), exit_code=code,
        finished_at=given.NOW + timedelta(seconds=second),
    )  # fmt: skip
    at = given.NOW + timedelta(seconds=second)
    return Sample(at=at, clock_ns=second, engine=given.engine_info(), containers=(it,), events=events)


def died(second: int, code: str) -> Event:
    at = given.NOW + timedelta(seconds=second)
    return Event(at, second, "container", "die", given.container().id, detail=code)


def test_a_restart_is_remembered_with_the_events_time_and_code() -> None:
    first = measure(None, sample(7, 0), Profile())
    assert first.containers[0].ends == ()
    second = measure(None, sample(8, 5, died(3, "139")), Profile(), first)
    assert second.containers[0].ends == (End(given.NOW + timedelta(seconds=3), 139),)
    third = measure(None, sample(8, 6), Profile(), second)
    assert third.containers[0].ends is second.containers[0].ends


def test_restarts_whose_events_were_missed_count_with_the_last_code() -> None:
    first = measure(None, sample(7, 0), Profile())
    ends = measure(None, sample(10, 5, code=127), Profile(), first).containers[0].ends
    assert [it.exit_code for it in ends] == [None, None, 127]


def test_a_stop_by_hand_is_no_restart() -> None:
    first = measure(None, sample(7, 0), Profile())
    assert measure(None, sample(7, 5, died(3, "143")), Profile(), first).containers[0].ends == ()
    assert measure(None, sample(0, 5, died(3, "143")), Profile(), first).containers[0].ends == ()


def test_ends_are_forgotten_after_an_hour_and_never_pile_up() -> None:
    earlier = replace(given.measured_container(), ends=(End(given.NOW, 1),))
    assert ends_of(earlier.container, earlier, (), given.NOW + timedelta(minutes=61)) == ()
    many = replace(earlier.container, restart_count=10_000)
    assert len(ends_of(many, earlier, (), given.NOW)) == MOST_ENDS


def kills(
    earlier: ContainerSnapshot, count: int | None, second: int, *, told: bool = False, flag: bool = False
) -> tuple[datetime, ...]:
    used = replace(given.usage(), oom_kills=NOT_SUPPORTED if count is None else count)
    it = replace(earlier.container, oom_killed=flag)
    return kills_of(it, used, earlier, told=told, at=given.NOW + timedelta(seconds=second))


def test_a_kill_is_known_by_the_kernels_count_by_an_event_or_by_the_engines_flag() -> None:
    earlier = given.measured_container()
    earlier = replace(earlier, usage=replace(earlier.usage, oom_kills=2))
    when = (given.NOW + timedelta(seconds=9),)
    assert kills(earlier, 2, 9) == ()
    assert kills(earlier, 3, 9) == when
    assert kills(earlier, 2, 9, told=True) == when
    assert kills(earlier, None, 9, flag=True) == when
    # Another run counts from nothing: a lower number is news where it is one.
    anew = replace(earlier, container=replace(earlier.container, started_at=given.NOW - timedelta(days=9)))
    assert kills(earlier, 1, 9) == ()
    it = replace(given.usage(), oom_kills=1)
    at = given.NOW + timedelta(seconds=9)
    assert kills_of(earlier.container, it, anew, told=False, at=at) == when
    assert kills_of(earlier.container, replace(it, oom_kills=0), anew, told=False, at=at) == ()
    assert kills_of(earlier.container, earlier.usage, None, told=True, at=LATER) == ()


def test_what_tells_of_one_kill_within_seconds_is_one_moment_and_an_hour_is_remembered() -> None:
    earlier = replace(given.measured_container(), kills=(given.NOW,))
    assert kills(earlier, None, 4, told=True) is earlier.kills
    assert kills(earlier, None, 16, told=True) == (given.NOW, given.NOW + timedelta(seconds=16))
    assert kills(earlier, None, 3601) == ()
    often = tuple(given.NOW - timedelta(seconds=20 * it) for it in range(MOST_KILLS, 0, -1))
    assert len(kills(replace(earlier, kills=often), None, 16, told=True)) == MOST_KILLS


def test_rest_begins_once_and_ends_with_work() -> None:
    resting = replace(given.usage(), cpu=Cores(0.009))
    since = resting_since(resting, None, given.NOW)
    kept = replace(given.measured_container(), resting_since=since)
    assert resting_since(resting, kept, LATER) == given.NOW
    assert resting_since(replace(resting, cpu=Cores(0.01)), kept, LATER) is None
    assert resting_since(replace(resting, cpu=FIRST_READ), kept, LATER) is None


def with_cpu(cpu: float, memory: int, name: str = "a") -> ContainerSnapshot:
    used = replace(given.usage(), cpu=Cores(cpu), memory_anon=Bytes(memory))
    return given.measured_container(given.container(name), used)


def test_outside_is_what_containers_and_we_do_not_account_for() -> None:
    host = replace(given.host_usage(), memory_available=Bytes(12 * GIB), own_memory=Bytes(0), own_cpu=Cores(0.2))
    found = with_outside(host, [with_cpu(2.0, 4 * GIB), with_cpu(1.0, 8 * GIB, "b")])
    assert found.outside_cpu == pytest.approx(5.2 - 3.0 - 0.2)
    assert found.outside_cpu_share == pytest.approx(2.0 / 12)
    assert (found.outside_memory, found.outside_memory_share) == (8 * GIB, Ratio(0.25))


def test_what_one_container_was_not_measured_for_is_charged_to_nobody() -> None:
    unread = with_cpu(0.0, 0)
    unread = replace(unread, usage=replace(unread.usage, cpu=FIRST_READ))
    found = with_outside(given.host_usage(), [unread])
    assert isinstance(found.outside_cpu, Unmeasured)
    assert not isinstance(found.outside_memory, Unmeasured)


def test_counters_read_at_different_times_never_give_a_negative_rest() -> None:
    assert with_outside(given.host_usage(), [with_cpu(9.0, 64 * GIB)]).outside_cpu == 0.0


def test_before_the_engine_has_answered_nothing_is_outside() -> None:
    alone = Sample(at=given.NOW, clock_ns=0, host=given.host_counters())
    assert isinstance(measure(None, alone, Profile()).host.outside_memory, Unmeasured)
