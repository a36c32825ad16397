"""The pane about one container: charts, facts and its log, opened without reloading anything."""

from collections.abc import Callable, Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container as Box

from sutaztop.contracts.recording import Recording
from sutaztop.domain.frame import Frame
from sutaztop.domain.profile import Profile
from sutaztop.render.details import Asked
from sutaztop.render.footer import Hint
from sutaztop.ui.desk import Looker
from sutaztop.ui.messages import AroundWanted, PaneKeysChanged
from sutaztop.ui.widgets.cursor import CURSOR_HINTS, WHOLE_WAY, begin_cursor, move_cursor, next_spike, wider_window
from sutaztop.ui.widgets.pane_body import PaneBody
from sutaztop.ui.widgets.prompt import FILTER_HINTS, FilterPrompt
from sutaztop.ui.widgets.watch import Watch

if TYPE_CHECKING:
    from textual.timer import Timer

_POLL_SECONDS = 0.2
_WHEEL_LINES = 3


class DetailsPane(Box, can_focus=True):
    """Shows one container, by its id: it stays with it over restarts and says when it is gone.

    Mounted once and hidden by ``display``; ``close_streams`` when it is hidden, so that nothing
    is read that nobody sees. ``engine`` may be missing: then there is no log, and it says so.
    """

    DEFAULT_CSS: ClassVar[str] = """
    DetailsPane { layout: vertical; background: $background; }
    DetailsPane PaneBody { height: 1fr; }
    DetailsPane FilterPrompt { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "read(1)", show=False),
        Binding("k,up", "read(-1)", show=False),
        Binding("pagedown", "read_page(1)", show=False),
        Binding("pageup", "read_page(-1)", show=False),
        Binding("g,home", "read_end(-1)", show=False),
        Binding("G,end", "read_end(1)", show=False),
        Binding("left", "cursor(-1)", show=False),
        Binding("right", "cursor(1)", show=False),
        Binding("shift+left", "cursor(-10)", show=False),
        Binding("shift+right", "cursor(10)", show=False),
        Binding("circumflex_accent", "spike", "cursor to the highest CPU, then memory, then throttling", show=False),
        Binding("enter", "around", "what was written around the instant under the cursor", show=False),
        Binding("t", "next_window", "span of the charts", show=False),
        Binding("e", "toggle_environment", "values of the environment", show=False),
        Binding("l", "toggle_logs", "log or facts", show=False),
        Binding("w", "toggle_wrap", "wrap or cut log lines", show=False),
        Binding("space", "hold", "hold the log, or follow", show=False),
        Binding("slash", "filter_log", "filter the log", show=False),
        Binding("escape", "clear_filter", "all lines of the log", show=False),
    ]

    def __init__(
        self,
        engine: Looker | None = None,
        *,
        id: str | None = None,  # noqa: A002 - Textual's own name
        zone: tzinfo | None = None,
        profile: Profile | None = None,
        recording: Callable[[], Recording] | None = None,
    ) -> None:
        super().__init__(id=id)
        self.body = PaneBody(zone, profile or Profile(), recording)
        self._watch = Watch(engine)
        self._before_filter = ""
        self._poll: Timer | None = None

    def compose(self) -> ComposeResult:
        """Give the body, and the line for the log's filter."""
        yield self.body
        yield FilterPrompt(
            id="log-filter", label="log /", words="words · !word · /regex/ · !/regex/ · Enter keeps, Esc undoes"
        )

    def on_mount(self) -> None:
        """Look for news of the log a few times a second: a flood is painted in batches."""
        self._poll = self.set_interval(_POLL_SECONDS, self.poll, pause=not self._watch.is_open)

    # --- what is shown ------------------------------------------------------------------------

    def show(self, container_id: str) -> None:
        """Show a container; the same again changes nothing."""
        if container_id == self.body.container_id and self._watch.is_open:
            return
        body = self.body
        if container_id != body.container_id:
            body.container_id = container_id
            body.facts_top = 0
            body.asked = Asked()
            body.cursor, body.spike_of = None, ""
        body.book.clear()
        self._watch.open(container_id)
        if self._poll is not None:
            self._poll.resume()
        body.redraw()

    def feed(self, frame: Frame) -> None:
        """Take a newer frame."""
        self.body.frame = frame
        if self._watch.keep_up(frame):
            self.body.book.clear()
        self.body.redraw()

    def show_logs(self) -> None:
        """Give the log the room."""
        self.body.log_first = True
        self.body.cursor = None
        self.ask_why(on=False)
        self.body.redraw()

    def ask_why(self, *, on: bool) -> None:
        """Give the room to the decision about the container, or back to the facts."""
        if on:
            self.body.cursor = None
        if on != self.body.asks_why:
            self.body.asks_why = on
            self.body.facts_top = 0
            self.body.redraw()
            self.post_message(PaneKeysChanged())

    def close_streams(self) -> None:
        """Stop reading the log; twice is fine. ``show`` begins again."""
        self._watch.close()
        self.body.marks.close()
        if self._poll is not None:
            self._poll.pause()
        self.body.log_first = False
        self.body.asks_why = False
        self.body.cursor, self.body.spike_of = None, ""
        self.body.asked = Asked()
        self._end_typing()

    def poll(self) -> None:
        """Take what the log's thread has read."""
        if not self._watch.is_open:
            return
        body = self.body
        batch, kernel = self._watch.take()
        changed = body.book.add(batch)
        if kernel != body.asked.kernel:
            body.asked = Asked(body.asked.environment, kernel)
            changed = True
        if changed:
            body.redraw()

    # --- keys -----------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave keys to the screen where they mean nothing here: Esc without a filter, ``/`` and w without a log."""
        del parameters
        has_cursor = self.body.cursor is not None
        if action in ("cursor", "spike", "around"):
            return has_cursor
        if action == "clear_filter":
            return has_cursor or bool(self.body.book.filter_text) or self._is_typing
        if action in ("filter_log", "toggle_wrap"):
            return self.body.log_first and not self.body.asks_why
        return True

    def hints(self) -> Sequence[Hint]:
        """Give the keys that count here, for the footer."""
        if self._is_typing:
            return FILTER_HINTS
        book = self.body.book
        if self.body.cursor is not None:
            return CURSOR_HINTS
        if self.body.asks_why:
            return (Hint("Esc", "close"), Hint("↑↓", "read"), Hint("w", "facts"), Hint("l", "log"), Hint("t", "span"),
                    Hint("Tab", "panels"))  # fmt: skip
        if not self.body.log_first:
            return (Hint("Esc", "close"), Hint("↑↓", "read"), Hint("l", "log"), Hint("t", "span"),
                    Hint("w", "why"), Hint("e", "environment"), Hint("Tab", "panels"))  # fmt: skip
        return (
            Hint("Esc", "all lines" if book.filter_text else "close"), Hint("/", "filter the log"),
            Hint("Space", "hold or follow"), Hint("w", "wrap"), Hint("l", "facts"), Hint("↑↓", "read"),
        )  # fmt: skip

    @property
    def _is_typing(self) -> bool:
        return bool(self.is_mounted and self.query_one(FilterPrompt).display)

    # --- the cursor on the charts -----------------------------------------------------------------

    def toggle_cursor(self) -> None:
        """Put a cursor on the charts, at the highest point of the span, or take it away."""
        if self.body.cursor is not None:
            self.body.cursor, self.body.spike_of = None, ""
        else:
            self.ask_why(on=False)
            begin_cursor(self.body)
        self.body.redraw()
        self.post_message(PaneKeysChanged())

    def action_cursor(self, cells: int) -> None:
        """Move the cursor by cells."""
        move_cursor(self.body, cells)
        self.body.redraw()

    def action_spike(self) -> None:
        """Put the cursor on the highest point of the next figure."""
        next_spike(self.body)
        self.body.redraw()

    def action_around(self) -> None:
        """Ask for the lines around the instant."""
        if self.body.cursor is not None:
            self.post_message(AroundWanted(self.body.container_id, self.body.cursor))

    # --- reading ----------------------------------------------------------------------------------

    def action_read(self, by: int) -> None:
        """Scroll the log where it has the room, else the facts."""
        if self.body.log_first and not self.body.asks_why and self.body.cursor is None:
            self.body.book.scroll(by)
        else:
            self.body.facts_top = max(0, self.body.facts_top + by)
        self.body.redraw()

    def action_read_page(self, pages: int) -> None:
        """Scroll a page, one line of it kept; move the cursor by ten cells where there is one."""
        if self.body.cursor is not None:
            self.action_cursor(10 * pages)
            return
        room = self.body.size.height // 2 if self.body.log_first else self.body.facts_height
        self.action_read(pages * max(1, room - 1))

    def action_read_end(self, direction: int) -> None:
        """Go to the first or the last line, or cell."""
        if self.body.cursor is not None:
            self.action_cursor(direction * WHOLE_WAY)
            return
        self.action_read(direction * 1_000_000)

    def action_next_window(self) -> None:
        """Take the next span of the charts."""
        wider_window(self.body)
        self.body.redraw()

    def action_toggle_environment(self) -> None:
        """Show the environment's values, or hide them; another container begins hidden."""
        asked = self.body.asked
        self.body.asked = Asked(not asked.environment, asked.kernel)
        self.body.redraw()

    def action_toggle_logs(self) -> None:
        """Give the room to the log, or back to the facts."""
        self.body.log_first = self.body.asks_why or self.body.cursor is not None or not self.body.log_first
        self.body.cursor = None
        self.ask_why(on=False)
        self.body.redraw()
        self.post_message(PaneKeysChanged())

    def action_toggle_wrap(self) -> None:
        """Wrap long lines of the log, or cut them."""
        self.body.book.wrapped = not self.body.book.wrapped
        self.body.redraw()

    def action_hold(self) -> None:
        """Hold the log where it is, or follow it again."""
        self.body.book.hold()
        self.body.redraw()

    # --- the log's filter -----------------------------------------------------------------------

    def action_filter_log(self) -> None:
        """Begin to type a filter."""
        self._before_filter = self.body.book.filter_text
        line = self.query_one(FilterPrompt)
        line.display = True
        line.open(self._before_filter)
        self.post_message(PaneKeysChanged())

    def action_clear_filter(self) -> None:
        """Take the cursor away where there is one, else show all lines again."""
        if self.body.cursor is not None:
            self.toggle_cursor()
            return
        self.body.book.filter("")
        self._end_typing()
        self.body.redraw()
        self.post_message(PaneKeysChanged())

    @on(FilterPrompt.Typed)
    def filter_while_typing(self, event: FilterPrompt.Typed) -> None:
        """Filter as it is typed."""
        event.stop()
        if self._is_typing:
            self.body.book.filter(event.text)
            self.body.redraw()

    @on(FilterPrompt.Left)
    def leave_filter(self, event: FilterPrompt.Left) -> None:
        """Keep the filter, or take the one before, and go back to the pane."""
        event.stop()
        if not event.kept:
            self.body.book.filter(self._before_filter)
            self.body.redraw()
        self._end_typing()
        self.post_message(PaneKeysChanged())

    def _end_typing(self) -> None:
        if self._is_typing:
            self.query_one(FilterPrompt).display = False
            self.focus()

    # --- focus and mouse --------------------------------------------------------------------------

    def watch_has_focus(self, _has_focus: bool) -> None:  # noqa: FBT001 - Textual's own signature
        """Mark the pane while keys go to it."""
        super().watch_has_focus(_has_focus)
        self.body.active = _has_focus
        self.body.redraw()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll with the wheel."""
        event.stop()
        self.action_read(_WHEEL_LINES)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll with the wheel."""
        event.stop()
        self.action_read(-_WHEEL_LINES)
