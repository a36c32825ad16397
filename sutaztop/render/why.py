"""The pane's answer to "why?" and "why not?": what is advised for a container, and the whole decision about it."""

from dataclasses import replace

from sutaztop.domain.decision import Axis, Decision
from sutaztop.domain.finding import Recommendation
from sutaztop.domain.frame import Frame
from sutaztop.domain.profile import Thresholds
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.reading import Unmeasured
from sutaztop.domain.snapshot import ContainerSnapshot
from sutaztop.render.cells import SEVERITY_GLYPH, SEVERITY_TONE, Line, Span, Tone, fit_line, line_width
from sutaztop.render.chart import Chart
from sutaztop.render.charts import cpu_chart, memory_chart, share_chart
from sutaztop.render.decision import decision_lines
from sutaztop.render.known import Known, known_of
from sutaztop.render.paragraph import labelled, wrap


def why_lines(frame: Frame, container_id: str, decision: Decision | None, width: int) -> list[Line]:
    """Write what is decided, and first what else is advised for the same container or its service."""
    lines: list[Line] = []
    for it in _advised(frame, container_id):
        if it.decision is not None and decision is not None and it.decision.id == decision.id:
            continue
        lines += [*_advice(it, width), ()]
    if decision is not None:
        lines += decision_lines(decision, width)
    elif not lines:
        there = container_id in frame.snapshot.by_id
        words = "Nothing was advised then. Why not is asked of the present." if there else "The container is not there."
        lines = [(Span(row, Tone.MUTED if there else Tone.WARNING),) for row in wrap(words, width)]
    fitted = [line if line_width(line) <= width else fit_line(line, width) for line in lines]
    if known_of(frame) is Known.NOW:
        return fitted
    return [tuple(Span(text, Tone.STALE) for text, _ in line) for line in fitted]


def _advised(frame: Frame, container_id: str) -> list[Recommendation]:
    found = frame.snapshot.by_id.get(container_id)
    service = frame.snapshot.service_of(found.container) if found is not None else None
    ids = {container_id} | ({service.id} if service is not None else set())
    return [it for it in frame.recommendations if it.subject.id in ids]


def _advice(it: Recommendation, width: int) -> list[Line]:
    lines: list[Line] = [
        (
            Span(f"{SEVERITY_GLYPH[it.severity]} ", SEVERITY_TONE[it.severity]),
            Span(f"{it.subject.name}: {it.proposal}", Tone.STRONG),
            Span(f"  [{it.rule}]", Tone.MUTED),
        ),
        *((Span(row),) for row in wrap(it.reason, width)),
    ]
    lines += labelled("held back", it.blocked, width, tone=Tone.WARNING)
    for one in it.evidence:
        lines += labelled(one.name, one.value, width, column=max(13, len(one.name) + 2))
    return lines


def why_chart(frame: Frame, found: ContainerSnapshot, lines: Thresholds, span: Seconds, width: int) -> Chart:
    """Give CPU as a share of its limit with the line that it is held against; in cores where there is no limit."""
    if isinstance(found.usage.cpu_utilization, Unmeasured):
        return cpu_chart(frame, found, span, width)
    return replace(share_chart(frame, found, "cpu", span, width), limit=lines.cpu_warning, limit_name="line")


def why_memory_chart(frame: Frame, found: ContainerSnapshot, lines: Thresholds, span: Seconds, width: int) -> Chart:
    """Give memory as a share of its limit with the line that it is held against; in bytes where there is no limit."""
    if isinstance(found.usage.memory_utilization, Unmeasured):
        return memory_chart(frame, found, span, width)
    return replace(share_chart(frame, found, "memory", span, width), limit=lines.memory_warning, limit_name="line")


def is_about_memory(decision: Decision) -> bool:
    """Whether memory is what the decision is about first of all."""
    if decision.rules:
        return decision.rules[0].startswith("R-MEM")
    return any(it.axis is Axis.MEMORY for it in decision.actions)
