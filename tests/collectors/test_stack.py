from collections.abc import Iterator
from dataclasses import replace

import pytest

from sutaztop.collectors.follow import KEPT
from sutaztop.collectors.stack import StackCollector, StackReading
from sutaztop.contracts import DeadlineExceeded, EngineError, EngineUnreachable, NotPermitted
from sutaztop.domain.container import Container, Health
from sutaztop.domain.engine import SwarmRole
from sutaztop.domain.event import Event
from sutaztop.domain.service import Orchestrator, Service
from tests.clock import SetClock
from tests.collectors.fakes import DEADLINE, ScriptedEngine, event, gone
from tests.given import NOW, container, engine_info

WEB = container("web")
DB = container("db")


class Setting:
    """A collector over a scripted engine with two containers."""

    def __init__(self) -> None:
        self.engine = ScriptedEngine()
        self.engine.put(WEB, DB)
        self.clock = SetClock()
        self.stack = StackCollector(self.engine, self.clock)

    def start(self) -> StackReading:
        reading = self.stack.collect()
        assert self.engine.opened.wait(DEADLINE)
        self.engine.calls.clear()
        return reading

    def happen(self, *events: Event | EngineError | None) -> None:
        """Send these on the open stream and wait until the collector has them."""
        stream = self.engine.streams[-1]
        follower = self.stack._follower
        assert follower is not None
        for it in events:
            stream.put(it)
            if it is None or isinstance(it, EngineError):
                assert follower.ended.wait(DEADLINE)
        last = max((it.time_ns for it in events if isinstance(it, Event)), default=0)
        pause = self.engine.opened
        for _ in range(2000):
            if self.stack._seen.last_ns >= last:
                return
            pause.clear()
            pause.wait(0.005)
        pytest.fail("the event did not arrive")


@pytest.fixture
def setting() -> Iterator[Setting]:
    made = Setting()
    yield made
    made.stack.close()
    made.engine.close()


def names(reading: StackReading) -> set[str]:
    return {it.name for it in reading.containers}


def test_everything_is_listed_once_and_then_nothing_is_asked_without_an_event(setting: Setting) -> None:
    assert names(setting.start()) == {"web", "db"}
    setting.clock.advance(1)
    assert names(setting.stack.collect()) == {"web", "db"}
    assert setting.engine.calls == []


@pytest.mark.parametrize("action", ["start", "die", "oom", "health_status", "update", "rename", "pause", "unheard-of"])
def test_only_the_container_an_event_names_is_inspected(setting: Setting, action: str) -> None:
    setting.start()
    sick = replace(WEB, health=Health.UNHEALTHY)
    setting.engine.put(sick)
    setting.happen(event(WEB, action, 5))
    reading = setting.stack.collect()
    assert sick in reading.containers
    assert [call for call in setting.engine.calls if call != "services"] == [f"inspect {WEB.short_id}"]


def test_a_container_named_by_many_events_is_inspected_once(setting: Setting) -> None:
    setting.start()
    setting.happen(event(WEB, "kill", 5), event(WEB, "die", 6), event(WEB, "stop", 7))
    setting.stack.collect()
    assert [call for call in setting.engine.calls if call.startswith("inspect")] == [f"inspect {WEB.short_id}"]


def test_what_a_health_probe_executes_causes_no_inspection(setting: Setting) -> None:
    setting.start()
    setting.happen(event(WEB, "exec_create", 5), event(WEB, "exec_start", 6), event(WEB, "exec_die", 7))
    setting.stack.collect()
    assert setting.engine.calls == []


def test_a_destroyed_container_goes(setting: Setting) -> None:
    setting.start()
    del setting.engine.listed[WEB.id]
    setting.happen(event(WEB, "destroy", 5))
    assert names(setting.stack.collect()) == {"db"}


def test_a_container_that_went_before_it_could_be_inspected_goes(setting: Setting) -> None:
    setting.start()
    del setting.engine.listed[WEB.id]
    setting.happen(event(WEB, "start", 5))
    assert names(setting.stack.collect()) == {"db"}


def test_a_container_that_the_engine_refuses_to_inspect_hides_no_other(setting: Setting) -> None:
    setting.start()
    setting.happen(event(WEB, "die", 10), event(DB, "die", 11))
    stopped = replace(DB, exit_code=1)
    setting.engine.put(stopped)
    setting.engine.unreadable = {WEB.id}
    assert setting.stack.collect().containers == (WEB, stopped)


