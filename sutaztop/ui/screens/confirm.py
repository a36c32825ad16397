"""The last step before a change: what, on which engine, from what to what, and what could go wrong."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from sutaztop.contracts import Clock
from sutaztop.domain.change import Plan, Refusal
from sutaztop.render.cells import Line, Tone
from sutaztop.render.paragraph import labelled
from sutaztop.render.preview import preview_lines, refusal_lines
from sutaztop.ui.screens.dialog import DeafAtFirst, Dialog
from sutaztop.ui.widgets.choice import Choice
from sutaztop.ui.widgets.text_input import TypedName
from sutaztop.ui.widgets.text_pane import TextPane


class ConfirmScreen(Dialog[bool]):
    """Asks whether a plan is to be carried out; gives ``True`` for yes and ``False`` for all else.

    Cancel has the focus, so Enter alone never applies. ``y`` applies; where the plan wants the
    name typed, ``y`` goes to the field, and only the whole name typed by hand counts.
    """

    DEFAULT_CSS = """
    ConfirmScreen #name { margin: 0 0 0 13; width: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "apply", show=False),
        Binding("n", "decline", show=False),
        Binding("up,k", "scroll_words(-1)", show=False),
        Binding("down,j", "scroll_words(1)", show=False),
    ]

    def __init__(self, plan: Plan, *, clock: Clock) -> None:
        super().__init__(plan.title, self._write)
        self.plan = plan
        self._clock = clock
        self._guard = DeafAtFirst(clock)
        self.extra_rows = 1 if plan.typed_name else 0

    def _write(self, width: int) -> Sequence[Line]:
        lines = preview_lines(self.plan, width)
        if self.plan.typed_name:
            lines.append(())
            lines.extend(labelled("type", f"{self.plan.typed_name}  to apply this", width, tone=Tone.WARNING))
        return lines

    def compose_middle(self) -> Iterable[Widget]:
        """Give the field for the name, where it must be typed."""
        if self.plan.typed_name:
            yield TypedName(id="name")

    def answers(self) -> Iterable[Widget]:
        """Give Cancel first."""
        apply = Choice("Apply (y)", id="apply")
        apply.disabled = bool(self.plan.typed_name)
        return Choice("Cancel", id="cancel"), apply

    def on_mount(self) -> None:
        """Begin on Cancel, deaf: the time runs from when it is seen."""
        self.query_one("#cancel").focus()
        self._guard = DeafAtFirst(self._clock)

    def _is_named(self) -> bool:
        return not self.plan.typed_name or self.query_one("#name", TypedName).value.strip() == self.plan.typed_name

    @on(Input.Changed, "#name")
    def allow_apply(self) -> None:
        """Let Apply be reached once the name stands there whole."""
        self.query_one("#apply", Choice).disabled = not self._is_named()

    @on(Input.Submitted, "#name")
    def submit_name(self) -> None:
        """Take Enter in the field as yes if the name is right."""
        if self._is_named():
            self.action_apply()

    @on(Choice.Chosen)
    def answer(self, event: Choice.Chosen) -> None:
        """Carry out the chosen answer."""
        if event.choice.id == "apply":
            self.action_apply()
        else:
            self.action_decline()

    def action_apply(self) -> None:
        """Say yes, if this may be heard and the name was typed where it must be."""
        if not self._guard.hears():
            return
        if self._is_named():
            self.dismiss(result=True)
        else:
            self.query_one("#name").focus()

    def action_decline(self) -> None:
        """Say no."""
        if self._guard.hears():
            self.dismiss(result=False)

    def action_cancel(self) -> None:
        """Say no; this is always heard."""
        self.dismiss(result=False)

    def action_scroll_words(self, direction: int) -> None:
        """Scroll the words where they are longer than the screen."""
        self.query_one("#words", TextPane).scroll_lines(direction)


class RefusalScreen(Dialog[bool]):
    """Says why nothing is done: the rule, the numbers, what to try. ``True`` is the wish to override it.

    Overriding is no key of its own: it is reached with Tab, and the plan that follows wants the name typed.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("q,n,y", "cancel", show=False)]

    def __init__(self, title: str, refusal: Refusal) -> None:
        super().__init__(title, lambda width: refusal_lines(refusal, width))
        self._overridable = refusal.overridable

    def answers(self) -> Iterable[Widget]:
        """Give the way back first."""
        close = Choice("Close", id="close")
        return (close, Choice("Override …", id="override")) if self._overridable else (close,)

    def on_mount(self) -> None:
        """Begin on the way back."""
        self.query_one("#close").focus()

    @on(Choice.Chosen)
    def answer(self, event: Choice.Chosen) -> None:
        """Go back, or ask for the plan all the same."""
        self.dismiss(event.choice.id == "override")
