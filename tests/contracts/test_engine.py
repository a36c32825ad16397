"""What every engine promises, shown on the demo world and on a real engine."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, cast

import pytest

from sutaztop.contracts import Engine, EngineRefused, NotFound
from sutaztop.domain.container import Container, ContainerState
from sutaztop.domain.event import Event, LogLine
from sutaztop.domain.quantity import GIB, MIB, Bytes, Cores
from sutaztop.domain.resources import Limits
from sutaztop.domain.service import Orchestrator
from tests.contracts.world import DemoTestWorld, World

if TYPE_CHECKING:
    from sutaztop.domain.counters import ContainerCounters

NOBODY = "0" * 64


def stamp(line: LogLine) -> datetime:
    """Give the time of a line, which has one."""
    assert line.at is not None
    return line.at


def listed(world: World, container_id: str) -> Container | None:
    """Find a container in the engine's list."""
    return next((it for it in world.engine.containers() if it.id == container_id), None)


class TestContainers:
    def test_what_was_created_is_listed_as_inspect_gives_it(self, engine_world: World) -> None:
        container_id = engine_world.create("contract-listed", cpu=0.5, memory=64 * MIB)
        found = listed(engine_world, container_id)
        assert found is not None
        assert found == engine_world.engine.inspect(container_id)
        assert (found.name, found.state) == ("contract-listed", ContainerState.RUNNING)
        assert found.resources.limits == Limits(Cores(0.5), Bytes(64 * MIB), Bytes(128 * MIB))
        assert found.pid > 0
        assert found.exit_code is None
        assert found.started_at is not None
        assert found.started_at.utcoffset() is not None

    def test_a_container_without_limits_has_none(self, engine_world: World) -> None:
        container_id = engine_world.create("contract-unlimited")
        assert engine_world.engine.inspect(container_id).resources.limits == Limits()

    def test_a_stopped_container_stays_listed_and_tells_how_it_ended(self, engine_world: World) -> None:
        container_id = engine_world.create("contract-stopped")
        engine_world.stop(container_id)
        found = listed(engine_world, container_id)
        assert found is not None
        assert found.state is ContainerState.EXITED
        assert (found.pid, found.is_running) == (0, False)
        assert found.exit_code is not None
        assert found.finished_at is not None

    def test_of_what_is_known_only_news_is_told_anew(self, engine_world: World) -> None:
        same, stopped = engine_world.create("contract-same"), engine_world.create("contract-news")
        known = {it.id: it for it in engine_world.engine.containers()}
        engine_world.stop(stopped)
        engine_world.create("contract-born-since")
        told = {it.id: it for it in engine_world.engine.containers(known)}
        assert told[same] == engine_world.engine.inspect(same)
        assert told[stopped] == engine_world.engine.inspect(stopped)
        assert "contract-born-since" in {it.name for it in told.values()}

    def test_a_removed_container_is_listed_no_more(self, engine_world: World) -> None:
        container_id = engine_world.create("contract-removed")
        engine_world.remove(container_id)
        assert listed(engine_world, container_id) is None

    def test_a_container_is_found_by_its_name_too(self, engine_world: World) -> None:
        container_id = engine_world.create("contract-named")
        assert engine_world.engine.inspect("contract-named").id == container_id

    def test_the_engine_tells_who_it_is(self, engine_world: World) -> None:
        info = engine_world.engine.info()
        assert info.endpoint == engine_world.engine.endpoint
        assert info.origin
        assert info.id
        assert info.version
        assert info.cpus > 0
        assert info.memory > GIB // 4

    def test_only_the_demo_world_says_that_it_is_one(self, engine_world: World) -> None:
        info = engine_world.engine.info()
        assert info.demo is ("demo" in info.endpoint)