def test_a_new_container_appears(setting: Setting) -> None:
    setting.start()
    new = container("new")
    setting.engine.put(new)
    setting.happen(event(new, "create", 5))
    assert names(setting.stack.collect()) == {"web", "db", "new"}


def test_a_container_that_joins_a_network_is_inspected(setting: Setting) -> None:
    setting.start()
    joined = Event(
        at=NOW, time_ns=5, kind="network", action="connect", subject_id="n1", attributes={"container": DB.id}
    )
    setting.happen(joined)
    setting.stack.collect()
    assert setting.engine.calls == [f"inspect {DB.short_id}"]


def test_events_come_out_once(setting: Setting) -> None:
    setting.start()
    setting.happen(event(WEB, "oom", 5))
    assert [it.action for it in setting.stack.collect().events] == ["oom"]
    assert setting.stack.collect().events == ()


def test_a_replayed_event_is_not_told_twice(setting: Setting) -> None:
    setting.start()
    setting.happen(event(WEB, "oom", 5), event(WEB, "oom", 5), event(WEB, "oom", 6))
    assert [it.time_ns for it in setting.stack.collect().events] == [5, 6]


def test_a_reading_that_fails_half_way_swallows_no_event(setting: Setting) -> None:
    setting.start()
    setting.happen(event(WEB, "oom", 5))
    setting.engine.failure = gone()
    with pytest.raises(EngineUnreachable):
        setting.stack.collect()
    setting.engine.failure = None
    assert [it.action for it in setting.stack.collect().events] == ["oom"]


@pytest.mark.parametrize("end", [None, gone()])
def test_after_a_gap_in_the_events_everything_is_listed_anew(setting: Setting, end: EngineError | None) -> None:
    setting.start()
    setting.engine.put(container("missed"))
    setting.happen(end)
    assert names(setting.stack.collect()) == {"web", "db", "missed"}
    assert setting.engine.calls == ["info", "containers", "services"]


def test_a_stream_that_is_refused_again_and_again_does_not_list_everything_each_time(setting: Setting) -> None:
    setting.engine.refuse_events = NotPermitted("Events are refused", "403 from the proxy")
    setting.stack.collect()
    follower = setting.stack._follower
    assert follower is not None
    assert follower.ended.wait(DEADLINE)
    setting.stack.collect()
    follower = setting.stack._follower
    assert follower is not None
    assert follower.ended.wait(DEADLINE)
    setting.engine.calls.clear()
    for _ in range(4):
        setting.clock.advance(1)
        setting.stack.collect()
    assert set(setting.engine.calls) == {"ping"}
    setting.clock.advance(1)
    setting.stack.collect()
    assert "containers" in setting.engine.calls


def test_refused_events_are_told_in_the_source(setting: Setting) -> None:
    setting.engine.refuse_events = NotPermitted("Events are refused", "403 from the proxy")
    setting.stack.collect()
    assert setting.stack._follower is not None
    assert setting.stack._follower.ended.wait(DEADLINE)
    assert setting.stack.source == "engine API: list, without events (403 from the proxy)"


def test_what_the_list_tells_differently_is_looked_at_every_minute(setting: Setting) -> None:
    setting.start()
    silent = container("silent")
    setting.engine.put(silent)
    setting.clock.advance(59)
    assert silent not in setting.stack.collect().containers
    setting.clock.advance(1)
    assert silent in setting.stack.collect().containers
    assert [it for it in setting.engine.calls if it != "ping"] == ["info", "containers, those that changed", "services"]


def test_each_container_is_inspected_once_in_ten_minutes_and_never_all_at_once(setting: Setting) -> None:
    setting.engine.put(*(container(f"more-{number}") for number in range(58)))
    setting.start()
    most = 0
    inspected: list[str] = []
    for _ in range(600):
        setting.clock.advance(1)
        setting.engine.calls.clear()
        setting.stack.collect()
        looks = [call for call in setting.engine.calls if call.startswith("inspect")]
        inspected += looks
        most = max(most, len(looks))
    assert sorted(inspected) == sorted(f"inspect {it[:12]}" for it in setting.engine.listed)
    assert most == 1


def test_a_change_that_was_no_event_is_found_by_the_review(setting: Setting) -> None:
    setting.start()
    raised = replace(WEB, restart_count=3)
    setting.engine.put(raised)
    setting.clock.advance(599)
    setting.stack.collect()
    setting.clock.advance(301)
    assert raised in setting.stack.collect().containers


