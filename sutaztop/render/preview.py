"""A plan, a refusal and an outcome in words: the screen's dialog and the script faces say the same."""

from collections.abc import Sequence

from sutaztop.domain.change import Outcome, Plan, PreviewRow, Refusal, Result
from sutaztop.render.cells import Line, Span, Tone, cell_width, fit
from sutaztop.render.keep import block_lines
from sutaztop.render.paragraph import labelled, wrap

_RESULT_TONE = {
    Result.APPLIED: Tone.OK,
    Result.REFUSED: Tone.WARNING,
    Result.FAILED: Tone.CRITICAL,
    Result.UNVERIFIED: Tone.UNKNOWN,
    Result.DRY_RUN: Tone.MUTED,
}
_LABEL = 13


def preview_lines(plan: Plan, width: int) -> list[Line]:
    """Write all that must be known before yes: object, before and after, why, risks, command, undo.

    Nothing is cut: a name that ends in an ellipsis could be another container's.
    """
    lines: list[Line] = [(Span(row, Tone.STRONG),) for row in wrap(plan.object, width)]
    lines.append(())
    lines.extend(_table(plan.rows, width))
    lines.append(())
    lines.extend(labelled("why", plan.why, width))
    lines.extend(labelled("it does", plan.does, width))
    for number, risk in enumerate(plan.risks):
        lines.extend(labelled("beware" if number == 0 else "", risk, width, tone=Tone.WARNING))
    lines.extend(labelled("same as", plan.same_as, width, tone=Tone.ACCENT))
    lines.extend(labelled("undo", plan.undo, width))
    lines.extend(block_lines(plan.blocks, width))
    return lines


def _table(rows: Sequence[PreviewRow], width: int) -> list[Line]:
    """Write before → after, a row each; where it is narrow the effect goes under its row, then all into sentences."""
    if not rows:
        return []
    now = max(cell_width("now"), *(cell_width(row.now) for row in rows)) + 2
    proposed = max(cell_width("proposed"), *(cell_width(row.proposed) for row in rows)) + 2
    rest = width - _LABEL - now - proposed
    if rest < 0:
        return [
            line
            for row in rows
            for line in labelled(
                row.figure, f"{row.now} → {row.proposed} {f'({row.effect})' if row.effect else ''}", width
            )
        ]
    beside = rest >= 24
    head = (Span(" " * _LABEL), Span(fit("now", now) + fit("proposed", proposed), Tone.MUTED))
    lines: list[Line] = [(*head, Span("after, on this host", Tone.MUTED)) if beside else head]
    for row in rows:
        changed = row.now != row.proposed
        first = (
            Span(fit(row.figure, _LABEL), Tone.MUTED),
            Span(fit(row.now, now)),
            Span(fit(row.proposed, proposed), Tone.STRONG if changed else Tone.MUTED),
        )
        effect = wrap(row.effect, rest if beside else width - _LABEL)
        if not beside:
            lines.append(first)
            lines.extend((Span(" " * _LABEL), Span(text, Tone.MUTED)) for text in effect)
            continue
        lines.append((*first, Span(effect[0] if effect else "", Tone.MUTED)))
        indent = Span(" " * (_LABEL + now + proposed))
        lines.extend((indent, Span(text, Tone.MUTED)) for text in effect[1:])
    return lines


def refusal_lines(refusal: Refusal, width: int) -> list[Line]:
    """Write why nothing is done: the rule, the reason with its numbers, and what to try."""
    return [
        *labelled("rule", refusal.rule, width, tone=Tone.WARNING),
        *labelled("because", refusal.why, width),
        *labelled("try", refusal.advice, width),
    ]


def outcome_line(outcome: Outcome) -> Line:
    """Write what became of a change: the word first, then the message, what reading back showed, the time."""
    parts = [outcome.message]
    if outcome.observed:
        parts.append(f"seen: {outcome.observed}")
    if outcome.seconds:
        parts.append(f"{outcome.seconds:.1f} s")
    text = " · ".join(part for part in parts if part)
    return (Span(outcome.result.value, _RESULT_TONE[outcome.result]), Span(f"  {text}" if text else ""))


def outcome_lines(outcome: Outcome, width: int) -> list[Line]:
    """Write an outcome whole: its line wrapped, and each of the engine's warnings beneath."""
    word, rest = outcome_line(outcome)
    column = cell_width(word.text) + 2
    rows = wrap(rest.text, width - column) or [""]
    lines: list[Line] = [(Span(word.text.ljust(column), word.tone), Span(rows[0]))]
    lines.extend((Span(" " * column), Span(row)) for row in rows[1:])
    for warning in outcome.warnings:
        lines.extend((Span("warning".ljust(column), Tone.WARNING), Span(row)) for row in wrap(warning, width - column))
    return lines
