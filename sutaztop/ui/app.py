"""The app: frames in at one end, keys at the other, and a terminal that is left as it was found."""

import gc
import os
from collections.abc import Iterable
from contextvars import copy_context
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from sutaztop.config.themes import ThemeSpec
from sutaztop.contracts import ConfigError
from sutaztop.render.cells import Tone
from sutaztop.ui.board import Board
from sutaztop.ui.commands import COMMANDS
from sutaztop.ui.desk import Desk
from sutaztop.ui.glyphs import choose_glyphs
from sutaztop.ui.keys import KeysInTurn
from sutaztop.ui.mailbox import Mailbox
from sutaztop.ui.messages import (
    ChangeFinished,
    ChangeKept,
    ClipExported,
    IncidentTold,
    JournalRead,
    MomentRead,
    PilotSaw,
    PlanMade,
    SilencesRead,
)
from sutaztop.ui.screens.main import MainScreen
from sutaztop.ui.screens.wall import WallScreen
from sutaztop.ui.terminal.display import DiffedDisplay
from sutaztop.ui.terminal.guard import Guard
from sutaztop.ui.terminal.pressure import Pressure, output_waiting
from sutaztop.ui.theme import Palette, choose_theme, make_palette, make_theme

if TYPE_CHECKING:
    from sutaztop.domain.frame import Frame

_EVENTS_CARRIED = 2048
"""Of events in frames that could not be drawn, so many are kept: a link that is down must not grow memory."""
_SETTLED = 3.0
"""Seconds after which everything that is loaded at the start is there."""
_RETRY = 0.1
"""Seconds after which a picture that could not be sent is tried again."""


def carry_events(older: "Frame", newer: "Frame") -> "Frame":
    """Give the newer frame with the events of one that is skipped: they stand in no other."""
    events = (*older.snapshot.events, *newer.snapshot.events)[-_EVENTS_CARRIED:]
    return replace(newer, snapshot=replace(newer.snapshot, events=events))


