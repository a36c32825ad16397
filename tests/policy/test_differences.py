"""What is different between two frames: who set what, what broke, what grew, and that nothing else is told."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from sutaztop.domain.container import Container, ContainerState, Health
from sutaztop.domain.frame import Frame
from sutaztop.domain.quantity import GIB, Bytes, Cores
from sutaztop.domain.resources import Limits, Resources
from sutaztop.policy.differences import BROKE, CHANGED, differences
from sutaztop.policy.healthy import last_healthy
from sutaztop.store.recording.reader import FileRecording
from tests.ui.recorded import record
from tests.ui.world import open_stack

NAME = "postgres"


@pytest.fixture(scope="module")
def frame() -> Frame:
    return open_stack("busy").live(5)


def altered(frame: Frame, **changes: Any) -> Frame:
    """Give the frame with one container otherwise."""
    containers = tuple(
        replace(it, container=replace(it.container, **changes)) if it.display_name == NAME else it
        for it in frame.snapshot.containers
    )
    by_id = MappingProxyType({it.container.id: it for it in containers})
    return replace(frame, snapshot=replace(frame.snapshot, containers=containers, by_id=by_id))


def one_of(frame: Frame) -> Container:
    return next(it.container for it in frame.snapshot.containers if it.display_name == NAME)


def words(then: Frame, now: Frame) -> list[str]:
    return [f"{it.subject.name} {it.words}" for it in differences(then, now)]


def test_a_frame_is_no_different_from_itself(frame: Frame) -> None:
    assert differences(frame, frame) == ()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"image": "postgres:17"}, "image postgres:16.3-alpine → postgres:17"),
        ({"health": Health.UNHEALTHY}, "health healthy → unhealthy"),
        ({"restart_policy": "no"}, "restart policy unless-stopped → no"),
        ({"command": "postgres -c x"}, "command"),
    ],
)
def test_what_was_set_otherwise_is_told(frame: Frame, changes: dict[str, Any], told: str) -> None:
    (line,) = words(frame, altered(frame, **changes))
    assert line.startswith(f"{NAME} {told.partition(' → ')[0].split()[0]}")
    assert line.endswith(told.rpartition(" → ")[2]) or "→" not in told


def test_another_build_under_the_same_tag_is_told(frame: Frame) -> None:
    moved = altered(frame, image_id="sha256:" + "ab" * 32)
    (line,) = words(frame, moved)
    assert line.startswith(f"{NAME} image's build ")
    assert line.endswith(" → abababababab")
    # A recording of before digests were kept tells nothing, and another name is told as such.
    assert words(altered(frame, image_id=""), moved) == []
    (line,) = words(frame, altered(moved, image="postgres:17"))
    assert "image postgres:16.3-alpine → postgres:17" in line


def test_limits_are_told_with_their_units_and_the_other_way_round_too(frame: Frame) -> None:
    other = altered(frame, resources=Resources(Limits(cpu=Cores(3.0), memory=Bytes(6 * GIB))))
    there, back = words(frame, other), words(other, frame)
    assert any(it.startswith(f"{NAME} cpu limit") and it.endswith("→ 3 cores") for it in there)
    assert any(it.startswith(f"{NAME} memory limit 6 GiB →") for it in back)
    assert len(there) == len(back)


def test_the_environment_is_told_by_its_names_and_never_by_its_values(frame: Frame) -> None:
    before = altered(frame, environment=(("A", "1"), ("SECRET", "hunter2"), ("GONE", "x")))
    after = altered(frame, environment=(("A", "1"), ("SECRET", "hunter3"), ("NEW", "y")))
    found = differences(before, after)
    assert {(it.before, it.after) for it in found} == {("SECRET", "changed"), ("GONE", "removed"), ("NEW", "added")}
    assert all(it.weight == CHANGED for it in found)
    assert "hunter" not in repr(found)


def test_a_fingerprint_beside_a_value_tells_nothing(frame: Frame) -> None:
    before = altered(frame, environment=(("SECRET", "‹hidden 0123456789ab›"),))
    after = altered(frame, environment=(("SECRET", "hunter2"),))
    assert differences(before, after) == ()


def test_one_made_anew_is_the_same_container(frame: Frame) -> None:
    (line,) = differences(frame, altered(frame, id="f" * 64))
    assert (line.figure, line.after) == ("container", "made anew, ffffffffffff")


def test_a_restart_is_told_once_and_weighs_as_what_broke(frame: Frame) -> None:
    started = one_of(frame).started_at
    assert started is not None
    again = altered(frame, started_at=started + timedelta(hours=1), restart_count=one_of(frame).restart_count + 2)
    (line,) = differences(frame, again)
    assert line.weight == BROKE
    assert line.after == "started anew, 2 times by its policy"


def test_a_crash_loop_is_told_while_it_waits_for_its_next_start(frame: Frame) -> None:
    risen = one_of(frame).restart_count + 7
    found = differences(frame, altered(frame, state=ContainerState.RESTARTING, restart_count=risen, exit_code=1))
    told = {it.figure: it for it in found if it.subject.name == NAME}
    assert told["state"].after == "restarting"
    assert told["run"].after == "started anew, 7 times by its policy"
    assert told["run"].weight == BROKE


def test_the_last_healthy_hour_is_before_the_first_critical_finding(tmp_path: Path) -> None:
    stack = open_stack("calm")
    recorder = record(stack, tmp_path / "r.db")
    frame = stack.live(90)
    with FileRecording(tmp_path / "r.db", stack.settings.profile) as recording:
        at, why = last_healthy(recording, frame.snapshot.at)
        assert at == frame.snapshot.at
        assert why == "the end of the last healthy time"
    recorder.writer.close()


def test_where_it_was_never_healthy_that_is_said(tmp_path: Path) -> None:
    stack = open_stack("incident")
    recorder = record(stack, tmp_path / "r.db")
    frame = stack.live(30)
    with FileRecording(tmp_path / "r.db", stack.settings.profile) as recording:
        assert last_healthy(recording, frame.snapshot.at) == (None, "no hour without a critical finding is recorded")
    recorder.writer.close()
