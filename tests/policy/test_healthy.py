"""The last healthy hour: told from lines and frames as they are made while watching, minute by minute."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from hypothesis import given as for_all
from hypothesis import strategies as st

from sutaztop.domain.finding import Finding, Severity, Subject
from sutaztop.domain.frame import HOST, Frame
from sutaztop.domain.recording import Happening, HappeningKind, RecordingInfo
from sutaztop.history.finding_spans import ENDED, FindingSpans
from sutaztop.policy.healthy import HOUR, last_healthy
from tests.ui.world import open_stack

BEGINS = datetime(2026, 11, 20, tzinfo=UTC)
CALM = open_stack("calm").live(5)
"""Any frame: only its time and findings are changed."""
OOM = Finding(Subject("container", "a" * 64, "ollama"), Severity.CRITICAL, "OOM", "killed twice")
LOAD = Finding(Subject("host", HOST, "host"), Severity.WARNING, "CPU", "busy")
FULL = replace(LOAD, severity=Severity.CRITICAL)

Open = Callable[[int], bool]


def at(minute: float) -> datetime:
    return BEGINS + timedelta(minutes=minute)


def lasts(*spans: tuple[int, int]) -> Open:
    return lambda minute: any(first <= minute < end for first, end in spans)


@dataclass
class Lived:
    """A recording of a frame a minute. Its lines are those that are told while it is made."""

    frames: list[Frame] = field(default_factory=list)
    lines: list[Happening] = field(default_factory=list)

    @classmethod
    def of(cls, minutes: int, found: dict[Finding, Open], closed: Open = lambda _: False) -> "Lived":
        """``found`` says when each was there, ``closed`` when nobody recorded."""
        lived, spans = cls(), FindingSpans()
        for minute in range(minutes):
            if closed(minute):
                continue
            now = at(minute)
            if lived.frames and closed(minute - 1):
                last = lived.frames[-1].snapshot.at
                lived.lines.append(
                    Happening(last, HappeningKind.GAP, Subject("host", HOST, HOST), "closed", "", until=now)
                )
                spans = FindingSpans(lived.known())
            there = tuple(it for it, when in found.items() if when(minute))
            snapshot = replace(CALM.snapshot, at=now)
            lived.frames.append(replace(CALM, snapshot=snapshot, findings=there))
            lived.lines += spans.take(there, now)
        lived.lines.sort(key=lambda it: it.at)
        return lived

    def known(self) -> list[Happening]:
        last = {
            (it.subject.id, it.reference): it for it in self.lines if it.kind is HappeningKind.FINDING
        }  # fmt: skip
        return [it for it in last.values() if it.action != ENDED]

    def info(self) -> RecordingInfo:
        return RecordingInfo("", "", "", "", self.frames[0].snapshot.at, self.frames[-1].snapshot.at, 0)

    def frame_at(self, moment: datetime) -> Frame | None:
        place = bisect_right(self.frames, moment, key=lambda it: it.snapshot.at)
        return self.frames[place - 1] if place else None

    def step(self, moment: datetime, by: int) -> Frame | None:
        raise NotImplementedError

    def happenings(
        self, since: datetime, until: datetime, *, kinds: Sequence[HappeningKind] = tuple(HappeningKind)
    ) -> Sequence[Happening]:
        return [it for it in self.lines if since <= it.at <= until and it.kind in kinds]

    def next_happening(
        self, moment: datetime, *, back: bool = False, kinds: Sequence[HappeningKind] = tuple(HappeningKind)
    ) -> Happening | None:
        raise NotImplementedError

    def close(self) -> None:
        """Nothing is held."""


def told(lived: Lived, minute: float) -> float | None:
    """Give the minute of the healthy moment that is found at a minute."""
    found, _ = last_healthy(lived, at(minute))
    return None if found is None else (found - BEGINS) / timedelta(minutes=1)


def test_what_ended_five_minutes_ago_leaves_no_healthy_hour_behind_it() -> None:
    lived = Lived.of(600, {OOM: lasts((475, 595))})
    assert told(lived, 599) == 474
    assert last_healthy(lived, at(599))[1] == "the end of the last healthy hour"


def test_what_has_not_ended_reaches_to_the_present_beside_what_has() -> None:
    lived = Lived.of(600, {OOM: lasts((300, 600)), FULL: lasts((100, 110), (400, 410))})
    assert told(lived, 599) == 299


def test_an_hour_between_two_is_taken_and_less_than_one_is_not() -> None:
    found = {OOM: lasts((100, 110), (200, 205), (240, 250))}
    assert told(Lived.of(300, found), 255) == 199
    assert told(Lived.of(400, found), 399) == 399


def test_what_got_worse_is_critical_from_then_on_and_a_warning_is_not() -> None:
    lived = Lived.of(600, {LOAD: lasts((0, 500)), FULL: lasts((500, 570))})
    assert told(lived, 599) == 499
    assert told(Lived.of(600, {LOAD: lasts((10, 590))}), 599) == 599


def test_what_was_there_at_the_first_reading_counts_from_there() -> None:
    """Nobody told that it began, only that it ended."""
    lived = Lived.of(200, {OOM: lasts((0, 150))})
    assert [it.action for it in lived.lines] == [ENDED]
    assert last_healthy(lived, at(190)) == (None, "no hour without a critical finding is recorded")
    assert told(Lived.of(300, {LOAD: lasts((0, 250))}), 299) == 299, "a warning is none"


def test_what_was_open_before_what_is_looked_at_is_seen_where_it_ended() -> None:
    lived = Lived.of(9 * 1440, {OOM: lasts((100, 9 * 1440 - 30))})
    assert told(lived, 9 * 1440 - 1) is None
    lived = Lived.of(9 * 1440, {OOM: lasts((100, 8 * 1440))})
    assert told(lived, 9 * 1440 - 1) == 9 * 1440 - 1


def test_a_program_that_began_in_the_middle_of_it_holds_against_the_end_of_the_one_before() -> None:
    lived = Lived.of(400, {OOM: lasts((250, 400))}, closed=lasts((200, 300)))
    assert told(lived, 399) == 199
    lived = Lived.of(400, {OOM: lasts((250, 320))}, closed=lasts((200, 300), (310, 330)))
    assert told(lived, 399) == 399
    assert told(lived, 380) == 199, "it ended while nobody looked, and no line tells of it"


def test_what_was_there_from_the_start_and_is_away_for_a_moment_is_no_healthy_hour() -> None:
    """It flickers: neither its beginning nor an end of it is told."""
    lived = Lived.of(400, {FULL: lasts((0, 65), (66, 67))})
    assert told(lived, 65) is None
    lived = Lived.of(400, {FULL: lasts((0, 300))})
    lived.lines.clear()
    assert told(lived, 300) is None, "it has only just gone"


def test_the_hour_ends_with_what_was_seen_where_nobody_recorded_since() -> None:
    lived = Lived.of(300, {OOM: lasts((250, 295))})
    assert told(lived, 900) == 249


spans = st.lists(st.tuples(st.integers(0, 400), st.integers(1, 120)), max_size=4).map(
    lambda found: lasts(*((first, first + length) for first, length in found))
)


@for_all(first=spans, second=spans, closed=spans, minute=st.integers(0, 420))
def test_no_frame_of_the_hour_knows_of_a_critical_finding(first: Open, second: Open, closed: Open, minute: int) -> None:
    lived = Lived.of(400, {OOM: first, FULL: second}, closed)
    if not lived.frames or lived.frames[0].snapshot.at > at(minute):
        return
    end, why = last_healthy(lived, at(minute))
    seen = [it for it in lived.frames if it.snapshot.at <= at(minute)]
    if end is None:
        assert why
        return
    hour = [it for it in seen if end - HOUR <= it.snapshot.at <= end]
    assert hour
    assert all(it.worst < Severity.CRITICAL for it in hour)
