"""The wall: pages that turn by themselves, and nothing that could change anything."""

from collections import deque
from collections.abc import Sequence
from time import monotonic
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.screen import Screen

from sutaztop.domain.event import Event
from sutaztop.domain.finding import Severity
from sutaztop.domain.frame import Frame
from sutaztop.render.boxes import box
from sutaztop.render.cells import Line, Span, Tone
from sutaztop.render.wall import Page, Scene, event_line, wall_lines
from sutaztop.ui.board import Board
from sutaztop.ui.widgets.lines import Drawn, Lines

if TYPE_CHECKING:
    from textual.timer import Timer

_HOLD = 3
"""So many presses of q in a row leave: a held key repeats, a stray one does not."""
_HOLD_WITHIN = 2.0
_KEPT = 60
_TOLD = {
    "die",
    "oom",
    "start",
    "kill",
    "health_status",
    "update",
    "destroy",
    "create",
    "restart",
    "stop",
    "pause",
    "unpause",
}


def severity_of(event: Event) -> Severity:
    """Say how bad it is that this happened: an end with exit code 0 is what was meant."""
    if event.action == "oom":
        return Severity.CRITICAL
    failed = event.action == "die" and event.detail not in ("", "0")
    unwell = event.action == "health_status" and event.detail == "unhealthy"
    return Severity.WARNING if failed or unwell or event.action == "kill" else Severity.OK


class WallView(Lines):
    """Draws the page."""

    def __init__(self, board: Board) -> None:
        super().__init__(id="wall")
        self.board = board
        self.page = Page.OVERVIEW
        self.news: deque[Event] = deque(maxlen=_KEPT)
        self.helping = False
        self._newest_ns = -1

    def note(self, happened: Sequence[Event]) -> None:
        """Keep what happened, each event once."""
        for event in happened:
            if event.time_ns > self._newest_ns and event.action in _TOLD:
                self.news.appendleft(event)
        self._newest_ns = max([self._newest_ns, *(event.time_ns for event in happened)])

    def draw(self, width: int, height: int) -> Sequence[Drawn]:
        """Draw the page, or the help over it."""
        board = self.board
        if self.helping:
            return [Drawn(line) for line in self._help(width, height)]
        standing = board.standing()
        news = [event_line(it.at, standing.now, it.subject_name or it.subject_id[:12],
                           f"{it.kind} {it.action} {it.detail}".rstrip(), severity_of(it))
                for it in self.news]  # fmt: skip
        scene = Scene(board.frame, self.page, board.look(), standing, news)
        return [Drawn(line) for line in wall_lines(scene, width, height)]

    def _help(self, width: int, height: int) -> list[Line]:
        seconds = self.board.desk.settings.wall.page
        words = [
            "This is the wall display of sutaztop: it reads and never changes anything.",
            f"Pages turn every {seconds:g} s: {', '.join(Page)}.",
            "The worst critical finding stays on top while there is one.",
            "Data that is too old takes over the screen as STALE.",
            "",
            "?        this text, and back",
            "q held   leave",
        ]
        return box((Span("Wall", Tone.TITLE),), [(Span(text),) for text in words], width, height, active=True)


class WallScreen(Screen[None]):
    """Two keys: ``?`` and ``q`` held. No code that writes is within reach of it."""

    AUTO_FOCUS = ""
    DEFAULT_CSS: ClassVar[str] = "WallScreen { background: $background; overflow: hidden; }"

    def __init__(self, board: Board) -> None:
        super().__init__()
        self.board = board
        self.view = WallView(board)
        self._pressed: deque[float] = deque(maxlen=_HOLD)
        self._turner: Timer | None = None

    def compose(self) -> ComposeResult:
        """Give the one view."""
        yield self.view

    def on_mount(self) -> None:
        """Begin to turn pages and to move the clock."""
        self.set_interval(1.0, self.view.redraw)
        self._turner = self.set_interval(float(self.board.desk.settings.wall.page), self.turn)

    def turn(self) -> None:
        """Show the next page."""
        pages = list(Page)
        self.view.page = pages[(pages.index(self.view.page) + 1) % len(pages)]
        self.view.redraw()

    def take_frame(self, frame: Frame) -> None:
        """Show a frame."""
        self.board.take(frame, monotonic())
        self.view.note(frame.snapshot.events)
        self.view.redraw()

    def on_key(self, event: events.Key) -> None:
        """Hear two keys and no other, Textual's own included."""
        event.stop()
        event.prevent_default()
        if event.character == "?":
            self.view.helping = not self.view.helping
            self.view.redraw()
        elif event.key == "ctrl+c":
            self.app.exit(0)
        elif event.character == "q":
            now = monotonic()
            self._pressed.append(now)
            if len(self._pressed) == _HOLD and now - self._pressed[0] <= _HOLD_WITHIN:
                self.app.exit(0)
