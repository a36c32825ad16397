"""Recommendations as lines: ranked, each with what to do and why."""

from sutaztop.domain.finding import Recommendation, Severity
from sutaztop.domain.frame import Frame
from sutaztop.render.boxes import heading, join
from sutaztop.render.cells import SEVERITY_GLYPH, SEVERITY_TONE, Line, Span, Tone, cell_width, fit, fit_line, plain
from sutaztop.render.known import Known, known_of
from sutaztop.render.paragraph import wrap


def advice_title(frame: Frame, shown: int, *, active: bool = False) -> Line:
    """Write how many pieces of advice there are and how many are in sight."""
    count = len(frame.recommendations)
    if not count and known_of(frame) is not Known.NOW:
        return heading(["Do next", "not known"], active=active)
    how_many = "nothing" if not count else f"{count}" if shown >= count else f"{shown} of {count}"
    return heading(["Do next", how_many], active=active)


def advice_lines(frame: Frame, width: int, height: int, *, top: int = 0, chosen: str = "") -> list[Line]:
    """Write the advice from ``top`` on, one line each.

    What room is left goes to the whole reason of the ``chosen`` one, by its id, and to what is wrong
    with anything but containers, which have rows of their own for that.
    """
    if not frame.recommendations:
        return [(Span(_no_advice(frame), Tone.MUTED),), *_other_findings(frame, width)][:height]
    # What to do is read whole before why: names and reasons give way to it.
    proposal = min(max(14, width // 2), max(cell_width(it.proposal) for it in frame.recommendations))
    shown = frame.recommendations[top : top + height]
    lines = [_line(it, width, proposal) for it in shown]
    lines += next(
        (_whole_reason(it, width, line) for it, line in zip(shown, lines, strict=True) if it.id == chosen), []
    )
    lines = [*lines, *_other_findings(frame, width)][:height]
    if known_of(frame) is Known.ONCE:
        lines = [tuple(span._replace(tone=Tone.STALE) for span in line) for line in lines]
    return lines


def _whole_reason(it: Recommendation, width: int, line: Line) -> list[Line]:
    """Write a reason that its line cuts, with what holds the advice back."""
    words = f"{it.reason}{_held_back(it)}"
    if words in plain(line):
        return []
    return [(Span(f"  {row}", Tone.MUTED),) for row in wrap(words, width - 2)]


def _held_back(it: Recommendation) -> str:
    return f" ({it.blocked})" if it.blocked else ""


def _other_findings(frame: Frame, width: int) -> list[Line]:
    """Write what is wrong with the host, the disks, the models, projects and the engine, worst first.

    What is only told of a project comes last: no row of the table could say it.
    """
    told = {it.subject.id for it in frame.recommendations}
    found = [
        it
        for it in frame.findings
        if it.subject.kind not in ("container", "service")
        and (it.severity > Severity.OK or it.subject.kind == "project" or it.word in ("LOGS", "CLONES"))
        # What is advised on says the same with what to do.
        and not (it.word == "FILLING" and it.subject.id in told)
    ]
    return [
        fit_line((
            Span(f"{SEVERITY_GLYPH[it.severity]} ", SEVERITY_TONE[it.severity]),
            Span(f"{it.subject.name} ", Tone.STRONG),
            Span(f"{it.word}  ", SEVERITY_TONE[it.severity]),
            Span(" ".join(it.text.split()), Tone.MUTED),
        ), width)
        for it in found
    ]  # fmt: skip


def _no_advice(frame: Frame) -> str:
    if known_of(frame) is not Known.NOW:
        return "Nothing can be advised: the containers are not known."
    return "No advice; the findings stand in the table." if frame.findings else "Nothing needs doing."


def advice_strip(frame: Frame, width: int) -> Line:
    """Write the first pieces of advice on one line, and how many more there are."""
    everything = frame.recommendations
    if not everything:
        return ()
    parts: list[Line] = [
        (
            Span(f"{SEVERITY_GLYPH[it.severity]} ", SEVERITY_TONE[it.severity]),
            Span(it.subject.name, Tone.STRONG),
            Span(f" {it.proposal}"),
        )
        for it in everything[:3]
    ]
    line = parts
    for shown in range(len(parts), 0, -1):
        left = len(everything) - shown
        line = [*parts[:shown], (Span(f"+{left}", Tone.MUTED),)] if left else parts
        if sum(len(span.text) for part in line for span in part) + 3 * len(line) <= width:
            break
    return join(line, width, "   ")


def alarm_strip(frame: Frame) -> Line:
    """Write the worst critical finding that is about no container, and so stands in no row; or nothing."""
    found = [it for it in frame.findings
             if it.severity is Severity.CRITICAL and it.subject.kind not in ("container", "service")]  # fmt: skip
    if not found:
        return ()
    return (Span(f"{SEVERITY_GLYPH[Severity.CRITICAL]} {found[0].subject.name} {found[0].word}", Tone.CRITICAL),)


def _line(it: Recommendation, width: int, proposal: int) -> Line:
    glyph = SEVERITY_GLYPH[it.severity]
    name = 14 if width < 70 else 20
    return fit_line(
        (
            Span(f"{glyph} ", SEVERITY_TONE[it.severity]),
            Span(fit(it.subject.name, name) + " ", Tone.STRONG),
            Span(fit(it.proposal, proposal) + "  "),
            Span(f"{it.reason}{_held_back(it)}", Tone.MUTED),
        ),
        width,
    )