class TestCounters:
    def test_counters_never_fall_while_a_container_lives(self, engine_world: World) -> None:
        container_id = engine_world.create("contract-counted", cpu=0.5, memory=64 * MIB)
        readings: list[ContainerCounters] = []

        def have_four() -> bool:
            readings.append(engine_world.engine.counters(container_id))
            return len(readings) == 4

        engine_world.until(have_four, "four readings")
        for earlier, later in pairwise(readings):
            assert later.run == earlier.run
            assert later.clock_ns >= earlier.clock_ns
            assert later.read_at >= earlier.read_at
            assert later.cpu_time_ns >= earlier.cpu_time_ns
            assert (later.system_cpu_time_ns or 0) >= (earlier.system_cpu_time_ns or 0)
            assert (later.periods or 0) >= (earlier.periods or 0)
            assert (later.throttled_periods or 0) <= (later.periods or 0)

    def test_memory_is_counted_with_its_cache_and_its_limit(self, engine_world: World) -> None:
        container_id = engine_world.create("contract-memory", memory=64 * MIB)
        counters = engine_world.engine.counters(container_id)
        assert counters.memory_usage_bytes is not None
        assert 0 < counters.memory_usage_bytes <= 64 * MIB
        assert 0 <= (counters.memory_inactive_file_bytes or 0) <= counters.memory_usage_bytes
        assert counters.memory_limit_bytes == 64 * MIB
        assert counters.online_cpus > 0
        assert (counters.pids or 0) >= 1

    def test_a_container_without_limit_has_no_memory_limit(self, engine_world: World) -> None:
        container_id = engine_world.create("contract-no-limit")
        assert engine_world.engine.counters(container_id).memory_limit_bytes is None

    def test_a_new_run_is_told_from_the_one_before(self, engine_world: World) -> None:
        container_id = engine_world.create("contract-rerun")
        before = engine_world.engine.counters(container_id)
        engine_world.stop(container_id)
        engine_world.start(container_id)
        engine_world.engine.containers()
        assert engine_world.engine.counters(container_id).run != before.run

    def test_a_stopped_container_has_no_counters(self, engine_world: World) -> None:
        container_id = engine_world.create("contract-no-counters")
        engine_world.stop(container_id)
        with pytest.raises(NotFound):
            engine_world.engine.counters(container_id)


class TestLimits:
    def test_a_changed_limit_is_read_back_from_inspect_and_the_kernel(self, engine_world: World) -> None:
        container_id = engine_world.create("contract-changed", cpu=0.5, memory=64 * MIB)
        before = engine_world.engine.inspect(container_id).resources.limits
        after = before.with_cpu(Cores(1.0)).with_memory(Bytes(96 * MIB))
        engine_world.engine.set_limits(container_id, before, after)
        assert engine_world.engine.inspect(container_id).resources.limits == after
        kernel = engine_world.engine.kernel_limits(container_id)
        assert kernel is not None
        assert (kernel.cpu, kernel.memory) == (1.0, 96 * MIB)

    def test_the_kernel_enforces_whole_pages_of_what_inspect_says(self, engine_world: World) -> None:
        container_id = engine_world.create("contract-pages", memory=64 * MIB)
        before = engine_world.engine.inspect(container_id).resources.limits
        after = before.with_memory(Bytes(100_000_000))
        engine_world.engine.set_limits(container_id, before, after)
        kernel = engine_world.engine.kernel_limits(container_id)
        assert kernel is not None
        assert engine_world.engine.inspect(container_id).resources.limits.memory == 100_000_000
        assert kernel.memory == 100_000_000 // 4096 * 4096

    def test_an_engine_that_lives_says_so(self, engine_world: World) -> None:
        engine_world.engine.ping()

    def test_limits_are_put_back_by_the_inverse(self, engine_world: World) -> None:
        container_id = engine_world.create("contract-inverse", cpu=0.5, memory=64 * MIB)
        before = engine_world.engine.inspect(container_id).resources.limits
        after = before.with_cpu(Cores(0.75)).with_memory(Bytes(128 * MIB))
        engine_world.engine.set_limits(container_id, before, after)
        engine_world.engine.set_limits(container_id, after, before)
        assert engine_world.engine.inspect(container_id).resources.limits == before

    def test_a_first_limit_is_given_to_an_unlimited_container(self, engine_world: World) -> None:
        container_id = engine_world.create("contract-first")
        after = Limits().with_cpu(Cores(0.5)).with_memory(Bytes(64 * MIB))
        engine_world.engine.set_limits(container_id, Limits(), after)
        assert engine_world.engine.inspect(container_id).resources.limits == after

    def test_a_stopped_container_takes_new_limits_for_its_next_run(self, engine_world: World) -> None:
        container_id = engine_world.create("contract-asleep", cpu=0.5)
        engine_world.stop(container_id)
        before = engine_world.engine.inspect(container_id).resources.limits
        engine_world.engine.set_limits(container_id, before, before.with_cpu(Cores(0.25)))
        assert engine_world.engine.inspect(container_id).resources.limits.cpu == 0.25
        assert engine_world.engine.kernel_limits(container_id) is None
        engine_world.start(container_id)
        kernel = engine_world.engine.kernel_limits(container_id)
        assert kernel is not None
        assert kernel.cpu == 0.25

    @pytest.mark.parametrize(
        ("wanted", "words"),
        [
            (lambda limits: limits.with_memory(Bytes(4 * MIB)), "Minimum memory limit allowed is 6MB"),
            (lambda limits: limits.with_cpu(Cores(4096.0)), "there are only"),
            (lambda limits: limits.with_cpu(Cores(0.001)), "invalid argument"),
            (lambda limits: limits.with_cpu(None), "cannot be removed"),
            (lambda limits: limits.with_memory(None), "cannot be removed"),
            (
                lambda limits: Limits(limits.cpu, Bytes(96 * MIB), Bytes(32 * MIB)),
                "Minimum memoryswap limit should be larger",
            ),
        ],
        ids=["too little memory", "more than the host", "too little CPU", "no CPU limit", "no limit", "swap below"],
    )
    def test_a_refused_change_says_why_and_changes_nothing(
        self, engine_world: World, wanted: Callable[[Limits], Limits], words: str
    ) -> None:
        container_id = engine_world.create("contract-refused", cpu=0.5, memory=64 * MIB)
        before = engine_world.engine.inspect(container_id).resources.limits
        kernel = engine_world.engine.kernel_limits(container_id)
        with pytest.raises(EngineRefused, match=words) as refused:
            engine_world.engine.set_limits(container_id, before, wanted(before))
        assert container_id not in str(refused.value)
        assert engine_world.engine.inspect(container_id).resources.limits == before
        assert engine_world.engine.kernel_limits(container_id) == kernel


