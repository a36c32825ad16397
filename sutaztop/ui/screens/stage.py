"""The main screen's parts and where they stand: composing, laying out, drawing frames."""

from collections.abc import Sequence
from time import monotonic
from typing import TYPE_CHECKING, ClassVar, Protocol, cast

from textual import events
from textual.app import ComposeResult
from textual.layout import Layout
from textual.screen import Screen

from sutaztop.domain.frame import Frame
from sutaztop.render.cells import Tone
from sutaztop.render.footer import Hint
from sutaztop.ui.board import Board
from sutaztop.ui.layout import Floor, Place, Wants, lay_out
from sutaztop.ui.panels.advice import AdvicePanel
from sutaztop.ui.panels.disks import DisksPanel
from sutaztop.ui.panels.fleet import FleetPanel
from sutaztop.ui.panels.host import HostPanel, StripPanel
from sutaztop.ui.panels.models import ModelsPanel
from sutaztop.ui.widgets.footer import FooterBar
from sutaztop.ui.widgets.header import HeaderBar
from sutaztop.ui.widgets.message import MessageBar
from sutaztop.ui.widgets.prompt import FilterPrompt

if TYPE_CHECKING:
    from sutaztop.ui.panels.details import DetailsPane
    from sutaztop.ui.panels.panel import Panel


_AT_LEISURE = 1.5
"""Seconds after which what is seen only when it is asked for is loaded: by then the first values stand there."""


class Owner(Protocol):
    """What a screen asks of the app that runs it."""

    def exit(self, result: int) -> None:
        """Leave with an exit code."""
        ...

    def next_theme(self) -> str:
        """Take the next theme; give its title."""
        ...

    def redraw_all(self) -> None:
        """Send the whole screen anew."""
        ...

    def action_command_palette(self) -> None:
        """Open the palette."""
        ...


class Stage(Screen[None]):
    """Holds the parts. ``focus_place`` is the panel that keys go to; ``alone`` gives it the whole screen."""

    AUTO_FOCUS = ""
    DEFAULT_CSS: ClassVar[str] = "Stage { background: $background; overflow: hidden; }"

    def __init__(self, board: Board) -> None:
        super().__init__()
        self.board = board
        self.focus_place = Place.FLEET
        self.alone = False
        self.filtering = False
        self.details_open = False
        self.header = HeaderBar(board, id=Place.HEADER)
        self.message = MessageBar(id=Place.MESSAGE)
        self.prompt = FilterPrompt(id=Place.PROMPT)
        self.fleet = FleetPanel(board, id=Place.FLEET)
        self._details: DetailsPane | None = None
        self.footer = FooterBar(self.hints, id=Place.FOOTER)
        self.panels: dict[Place, Panel] = {
            Place.FLEET: self.fleet,
            Place.HOST: HostPanel(board, id=Place.HOST),
            Place.ADVICE: AdvicePanel(board, id=Place.ADVICE),
            Place.DISKS: DisksPanel(board, id=Place.DISKS),
            Place.MODELS: ModelsPanel(board, id=Place.MODELS),
        }
        self.strip = StripPanel(board, id=Place.STRIP)
        self._wants = Wants()
        self._floor = Floor(lay_out(80, 24, self._wants))

    @property
    def owner(self) -> Owner:
        """The app, as far as a screen may know it."""
        return cast("Owner", self.app)

    @property
    def layout(self) -> Layout:
        """The plan, where Textual asks for a layout."""
        return self._floor

    @property
    def details(self) -> "DetailsPane":
        """The pane about one container, made when it is first wanted: the first picture does without."""
        return self._details or self._make_details()

    def _make_details(self) -> "DetailsPane":
        if self._details is None:
            from sutaztop.ui.panels.details import DetailsPane

            desk = self.board.desk
            self._details = DetailsPane(
                desk.engine, id=Place.DETAILS, zone=desk.zone, profile=desk.settings.profile, recording=desk.recording
            )
            self._details.display = False
            self.mount(self._details, before=self.message)
        return self._details

    def _load_the_rest(self) -> None:
        """Make what was left out of the first picture, before somebody waits for it."""
        self.prompt.furnish()
        self._make_details()

    def compose(self) -> ComposeResult:
        """Give all parts; the layout says which are seen."""
        yield self.header
        yield self.strip
        yield from self.panels.values()
        yield self.message
        yield self.prompt
        yield self.footer

    def on_mount(self) -> None:
        """Begin the clock's beat."""
        self.settle()
        self.set_interval(1.0, self.beat)
        self.set_timer(_AT_LEISURE, self._load_the_rest)

    # --- layout -----------------------------------------------------------------------------

    def settle(self) -> None:
        """Lay out for the size and for what is open, and draw everything."""
        width, height = self.app.size
        wants = self._wants = self._now_wanted()
        plan = lay_out(width, height, wants)
        self._floor.plan = plan
        if plan.shows(Place.DETAILS) or self._details is not None:
            self.details.display = plan.shows(Place.DETAILS)
        for part in (*self.panels.values(), self.strip, self.message, self.prompt, self.footer):
            part.display = plan.shows(Place(part.id or ""))
        for place, panel in self.panels.items():
            panel.framed = plan.framed
            panel.active = place is self.focus_place
        # Asked of a part, because a screen that asks for itself keeps its old arrangement.
        self.footer.refresh(layout=True)
        self.call_after_refresh(self.redraw)

    def _now_wanted(self) -> Wants:
        """Say what decides the layout now. What the stack does from second to second does not: nothing jumps."""
        return Wants(
            header_lines=self.header.wanted_lines(),
            message_lines=self.message.wanted_lines(self.app.size.width),
            prompt=self.filtering,
            details=self.details_open,
            focus=self.focus_place,
            maximised=self.alone,
            disks_lines=self._disk_lines(),
        )

    def _disk_lines(self) -> int:
        disks = self.board.frame.snapshot.disks if self.board.frame is not None else None
        return 1 + sum(1 + len(tier.components) for tier in disks.tiers) if disks is not None else 3

    def on_resize(self, event: events.Resize) -> None:
        """Lay out anew."""
        del event
        self.settle()

    def redraw(self) -> None:
        """Draw every part that is seen; each repaints only what changed."""
        for part in (self.header, self.strip, *self.panels.values(), self.message, self.footer):
            if part.display:
                part.redraw()

    def beat(self) -> None:
        """Move the clock, and notice when data has become old."""
        self.header.redraw()
        if self._now_wanted() != self._wants:
            self.settle()
        elif self.board.stale:
            self.redraw()

    # --- frames -----------------------------------------------------------------------------

    def take_frame(self, frame: Frame) -> None:
        """Show a frame."""
        self.board.take(frame, monotonic())
        if not self.board.frozen and self.details_open:
            self.details.feed(frame)
        if self._now_wanted() != self._wants:
            self.settle()
        else:
            self.redraw()

    def show_moment(self) -> None:
        """Draw the moment that the board shows now, be it another or the present."""
        if self.details_open and self.board.frame is not None:
            self.details.feed(self.board.frame)
        if self._now_wanted() != self._wants:
            self.settle()
        else:
            self.redraw()

    # --- words ------------------------------------------------------------------------------

    def say(self, text: str, tone: Tone = Tone.PLAIN) -> None:
        """Show a line that stays until it is dismissed; an empty one dismisses it."""
        before = self.message.wanted_lines(self.app.size.width)
        self.message.say(text, tone)
        if self.message.wanted_lines(self.app.size.width) != before:
            self.settle()

    def hints(self) -> Sequence[Hint]:
        """Give the footer's hints."""
        return ()
