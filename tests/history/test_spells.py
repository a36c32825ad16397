"""Spells: what was said after one another, and where judges differ; and the one clock that histories know."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from sutaztop.domain.finding import Finding, Recommendation, Severity, Subject
from sutaztop.domain.snapshot import Snapshot
from sutaztop.history.one_clock import OneClock
from sutaztop.history.spells import Spells
from tests import given

SUBJECT = Subject("container", "c" * 64, "backend")


def finding(word: str, text: str = "busy", severity: Severity = Severity.WARNING) -> Finding:
    return Finding(SUBJECT, severity, word, text)


def advice(proposal: str, rule: str = "R-CPU-2") -> Recommendation:
    return Recommendation("limits:" + SUBJECT.id, SUBJECT, Severity.WARNING, rule, proposal, "hot")


Says = Sequence[Sequence[Finding | Recommendation]]


def told(steps: Sequence[tuple[int, Says]], *, differences: bool = False) -> list[tuple[float | str | None, ...]]:
    """Add judgements of so many seconds, and give from when to when what was said."""
    spells = Spells(differences=differences)
    for second, judges in steps:
        spells.add(
            given.NOW + timedelta(seconds=second),
            [
                ([it for it in one if isinstance(it, Finding)], [it for it in one if isinstance(it, Recommendation)])
                for one in judges
            ],
        )
    return [
        (
            (it.since - given.NOW).total_seconds(), (it.until - given.NOW).total_seconds(),
            *(None if one is None else one.text for one in it.said),
        )
        for it in spells.told()
    ]  # fmt: skip


def test_what_is_said_again_is_one_spell_with_its_last_figures() -> None:
    hot: Sequence[tuple[int, Says]] = [
        (0, [[finding("QUOTA", "80 %")]]), (5, [[finding("QUOTA", "90 %")]]), (10, [[]]), (15, [[]]),
    ]  # fmt: skip
    assert told(hot) == [(0, 10, "QUOTA: 90 %")]
    worse = [(0, [[finding("QUOTA")]]), (5, [[finding("QUOTA", severity=Severity.CRITICAL)]])]
    assert told(worse) == [(0, 5, "QUOTA: busy"), (5, 5, "QUOTA: busy")]
    other = [(0, [[advice("cpu 1 → 2")]]), (5, [[advice("cpu 1 → 2.5")]]), (10, [[advice("more", "R-CPU-1")]])]
    assert told(other) == [(0, 10, "cpu 1 → 2.5"), (10, 10, "more")]


def test_a_silence_ends_a_spell_and_readings_a_minute_apart_are_none() -> None:
    same: Says = [[finding("QUOTA")]]
    assert told([(0, same), (5, same), (600, same), (605, same)]) == [
        (0, 5, "QUOTA: busy"), (600, 605, "QUOTA: busy")
    ]  # fmt: skip
    minutes = [(it * 61, same) for it in range(5)]
    # That they lie a minute apart is known from the second on.
    assert told(minutes) == [(0, 0, "QUOTA: busy"), (61, 244, "QUOTA: busy")]


def test_two_judges_are_told_where_they_differ_alone() -> None:
    quota, idle = finding("QUOTA"), finding("IDLE", severity=Severity.OK)
    steps: Sequence[tuple[int, Says]] = [
        (0, [[quota], [quota]]), (5, [[quota], [idle]]), (10, [[quota], [idle]]), (15, [[quota], [quota]]),
        (20, [[quota], []]),
    ]  # fmt: skip
    assert told(steps, differences=True) == [(5, 15, "QUOTA: busy", "IDLE: busy"), (20, 20, "QUOTA: busy", None)]


def snapshot(second: int, clock_s: int) -> Snapshot:
    at = given.NOW + timedelta(seconds=second)
    return replace(given.snapshot([]), at=at, clock_ns=clock_s * 1_000_000_000)


def test_a_reboot_goes_on_in_one_clock_and_a_wall_that_is_set_does_not_count() -> None:
    clock = OneClock()
    first = snapshot(0, 5000)
    assert clock.moved("a", first) is first
    assert clock.moved("a", snapshot(-3600, 5001)).clock_ns == 5001 * 10**9, "the wall was set back"
    assert clock.moved("b", snapshot(-3500, 7)).clock_ns == 5101 * 10**9
    assert clock.moved("b", snapshot(-3499, 8)).clock_ns == 5102 * 10**9
    # Later than the clock of the boot before, by chance: the boot tells.
    assert clock.moved("c", snapshot(-3489, 5110)).clock_ns == 5112 * 10**9
