from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from sutaztop.collectors.gather import Gather
from sutaztop.collectors.stack import StackReading
from sutaztop.contracts import Source, SutaztopError
from sutaztop.domain.container import Container, ContainerState
from sutaztop.domain.counters import ContainerCounters
from sutaztop.domain.llm import ModelServer
from sutaztop.domain.quantity import Seconds
from tests.clock import SetClock
from tests.collectors.fakes import DEADLINE, Gate, ScriptedCollector, ScriptedCounters, event, gone
from tests.given import container, counters, engine_info, host_counters

UP = container("sutazai-backend")
DOWN = container("sutazai-old", state=ContainerState.EXITED)
READING = StackReading(engine_info(), (UP, DOWN))
LONG = Seconds(DEADLINE)
BRIEF = Seconds(0.05)


def count(containers: Sequence[Container]) -> Mapping[str, ContainerCounters]:
    return {it.id: counters() for it in containers}


class Setting:
    """A gather over scripted collectors, closed at the end."""

    def __init__(self) -> None:
        self.clock = SetClock()
        self.gates: list[Gate] = []
        self.stack = ScriptedCollector("stack", lambda: READING)
        self.counters = ScriptedCounters(count)
        self.host = ScriptedCollector("host", host_counters)
        self.made: list[Gather] = []

    def gather(self, patience: Seconds = LONG, **more: Any) -> Gather:
        made = Gather(self.clock, self.stack, self.counters, self.host, patience=patience, **more)
        self.made.append(made)
        return made

    def gate(self) -> Gate:
        self.gates.append(Gate())
        return self.gates[-1]


@pytest.fixture
def setting() -> Iterator[Setting]:
    made = Setting()
    yield made
    for gate in made.gates:
        gate.opened.set()
    for gather in made.made:
        gather.close()


def test_one_read_holds_what_every_prompt_collector_gave(setting: Setting) -> None:
    source: Source = setting.gather()
    sample = source.read()
    assert sample.containers == (UP, DOWN)
    assert sample.host is not None
    assert [report.name for report in sample.reports] == ["stack", "counters", "host"]
    assert all(report.trouble is None and report.read_at is not None for report in sample.reports)


def test_counters_are_asked_for_running_containers_only(setting: Setting) -> None:
    assert set(setting.gather().read().counters) == {UP.id}


def test_models_are_looked_for_where_the_containers_are_known_to_be(setting: Setting) -> None:
    source: list[Gather] = []
    known: list[bool] = []

    def look() -> tuple[ModelServer, ...]:
        known.append(source[0]._stack.latest() is not None)
        return ()

    gate = setting.gate()
    setting.stack.read = gate.before(READING)
    source.append(setting.gather(BRIEF, models=ScriptedCollector("models", look)))
    source[0].read()
    assert known == []
    gate.opened.set()
    source[0].read(LONG)
    assert known == [True]


def test_models_are_looked_for_though_the_engine_is_gone(setting: Setting) -> None:
    def refuse() -> StackReading:
        raise gone()

    setting.stack.read = refuse
    models = ScriptedCollector("models", lambda: (ModelServer("http://127.0.0.1:11434"),))
    sample = setting.gather(models=models).read(LONG)
    assert [server.endpoint for server in sample.models] == ["http://127.0.0.1:11434"]


def test_a_hanging_engine_does_not_keep_the_host_from_being_read(setting: Setting) -> None:
    gate = setting.gate()
    setting.stack.read = gate.before(READING)
    sample = setting.gather(BRIEF).read(BRIEF)
    assert sample.engine is None
    report = sample.report("host")
    assert report is not None
    assert report.source == "a script"


