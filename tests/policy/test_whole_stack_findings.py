"""What no figure of one container shows: definitions, orphans, clones, logs, and what runs outside."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from sutaztop.domain.container import Container, ContainerState, Logging
from sutaztop.domain.disk import Filesystem, Medium
from sutaztop.domain.finding import Finding, Severity
from sutaztop.domain.frame import HOST
from sutaztop.domain.keep import Defined, Wish
from sutaztop.domain.process import Process
from sutaztop.domain.profile import Profile, Tiering, TierRule
from sutaztop.domain.project import COMPOSE
from sutaztop.domain.quantity import GIB, Bytes, Cores, Ratio
from sutaztop.domain.snapshot import Disks, DiskTier, Snapshot
from sutaztop.policy.judge import judge
from tests import given
from tests.policy.situations import PROFILE

CORE = Profile(tiering=Tiering(rules=(TierRule("high", 1, frozenset({"postgres"})),)))


def snapshot(containers: Sequence[Container], *projects: Defined) -> Snapshot:
    return replace(given.snapshot([given.measured_container(it) for it in containers]), projects=projects)


def words(of: Snapshot, profile: Profile = PROFILE) -> dict[str, Finding]:
    return {it.word: it for it in judge(of, given.KeptSeries(), profile).findings}


def defined(*services: str, trouble: str = "", **wishes: Wish) -> Defined:
    return Defined("sutazaiapp", "compose.yaml", {**dict.fromkeys(services, Wish()), **wishes}, trouble)


BACKEND = given.container()


def test_a_service_that_is_defined_and_has_no_container_is_missing() -> None:
    finding = words(snapshot([BACKEND], defined("backend", "letta", "aider")))["MISSING"]
    assert (finding.subject.kind, finding.subject.name, finding.severity) == ("project", "sutazaiapp", Severity.WARNING)
    assert finding.text.startswith("2 of 3 services that compose.yaml defines have no container: aider, letta.")
    assert ("services that run", "1") in {(it.name, it.value) for it in finding.evidence}


def test_a_missing_service_of_the_highest_tier_is_critical_and_named_first() -> None:
    finding = words(snapshot([BACKEND], defined("backend", "aider", "postgres")), CORE)["MISSING"]
    assert finding.severity is Severity.CRITICAL
    assert "no container: postgres; aider." in finding.text


@pytest.mark.parametrize("wish", [Wish(replicas=0), Wish(profiles=("debug",))])
def test_what_is_not_meant_to_run_is_not_missing(wish: Wish) -> None:
    assert "MISSING" not in words(snapshot([BACKEND], defined("backend", letta=wish)))


@pytest.mark.parametrize(
    ("code", "policy", "word"),
    [(0, "always", "STOPPED"), (143, "unless-stopped", "EXITED"), (1, "no", "STOPPED"), (1, "always", "EXITED")],
)
def test_a_stopped_container_is_told_and_a_failed_one_once(code: int, policy: str, word: str) -> None:
    gone = given.container("sutazai-letta", service="letta", state=ContainerState.EXITED)
    gone = replace(gone, exit_code=code, restart_policy=policy)
    found = words(snapshot([BACKEND, gone], defined("backend", "letta")))
    assert [it for it in found if it in ("STOPPED", "EXITED", "MISSING")] == [word]


def test_what_runs_and_is_defined_nowhere_is_an_orphan_only_when_all_files_were_read() -> None:
    stray = given.container("sutazai-old", service="old")
    finding = words(snapshot([BACKEND, stray], defined("backend")))["ORPHANS"]
    assert (finding.severity, "old" in finding.text) == (Severity.WARNING, True)
    assert "ORPHANS" not in words(snapshot([BACKEND, stray], defined("backend", trouble="unreadable")))


def test_a_project_that_could_not_be_read_misses_nothing() -> None:
    assert "MISSING" not in words(snapshot([BACKEND], Defined("sutazaiapp", "compose.yaml", trouble="broken")))


def stray(name: str, image: str = "python:3.11-slim", **changes: object) -> Container:
    it = given.container(name, service="", project="")
    return replace(it, image=image, **changes)  # type: ignore[arg-type]  # fields of Container


def test_twelve_clones_of_three_images_are_one_finding() -> None:
    letters = "abcdefghijkl"
    clones = [stray(f"happy_{letter}oyce", f"image{n % 3}") for n, letter in enumerate(letters)]
    finding = words(snapshot([replace(BACKEND, image="image1"), *clones]))["CLONES"]
    assert finding.severity is Severity.WARNING
    assert finding.text.startswith("12 containers under names that Docker makes up, of no project:")
    assert "4 of image1 (a service has it too)" in finding.text
    assert ("containers", "12") in {(it.name, it.value) for it in finding.evidence}


@pytest.mark.parametrize(
    "it",
    [
        stray("happy_noyce", "only:one"),
        stray("happy-noyce", BACKEND.image),
        stray("happy_noyce", BACKEND.image, restart_policy="always"),
        stray("happy_noyce", BACKEND.image, state=ContainerState.EXITED),
    ],
)
def test_what_somebody_may_well_have_started_is_no_clone(it: Container) -> None:
    assert "CLONES" not in words(snapshot([BACKEND, it]))


@pytest.mark.parametrize(("up", "told"), [(timedelta(hours=2), True), (timedelta(minutes=5), False)])
def test_what_compose_run_left_over_is_told_after_an_hour(up: timedelta, *, told: bool) -> None:
    one = given.container("sutazaiapp-backend-run-1a2b", labels={f"{COMPOSE}oneoff": "True"})
    found = words(snapshot([BACKEND, replace(one, started_at=given.NOW - up)]))
    assert ("CLONES" in found) is told


def log(number: int, **changes: object) -> Container:
    logging = Logging("json-file")
    return replace(given.container(f"c{number}"), **{"logging": logging, **changes})  # type: ignore[arg-type]


def test_a_hundred_growing_logs_are_one_finding_and_no_alarm() -> None:
    found = [it for it in judge(snapshot([log(n) for n in range(100)]), given.KeptSeries(), PROFILE).findings
             if it.word == "LOGS"]  # fmt: skip
    assert [it.severity for it in found] == [Severity.OK]
    assert found[0].text.startswith("100 containers write json-file logs without max-size")
    assert "and 94 more" in found[0].text


@pytest.mark.parametrize(
    "logging", [Logging("json-file", "10m"), Logging("local"), Logging("journald"), Logging("none"), None]
)
def test_a_log_that_rotates_or_is_elsewhere_is_well(logging: Logging | None) -> None:
    assert "LOGS" not in words(snapshot([log(1, logging=logging)]))


@pytest.mark.parametrize(("filled", "severity"), [(50, Severity.OK), (85, Severity.WARNING)])
def test_growing_logs_warn_where_the_engines_disk_fills(filled: int, severity: Severity) -> None:
    disk = Filesystem(
        "/var", "/dev/sda1", "ext4", Bytes(100 * GIB), Bytes(filled * GIB), Bytes((100 - filled) * GIB), Medium.SSD
    )
    disks = Disks((DiskTier(Medium.SSD, (), Bytes(0), None, (disk,)),))
    engine = replace(given.engine_info(), root_directory="/var/lib/docker")
    found = words(replace(snapshot([log(1)]), disks=disks, engine=engine))["LOGS"]
    assert found.severity is severity


def outside(
    *, cpu: float = 0.02, memory: float = 0.05, lately: float | None = None, processes: tuple[Process, ...] = ()
) -> Finding | None:
    it = snapshot([BACKEND])
    host = replace(
        it.host, outside_cpu=Cores(cpu * 12), outside_cpu_share=Ratio(cpu),
        outside_memory=Bytes(int(memory * 32 * GIB)), outside_memory_share=Ratio(memory),
    )  # fmt: skip
    shares: list[float | None] = [*[cpu if lately is None else lately] * 11, cpu]
    history = given.KeptSeries({
        (HOST, "outside_cpu_share"): shares,
        (HOST, "outside_memory_share"): [memory] * 12,
        (HOST, "cpu_utilization"): [0.4] * 12,
    })  # fmt: skip
    judged = judge(replace(it, host=host, outside=processes), history, PROFILE)
    return next((finding for finding in judged.findings if finding.word == "OUTSIDE"), None)


ANALYSER = Process(4711, "analyser", Cores(2.51), Bytes(int(5.4 * GIB)), given.NOW)


def test_a_process_outside_docker_that_eats_the_host_is_named_with_its_cost_and_ours() -> None:
    finding = outside(cpu=0.25, processes=(ANALYSER, Process(9, "cron", Cores(0.0), Bytes(GIB), given.NOW)))
    assert finding is not None
    assert finding.severity is Severity.WARNING
    assert finding.text == (
        "3 cores, 25 % of the host's CPU, used by neither containers nor sutaztop (itself 0.01 cores and 48 MiB): "
        "most of it analyser (pid 4711) with 2.5 cores and 5.4 GiB"
    )


@pytest.mark.parametrize(
    ("given_shares", "told"),
    [({"cpu": 0.20}, False), ({"cpu": 0.21}, True), ({"cpu": 0.5, "lately": 0.1}, False), ({"memory": 0.16}, True),
     ({"memory": 0.15}, False)],
)  # fmt: skip
def test_only_what_weighs_all_the_while_is_told(given_shares: dict[str, float], *, told: bool) -> None:
    assert (outside(**given_shares) is not None) is told  # type: ignore[arg-type]


def test_a_process_that_was_seen_long_ago_or_is_small_is_not_accused() -> None:
    old = replace(ANALYSER, at=given.NOW - timedelta(minutes=5))
    finding = outside(cpu=0.25, processes=(old,))
    assert finding is not None
    assert "analyser" not in finding.text
    small = outside(cpu=0.25, processes=(replace(ANALYSER, cpu=Cores(0.2)),))
    assert small is not None
    assert "no one process holds much of it" in small.text