def test_a_swarms_services_are_read_every_ten_seconds_and_after_their_events(setting: Setting) -> None:
    setting.engine.identity = replace(engine_info(), swarm_role=SwarmRole.MANAGER)
    setting.start()
    service = Service("s1", "api", Orchestrator.SWARM, desired=3)
    setting.engine.served.append(service)
    setting.clock.advance(9)
    assert setting.stack.collect().services == ()
    setting.clock.advance(1)
    assert setting.stack.collect().services == (service,)
    scaled = replace(service, desired=4)
    setting.engine.served[:] = [scaled]
    setting.happen(Event(at=NOW, time_ns=9, kind="service", action="update", subject_id="s1"))
    assert setting.stack.collect().services == (scaled,)


def test_an_engine_that_is_silent_is_found_out_although_nothing_happens(setting: Setting) -> None:
    setting.start()
    setting.clock.advance(1)
    setting.stack.collect()
    setting.engine.failure = DeadlineExceeded("The engine did not answer in time")
    setting.clock.advance(2)
    with pytest.raises(DeadlineExceeded):
        setting.stack.collect()


def test_one_inspect_that_hangs_hides_no_other_container(setting: Setting) -> None:
    setting.start()
    stopped = replace(DB, exit_code=1)
    setting.engine.put(stopped)
    setting.engine.hanging = {WEB.id}
    setting.happen(event(WEB, "die", 10), event(DB, "die", 11))
    assert setting.stack.collect().containers == (WEB, stopped)


def test_an_id_that_is_made_up_for_each_answer_is_no_other_engine(setting: Setting) -> None:
    setting.start()
    setting.happen(event(WEB, "oom", 5))
    ids = iter("abcdefgh")
    setting.engine.describe = lambda: replace(engine_info(), id=next(ids))
    setting.clock.advance(60)
    assert [it.action for it in setting.stack.collect().events] == ["oom"]
    assert "containers, those that changed" in setting.engine.calls


def test_services_of_compose_alone_are_read_after_events_and_not_by_the_clock(setting: Setting) -> None:
    setting.engine.identity = replace(engine_info(), swarm_role=SwarmRole.NONE)
    setting.start()
    setting.engine.served.append(Service("p/api", "api", Orchestrator.COMPOSE))
    setting.clock.advance(30)
    assert setting.stack.collect().services == ()
    setting.happen(event(WEB, "start", 5))
    assert [it.name for it in setting.stack.collect().services] == ["api"]


def test_a_lost_engine_raises_and_its_return_lists_everything(setting: Setting) -> None:
    setting.start()
    setting.engine.failure = gone()
    setting.happen(gone())
    with pytest.raises(EngineUnreachable):
        setting.stack.collect()
    setting.engine.failure = None
    fresh: Container = container("after")
    setting.engine.put(fresh)
    assert fresh in setting.stack.collect().containers


def test_another_engine_at_the_same_address_is_noticed(setting: Setting) -> None:
    setting.start()
    setting.engine.identity = replace(engine_info(), id="ANOTHER")
    setting.engine.listed = {DB.id: DB}
    setting.happen(None)
    reading = setting.stack.collect()
    assert reading.engine.id == "ANOTHER"
    assert names(reading) == {"db"}


def test_the_latest_reading_is_there_for_others(setting: Setting) -> None:
    assert setting.stack.latest() is None
    reading = setting.start()
    assert setting.stack.latest() is reading


def test_more_events_than_can_be_kept_cause_a_full_listing(setting: Setting) -> None:
    setting.start()
    setting.engine.put(container("missed"))
    setting.happen(*(event(WEB, "exec_start", number) for number in range(1, KEPT + 2)))
    assert "missed" in names(setting.stack.collect())


def test_a_fault_of_the_event_reader_reaches_the_collector_and_is_got_over(setting: Setting) -> None:
    setting.start()
    follower = setting.stack._follower
    assert follower is not None
    setting.engine.streams[-1].put("no event")  # type: ignore[arg-type]
    assert follower.ended.wait(DEADLINE)
    with pytest.raises(AttributeError):
        setting.stack.collect()
    setting.engine.calls.clear()
    setting.stack.collect()
    assert "containers" in setting.engine.calls


def test_a_closed_collector_follows_nothing(setting: Setting) -> None:
    setting.stack.close()
    assert names(setting.stack.collect()) == {"web", "db"}
    assert setting.engine.streams == []
