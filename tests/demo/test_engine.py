import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

import pytest

from sutaztop.contracts import Engine, EngineRefused, NotFound, NotSupported
from sutaztop.demo.happenings import KEPT
from sutaztop.demo.open import DemoWorld
from sutaztop.domain.container import Container, ContainerState
from sutaztop.domain.event import Event, LogLine
from sutaztop.domain.quantity import GIB, MIB, Bytes, Cores
from sutaztop.domain.resources import Limits
from sutaztop.domain.service import Orchestrator, Service
from tests.clock import SetClock

if TYPE_CHECKING:
    from sutaztop.demo.follow import Follow

BACKEND = "sutazai-backend"


def named(demo: DemoWorld, name: str) -> Service:
    return next(it for it in demo.engine.services() if it.name == name)


def tasks(demo: DemoWorld, service_id: str) -> list[Container]:
    return [demo.engine.inspect(it) for it in demo.engine.service(service_id).container_ids]


def throttled_share(demo: DemoWorld, clock: SetClock, name: str, seconds: float = 60.0) -> float:
    before = demo.engine.counters(name)
    clock.advance(seconds)
    after = demo.engine.counters(name)
    return ((after.throttled_periods or 0) - (before.throttled_periods or 0)) / (
        (after.periods or 0) - (before.periods or 0)
    )


def test_it_satisfies_the_contract_and_says_in_words_that_it_is_a_demo(busy: DemoWorld) -> None:
    assert isinstance(busy.engine, Engine)
    info = busy.engine.info()
    assert info.demo
    assert not info.is_local
    assert info.endpoint == busy.engine.endpoint == "demo world (busy, seed 7)"


def test_raising_the_backends_limit_ends_its_throttling(busy: DemoWorld, clock: SetClock) -> None:
    assert throttled_share(busy, clock, BACKEND) > 0.25
    limits = busy.engine.inspect(BACKEND).resources.limits
    busy.engine.set_limits(BACKEND, limits, limits.with_cpu(Cores(3.0)))
    clock.advance(1.0)
    assert throttled_share(busy, clock, BACKEND) < 0.01


def test_raising_ollamas_memory_ends_its_oom_kills(incident: DemoWorld, clock: SetClock) -> None:
    limits = incident.engine.inspect("sutazai-ollama").resources.limits
    incident.engine.set_limits("sutazai-ollama", limits, limits.with_memory(Bytes(10 * GIB)))
    before = incident.engine.counters("sutazai-ollama").oom_kills
    for _ in range(20):
        clock.advance(60.0)
        assert incident.engine.counters("sutazai-ollama").oom_kills == before


def test_without_more_memory_ollama_is_killed_again(incident: DemoWorld, clock: SetClock) -> None:
    before = incident.engine.counters("sutazai-ollama").oom_kills or 0
    for _ in range(20):
        clock.advance(60.0)
        incident.engine.containers()
    assert (incident.engine.counters("sutazai-ollama").oom_kills or 0) > before


def test_a_memory_limit_below_what_is_resident_is_refused_and_page_cache_is_not(calm: DemoWorld) -> None:
    limits = calm.engine.inspect("sutazai-postgres").resources.limits
    resident = calm.engine.counters("sutazai-postgres").memory_anon_bytes or 0
    with pytest.raises(
        EngineRefused, match=r"unable to set memory limit to \d+ \(current usage: \d+, peak usage: \d+\)"
    ):
        calm.engine.set_limits("sutazai-postgres", limits, limits.with_memory(Bytes(resident - MIB)))
    tight = Bytes(resident + 100 * MIB)
    calm.engine.set_limits("sutazai-postgres", limits, limits.with_memory(tight))
    assert (calm.engine.counters("sutazai-postgres").memory_usage_bytes or 0) <= tight


def test_a_container_made_with_a_quota_keeps_it_and_refuses_a_millisecond_less(calm: DemoWorld) -> None:
    limits = calm.engine.inspect("sutazai-neo4j").resources.limits
    assert limits.cpu_by_quota
    with pytest.raises(EngineRefused, match="CPU cfs quota can not be less than 1ms"):
        calm.engine.set_limits("sutazai-neo4j", limits, limits.with_cpu(Cores(0.005)))
    calm.engine.set_limits("sutazai-neo4j", limits, limits.with_cpu(Cores(3.0)))
    assert calm.engine.inspect("sutazai-neo4j").resources.limits == limits.with_cpu(Cores(3.0))


