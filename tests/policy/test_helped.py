"""Did it help? Figures before and after a change, over the same history that a screen has."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sutaztop.domain.frame import Frame
from sutaztop.domain.guardrails import ObservedChange
from sutaztop.domain.profile import Thresholds
from sutaztop.domain.snapshot import ContainerSnapshot
from sutaztop.policy.helped import Effect, did_it_help
from tests import given

IT = given.measured_container()


def frame(age: int, *, key: str = "", **figures: tuple[float | None, float | None]) -> Frame:
    """Give a frame of a container whose figures were one thing for a minute before a change, and another since."""
    values: dict[tuple[str, str], list[float | None]] = {
        (IT.id, figure): [before] * 60 + [after] * age for figure, (before, after) in figures.items()
    }
    there = given.frame(given.snapshot([IT]), history=given.KeptSeries(values))
    return replace(there, observed={key or IT.id: ObservedChange(given.NOW - timedelta(seconds=age), "limits")})


def verdict(age: int, it: ContainerSnapshot = IT, **figures: tuple[float | None, float | None]) -> tuple[Effect, str]:
    found = did_it_help(frame(age, key="", **figures), it, Thresholds())
    assert found is not None
    return found.effect, found.text


@pytest.mark.parametrize(
    ("before", "after", "effect"),
    [
        (0.43, 0.03, Effect.HELPED),
        (0.43, 0.30, Effect.HELPED),
        (0.43, 0.41, Effect.NONE),
        (0.43, 0.60, Effect.WORSE),
        (0.01, 0.01, Effect.CALM),
        (0.01, 0.24, Effect.WORSE),
        (0.01, 0.55, Effect.WORSE),
        (0.0, 0.0, Effect.CALM),
    ],
)
def test_the_throttled_share_before_and_after_tells(before: float, after: float, effect: Effect) -> None:
    assert verdict(60, throttled=(before, after))[0] is effect


def test_the_verdict_tells_its_numbers_and_how_long_after() -> None:
    assert verdict(180, throttled=(0.43, 0.03)) == (
        Effect.HELPED,
        "throttled in 43 % of periods before and 3 % after 3 min: it helped",
    )
    assert "consider undo" in verdict(60, throttled=(0.43, 0.43))[1]


def test_the_figure_that_was_worst_against_its_line_is_the_one_that_is_told() -> None:
    told = verdict(60, throttled=(0.10, 0.0), memory_utilization=(0.97, 0.71), cpu_utilization=(0.5, 0.5))[1]
    assert told == "memory at 97 % of its limit before and 71 % after 60 s: it helped"


@pytest.mark.parametrize("age", [0, 30, 59, 361, 4000])
def test_too_early_and_too_late_there_is_no_verdict(age: int) -> None:
    assert did_it_help(frame(age, throttled=(0.4, 0.0)), IT, Thresholds()) is None


def test_without_figures_from_before_or_without_a_change_there_is_no_verdict() -> None:
    assert did_it_help(frame(60, throttled=(None, 0.1)), IT, Thresholds()) is None
    assert did_it_help(given.frame(given.snapshot([IT])), IT, Thresholds()) is None


def test_a_change_of_its_service_counts_for_the_container() -> None:
    on = frame(60, key="sutazaiapp/backend", throttled=(0.43, 0.03))
    found = did_it_help(on, IT, Thresholds())
    assert found is not None
    assert found.effect is Effect.HELPED


def test_what_had_piled_up_and_is_worked_off_right_after_does_not_count() -> None:
    on = frame(60, throttled=(0.43, 0.0))
    values = list(on.history.series(IT.id, "throttled", points=120, bucket=on.interval))
    values[60:70] = [1.0] * 10
    on = replace(on, history=given.KeptSeries({(IT.id, "throttled"): values}))
    found = did_it_help(on, IT, Thresholds())
    assert found is not None
    assert found.after == 0.0


def killed(
    age: int, *seconds: int, watched: bool = True, **figures: tuple[float | None, float | None]
) -> tuple[Effect, str] | None:
    """Judge a change of so long ago, with kills so many seconds before it, or after it where they are negative."""
    changed = given.NOW - timedelta(seconds=age)
    it = replace(IT, kills=tuple(changed - timedelta(seconds=one) for one in seconds))
    on = frame(age, key="", **figures)
    if watched and "memory_utilization" not in figures:
        known: list[float | None] = [0.5] * (2 * age)
        assert isinstance(on.history, given.KeptSeries)
        on.history.values[IT.id, "memory_utilization"] = known
    found = did_it_help(on, it, Thresholds())
    return None if found is None else (found.effect, found.text)


def test_kills_that_end_are_the_help_whatever_the_memory_does() -> None:
    assert killed(180, 170, 110, 20, memory_utilization=(0.6, 0.97)) == (
        Effect.HELPED,
        "killed for memory 3 times in 3 min before and not in as long since: it helped",
    )


def test_kills_that_had_ended_before_the_change_are_not_its_merit() -> None:
    found = killed(60, 59, 57, memory_utilization=(0.97, 0.71))
    assert found is not None
    assert found[1].startswith("memory at 97 %")


def test_a_kill_since_is_no_help_be_the_figures_ever_so_good() -> None:
    assert killed(300, 290, 160, 20, -100, memory_utilization=(0.97, 0.4)) == (
        Effect.NONE,
        "killed for memory 3 times in 5 min before and once in as long since: no effect: consider undo",
    )
    effects = {
        seconds: found[0] for seconds in ((20, -20), (20, -20, -40, -55), (-20,)) if (found := killed(60, *seconds))
    }
    assert effects == {
        (20, -20): Effect.NONE, (20, -20, -40, -55): Effect.WORSE, (-20,): Effect.WORSE
    }  # fmt: skip
    unseen = killed(300, -20, watched=False, throttled=(0.4, 0.1))
    assert unseen is not None
    assert unseen[0] is Effect.NONE, "nobody knows what was before"


def test_before_another_kill_was_due_kills_tell_nothing() -> None:
    found = killed(60, 20, memory_utilization=(0.97, 0.71))
    assert found is not None
    assert found[1].startswith("memory at 97 %")
    for seconds in ((20,), (4000, 5000)):
        told = killed(180, *seconds)
        assert told is None or "killed" not in told[1]
