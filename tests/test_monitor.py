import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial

from sutaztop.domain.event import Event
from sutaztop.domain.finding import Finding, Recommendation
from sutaztop.domain.frame import Frame, HistoryView
from sutaztop.domain.past import NO_PAST, Past
from sutaztop.domain.profile import Profile
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.sample import CollectorReport, Sample, Trouble
from sutaztop.domain.snapshot import Snapshot
from sutaztop.monitor import Monitor
from tests import given
from tests.clock import SetClock


@dataclass
class Samples:
    """A source that gives what it was told to, then the last one for ever."""

    script: list[Sample | Exception]
    closed: int = 0

    def read(self, patience: Seconds | None = None) -> Sample:
        del patience
        item = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(item, Exception):
            raise item
        return item

    def close(self) -> None:
        self.closed += 1


@dataclass(frozen=True)
class Nothing:
    findings: tuple[Finding, ...] = ()
    recommendations: tuple[Recommendation, ...] = ()
    past: Past = NO_PAST


@dataclass
class CountingJudge:
    asked: int = 0
    seen: list[Snapshot] = field(default_factory=list)

    def __call__(self, snapshot: Snapshot, history: HistoryView, profile: Profile, past: Past) -> Nothing:
        del history, profile, past
        self.asked += 1
        self.seen.append(snapshot)
        return Nothing()


def sample(second: float = 0, *, trouble: Trouble | None = None, events: Sequence[Event] = ()) -> Sample:
    at = given.NOW + timedelta(seconds=second)
    return Sample(
        at=at, clock_ns=int(second * 1e9), engine=given.engine_info(), containers=(given.container(),),
        events=tuple(events), reports=(CollectorReport("stack", given.NOW, trouble=trouble),),
    )  # fmt: skip


def monitor(*script: Sample | Exception) -> tuple[Monitor, CountingJudge, Samples]:
    judge, source = CountingJudge(), Samples(list(script))
    return Monitor(source, Profile(), judge, SetClock(given.NOW)), judge, source


def test_each_tick_gives_the_next_frame() -> None:
    watched, _, _ = monitor(sample(0), sample(1))
    assert [watched.tick().number for _ in range(2)] == [1, 2]


def test_a_lost_engine_is_told_with_the_time_of_the_last_good_values() -> None:
    trouble = Trouble("The engine does not answer", "connection refused")
    watched, _, _ = monitor(sample(0), sample(1, trouble=trouble))
    watched.tick()
    frame = watched.tick()
    assert (frame.trouble, frame.stale_since) == (trouble, given.NOW)


def test_an_engine_that_was_waited_for_in_vain_is_trouble_for_a_single_frame() -> None:
    unheard = replace(sample(), engine=None, containers=(), reports=(CollectorReport("stack", None),))
    assert monitor(unheard)[0].tick().trouble is None
    found = monitor(unheard)[0].tick(patience=Seconds(4.0)).trouble
    assert found is not None
    assert "has not answered" in found.what
    assert monitor(sample())[0].tick(patience=Seconds(4.0)).trouble is None


def test_judging_is_done_every_five_seconds_and_not_at_every_tick() -> None:
    watched, judge, _ = monitor(*(sample(second) for second in range(11)))
    for _ in range(11):
        watched.tick()
    assert judge.asked == 3


def test_news_from_the_engine_is_judged_at_once() -> None:
    event = Event(given.NOW, 1, "container", "oom", given.container_id("a"))
    watched, judge, _ = monitor(sample(0), sample(1, events=[event]), sample(2))
    for _ in range(3):
        watched.tick()
    assert judge.asked == 2


def test_a_fault_of_our_own_is_shown_on_the_last_frame_and_the_beat_goes_on() -> None:
    watched, _, source = monitor(sample(0), ZeroDivisionError("a fault"), sample(2))
    frames: list[Frame] = []
    enough = threading.Event()

    def deliver(frame: Frame) -> None:
        frames.append(frame)
        watched.refresh_now()
        if len(frames) == 3:
            enough.set()

    watched.start(deliver)
    assert enough.wait(10)
    watched.stop()
    assert [frame.trouble is None for frame in frames[:3]] == [True, False, True]
    assert "ZeroDivisionError: a fault" in str(frames[1].trouble)
    assert frames[1].snapshot == frames[0].snapshot
    assert source.closed == 1


def test_a_fault_before_the_first_frame_gives_an_empty_frame_that_says_so() -> None:
    watched, _, _ = monitor(ZeroDivisionError("a fault"), sample(1))
    got: list[Frame] = []
    first = threading.Event()

    def deliver(frame: Frame) -> None:
        got.append(frame)
        first.set()

    watched.start(deliver)
    assert first.wait(10)
    watched.stop()
    assert got[0].trouble is not None
    assert got[0].snapshot.containers == ()


def test_the_interval_never_falls_below_a_fifth_of_a_second() -> None:
    watched, _, _ = monitor(sample(0))
    watched.set_interval(Seconds(0.001))
    assert watched.interval == 0.2


def test_a_recording_read_again_gives_the_same_snapshots() -> None:
    script = [replace(sample(second), clock_ns=second * 10**9) for second in range(3)]
    first, second = monitor(*script)[0], monitor(*script)[0]
    assert [first.tick().snapshot for _ in script] == [second.tick().snapshot for _ in script]


def test_a_face_that_fails_to_take_a_frame_does_not_end_the_beat() -> None:
    watched, _, _ = monitor(sample(0), sample(1))
    taken: list[int] = []
    second = threading.Event()

    def deliver(frame: Frame) -> None:
        taken.append(frame.number)
        watched.refresh_now()
        if len(taken) == 1:
            raise RuntimeError("the screen is leaving")
        second.set()

    watched.start(deliver)
    assert second.wait(10)
    watched.stop()


def test_frames_from_before_anybody_came_are_handed_over_at_once() -> None:
    watched, judge, _ = monitor(sample(0), sample(1))
    watched.begin()
    while not judge.seen:
        threading.Event().wait(0.001)
    taken: list[int] = []
    first = threading.Event()

    def deliver(frame: Frame) -> None:
        taken.append(frame.number)
        first.set()

    watched.start(deliver)
    assert first.wait(10)
    watched.stop()
    assert taken[0] <= 2


def test_rates_are_waited_for_by_quick_ticks_and_then_the_usual_pace_holds() -> None:
    watched, _, _ = monitor(sample(0))
    frame = watched.tick()
    began = watched._clock.monotonic_ns() - 250_000_000
    assert watched._pause(frame, began) < 0.2
    assert watched._pause(replace(frame, number=20), began) == 0.75
    rates = given.snapshot([given.measured_container()])
    assert watched._pause(replace(frame, snapshot=rates), began) == 0.75
    assert watched._pause(replace(frame, snapshot=given.snapshot([])), began) == 0.75


def test_what_is_to_be_done_on_the_thread_of_ticks_is_done_a_little_at_a_time() -> None:
    watched, _, _ = monitor(sample())
    done: list[int] = []
    for number in range(20):
        watched.later(partial(done.append, number))
    assert done == []
    counts = []
    for _ in range(4):
        watched.tick()
        counts.append(len(done))
    assert counts == [8, 16, 20, 20]
    assert done == list(range(20))


def test_whoever_waits_for_the_end_is_told() -> None:
    watched, _, _ = monitor(sample())
    assert not watched.has_ended(0.001)
    watched.stop()
    assert watched.has_ended(60)