def test_a_change_that_changes_nothing_is_not_sent(calm: DemoWorld) -> None:
    limits = calm.engine.inspect(BACKEND).resources.limits
    last = calm.world.happenings.last_ns
    assert calm.engine.set_limits(BACKEND, limits, limits) == ()
    assert calm.world.happenings.last_ns == last


def test_new_replicas_are_created_first_and_run_after_a_moment(busy: DemoWorld, clock: SetClock) -> None:
    service = named(busy, "sutazai_crewai")
    busy.engine.set_replicas(service.id, 5)
    clock.advance(0.5)
    assert (
        sorted(it.state for it in tasks(busy, service.id))
        == [ContainerState.CREATED] * 2 + [ContainerState.RUNNING] * 3
    )
    clock.advance(3.0)
    assert busy.engine.service(service.id).running == 5
    assert {it.number for it in tasks(busy, service.id)} == {1, 2, 3, 4, 5}


def test_fewer_replicas_take_the_highest_slots(busy: DemoWorld, clock: SetClock) -> None:
    service = named(busy, "sutazai_crewai")
    busy.engine.set_replicas(service.id, 1)
    clock.advance(4.0)
    assert [it.number for it in tasks(busy, service.id)] == [1]


def test_a_task_that_is_removed_by_force_is_replaced(busy: DemoWorld, clock: SetClock) -> None:
    service = named(busy, "sutazai_backend")
    busy.world.remove(service.container_ids[0])
    clock.advance(4.0)
    now = busy.engine.service(service.id)
    assert now.running == 2
    assert service.container_ids[0] not in now.container_ids


def test_new_service_limits_replace_tasks_one_after_another(busy: DemoWorld, clock: SetClock) -> None:
    service = named(busy, "sutazai_crewai")
    busy.engine.set_service_limits(service.id, service.resources.limits.with_cpu(Cores(1.5)))
    assert busy.engine.service(service.id).rollout == ""
    seen = []
    for _ in range(60):
        clock.advance(0.5)
        seen.append(busy.engine.service(service.id))
    assert seen[2].rollout == "updating"
    assert seen[-1].rollout == "completed"
    assert min(it.running for it in seen) == 2
    assert {it.resources.limits.cpu for it in tasks(busy, service.id)} == {1.5}
    assert not set(service.container_ids) & set(seen[-1].container_ids)


def test_a_service_limit_over_the_host_is_accepted_and_then_its_rollout_pauses(
    busy: DemoWorld, clock: SetClock
) -> None:
    service = named(busy, "sutazai_crewai")
    busy.engine.set_service_limits(service.id, service.resources.limits.with_cpu(Cores(64.0)))
    clock.advance(10.0)
    stuck = busy.engine.service(service.id)
    assert stuck.rollout == "paused"
    assert stuck.rollout_message.startswith("update paused due to failure or early termination of task ")
    assert stuck.running == 2
    busy.engine.set_service_limits(service.id, service.resources.limits)
    clock.advance(30.0)
    healed = busy.engine.service(service.id)
    assert (healed.rollout, healed.running) == ("completed", 3)


def test_swarm_refuses_less_than_it_can_give(busy: DemoWorld) -> None:
    service = named(busy, "sutazai_crewai")
    with pytest.raises(EngineRefused, match=r"invalid cpu value 0\.0001: Must be at least 0\.001"):
        busy.engine.set_service_limits(service.id, Limits(cpu=Cores(0.0001)))
    with pytest.raises(EngineRefused, match="invalid memory value 1000: Must be at least 4MiB"):
        busy.engine.set_service_limits(service.id, Limits(memory=Bytes(1000)))
    assert busy.engine.service(service.id) == service


def test_a_global_service_has_no_replicas_to_change(busy: DemoWorld) -> None:
    service = named(busy, "sutazai_node-agent")
    assert service.desired is None
    assert service.running == 1
    with pytest.raises(EngineRefused, match="a global service runs once on each node"):
        busy.engine.set_replicas(service.id, 2)


