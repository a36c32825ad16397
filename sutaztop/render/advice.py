"""Recommendations as lines: ranked, each with what to do and why."""

from collections.abc import Iterable
from datetime import datetime

from sutaztop.domain.finding import Recommendation, Severity
from sutaztop.domain.frame import Frame
from sutaztop.domain.quantity import span_words
from sutaztop.render.boxes import heading, join
from sutaztop.render.cells import SEVERITY_GLYPH, SEVERITY_TONE, Line, Span, Tone, cell_width, fit, fit_line, plain
from sutaztop.render.known import Known, known_of
from sutaztop.render.paragraph import wrap

_LATE_INTERVALS = 5
"""Frames that did not come, after which the last is no longer of now."""
_ROOM_FOR_COLUMNS = 90


def advice_title(frame: Frame, shown: int, *, active: bool = False, silent: str = "", age: str = "") -> Line:
    """Write how many pieces of advice there are, how many are in sight, how many are ``silent``, and their ``age``."""
    count = len(frame.recommendations)
    if not count and known_of(frame) is not Known.NOW:
        return heading(["Do next", "not known"], active=active)
    how_many = "nothing" if not count else f"{count}" if shown >= count else f"{shown} of {count}"
    return heading(["Do next", how_many, silent, age], active=active)


def advice_age(frame: Frame, now: datetime) -> str:
    """Say how old the figures are that advice rests on, or nothing where they are of now.

    Old are they when the frame is, and when frames come and no container's reading in them is new.
    """
    since = frame.stale_since if frame.trouble is not None else None
    if since is None:
        since = next((it.since for it in frame.findings if it.word == "STALE" and it.since is not None), None)
    late = (now - frame.snapshot.at).total_seconds() > _LATE_INTERVALS * frame.interval
    since = since or (frame.snapshot.at if late else None)
    return "" if since is None else f"{span_words(max(0.0, (now - since).total_seconds()))} old"


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
    lines = [_line(it, width, proposal, frame.snapshot.at) for it in shown]
    lines += next(
        (
            _whole_reason(it, width, line, frame.snapshot.at)
            for it, line in zip(shown, lines, strict=True)
            if it.id == chosen
        ),
        [],
    )
    lines = [*lines, *_other_findings(frame, width)][:height]
    if known_of(frame) is Known.ONCE:
        lines = dimmed(lines)
    return lines


def dimmed(lines: Iterable[Line]) -> list[Line]:
    """Give lines in the tone of what is old."""
    return [tuple(span._replace(tone=Tone.STALE) for span in line) for line in lines]


def _whole_reason(it: Recommendation, width: int, line: Line, now: datetime) -> list[Line]:
    """Write a reason that its line cuts, what holds the advice back, and how sure it is where no column says so."""
    words = f"{it.reason}{_held_back(it)}"
    if words in plain(line):
        return []
    lasting, readings, sure = _sureness(it, now)
    facts = [
        f"for {lasting}" if lasting else "",
        f"{readings} readings" if readings else "",
        f"{sure} sure" if sure else "",
    ]
    if width < _ROOM_FOR_COLUMNS and any(facts):
        words = f"{words} · {' · '.join(it for it in facts if it)}"
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


def _how_sure(it: Recommendation, now: datetime, width: int) -> tuple[Span, ...]:
    """Write for how long, on how many readings and how sure, in columns, where there is room beside the reason."""
    if width < _ROOM_FOR_COLUMNS:
        return ()
    lasting, readings, sure = _sureness(it, now)
    cells = ((lasting, 6), (f"{readings}×" if readings else "", 4), (sure, 5))
    return (*(Span(fit(text, room, right=True) + " ", Tone.MUTED) for text, room in cells), Span(" "))


def _sureness(it: Recommendation, now: datetime) -> tuple[str, str, str]:
    """Give since when, the number of readings and the confidence in words, each empty where it is not known."""
    lasting = "" if it.since is None else span_words(max(0.0, (now - it.since).total_seconds()))
    if it.decision is None:
        return lasting, "", ""
    readings = next((str(one.value) for one in it.decision.evidence if one.name == "readings"), "")
    return lasting, readings, f"{it.decision.confidence // 100} %"


def _line(it: Recommendation, width: int, proposal: int, now: datetime) -> Line:
    glyph = SEVERITY_GLYPH[it.severity]
    name = 14 if width < 70 else 20
    return fit_line(
        (
            Span(f"{glyph} ", SEVERITY_TONE[it.severity]),
            Span(fit(it.subject.name, name) + " ", Tone.STRONG),
            Span(fit(it.proposal, proposal) + "  "),
            *_how_sure(it, now, width),
            Span(f"{it.reason}{_held_back(it)}", Tone.MUTED),
        ),
        width,
    )
