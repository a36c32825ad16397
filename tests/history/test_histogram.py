"""The histogram that forgets, held against VPA's numbers and against the samples themselves."""

from random import Random

from hypothesis import given as for_all
from hypothesis import strategies as st

from sutaztop.history.estimators import LEAST_CPU, LEAST_MEMORY, bounds
from sutaztop.history.histogram import BUCKETS, CPU_SCALE, HALF_LIFE, MEMORY_SCALE, Histogram

START = 19_676 * 86_400
MINUTE = 60

amounts = st.integers(0, 64_000)
"""Milli-cores."""


def of(milli_cores: list[int], *, start: int = START, step: int = MINUTE) -> Histogram:
    made = Histogram(CPU_SCALE)
    for place, amount in enumerate(milli_cores):
        made.add(amount * 1000, start + place * step)
    return made


def milli(histogram: Histogram, *percents: int) -> tuple[int, ...]:
    return tuple(it // 1000 for it in histogram.percentiles(*percents))


def test_a_steady_half_core_gives_a_target_of_587() -> None:
    (p90,) = milli(of([500] * 60), 90)
    assert bounds(p90, p90, p90, seen_s=3600, least=LEAST_CPU).target == 587


def test_the_upper_bound_comes_down_as_confidence_grows() -> None:
    (p90,) = milli(of([500] * 60), 90)
    spans = [minutes * MINUTE - MINUTE for minutes in (60, 720, 1440, 10_080)]
    uppers = [bounds(p90, p90, p90, seen_s=span, least=LEAST_CPU).upper for span in spans]
    assert uppers == [14_913, 1_762, 1_174, 670]


def test_the_lower_bound_is_narrowed_while_little_is_known() -> None:
    narrowed = [bounds(1000, 1000, 1000, seen_s=span, least=LEAST_CPU).lower for span in (300, 3600)]
    assert narrowed == [693, 1096]  # 0.60 and 0.95 of 1,150


def test_without_a_history_nothing_is_too_much() -> None:
    assert bounds(0, 0, 0, seen_s=0, least=LEAST_MEMORY).upper is None
    assert bounds(0, 0, 0, seen_s=0, least=LEAST_MEMORY).lower == 0


def test_a_target_at_ninety_percent_is_blind_under_a_tenth_of_the_minutes() -> None:
    often = [1800 if minute % 25 < 3 else 200 for minute in range(500)]
    seldom = [1800 if minute % 25 < 2 else 200 for minute in range(500)]
    targets = [
        bounds(p, p, p, seen_s=HALF_LIFE, least=LEAST_CPU).target
        for p in (*milli(of(often), 90), *milli(of(seldom), 90))
    ]
    assert targets == [2162, 247]


def test_the_last_bucket_gives_its_start_and_an_empty_histogram_nothing() -> None:
    assert Histogram(CPU_SCALE).percentiles(50, 99) == (0, 0)
    far = Histogram(CPU_SCALE)
    far.add(10**13, START)
    assert far.percentiles(99) == (CPU_SCALE.end(BUCKETS - 2),)
    assert CPU_SCALE.end(BUCKETS - 2) < 1_000_000_000 * 1.06
    assert MEMORY_SCALE.end(BUCKETS - 2) > 10**12


@for_all(st.integers(0, 10**9))
def test_a_value_lies_in_its_bucket(value: int) -> None:
    bucket = CPU_SCALE.find(value)
    assert value <= CPU_SCALE.end(bucket) or bucket == BUCKETS - 1
    assert bucket == 0 or CPU_SCALE.end(bucket - 1) <= value


@for_all(st.lists(amounts, min_size=1, max_size=60), st.sampled_from([1, 25, 50, 90, 95, 99, 100]))
def test_a_percentile_is_never_low_and_five_percent_and_ten_milli_cores_high_at_most(
    samples: list[int], percent: int
) -> None:
    # Within the same second nothing decays, and at a reference each weighs 1 exactly: no tie is decided by rounding.
    true = sorted(samples)[max(0, -(-len(samples) * percent // 100) - 1)]
    (found,) = milli(of(samples, step=0), percent)
    assert true <= found <= true * 1.05 + 10


@for_all(st.lists(st.lists(amounts, max_size=20), min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_merging_in_any_order_gives_the_same_percentiles(parts: list[list[int]], chance: Random) -> None:
    made = [of(part, start=START + place * 5 * HALF_LIFE) for place, part in enumerate(parts)]
    mixed = chance.sample(made, len(made))
    one, other = (Histogram.merged(CPU_SCALE, it) for it in (made, mixed))
    near = [abs(CPU_SCALE.find(a) - CPU_SCALE.find(b)) for a, b in zip(
        one.percentiles(50, 90, 99), other.percentiles(50, 90, 99), strict=True)]  # fmt: skip
    assert max(near) <= 1


@for_all(st.lists(amounts, min_size=1, max_size=40), st.integers(0, 4000), st.integers(1, 7200))
def test_shifting_all_times_by_whole_half_lives_changes_nothing(samples: list[int], days: int, step: int) -> None:
    here, there = of(samples, step=step), of(samples, start=START + days * HALF_LIFE, step=step)
    assert here.percentiles(50, 90, 95, 99) == there.percentiles(50, 90, 95, 99)


def test_yesterday_counts_half() -> None:
    made = of([1000] * 100, step=0)
    for _ in range(60):
        made.add(100_000, START + HALF_LIFE)
    # 100 minutes at half weight are fewer than 60 at full weight.
    assert milli(made, 50)[0] < 120 < milli(made, 90)[0]


def test_the_reference_moves_and_the_answer_stays() -> None:
    made = of([500] * 10)
    for day in range(1, 250):
        made.add(500_000, START + day * HALF_LIFE)
    made.add(4_000_000, START + 250 * HALF_LIFE)
    reference, weights = made.state()
    assert reference > START + 99 * HALF_LIFE
    assert max(weights) < 2.0**127
    assert milli(made, 40) == (511,)
    assert milli(made, 95)[0] >= 4000


@for_all(st.lists(amounts, max_size=30))
def test_what_was_kept_is_taken_up_again(samples: list[int]) -> None:
    made, again = of(samples), Histogram(CPU_SCALE)
    again.restore(*made.state())
    assert again.state() == made.state()
    made.add(123_000, START + HALF_LIFE)
    again.add(123_000, START + HALF_LIFE)
    assert again.percentiles(50, 99) == made.percentiles(50, 99)
