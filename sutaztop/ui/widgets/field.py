"""A labelled line for one quantity: typed or stepped, with a hint beside it."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal

from sutaztop.render.cells import Span, Tone, fit
from sutaztop.ui.widgets.lines import Drawn, Lines
from sutaztop.ui.widgets.text_input import TextInput


class Note(Lines):
    """Words beside or beneath a field."""

    def __init__(self, text: str, tone: Tone, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._text, self._tone = text, tone

    def say(self, text: str, tone: Tone) -> None:
        """Take other words."""
        self._text, self._tone = text, tone
        self.redraw()

    def draw(self, width: int, height: int) -> Sequence[Drawn]:
        """Draw them."""
        del height
        return [Drawn((Span(fit(self._text, width), self._tone),))]


class Field(Horizontal):
    """A labelled line for one quantity, with what is wrong about it at its right.

    An empty field leaves the figure as it is. ``step`` gives the value one step up or down.
    """

    DEFAULT_CSS: ClassVar[str] = """
    Field { height: 1; }
    Field .label { width: 13; }
    Field TextInput { width: 14; }
    Field .note { width: 1fr; margin-left: 2; }
    """

    def __init__(  # noqa: PLR0913 - a label, a text, and what can be done with it
        self,
        label: str,
        text: str,
        *,
        read: Callable[[str], object],
        step: Callable[[str, int], str],
        hint: str,
        id: str,  # noqa: A002 - Textual's own name
    ) -> None:
        super().__init__(id=id)
        self._label, self._text, self._hint = label, text, hint
        self._read, self._step = read, step

    def compose(self) -> ComposeResult:
        """Give label, line and note."""
        label = Note(self._label, Tone.MUTED)
        label.add_class("label")
        yield label
        yield TextInput(self._text, select_on_focus=True)
        note = Note(self._hint, Tone.MUTED)
        note.add_class("note")
        yield note

    @property
    def text(self) -> str:
        """What stands in the line."""
        return self.query_one(TextInput).value.strip()

    def trouble(self) -> str:
        """Say what is wrong with it, or nothing; the hint beside it stands out while something is."""
        trouble = ""
        try:
            if self.text:
                self._read(self.text)
        except ValueError as error:
            trouble = str(error)
        self.query_one(".note", Note).say(self._hint, Tone.WARNING if trouble else Tone.MUTED)
        return trouble

    def on_key(self, event: events.Key) -> None:
        """Step with the arrows; all else is the line's."""
        if event.key in ("up", "down"):
            event.stop()
            event.prevent_default()
            line = self.query_one(TextInput)
            try:
                line.value = self._step(self.text, 1 if event.key == "up" else -1)
            except ValueError:
                # What stands there is no number: the note beside it says so already.
                return
            line.cursor_position = len(line.value)
