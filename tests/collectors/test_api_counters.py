import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from sutaztop.collectors.api_counters import EngineCounters
from sutaztop.contracts import CountersCollector, DeadlineExceeded, EngineUnreachable, NotFound
from sutaztop.domain.counters import ContainerCounters
from sutaztop.domain.quantity import Seconds
from tests.collectors.fakes import DEADLINE, Gate, ScriptedEngine, gone
from tests.given import container, counters

SEVERAL = [container(f"c{n}") for n in range(6)]
LONG = Seconds(DEADLINE)


class Setting:
    def __init__(self) -> None:
        self.engine = ScriptedEngine(stats=lambda _: counters(cpu_time_ns=1))
        self.made: list[EngineCounters] = []
        self.gate = Gate()

    def counters(self, *, threads: int = 8, patience: Seconds = LONG) -> EngineCounters:
        self.made.append(EngineCounters(self.engine, threads=threads, patience=patience))
        return self.made[-1]


@pytest.fixture
def setting() -> Iterator[Setting]:
    made = Setting()
    yield made
    made.gate.opened.set()
    for it in made.made:
        it.close()
        it.close()


@pytest.mark.parametrize("threads", [1, 3, 64])
def test_every_container_is_read_however_few_threads_there_are(setting: Setting, threads: int) -> None:
    others = set(threading.enumerate())
    collector: CountersCollector = setting.counters(threads=threads)
    assert set(collector.collect(SEVERAL)) == {it.id for it in SEVERAL}
    assert len(set(threading.enumerate()) - others) <= threads


def test_one_slow_container_delays_nobody(setting: Setting) -> None:
    slow = SEVERAL[0]

    def read(container_id: str) -> ContainerCounters:
        if container_id == slow.id:
            setting.gate.pass_through()
        return counters()

    setting.engine.stats = read
    collector = setting.counters(patience=Seconds(0.1))
    seen: set[str] = set()
    while len(seen) < 5:
        seen = set(collector.collect(SEVERAL))
    assert slow.id not in seen
    setting.gate.opened.set()
    while slow.id not in seen:
        seen = set(collector.collect(SEVERAL))


def test_a_slow_container_keeps_its_last_reading_and_its_time(setting: Setting) -> None:
    it = SEVERAL[0]
    collector = setting.counters()
    first = collector.collect([it])[it.id]

    def hang(_: str) -> ContainerCounters:
        setting.gate.pass_through()
        return counters(cpu_time_ns=99)

    setting.engine.stats = hang
    collector._patience = Seconds(0.05)
    assert collector.collect([it])[it.id] is first


def test_a_container_under_way_is_not_asked_for_again(setting: Setting) -> None:
    it = SEVERAL[0]

    def hang(_: str) -> ContainerCounters:
        setting.gate.pass_through()
        return counters()

    setting.engine.stats = hang
    collector = setting.counters(patience=Seconds(0.02))
    for _ in range(5):
        collector.collect([it])
    assert setting.gate.entered.wait(DEADLINE)
    assert setting.engine.calls == [f"counters {it.short_id}"]


def test_a_container_that_ended_is_left_out_and_is_no_trouble(setting: Setting) -> None:
    def read(container_id: str) -> ContainerCounters:
        raise NotFound("No such container", container_id)

    collector = setting.counters()
    collector.collect(SEVERAL[:1])
    setting.engine.stats = read
    assert collector.collect(SEVERAL[:1]) == {}


def test_one_container_that_fails_leaves_the_others(setting: Setting) -> None:
    bad = SEVERAL[0].id

    def read(container_id: str) -> ContainerCounters:
        if container_id == bad:
            raise DeadlineExceeded("No answer in time")
        return counters()

    setting.engine.stats = read
    assert set(setting.counters().collect(SEVERAL)) == {it.id for it in SEVERAL[1:]}


def test_an_engine_that_answers_for_none_is_trouble(setting: Setting) -> None:
    setting.engine.failure = gone()
    with pytest.raises(EngineUnreachable):
        setting.counters().collect(SEVERAL)


def test_an_engine_that_came_back_is_read_again(setting: Setting) -> None:
    collector = setting.counters()
    setting.engine.failure = gone()
    with pytest.raises(EngineUnreachable):
        collector.collect(SEVERAL)
    setting.engine.failure = None
    assert len(collector.collect(SEVERAL)) == 6


def test_containers_no_longer_asked_for_are_forgotten(setting: Setting) -> None:
    collector = setting.counters()
    collector.collect(SEVERAL)
    assert set(collector.collect(SEVERAL[:2])) == {it.id for it in SEVERAL[:2]}
    assert len(collector._latest) == 2


def test_a_fault_of_our_own_reaches_the_collectors_caller(setting: Setting) -> None:
    def fault(_: str) -> ContainerCounters:
        raise ZeroDivisionError

    setting.engine.stats = fault
    collector = setting.counters()
    with pytest.raises(ZeroDivisionError):
        collector.collect(SEVERAL[:1])
    setting.engine.stats = lambda _: replace(counters(), pids=3)
    assert collector.collect(SEVERAL[:1])[SEVERAL[0].id].pids == 3
