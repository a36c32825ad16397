"""Exporting a clip from the screen: which span, with or without names, then written beside the loop."""

import logging
import threading
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sutaztop.contracts import RecordingError
from sutaztop.domain.recording import ClipWish
from sutaztop.domain.severity import Severity
from sutaztop.render.cells import Tone
from sutaztop.ui.messages import ClipExported
from sutaztop.ui.screens.pick import PickScreen

if TYPE_CHECKING:
    from collections.abc import Callable

    from sutaztop.domain.frame import Frame
    from sutaztop.domain.recording import ClipMade
    from sutaztop.ui.screens.stage import Stage

_LOG = logging.getLogger(__name__)
_QUARTER, _BEFORE, _AFTER, _LONGEST = (
    timedelta(minutes=15), timedelta(minutes=10), timedelta(minutes=5), timedelta(days=1)
)  # fmt: skip
_LEAD = timedelta(minutes=2)
"""So long before an incident a clip begins: what led to it is half of the answer."""
_PLAIN, _HIDDEN = "with its names", "anonymised: pseudonyms, no values, no notes"


def spans(frame: "Frame", now: datetime, *, live: bool = True) -> dict[str, tuple[datetime, datetime]]:
    """Give the spans that can be chosen, by what they are called; one that is not there now is left out.

    A recording alone, which is not ``live``, has no last minutes but those before what is shown. An incident began
    with the oldest critical finding there is; more than a day of it is not taken.
    """
    at = frame.snapshot.at
    found = {"the last 15 min": (now - _QUARTER, now)} if live else {"the 15 min before": (at - _QUARTER, at)}
    began = min((it.since for it in frame.findings if it.severity is Severity.CRITICAL and it.since), default=None)
    found[f"around {at.astimezone(now.tzinfo):%H:%M:%S}, which is shown"] = (at - _BEFORE, min(now, at + _AFTER))
    if began is not None:
        local = began.astimezone(now.tzinfo)
        since = max(began - _LEAD, at - _LONGEST)
        found[f"since the incident began at {local:%H:%M:%S}"] = (since, max(at, since + _LEAD))
    return found


class Clipping:
    """What the main screen does with clips."""

    def __init__(self, screen: "Stage") -> None:
        self._screen = screen
        self._board = screen.board
        self._busy = False

    def pick(self) -> None:
        """Ask for the span, then whether names stay."""
        board, export = self._board, self._board.desk.export_clip
        if export is None:
            self._screen.say("Nothing is recorded here, so there is nothing to export.", Tone.MUTED)
            return
        if board.frame is None or self._busy:
            words = "A clip is being written." if self._busy else "Nothing was seen so far."
            self._screen.say(words, Tone.MUTED)
            return
        found = spans(board.frame, board.desk.now(), live=not board.desk.alone)

        def picked_names(span: tuple[datetime, datetime], option: str | None) -> None:
            if option is not None:
                self._export(export, ClipWish(*span, anonymised=option == _HIDDEN))

        def picked_span(option: str | None) -> None:
            if option is not None:
                span = found[option]
                self._screen.app.push_screen(
                    PickScreen("Clip", [_PLAIN, _HIDDEN], _PLAIN), lambda it: picked_names(span, it)
                )

        self._screen.app.push_screen(PickScreen("Export a clip of", list(found), ""), picked_span)

    def take(self, event: ClipExported) -> None:
        """Say what became of it."""
        self._busy = False
        self._screen.say(event.words, Tone.CRITICAL if event.failed else Tone.OK)

    def _export(self, export: "Callable[[ClipWish], ClipMade]", wish: ClipWish) -> None:
        self._busy = True
        self._screen.say("Writing a clip …", Tone.MUTED)
        app = self._screen.app

        def run() -> None:
            from sutaztop.render.clips import clip_notice

            try:
                told = ClipExported(clip_notice(export(wish)))
            except RecordingError as error:
                told = ClipExported(str(error), failed=True)
            except Exception as error:  # noqa: BLE001 - the worker boundary: a clip must not end the screen
                _LOG.exception("a clip could not be written")
                told = ClipExported(f"No clip: {type(error).__name__}: {error}", failed=True)
            app.post_message(told)

        threading.Thread(target=run, name="clip", daemon=True).start()
