"""Right-sizing: what days of use call for, and what is never lowered."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from sutaztop.domain.estimate import DAY, Aggregate, CpuPercentiles, Sizing, Verdict, seen
from sutaztop.domain.quantity import GIB, MIB
from sutaztop.history.estimators import LEAST_CPU, LEAST_MEMORY, bounds
from sutaztop.history.peaks import DailyPeaks, oom_need
from sutaztop.policy.rightsizing import MEMORY_STEP, Host, Present, size

NOW = 1_790_000_000
HOST = Host(cpus=16_000, memory_total=64 * GIB, cpu_p95=6_000)


def kept(
    *,
    hours: float = 73,
    cpu: tuple[int, ...] = (900, 1500, 1700, 1900),
    peaks: tuple[int, ...] = (2 * GIB, 3 * GIB, 2 * GIB),
    samples: int | None = None,
    **more: Any,
) -> Aggregate:
    """Give an aggregate that was seen whole for so many hours, with the bounds that belong to it."""
    span = round(hours * 3600)
    samples = span // 60 + 1 if samples is None else samples
    days = DailyPeaks()
    for place, peak in enumerate(peaks):
        if peak:
            days.put(NOW - span + place * DAY, peak)
    known = seen(NOW - span, NOW, samples)
    return replace(
        Aggregate(
            first_s=NOW - span, last_s=NOW, samples=samples, cpu=CpuPercentiles(*cpu),
            cpu_bounds=bounds(*cpu[:3], seen_s=known, least=LEAST_CPU),
            memory_bounds=bounds(*days.percentiles(50, 90, 95), seen_s=known, least=LEAST_MEMORY),
            memory_peaks=peaks,
        ),
        **more,
    )  # fmt: skip


def now(cpu: int | None = 8000, memory: int | None = 16 * GIB, **more: Any) -> Present:
    return replace(
        Present(now=NOW, cpu_limit=cpu, memory_limit=memory, working_set=2 * GIB, anonymous=2 * GIB), **more
    )  # fmt: skip


def sized(aggregate: Aggregate, present: Present | None = None, host: Host = HOST) -> Sizing:
    return size(aggregate, present or now(), host)


def test_what_is_too_much_is_lowered_to_what_was_used_and_a_margin() -> None:
    found = sized(kept())
    # 1.9 cores and 15 % are 2.185, 3 GiB and 15 % are 3532.8 MiB.
    assert (found.cpu_limit.verdict, found.cpu_limit.proposed) == (Verdict.LOWER, 2250)
    assert (found.memory_limit.verdict, found.memory_limit.proposed) == (Verdict.LOWER, 3584 * MIB)
    assert found.confidence == "medium"
    assert found.basis == "3 d, 4381 samples"


def test_batch_is_sized_by_the_95th_percentile() -> None:
    assert sized(kept(), now(is_batch=True)).cpu_limit.proposed == 1750


@pytest.mark.parametrize(("hours", "samples"), [(23.5, None), (80, 700), (0, 0)])
def test_nothing_is_said_before_a_day_was_seen(hours: float, samples: int | None) -> None:
    found = sized(kept(hours=hours, samples=samples))
    for it in (found.cpu_limit, found.memory_limit, found.cpu_reservation, found.memory_reservation):
        assert it.verdict is Verdict.NOT_ENOUGH_DATA
        assert it.proposed is None
        assert "of the 24 h" in it.reason
    assert found.confidence == "low"


@pytest.mark.parametrize("hours", [24 * 7, 24 * 8])
def test_a_week_is_high_confidence(hours: int) -> None:
    assert sized(kept(hours=hours)).confidence == "high"


def test_between_use_and_upper_bound_nothing_is_lowered() -> None:
    # After 25 h the upper bound is almost twice the target: 1.7 cores by 1.15 by 1.96.
    young = kept(hours=25)
    assert sized(young, now(cpu=3500)).cpu_limit.verdict is Verdict.KEEP
    assert sized(young, now(cpu=4000)).cpu_limit.verdict is Verdict.LOWER


def test_less_than_a_tenth_is_no_change() -> None:
    steady = kept(hours=24 * 7, cpu=(1900, 1900, 1900, 1900), peaks=(3 * GIB,) * 8)
    close = sized(steady, now(memory=3840 * MIB))
    assert close.memory_limit.verdict is Verdict.KEEP
    assert sized(steady, now(memory=8 * GIB)).memory_limit.verdict is Verdict.LOWER


def test_a_quarter_over_what_is_held_now_stays() -> None:
    found = sized(kept(), now(working_set=3 * GIB))
    assert found.memory_limit.proposed == 3840 * MIB


def test_never_under_what_is_set_aside() -> None:
    found = sized(kept(), now(memory_reservation=6 * GIB, cpu_reservation=3000))
    assert found.memory_limit.proposed == 6 * GIB
    assert found.cpu_limit.proposed == 3000


@pytest.mark.parametrize(
    ("aggregate", "present", "why"),
    [
        (kept(), now(partial="2 of 3 replicas report"), "2 of 3"),
        (kept(memory_raised_s=NOW - DAY + 60), now(), "of a raise"),
        (kept(cpu_raised_s=NOW - 60), now(), "of a raise"),
        (kept(ooms=((NOW - 5 * DAY, GIB),), oom_need=oom_need(GIB)), now(), "OOM"),
        (kept(ooms=((NOW - 5 * DAY, GIB),)), now(), "OOM"),
    ],
)
def test_what_forbids_to_lower_forbids_it_for_all_amounts(aggregate: Aggregate, present: Present, why: str) -> None:
    found = sized(aggregate, replace(present, cpu_reservation=7000, memory_reservation=15 * GIB))
    for it in (found.cpu_limit, found.memory_limit, found.cpu_reservation, found.memory_reservation):
        assert it.verdict is Verdict.KEEP
        assert it.proposed is None
    for it in (found.cpu_reservation, found.memory_reservation):
        assert why in it.reason


def test_a_day_after_a_raise_it_may_be_lowered_again() -> None:
    assert sized(kept(memory_raised_s=NOW - DAY, cpu_raised_s=NOW - DAY)).memory_limit.verdict is Verdict.LOWER


def test_memory_that_cannot_be_read_now_is_not_lowered() -> None:
    assert sized(kept(), now(working_set=None)).memory_limit.verdict is Verdict.KEEP


def test_what_is_too_little_is_raised() -> None:
    found = sized(kept(cpu=(1900, 1980, 2000, 2000)), now(cpu=2000, memory=3 * GIB))
    assert (found.cpu_limit.verdict, found.cpu_limit.proposed) == (Verdict.RAISE, 2500)
    assert (found.memory_limit.verdict, found.memory_limit.proposed) == (Verdict.RAISE, 3584 * MIB)


def test_a_batch_limit_that_cuts_its_use_is_not_chased_upwards() -> None:
    # All its minutes at the limit, and a bucket's end is 5 % higher: that is no need for more.
    assert sized(kept(cpu=(2090,) * 4), now(cpu=2000, is_batch=True)).cpu_limit.verdict is Verdict.KEEP


def test_page_cache_near_the_limit_raises_nothing() -> None:
    found = sized(kept(), now(memory=3 * GIB, working_set=3 * GIB, anonymous=GIB))
    assert found.memory_limit.verdict is Verdict.KEEP
    assert "cache" in found.memory_limit.reason


def test_cpu_stays_under_its_ceiling_and_a_busy_host_gives_none() -> None:
    hot = kept(cpu=(3900, 3990, 4000, 4000))
    assert "ceiling" in sized(hot, now(cpu=4000)).cpu_limit.reason
    assert sized(hot, now(cpu=3500)).cpu_limit.proposed == 4000
    assert "busy" in sized(hot, now(cpu=3000), replace(HOST, cpu_p95=15_000)).cpu_limit.reason


def test_a_limit_that_throttles_while_the_host_idles_prefers_cpu_set_aside() -> None:
    throttled = kept(cpu=(500, 900, 1700, 1900), saturated_span_s=3600, saturated_s=300)
    found = sized(throttled)
    assert found.prefers_reservation
    assert found.cpu_limit.verdict is Verdict.KEEP
    assert not sized(throttled, host=replace(HOST, cpu_p95=12_000)).prefers_reservation
    assert not sized(throttled, now(cpu=None)).prefers_reservation
    assert not sized(kept(saturated_span_s=3600, saturated_s=100)).prefers_reservation


def test_what_is_set_aside_follows_the_ninetieth_percentile_and_never_exceeds_the_limit() -> None:
    found = sized(kept(), now(cpu_reservation=500, memory_reservation=GIB))
    assert (found.cpu_reservation.verdict, found.cpu_reservation.proposed) == (Verdict.RAISE, 1500)
    assert (found.memory_reservation.verdict, found.memory_reservation.proposed) == (Verdict.RAISE, 3 * GIB)
    tight = sized(
        kept(cpu=(900, 990, 1000, 1000)), now(cpu=960, memory=2 * GIB, cpu_reservation=100, memory_reservation=1)
    )
    assert (tight.cpu_reservation.proposed or 0) <= (tight.cpu_limit.proposed or 960)
    lowered = sized(kept(hours=200), now(cpu=None, memory=None, cpu_reservation=6000, memory_reservation=12 * GIB))
    assert lowered.cpu_reservation.proposed == 1500
    assert lowered.memory_reservation.proposed == 3 * GIB


def test_no_limit_is_kept_and_what_would_fit_is_told() -> None:
    found = sized(kept(), now(cpu=None, memory=None))
    assert (found.cpu_limit.verdict, found.cpu_limit.fitting) == (Verdict.KEEP, 2250)
    assert (found.memory_limit.verdict, found.memory_limit.fitting) == (Verdict.KEEP, 3584 * MIB)


# What VPA is known to get wrong.


def test_kills_at_a_limit_that_is_all_of_the_host_do_not_inflate() -> None:
    days = DailyPeaks()
    days.put(NOW, 63 * GIB)
    answers = set()
    for second in range(50):
        days.put_oom(NOW + second, 64 * GIB)
        killed = kept(peaks=(63 * GIB,), oom_need=max(days.needs), ooms=((NOW, 64 * GIB),))
        answers.add(sized(killed, now(memory=64 * GIB)).memory_limit)
    assert len(answers) == 1
    assert answers.pop().verdict is Verdict.KEEP


def test_one_kill_of_many_replicas_is_not_diluted() -> None:
    parts = []
    for number in range(30):
        days = DailyPeaks()
        days.put(NOW, GIB)
        if number == 17:
            days.put_oom(NOW, 2 * GIB)
        parts.append(days)
    merged = DailyPeaks.merged(parts)
    found = sized(kept(peaks=(GIB,), oom_need=max(merged.needs), ooms=((NOW, 2 * GIB),)), now(memory=2 * GIB))
    assert (found.memory_limit.verdict, found.memory_limit.proposed) == (Verdict.RAISE, 2496 * MIB)


def test_a_crash_loop_without_a_minute_of_cpu_has_its_memory_answer() -> None:
    killed = Aggregate(oom_need=oom_need(256 * MIB), ooms=((NOW - 5, 256 * MIB),))
    found = sized(killed, Present(now=NOW, cpu_limit=1000, memory_limit=256 * MIB, partial="it does not report"))
    assert (found.memory_limit.verdict, found.memory_limit.proposed) == (Verdict.RAISE, 384 * MIB)
    assert found.cpu_limit.verdict is Verdict.NOT_ENOUGH_DATA


amounts = st.integers(0, 80 * GIB)


@for_all(
    st.lists(st.integers(0, 40 * GIB), max_size=8), amounts, amounts, st.integers(0, 300), st.integers(0, 60 * GIB),
    st.integers(0, 10), st.lists(st.integers(0, 30_000), min_size=4, max_size=4), st.integers(1, 32_000),
    st.booleans(),
)  # fmt: skip
def test_p8_no_memory_limit_under_the_observed_peak_and_its_margin(
    peaks: list[int], limit: int, need: int, hours: int, held: int, raised: int, cpu: list[int], cores: int, batch: bool
) -> None:
    aggregate = kept(
        hours=hours, peaks=tuple(peaks), cpu=tuple(sorted(cpu)), oom_need=need if need > 60 * GIB else 0,
        memory_raised_s=NOW - raised * 10_000 if raised else None,
    )  # fmt: skip
    present = now(cpu=cores, memory=limit or None, working_set=held, anonymous=held, is_batch=batch)
    found = sized(aggregate, present)
    proposed = found.memory_limit.proposed
    if proposed is not None:
        assert proposed * 100 >= max(peaks, default=0) * 115
        assert proposed <= HOST.memory_total
        assert proposed % MEMORY_STEP == 0
    if found.memory_limit.verdict is Verdict.LOWER:
        assert proposed is not None
        assert proposed * 100 >= held * 125
        assert proposed <= limit * 90 // 100
        assert not aggregate.oom_need
    # P4: who follows the advice is not told the opposite.
    after = replace(present, memory_limit=proposed or present.memory_limit, cpu_limit=found.cpu_limit.proposed or cores)
    again = sized(replace(aggregate, oom_need=0), after)
    for first, second in ((found.memory_limit, again.memory_limit), (found.cpu_limit, again.cpu_limit)):
        assert {first.verdict, second.verdict} != {Verdict.RAISE, Verdict.LOWER}


@for_all(st.integers(0, 4000), st.integers(0, 1))
def test_shifting_all_times_changes_nothing(days: int, killed: int) -> None:
    shift = days * DAY
    there = kept(memory_raised_s=NOW - 50_000, ooms=((NOW - 9 * DAY, GIB),) * killed)
    later = replace(
        there, first_s=there.first_s + shift, last_s=there.last_s + shift, memory_raised_s=NOW - 50_000 + shift,
        ooms=tuple((at + shift, limit) for at, limit in there.ooms),
    )  # fmt: skip
    assert sized(later, now(now=NOW + shift)) == sized(there)
