"""Memory peaks of days and hours, and what OOM kills call for."""

from random import Random

from hypothesis import given as for_all
from hypothesis import strategies as st

from sutaztop.domain.quantity import GIB, MIB
from sutaztop.history.peaks import HOURS, INTERVAL, INTERVALS, DailyPeaks, HourlyPeaks, oom_need

START = 1_700_000_000


def days(*peaks: int) -> DailyPeaks:
    made = DailyPeaks()
    for place, peak in enumerate(peaks):
        made.put(START + place * INTERVAL, peak)
    return made


def test_a_weekly_peak_is_forgotten_by_the_percentile_in_four_days_and_kept_by_the_maximum() -> None:
    kept = days(*(int(it * GIB) for it in (1, 1.1, 1.2, 2.0, 1.1, 1.1, 1.1, 1.1)))
    (p95,) = kept.percentiles(95)
    assert round(p95 / GIB, 3) == 1.125
    assert max(kept.peaks) == 2 * GIB


def test_an_interval_keeps_its_highest_and_ends_a_day_after_its_first_reading() -> None:
    kept = DailyPeaks()
    for at, used in ((0, 5), (10, 9), (20, 7), (INTERVAL - 1, 8), (INTERVAL, 3)):
        kept.put(START + at, used)
    assert list(kept.peaks[-2:]) == [9, 3]
    assert kept.end_s == START + 2 * INTERVAL


def test_days_without_a_reading_are_gaps_and_only_eight_are_kept() -> None:
    kept = days(7)
    kept.put(START + 3 * INTERVAL + 5, 4)
    assert list(kept.peaks) == [0, 0, 0, 0, 7, 0, 0, 4]
    kept.put(START + 30 * INTERVAL, 1)
    assert list(kept.peaks) == [0] * 7 + [1]


def test_a_kill_calls_for_a_fifth_more_and_a_hundred_mebibytes_at_least() -> None:
    assert oom_need(256 * MIB) == 356 * MIB
    assert oom_need(10 * GIB) == 12 * GIB


def test_kill_after_kill_at_one_limit_calls_for_the_same() -> None:
    kept = days(1900 * MIB)
    for second in range(100):
        kept.put_oom(START + second, 2048 * MIB)
    assert max(kept.needs) == oom_need(2048 * MIB)


def test_the_use_counts_where_it_is_over_the_limit_at_the_kill() -> None:
    kept = days(3 * GIB)
    kept.put_oom(START + 1, None)
    assert max(kept.needs) == oom_need(3 * GIB)


def test_a_kill_of_the_interval_before_is_taken_and_an_older_one_is_not() -> None:
    kept = days(GIB, GIB, GIB)
    assert kept.put_oom(START + INTERVAL + 5, 2 * GIB)
    assert list(kept.needs[-3:]) == [0, oom_need(2 * GIB), 0]
    assert not kept.put_oom(START + INTERVAL - 1, 4 * GIB)


def test_one_kill_among_many_replicas_is_not_outvoted() -> None:
    short = days(2 * GIB)
    short.put_oom(START, 2 * GIB)
    merged = DailyPeaks.merged([*(days(GIB) for _ in range(20)), short])
    assert max(merged.needs) == oom_need(2 * GIB)
    assert max(merged.peaks) == 2 * GIB


@for_all(
    st.lists(st.lists(st.tuples(st.integers(0, 9 * INTERVAL), st.integers(1, 64 * GIB)), max_size=12), max_size=5),
    st.randoms(use_true_random=False),
)
def test_merging_keeps_the_highest_in_any_order(readings: list[list[tuple[int, int]]], chance: Random) -> None:
    parts = []
    for it in readings:
        made = DailyPeaks()
        for at, used in sorted(it):
            made.put(START + at, used)
        parts.append(made)
    one, other = DailyPeaks.merged(parts), DailyPeaks.merged(chance.sample(parts, len(parts)))
    assert one.state() == other.state()
    newest = max((it.end_s for it in parts), default=0)
    recent = [p for it in parts for place, p in enumerate(it.peaks) if (newest - it.end_s) // INTERVAL <= place]
    assert max(one.peaks) == max(recent, default=0)


def test_what_was_kept_is_taken_up_again() -> None:
    kept, again = days(3, 9, 4), DailyPeaks()
    again.restore(*kept.state())
    for it in (kept, again):
        it.put(START + 2 * INTERVAL + 9, 6)
    assert again.state() == kept.state()
    assert len(again.peaks) == INTERVALS


def test_hours_keep_their_highest_for_eight_hours() -> None:
    kept = HourlyPeaks()
    for hour, peak in ((100, 5), (100, 3), (102, 8)):
        kept.close(hour, peak)
    assert kept.known() == [(100 * 3600, 5), (102 * 3600, 8)]
    kept.close(102 + HOURS, 1)
    assert kept.known() == [((102 + HOURS) * 3600, 1)]
