"""What all dialogs share: a frame with a title, words that scroll, answers beneath, and deaf first moments."""

from collections.abc import Iterable
from typing import ClassVar, Generic, TypeVar

from rich.text import Text as RichText
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widget import Widget

from sutaztop.contracts import Clock
from sutaztop.render.boxes import ascii_line
from sutaztop.render.cells import Span
from sutaztop.render.graphs import Glyphs
from sutaztop.ui.widgets.text_pane import Text, TextPane

Answer = TypeVar("Answer")

DEAF_NS = 400_000_000
"""Keys are not heard this long after opening: the finger that opened a dialog may still be on its key."""
_WIDEST = 84
_DIM = 0.7
_FRAME_ROWS = 2


class Dialog(ModalScreen[Answer], Generic[Answer]):
    """A framed dialog. ``extra_rows`` are those of the widgets between words and answers."""

    DEFAULT_CSS = """
    Dialog { align: center middle; }
    Dialog #dialog {
        height: auto; width: 84; padding: 0 1;
        border: round $sutaz-border; border-title-color: $primary; border-title-style: bold; background: $background;
    }
    Dialog.-ascii #dialog { border: ascii $sutaz-border; }
    Dialog #words { height: auto; }
    Dialog #answers { height: 1; align-horizontal: center; margin-top: 1; background: $background; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", show=False),
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
    ]

    def __init__(self, title: str, words: Text) -> None:
        super().__init__()
        self._title = title
        self._words = words

    def compose(self) -> ComposeResult:
        """Put words above answers."""
        with Vertical(id="dialog"):
            yield TextPane(self._words, id="words", can_focus=self.words_can_focus)
            yield from self.compose_middle()
            yield Horizontal(*self.answers(), id="answers")

    words_can_focus: ClassVar[bool] = False
    extra_rows = 0

    def compose_middle(self) -> Iterable[Widget]:
        """Give what stands between words and answers."""
        return ()

    def answers(self) -> Iterable[Widget]:
        """Give the answers; the first has the focus."""
        raise NotImplementedError

    def on_mount(self) -> None:
        """Set the title; it comes from outside and is never parsed."""
        ascii_only = self.query_one("#words", TextPane).glyphs is Glyphs.ASCII
        self.set_class(ascii_only, "-ascii")
        if not self.app.current_theme.ansi:
            # What lies beneath stays in sight, dimmed. Here and not in the rules above, because an
            # app's rule for all screens outweighs them. Sixteen colours can't be mixed.
            self.styles.background = self.background_colors[1].with_alpha(_DIM)
        title = ascii_line((Span(self._title),))[0].text if ascii_only else self._title
        self.query_one("#dialog").border_title = RichText(title, end="")
        self._settle()

    def on_resize(self, event: events.Resize) -> None:
        """Leave the answers in sight on any screen: the words scroll instead."""
        del event
        self._settle()

    def _settle(self) -> None:
        width, height = self.app.size
        box = min(_WIDEST, width)
        rows = max(1, height - _FRAME_ROWS - 2 - self.extra_rows)
        self.query_one("#dialog").styles.width = box
        self.query_one("#words").styles.max_height = rows

    def action_cancel(self) -> None:
        """Leave without an answer; this is always heard."""
        self.dismiss(None)


class DeafAtFirst:
    """Tells whether a key may be heard: not within 400 ms of opening, nor within 400 ms of one that was not.

    The second half keeps a key that is held down from getting through when the time is over.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._deaf_until_ns = clock.monotonic_ns() + DEAF_NS

    def hears(self) -> bool:
        """Tell, and begin anew when the answer is no."""
        now = self._clock.monotonic_ns()
        if now < self._deaf_until_ns:
            self._deaf_until_ns = now + DEAF_NS
            return False
        return True
