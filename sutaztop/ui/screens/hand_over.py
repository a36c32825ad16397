"""Handing a workload to the autopilot, and taking it back: asked first, for what follows is asked no more."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget

from sutaztop.contracts import Clock
from sutaztop.domain.snapshot import ContainerSnapshot
from sutaztop.render.cells import Line, Span, Tone
from sutaztop.render.paragraph import wrap
from sutaztop.ui.pilot import Pilot
from sutaztop.ui.screens.dialog import DeafAtFirst, Dialog
from sutaztop.ui.widgets.choice import Choice

if TYPE_CHECKING:
    from sutaztop.actions.autopilot import Seen

_WORDS = """\
Every 15 seconds it is decided what {name} needs, as in Do next, and that is done without asking again: limits up, replicas up and down.
Guardrails, the journal and undo hold as for a key; what wants a name typed stays with you. Limits are never lowered, and nothing is stopped or unloaded.
It ends when you take it back in this menu, or leave the screen. Without one: sutaztop autoscale.
"""  # noqa: E501 - a paragraph is a line


class HandOverScreen(Dialog[bool]):
    """Asks whether the autopilot shall see to a workload; ``True`` for yes, with Cancel in focus."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "agree", show=False),
        Binding("n", "cancel", show=False),
    ]

    def __init__(self, name: str, *, clock: Clock) -> None:
        super().__init__(f"Autopilot for {name}?", _written(name))
        self._clock = clock
        self._guard = DeafAtFirst(clock)

    def answers(self) -> Iterable[Widget]:
        """Give Cancel first."""
        return Choice("Cancel", id="cancel"), Choice("Hand it over (y)", id="agree")

    def on_mount(self) -> None:
        """Begin on Cancel, deaf: the time runs from when it is seen."""
        self.query_one("#cancel").focus()
        self._guard = DeafAtFirst(self._clock)

    @on(Choice.Chosen)
    def answer(self, event: Choice.Chosen) -> None:
        """Carry out the chosen answer."""
        if event.choice.id == "agree":
            self.action_agree()
        else:
            self.action_cancel()

    def action_agree(self) -> None:
        """Say yes, if this may be heard."""
        if self._guard.hears():
            self.dismiss(result=True)


def _written(name: str) -> Callable[[int], Sequence[Line]]:
    def words(width: int) -> list[Line]:
        lines: list[Line] = []
        for sentence in _WORDS.splitlines():
            lines += [(Span(row),) for row in wrap(sentence.format(name=name), width)]
            lines.append(())
        return lines[:-1]

    return words


def told(seen: "Sequence[Seen]") -> tuple[str, Tone]:
    """Say in a line what the autopilot did, or what it would not do; nothing where there was nothing to do."""
    from sutaztop.actions.autopilot import Deed

    tones = {Deed.DONE: Tone.OK, Deed.LEFT: Tone.WARNING, Deed.FAILED: Tone.CRITICAL}
    parts = [it for it in seen if it.deed in tones]
    if not parts:
        return "", Tone.PLAIN
    worst = max(parts, key=lambda it: list(tones).index(it.deed))
    return "; ".join(f"Autopilot, {it.deed.value}: {it.message}" for it in parts), tones[worst.deed]


def hand_over(
    pilot: Pilot,
    found: ContainerSnapshot,
    *,
    clock: Clock,
    ask: Callable[[HandOverScreen, Callable[[bool | None], None]], None],
    say: Callable[[str, Tone], None],
) -> None:
    """Hand a container to the autopilot, once that is agreed to; take it back at once."""
    name = found.display_name or found.container.name
    if pilot.sees_to(found):
        pilot.release(found)
        say(f"The autopilot no longer sees to {name}.", Tone.MUTED)
        return

    def agreed(yes: bool | None) -> None:  # noqa: FBT001 - a dialog's answer
        why_not = pilot.take(found) if yes else "cancelled"
        words = f"The autopilot sees to {name} now" if not why_not else f"No autopilot for {name}: {why_not}"
        say(f"{words}.", Tone.MUTED if why_not else Tone.WARNING)

    ask(HandOverScreen(name, clock=clock), agreed)
