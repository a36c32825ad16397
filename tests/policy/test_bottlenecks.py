"""What pressure, exit codes and kernel counts tell of a container; IDLE and OK cost no finding."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from sutaztop.domain.container import Container, ContainerState, Health
from sutaztop.domain.counters import Pressure
from sutaztop.domain.finding import Finding, Severity
from sutaztop.domain.frame import HOST
from sutaztop.domain.quantity import Ratio
from sutaztop.domain.snapshot import End
from sutaztop.render.arrange import judge_rows
from tests import given
from tests.policy.situations import Situation


def pressure(minute: float, *, full: float = 0.0, now: float | None = None) -> Pressure:
    return Pressure(Ratio(minute if now is None else now), Ratio(full), Ratio(minute), Ratio(full))


def found(
    pressures: Mapping[str, Pressure], *, cpu: float = 0.3, memory: float = 0.1, throttled: float = 0.0,
    host_cpu: float = 0.4,
) -> Finding | None:  # fmt: skip
    situation = Situation()
    made = situation.add(given.container("sutazai-kong"), cpu=[cpu], memory=[memory], throttled=throttled)
    situation.containers[0] = replace(made, usage=replace(made.usage, **pressures))  # type: ignore[arg-type]
    situation.history.values[HOST, "cpu_utilization"] = [host_cpu] * 12
    return situation.finding("kong")


def word(finding: Finding | None) -> str | None:
    return finding.word if finding else None


@pytest.mark.parametrize(
    ("some", "full", "memory", "severity"),
    [
        (0.08, 0.0, 0.6, Severity.WARNING),
        (0.30, 0.10, 0.6, Severity.CRITICAL),
        (0.049, 0.0, 0.6, None),
        (0.30, 0.10, 0.4, None),
    ],
)
def test_memory_stalls_count_from_half_of_the_limit_on(
    some: float, full: float, memory: float, severity: Severity | None
) -> None:
    finding = found({"memory_pressure": pressure(some, full=full)}, memory=memory)
    assert (finding.word, finding.severity) == ("MEM-STALL", severity) if finding else severity is None


@pytest.mark.parametrize(
    ("cpu_pressure", "throttled", "host_cpu", "expected"),
    [
        (0.35, 0.01, 0.88, "HOST-CPU"),
        (0.19, 0.01, 0.88, None),
        (0.35, 0.05, 0.88, None),
        (0.35, 0.01, 0.84, None),
        (0.20, 0.00, 0.85, "HOST-CPU"),
    ],
)
def test_a_container_is_starved_only_on_a_busy_host_and_without_a_quota_that_bites(
    cpu_pressure: float, throttled: float, host_cpu: float, expected: str | None
) -> None:
    finding = found({"cpu_pressure": pressure(cpu_pressure)}, throttled=throttled, host_cpu=host_cpu)
    assert word(finding) == expected
    if finding is not None:
        assert "no limit" in finding.text


@pytest.mark.parametrize(("io", "cpu", "expected"), [(0.4, 0.1, "IO"), (0.4, 0.6, None), (0.19, 0.1, None)])
def test_waiting_for_disks_is_the_cause_only_where_little_cpu_is_used(
    io: float, cpu: float, expected: str | None
) -> None:
    assert word(found({"io_pressure": pressure(io)}, cpu=cpu)) == expected


def test_a_moment_of_pressure_is_no_cause() -> None:
    assert found({"io_pressure": pressure(0.02, now=0.9)}, cpu=0.1) is None


def test_pressure_that_was_read_over_ten_seconds_alone_says_so() -> None:
    finding = found({"io_pressure": Pressure(Ratio(0.5))}, cpu=0.1)
    assert finding is not None
    assert "the last ten seconds" in finding.text


def judged(it: Container, *, kernel_kills: int = 0, ends: tuple[End, ...] = ()) -> Finding | None:
    situation = Situation()
    made = situation.add(it)
    situation.containers[0] = replace(made, usage=replace(made.usage, oom_kills=kernel_kills), ends=ends)
    return situation.finding("kong")


def kong(**changes: object) -> Container:
    return replace(given.container("sutazai-kong"), **changes)  # type: ignore[arg-type]  # fields of Container


def test_a_kill_that_only_the_kernel_counted_is_told_as_hidden_behind_green() -> None:
    finding = judged(kong(), kernel_kills=1)
    assert finding is not None
    assert (finding.word, finding.severity) == ("OOM", Severity.WARNING)
    assert "hidden behind green: healthy, restart count 0, for a process inside was killed" in finding.text


def test_the_engines_flag_alone_does_not_say_which_process_it_was() -> None:
    finding = judged(kong(oom_killed=True))
    assert finding is not None
    assert "hidden behind green" in finding.text
    assert "a process inside" not in finding.text


@pytest.mark.parametrize("changes", [{"health": Health.UNHEALTHY}, {"restart_count": 1}])
def test_a_kill_that_shows_is_not_hidden(changes: dict[str, object]) -> None:
    finding = judged(kong(oom_killed=True, **changes))
    assert finding is not None
    assert "hidden" not in finding.text


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (1, "an error of the application itself"), (126, "not executable"), (127, "no such command"),
        (134, "aborted"), (137, "137 alone proves no lack of memory"), (139, "segmentation fault"),
        (143, "terminated"),
    ],
)  # fmt: skip
def test_a_loop_says_why_it_ends_how_often_and_that_the_pause_doubles(code: int, words: str) -> None:
    ends = tuple(End(given.NOW - timedelta(minutes=it), code) for it in (3, 2, 1))
    finding = judged(kong(state=ContainerState.RESTARTING, restart_count=212, exit_code=code), ends=ends)
    assert finding is not None
    assert finding.text.startswith("crash loop: restarting, 212 times so far, 3 of them in the last hour")
    assert words in finding.text
    assert "doubles, up to a minute" in finding.text
    evidence = {it.name: it.value for it in finding.evidence}
    assert evidence["exit codes in the last hour"] == f"{code} 3 times"
    assert evidence["between the last two ends"] == "60 s"


def test_a_kill_for_memory_in_a_loop_is_called_that() -> None:
    finding = judged(kong(state=ContainerState.EXITED, exit_code=137, restart_policy="always", oom_killed=True))
    assert finding is not None
    assert any("killed for memory" in it.value for it in finding.evidence) or "killed for memory" in finding.text


def test_one_restart_is_told_and_no_loop() -> None:
    it = kong(restart_count=1, started_at=given.NOW - timedelta(minutes=5))
    finding = judged(it, ends=(End(given.NOW - timedelta(minutes=5), 143),))
    assert finding is not None
    assert (finding.word, finding.severity) == ("RESTARTS", Severity.OK)
    assert finding.text == "restarted once in the last hour, last 5 min ago; last exit code 143 (terminated)"


def test_a_policy_with_a_count_keeps_a_container_running_too() -> None:
    finding = judged(kong(state=ContainerState.EXITED, exit_code=1, restart_policy="on-failure:5"))
    assert word(finding) == "EXITED"


@pytest.mark.parametrize(("rested", "expected"), [(timedelta(minutes=4), "IDLE"), (timedelta(minutes=2), "OK")])
def test_a_row_that_rests_is_idle_after_a_while_without_any_finding(rested: timedelta, expected: str) -> None:
    situation = Situation()
    made = situation.add(kong())
    situation.containers[0] = replace(made, resting_since=given.NOW - rested)
    assert situation.finding("kong") is None
    frame = given.frame(situation.snapshot(), findings=situation.judge().findings)
    assert judge_rows(frame)[made.id].word == expected