def test_a_compose_service_without_fixed_name_and_port_scales_both_ways(busy: DemoWorld, clock: SetClock) -> None:
    service = busy.engine.service("sutazaiapp/celery-worker")
    assert (service.orchestrator, service.not_scalable, service.running) == (Orchestrator.COMPOSE, "", 3)
    busy.engine.set_replicas(service.id, 4)
    clock.advance(3.0)
    grown = busy.engine.service(service.id)
    assert grown.running == 4
    assert busy.engine.inspect(grown.container_ids[-1]).name == "sutazaiapp-celery-worker-4"
    busy.engine.set_replicas(service.id, 1)
    clock.advance(3.0)
    assert [it.number for it in tasks(busy, service.id)] == [1]


@pytest.mark.parametrize(
    ("service_id", "words"),
    [
        ("sutazaiapp/backend", "its container_name fixes the name sutazai-backend"),
        ("nextcloud/app", "it publishes a fixed host port"),
    ],
)
def test_a_compose_service_that_cannot_scale_says_why(busy: DemoWorld, service_id: str, words: str) -> None:
    with pytest.raises(EngineRefused, match=words):
        busy.engine.set_replicas(service_id, 2)


def test_a_compose_service_has_no_limits_of_its_own(busy: DemoWorld) -> None:
    with pytest.raises(NotSupported, match="Compose keeps them with each container"):
        busy.engine.set_service_limits("sutazaiapp/backend", Limits(cpu=Cores(1.0)))


def test_a_service_added_by_a_test_can_be_removed(calm: DemoWorld, clock: SetClock) -> None:
    service_id = calm.world.add_service("web", replicas=2)
    clock.advance(3.0)
    members = calm.engine.service(service_id).container_ids
    assert len(members) == 2
    calm.world.remove_service(service_id)
    with pytest.raises(NotFound, match=f"service {service_id} not found"):
        calm.engine.service(service_id)
    assert not {it.id for it in calm.engine.containers()} & set(members)


def test_a_followed_log_gives_what_is_written_later(calm: DemoWorld, clock: SetClock) -> None:
    lines = calm.engine.logs(BACKEND, tail=3, follow=True)
    seen = [next(lines) for _ in range(3)]
    clock.advance(30.0)
    assert (next(lines).at or seen[-1].at) > seen[-1].at  # type: ignore[operator]
    close(lines)


def test_a_followed_log_ends_with_the_run_of_its_container(calm: DemoWorld) -> None:
    lines = calm.engine.logs(BACKEND, tail=2, follow=True)
    next(lines)
    calm.world.stop(BACKEND)
    assert len(list(lines)) == 1


def test_the_log_of_a_restart_loop_tells_the_cause(incident: DemoWorld) -> None:
    lines = [it.text for it in incident.engine.logs("sutazai-agentzero-coordinator-phase1", tail=20)]
    assert len(lines) == 20
    assert lines[-1] == "IndentationError: unexpected indent"


def test_a_log_of_many_days_costs_only_its_tail(busy: DemoWorld) -> None:
    assert len(list(busy.engine.logs(BACKEND, tail=10**9))) <= 2000
    assert list(busy.engine.logs(BACKEND, tail=0)) == []


def test_an_event_wakes_whoever_waits_for_it(calm: DemoWorld) -> None:
    events = calm.engine.events()
    seen: list[Event] = []
    reader = threading.Thread(target=lambda: seen.append(next(events)), daemon=True)
    reader.start()
    calm.world.stop("sutazai-redis")
    reader.join(timeout=20.0)
    assert seen[0].subject_name == "sutazai-redis"


def test_only_the_last_events_are_kept(calm: DemoWorld) -> None:
    events = calm.engine.events(0)
    for _ in range(KEPT):
        calm.world.restart("sutazai-redis")
    kept = [next(events) for _ in range(KEPT)]
    assert kept[-1].time_ns == calm.world.happenings.last_ns
    close(events)


def test_time_alone_brings_events(busy: DemoWorld, clock: SetClock) -> None:
    events = busy.engine.events()
    clock.advance(60.0)
    first = next(events)
    assert (first.action, first.subject_name) == ("start", "sutazai-backup-runner")
    close(events)


def close(stream: Iterator[Event] | Iterator[LogLine]) -> None:
    cast("Follow[Event]", stream).close()
