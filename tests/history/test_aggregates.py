"""What is remembered of containers over days, fed as the monitor feeds it."""

import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from sutaztop.domain.container import Container, ContainerState
from sutaztop.domain.estimate import Aggregate
from sutaztop.domain.event import Event
from sutaztop.domain.frame import HOST
from sutaztop.domain.quantity import GIB, MIB, Bytes, Cores, Ratio
from sutaztop.domain.reading import NO_LIMIT, NOT_RUNNING
from sutaztop.domain.snapshot import Snapshot, Usage
from sutaztop.history.aggregates import FORGET_S, Aggregates
from sutaztop.history.memory import History
from sutaztop.history.peaks import oom_need
from sutaztop.measure.usage import STOPPED
from tests import given

SECOND = 1_000_000_000
EPOCH = int(given.NOW.timestamp())
DAY = 86_400
BACKEND = given.container("sutazai-backend")


def used(cpu: float = 0.5, memory: int = GIB, *, share: float | None = 0.25, kills: int = 0) -> Usage:
    return replace(
        given.usage(), cpu=Cores(cpu), memory=Bytes(memory), oom_kills=kills,
        cpu_utilization=NO_LIMIT if share is None else Ratio(share),
    )  # fmt: skip


class World:
    """A stack over time: each call is one reading of all that is there."""

    def __init__(self) -> None:
        self.kept = Aggregates()
        self.second = 0

    def read(
        self, *there: tuple[Container, Usage], after: int = 1, events: Sequence[Event] = (), wall: int = 0
    ) -> Snapshot:
        self.second += after
        at = given.NOW + timedelta(seconds=self.second + wall)
        made = given.snapshot(
            [given.measured_container(it, replace(usage, read_at=at)) for it, usage in there], at=at
        )  # fmt: skip
        made = replace(made, clock_ns=(1000 + self.second) * SECOND, events=tuple(events))
        self.kept.record(made)
        return made

    def of(self, container: Container = BACKEND) -> Aggregate:
        found = self.kept.aggregate(container.id)
        assert found is not None
        return found


def killed(container: Container, *, finished: int, restarts: int = 0, running: bool = False) -> Container:
    return replace(
        container, oom_killed=True, restart_count=restarts, finished_at=given.NOW + timedelta(seconds=finished),
        state=ContainerState.RUNNING if running else ContainerState.RESTARTING,
    )  # fmt: skip


def recreated(container: Container, name: str, **changes: object) -> Container:
    return replace(container, id=given.container_id(name), **changes)  # type: ignore[arg-type]


def test_a_minute_is_one_sample_of_its_mean() -> None:
    world = World()
    for second in range(180):
        # The minute begins at the 29th reading: 12:04:31 and 29 s are 12:05:00.
        world.read((BACKEND, used(0.2 if second % 2 else 0.8)))
    assert world.of().samples == 3
    assert world.of().cpu.p50 == 511
    assert world.of().first_s % 60 == 0


def test_a_recreated_container_goes_on_where_the_earlier_one_ended() -> None:
    world = World()
    world.read((BACKEND, used(memory=3 * GIB)))
    world.read((recreated(BACKEND, "another"), used(memory=GIB)), after=60)
    assert world.of(recreated(BACKEND, "another")).memory_peak == 3 * GIB


def test_a_plain_container_is_known_by_its_name_and_a_one_off_is_no_replica() -> None:
    plain = given.container("tool", service="", project="")
    one_off = replace(given.container("app-backend-run-1"), labels={"com.docker.compose.oneoff": "True"})
    world = World()
    world.read((plain, used(memory=GIB)), (BACKEND, used(memory=GIB)), (one_off, used(memory=9 * GIB)))
    world.read((recreated(plain, "tool2"), used(memory=2)), (BACKEND, used(memory=GIB)))
    assert world.of(recreated(plain, "tool2")).memory_peak == GIB
    assert world.of().memory_peak == GIB


