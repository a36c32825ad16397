"""Small forms that make an intent: numbers are typed or stepped, and what is wrong is said beside them."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from sutaztop.actions.plan import step_up
from sutaztop.domain.intent import Intent, SetLimits, SetReplicas
from sutaztop.domain.profile import Scaling
from sutaztop.domain.quantity import GIB, MIB, Bytes, Cores, exact_bytes, exact_cores, parse_bytes, parse_cores
from sutaztop.domain.service import Service
from sutaztop.domain.snapshot import ContainerSnapshot, HostUsage
from sutaztop.render.cells import Line, Span, Tone
from sutaztop.render.format import bytes_text, cores_text, cores_words, memory_words, percent_words
from sutaztop.render.paragraph import labelled, wrap
from sutaztop.ui.screens.form import Form
from sutaztop.ui.widgets.choice import Choice
from sutaztop.ui.widgets.field import Field, Note
from sutaztop.ui.widgets.text_input import TextInput


class AskScreen(Form[Intent | None]):
    """A form. Enter goes on to the preview, which asks again before anything changes; Esc leaves."""

    DEFAULT_CSS: ClassVar[str] = """
    AskScreen #trouble { height: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        # In a field the arrows move the cursor; these are for the answers.
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
    ]

    def fields(self) -> Sequence[Field]:
        """Give the fields."""
        raise NotImplementedError

    def intent(self) -> Intent | str:
        """Make the intent of what stands in the fields, or say why there is none."""
        raise NotImplementedError

    def compose_middle(self) -> Iterable[Widget]:
        """Put the fields beneath the words, and a line for what is wrong with all of them together."""
        fields = self.fields()
        self.extra_rows = len(fields) + 1
        yield from fields
        yield Note("", Tone.WARNING, id="trouble")

    def answers(self) -> Iterable[Widget]:
        """Give the way on and the way back."""
        return Choice("Preview", id="go-on"), Choice("Cancel", id="cancel")

    @on(Input.Changed)
    def check_fields(self, event: Input.Changed) -> None:
        """Say at once what is wrong."""
        event.stop()
        self._say(next((trouble for field in self.query(Field) if (trouble := field.trouble())), ""))

    def _say(self, trouble: str) -> None:
        self.query_one("#trouble", Note).say(trouble, Tone.WARNING)

    def go_on(self) -> None:
        """Give the intent, or say what is wrong and stay."""
        for field in self.query(Field):
            if trouble := field.trouble():
                self._say(trouble)
                field.query_one(TextInput).focus()
                return
        intent = self.intent()
        if isinstance(intent, str):
            self._say(intent)
            return
        self.dismiss(intent)


