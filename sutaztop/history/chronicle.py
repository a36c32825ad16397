"""What happened, told from one frame to the next: the lines of the timeline, made while watching."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sutaztop.domain.finding import Severity, Subject
from sutaztop.domain.frame import Frame
from sutaztop.domain.quantity import span_words
from sutaztop.domain.recording import Happening, HappeningKind
from sutaztop.domain.snapshot import Snapshot
from sutaztop.history.engine_events import EngineEvents
from sutaztop.history.finding_spans import FindingSpans
from sutaztop.history.seen_changes import SeenChanges

SHORTEST_GAP = timedelta(seconds=10)
"""Two frames further apart than this, and than five intervals, have a gap between them."""
_GAP_INTERVALS = 5
CLOCK_MOVED = timedelta(seconds=2)
"""So much more or less on the wall's clock than on the other is told."""
BURST = 20
"""So many lines of one sort about one thing are told at once …"""
REFILL = timedelta(seconds=30)
"""… and then one more in so long, with how many were left out: a thing that fails each second is one story."""
_FLOODS_KEPT = 2048


@dataclass(slots=True)
class _Flood:
    tokens: float
    at: datetime
    left_out: int = 0


class Chronicle:
    """Turns frames, in their order, into happenings. Knows no clock: a frame's own times count.

    What is there at the first frame has not begun then; an event has its own time, also one that the engine still had
    in its ring. ``known`` are findings whose beginning an earlier run told.
    Memory is bounded by what is there: findings, and events of the last half minute. A frame that could not be
    handed over leaves out its events; what they changed is seen all the same.
    """

    def __init__(self, known: Iterable[Happening] = ()) -> None:
        self._events = EngineEvents()
        self._findings = FindingSpans(known)
        self._changes = SeenChanges()
        self._last: Frame | None = None
        self._gone_since: datetime | None = None
        self._floods: dict[tuple[str, str], _Flood] = {}

    def take(self, frame: Frame) -> list[Happening]:
        """Give what happened since the frame before, oldest first."""
        last, self._last = self._last, frame
        if last is not None and frame.snapshot is last.snapshot and frame.trouble is last.trouble:
            return []
        told: list[Happening] = []
        if last is not None:
            told += _gap(last, frame)
        if last is None or frame.snapshot is not last.snapshot:
            told += self._happened(frame.snapshot)
        told += self._trouble(frame)
        if frame.trouble is None:
            told += self._findings.take(frame.findings, frame.snapshot.at)
        if len(told) > 1:
            told.sort(key=lambda it: it.at)
        return list(self._thinned(told)) if told else told

    def _happened(self, snapshot: Snapshot) -> Iterator[Happening]:
        for event in snapshot.events:
            self._changes.note(event)
            found = snapshot.by_id.get(event.subject_id)
            image = self._changes.image_of(event.subject_name, event.subject_id) if event.action == "create" else ""
            oom = found is not None and found.container.oom_killed and event.action == "die"
            told = self._events.tell(event, oom_killed=oom, image_before=image)
            if told is not None:
                yield told
        yield from self._changes.take(snapshot)
        self._events.forget(snapshot.at)

    def _trouble(self, frame: Frame) -> Iterator[Happening]:
        snapshot = frame.snapshot
        if frame.trouble is not None and self._gone_since is None:
            self._gone_since = snapshot.at
            yield Happening(
                snapshot.at, HappeningKind.EVENT, _engine(snapshot), "gone", str(frame.trouble), Severity.CRITICAL
            )
        elif frame.trouble is None and self._gone_since is not None:
            away = span_words((snapshot.at - self._gone_since).total_seconds())
            since, self._gone_since = self._gone_since, None
            yield Happening(
                snapshot.at, HappeningKind.EVENT, _engine(snapshot), "back",
                f"answers again after {away}; what happened meanwhile is told as far as it is seen", until=None,
                reference=since.isoformat(),
            )  # fmt: skip

    def _thinned(self, told: Iterable[Happening]) -> Iterator[Happening]:
        """Leave out what floods. Changes and gaps are always told."""
        for it in told:
            if it.kind not in (HappeningKind.EVENT, HappeningKind.FINDING):
                yield it
                continue
            key = (it.subject.id, it.action + it.reference)
            flood = self._floods.get(key)
            if flood is None:
                if len(self._floods) >= _FLOODS_KEPT:
                    self._floods = dict(list(self._floods.items())[_FLOODS_KEPT // 2 :])
                self._floods[key] = _Flood(BURST - 1, it.at)
                yield it
                continue
            flood.tokens = min(BURST, flood.tokens + max(0.0, (it.at - flood.at) / REFILL))
            flood.at = it.at
            if flood.tokens < 1:
                flood.left_out += 1
                continue
            flood.tokens -= 1
            if flood.left_out:
                it = replace(it, text=f"{it.text} ({flood.left_out} more like it before, left out)")  # noqa: PLW2901 - the same line, with more words
                flood.left_out = 0
            yield it


def _engine(snapshot: Snapshot) -> Subject:
    engine = snapshot.engine
    if engine is None:
        return Subject("engine", "", "engine")
    return Subject("engine", engine.id, engine.name or engine.endpoint)


def _gap(last: Frame, frame: Frame) -> Iterator[Happening]:
    """Tell a time without a sample, and a wall clock that was moved."""
    then, now = last.snapshot, frame.snapshot
    wall = now.at - then.at
    steady = timedelta(microseconds=(now.clock_ns - then.clock_ns) // 1000)
    host = Subject("host", "host", now.host.hostname or "host")
    longest = max(SHORTEST_GAP, timedelta(seconds=_GAP_INTERVALS * max(last.interval, frame.interval)))
    if steady > longest:
        yield Happening(
            now.at - steady, HappeningKind.GAP, host, "silent",
            f"nothing could be read for {span_words(steady.total_seconds())}", Severity.UNKNOWN, until=now.at,
        )  # fmt: skip
    moved = wall - steady
    if moved > longest:
        # The steady clock stands still while the machine sleeps.
        yield Happening(
            then.at, HappeningKind.GAP, host, "asleep",
            f"the machine slept, or its clock was set, for {span_words(moved.total_seconds())}", Severity.UNKNOWN,
            until=now.at,
        )  # fmt: skip
    elif abs(moved) > CLOCK_MOVED:
        way = "forward" if moved > timedelta() else "back"
        text = f"the clock was set {way} by {span_words(abs(moved.total_seconds()))}"
        yield Happening(now.at, HappeningKind.EVENT, host, "clock", text, Severity.UNKNOWN)