def test_a_hanging_collector_keeps_its_last_values_and_is_reported_with_their_age(setting: Setting) -> None:
    gather, gate = setting.gather(), setting.gate()
    gather.read()
    read_at = setting.clock.now()
    setting.host.read = gate.before(host_counters())
    gather.read(BRIEF)
    assert gate.entered.wait(DEADLINE)
    setting.clock.advance(10)
    sample = gather.read(BRIEF)
    report = sample.report("host")
    assert report is not None
    assert report.read_at == read_at
    assert report.trouble is not None
    assert sample.host is not None
    gate.opened.set()
    after = gather.read(LONG).report("host")
    assert after is not None
    assert after.trouble is None


def test_one_that_hangs_is_not_waited_for_a_second_time(setting: Setting) -> None:
    gate = setting.gate()
    setting.stack.read = gate.before(READING)
    gather = setting.gather(BRIEF)
    gather.read()
    assert gate.entered.wait(DEADLINE)
    gather._patience = Seconds(3600.0)
    sample = gather.read()
    assert sample.engine is None
    assert sample.host is not None


def test_a_lost_engine_leaves_its_containers_and_its_counters(setting: Setting) -> None:
    def lose() -> StackReading:
        raise gone()

    gather = setting.gather()
    gather.read()
    setting.stack.read = lose
    setting.clock.advance(1)
    sample = gather.read()
    report = sample.report("stack")
    assert report is not None
    assert report.trouble is not None
    assert sample.containers == (UP, DOWN)
    assert set(sample.counters) == {UP.id}


def test_an_engine_that_came_back_is_read_within_five_seconds(setting: Setting) -> None:
    def lose() -> StackReading:
        raise gone()

    gather = setting.gather()
    setting.stack.read = lose
    for _ in range(600):
        gather.read()
        setting.clock.advance(1)
    setting.stack.read = lambda: READING
    for _ in range(5):
        gather.read()
        setting.clock.advance(1)
    report = gather.read().report("stack")
    assert report is not None
    assert report.trouble is None


def test_each_event_is_in_one_sample_only(setting: Setting) -> None:
    gather = setting.gather()
    happened = [(event(UP, "start", 1),), (event(UP, "oom", 2),), ()]
    setting.stack.read = lambda: replace(READING, events=happened.pop(0))
    assert [[it.action for it in gather.read().events] for _ in range(3)] == [["start"], ["oom"], []]


def test_an_event_that_came_after_the_read_gave_up_is_in_the_next_sample(setting: Setting) -> None:
    gather, gate = setting.gather(BRIEF), setting.gate()
    happened = [(event(UP, "oom", 2),), ()]

    def read() -> StackReading:
        gate.pass_through()
        return replace(READING, events=happened.pop(0))

    setting.stack.read = read
    assert gather.read().events == ()
    gate.opened.set()
    actions = [it.action for _ in range(2) for it in gather.read(LONG).events]
    assert actions == ["oom"]


def test_slow_collectors_are_waited_for_only_when_asked_to(setting: Setting) -> None:
    gate = setting.gate()
    servers = (ModelServer("http://ollama:11434"),)
    models = ScriptedCollector("models", gate.before(servers))
    gather = setting.gather(models=models)
    assert gather.read().models == ()
    gate.opened.set()
    assert gather.read(LONG).models == servers


def test_one_collectors_fault_is_its_own_report(setting: Setting) -> None:
    def fault() -> Any:
        raise SutaztopError("Counters were not read", "permission denied")

    setting.counters.read = lambda _: fault()
    sample = setting.gather().read()
    report = sample.report("counters")
    assert report is not None
    assert str(report.trouble) == "Counters were not read. permission denied."
    assert sample.containers == (UP, DOWN)


def test_closing_closes_every_collector_and_never_waits_for_one_that_hangs(setting: Setting) -> None:
    gather, gate = setting.gather(BRIEF), setting.gate()
    setting.host.read = gate.before(host_counters())
    gather.read()
    gather.close()
    gather.close()
    assert setting.stack.closed.wait(DEADLINE)
    assert setting.counters.closed.wait(DEADLINE)
    assert not setting.host.closed.is_set()
