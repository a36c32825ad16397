"""The screen where one works: every command of the table, and what it does here."""

from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from typing import ClassVar

from textual import events, on
from textual.binding import Binding, BindingType

from sutaztop.domain.frame import Frame
from sutaztop.domain.quantity import Seconds, span_words
from sutaztop.render.cells import Tone
from sutaztop.render.footer import Hint
from sutaztop.render.known import Known, known_of
from sutaztop.render.look import WINDOWS
from sutaztop.ui.aim import CHOSEN_IN, take_aim, why_no_aim
from sutaztop.ui.board import Board
from sutaztop.ui.commands import BY_ID, COMMANDS, Command, in_footer
from sutaztop.ui.layout import PANELS, Place
from sutaztop.ui.messages import AroundWanted, ChangeFinished, PaneKeysChanged
from sutaztop.ui.panels.fleet import FleetPanel
from sutaztop.ui.screens.bookkeeping import JOURNAL_EVERY, Bookkeeping
from sutaztop.ui.screens.changes import Changes
from sutaztop.ui.screens.chronicling import Chronicling
from sutaztop.ui.screens.clipping import Clipping
from sutaztop.ui.screens.finding import FindingStage
from sutaztop.ui.screens.incident_mode import IncidentMode
from sutaztop.ui.screens.silencing import Silencing
from sutaztop.ui.screens.timeshift import TimeShift
from sutaztop.ui.widgets.prompt import FILTER_HINTS

