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
