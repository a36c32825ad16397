"""Going back in time: which moment the screen shows, and who reads it from the recording."""

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING

from sutaztop.contracts import SutaztopError
from sutaztop.contracts.recording import Recording
from sutaztop.domain.frame import Frame
from sutaztop.domain.recording import Happening
from sutaztop.render.cells import Tone
from sutaztop.render.replay import SPEEDS, Replay, moment_words, speed_words
from sutaztop.ui.messages import MomentRead

if TYPE_CHECKING:
    from textual.timer import Timer

    from sutaztop.ui.screens.stage import Stage

_LOG = logging.getLogger(__name__)
_TICK = 1.0
"""Seconds between two pictures while it plays: what is faster shows fewer moments, not more pictures."""
Wish = Callable[[Recording], tuple[Frame | None, Happening | None]]


class Moments:
    """Reads moments on a thread of its own. The newest wish wins: one that is overtaken is never read."""

    def __init__(self, opened: Callable[[], Recording], tell: Callable[[MomentRead], object]) -> None:
        self._opened = opened
        self._tell = tell
        self._changed = threading.Condition()
        self._wish: tuple[int, Wish] | None = None
        self._closed = False
        self._begun = False

    def ask(self, number: int, wish: Wish) -> None:
        """Want a moment; ``number`` comes back with it."""
        with self._changed:
            self._wish = number, wish
            if not self._begun:
                self._begun = True
                threading.Thread(target=self._run, name="moments", daemon=True).start()
            self._changed.notify()

    def close(self) -> None:
        """End, once nothing is read any more; does not wait."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _run(self) -> None:
        recording: Recording | None = None
        while True:
            with self._changed:
                while self._wish is None and not self._closed:
                    self._changed.wait()
                if self._closed:
                    break
                wished, self._wish = self._wish, None
            if wished is None:
                continue
            try:
                recording = recording or self._opened()
                frame, happening = wished[1](recording)
                info = recording.info()
                read = MomentRead(wished[0], frame, happening, (info.first, info.last))
            except SutaztopError as error:
                read = MomentRead(wished[0], trouble=str(error))
            except Exception as error:  # noqa: BLE001 - the worker boundary: told, and the picture stays
                _LOG.exception("a moment could not be read")
                read = MomentRead(wished[0], trouble=f"{type(error).__name__}: {error}")
            self._tell(read)
        if recording is not None:
            recording.close()


class TimeShift:
    """Turns keys into moments. While one is shown, ``Board.replay`` says which, and live frames wait behind it."""

    def __init__(self, screen: "Stage") -> None:
        self._screen = screen
        self._board = screen.board
        opened = self._board.desk.recording
        self._moments = None if opened is None else Moments(opened, screen.app.post_message)
        self._number = 0
        self._shown = 0
        self._by = 0
        self._from: datetime | None = None
        self._sought: datetime | None = None
        self._position: datetime | None = None
        self._timer: Timer | None = None
        self._speed = SPEEDS.index(1.0)

    def close(self) -> None:
        """Stop reading; the screen is going."""
        if self._moments is not None:
            self._moments.close()

    # --- what keys do -----------------------------------------------------------------------

    def pause_or_play(self) -> None:
        """Hold the present moment; or play on from the shown one, or stop playing."""
        replay = self._board.replay
        if self._moments is None:
            self._board.freeze(monotonic(), frozen=not self._board.frozen)
        elif replay is None:
            self._enter()
        elif replay.playing:
            self._stop_playing()
        else:
            self._position = replay.at
            self._set(playing=True, speed=SPEEDS[self._speed])
            if self._timer is None:
                self._timer = self._screen.set_interval(_TICK, self._play_on)

    def step(self, by: int) -> None:
        """Show the frame before or after."""
        if self._ready():
            # Keys that come faster than frames are read add up, from where the first of them was pressed: what is shown
            # in between is on the way there, and no new beginning.
            if self._from is None:
                self._by, self._from = 0, self._at
            self._by += by
            at, count = self._from, self._by
            self._ask(lambda recording: (recording.step(at, count), None))

    def to_event(self, *, back: bool) -> None:
        """Show the moment of the next event, or of the one before."""
        if self._ready():
            at = self._sought or self._at

            def wish(recording: Recording) -> tuple[Frame | None, Happening | None]:
                found = recording.next_happening(at, back=back)
                return (None, None) if found is None else (_frame_of(recording, found.at), found)

            self._ask(wish)

    def go_to(self, at: datetime) -> str:
        """Show the moment at a time; gives why not, where it can't."""
        if not self._ready():
            return "nothing is recorded here"
        self._ask(lambda recording: (recording.frame_at(at) or recording.step(at, 1), None))
        return ""

    def go_to_happening(self, happening: Happening) -> str:
        """Show the first moment that has what happened; gives why not, where it can't."""
        if not self._ready():
            return "nothing is recorded here"
        self._ask(lambda recording: (_frame_of(recording, happening.at), happening))
        return ""

    def faster(self, step: int) -> None:
        """Play faster or slower."""
        self._speed = min(len(SPEEDS) - 1, max(0, self._speed + step))
        self._set(speed=SPEEDS[self._speed])
        self._screen.say(f"Replay: {speed_words(SPEEDS[self._speed])}.", Tone.MUTED)

    def live(self) -> None:
        """Show the present again; of a recording alone, its newest moment."""
        replay = self._board.replay
        if replay is None:
            if self._board.frozen:
                self._board.freeze(monotonic(), frozen=False)
            return
        self._stop_playing()
        if replay.alone:
            self._ask(lambda recording: (recording.frame_at(recording.info().last or replay.at), None))
            return
        self._number += 1
        self._shown = self._number
        self._from, self._sought = None, None
        self._board.replay = None
        self._board.freeze(monotonic(), frozen=False)
        self._screen.say("Live again.", Tone.MUTED)
        self._screen.show_moment()

    def begin(self) -> None:
        """Begin in the present, or where a recording is all there is, at the wished moment or its newest."""
        desk = self._board.desk
        if desk.alone:
            self._begin_alone(desk.begin_at)

    def _begin_alone(self, at: datetime | None) -> None:
        now = self._board.desk.now()
        self._board.frozen = True
        self._board.replay = Replay(at or now, alone=True)
        if at is None:
            self._ask(lambda recording: (recording.frame_at(recording.info().last or now), None))
        else:
            self.go_to(at)

    # --- the moment that is shown -----------------------------------------------------------

    @property
    def _at(self) -> datetime:
        replay = self._board.replay
        return replay.at if replay is not None else self._board.desk.now()

    def _ready(self) -> bool:
        """Leave the present, if that is where we are; says whether there is a recording to go back in."""
        if self._moments is None:
            self._screen.say("Nothing is recorded here: there is no going back.", Tone.WARNING)
            return False
        if self._board.replay is None:
            self._enter()
        self._stop_playing()
        return self._board.replay is not None

    def _enter(self) -> None:
        frame = self._board.frame
        if frame is None:
            self._screen.say("Nothing was read yet.", Tone.WARNING)
            return
        self._board.replay = Replay(frame.snapshot.at, last=frame.snapshot.at)
        self._board.freeze(monotonic(), frozen=True)
        if self._board.frame is not None:
            # It is what was from here on: nothing can be planned on it, and nothing of the present stands beside it.
            self._board.frame = replace(self._board.frame, recorded=True)
        self._screen.show_moment()

    def _set(self, **changes: object) -> None:
        if self._board.replay is not None:
            self._board.replay = replace(self._board.replay, **changes)  # type: ignore[arg-type] # its own fields
            self._screen.header.redraw()

    def _stop_playing(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        self._set(playing=False)

    def _play_on(self) -> None:
        replay = self._board.replay
        if replay is None or not replay.playing or self._position is None:
            return
        if self._shown != self._number:
            # The moment before is still being read: nothing is skipped for it.
            return
        self._position += timedelta(seconds=_TICK * SPEEDS[self._speed])
        at = self._position
        if replay.last is not None and at > replay.last and self._board.newest is None:
            self._stop_playing()
            self._screen.say("The recording ends here.", Tone.MUTED)
            return
        if self._board.newest is not None and at >= self._board.newest.snapshot.at:
            self.live()
            return
        self._ask(lambda recording: (recording.frame_at(at), None))

    def _ask(self, wish: Wish) -> None:
        if self._moments is not None:
            self._number += 1
            self._set(waiting=True)
            self._moments.ask(self._number, wish)

    def take(self, read: MomentRead) -> None:
        """Show a moment that was read, unless it was overtaken by another wish or by the present."""
        if read.number <= self._shown or self._board.replay is None:
            return
        self._shown = read.number
        waiting = read.number != self._number
        self._set(waiting=waiting, first=read.ends[0], last=read.ends[1])
        if not waiting:
            self._from = None
        if read.trouble:
            self._screen.say(read.trouble, Tone.WARNING)
            return
        if read.frame is None:
            self._screen.say("Nothing more is recorded that way.", Tone.MUTED)
            return
        self._sought = read.happening.at if read.happening is not None else None
        self._set(at=read.frame.snapshot.at)
        self._board.show_moment(read.frame, monotonic())
        if read.happening is not None:
            it, desk = read.happening, self._board.desk
            when = moment_words(it.at, desk.now(), desk.zone)
            self._screen.say(f"{when} {it.subject.name} {it.action}: {it.text}", Tone.ACCENT)
        self._screen.show_moment()


def _frame_of(recording: Recording, at: datetime) -> Frame | None:
    """Give the first frame that shows what happened then: what an engine tells comes with the next reading."""
    frame = recording.frame_at(at)
    if frame is None or frame.snapshot.at < at:
        return recording.step(at, 1) or frame
    return frame
