"""What the main screen shows and what is selected on it: all its state, without a terminal."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from sutaztop.domain.difference import Divergence
from sutaztop.domain.event import Event
from sutaztop.domain.finding import Recommendation
from sutaztop.domain.frame import Frame
from sutaztop.domain.incident import Incident
from sutaztop.domain.quantity import Seconds, span_words
from sutaztop.domain.record import Record, Seen, last_undoable
from sutaztop.domain.service import Service
from sutaztop.domain.silence import Silence, heard
from sutaztop.domain.snapshot import ContainerSnapshot
from sutaztop.render.arrange import (
    Arranged,
    Arrangement,
    FilterError,
    Grouping,
    SortKey,
    arrange,
    needs_attention,
)
from sutaztop.render.cells import Tone
from sutaztop.render.graphs import Glyphs
from sutaztop.render.header import Mode, Standing, is_stale
from sutaztop.render.journal import notice
from sutaztop.render.look import WINDOWS, Look, auto_window
from sutaztop.render.models import ModelRow, model_rows
from sutaztop.render.replay import Replay
from sutaztop.ui.desk import Desk
from sutaztop.ui.held import HeldHistory

_LIVES = frozenset({"start", "die", "oom"})
_LIVES_KEPT = 512
RESORT_EVERY = Seconds(3.0)
"""Rows change places at most this often, and only after this long without a key."""


@dataclass
class Board:
    """The frame shown, how it is arranged, and what is selected: always by identity, never by row."""

    desk: Desk
    glyphs: Glyphs = Glyphs.BRAILLE
    frame: Frame | None = None
    newest: Frame | None = None
    wish: Arrangement = field(default_factory=Arrangement)
    window: Seconds | None = None
    frozen: bool = False
    replay: Replay | None = None
    """Which moment is shown instead of the present; live frames then wait, as while frozen."""
    incident: Incident | None = None
    differences: tuple[Divergence, ...] | None = None
    """What is different from the incident's baseline; ``None`` until it was looked at."""
    follow: bool = False
    touched: bool = False
    container_id: str | None = None
    advice_id: str | None = None
    model_key: str | None = None
    filter_error: str = ""
    pace: str = ""
    drawn_every: float = 0.0
    arranged: Arranged | None = None
    records: tuple[Record, ...] = ()
    open_changes: tuple[tuple[Record, Seen | None], ...] = ()
    journal_trouble: str = ""
    pilot_names: tuple[str, ...] = ()
    silences: tuple[Silence, ...] = ()
    silenced: tuple[tuple[Recommendation, Silence], ...] = ()
    """What is not shown of the recommendations, and by which note."""
    lives: deque[Event] = field(default_factory=lambda: deque(maxlen=_LIVES_KEPT))
    """The last starts and ends of containers that were seen."""
    _everything: tuple[Recommendation, ...] = ()
    _sorted_at: float = float("-inf")
    _touched_at: float = float("-inf")

    @classmethod
    def for_desk(cls, desk: Desk, glyphs: Glyphs) -> "Board":
        """Start as the settings say."""
        screen = desk.settings.screen
        sort = SortKey(screen.sort) if screen.sort in set(SortKey) else SortKey.SEVERITY
        grouping = Grouping(screen.group) if screen.group in set(Grouping) else Grouping.NONE
        return cls(desk=desk, glyphs=glyphs, wish=Arrangement(sort=sort, grouping=grouping))

    # --- frames -----------------------------------------------------------------------------

    def take(self, frame: Frame, monotonic: float) -> None:
        """Take a new frame; while frozen it waits behind the one that is shown."""
        self.newest = frame
        self.lives.extend(it for it in frame.snapshot.events if it.action in _LIVES)
        if not self.frozen:
            self._everything = frame.recommendations
            self.frame = self._heard(frame)
            self.arrange(monotonic)

    def silence(self, silences: Iterable[Silence]) -> None:
        """Take other silences, the later of two for the same, and show what they leave."""
        self.silences = tuple({it.key: it for it in silences}.values())
        if self.frame is not None:
            self.frame = self._heard(replace(self.frame, recommendations=self._everything))

    def _heard(self, frame: Frame) -> Frame:
        if not self.silences:
            self.silenced = ()
            return frame
        shown, self.silenced = heard(frame.recommendations, self.silences, self.desk.clock.now())
        return replace(frame, recommendations=shown)

    def arrange(self, monotonic: float, *, afresh: bool = False) -> None:
        """Arrange the shown frame; rows keep their places while the operator is busy."""
        if self.frame is None:
            return
        busy = monotonic - self._touched_at < RESORT_EVERY or monotonic - self._sorted_at < RESORT_EVERY
        before = self.arranged.order if self.arranged is not None else ()
        held = before if busy and not afresh else ()
        try:
            self.arranged = arrange(self.frame, self.wish, held)
            self.filter_error = ""
        except FilterError as error:
            self.filter_error = str(error)
            return
        if not held:
            self._sorted_at = monotonic
        self._keep_selection(before, at_rest=monotonic - self._touched_at >= RESORT_EVERY)

    def _keep_selection(self, before: tuple[str, ...], *, at_rest: bool) -> None:
        """Stay on the container; if it is no longer shown, on the one that took its place in the order.

        One that only dropped out of what is shown keeps the selection while a key may be on its way:
        that key was meant for it, and for no other.
        """
        order = self.arranged.order if self.arranged is not None else ()
        if not order or self.frame is None:
            return
        if not self.touched or self.container_id is None:
            self.container_id = order[0]
        elif self.container_id not in order and (at_rest or self.container_id not in self.frame.snapshot.by_id):
            place = before.index(self.container_id) if self.container_id in before else 0
            self.container_id = order[min(place, len(order) - 1)]

    def wishes(self, monotonic: float, **changes: object) -> None:
        """Change the arrangement and arrange afresh; a filter that is wrong leaves the rows as they are."""
        self.wish = replace(self.wish, **changes)  # type: ignore[arg-type] # the names are Arrangement's own
        self.arrange(monotonic, afresh=True)
        order = self.arranged.order if self.arranged is not None else ()
        if order and self.container_id not in order:
            # Narrowing is a choice of the operator's: the first of what is left is the natural next thing.
            self.container_id = order[0]

    def freeze(self, monotonic: float, *, frozen: bool) -> None:
        """Hold the picture, or go back to the newest frame."""
        self.frozen = frozen
        if frozen and self.frame is not None:
            self.frame = replace(self.frame, history=HeldHistory(self.frame.history))
        elif self.newest is not None:
            self.take(self.newest, monotonic)

    def show_moment(self, frame: Frame, monotonic: float) -> None:
        """Show a frame from the recording."""
        self._everything = frame.recommendations
        self.frame = frame
        self.silenced = ()
        self.arrange(monotonic)

    # --- what was chosen --------------------------------------------------------------------

    def touch(self, monotonic: float) -> None:
        """Note that the operator is here: rows stay where they are for a while."""
        self._touched_at = monotonic
        if self.desk.lease is not None:
            self.desk.lease.touch()
        self.touched = True

    def move(self, by: int) -> None:
        """Move the selection among the shown containers."""
        order = self.arranged.order if self.arranged is not None else ()
        if not order:
            return
        place = order.index(self.container_id) if self.container_id in order else -1 if by > 0 else len(order)
        self.container_id = order[min(len(order) - 1, max(0, place + by))]

    def move_to_problem(self, step: int) -> bool:
        """Select the next container that needs attention, round and round; tell whether there is one."""
        if self.arranged is None:
            return False
        order = self.arranged.order
        wanted = [it for it in order if needs_attention(self.arranged.judgements[it])]
        if not wanted:
            return False
        here = order.index(self.container_id) if self.container_id in order else -1
        places = [order.index(it) for it in wanted]
        if step > 0:
            place = next((it for it in places if it > here), places[0])
        else:
            place = next((it for it in reversed(places) if it < here), places[-1])
        self.container_id = order[place]
        return True

    @property
    def container(self) -> ContainerSnapshot | None:
        """The selected container, if it is among those shown."""
        if self.frame is None or self.arranged is None or self.container_id is None:
            return None
        if self.container_id not in self.arranged.order:
            return None
        return self.frame.snapshot.by_id.get(self.container_id)

    @property
    def service(self) -> Service | None:
        """The service that owns the selected container."""
        found = self.container
        if found is None or self.frame is None:
            return None
        return self.frame.snapshot.service_of(found.container)

    @property
    def advice(self) -> Recommendation | None:
        """The selected recommendation: the first, until another is chosen."""
        everything = self.frame.recommendations if self.frame is not None else ()
        return next((it for it in everything if it.id == self.advice_id), everything[0] if everything else None)

    @property
    def model(self) -> ModelRow | None:
        """The selected loaded model: the largest, until another is chosen."""
        rows = model_rows(self.frame) if self.frame is not None else []
        return next((row for row in rows if row.key == self.model_key), rows[0] if rows else None)

    def move_advice(self, by: int) -> None:
        """Move the selection among the recommendations."""
        ids = [it.id for it in self.frame.recommendations] if self.frame is not None else []
        self.advice_id = _moved(ids, self.advice.id if self.advice else None, by)

    def move_model(self, by: int) -> None:
        """Move the selection among the loaded models."""
        keys = [row.key for row in model_rows(self.frame)] if self.frame is not None else []
        self.model_key = _moved(keys, self.model.key if self.model else None, by)

    # --- what was changed -------------------------------------------------------------------

    @property
    def subject_ids(self) -> frozenset[str]:
        """The ids under which changes of the selected container are journalled: its own, and its service's."""
        found, service = self.container, self.service
        return frozenset(it.id for it in (found, service) if it is not None)

    @property
    def undoable(self) -> Record | None:
        """The change that would be taken back: the last of the selected container, else the last of all."""
        if self.newest is None:
            return None
        return last_undoable(self.records, self.newest.snapshot.endpoints, self.subject_ids)

    @property
    def open_change(self) -> Record | None:
        """The open change that would be kept: one of the selected container, else the first."""
        here = [it for it, _ in self.open_changes if it.change is not None and it.change.id in self.subject_ids]
        return next(iter(here or [it for it, _ in self.open_changes]), None)

    # --- how it looks -----------------------------------------------------------------------

    @property
    def span(self) -> Seconds:
        """The window of the graphs."""
        if self.window is not None:
            return self.window
        return auto_window(self.frame) if self.frame is not None else WINDOWS[1]

    @property
    def stale(self) -> bool:
        """Whether the frame that is shown as live is old."""
        return self.frame is not None and not self.frozen and is_stale(self.frame, self.standing())

    def look(self) -> Look:
        """Say how things are to be drawn."""
        return Look(
            now=self.time(),
            glyphs=self.glyphs,
            window=self.span,
            thresholds=self.desk.settings.profile.thresholds,
            stale=self.stale,
        )

    def time(self) -> datetime:
        """Give what ages count from: the frame's own time, so that a frozen picture does not age row by row."""
        if self.frame is None:
            return self.desk.now()
        return self.frame.snapshot.at

    def standing(self) -> Standing:
        """Say what the header needs besides the frame."""
        read_only = self.desk.why_read_only or self.desk.apply is None
        lease = self.desk.lease
        left = lease.left() if lease is not None and lease.is_wanted else None
        read_only = read_only or (left is not None and left <= 0)
        return Standing(
            title=self.desk.title,
            now=self.desk.now(),
            mode=Mode.READ_ONLY if read_only else Mode.ACTIVE,
            write_left=None if read_only else left,
            demo=self.desk.demo,
            demo_reason=self.desk.demo_reason,
            frozen=self.frozen,
            replay=self.replay,
            stale_intervals=self.desk.settings.wall.stale_intervals,
            pace=self.pace,
            drawn_every=self.drawn_every,
            notices=self._notices(),
        )

    def _notices(self) -> tuple[tuple[str, Tone], ...]:
        """Write what is open about changes, the most urgent first: it stays in sight until it is decided."""
        notices = []
        if self.open_changes:
            now = self.desk.clock.instant()
            notices = [notice(record, now, seen) for record, seen in self.open_changes]
        if self.incident is not None:
            notices.append((self._incident_words(self.incident), Tone.CRITICAL))
        if self.pilot_names:
            notices.append((f"the autopilot sees to {', '.join(self.pilot_names)}", Tone.ACCENT))
        if trouble := self._recorder_trouble():
            notices.append((trouble, Tone.WARNING))
        if self.journal_trouble:
            notices.append((self.journal_trouble, Tone.WARNING))
        return tuple(sorted(notices, key=lambda it: _urgency(it[1])))

    def _recorder_trouble(self) -> str:
        """Say why nothing is recorded, unless another program sees to it or it has only begun."""
        recorder = self.desk.recorder()
        status = recorder.status() if recorder is not None else None
        if status is None or status.writing or not status.trouble:
            return ""
        return f"not recording: {status.why_not}"

    def _incident_words(self, incident: Incident) -> str:
        now = self.desk.now()
        since, span = incident.since.astimezone(self.desk.zone), span_words((now - incident.since).total_seconds())
        count = f" · {len(self.differences)} different" if self.differences is not None else ""
        return f"INCIDENT {incident.title} since {since:%H:%M:%S} ({span}){count} · I shows it"


def _urgency(tone: Tone) -> int:
    return 0 if tone is Tone.CRITICAL else 1


def _moved(keys: list[str], here: str | None, by: int) -> str | None:
    if not keys:
        return None
    place = keys.index(here) if here in keys else 0
    return keys[min(len(keys) - 1, max(0, place + by))]
