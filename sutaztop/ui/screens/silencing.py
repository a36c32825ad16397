"""Snoozing and muting recommendations: notes to oneself, which change nothing in the stack."""

import logging
import threading
from datetime import timedelta
from typing import TYPE_CHECKING

from sutaztop.domain.quantity import span_words
from sutaztop.domain.silence import Silence, silence_of
from sutaztop.render.cells import Tone
from sutaztop.ui.messages import SilencesRead
from sutaztop.ui.screens.pick import PickScreen

if TYPE_CHECKING:
    from collections.abc import Callable

    from sutaztop.domain.finding import Recommendation
    from sutaztop.ui.screens.stage import Stage

_LOG = logging.getLogger(__name__)
_SPANS = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=8))
_MUTE = "mute it, with a reason …"


class Silencing:
    """What the main screen does with silences. The file is read and written beside the loop, for it waits for a disk.

    Without a file, as in read-only mode, they last as long as the screen does.
    """

    def __init__(self, screen: "Stage") -> None:
        self._screen = screen
        self._board = screen.board
        self._file = screen.board.desk.silences
        self._was_read = False

    def look(self) -> None:
        """Read what was silenced before, once, when there is a frame: nothing is loaded for it before."""
        if not self._was_read and self._file is not None:
            self._was_read = True
            self._beside(self._read)

    def take(self, event: SilencesRead) -> None:
        """Take what was kept, and say what was wrong."""
        if event.silences:
            self._board.silence([*event.silences, *self._board.silences])
            self._screen.redraw()
        if event.trouble:
            self._screen.say(event.trouble, Tone.WARNING)

    def pick(self) -> None:
        """Ask for how long the chosen recommendation is to be silent, or which silent one is to come back."""
        if self._board.replay is not None:
            self._screen.say("This is a replay: notes silence what is advised now (0 goes back).", Tone.WARNING)
            return
        advice = self._board.advice
        options: dict[str, Silence | timedelta | None] = {}
        if advice is not None:
            options |= {f"snooze it for {span_words(it.total_seconds())}": it for it in _SPANS}
            options[_MUTE] = None
        for it, silence in self._board.silenced:
            options[f"bring back {it.subject.name}: {it.proposal} ({self._how_long(silence)})"] = silence
        if not options:
            self._screen.say("There is no recommendation to snooze, and none is silent.", Tone.MUTED)
            return

        def picked(option: str | None) -> None:
            if option is None:
                return
            wish = options[option]
            if isinstance(wish, Silence):
                self._bring_back(wish)
            elif advice is not None and wish is not None:
                now = self._board.desk.clock.now()
                self._keep(silence_of(advice, now, now + wish), f"Snoozed for {span_words(wish.total_seconds())}")
            elif advice is not None:
                self._ask_reason(advice)

        title = f"{advice.subject.name}: {advice.proposal}" if advice is not None else "Silent"
        self._screen.app.push_screen(PickScreen(title, list(options), ""), picked)

    def _how_long(self, silence: Silence) -> str:
        if silence.until is None:
            return f"muted: {silence.reason}"
        left = (silence.until - self._board.desk.clock.now()).total_seconds()
        return f"snoozed, {span_words(max(0.0, left))} left"

    def _ask_reason(self, advice: "Recommendation") -> None:
        from sutaztop.ui.screens.ask_reason import AskReasonScreen

        def given(reason: str | None) -> None:
            if reason:
                self._keep(silence_of(advice, self._board.desk.clock.now(), reason=reason), "Muted")

        self._screen.app.push_screen(AskReasonScreen(f"Mute {advice.subject.name}: {advice.proposal}"), given)

    def _keep(self, silence: Silence, words: str) -> None:
        self._board.silence([*self._board.silences, silence])
        file = self._file
        where = "" if file is not None else " Until this program ends: nothing is written here."
        self._screen.say(f"{words}: {silence.name}, {silence.proposal}. m brings it back.{where}", Tone.MUTED)
        self._screen.redraw()
        if file is not None:
            self._beside(lambda: SilencesRead((), file.add(silence)))

    def _bring_back(self, silence: Silence) -> None:
        self._board.silence([it for it in self._board.silences if it.key != silence.key])
        self._screen.say(f"Back: {silence.name}, {silence.proposal}.", Tone.MUTED)
        self._screen.redraw()
        file, now = self._file, self._board.desk.clock.now()
        if file is not None:
            self._beside(lambda: SilencesRead((), file.remove(silence, now)))

    def _read(self) -> SilencesRead:
        return SilencesRead(*self._file.load()) if self._file is not None else SilencesRead((), "")

    def _beside(self, work: "Callable[[], SilencesRead]") -> None:
        app = self._screen.app

        def run() -> None:
            try:
                found = work()
            except Exception as error:  # noqa: BLE001 - the worker boundary: a note must not end the screen
                _LOG.exception("silences could not be kept")
                found = SilencesRead((), f"Silences: {type(error).__name__}: {error}")
            app.post_message(found)

        threading.Thread(target=run, name="silences", daemon=True).start()