def test_replicas_of_a_swarm_service_are_one_aggregate_with_the_worst_memory() -> None:
    tasks = [
        replace(given.container(f"web.{slot}", service="web"), number=slot, swarm_service_id="svc")
        for slot in (1, 2, 3)
    ]  # fmt: skip
    world = World()
    for _ in range(121):
        world.read(*((it, used(cpu=float(it.number or 0), memory=(it.number or 0) * GIB)) for it in tasks))
    together = world.kept.aggregate("svc")
    assert together is not None
    assert together.samples == sum(world.of(it).samples for it in tasks)
    assert together.memory_peak == 3 * GIB
    assert together.cpu.p99 >= 3000 > together.cpu.p50


def test_the_order_of_containers_changes_nothing() -> None:
    slots = [replace(given.container(f"web.{n}", service="web"), number=1, swarm_service_id="svc") for n in "abc"]

    def fed(order: Callable[[list[Container]], list[Container]]) -> object:
        world = World()
        for second in range(200):
            world.read(*((it, used(0.1 + second % 7 / 3, share=0.96)) for it in order(slots)))
        return world.kept.state(), world.kept.aggregate("svc")

    assert fed(lambda it: it) == fed(lambda it: it[::-1])


def test_what_a_slow_collector_repeats_is_not_taken_twice() -> None:
    world = World()
    twice = replace(given.snapshot([given.measured_container(BACKEND, used())]), clock_ns=SECOND)
    for second in (1, 2, 3):
        world.kept.record(replace(twice, clock_ns=second * SECOND, at=given.NOW + timedelta(seconds=second)))
    assert world.of().saturated_span_s == 0


def test_seconds_at_the_limit_are_counted_for_an_hour() -> None:
    world = World()
    for second in range(2 * 3600):
        world.read((BACKEND, used(share=0.97 if second < 5400 and second % 10 == 0 else 0.5)))
    found = world.of()
    # Half of the last hour had a tenth of its seconds at the limit.
    assert 3540 <= found.saturated_span_s <= 3600
    assert 175 <= found.saturated_s <= 181


def test_one_that_is_paused_or_stopped_gives_no_samples() -> None:
    world = World()
    paused = replace(BACKEND, state=ContainerState.PAUSED)
    for _ in range(300):
        world.read((paused, used(0.0)))
    world.read((replace(BACKEND, state=ContainerState.EXITED), STOPPED))
    assert world.of().samples == 0
    assert STOPPED.cpu is NOT_RUNNING


def test_a_crash_loop_without_cpu_samples_still_gives_the_memory_answer() -> None:
    world = World()
    for crash in range(20):
        world.read((killed(BACKEND, finished=crash * 5, restarts=crash), STOPPED), after=5)
    found = world.of()
    assert found.samples == 0
    assert found.oom_need == oom_need(4 * GIB)
    assert len(found.ooms) <= 4
    assert {limit for _, limit in found.ooms} == {4 * GIB}


def test_a_rising_kernel_count_is_a_kill_at_the_limit_of_that_moment() -> None:
    world = World()
    world.read((BACKEND, used()))
    world.read((BACKEND, used(kills=1)))
    raised = replace(BACKEND, resources=given.container(memory=8 * GIB).resources)
    world.read((raised, used(kills=1)))
    found = world.of()
    assert [limit for _, limit in found.ooms] == [4 * GIB]
    assert found.oom_need == oom_need(4 * GIB)
    assert found.memory_raised_s == EPOCH + 3


def test_an_event_a_count_and_a_flag_of_one_kill_are_one() -> None:
    world = World()
    world.read((BACKEND, used()))
    at = given.NOW + timedelta(seconds=2)
    told = Event(at, 1, "container", "oom", BACKEND.id)
    world.read((BACKEND, used(kills=1)), events=[told])
    world.read((killed(BACKEND, finished=3), STOPPED))
    assert len(world.of().ooms) == 1