UNKNOWN: list[tuple[str, Callable[[Engine], object]]] = [
    ("inspect", lambda engine: engine.inspect(NOBODY)),
    ("inspect of an empty id", lambda engine: engine.inspect("")),
    ("inspect of a path", lambda engine: engine.inspect("../../info")),
    ("counters", lambda engine: engine.counters(NOBODY)),
    ("logs", lambda engine: list(engine.logs(NOBODY))),
    ("set_limits", lambda engine: engine.set_limits(NOBODY, Limits(), Limits(cpu=Cores(1.0)))),
    ("kernel_limits", lambda engine: engine.kernel_limits(NOBODY)),
    ("a Compose service", lambda engine: engine.service("no/such")),
    ("replicas of a Compose service", lambda engine: engine.set_replicas("no/such", 2)),
]


class TestUnknown:
    @pytest.mark.parametrize("call", [call for _, call in UNKNOWN], ids=[name for name, _ in UNKNOWN])
    def test_what_nobody_knows_is_not_found(self, engine_world: World, call: Callable[[Engine], object]) -> None:
        with pytest.raises(NotFound):
            call(engine_world.engine)

    def test_a_swarm_service_nobody_knows_is_not_found(self, swarm_world: World) -> None:
        with pytest.raises(NotFound):
            swarm_world.engine.service("nosuch")
        with pytest.raises(NotFound):
            swarm_world.engine.set_replicas("nosuch", 2)
        with pytest.raises(NotFound):
            swarm_world.engine.set_service_limits("nosuch", Limits(cpu=Cores(1.0)))


