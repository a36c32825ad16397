from dataclasses import replace

import pytest
from hypothesis import given as given_values
from hypothesis import strategies as st

from sutaztop.domain.container import ContainerState
from sutaztop.domain.frame import HOST
from sutaztop.domain.quantity import Cores, Seconds
from sutaztop.domain.reading import FIRST_READ
from sutaztop.domain.snapshot import Snapshot, Usage
from sutaztop.history.memory import History
from sutaztop.history.series import Ring, decode, encode
from tests import given

SECOND = 1_000_000_000
BACKEND = given.container_id("sutazai-backend")


def at(second: int, cpu: float | None) -> Snapshot:
    usage = Usage(cpu=FIRST_READ if cpu is None else Cores(cpu))
    return replace(given.snapshot([given.measured_container(given_usage=usage)]), clock_ns=second * SECOND)


def test_a_second_without_a_reading_stays_a_gap() -> None:
    history = History()
    for second, cpu in ((100, 1.0), (101, None), (103, 3.0)):
        history.record(at(second, cpu))
    assert history.series(BACKEND, "cpu", points=4, bucket=Seconds(1)) == [1.0, None, None, 3.0]


def test_a_bucket_holds_the_highest_of_its_readings() -> None:
    history = History()
    for second, cpu in ((100, 1.0), (101, 4.0), (102, 2.0), (105, 3.0)):
        history.record(at(second, cpu))
    assert history.series(BACKEND, "cpu", points=2, bucket=Seconds(5)) == [4.0, 3.0]


def test_a_closed_bucket_never_changes_as_time_goes_on() -> None:
    history = History()
    seen: dict[int, float | None] = {}
    for second in range(200):
        history.record(at(second, float(second % 7)))
        drawn = history.series(BACKEND, "cpu", points=10, bucket=Seconds(5))
        for place, value in enumerate(drawn[:-1]):
            bucket = second // 5 - 9 + place
            assert seen.setdefault(bucket, value) == value


def test_a_long_window_is_answered_from_coarse_slots_with_the_same_maxima() -> None:
    history = History()
    for second in range(0, 3600, 10):
        history.record(at(second, 9.0 if second == 1200 else 1.0))
    hour = history.series(BACKEND, "cpu", points=60, bucket=Seconds(60))
    assert [minute for minute, value in enumerate(hour) if value and round(value, 2) == 9.0] == [20]


@pytest.mark.parametrize("bucket", [1, 2, 5, 10, 20, 30, 60])
def test_a_reading_stands_in_the_bucket_of_its_own_time_on_every_chart(bucket: int) -> None:
    history = History()
    for second in range(700):
        history.record(at(second, 1.9 if second == 400 else 0.25))
    points = 600 // bucket + 1
    found = history.series(BACKEND, "cpu", points=points, bucket=Seconds(float(bucket)))
    spike = max(range(points), key=lambda n: found[n] or 0.0)
    assert spike == points - 1 - (699 // bucket - 400 // bucket)


def test_a_container_gone_for_ten_minutes_is_forgotten() -> None:
    history = History()
    history.record(at(0, 1.0))
    history.record(replace(given.snapshot([]), clock_ns=601 * SECOND))
    assert history.series(BACKEND, "cpu", points=1, bucket=Seconds(900)) == [None]


def test_a_stopped_container_shows_a_gap_and_is_remembered() -> None:
    history = History()
    history.record(at(0, 1.0))
    stopped = given.measured_container(given.container(state=ContainerState.EXITED))
    for second in range(1, 700):
        history.record(replace(given.snapshot([stopped]), clock_ns=second * SECOND))
    history.record(at(700, 2.0))
    assert history.series(BACKEND, "cpu", points=2, bucket=Seconds(1)) == [None, 2.0]


def test_figures_that_were_not_read_anew_are_not_recorded_a_second_time() -> None:
    history = History()
    usage = Usage(read_at=given.NOW, cpu=Cores(1.0))
    for second in (100, 101):
        shown = given.snapshot([given.measured_container(given_usage=usage)])
        history.record(replace(shown, clock_ns=second * SECOND))
    assert history.series(BACKEND, "cpu", points=2, bucket=Seconds(1)) == [1.0, None]


def test_an_unknown_key_or_figure_gives_only_gaps() -> None:
    history = History()
    assert history.series("nobody", "cpu", points=3, bucket=Seconds(1)) == [None] * 3
    assert history.series(HOST, "nothing", points=2, bucket=Seconds(1)) == [None] * 2


def test_the_host_is_remembered_too() -> None:
    history = History()
    history.record(at(10, 1.0))
    (cores,) = history.series(HOST, "cpu", points=1, bucket=Seconds(1))
    assert cores == pytest.approx(5.2)


@given_values(st.lists(st.tuples(st.integers(0, 300), st.none() | st.floats(0, 100, width=32)), max_size=60))
def test_a_ring_agrees_with_a_plain_list_of_readings(steps: list[tuple[int, float | None]]) -> None:
    ring, kept, now = Ring(1, 50), dict[int, float](), 0
    for ahead, value in steps:
        now += ahead
        ring.put(now, value)
        if value is not None:
            kept[now] = max(value, kept.get(now, value))
    newest = max(kept, default=0)
    expected = [kept.get(slot) if slot > newest - 50 else None for slot in range(now - 29, now + 1)]
    assert ring.read(now, 30, 1) == expected


@given_values(st.floats(1e-6, 1e14), st.floats(0, 1e14))
def test_a_code_is_right_to_a_third_of_a_thousandth_and_rises_with_its_figure(value: float, other: float) -> None:
    assert decode(encode(value)) == pytest.approx(value, rel=0.00036)
    assert (encode(value) >= encode(other)) if value >= other else (encode(value) <= encode(other))
    assert decode(encode(0.0)) == 0.0


@given_values(
    st.lists(st.tuples(st.integers(0, 300), st.none() | st.sampled_from([0.0, 0.25, 4096.0, 7e9])), max_size=60)
)
def test_a_coarse_ring_gives_the_same_gaps_and_nearly_the_same_figures(
    steps: list[tuple[int, float | None]],
) -> None:
    exact, coarse, now = Ring(1, 50), Ring(1, 50, coarse=True), 0
    for ahead, value in steps:
        now += ahead
        exact.put(now, value)
        coarse.put(now, value)
        for wanted, found in zip(exact.read(now, 9, 3), coarse.read(now, 9, 3), strict=True):
            assert found == (None if wanted is None else pytest.approx(wanted, rel=0.00036))


@given_values(
    st.lists(st.tuples(st.integers(0, 7), st.sampled_from([None, 0.0, 1.0, 5.0])), max_size=60),
    st.lists(st.sampled_from([(4, 1), (4, 5), (8, 1), (1, 3)]), min_size=60, max_size=60),
)
def test_what_is_kept_of_the_last_reading_is_what_a_fresh_look_gives(
    steps: list[tuple[int, float | None]], shapes: list[tuple[int, int]]
) -> None:
    ring, puts, second = Ring(SECOND, 30), [], 100
    for (step, value), (points, per_point) in zip(steps, shapes, strict=False):
        second += step
        puts.append((second, value))
        ring.put(second * SECOND, value)
        fresh = Ring(SECOND, 30)
        for at_second, put in puts:
            fresh.put(at_second * SECOND, put)
        wanted = fresh.read(second * SECOND, points, per_point)
        assert ring.read(second * SECOND, points, per_point) == wanted
