import threading
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sutaztop.demo.host import no_own_cost
from sutaztop.demo.load import LoadShape
from sutaztop.demo.open import DemoWorld, open_demo
from sutaztop.domain.container import ContainerState, Health
from sutaztop.domain.counters import ContainerCounters
from sutaztop.domain.quantity import MIB
from tests.clock import SetClock
from tests.demo.conftest import Open


def counters(demo: DemoWorld) -> dict[str, ContainerCounters]:
    return dict(demo.counters_collector.collect(demo.engine.containers()))


def rising(reading: ContainerCounters) -> tuple[int, ...]:
    """Every counter that may only rise within a run."""
    return tuple(
        value or 0
        for value in (
            reading.clock_ns, reading.cpu_time_ns, reading.system_cpu_time_ns, reading.periods,
            reading.throttled_periods, reading.throttled_time_ns, reading.oom_kills, reading.network_rx_bytes,
            reading.network_tx_bytes, reading.block_read_bytes, reading.block_write_bytes,
        )
    )  # fmt: skip


def test_the_stack_has_its_size_and_is_as_over_committed_as_the_real_one(busy: DemoWorld) -> None:
    containers = busy.engine.containers()
    running = [it for it in containers if it.is_running]
    limits = sum(it.resources.limits.memory or 0 for it in running)
    assert 145 <= len(containers) <= 170
    assert 4.2 < limits / busy.engine.info().memory < 4.8
    assert sum(it.resources.limits.memory is None for it in running) > 40
    assert len({it.name for it in containers}) == len({it.id for it in containers}) == len(containers)
    assert {it.project for it in containers} == {"sutazaiapp", "sutazai", "nextcloud", ""}


def test_the_service_is_called_frontend_and_its_container_is_not(busy: DemoWorld) -> None:
    assert busy.engine.inspect("sutazai-jarvis-frontend").service == "frontend"


def test_the_same_seed_gives_the_same_world_and_another_seed_another() -> None:
    def lived(seed: int) -> list[tuple[str, tuple[int, ...]]]:
        clock = SetClock()
        demo = open_demo(clock, seed=seed)
        clock.advance(20.0)
        return [(key, rising(reading)) for key, reading in counters(demo).items()]

    assert lived(3) == lived(3)
    assert lived(3) != lived(4)


@settings(max_examples=8, deadline=None)
@given(pauses=st.lists(st.floats(0.01, 12.0), min_size=1, max_size=8))
def test_what_happens_does_not_depend_on_when_somebody_looked(pauses: list[float]) -> None:
    watched_clock, left_clock = SetClock(), SetClock()
    watched, left = open_demo(watched_clock), open_demo(left_clock)
    for pause in pauses:
        watched_clock.advance(pause)
        left_clock.advance(pause)
        watched.engine.containers()
    assert counters(watched) == counters(left)
    assert watched.engine.containers() == left.engine.containers()


@settings(max_examples=10, deadline=None)
@given(pauses=st.lists(st.floats(0.0, 3.0), min_size=2, max_size=20))
def test_counters_never_fall_while_a_container_lives(pauses: list[float]) -> None:
    clock = SetClock()
    demo = open_demo(clock, scenario="incident")
    readings = [counters(demo)]
    for pause in pauses:
        clock.advance(pause)
        readings.append(counters(demo))
    for earlier, later in pairwise(readings):
        for container_id in earlier.keys() & later.keys():
            before, after = earlier[container_id], later[container_id]
            if before.run == after.run:
                assert all(old <= new for old, new in zip(rising(before), rising(after), strict=True))


def test_a_reading_between_two_steps_lies_between_their_readings(busy: DemoWorld, clock: SetClock) -> None:
    container_id = busy.engine.inspect("sutazai-backend").id
    seen = []
    for _ in range(5):
        seen.append(busy.engine.counters(container_id).cpu_time_ns)
        clock.advance(0.125)
    assert all(earlier < later for earlier, later in pairwise(seen))


def test_an_absence_of_a_month_is_caught_up_with_and_counted(busy: DemoWorld, clock: SetClock) -> None:
    backend = busy.engine.inspect("sutazai-backend").id
    before = busy.engine.counters(backend)
    clock.advance(30 * 86_400.0)
    after = busy.engine.counters(backend)
    month_ns = after.clock_ns - before.clock_ns
    assert month_ns == 30 * 86_400 * 10**9
    assert 1.0 < (after.cpu_time_ns - before.cpu_time_ns) / month_ns < 2.0
    assert len(busy.engine.containers()) == len(busy.world.containers)


def test_a_new_run_begins_its_counters_at_zero(calm: DemoWorld) -> None:
    before = calm.engine.counters("sutazai-redis")
    calm.world.restart("sutazai-redis")
    after = calm.engine.counters("sutazai-redis")
    assert after.run != before.run
    assert after.cpu_time_ns < before.cpu_time_ns
    assert after.network_rx_bytes == 0


def test_a_container_killed_for_memory_dies_with_137_and_is_started_again(calm: DemoWorld, clock: SetClock) -> None:
    leak = LoadShape(anon=20 * MIB, leak=4 * MIB, leak_most=200 * MIB)
    container_id = calm.world.add_container("greedy", memory=64 * MIB, shape=leak)
    while calm.engine.inspect(container_id).state is ContainerState.RUNNING:
        clock.advance(0.5)
    killed = calm.engine.inspect(container_id)
    assert (killed.state, killed.exit_code, killed.oom_killed) == (ContainerState.RESTARTING, 137, True)
    clock.advance(1.0)
    again = calm.engine.inspect(container_id)
    assert (again.state, again.restart_count, again.oom_killed) == (ContainerState.RUNNING, 1, True)


