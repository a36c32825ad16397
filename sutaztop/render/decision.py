"""A decision as lines: what to do, on what evidence, what held it back, and each step of the reckoning."""

from collections.abc import Iterable, Sequence

from sutaztop.domain.decision import Axis, Decision, Figure, Guard, Unit
from sutaztop.domain.quantity import span_words
from sutaztop.policy.deciding.told import written
from sutaztop.render.cells import SEVERITY_GLYPH, SEVERITY_TONE, Line, Span, Tone, cell_width, fit
from sutaztop.render.paragraph import labelled, wrap

_UNITS = {Axis.CPU: Unit.CORES, Axis.MEMORY: Unit.BYTES, Axis.REPLICAS: Unit.COUNT}
_NAMES = {Axis.CPU: "CPU limit", Axis.MEMORY: "memory limit", Axis.REPLICAS: "replicas"}
_SHARES = ("R-HOST-2", "SPREAD")
"""Guards whose detail is a share, whatever they hold back."""
_COLUMN = 13


def amount(axis: Axis, value: int | None) -> str:
    """Write a value in its axis's unit; ``None`` is no limit.

    >>> amount(Axis.CPU, 2500), amount(Axis.REPLICAS, 3), amount(Axis.MEMORY, None)
    ('2.5 cores', '3', 'none')
    """
    return "none" if value is None else written(Figure("", value, _UNITS[axis]))


def decision_lines(decision: Decision, width: int) -> list[Line]:
    """Write a whole decision, the sentences first. Nothing of it is cut: long rows wrap."""
    glyph = SEVERITY_GLYPH[decision.severity]
    rules = f"  [{' '.join(decision.rules)}]" if decision.rules else ""
    head: Line = (
        Span(f"{glyph} ", SEVERITY_TONE[decision.severity]),
        Span(decision.name, Tone.STRONG),
        Span(f": {decision.state.value.replace('_', ' ')}"),
        Span(rules, Tone.MUTED),
    )
    lines: list[Line] = [head, *((Span(row),) for row in wrap(decision.text, width))]
    sections = (
        ("Would change", actions_lines(decision, width)),
        ("Step by step", trace_lines(decision, width)),
        ("Held back", _guards(decision.guards, width)),
        ("Evidence", _figures(decision.evidence, width)),
        ("Expected after it", _figures(decision.expected, width)),
        ("Not seen", labelled("", "; ".join(decision.missing), width, column=2)),
    )
    for title, body in sections:
        if body:
            lines += [(), (Span(title, Tone.TITLE),), *body]
    return lines


def actions_lines(decision: Decision, width: int) -> list[Line]:
    """Write current → proposed, a row for each thing that would be changed."""
    return [
        line
        for it in decision.actions
        for line in labelled(
            _NAMES[it.axis], f"{amount(it.axis, it.before)} → {amount(it.axis, it.after)}  ({it.rule})", width
        )
    ]


def trace_lines(decision: Decision, width: int) -> list[Line]:
    """Write every step from the wish to what became of it, a row for each axis."""
    lines: list[Line] = []
    for axis in dict.fromkeys(it.axis for it in decision.trace):
        steps = " → ".join(f"{it.name} {amount(axis, it.value)}" for it in decision.trace if it.axis is axis)
        lines += labelled(_NAMES[axis], steps, width)
    return lines


def _guards(guards: Iterable[Guard], width: int) -> list[Line]:
    lines: list[Line] = []
    for it in guards:
        words = [_detail(it)]
        if it.axis is not None and (it.before is not None or it.after is not None):
            words.insert(0, f"{_NAMES[it.axis]} {amount(it.axis, it.before)} → {amount(it.axis, it.after)}")
        lines += labelled(it.name, " · ".join(words), width, column=max(_COLUMN, cell_width(it.name) + 1))
    return lines


def _detail(it: Guard) -> str:
    if isinstance(it.detail, str):
        return it.detail
    if it.name.startswith("COOLDOWN"):
        return f"{span_words(it.detail)} left"
    if it.name in _SHARES:
        return written(Figure("", it.detail, Unit.SHARE))
    if it.name == "R-MEM-6":
        return f"raised {it.detail} times within a day"
    return f"bound {amount(it.axis, it.detail)}" if it.axis is not None else str(it.detail)


def _figures(figures: Sequence[Figure], width: int) -> list[Line]:
    """Write figures under one another, two columns of them where there is room."""
    if not figures:
        return []
    name = max(cell_width(it.name) for it in figures) + 2
    value = max(cell_width(written(it)) for it in figures) + 3
    across = max(1, min(2, width // (name + value)))
    if across == 1 and name + value > width:
        return [line for it in figures for line in labelled(it.name, written(it), width, column=name)]
    down = -(-len(figures) // across)
    lines: list[Line] = []
    for row in range(down):
        spans: list[Span] = []
        for it in figures[row::down]:
            spans += [Span(fit(it.name, name), Tone.MUTED), Span(fit(written(it), value))]
        lines.append(tuple(spans))
    return lines