class AskLimitsScreen(AskScreen):
    """Asks for CPU and memory limits, one step up to begin with."""

    def __init__(self, found: ContainerSnapshot, scaling: Scaling | None = None, host: HostUsage | None = None) -> None:
        super().__init__(f"Limits of {found.display_name or found.container.name}", self._write)
        self._found = found
        self._scaling = scaling or Scaling()
        self._host = host or HostUsage()

    def _write(self, width: int) -> list[Line]:
        it, usage = self._found.container, self._found.usage
        limits = it.resources.limits
        cpu = f"{cores_words(limits.cpu)}; uses {cores_text(usage.cpu)}"
        if limits.cpu is not None:
            cpu += f", {percent_words(usage.cpu_utilization)} of it"
        memory = f"{memory_words(limits.memory)}; uses {bytes_text(usage.memory)}"
        if limits.memory is not None:
            memory += f", {percent_words(usage.memory_utilization)} of it"
        lines: list[Line] = [(Span(row, Tone.STRONG),) for row in wrap(f"container {it.name} ({it.short_id})", width)]
        lines += labelled("cpu now", cpu, width)
        lines += labelled("memory now", memory, width)
        hint = "↑ ↓ step · empty leaves it as it is · nothing changes before the preview"
        return [*lines, (), *((Span(row, Tone.MUTED),) for row in wrap(hint, width)), ()]

    def fields(self) -> Sequence[Field]:
        """Give the two limits."""
        limits = self._found.container.resources.limits
        raised = step_up(limits, self._host, self._scaling)
        cpu = "" if raised.cpu is None else exact_cores(raised.cpu)
        memory = "" if raised.memory is None else size_text(raised.memory)
        return (
            Field("cpu", cpu, read=_positive_cores, step=self.step_cpu, hint="cores, such as 2 or 0.5", id="cpu"),
            Field(
                "memory", memory, read=_positive_bytes, step=self.step_memory, hint="such as 512 MiB or 4G", id="memory"
            ),
        )

    def step_cpu(self, text: str, direction: int) -> str:
        """Give the amount one step on; near nothing the step is half of what is left."""
        now = parse_cores(text) if text else Cores(0.0)
        step = self._scaling.cpu_step
        return exact_cores(Cores(now + step if direction > 0 else now - step if now > step else now / 2))

    def step_memory(self, text: str, direction: int) -> str:
        """Give the amount one step on: by the step, at most to the double, and back by the same way."""
        now = parse_bytes(text) if text else Bytes(0)
        if direction > 0:
            return size_text(self._scaling.memory_above(now) if now else self._scaling.memory_step)
        return size_text(Bytes(max(now - self._scaling.memory_step, now // 2, MIB)))

    def intent(self) -> Intent | str:
        """Give limits where they differ from those that are set."""
        limits = self._found.container.resources.limits
        cpu_text, memory_text = (field.text for field in self.query(Field))
        cpu = parse_cores(cpu_text) if cpu_text else None
        memory = parse_bytes(memory_text) if memory_text else None
        if cpu == limits.cpu:
            cpu = None
        if memory == limits.memory:
            memory = None
        if cpu is None and memory is None:
            return "These are the limits that it has."
        return SetLimits(self._found.id, cpu, memory)


class AskReplicasScreen(AskScreen):
    """Asks for a number of replicas, one more to begin with."""

    def __init__(self, service: Service) -> None:
        super().__init__(f"Replicas of {service.name}", self._write)
        self._service = service
        self._now = service.replicas

    def _write(self, width: int) -> list[Line]:
        it = self._service
        owner = it.orchestrator.value.capitalize()
        lines: list[Line] = [(Span(row, Tone.STRONG),) for row in wrap(f"{owner} service {it.name}", width)]
        wish = "" if it.desired is None else f" of {it.desired} wished for"
        lines += labelled("now", f"{it.running} running{wish}", width)
        each = it.resources.limits
        free = each.cpu is None and each.memory is None
        may = "as much as the host has" if free else f"{cores_words(each.cpu)}, {memory_words(each.memory)}"
        lines += labelled("each may use", may, width)
        return [*lines, (), (Span("↑ ↓ step · nothing changes before the preview", Tone.MUTED),), ()]

    def fields(self) -> Sequence[Field]:
        """Give the number."""
        first = str(self._now + 1)
        return (
            Field("replicas", first, read=parse_replicas, step=_step_replicas, hint="a whole number", id="replicas"),
        )

    def intent(self) -> Intent | str:
        """Give the number, if it is another."""
        text = self.query_one(Field).text
        if not text:
            return "How many? Esc leaves things as they are."
        wanted = parse_replicas(text)
        if wanted == self._now:
            return f"{wanted} is the number that it has."
        return SetReplicas(self._service.id, wanted)


def parse_replicas(text: str) -> int:
    """Read a number of replicas. Raises ``ValueError`` that says what was expected."""
    if not text.isascii() or not text.isdigit() or len(text) > 6:
        raise ValueError(f"{text!r} is not a whole number; write for example 3")
    return int(text)


def _step_replicas(text: str, direction: int) -> str:
    return str(max(0, (parse_replicas(text) if text else 0) + direction))


def size_text(amount: Bytes) -> str:
    """Write a size so that it is read back exactly: ``4 GiB``, ``1536 MiB``."""
    factor, unit = (GIB, "GiB") if amount % GIB == 0 and amount else (MIB, "MiB")
    return f"{amount // factor} {unit}" if amount % factor == 0 else exact_bytes(amount)


def _positive_cores(text: str) -> Cores:
    amount = parse_cores(text)
    if amount <= 0:
        raise ValueError("nothing is not a limit; leave the field empty to leave it as it is")
    return amount


def _positive_bytes(text: str) -> Bytes:
    amount = parse_bytes(text)
    if amount <= 0:
        raise ValueError("nothing is not a limit; leave the field empty to leave it as it is")
    return amount