class SutaztopApp(KeysInTurn[int], DiffedDisplay[int], inherit_bindings=False):
    """Runs the main screen, or the wall."""

    TITLE = "sutaztop"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+q,ctrl+c", "leave", show=False)]
    CSS: ClassVar[str] = "Screen { background: $background; color: $foreground; }"

    def __init__(self, desk: Desk, *, wall: bool = False) -> None:
        environment = os.environ
        spec = choose_theme(desk.settings.screen.theme, desk.themes, environment)
        super().__init__(ansi_color=True if spec.ansi else None)
        self.desk = desk
        self.glyphs = choose_glyphs(desk.settings.screen.glyphs, environment)
        self.register_theme(make_theme(spec))
        self.palette: Palette = make_palette(spec)
        self.theme = spec.name
        self.board = Board.for_desk(desk, self.glyphs)
        self.resident: MainScreen | WallScreen = WallScreen(self.board) if wall else MainScreen(self.board)
        self.pressure = Pressure()
        self._mail: Mailbox[Frame] = Mailbox(self._wake, carry_events)
        self._waiting: Frame | None = None
        self._retrying = False
        self._last_paint = float("-inf")
        self.wall = wall

    # --- starting and leaving ---------------------------------------------------------------

    def on_mount(self) -> None:
        """Show the resident screen and begin to take frames."""
        self.start_diffing()
        self._home = copy_context()
        self.push_screen(self.resident)
        # After the first picture: what is loaded for frames must not hold it up.
        self.call_after_refresh(self.desk.feed.start, self._mail.put)
        self.set_timer(_SETTLED, _collect_from_now_on)

    def on_unmount(self) -> None:
        """Stop the frames."""
        self.desk.feed.stop()

    @property
    def is_applying(self) -> bool:
        """Whether a change is under way."""
        return isinstance(self.resident, MainScreen) and self.resident.is_mounted and self.resident.changes.busy

    # --- frames -----------------------------------------------------------------------------

    def _wake(self) -> None:
        """Come round to the mailbox on the loop; called on the feed's thread."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            # In the app's own context: timers begun outside of it never fire.
            loop.call_soon_threadsafe(self._look_in_mailbox, context=self._home)

    def _look_in_mailbox(self) -> None:
        frame = self._mail.take()
        if frame is None:
            return
        self._waiting = frame if self._waiting is None else carry_events(self._waiting, frame)
        self.pressure.note(skipped=self._output_waiting())
        self.board.pace, self.board.drawn_every = self.pressure.words, self.pressure.pace
        if not self._retrying:
            self._paint()

    def _output_waiting(self) -> bool:
        return not self.is_headless and output_waiting(self._driver)

    def _paint(self) -> None:
        """Draw the waiting frame, unless the last picture is still on its way or it is too early for another."""
        too_early = monotonic() - self._last_paint < self.pressure.pace
        self._retrying = not self.resident.is_mounted or too_early or self._output_waiting()
        if self._retrying:
            self.set_timer(_RETRY, self._paint)
            return
        frame, self._waiting = self._waiting, None
        if frame is None:
            return
        self._last_paint = monotonic()
        self.resident.take_frame(frame)

    @on(ChangeFinished)
    def pass_outcome(self, event: ChangeFinished) -> None:
        """Hand an outcome to the main screen, whatever lies over it."""
        if isinstance(self.resident, MainScreen):
            self.resident.show_outcome(event)

    @on(PlanMade)
    def pass_plan(self, event: PlanMade) -> None:
        """Hand a plan that took its time to the main screen."""
        if isinstance(self.resident, MainScreen):
            self.resident.changes.show_plan(event.intent, event.planned)

    @on(PilotSaw)
    def pass_autopilot(self, event: PilotSaw) -> None:
        """Say what the autopilot did, whatever lies over the main screen."""
        from sutaztop.ui.screens.hand_over import told

        words, tone = (event.trouble, Tone.CRITICAL) if event.trouble else told(event.seen)
        if words and isinstance(self.resident, MainScreen):
            self.resident.say(words, tone)

    @on(MomentRead)
    def pass_moment(self, event: MomentRead) -> None:
        """Hand a moment to the main screen, whatever lies over it."""
        if isinstance(self.resident, MainScreen) and self.resident.is_mounted:
            self.resident.time.take(event)

    @on(IncidentTold)
    def pass_incident(self, event: IncidentTold) -> None:
        """Hand what became of an incident to the main screen, whatever lies over it."""
        if isinstance(self.resident, MainScreen) and self.resident.is_mounted:
            self.resident.incident.take(event)

    @on(ChangeKept)
    @on(JournalRead)
    def pass_news(self, event: ChangeKept | JournalRead) -> None:
        """Hand what the journal tells to the main screen, whatever lies over it."""
        if isinstance(self.resident, MainScreen) and self.resident.is_mounted:
            self.resident.bookkeeping.take(event)

    @on(SilencesRead)
    def pass_silences(self, event: SilencesRead) -> None:
        """Hand what became of notes to the main screen, whatever lies over it."""
        if isinstance(self.resident, MainScreen) and self.resident.is_mounted:
            self.resident.silencing.take(event)

    @on(ClipExported)
    def pass_clip(self, event: ClipExported) -> None:
        """Say what became of a clip, whatever lies over the main screen."""
        if isinstance(self.resident, MainScreen):
            self.resident.clipping.take(event)

    def action_leave(self) -> None:
        """Quit from anywhere, dialogs included."""
        if isinstance(self.resident, MainScreen):
            self.resident.leave()
        else:
            self.exit(0)

    # --- themes and commands ----------------------------------------------------------------

    def next_theme(self) -> str:
        """Take the next theme that can be read, at once and everywhere; tell which, and what is wrong with others."""
        names = sorted({self.theme, *self.desk.themes})
        here = names.index(self.theme)
        broken = ""
        for following in (*names[here + 1 :], *names[:here]):
            try:
                spec = self.desk.themes[following]
            except ConfigError as error:
                broken += f" Left out: {error}"
            else:
                self._take_theme(spec)
                return f"{spec.title}.{broken}"
        return f"{self.theme}, the only one.{broken}"

    def _take_theme(self, spec: ThemeSpec) -> None:
        self.register_theme(make_theme(spec))
        self.palette = make_palette(spec)
        self.ansi_color = spec.ansi
        self.theme = spec.name
        self.forget_display()

    def action_command_palette(self) -> None:
        """Open the palette over the main screen alone: a dialog's question would be buried, and the wall has none."""
        if isinstance(self.resident, MainScreen) and self.screen is self.resident:
            super().action_command_palette()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Give the palette the same commands as the keys."""
        del screen
        if not isinstance(self.resident, MainScreen):
            return
        main = self.resident
        for command in COMMANDS:
            words = f"{command.text} ({command.key_text}){' - asks first' if command.is_dangerous else ''}"
            yield SystemCommand(command.title, words, lambda id_=command.id: main.action_run(id_))


def _collect_from_now_on() -> None:
    """Collect garbage again, and never look through what was loaded at the start."""
    gc.freeze()
    gc.enable()


def run_screen(desk: Desk, *, wall: bool = False) -> int:
    """Run the screen until it is left; give the exit code. The terminal is as it was before."""
    app = SutaztopApp(desk, wall=wall)

    def ask_to_leave(code: int) -> None:
        loop = app._loop  # noqa: SLF001 - Textual has no way in from a signal
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(lambda: app.exit(code))

    guard = Guard(ask_to_leave, lambda: app.is_applying)
    guard.install()
    try:
        code = app.run()
    finally:
        guard.release()
    return code if code is not None else (app.return_code or 0)