INTERVALS = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""The times between readings that + and - step through, in seconds."""
_SPANS = (None, *WINDOWS)


class MainScreen(FindingStage):
    """Turns keys into commands, and commands into what they do."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(",".join(it.keys), f"run('{it.id}')", it.title, show=False, id=it.id) for it in COMMANDS if it.keys
    ]

    def __init__(self, board: Board) -> None:
        super().__init__(board)
        self._leaving = False

    def on_mount(self) -> None:
        """Make the way to changes."""
        self.changes = Changes(self.app, self.board, self.say)
        self.bookkeeping = Bookkeeping(self, self.changes)
        self.silencing = Silencing(self)
        self.time = TimeShift(self)
        self.incident = IncidentMode(self)
        self.chronicling = Chronicling(self, self.time.go_to, self.time.go_to_happening)
        self.clipping = Clipping(self)
        self.set_interval(JOURNAL_EVERY, self.bookkeeping.look)
        self.time.begin()

    def on_unmount(self) -> None:
        """Stop reading moments."""
        self.time.close()

    def take_frame(self, frame: Frame) -> None:
        """Show a frame, and what became of changes."""
        super().take_frame(frame)
        self.changes.look_back()
        self.silencing.look()
        self.incident.look()

    # --- running commands -------------------------------------------------------------------

    def action_run(self, command_id: str) -> None:
        """Run a command, or say why it can't be run."""
        command = BY_ID[command_id]
        self.board.touch(monotonic())
        if command.id != "quit":
            self._leaving = False
        if why_not := self._aim(command) or self.changes.why_not(command):
            self.say(f"{command.key_text} {command.title}: {why_not}.", Tone.WARNING)
            return
        if command.is_dangerous:
            self.fleet.bring_into_sight()
            self.changes.begin(command)
            return
        _HANDLERS[command.id](self)
        self.redraw()

    def hints(self) -> Sequence[Hint]:
        """Give the keys that count here, now: the prompt's, the pane's, or the commands, with what holds them back."""
        if not hasattr(self, "changes"):
            return ()
        if self.filtering:
            return FILTER_HINTS
        if self.focus_place is Place.DETAILS:
            return self.details.hints()
        return [Hint(it.keys[0] if len(it.keys[0]) == 1 else it.key_text.split()[0], it.title, self._shown_reason(it))
                for it in in_footer(CHOSEN_IN.get(self.focus_place))]  # fmt: skip

    def _shown_reason(self, command: Command) -> str:
        return why_no_aim(command, self.focus_place) or self.changes.why_not(command)

    def _aim(self, command: Command) -> str:
        """Choose what a command is about, by the panel that has the keys; say why that can't be done."""
        before, why_not = self.board.container_id, take_aim(command, self.focus_place, self.board)
        if self.board.container_id != before:
            self._selected()
        return why_not

    def open_actions(self) -> None:
        """Show what can be done to what is chosen here, and what can't be, with the reason."""
        from sutaztop.ui.screens.menu import open_menu

        open_menu(self.app, self.focus_place, self.board, self.changes.why_not, self.action_run, self.say)

    @on(ChangeFinished)
    def show_outcome(self, event: ChangeFinished) -> None:
        """Say what became of a change, and read at once."""
        self.changes.finished(event.outcome)
        self.bookkeeping.look()
        self.board.desk.feed.refresh_now()

    # --- moving -----------------------------------------------------------------------------

    def move(self, by: int) -> None:
        """Move the selection of the panel that has the keys."""
        if self.focus_place is Place.ADVICE:
            self.board.move_advice(by)
        elif self.focus_place is Place.MODELS:
            self.board.move_model(by)
        elif self.focus_place not in (Place.HOST, Place.DISKS):
            self.board.move(by)
            self._selected()

    def _selected(self) -> None:
        """Let the open pane follow the selection."""
        found = self.board.container
        if self.details_open and found is not None:
            self.details.show(found.id)
            if self.board.frame is not None:
                self.details.feed(self.board.frame)

    def move_to_problem(self, step: int) -> None:
        """Go to the next container that needs attention."""
        if self.board.move_to_problem(step):
            self.focus_panel(Place.FLEET)
            self._selected()
        elif self.board.frame is not None and known_of(self.board.frame) is Known.NOW:
            self.say("No container needs attention.", Tone.OK)
        else:
            self.say("Whether any container needs attention is not known now.", Tone.WARNING)

    def focus_panel(self, place: Place, *, alone: bool | None = None) -> None:
        """Give the keys to a panel; one that has no place of its own is shown instead of the containers."""
        if place is Place.DETAILS and not self.details_open:
            self.open_details()
        self.focus_place = place
        if alone is not None:
            self.alone = alone
        if place is Place.DETAILS:
            self.details.focus()
        else:
            self.set_focus(None)
        self.settle()

    def cycle_panel(self, step: int) -> None:
        """Give the keys to the next panel."""
        places = [place for place in PANELS if place is not Place.DETAILS or self.details_open]
        here = places.index(self.focus_place) if self.focus_place in places else 0
        self.focus_panel(places[(here + step) % len(places)])

    # --- seeing -----------------------------------------------------------------------------

    def open_details(self) -> None:
        """Open the pane for the selected container."""
        found = self.board.container
        if found is None:
            return
        self.details_open = True
        self.details.show(found.id)
        if self.board.frame is not None:
            self.details.feed(self.board.frame)
        self.settle()

    def close_details(self) -> None:
        """Close the pane and its streams."""
        self.details_open = False
        self.details.close_streams()
        self.set_focus(None)
        if self.focus_place is Place.DETAILS:
            self.focus_place = Place.FLEET
        self.settle()

    def toggle_details(self) -> None:
        """Open the pane, or close it when it is open; from a recommendation, at the decision that it comes from."""
        if self.focus_place is Place.ADVICE:
            self.toggle_why()
        elif self.details_open:
            self.close_details()
        else:
            self.open_details()

    def toggle_why(self) -> None:
        """Open the pane at what is decided about the container, also where that is nothing; or go back to its facts."""
        if not self.details_open:
            self.open_details()
            self.details.ask_why(on=self.details_open)
        else:
            self.details.ask_why(on=not self.details.body.asks_why)

    def show_logs(self) -> None:
        """Open the pane at the container's log; of a moment that was, what was written around it."""
        frame, found = self.board.frame, self.board.container
        if frame is not None and frame.recorded and found is not None:
            self.show_around(AroundWanted(found.id, frame.snapshot.at))
            return
        if not self.details_open:
            self.open_details()
        self.focus_panel(Place.DETAILS)
        self.details.show_logs()

    def toggle_cursor(self) -> None:
        """Open the pane at its charts, with a cursor at the highest point; or take the cursor away."""
        if not self.details_open:
            self.open_details()
        self.focus_panel(Place.DETAILS)
        self.details.toggle_cursor()

    @on(AroundWanted)
    def show_around(self, event: AroundWanted) -> None:
        """Show what a container wrote around an instant."""
        from sutaztop.ui.screens.around import AroundScreen
        from sutaztop.ui.widgets.around import Subject

        frame = self.board.frame
        found = frame.snapshot.by_id.get(event.container_id) if frame is not None else None
        if frame is None or found is None:
            self.say("The container is gone, and its log with it.", Tone.WARNING)
            return
        containers = frame.snapshot.containers
        subject = Subject(
            found.container, event.at, tuple(it.container for it in containers), tuple(self.board.lives),
            {it.id: it.display_name for it in containers},
        )  # fmt: skip
        self.app.push_screen(AroundScreen(self.board, subject))

    def toggle_alone(self) -> None:
        """Give the panel the whole screen, or take it back."""
        self.alone = not self.alone
        self.settle()

    def next_window(self) -> None:
        """Take the next span of the graphs."""
        chosen = self.board.window = _SPANS[(_SPANS.index(self.board.window) + 1) % len(_SPANS)]
        self.say("Graphs: the span that fits." if chosen is None else f"Graphs: {span_words(chosen)}.", Tone.MUTED)

    def toggle_follow(self) -> None:
        """Keep the selected container in sight, or stop doing so."""
        self.board.follow = not self.board.follow

    def yank(self) -> None:
        """Copy the selected row's name and figures."""
        found = self.board.container
        if found is None:
            self.say("Nothing is selected.", Tone.WARNING)
            return
        place = self.fleet.selected_line()
        lines = self.fleet.plain_lines()
        offset = 1
        row = lines[place + offset].strip(" │|") if place is not None and place + offset < len(lines) else ""
        self.app.copy_to_clipboard(f"{found.container.name}  {found.container.short_id}  {' '.join(row.split())}")
        self.say(f"Copied the line of {found.container.name}.", Tone.MUTED)

    # --- pace -------------------------------------------------------------------------------

    def step_interval(self, step: int) -> None:
        """Take the next time between readings; in a replay, the next speed."""
        if self.board.replay is not None:
            self.time.faster(-step)
            return
        frame = self.board.newest
        now = float(frame.interval) if frame is not None else float(self.board.desk.settings.screen.interval)
        slower, faster = [it for it in INTERVALS if it > now], [it for it in INTERVALS if it < now]
        chosen = (slower[0] if slower else now) if step > 0 else (faster[-1] if faster else now)
        self.board.desk.feed.set_interval(Seconds(chosen))
        self.say(f"Read every {chosen:g} s.", Tone.MUTED)

    # --- leaving ----------------------------------------------------------------------------

    def back(self) -> None:
        """Undo one step of what was opened or narrowed; never leave."""
        board = self.board
        if self.message.text:
            self.say("")
        elif self.alone:
            self.toggle_alone()
        elif self.details_open:
            self.close_details()
        elif self.focus_place is not Place.FLEET:
            self.focus_panel(Place.FLEET)
        elif board.wish.filter_text:
            board.wishes(monotonic(), filter_text="")
        elif board.wish.problems_only:
            self.toggle_problems()
        elif board.frozen and not (board.replay is not None and board.replay.alone):
            self.time.live()

    def leave(self) -> None:
        """Quit; while a change is being applied, only when asked twice."""
        if self.changes.busy and not self._leaving:
            self._leaving = True
            self.say("A change is still being applied. q again leaves without seeing what becomes of it.", Tone.WARNING)
            return
        self.owner.exit(0)

    def show_help(self) -> None:
        """Show what keys and letters mean."""
        from sutaztop.ui.screens.help import HelpScreen

        frame = self.board.frame
        first = [self.board.desk.demo_reason, str(frame.trouble) if frame is not None and frame.trouble else ""]
        self.app.push_screen(HelpScreen(COMMANDS, self.changes.why_not, [words for words in first if words]))

    @on(FleetPanel.Chosen)
    def container_clicked(self, event: FleetPanel.Chosen) -> None:
        """Select what was clicked; a second click opens it."""
        self.board.touch(monotonic())
        self.board.container_id = event.container_id
        if event.again:
            self.open_details()
        self._selected()
        self.redraw()

    @on(PaneKeysChanged)
    def pane_keys_changed(self) -> None:
        """Tell the pane's keys in the footer."""
        self.footer.redraw()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Note when the pane got the keys by a click."""
        if self._details in event.widget.ancestors_with_self and self.focus_place is not Place.DETAILS:
            self.focus_place = Place.DETAILS
            self.settle()


_HANDLERS: Mapping[str, Callable[[MainScreen], None]] = {
    "down": lambda screen: screen.move(1),
    "up": lambda screen: screen.move(-1),
    "page-down": lambda screen: screen.move(screen.fleet.page),
    "page-up": lambda screen: screen.move(-screen.fleet.page),
    "first": lambda screen: screen.move(-(10**6)),
    "last": lambda screen: screen.move(10**6),
    "next-problem": lambda screen: screen.move_to_problem(1),
    "previous-problem": lambda screen: screen.move_to_problem(-1),
    "next-panel": lambda screen: screen.cycle_panel(1),
    "previous-panel": lambda screen: screen.cycle_panel(-1),
    "overview": lambda screen: screen.focus_panel(Place.FLEET, alone=False),
    "containers": lambda screen: screen.focus_panel(Place.FLEET),
    "disks": lambda screen: screen.focus_panel(Place.DISKS),
    "models": lambda screen: screen.focus_panel(Place.MODELS),
    "advice": lambda screen: screen.focus_panel(Place.ADVICE),
    "journal": lambda screen: screen.bookkeeping.show(),
    "timeline": lambda screen: screen.chronicling.show(),
    "maximise": MainScreen.toggle_alone,
    "filter": MainScreen.open_filter,
    "problems": MainScreen.toggle_problems,
    "sort": MainScreen.pick_sort,
    "sort-previous": lambda screen: screen.step_sort(-1),
    "sort-next": lambda screen: screen.step_sort(1),
    "group": MainScreen.next_grouping,
    "details": MainScreen.toggle_details,
    "why": MainScreen.toggle_why,
    "export": lambda screen: screen.clipping.pick(),
    "silence": lambda screen: screen.silencing.pick(),
    "logs": MainScreen.show_logs,
    "cursor": MainScreen.toggle_cursor,
    "window": MainScreen.next_window,
    "follow": MainScreen.toggle_follow,
    "hold": lambda screen: screen.time.pause_or_play(),
    "step-back": lambda screen: screen.time.step(-1),
    "step-on": lambda screen: screen.time.step(1),
    "event-back": lambda screen: screen.time.to_event(back=True),
    "event-on": lambda screen: screen.time.to_event(back=False),
    "go-to-time": lambda screen: screen.chronicling.ask_time(),
    "live": lambda screen: screen.time.live(),
    "incident": lambda screen: screen.incident.pressed(),
    "note": lambda screen: screen.chronicling.ask_note(),
    "yank": MainScreen.yank,
    "theme": lambda screen: screen.say(f"Theme: {screen.owner.next_theme()}", Tone.MUTED),
    "lease": lambda screen: screen.changes.turn_lease(),
    "faster": lambda screen: screen.step_interval(-1),
    "slower": lambda screen: screen.step_interval(1),
    "refresh": lambda screen: screen.board.desk.feed.refresh_now(),
    "redraw": lambda screen: screen.owner.redraw_all(),
    "actions": MainScreen.open_actions,
    "palette": lambda screen: screen.owner.action_command_palette(),
    "help": MainScreen.show_help,
    "back": MainScreen.back,
    "quit": MainScreen.leave,
}
