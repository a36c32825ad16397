"""The help, made from the live table of commands: it can't tell of a key that does not exist."""

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget

from sutaztop.render.help import HelpEntry, help_lines
from sutaztop.ui.commands import Command, Danger
from sutaztop.ui.panels.details import DetailsPane
from sutaztop.ui.screens.around import AroundScreen
from sutaztop.ui.screens.dialog import Dialog
from sutaztop.ui.widgets.choice import Choice


def help_entries(commands: Sequence[Command], why_not: Callable[[Command], str]) -> list[HelpEntry]:
    """Give every command, and the keys that count in the details pane and around an instant alone."""
    places = (("In the details", DetailsPane.BINDINGS), ("In the log around an instant", AroundScreen.BINDINGS))
    local = [
        Command(binding.action, tuple(binding.key.split(",")), "", binding.description, place, danger=Danger.SAFE)
        for place, bindings in places
        for binding in bindings
        if isinstance(binding, Binding) and binding.description
    ]
    entries = [HelpEntry(it.group, it.key_text, it.text, it.is_dangerous, why_not(it)) for it in commands]
    return entries + [HelpEntry(it.group, it.key_text, it.text) for it in local]


class HelpScreen(Dialog[None]):
    """Shows the help; any of Esc, q, ? and Enter closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("q,question_mark", "cancel", show=False)]
    words_can_focus = True

    def __init__(
        self,
        commands: Sequence[Command],
        why_not: Callable[[Command], str] = lambda _: "",
        first: Sequence[str] = (),
    ) -> None:
        entries = help_entries(commands, why_not)
        super().__init__("Help", lambda width: help_lines(entries, width, first=first))

    def answers(self) -> Iterable[Widget]:
        """Give the way back; the words have the keys, so that they scroll."""
        return (Choice("Close", id="close"),)

    def on_mount(self) -> None:
        """Begin at the words."""
        self.query_one("#words").focus()

    def key_enter(self) -> None:
        """Close."""
        self.action_cancel()

    @on(Choice.Chosen)
    def close(self) -> None:
        """Close."""
        self.action_cancel()
