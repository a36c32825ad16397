"""One word for each container, and what is said of host, services, disks and collectors."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from sutaztop.domain.container import Container, ContainerState, Health, Probe
from sutaztop.domain.counters import Pressure
from sutaztop.domain.disk import Component, Filesystem, Medium, Tree
from sutaztop.domain.finding import Finding, Severity
from sutaztop.domain.frame import HOST
from sutaztop.domain.llm import ModelServer
from sutaztop.domain.profile import Profile
from sutaztop.domain.quantity import GIB, Bytes, Ratio
from sutaztop.domain.reading import Reason, Unmeasured
from sutaztop.domain.resources import Limits, Resources
from sutaztop.domain.sample import CollectorReport, Trouble
from sutaztop.domain.snapshot import ComponentUsage, Disks, DiskTier, Snapshot
from sutaztop.policy.judge import judge
from tests import given
from tests.policy.situations import PROFILE, Situation, host


def container(**changes: object) -> Container:
    return replace(given.container("sutazai-kong"), **changes)  # type: ignore[arg-type]  # fields of Container


def found(it: Container, **readings: object) -> Finding | None:
    situation = Situation()
    situation.add(it, **readings)  # type: ignore[arg-type]  # passed through
    return situation.finding("kong")


def test_a_quiet_container_gets_no_word() -> None:
    assert found(container()) is None


def test_an_oom_kill_stays_visible_on_a_healthy_container() -> None:
    finding = found(container(oom_killed=True))
    assert finding is not None
    assert (finding.word, finding.severity) == ("OOM", Severity.WARNING)


def test_an_oom_kill_at_the_brim_is_critical() -> None:
    finding = found(container(oom_killed=True), memory=[0.995])
    assert finding is not None
    assert finding.severity is Severity.CRITICAL
    assert any(it.name == "also" and "MEM-LIMIT" in it.value for it in finding.evidence)


def test_several_oom_kills_are_counted() -> None:
    situation = Situation()
    made = situation.add(container(oom_killed=True))
    situation.containers[0] = replace(made, usage=replace(made.usage, oom_kills=2))
    finding = situation.finding("kong")
    assert finding is not None
    assert (finding.word, finding.severity) == ("OOM×2", Severity.CRITICAL)


def test_a_kill_is_told_with_the_limit_that_killed_also_when_it_was_raised_since() -> None:
    situation = Situation()
    killed = container(oom_killed=True, resources=Resources(Limits(memory=Bytes(GIB))))
    situation.add(killed)
    situation.past = situation.judge().past
    situation.containers.clear()
    situation.add(replace(killed, resources=Resources(Limits(memory=Bytes(4 * GIB)))))
    finding = situation.finding("kong")
    assert finding is not None
    assert finding.text.startswith("OOM-killed once at a limit of 1 GiB, which is 4 GiB now")


def test_a_throttled_container_is_named_by_its_quota_with_both_numbers() -> None:
    finding = found(container(), cpu=[0.93], throttled=0.41)
    assert finding is not None
    assert (finding.word, finding.severity) == ("QUOTA", Severity.WARNING)
    assert "41 %" in finding.text
    assert "93 %" in finding.text


def test_a_container_cut_off_all_the_time_is_critical() -> None:
    finding = found(container(), cpu=[0.99], throttled=0.70)
    assert finding is not None
    assert (finding.word, finding.severity) == ("QUOTA", Severity.CRITICAL)


@pytest.mark.parametrize(("share", "severity"), [(0.90, Severity.WARNING), (0.97, Severity.CRITICAL)])
def test_a_working_set_near_its_limit_is_graded(share: float, severity: Severity) -> None:
    finding = found(container(), memory=[share])
    assert finding is not None
    assert (finding.word, finding.severity) == ("MEM-LIMIT", severity)


@pytest.mark.parametrize(("tier", "severity"), [(1, Severity.CRITICAL), (2, Severity.WARNING)])
def test_an_unhealthy_container_repeats_its_probe_and_counts_by_its_tier(tier: int, severity: Severity) -> None:
    began = given.NOW - timedelta(minutes=4)
    probes = (
        Probe(began - timedelta(seconds=30), 0, "ok"),
        Probe(began, 1, "curl: not found"),
        Probe(given.NOW, 1, "curl:\n not found"),
    )
    finding = found(container(health=Health.UNHEALTHY, probes=probes), tier=tier)
    assert finding is not None
    assert (finding.word, finding.severity, finding.since) == ("UNHEALTHY", severity, began)
    assert "curl: not found" in finding.text


@pytest.mark.parametrize(
    ("code", "policy", "word"),
    [(1, "unless-stopped", "EXITED"), (1, "no", None), (0, "always", None), (137, "on-failure", "EXITED")],
)
def test_an_exit_matters_if_it_failed_and_was_to_keep_running(code: int, policy: str, word: str | None) -> None:
    it = container(state=ContainerState.EXITED, exit_code=code, restart_policy=policy, finished_at=given.NOW)
    finding = found(it)
    assert (finding.word if finding else None) == word


@pytest.mark.parametrize(("up", "expected"), [(timedelta(minutes=5), "RESTARTS"), (timedelta(days=2), None)])
def test_restarts_are_news_only_in_a_young_run(up: timedelta, expected: str | None) -> None:
    finding = found(container(restart_count=3, started_at=given.NOW - up))
    assert (finding.word if finding else None) == expected


def test_a_container_that_is_restarting_says_how_often() -> None:
    finding = found(container(state=ContainerState.RESTARTING, restart_count=7, exit_code=1))
    assert finding is not None
    assert finding.word == "RESTARTS"
    assert "7 times" in finding.text


def test_a_paused_container_is_told() -> None:
    finding = found(container(state=ContainerState.PAUSED))
    assert finding is not None
    assert finding.word == "PAUSED"


def test_a_container_without_limits_is_well_and_says_so() -> None:
    situation = Situation()
    situation.add(given.container("sutazai-kong", cpu=None, memory=None), cpu=[0.2])
    finding = situation.finding("kong")
    assert finding is not None
    assert (finding.word, finding.severity) == ("NO LIMIT", Severity.OK)


def test_a_container_that_could_not_be_read_is_unknown() -> None:
    situation = Situation()
    made = situation.add(container())
    situation.containers[0] = replace(
        made, usage=replace(made.usage, cpu=Unmeasured(Reason.COLLECTOR_FAILED, "no permission"))
    )
    finding = situation.finding("kong")
    assert finding is not None
    assert (finding.word, finding.severity) == ("NO DATA", Severity.UNKNOWN)


def judged(change: Callable[[Snapshot], Snapshot], *, host_cpu: float = 0.4) -> dict[str, Finding]:
    situation = Situation()
    situation.add(container())
    situation.history.values[HOST, "cpu_utilization"] = [host_cpu] * 12
    situation.history.values[HOST, "memory_utilization"] = [0.97] * 12
    judgement = judge(change(situation.snapshot()), situation.history, PROFILE)
    return {it.word: it for it in judgement.findings}


def test_a_busy_host_is_told_when_it_stays_busy() -> None:
    busy = replace(host(), cpu_utilization=Ratio(0.97))
    assert judged(lambda it: replace(it, host=busy), host_cpu=0.97)["HOST-CPU"].severity is Severity.CRITICAL
    assert "HOST-CPU" not in judged(lambda it: replace(it, host=busy), host_cpu=0.4)


def test_a_full_host_says_what_is_left() -> None:
    full = replace(host(available=2 * GIB), memory_utilization=Ratio(0.97))
    finding = judged(lambda it: replace(it, host=full))["HOST-MEM"]
    assert finding.severity is Severity.CRITICAL
    assert "2 GiB available" in finding.text


def test_memory_pressure_is_graded_and_pressure_for_cpu_only_warns_on_a_busy_host() -> None:
    pressed = replace(host(), memory_pressure=Pressure(Ratio(0.30)), cpu_pressure=Pressure(Ratio(0.30)))
    busy = replace(pressed, cpu_utilization=Ratio(0.9))
    assert judged(lambda it: replace(it, host=pressed))["PSI-MEMORY"].severity is Severity.CRITICAL
    assert "PSI-CPU" not in judged(lambda it: replace(it, host=pressed))
    assert judged(lambda it: replace(it, host=busy))["PSI-CPU"].severity is Severity.WARNING


@pytest.mark.parametrize(("available", "severity"), [(40 * GIB, Severity.OK), (10 * GIB, Severity.WARNING)])
def test_promised_memory_is_a_warning_only_when_it_is_short(available: int, severity: Severity) -> None:
    promised = replace(host(available=available), memory_overcommit=Ratio(4.5))
    assert judged(lambda it: replace(it, host=promised))["OVERCOMMIT"].severity is severity


def test_a_service_with_too_few_replicas_is_told() -> None:
    situation = Situation()
    service = situation.serve("worker", situation.add(container()), swarm=True)
    situation.services[0] = replace(service, desired=3)
    finding = situation.finding("worker")
    assert finding is not None
    assert (finding.word, finding.text) == ("REPLICAS", "1 of 3 replicas run")


def disks(used: int, *, medium: Medium = Medium.SSD, filled: int = 10) -> Disks:
    component = Component("Ollama models", Medium.SSD, paths=("/data",), recommended=Bytes(150 * GIB))
    tree = Tree("/data", Bytes(used * GIB), given.NOW, mount_point="/")
    usage = ComponentUsage(component, (tree,), Bytes(used * GIB), Ratio(used / 150), given.NOW)
    filesystem = Filesystem(
        "/", "/dev/sda1", "ext4", Bytes(1000 * GIB), Bytes(filled * 10 * GIB), Bytes((100 - filled) * 10 * GIB), medium
    )
    return Disks((DiskTier(Medium.SSD, (usage,), Bytes(used * GIB), Bytes(150 * GIB), (filesystem,)),))


@pytest.mark.parametrize(
    ("reason", "word", "severity"),
    [(Reason.NOT_THERE, "ABSENT", Severity.OK), (Reason.COLLECTOR_FAILED, "NO DATA", Severity.UNKNOWN)],
)
def test_a_component_that_does_not_exist_is_no_failure(reason: Reason, word: str, severity: Severity) -> None:
    unread = Unmeasured(reason, "why")
    usage = ComponentUsage(Component("Backups", Medium.HDD, recommended=Bytes(GIB)), (), unread, unread, None)
    finding = judged(lambda it: replace(it, disks=Disks((DiskTier(Medium.HDD, (usage,), unread, None, ()),))))[word]
    assert finding.severity is severity
    assert "why" in finding.text


@pytest.mark.parametrize(("used", "severity"), [(120, None), (131, Severity.WARNING), (149, Severity.CRITICAL)])
def test_a_component_is_held_against_its_budget(used: int, severity: Severity | None) -> None:
    words = judged(lambda it: replace(it, disks=disks(used)))
    assert (words["BUDGET"].severity if "BUDGET" in words else None) == severity


def test_a_filesystem_is_told_once_though_several_tiers_lie_on_it() -> None:
    one = disks(10, filled=95)
    situation = Situation()
    snapshot = replace(situation.snapshot(), disks=replace(one, tiers=one.tiers * 2))
    told = [it for it in judge(snapshot, situation.history, Profile()).findings if it.word == "DISK"]
    assert [it.severity for it in told] == [Severity.CRITICAL]


def test_a_component_for_ssd_on_an_hdd_is_on_the_wrong_tier() -> None:
    finding = judged(lambda it: replace(it, disks=disks(10, medium=Medium.HDD)))["WRONG TIER"]
    assert "/dev/sda1" in finding.text
    assert "WRONG TIER" not in judged(lambda it: replace(it, disks=disks(10, medium=Medium.UNKNOWN)))


TROUBLE = Trouble("The engine does not answer", "no socket", "Start it")


def test_an_engine_that_went_is_critical_and_one_never_reached_unknown() -> None:
    gone = (CollectorReport("stack", given.NOW, trouble=TROUBLE),)
    assert judged(lambda it: replace(it, reports=gone))["UNREACHABLE"].severity is Severity.CRITICAL
    assert judged(lambda it: replace(it, reports=gone, engine=None))["UNREACHABLE"].severity is Severity.UNKNOWN


def test_one_silent_model_server_among_several_is_not_well() -> None:
    servers = (ModelServer("http://one:11434"), ModelServer("http://two:11434", trouble="connection refused"))
    finding = judged(lambda it: replace(it, models=servers))["UNREAD"]
    assert (finding.severity, finding.subject.name) == (Severity.UNKNOWN, "http://two:11434")


def test_another_collector_in_trouble_is_unknown_and_says_why() -> None:
    finding = judged(lambda it: replace(it, reports=(CollectorReport("ollama", None, trouble=TROUBLE),)))["UNREAD"]
    assert finding.severity is Severity.UNKNOWN
    assert "no socket" in finding.text


def test_readings_that_grow_old_without_a_reason_are_stale() -> None:
    assert "STALE" in judged(lambda it: replace(it, at=given.NOW + timedelta(seconds=40)))
    assert "STALE" not in judged(lambda it: it)


@pytest.mark.parametrize(("name", "told"), [("models", True), ("stack", False), ("counters", False)])
def test_old_readings_are_not_excused_by_trouble_elsewhere(name: str, *, told: bool) -> None:
    reports = (CollectorReport(name, None, trouble=TROUBLE),)
    found = judged(lambda it: replace(it, at=given.NOW + timedelta(seconds=40), reports=reports))
    assert ("STALE" in found) is told


def test_too_little_data_is_said_rather_than_guessed() -> None:
    situation = Situation()
    situation.history.values[HOST, "cpu_utilization"] = [0.4] * 3
    finding = situation.finding("sutaz-host")
    assert finding is not None
    assert finding.word == "WARMING"
    assert "3 of 6" in finding.text