class TestStreams:
    def test_events_tell_a_life_from_start_to_die(self, engine_world: World) -> None:
        stream = engine_world.engine.events()
        with closing(cast("Any", stream)):
            container_id = engine_world.create("contract-events", cpu=0.5)
            before = engine_world.engine.inspect(container_id).resources.limits
            engine_world.engine.set_limits(container_id, before, before.with_cpu(Cores(0.25)))
            engine_world.stop(container_id)
            seen = _until_action(stream, container_id, "die")
        actions = [event.action for event in seen]
        assert actions.index("create") < actions.index("start") < actions.index("update") < actions.index("die")
        assert all(event.subject_name == "contract-events" for event in seen)
        assert all(later.time_ns > earlier.time_ns for earlier, later in pairwise(seen))
        assert seen[-1].attributes["exitCode"].isdigit()
        assert seen[-1].detail == seen[-1].attributes["exitCode"]

    def test_an_oom_kill_is_told_and_stays_on_the_container(self, engine_world: World) -> None:
        stream = engine_world.engine.events()
        with closing(cast("Any", stream)):
            container_id = engine_world.create_greedy("contract-oom")
            engine_world.until(lambda: engine_world.engine.inspect(container_id).oom_killed, "an OOM kill")
            assert _until_action(stream, container_id, "oom")[-1].kind == "container"
        assert engine_world.engine.inspect(container_id).exit_code == 137

    def test_events_go_on_after_the_last_one_seen(self, engine_world: World) -> None:
        stream = engine_world.engine.events()
        with closing(cast("Any", stream)):
            container_id = engine_world.create("contract-since")
            last = _until_action(stream, container_id, "start")[-1]
        engine_world.stop(container_id)
        again = engine_world.engine.events(last.time_ns)
        with closing(cast("Any", again)):
            assert "start" not in [event.action for event in _until_action(again, container_id, "die")]

    def test_closing_the_engine_ends_a_stream_that_waits(self, engine_world: World) -> None:
        stream = engine_world.engine.events()
        reader = threading.Thread(target=lambda: list(stream), daemon=True)
        reader.start()
        engine_world.engine.close()
        reader.join(timeout=20.0)
        assert not reader.is_alive()

    def test_closing_twice_is_fine(self, engine_world: World) -> None:
        engine_world.engine.close()
        engine_world.engine.close()

    def test_log_lines_keep_their_stream_and_their_time_and_carry_nothing_hostile(self, engine_world: World) -> None:
        container_id = engine_world.create_talking("contract-logs")
        engine_world.until(
            lambda: {line.stream for line in engine_world.engine.logs(container_id)} == {"stdout", "stderr"},
            "lines on both streams",
        )
        lines = list(engine_world.engine.logs(container_id))
        assert all(line.text.isprintable() for line in lines)
        assert not any("\x1b" in line.text or "\u202e" in line.text for line in lines)
        stamps = [line.at for line in lines if line.at is not None]
        assert len(stamps) == len(lines)
        assert stamps == sorted(stamps)

    def test_the_tail_of_a_log_is_as_long_as_asked(self, engine_world: World) -> None:
        container_id = engine_world.create_talking("contract-tail")
        engine_world.until(lambda: len(list(engine_world.engine.logs(container_id))) > 3, "four lines")
        assert len(list(engine_world.engine.logs(container_id, tail=2))) == 2

    def test_the_lines_of_a_span_are_all_of_it_and_no_others(self, engine_world: World) -> None:
        engine = engine_world.engine
        container_id = engine_world.create_talking("contract-span")
        engine_world.until(lambda: len(list(engine.logs(container_id))) > 12, "a dozen lines")
        everything = list(engine.logs(container_id, tail=10_000))
        since, until = stamp(everything[3]), stamp(everything[9])
        found = list(engine.logs(container_id, since=since, until=until))
        assert found == [it for it in everything if since <= stamp(it) <= until]
        assert len(found) >= 6
        # ``tail`` is of no account, wherever the span lies.
        assert list(engine.logs(container_id, tail=1, since=since, until=until)) == found
        before = stamp(everything[0]) - timedelta(days=365)
        assert list(engine.logs(container_id, since=before - timedelta(hours=1), until=before)) == []
        assert list(engine.logs(container_id, until=until))[-len(found) :] == found

    def test_a_span_that_is_closed_gives_no_more(self, engine_world: World) -> None:
        engine = engine_world.engine
        container_id = engine_world.create_talking("contract-closed-span")
        engine_world.until(lambda: len(list(engine.logs(container_id))) > 3, "a few lines")
        stream = engine.logs(container_id, since=datetime(2000, 1, 1, tzinfo=UTC))
        assert next(stream).text
        cast("Any", stream).close()
        cast("Any", stream).close()
        assert list(stream) == []

    def test_the_lines_of_an_earlier_run_are_still_there(self, engine_world: World) -> None:
        engine = engine_world.engine
        container_id = engine_world.create_talking("contract-runs")
        engine_world.until(lambda: len(list(engine.logs(container_id))) > 3, "a few lines")
        if isinstance(engine_world, DemoTestWorld):
            pytest.skip("the demo world keeps the present run's lines alone")
        first = next(iter(engine.logs(container_id)))
        engine_world.stop(container_id)
        engine_world.start(container_id)
        engine_world.until(lambda: engine.inspect(container_id).is_running, "it runs again")
        assert next(iter(engine.logs(container_id, since=stamp(first)))) == first

    def test_a_followed_log_goes_on_until_it_is_closed(self, engine_world: World) -> None:
        container_id = engine_world.create_talking("contract-follow")
        engine_world.until(lambda: len(list(engine_world.engine.logs(container_id))) > 1, "two lines")
        stream = engine_world.engine.logs(container_id, tail=1, follow=True)
        assert next(stream).text
        cast("Any", stream).close()
        assert list(stream) == []


