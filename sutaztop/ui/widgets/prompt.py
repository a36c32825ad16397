"""The line where a filter is typed: every letter is text, and what is wrong with it is said beside it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.containers import Horizontal
from textual.message import Message

from sutaztop.render.cells import Span, Tone, cell_width, fit
from sutaztop.render.footer import Hint
from sutaztop.ui.widgets.lines import Drawn, Lines

if TYPE_CHECKING:
    from textual.widgets import Input

FILTER_HINTS = (Hint("Enter", "keep the filter"), Hint("Esc", "go back to the one before"))
"""The keys that count while a filter is typed."""


class PromptWords(Lines):
    """Words beside the line."""

    def __init__(self, words: str, tone: Tone, *, id: str) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.words, self.tone = words, tone

    def draw(self, width: int, height: int) -> Sequence[Drawn]:
        """Draw them, cut to the width."""
        del height
        return [Drawn((Span(fit(f" {self.words}", width), self.tone),))]


class FilterPrompt(Horizontal):
    """Asks for a filter; the rows follow while it is typed."""

    DEFAULT_CSS: ClassVar[str] = """
    FilterPrompt { height: 1; background: $background; }
    FilterPrompt #filter-text { width: 2fr; }
    FilterPrompt #filter-error { width: 3fr; }
    """

    class Typed(Message):
        """The text changed."""

        def __init__(self, text: str) -> None:
            self.text = text
            super().__init__()

    class Left(Message):
        """The line was left; ``kept`` is whether what was typed counts."""

        def __init__(self, *, kept: bool) -> None:
            self.kept = kept
            super().__init__()

    def __init__(
        self,
        *,
        id: str,  # noqa: A002 - Textual's own name
        label: str = "filter /",
        words: str = "words · !word · key:value · Enter keeps, Esc undoes",
    ) -> None:
        super().__init__(id=id)
        self._label = label
        self._words = words

    def furnish(self) -> None:
        """Put the label, the line and room for an error in place, where they are not: nobody filters at the start."""
        if not self.children:
            from sutaztop.ui.widgets.text_input import TextInput

            label = PromptWords(self._label, Tone.KEY, id="filter-key")
            label.styles.width = cell_width(self._label) + 1
            self.mount(label, TextInput(id="filter-text"), PromptWords(self._words, Tone.MUTED, id="filter-error"))

    def open(self, text: str) -> None:
        """Begin to type, with what is filtered now."""
        from sutaztop.ui.widgets.text_input import TextInput

        self.furnish()
        self.query_one("#filter-text", TextInput).begin(text)

    def complain(self, words: str) -> None:
        """Say what is wrong with the filter, or nothing."""
        if not words and not self.children:
            return
        self.furnish()
        beside = self.query_one("#filter-error", PromptWords)
        beside.words = words or self._words
        beside.tone = Tone.WARNING if words else Tone.MUTED
        beside.redraw()

    def on_input_changed(self, event: "Input.Changed") -> None:
        """Tell what stands there now."""
        event.stop()
        self.post_message(self.Typed(event.value))

    def on_input_submitted(self, event: "Input.Submitted") -> None:
        """Leave and keep."""
        event.stop()
        self.post_message(self.Left(kept=True))

    def on_key(self, event: events.Key) -> None:
        """Leave without keeping; Tab leads nowhere else, or what is typed next would be commands."""
        if event.key in ("escape", "tab", "shift+tab"):
            event.stop()
            event.prevent_default()
        if event.key == "escape":
            self.post_message(self.Left(kept=False))
