"""A line to type into. Its cursor does not blink: blinking costs 2.6 KB a second on the wire."""

from textual import events
from textual.widgets import Input
from textual.widgets.input import Selection


class TextInput(Input):
    """A quiet input of one row; every letter is text here."""

    DEFAULT_CSS = """
    TextInput { height: 1; border: none; padding: 0; background: $panel; }
    TextInput:focus { border: none; background: $block-cursor-background; color: $block-cursor-foreground; }
    """

    def __init__(
        self,
        value: str = "",
        *,
        id: str | None = None,  # noqa: A002 - Textual's own name
        select_on_focus: bool = False,
    ) -> None:
        super().__init__(value, id=id, compact=True, select_on_focus=select_on_focus)
        self.cursor_blink = False

    def begin(self, text: str) -> None:
        """Begin to type with a text that stands there, chosen whole: a letter replaces it, an arrow keeps it."""
        self.value = text
        self.selection = Selection(0, len(text))
        self.focus()


class TypedName(TextInput):
    """A name that must be typed by hand: it takes no paste, because a paste proves no thought."""

    def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()

    def action_paste(self) -> None:
        """Take nothing from the clipboard either."""