def test_a_raise_is_remembered_and_a_lowering_is_none() -> None:
    world = World()
    for cpu in (2.0, 1.0):
        world.read((replace(BACKEND, resources=given.container(cpu=cpu).resources), used()))
    assert world.of().cpu_raised_s is None
    world.read((replace(BACKEND, resources=given.container(cpu=3.0).resources), used()))
    assert world.of().cpu_raised_s == EPOCH + 3
    # A container that was made anew with more was raised as well.
    world.read((recreated(replace(BACKEND, resources=given.container(memory=9 * GIB).resources), "b"), used()))
    assert world.of(recreated(BACKEND, "b")).memory_raised_s == EPOCH + 4


def test_it_is_forgotten_eight_days_after_the_last_reading() -> None:
    world = World()
    other = given.container("other", service="other")
    world.read((BACKEND, used(memory=3 * GIB)), (other, used()))
    world.read((other, used()), after=FORGET_S - 3600)
    world.read((other, used()), (recreated(BACKEND, "b"), used(memory=1)))
    assert world.of(recreated(BACKEND, "b")).memory_peak == 3 * GIB
    world.read((other, used()), after=FORGET_S + 3601)
    world.read((other, used()), (recreated(BACKEND, "c"), used(memory=1)))
    assert world.of(recreated(BACKEND, "c")).memory_peak == 1


def test_a_wall_clock_that_steps_back_repeats_nothing() -> None:
    world = World()
    for second in range(600):
        world.read((BACKEND, used()), wall=0 if second < 300 else -7200)
    assert world.of().samples in (9, 10)
    assert world.of().last_s - world.of().first_s == (world.of().samples - 1) * 60


def test_what_outlives_a_restart_is_taken_up_again_and_known_kills_are_no_news() -> None:
    world = World()
    for _ in range(300):
        world.read((BACKEND, used(kills=2)))
    again = World()
    again.second = world.second + 2 * DAY
    again.kept.restore(*world.kept.state())
    assert again.kept.state() == world.kept.state()
    again.read((BACKEND, used(kills=2)))
    assert again.of().ooms == world.of().ooms
    assert again.of().samples == world.of().samples
    assert again.of().cpu == world.of().cpu
    again.read((BACKEND, used(kills=3)))
    assert len(again.of().ooms) == len(world.of().ooms) + 1


def test_a_state_that_was_never_given_is_refused() -> None:
    world = World()
    world.read((BACKEND, used()))
    kept, groups, host = world.kept.state()
    (identity, (whole, cpu, days, kills)), *_ = kept
    for broken in ((whole[1:], cpu, days, kills), (whole, (7, cpu[1]), days, kills), (whole, cpu, days, (1,))):
        with pytest.raises(ValueError, match=r"not what|whole number"):
            Aggregates().restore([(identity, broken)], groups, host)


def test_the_host_has_an_aggregate_and_an_unknown_key_none() -> None:
    history = History()
    for second in range(130):
        made = given.snapshot()
        at = given.NOW + timedelta(seconds=second)
        history.record(replace(made, clock_ns=second * SECOND, at=at, host=replace(made.host, read_at=at)))
    host = history.aggregate(HOST)
    assert host is not None
    assert host.cpu.p95 >= 5200
    assert history.aggregate("nobody") is None


def _taken_by(count: int) -> int:
    """Give the bytes that so many containers take after 200 hours."""
    containers = [given.container(f"c{number}", service=f"s{number}") for number in range(count)]
    world = World()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for hour in range(200):
            # Up to 950 cores: every bucket that there is.
            figures = used(cpu=950.0 * (hour % 20) / 20, memory=GIB + hour * MIB, kills=hour // 40)
            world.read(*((it, figures) for it in containers), after=3600)
        for it in containers:
            world.of(it)
        return tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()


def test_a_container_takes_under_three_kilobytes_whatever_it_uses() -> None:
    # What a run takes besides, whoever watches it included, is in both.
    assert _taken_by(150) - _taken_by(50) < 100 * 3 * 1024
