"""Incident mode: what is different from then, in sight from the key that opens it to the report that closes it."""

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from time import monotonic
from typing import TYPE_CHECKING

from sutaztop.contracts import SutaztopError
from sutaztop.domain.finding import Severity
from sutaztop.domain.incident import Incident
from sutaztop.domain.quantity import Seconds
from sutaztop.render.cells import Tone
from sutaztop.ui.messages import IncidentTold

if TYPE_CHECKING:
    from sutaztop.ui.desk import Incidents
    from sutaztop.ui.screens.incident import IncidentScreen
    from sutaztop.ui.screens.stage import Stage

_LOG = logging.getLogger(__name__)
EVERY = 10.0
"""Seconds between two looks at what is different: it reads two moments of the recording."""
FASTER = Seconds(0.5)
"""Twice as often as usual: what happens within a second is seen, at about twice the cost."""
_NOW, _HEALTHY, _TIME = (
    "hold it against this moment",
    "hold it against the last healthy hour",
    "hold it against a time …",
)
_NAMED, _REPORT, _DROP, _STAY = (
    "write the report under a title …",
    "write the report and close it",
    "close it without a report",
    "leave it open",
)


class IncidentMode:
    """What the main screen does about an incident. ``Board.incident`` is the open one."""

    def __init__(self, screen: "Stage") -> None:
        self._screen = screen
        self._board = screen.board
        self._desk = screen.board.desk.incidents
        self._work = threading.Lock()
        """Held while anything is done with the desk: a comparison never meets a report, nor comes after it."""
        self._open: Incident | None = None
        """What is open at the desk. Belongs to who holds the lock: the board learns of it later."""
        self._threads: list[threading.Thread] = []
        self._was_read = False
        self._looked = float("-inf")
        self._interval: Seconds | None = None
        self._list: IncidentScreen | None = None

    # --- looking ----------------------------------------------------------------------------

    def look(self) -> None:
        """See whether one is open, once; then again and again what is different."""
        if self._desk is None or any(it.is_alive() for it in self._threads):
            return
        desk = self._desk
        if not self._was_read:
            self._was_read = True
            self._aside(lambda: self._loaded(desk))
        elif (incident := self._board.incident) is not None and monotonic() - self._looked >= EVERY:
            self._looked = monotonic()
            self._aside(lambda: self._compared(desk, incident))

    def take(self, told: IncidentTold) -> None:
        """Take what was read. Differences of an incident that is closed meanwhile are nobody's."""
        if told.differences is not None and told.incident is not self._board.incident:
            return
        if told.words:
            self._screen.say(told.words, Tone.OK)
        if told.trouble:
            self._screen.say(f"Incident: {told.trouble}", Tone.WARNING)
        if told.closed:
            self._leave()
        elif told.incident is not None:
            first = self._board.incident is None
            self._board.incident = told.incident
            if told.differences is not None:
                self._board.differences = told.differences
            if first:
                self._enter(told.incident)
        if self._list is not None and self._list.is_mounted:
            self._list.view.redraw()
        self._screen.beat()

    def _enter(self, incident: Incident) -> None:
        frame = self._board.newest
        self._interval = frame.interval if frame is not None else self._board.desk.settings.screen.interval
        if self._interval > FASTER:
            self._board.desk.feed.set_interval(FASTER)
        self._looked = float("-inf")
        when = incident.since.astimezone(self._board.desk.zone)
        self._screen.say(f"Incident since {when:%H:%M:%S}: {incident.title}. I shows what is different.", Tone.ACCENT)

    def _leave(self) -> None:
        self._board.incident, self._board.differences = None, ()
        if self._interval is not None:
            self._board.desk.feed.set_interval(self._interval)
            self._interval = None

    # --- the key ----------------------------------------------------------------------------

    def pressed(self) -> None:
        """Open one, or show the open one."""
        if self._desk is None:
            self._screen.say("There is no incident mode here: nothing is recorded.", Tone.WARNING)
        elif self._board.incident is not None:
            self._show()
        else:
            from sutaztop.ui.screens.pick import PickScreen

            self._screen.app.push_screen(PickScreen("An incident", [_NOW, _HEALTHY, _TIME], _NOW), self._chosen)

    def _chosen(self, option: str | None) -> None:
        if option == _TIME:
            from sutaztop.ui.screens.ask_time import AskTimeScreen

            self._screen.app.push_screen(AskTimeScreen(self._board.desk, None), self._at)
        elif option is not None:
            now = self._board.desk.clock.now()
            self._begin(now if option == _NOW else None, "the moment it was opened" if option == _NOW else "")

    def _at(self, at: datetime | None) -> None:
        if at is not None:
            self._begin(at, "the moment that was chosen")

    def _begin(self, baseline: datetime | None, why: str) -> None:
        desk = self._desk
        if desk is None:
            return
        made = Incident(self._title(), self._board.desk.clock.now(), self._board.desk.who(), baseline, why)
        self._aside(lambda: self._opened(desk, made))

    def _title(self) -> str:
        """Call it by the worst there is."""
        findings = self._board.newest.findings if self._board.newest is not None else ()
        worst = max(findings, key=lambda it: it.severity, default=None)
        if worst is None or worst.severity < Severity.WARNING:
            return "Incident"
        return f"{worst.subject.name} {worst.word}"

    def _show(self) -> None:
        from sutaztop.ui.screens.incident import IncidentScreen

        self._looked = float("-inf")
        self._list = IncidentScreen(self._board)
        self._screen.app.push_screen(self._list, self._left)

    def _left(self, wish: str | None) -> None:
        self._list = None
        if wish is None:
            return
        if wish == "close":
            from sutaztop.ui.screens.pick import PickScreen

            options = [_NAMED, _REPORT, _DROP, _STAY]
            self._screen.app.push_screen(PickScreen("The incident", options, _STAY), self._end)
            return
        self._board.container_id, self._board.touched = wish, True
        self._screen.show_moment()

    def _end(self, option: str | None) -> None:
        incident = self._board.incident
        if incident is None:
            return
        if option == _NAMED:
            from sutaztop.ui.screens.ask_title import AskTitleScreen

            self._screen.app.push_screen(AskTitleScreen(incident.title), self._named)
        elif option in (_REPORT, _DROP):
            self._close(incident.title, report=option == _REPORT)

    def _named(self, title: str | None) -> None:
        if title is not None:
            self._close(title, report=True)

    def _close(self, title: str, *, report: bool) -> None:
        desk, incident = self._desk, self._board.incident
        if desk is None or incident is None:
            return
        if report:
            self._screen.say("Writing the report …", Tone.ACCENT)
        self._aside(lambda: self._closed(desk, incident, title, report=report))

    # --- beside the loop, one thing at a time -----------------------------------------------

    def _loaded(self, desk: "Incidents") -> IncidentTold:
        self._open, trouble = desk.load()
        return IncidentTold(self._open, trouble)

    def _opened(self, desk: "Incidents", made: Incident) -> IncidentTold:
        # One that was read or opened while the question stood is shown and not written over.
        if self._open is None:
            self._open = desk.open(made)
        return IncidentTold(self._open)

    def _compared(self, desk: "Incidents", incident: Incident) -> IncidentTold:
        if self._open is not incident:
            return IncidentTold(None)
        return IncidentTold(incident, differences=desk.compare(incident))

    def _closed(self, desk: "Incidents", incident: Incident, title: str, *, report: bool) -> IncidentTold:
        if self._open is not incident:
            return IncidentTold(None)
        words = desk.close(replace(incident, title=title), report=report)
        self._open = None
        return IncidentTold(None, words=words, closed=True)

    def _aside(self, work: Callable[[], IncidentTold]) -> None:
        """Do what waits for a disk on a thread of its own; what is wished while something is done waits there."""
        thread = threading.Thread(target=self._run, args=(work,), name="incident", daemon=True)
        self._threads = [it for it in self._threads if it.is_alive()]
        self._threads.append(thread)
        thread.start()

    def _run(self, work: Callable[[], IncidentTold]) -> None:
        try:
            with self._work:
                told = work()
        except (SutaztopError, OSError, ValueError) as error:
            told = IncidentTold(None, trouble=str(error))
        except Exception as error:  # noqa: BLE001 - the worker boundary: told, and the screen goes on
            _LOG.exception("incident mode failed")
            told = IncidentTold(None, trouble=f"{type(error).__name__}: {error}")
        self._screen.app.post_message(told)
