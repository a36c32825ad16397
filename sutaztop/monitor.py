"""The beat: sample, measure, remember, judge - one frame a tick. Knows no screen and no engine."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from sutaztop.contracts import Clock, Source
from sutaztop.domain.finding import Finding, Recommendation
from sutaztop.domain.frame import Frame, HistoryView
from sutaztop.domain.past import NO_PAST, Past
from sutaztop.domain.profile import Profile
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.reading import FIRST_READ, Unmeasured
from sutaztop.domain.sample import Sample, Trouble
from sutaztop.domain.snapshot import HostUsage, Snapshot
from sutaztop.history.memory import History
from sutaztop.measure.changes import observed_changes
from sutaztop.measure.stack import measure

if TYPE_CHECKING:
    from sutaztop.contracts.recording import Recorder
    from sutaztop.domain.guardrails import ObservedChange

_LOG = logging.getLogger(__name__)

STACK = "stack"
"""The name of the report without which the whole picture is old: the collector of containers."""

JUDGE_EVERY = Seconds(5.0)
"""Judging looks at minutes, not at seconds; news from the engine is judged at once."""

SHORTEST_INTERVAL = Seconds(0.2)

FIRST_INTERVAL = Seconds(0.2)
"""From one of the first readings to the next: a rate wants two, and nobody should wait a second for it.

