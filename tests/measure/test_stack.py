from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sutaztop.domain.container import ContainerState
from sutaztop.domain.disk import DiskSample
from sutaztop.domain.event import Event
from sutaztop.domain.profile import Profile
from sutaztop.domain.quantity import GIB, Bytes, Seconds
from sutaztop.domain.reading import FIRST_READ, NOT_RUNNING, Reason, Unmeasured
from sutaztop.domain.sample import CollectorReport, Sample, Trouble
from sutaztop.domain.snapshot import Disks
from sutaztop.measure.stack import measure
from tests.given import NOW, container, container_id, counters, engine_info, host_counters

SECOND = 1_000_000_000
PROFILE = Profile(name_prefixes=("sutazai-",))
BACKEND = container("sutazai-backend", cpu=2.0)
BACKEND_ID = BACKEND.id


def sample(second: int, cpu_ns: int | None = 0, **more: object) -> Sample:
    at = NOW + timedelta(seconds=second)
    read = {} if cpu_ns is None else {BACKEND_ID: counters(at, clock_ns=second * SECOND, cpu_time_ns=cpu_ns)}
    base = Sample(at=at, clock_ns=second * SECOND, engine=engine_info(), containers=(BACKEND,), counters=read)
    return replace(base, **more)  # type: ignore[arg-type]


def test_two_samples_give_rates_over_the_time_between_them() -> None:
    snapshot = measure(sample(1), sample(3, SECOND), PROFILE)
    assert snapshot.by_id[BACKEND_ID].usage.cpu == 0.5
    assert snapshot.by_id[BACKEND_ID].usage.cpu_utilization == 0.25
    assert snapshot.interval == Seconds(2.0)


def test_the_first_sample_gives_a_snapshot_without_rates() -> None:
    snapshot = measure(None, sample(1), PROFILE)
    assert snapshot.interval == FIRST_READ
    assert snapshot.by_id[BACKEND_ID].usage.cpu == FIRST_READ


def test_a_stopped_container_has_no_figures_and_says_why() -> None:
    stopped = container("sutazai-backend", state=ContainerState.EXITED)
    usage = measure(None, sample(1, 5, containers=(stopped,)), PROFILE).containers[0].usage
    assert usage.cpu == NOT_RUNNING
    assert usage.memory == NOT_RUNNING


def test_a_container_without_counters_has_its_collectors_reason() -> None:
    report = CollectorReport("counters", NOW, trouble=Trouble("Counters were not read", "permission denied"))
    usage = measure(None, sample(1, None, reports=(report,)), PROFILE).containers[0].usage
    assert usage.memory == Unmeasured(Reason.COLLECTOR_FAILED, "Counters were not read. permission denied.")


def test_a_container_that_the_counters_left_out_is_told_from_one_that_has_just_started() -> None:
    report = CollectorReport("counters", NOW, source="kernel files")
    old = measure(None, sample(1, None, reports=(report,)), PROFILE).containers[0].usage.cpu
    assert isinstance(old, Unmeasured)
    assert old.reason is Reason.COLLECTOR_FAILED
    young = replace(BACKEND, started_at=NOW + timedelta(seconds=1))
    fresh = measure(None, sample(1, None, reports=(report,), containers=(young,)), PROFILE).containers[0].usage.cpu
    assert isinstance(fresh, Unmeasured)
    assert fresh.reason is Reason.PENDING


def test_counters_that_were_not_read_anew_keep_their_figures_and_their_age() -> None:
    first, second = sample(1), sample(2, SECOND)
    earlier = measure(first, second, PROFILE)
    stale = measure(second, replace(sample(3), counters=second.counters), PROFILE, earlier)
    assert stale.by_id[BACKEND_ID].usage.cpu == 1.0
    assert stale.by_id[BACKEND_ID].usage.read_at == second.at


def test_counters_that_were_not_read_anew_never_read_as_idle() -> None:
    second = sample(2, SECOND)
    usage = measure(second, replace(sample(3), counters=second.counters), PROFILE).containers[0].usage
    assert usage.cpu == FIRST_READ


def oom_event() -> Event:
    return Event(at=NOW, time_ns=1, kind="container", action="oom", subject_id=BACKEND_ID)


@pytest.mark.parametrize("sign", ["inspect", "kernel", "event"])
def test_an_oom_kill_is_seen_by_each_of_its_signs_on_a_healthy_container(sign: str) -> None:
    read = replace(counters(), oom_kills=1 if sign == "kernel" else 0)
    given_sample = sample(
        1,
        containers=(replace(BACKEND, oom_killed=sign == "inspect"),),
        counters={BACKEND_ID: read},
        events=(oom_event(),) if sign == "event" else (),
    )
    assert measure(None, given_sample, PROFILE).containers[0].oom_killed


def test_an_oom_kill_once_seen_stays_when_the_engine_forgets_it() -> None:
    earlier = measure(None, sample(1, events=(oom_event(),)), PROFILE)
    assert measure(sample(1), sample(2), PROFILE, earlier).containers[0].oom_killed
    assert not measure(sample(1), sample(2), PROFILE).containers[0].oom_killed


def test_names_lose_their_prefix_unless_two_would_be_one() -> None:
    several = tuple(container(name) for name in ("sutazai-redis", "redis", "sutazai-kong", "sutazai-"))
    snapshot = measure(None, sample(1, containers=several), PROFILE)
    assert [it.display_name for it in snapshot.containers] == ["sutazai-redis", "redis", "kong", "sutazai-"]