class TestServices:
    def test_a_replicated_service_converges_on_what_was_asked(self, swarm_world: World) -> None:
        engine = swarm_world.engine
        service_id = swarm_world.replicated_service("contract-replicas", 2)
        swarm_world.until(lambda: engine.service(service_id).running == 2, "two replicas")
        engine.set_replicas(service_id, 3)
        assert engine.service(service_id).desired == 3
        swarm_world.until(lambda: engine.service(service_id).running == 3, "three replicas")
        engine.set_replicas(service_id, 1)
        swarm_world.until(lambda: engine.service(service_id).running == 1, "one replica")

    def test_a_service_is_listed_with_its_containers(self, swarm_world: World) -> None:
        engine = swarm_world.engine
        service_id = swarm_world.replicated_service("contract-owner", 2)
        swarm_world.until(lambda: engine.service(service_id).running == 2, "two replicas")
        service = next(it for it in engine.services() if it.id == service_id)
        assert (service.name, service.orchestrator) == ("contract-owner", Orchestrator.SWARM)
        assert service.not_scalable == ""
        owned = [it for it in engine.containers() if it.id in service.container_ids]
        assert [it.swarm_service_id for it in owned if it.is_running] == [service_id, service_id]
        assert {it.service for it in owned} == {"contract-owner"}

    def test_new_service_limits_reach_new_containers_and_leave_reservations(self, swarm_world: World) -> None:
        engine = swarm_world.engine
        service_id = swarm_world.replicated_service("contract-limits", 1)
        swarm_world.until(lambda: engine.service(service_id).running == 1, "one replica")
        before = engine.service(service_id)
        after = before.resources.limits.with_cpu(Cores(0.25))
        engine.set_service_limits(service_id, after)
        now = engine.service(service_id)
        assert now.resources.limits.cpu == 0.25
        assert now.resources.limits.memory == before.resources.limits.memory
        assert now.resources.reservations == before.resources.reservations
        assert now.labels == before.labels
        swarm_world.until(lambda: _task_cpu(engine, service_id) == [0.25], "a container with the new limit")

    def test_fewer_than_no_replicas_are_refused(self, swarm_world: World) -> None:
        service_id = swarm_world.replicated_service("contract-negative", 1)
        with pytest.raises(EngineRefused):
            swarm_world.engine.set_replicas(service_id, -1)
        assert swarm_world.engine.service(service_id).desired == 1

    def test_service_limits_that_swarm_refuses_change_nothing(self, swarm_world: World) -> None:
        service_id = swarm_world.replicated_service("contract-too-small", 1)
        before = swarm_world.engine.service(service_id).resources
        with pytest.raises(EngineRefused, match="Must be at least 4MiB"):
            swarm_world.engine.set_service_limits(service_id, before.limits.with_memory(Bytes(1000)))
        assert swarm_world.engine.service(service_id).resources == before

    @pytest.mark.compose
    def test_a_compose_service_grows_and_shrinks(self, engine_world: World) -> None:
        engine = engine_world.engine
        service_id = engine_world.compose_service()
        first = engine.service(service_id)
        assert (first.orchestrator, first.not_scalable, first.desired) == (Orchestrator.COMPOSE, "", None)
        engine.set_replicas(service_id, first.running + 2)
        engine_world.until(lambda: engine.service(service_id).running == first.running + 2, "two more")
        grown = set(engine.service(service_id).container_ids)
        assert set(first.container_ids) <= grown, "what ran was left alone"
        engine.set_replicas(service_id, 1)
        engine_world.until(lambda: engine.service(service_id).running == 1, "one")

    @pytest.mark.compose
    def test_a_compose_service_with_a_fixed_name_says_so_and_is_not_touched(self, engine_world: World) -> None:
        engine = engine_world.engine
        service_id = engine_world.fixed_compose_service()
        before = engine.service(service_id)
        with pytest.raises(EngineRefused) as refused:
            engine.set_replicas(service_id, 3)
        assert before.not_scalable
        assert before.not_scalable in str(refused.value)
        assert engine.service(service_id).container_ids == before.container_ids


def _until_action(stream: Iterator[Event], container_id: str, action: str) -> list[Event]:
    """Read one container's events up to an action; a stream that says nothing fails by its closing."""
    guard = threading.Timer(60.0, cast("Any", stream).close)
    guard.start()
    try:
        seen: list[Event] = []
        for event in stream:
            if event.subject_id == container_id and event.kind == "container":
                seen.append(event)
                if event.action == action:
                    return seen
        raise AssertionError(f"no {action} in time; seen: {[event.action for event in seen]}")
    finally:
        guard.cancel()


def _task_cpu(engine: Engine, service_id: str) -> list[float | None]:
    running = [it for it in engine.containers() if it.swarm_service_id == service_id and it.is_running]
    return [it.resources.limits.cpu for it in running]
