"""The last step before a change: what, on which engine, from what to what, and what could go wrong."""

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from sutaztop.contracts import Clock
from sutaztop.domain.change import Plan, Refusal
from sutaztop.domain.quantity import Seconds, span_words
from sutaztop.render.cells import Line, Tone
from sutaztop.render.paragraph import labelled
from sutaztop.render.preview import preview_lines, refusal_lines
from sutaztop.ui.screens.dialog import DeafAtFirst, Dialog
from sutaztop.ui.widgets.choice import Choice
from sutaztop.ui.widgets.text_input import TypedName
from sutaztop.ui.widgets.text_pane import TextPane


class ConfirmScreen(Dialog[bool | Seconds]):
    """Asks whether a plan is to be carried out; gives ``True`` for yes and ``False`` for all else.

    Cancel has the focus, so Enter alone never applies. ``y`` applies; where the plan wants the
    name typed, ``y`` goes to the field, and only the whole name typed by hand counts. ``b`` borrows, where a
    time to ``borrow`` for is given: the answer is then that time. ``why_not_borrow`` says why it is not.
    """

    DEFAULT_CSS = """
    ConfirmScreen #name { margin: 0 0 0 13; width: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "apply", show=False),
        Binding("b", "borrow", show=False),
        Binding("n", "decline", show=False),
        Binding("up,k", "scroll_words(-1)", show=False),
        Binding("down,j", "scroll_words(1)", show=False),
    ]

    def __init__(self, plan: Plan, *, clock: Clock, borrow: Seconds | None = None, why_not_borrow: str = "") -> None:
        super().__init__(plan.title, self._write)
        self.plan = plan
        self.borrow = borrow
        self._why_not_borrow = why_not_borrow
        self._clock = clock
        self._guard = DeafAtFirst(clock)
        self.extra_rows = 1 if plan.typed_name else 0

    def _write(self, width: int) -> Sequence[Line]:
        lines = preview_lines(self.plan, width)
        if self.borrow is not None:
            words = f"b applies it for {span_words(self.borrow)}; it comes back by itself unless kept"
            lines.extend(labelled("borrow", words, width))
        elif self._why_not_borrow:
            lines.extend(labelled("borrow", f"not possible: {self._why_not_borrow}", width, tone=Tone.MUTED))
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
        ways = [Choice("Apply (y)", id="apply")]
        if self.borrow is not None:
            ways.append(Choice(f"Borrow {span_words(self.borrow)} (b)", id="borrow"))
        for way in ways:
            way.disabled = bool(self.plan.typed_name)
        return Choice("Cancel", id="cancel"), *ways

    def on_mount(self) -> None:
        """Begin on Cancel, deaf: the time runs from when it is seen."""
        self.query_one("#cancel").focus()
        self._guard = DeafAtFirst(self._clock)

    def _is_named(self) -> bool:
        return not self.plan.typed_name or self.query_one("#name", TypedName).value.strip() == self.plan.typed_name

    @on(Input.Changed, "#name")
    def allow_apply(self) -> None:
        """Let Apply be reached once the name stands there whole."""
        for way in self.query("#apply, #borrow").results(Choice):
            way.disabled = not self._is_named()

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
        elif event.choice.id == "borrow":
            self.action_borrow()
        else:
            self.action_decline()

    def action_apply(self) -> None:
        """Say yes, if this may be heard and the name was typed where it must be."""
        self._agree(answer=True)

    def action_borrow(self) -> None:
        """Say yes for a while, on the same terms."""
        if self.borrow is not None:
            self._agree(answer=self.borrow)

    def _agree(self, *, answer: bool | Seconds) -> None:
        if not self._guard.hears():
            return
        if self._is_named():
            self.dismiss(result=answer)
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


class KeepScreen(Dialog[bool]):
    """Asks whether a borrowed or unfinished change is to be let stand; ``True`` for yes, with Cancel in focus."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "keep", show=False),
        Binding("n", "cancel", show=False),
    ]

    def __init__(self, words: Callable[[int], Sequence[Line]], *, clock: Clock) -> None:
        super().__init__("Let it stand?", words)
        self._clock = clock
        self._guard = DeafAtFirst(clock)

    def answers(self) -> Iterable[Widget]:
        """Give Cancel first."""
        return Choice("Cancel", id="cancel"), Choice("Keep (y)", id="keep")

    def on_mount(self) -> None:
        """Begin on Cancel, deaf: the time runs from when it is seen."""
        self.query_one("#cancel").focus()
        self._guard = DeafAtFirst(self._clock)

    @on(Choice.Chosen)
    def answer(self, event: Choice.Chosen) -> None:
        """Carry out the chosen answer."""
        if event.choice.id == "keep":
            self.action_keep()
        else:
            self.action_cancel()

    def action_keep(self) -> None:
        """Say yes, if this may be heard."""
        if self._guard.hears():
            self.dismiss(result=True)