def test_sums_of_limits_count_running_containers_and_tell_those_without() -> None:
    several = (
        container("a", cpu=3.0, memory=16 * GIB),
        container("b", cpu=None, memory=None),
        container("c", cpu=9.0, memory=64 * GIB, state=ContainerState.EXITED),
    )
    host = measure(None, sample(1, containers=several, host=host_counters()), PROFILE).host
    assert (host.cpu_limits, host.cpu_unlimited) == (3.0, 1)
    assert (host.memory_limits, host.memory_unlimited) == (16 * GIB, 1)
    assert host.cpu_overcommit == 0.25
    assert host.memory_overcommit == 0.5


def test_host_figures_are_of_the_interval() -> None:
    before = host_counters(clock_ns=0)
    after = replace(
        host_counters(clock_ns=2 * SECOND, busy_ns=6 * SECOND, total_ns=24 * SECOND),
        own_cpu_time_ns=SECOND // 10,
        disk_read_bytes=None,
    )
    host = measure(sample(1, host=before), sample(2, host=after), PROFILE).host
    assert host.cpu_utilization == 0.25
    assert host.cpu == 3.0
    assert host.own_cpu == 0.05
    assert host.memory_utilization == 23 / 32
    assert str(host.disk_read) == "not supported"


def test_a_remote_engine_is_held_against_its_own_host() -> None:
    remote = replace(engine_info(), is_local=False, cpus=4, memory=Bytes(8 * GIB))
    for read in (None, host_counters()):
        host = measure(None, sample(1, engine=remote, host=read), PROFILE).host
        assert (host.cpus, host.memory_total) == (4, 8 * GIB)
        assert host.cpu_overcommit == 0.5
        assert host.memory_overcommit == 0.5
        assert str(host.cpu) == "not supported: the engine runs on another host"


def test_what_sutaztop_costs_is_told_of_a_remote_engine_too() -> None:
    remote = replace(engine_info(), is_local=False)
    before = host_counters(clock_ns=0)
    after = replace(host_counters(clock_ns=SECOND), own_cpu_time_ns=SECOND // 4)
    host = measure(sample(1, engine=remote, host=before), sample(2, engine=remote, host=after), PROFILE).host
    assert host.own_cpu == 0.25


def test_the_demo_brings_its_own_host_along() -> None:
    demo = replace(engine_info(), is_local=False, demo=True, cpus=99)
    assert measure(None, sample(1, engine=demo, host=host_counters()), PROFILE).host.cpus == 12


@given(st.permutations(range(6)))
def test_the_order_of_containers_is_of_no_importance(order: list[int]) -> None:
    several = [container(f"sutazai-{number}") for number in range(6)]
    read = {it.id: counters(clock_ns=SECOND, cpu_time_ns=n * SECOND) for n, it in enumerate(several)}
    zero = {it.id: counters() for it in several}
    before = sample(0, containers=tuple(several), counters=zero)
    straight = measure(before, sample(1, containers=tuple(several), counters=read), PROFILE)
    mixed = measure(before, sample(1, containers=tuple(several[n] for n in order), counters=read), PROFILE)
    assert dict(mixed.by_id) == dict(straight.by_id)
    assert mixed.host == straight.host


def test_a_container_is_found_by_its_id() -> None:
    assert measure(None, sample(1), PROFILE).by_id[container_id("sutazai-backend")].container is BACKEND


def test_a_swarm_task_is_shown_without_its_id_and_one_that_has_ended_keeps_four_letters_of_it() -> None:
    running = replace(container("sutazai_agents.1.lk2jx6z1"), swarm_task_id="lk2jx6z1")
    ended = replace(container("sutazai_agents.1.9fh3aa", state=ContainerState.EXITED), swarm_task_id="9fh3aa")
    snapshot = measure(None, sample(1, containers=(running, ended)), PROFILE)
    assert [it.display_name for it in snapshot.containers] == ["sutazai_agents.1", "sutazai_agents.1.9fh3"]


def test_a_host_that_was_not_read_anew_keeps_its_figures_and_their_age() -> None:
    before = host_counters(clock_ns=0)
    after = host_counters(NOW + timedelta(seconds=2), clock_ns=2 * SECOND, busy_ns=6 * SECOND, total_ns=24 * SECOND)
    earlier = measure(sample(1, host=before), sample(2, host=after), PROFILE)
    stale = measure(sample(2, host=after), sample(3, host=after), PROFILE, earlier)
    assert stale.host.cpu_utilization == 0.25
    assert stale.host.read_at == after.read_at
    assert measure(sample(2, host=after), sample(3, host=after), PROFILE).host.cpu_utilization == FIRST_READ


def test_a_host_that_could_not_be_read_says_why() -> None:
    report = CollectorReport("host", None, trouble=Trouble("This host cannot be read", "no /proc"))
    host = measure(None, sample(1, reports=(report,)), PROFILE).host
    assert str(host.memory_available) == "collector failed: This host cannot be read. no /proc."
    assert str(measure(None, sample(1), PROFILE).host.cpu) == "not read yet"


def test_counters_that_never_came_say_why_or_that_they_are_to_come() -> None:
    waiting = measure(None, sample(1, None), PROFILE).containers[0].usage.cpu
    assert str(waiting) == "not read yet"
    report = CollectorReport("counters", None, trouble=Trouble("Refused", "403"))
    refused = measure(None, sample(1, None, reports=(report,)), PROFILE).containers[0].usage.cpu
    assert str(refused) == "collector failed: Refused. 403."


def test_disks_are_measured_where_they_were_read() -> None:
    assert measure(None, sample(1), PROFILE).disks is None
    assert measure(None, sample(1, disks=DiskSample()), PROFILE).disks == Disks()
