"""The fit of sizes over time, on growth whose truth is known."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sutaztop.domain.quantity import GIB, MIB, Bytes
from sutaztop.domain.reading import Unmeasured
from sutaztop.domain.sizes import SizeSeries
from sutaztop.measure.growth import LEAST_POINTS, LEAST_SPAN, REACH, Growth, forecast, growth_of

EVERY = 300
"""Seconds between two walks, as configured."""


def series(*sizes: float, every: int = EVERY, begin: int = 1_700_000_000) -> SizeSeries:
    return SizeSeries.of((begin + place * every, int(size)) for place, size in enumerate(sizes))


def fitted(it: SizeSeries) -> Growth:
    growth = growth_of(it)
    assert not isinstance(growth, Unmeasured), growth
    return growth


def line(per_hour: float, count: int, *, start: float = 100 * GIB, every: int = EVERY) -> list[float]:
    return [start + per_hour * place * every / 3600 for place in range(count)]


def test_steady_growth_is_told_exactly_and_predicts_the_second_when_it_is_full() -> None:
    growth = fitted(series(*line(2.1 * GIB, 24)))
    assert growth.slope == pytest.approx(2.1 * GIB, rel=1e-6)
    when = forecast(Bytes(int(6.65 * GIB)), growth)
    assert when is not None
    # 6.65 GiB at 2.1 GiB an hour.
    assert when.left == pytest.approx(11_400, abs=2)
    assert when.earliest == pytest.approx(when.left, abs=2)


@pytest.mark.parametrize("seed", range(20))
def test_noisy_growth_is_predicted_within_a_tenth_and_the_truth_lies_in_the_range(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - noise, not a secret
    sizes = [size + random.gauss(0, 0.1 * GIB) for size in line(2 * GIB, 48)]
    growth = fitted(series(*sizes))
    when = forecast(Bytes(6 * GIB), growth)
    assert when is not None
    actual = 3 * 3600
    assert abs(when.left - actual) <= actual * 0.1
    assert when.earliest <= actual
    assert when.latest is None or actual <= when.latest


def test_after_a_pull_the_fit_starts_anew() -> None:
    before, after = line(0.2 * GIB, 20), line(0.2 * GIB, 10, start=110 * GIB)
    assert fitted(series(*before, *after)).slope == pytest.approx(0.2 * GIB, rel=1e-3)
    found = growth_of(series(*before, *after[:4]))
    assert isinstance(found, Unmeasured)
    assert "since it changed by" in found.detail


def test_a_prune_is_no_shrinking() -> None:
    growth = fitted(series(*line(0.5 * GIB, 20), *line(0.5 * GIB, 12, start=60 * GIB)))
    assert growth.slope == pytest.approx(0.5 * GIB, rel=1e-3)
    assert growth.is_growing


def test_a_pull_of_several_measurements_is_no_growth_once_it_has_ended() -> None:
    pulled = [100 * GIB + min(4, max(0, place - 20)) * GIB for place in range(34)]
    assert not fitted(series(*pulled)).is_growing


def test_growth_that_began_after_a_quiet_day_is_seen_within_the_hour() -> None:
    quiet = [100 * GIB] * 200
    growth = fitted(series(*quiet, *line(3 * GIB, 10)))
    assert growth.slope == pytest.approx(3 * GIB, rel=0.1)
    assert growth.is_growing


def test_growth_that_has_ended_is_no_growth_within_the_hour() -> None:
    grown = line(3 * GIB, 100)
    assert not fitted(series(*grown, *([grown[-1]] * 10))).is_growing


def test_what_is_written_in_lots_grows_by_the_lots() -> None:
    hourly = [100 * GIB + place // 12 * GIB for place in range(96)]
    assert fitted(series(*hourly)).slope == pytest.approx(GIB, rel=0.3)


def test_what_shrinks_is_never_full() -> None:
    growth = fitted(series(*line(-GIB, 24)))
    assert growth.is_shrinking
    assert forecast(Bytes(GIB), growth) is None


def test_what_stands_still_is_never_full() -> None:
    growth = fitted(series(*[50 * GIB] * 24))
    assert not growth.is_growing
    assert not growth.is_shrinking
    assert forecast(Bytes(1), growth) is None


def test_breathing_is_not_growth() -> None:
    random = Random(7)  # noqa: S311 - as above
    growth = fitted(series(*[50 * GIB + random.uniform(-1, 1) * 30 * MIB for _ in range(60)]))
    assert not growth.is_growing
    assert not growth.is_shrinking


def test_too_few_measurements_say_so() -> None:
    found = growth_of(series(*line(GIB, LEAST_POINTS - 1)))
    assert isinstance(found, Unmeasured)
    assert str(found).startswith("not enough data: 5 of 6")


def test_too_short_a_time_says_so() -> None:
    assert isinstance(growth_of(series(*line(GIB, 8), every=LEAST_SPAN // 8)), Unmeasured)


def test_a_forecast_reaches_no_farther_than_what_it_was_learnt_from_allows() -> None:
    growth = fitted(series(*line(GIB, 13)))
    assert growth.span == 3600
    assert forecast(Bytes(REACH * GIB), growth) is not None
    assert forecast(Bytes((REACH + 1) * GIB), growth) is None


def test_an_hour_of_minutes_after_a_month_of_hours_is_fitted_over_all_of_it() -> None:
    hours = [(place * 3600, 10 * GIB + place * 20 * MIB) for place in range(700)]
    minutes = [(700 * 3600 + place * 60, 10 * GIB + 700 * 20 * MIB + place * MIB // 3) for place in range(60)]
    growth = fitted(SizeSeries.of([*hours, *minutes]))
    assert growth.slope == pytest.approx(20 * MIB, rel=0.05)
    assert growth.span > 29 * 86400


points = st.lists(
    st.tuples(st.integers(0, 86400), st.integers(0, 400 * GIB)), min_size=0, max_size=60, unique_by=lambda it: it[0]
)


@given(points, st.randoms(use_true_random=False))
def test_the_order_of_measurements_does_not_matter(known: list[tuple[int, int]], random: Random) -> None:
    shuffled = list(known)
    random.shuffle(shuffled)
    assert growth_of(SizeSeries.of(shuffled)) == growth_of(SizeSeries.of(known))


@given(points, st.integers(-(10**9), 10**9))
def test_shifting_all_times_changes_nothing(known: list[tuple[int, int]], shift: int) -> None:
    assert growth_of(SizeSeries.of((at + shift, size) for at, size in known)) == growth_of(SizeSeries.of(known))


@given(
    st.integers(50 * MIB, 20 * GIB),
    st.integers(20, 60),
    st.lists(st.integers(-40 * GIB, 40 * GIB), min_size=12, max_size=12),
    st.integers(0, 4),
)
def test_a_fifth_of_the_measurements_gone_astray_moves_the_slope_by_less_than_a_quarter(
    per_hour: int, count: int, errors: list[int], first: int
) -> None:
    sizes = line(per_hour, count)
    for place, error in zip(range(first, count, 5), errors, strict=False):
        sizes[place] += error
    growth = fitted(series(*sizes))
    assert abs(growth.slope - per_hour) <= per_hour * 0.25


@given(st.integers(1, 400 * GIB), st.integers(1, 20 * GIB), st.integers(0, 20 * GIB), st.integers(0, 20 * GIB))
def test_a_range_holds_its_middle(room: int, slope: int, below: int, above: int) -> None:
    when = forecast(Bytes(room), Growth(slope, slope - below, slope + above, 12, 86400))
    if when is not None:
        assert when.earliest <= when.left
        assert when.latest is None or when.left <= when.latest