def test_a_killed_child_leaves_the_container_green_with_its_flag(busy: DemoWorld, clock: SetClock) -> None:
    assert not busy.engine.inspect("sutazai-kong").oom_killed
    clock.advance(240.0)
    kong = busy.engine.inspect("sutazai-kong")
    assert kong.oom_killed
    assert (kong.state, kong.health, kong.restart_count) == (ContainerState.RUNNING, Health.HEALTHY, 0)
    assert busy.engine.counters(kong.id).oom_kills == 1


def test_a_restart_loop_waits_longer_each_time_up_to_a_minute(calm: DemoWorld, incident: DemoWorld) -> None:
    looping = incident.engine.inspect("sutazai-agentzero-coordinator-phase1")
    assert looping.state is ContainerState.RESTARTING
    assert looping.restart_count > 100
    assert calm.engine.inspect("sutazai-agentzero-coordinator-phase1").state is ContainerState.RUNNING


def test_an_unhealthy_container_shows_what_its_probe_said(incident: DemoWorld) -> None:
    letta = incident.engine.inspect("sutazai-letta")
    assert letta.health is Health.UNHEALTHY
    assert "curl: not found" in letta.probes[-1].output
    assert letta.probes[-1].exit_code != 0
    assert len(letta.probes) == 5


@pytest.mark.parametrize("scenario", ["calm", "busy", "incident"])
def test_host_and_containers_add_up(opened: Open, clock: SetClock, scenario: str) -> None:
    demo = opened(scenario)
    before, host_before = counters(demo), demo.host_collector.collect()
    clock.advance(30.0)
    after, host_after = counters(demo), demo.host_collector.collect()
    spent = sum(after[key].cpu_time_ns - before[key].cpu_time_ns for key in before.keys() & after.keys())
    busy_ns = host_after.cpu_busy_ns - host_before.cpu_busy_ns
    total_ns = host_after.cpu_total_ns - host_before.cpu_total_ns
    assert total_ns == 12 * 30 * 10**9
    assert spent < busy_ns < total_ns
    held = sum(reading.memory_anon_bytes or 0 for reading in after.values())
    assert held < host_after.memory_total_bytes - host_after.memory_available_bytes < host_after.memory_total_bytes


def test_a_calm_day_has_nothing_wrong(calm: DemoWorld, clock: SetClock) -> None:
    before = counters(calm)
    clock.advance(240.0)
    after = counters(calm)
    for container in calm.engine.containers():
        assert not container.oom_killed
        assert container.state in (ContainerState.RUNNING, ContainerState.EXITED)
        assert container.exit_code in (None, 0)
        if container.id not in before.keys() & after.keys():
            continue
        assert container.health in (Health.HEALTHY, Health.NONE)
        reading, limits = after[container.id], container.resources.limits
        assert (reading.throttled_periods or 0) <= 0.1 * (reading.periods or 0)
        assert limits.memory is None or (reading.memory_anon_bytes or 0) < 0.75 * limits.memory


def test_hostile_labels_are_harmless_once_they_are_in(busy: DemoWorld) -> None:
    labels = busy.engine.inspect("sutazai-service-hub").labels
    assert all(value.isprintable() for value in labels.values())
    assert any("[bold red]not markup" in value for value in labels.values())


def test_a_hostile_name_is_cleaned_in_the_list_and_in_events(calm: DemoWorld) -> None:
    events = calm.engine.events()
    container_id = calm.world.add_container("evil\x1b[2Jname")
    assert calm.engine.inspect(container_id).name == "evilname"
    assert next(events).subject_name == "evilname"


def test_secrets_are_invented_and_do_not_show_in_a_repr(busy: DemoWorld) -> None:
    backend = busy.engine.inspect("sutazai-backend")
    secrets = {name: value for name, value in backend.environment if "SECRET" in name}
    assert all("demo-" in value for value in secrets.values())
    assert secrets
    assert "demo-" not in repr(backend)


def test_an_unknown_scenario_is_named_with_those_that_exist(clock: SetClock) -> None:
    with pytest.raises(ValueError, match="calm, busy, incident"):
        open_demo(clock, scenario="quiet")


def test_many_threads_share_one_world(incident: DemoWorld, clock: SetClock) -> None:
    trouble: list[BaseException] = []

    def use(turn: int) -> None:
        try:
            for _ in range(30):
                clock.advance(0.2)
                counters(incident)
                incident.engine.services()
                incident.disks_collector.collect()
                if turn == 0:
                    incident.world.restart("sutazai-redis")
        except Exception as error:  # noqa: BLE001 - whatever it is, the test tells it
            trouble.append(error)

    threads = [threading.Thread(target=use, args=(turn,)) for turn in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60.0)
    assert not any(thread.is_alive() for thread in threads)
    assert trouble == []


def test_the_cost_that_is_shown_of_sutaztop_itself_is_measured(clock: SetClock) -> None:
    shown = open_demo(clock).host_collector.collect()
    assert shown.own_cpu_time_ns > 0
    assert shown.own_memory_bytes > MIB
    still = open_demo(clock, own_cost=no_own_cost).host_collector.collect()
    assert (still.own_cpu_time_ns, still.own_memory_bytes) == (0, 0)