The host's CPU time is counted in ticks of 10 ms: over less than this a first figure would be a guess.
"""
_FIRST_TICKS = 8
"""After so many quick ones the usual interval holds, whatever is still missing."""


_STEPS_A_TICK = 8


class Judgement(Protocol):
    """What policy says of one snapshot."""

    @property
    def findings(self) -> tuple[Finding, ...]: ...  # noqa: D102 - the name says it
    @property
    def recommendations(self) -> tuple[Recommendation, ...]: ...  # noqa: D102 - the name says it
    @property
    def past(self) -> Past:
        """What the next judgement wants to know of this one."""
        ...


class Judge(Protocol):
    """The seam to policy: pure, so that a replay judges as it was judged live."""

    def __call__(self, snapshot: Snapshot, history: HistoryView, profile: Profile, past: Past) -> Judgement:
        """Judge a snapshot with what is remembered of it, and what was judged before."""
        ...


class Judging:
    """Remembers what is measured, and judges it when it is due or something happened; else says what was said last.

    The same for what is seen now and for what was recorded: there is one way to a judgement.
    """

    def __init__(self, profile: Profile, judge: Judge) -> None:
        self.history = History()
        self.past = NO_PAST
        self._profile = profile
        self._judge = judge
        self._last: Judgement | None = None
        self._judged_ns = 0
        self._troubles: tuple[object, ...] = ()

    def see(
        self, snapshot: Snapshot, observed: "Mapping[str, ObservedChange]", *, judge_now: bool = False
    ) -> Judgement:
        """Take the next snapshot, with the last changes of limits and replicas that were seen."""
        self.history.record(snapshot)
        troubles = tuple(report.trouble for report in snapshot.reports)
        due = snapshot.clock_ns - self._judged_ns >= JUDGE_EVERY * 1_000_000_000
        if judge_now or due or self._last is None or snapshot.events or troubles != self._troubles:
            self._last = self._judge(snapshot, self.history, self._profile, replace(self.past, observed=observed))
            self.past = self._last.past
            self._judged_ns = snapshot.clock_ns
            self._troubles = troubles
        return self._last


class Monitor:
    """Turns samples into frames, one each tick.

    ``start`` hands each frame to ``deliver`` on a daemon thread of its own; ``deliver`` must not
    block, or sampling stops with it. ``begin`` starts that thread earlier, so that the engine
    answers while a screen is still being loaded: ``start`` then delivers the newest frame at once.
    A tick that takes longer than the interval delays the next one and is never made up for.
    """

    def __init__(
        self, source: Source, profile: Profile, judge: Judge, clock: Clock, *, interval: Seconds = Seconds(1.0)
    ) -> None:
        self._source = source
        self._profile = profile
        self._judging = Judging(profile, judge)
        self._clock = clock
        self._interval = interval
        self._before: Sample | None = None
        self._last: Snapshot | None = None
        self._observed: Mapping[str, ObservedChange] = {}
        self._number = 0
        self._wake = threading.Event()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._handing_over = threading.Lock()
        self._deliver: Callable[[Frame], None] | None = None
        self._newest: Frame | None = None
        self._recorder: Recorder | None = None
        self._steps: deque[Callable[[], None]] = deque()

    @property
    def interval(self) -> Seconds:
        """The wished time between two frames."""
        return self._interval

    @property
    def history(self) -> History:
        """What is remembered; to be changed on the thread of ticks alone, see ``later``."""
        return self._judging.history

    def remember(self, past: Past) -> None:
        """Go on with what an earlier program remembered; before the first tick, or by ``later``."""
        self._judging.past, self._observed = past, {**past.observed, **self._observed}

    def later(self, step: Callable[[], None]) -> None:
        """Have something done on the thread of ticks, before one of the next. It must be quick: a tick waits for it."""
        self._steps.append(step)

    def record_to(self, recorder: "Recorder | None") -> None:
        """Hand every sample, with the frame that was made of it, to a recorder from the next tick on."""
        self._recorder = recorder

    def tick(self, *, judge_now: bool = False, patience: Seconds | None = None) -> Frame:
        """Read once and give the frame. ``patience`` is for a face that shows one frame and ends."""
        for _ in range(min(len(self._steps), _STEPS_A_TICK)):
            self._steps.popleft()()
        sample = self._source.read(patience)
        last, self._last = self._last, measure(self._before, sample, self._profile, self._last)
        snapshot = self._last
        self._before = sample
        self._observed = observed_changes(last, snapshot, self._observed)
        judgement = self._judging.see(snapshot, self._observed, judge_now=judge_now)
        self._number += 1
        stack = snapshot.report(STACK)
        trouble = stack.trouble if stack else None
        if trouble is None and patience is not None and snapshot.engine is None:
            # Whoever shows one frame must not take "nothing seen" for "nothing there".
            why = f"it was waited for {patience:g} s"
            trouble = Trouble("The engine has not answered so far", why, "`sutaztop doctor` asks it at leisure")
        frame = Frame(
            number=self._number,
            snapshot=snapshot,
            history=self.history,
            findings=judgement.findings,
            recommendations=judgement.recommendations,
            interval=self._interval,
            trouble=trouble,
            stale_since=stack.read_at if stack and trouble else None,
            observed=self._observed,
            past=judgement.past,
        )
        if self._recorder is not None:
            self._recorder.record(sample, frame)
        return frame

    def begin(self) -> None:
        """Tick on a daemon thread until ``stop``; frames are kept for whoever comes. Twice is fine."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="monitor", daemon=True)
            self._thread.start()

    def start(self, deliver: Callable[[Frame], None]) -> None:
        """Hand over each frame from now on, the newest of those there are at once."""
        with self._handing_over:
            self._deliver = deliver
            if self._newest is not None:
                deliver(self._newest)
        self.begin()

    def _run(self) -> None:
        frame: Frame | None = None
        while not self._stopped.is_set():
            began = self._clock.monotonic_ns()
            try:
                frame = self.tick()
            except Exception as error:  # noqa: BLE001 - the worker boundary: seen on the screen, not the end of it
                _LOG.exception("a tick failed")
                frame = self._failed(frame, error)
            self._hand_over(frame)
            self._wake.wait(max(0.01, self._pause(frame, began)))
            self._wake.clear()

    def _hand_over(self, frame: Frame) -> None:
        with self._handing_over:
            self._newest = frame
            if self._deliver is None:
                return
            try:
                self._deliver(frame)
            except Exception:  # noqa: BLE001 - the worker boundary, outwards
                # Whoever is shown frames may be leaving; sampling must not end with one that failed.
                _LOG.exception("a frame could not be delivered")

    def _pause(self, frame: Frame, began_ns: int) -> float:
        """Give the time to the next tick, which began then: short at first, until there are rates."""
        now = self._clock.monotonic_ns()
        usual = self._interval - (now - began_ns) / 1e9
        if frame.number > _FIRST_TICKS:
            return usual
        running = [it for it in frame.snapshot.containers if it.container.is_running]
        has_rates = any(not isinstance(it.usage.cpu, Unmeasured) for it in running)
        is_known = frame.snapshot.engine is not None and frame.trouble is None
        if has_rates or (is_known and not running):
            return usual
        # What came after the reading, judging for example, took some of that time already.
        return min(self._interval, FIRST_INTERVAL) - (now - max(began_ns, frame.snapshot.clock_ns)) / 1e9

    def _failed(self, last: Frame | None, error: Exception) -> Frame:
        """Give the last frame again, with the fault said and its age told."""
        trouble = Trouble("sutaztop failed while measuring", f"{type(error).__name__}: {error}", "Please report it")
        if last is None:
            at, clock_ns = self._clock.now(), self._clock.monotonic_ns()
            empty = Snapshot(at=at, clock_ns=clock_ns, interval=FIRST_READ, engine=None, host=HostUsage())
            return Frame(number=0, snapshot=empty, history=self.history, trouble=trouble, stale_since=at)
        return replace(last, trouble=trouble, stale_since=last.stale_since or last.snapshot.at)

    def stop(self) -> None:
        """Stop ticking and close the source; does not wait for a read that hangs."""
        self._stopped.set()
        self._wake.set()
        self._source.close()

    def has_ended(self, wait: float = 0.0) -> bool:
        """Say whether it was stopped, after so many seconds at most."""
        return self._stopped.wait(wait)

    def set_interval(self, interval: Seconds) -> None:
        """Change the pace, from the next tick on."""
        self._interval = max(SHORTEST_INTERVAL, interval)
        self._wake.set()

    def refresh_now(self) -> None:
        """Tick at once."""
        self._wake.set()
