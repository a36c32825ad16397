"""What the timeline tells of consecutive frames."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sutaztop.domain.container import Container, ContainerState
from sutaztop.domain.event import Event
from sutaztop.domain.finding import Finding, Severity, Subject
from sutaztop.domain.frame import Frame
from sutaztop.domain.llm import LoadedModel, ModelServer
from sutaztop.domain.quantity import GIB, Bytes, Seconds
from sutaztop.domain.recording import Happening, HappeningKind
from sutaztop.domain.resources import Resources
from sutaztop.domain.sample import CollectorReport, Trouble
from sutaztop.domain.service import Orchestrator, Service
from sutaztop.domain.snapshot import Snapshot
from sutaztop.history.chronicle import BURST, Chronicle
from tests.given import NOW, container, container_id, limits, measured_container
from tests.given import frame as given_frame
from tests.given import snapshot as given_snapshot

BACKEND = container_id("sutazai-backend")


def event(action: str, seconds: float, detail: str = "", *, name: str = "sutazai-backend", **attributes: str) -> Event:
    at = NOW + timedelta(seconds=seconds)
    return Event(at, round(at.timestamp() * 1e9), "container", action, container_id(name), name, detail, attributes)


def snapshot(
    seconds: float, containers: Sequence[Container] | None = None, *, events: Sequence[Event] = (), **more: Any
) -> Snapshot:
    found = [container()] if containers is None else list(containers)
    made = given_snapshot([measured_container(it) for it in found], at=NOW + timedelta(seconds=seconds))
    return replace(
        made, clock_ns=round(seconds * 1e9), events=tuple(events), reports=(CollectorReport("stack", NOW),), **more
    )


def frame(snapshot: Snapshot, findings: Sequence[Finding] = (), **more: Any) -> Frame:
    return replace(given_frame(snapshot, findings=findings), **more)


def told(frames: Sequence[Frame], chronicle: Chronicle | None = None) -> list[Happening]:
    """Tell frames that lie as far apart as the test likes: what it says of gaps is left out."""
    return [it for it in told_with_gaps(frames, chronicle) if it.kind is not HappeningKind.GAP]


def told_with_gaps(frames: Sequence[Frame], chronicle: Chronicle | None = None) -> list[Happening]:
    here = chronicle or Chronicle()
    return [it for one in frames for it in here.take(one)]


def after(*events: Event, containers: Sequence[Container] | None = None) -> list[Happening]:
    return told([frame(snapshot(0)), frame(snapshot(9, containers, events=events))])


def quota(severity: Severity = Severity.WARNING) -> Finding:
    return Finding(Subject("container", BACKEND, "backend"), severity, "QUOTA", "93 % of its CPU limit")


def words(happenings: Sequence[Happening]) -> list[str]:
    return [f"{it.severity.word} {it.action}: {it.text}" for it in happenings]


@pytest.mark.parametrize(
    ("events", "line"),
    [
        ([event("die", 1, "0")], "ok die: ended with exit code 0: ended by itself, without an error"),
        ([event("die", 1, "127")], "warning die: ended with exit code 127: there is no such command in its image"),
        ([event("die", 1, "42")], "warning die: ended with exit code 42"),
        (
            [event("die", 1, "137")],
            "warning die: ended with exit code 137: killed, by whom is not known: 137 alone proves no lack of memory",
        ),
        ([event("oom", 1), event("die", 1.06, "137")], "critical die: ended with exit code 137: killed for memory"),
        ([event("kill", 1, "9"), event("die", 1.1, "137")], "ok die: ended with exit code 137, after signal KILL"),
        (
            [event("kill", 1, "15"), event("die", 3, "143")],
            "ok die: ended with exit code 143: terminated, after signal TERM",
        ),
        (
            [event("kill", 1, "1"), event("die", 3, "1")],
            "warning die: ended with exit code 1: an error of the application itself, after signal HUP",
        ),
        (
            [event("oom", 1), event("die", 1.06, "134")],
            "critical die: ended with exit code 134: aborted, and a process was killed for memory",
        ),
        ([event("health_status", 1, "unhealthy")], "warning health_status: unhealthy, its own probe says"),
        ([event("health_status", 1, "healthy")], "ok health_status: healthy, its own probe says"),
        ([event("pause", 1)], "ok pause: paused"),
        ([event("rename", 1, "/old")], "ok rename: has its name now, was old"),
    ],
)
def test_an_event_is_told_with_what_it_means(events: list[Event], line: str) -> None:
    assert words(after(*events))[-1] == line


def test_noise_is_not_told() -> None:
    noise = ("exec_create", "exec_start", "exec_die", "attach", "top", "resize", "stop", "archive-path")
    assert after(*(event(action, 1) for action in noise)) == []


def test_a_hostile_name_or_detail_stays_on_its_line() -> None:
    (line,) = after(event("rename", 1, "a\x1b[31m\nb"))
    assert line.text == "has its name now, was a b"


def test_a_container_made_anew_from_another_image_tells_both() -> None:
    births = event("create", 1, name="x", image="sutazai/backend:2")
    named = replace(births, subject_name="sutazai-backend")
    assert words(after(named)) == ["ok create: created from sutazai/backend:2, before it sutazai/backend:latest"]


def test_what_is_there_at_the_first_frame_did_not_begin_then() -> None:
    assert told([frame(snapshot(0), [quota()]), frame(snapshot(20), [quota()])]) == []


def test_what_the_engine_still_had_in_its_ring_is_told_with_its_own_time() -> None:
    (line,) = told([frame(snapshot(0, events=[event("start", -5)]))])
    assert line.at == NOW - timedelta(seconds=5)


def test_a_finding_begins_worsens_and_ends_once() -> None:
    lines = told([
        frame(snapshot(0)), frame(snapshot(20), [quota()]), frame(snapshot(25), [quota(Severity.CRITICAL)]),
        frame(snapshot(30), [quota()]), frame(snapshot(100)), frame(snapshot(135)),
    ])  # fmt: skip
    found = [it for it in lines if it.kind is HappeningKind.FINDING]
    assert words(found) == [
        "warning began: QUOTA: 93 % of its CPU limit",
        "critical worsened: QUOTA: 93 % of its CPU limit",
        "ok ended: QUOTA after 80 s",
    ]
    assert found[-1].at == NOW + timedelta(seconds=100)


def test_a_finding_that_flickers_is_one_line() -> None:
    frames = [frame(snapshot(0))]
    frames += [frame(snapshot(20 + 5 * step), [quota()] if step % 2 else []) for step in range(40)]
    assert [it.action for it in told(frames)] == ["began"]


def test_one_that_comes_and_goes_is_told_ever_more_rarely() -> None:
    frames = [frame(snapshot(0))]
    # Five seconds of it in each minute of an hour.
    for minute in range(60):
        frames += [frame(snapshot(20 + 60 * minute + step), [quota()] if step == 0 else []) for step in range(0, 60, 5)]
    found = [it.action for it in told(frames)]
    assert found.count("began") <= 3


def test_the_engines_silence_ends_no_finding_and_is_told_once() -> None:
    gone = Trouble("The engine does not answer", "connection refused")
    frames = [frame(snapshot(0)), frame(snapshot(20), [quota()])]
    frames += [frame(snapshot(21 + step), trouble=gone) for step in range(60)]
    frames += [frame(snapshot(81 + step), [quota()]) for step in range(40)]
    found = told(frames)
    assert [(it.action, it.severity) for it in found] == [
        ("began", Severity.WARNING), ("gone", Severity.CRITICAL), ("back", Severity.OK),
    ]  # fmt: skip
    assert "after 60 s" in found[-1].text


def test_findings_known_from_an_earlier_run_do_not_begin_again_and_do_end() -> None:
    known = told([frame(snapshot(0)), frame(snapshot(20), [quota()])])
    again = [frame(snapshot(200 + step), [quota()]) for step in range(30)]
    assert told(again, Chronicle(known)) == []
    without = [frame(snapshot(200 + step)) for step in range(40)]
    assert words(told(without, Chronicle(known))) == ["ok ended: QUOTA after 3 min"]


def test_limits_that_changed_are_told_with_the_figures_at_the_events_time() -> None:
    raised = replace(container(), resources=Resources(limits(3.0, 8 * GIB)))
    (line,) = told([
        frame(snapshot(0)), frame(snapshot(1, events=[event("update", 0.6)])), frame(snapshot(2, [raised])),
        frame(snapshot(9, [raised])),
    ])  # fmt: skip
    assert (line.kind, line.action, line.text) == (HappeningKind.CHANGE, "seen", "cpu 2 → 3, memory 4g → 8g")
    assert line.at == NOW + timedelta(seconds=0.6)


def test_an_update_of_which_nothing_is_seen_is_told_as_such() -> None:
    frames = [frame(snapshot(0)), frame(snapshot(1, events=[event("update", 0.6)])), frame(snapshot(7))]
    assert words(told(frames)) == ["ok update: its settings were updated"]


def test_a_restart_that_no_event_told_is_seen() -> None:
    frames = [frame(snapshot(0)), frame(snapshot(1, [container(restart_count=2)])), frame(snapshot(7))]
    assert words(told(frames))[0].startswith("warning restart: was restarted by its policy, 2 times by now")


def test_what_an_event_explains_is_not_told_twice_whichever_comes_first() -> None:
    ended = container(state=ContainerState.EXITED)
    late = [
        frame(snapshot(0)), frame(snapshot(1, [ended])), frame(snapshot(2, [ended], events=[event("die", 0.9, "1")])),
        frame(snapshot(9, [ended])),
    ]  # fmt: skip
    assert [it.action for it in told(late)] == ["die"]


def test_without_events_what_comes_and_goes_is_seen() -> None:
    both = [container(), container("sutazai-new", service="new")]
    frames = [frame(snapshot(0)), frame(snapshot(1, both)), frame(snapshot(7, both)), frame(snapshot(8, both[1:]))]
    found = told([*frames, frame(snapshot(14, both[1:]))])
    assert [(it.subject.name, it.text) for it in found] == [
        ("sutazai-new", "is here: running"), ("sutazai-backend", "is gone"),
    ]  # fmt: skip


def test_before_the_engine_was_read_nothing_is_missed() -> None:
    unread = replace(snapshot(0, []), reports=())
    assert told([frame(unread), frame(snapshot(1)), frame(snapshot(9))]) == []


def service(count: int, orchestrator: Orchestrator = Orchestrator.COMPOSE, **more: Any) -> Service:
    ids = tuple(f"c{number}" for number in range(count))
    desired = None if orchestrator is Orchestrator.COMPOSE else count
    return Service("p/web", "web", orchestrator, desired=desired, running=count, container_ids=ids, **more)


def test_a_compose_service_is_told_once_its_count_has_come_to_rest() -> None:
    counts = [(0, 2), (1, 3), (2, 4), (3, 4), (9, 4), (12, 4)]
    frames = [frame(snapshot(seconds, services=(service(count),))) for seconds, count in counts]
    assert words(told(frames)) == ["ok seen: 2 → 4 replicas"]


def test_a_compose_container_made_anew_is_no_other_count() -> None:
    counts = [(0, 2), (1, 3), (2, 2), (9, 2)]
    frames = [frame(snapshot(seconds, services=(service(count),))) for seconds, count in counts]
    assert told(frames) == []


def test_a_swarm_service_is_told_at_once_with_all_that_changed() -> None:
    before = service(2, Orchestrator.SWARM, image="web:1", resources=Resources(limits(1.0)))
    now = service(5, Orchestrator.SWARM, image="web:2", resources=Resources(limits(2.0)))
    frames = [frame(snapshot(0, services=(before,))), frame(snapshot(1, services=(now,)))]
    assert words(told(frames)) == ["ok seen: 2 → 5 replicas, cpu 1 → 2, image web:1 → web:2"]


def test_models_that_come_into_memory_and_go_are_told() -> None:
    server = ModelServer("http://ollama", loaded=(LoadedModel("a", Bytes(1)),))
    later = replace(server, loaded=(LoadedModel("b", Bytes(1)),))
    frames = [frame(snapshot(0, models=(server,))), frame(snapshot(1, models=(later,)))]
    assert [(it.action, it.subject.name) for it in told(frames)] == [("load", "b"), ("unload", "a")]


def test_a_time_without_readings_is_a_gap_with_both_ends() -> None:
    (gap,) = told_with_gaps([frame(snapshot(0)), frame(snapshot(90))])
    assert (gap.kind, gap.at, gap.until) == (HappeningKind.GAP, NOW, NOW + timedelta(seconds=90))


def test_a_slow_pace_is_no_gap() -> None:
    minute = Seconds(60.0)
    frames = [frame(snapshot(0), interval=minute), frame(snapshot(61), interval=minute)]
    assert told_with_gaps(frames) == []


def test_a_machine_that_slept_and_a_clock_that_was_set_back_are_told() -> None:
    asleep = replace(snapshot(3600), clock_ns=round(1e9))
    back = replace(snapshot(3000), clock_ns=round(2e9))
    found = told_with_gaps([frame(snapshot(0)), frame(asleep), frame(back)])
    assert [(it.kind, it.action) for it in found] == [
        (HappeningKind.GAP, "asleep"), (HappeningKind.EVENT, "clock"),
    ]  # fmt: skip
    assert "back by 10 min" in found[1].text


def test_a_flood_is_thinned_and_says_how_much_was_left_out() -> None:
    crash = [event("die", seconds, "1") for seconds in range(1, 120)]
    later = event("die", 300, "1")
    frames = [frame(snapshot(0)), *(frame(snapshot(it, events=[one])) for it, one in enumerate(crash, 1))]
    found = told([*frames, *(frame(snapshot(it)) for it in range(120, 300, 5)), frame(snapshot(300, events=[later]))])
    assert len(found) <= BURST + 6
    assert "left out)" in found[-1].text


def test_a_frame_given_again_tells_nothing_again() -> None:
    here = Chronicle()
    here.take(frame(snapshot(0)))
    once = frame(snapshot(1, events=[event("pause", 1)]))
    assert len(here.take(once)) == 1
    assert here.take(replace(once, number=2)) == []
