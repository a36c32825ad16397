"""The journal in words: what was changed, when, by whom, why, what came of it, and what is still open."""

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo

from sutaztop.domain.borrow import Instant, countdown
from sutaztop.domain.change import Result
from sutaztop.domain.change_words import change_words
from sutaztop.domain.quantity import span_words
from sutaztop.domain.record import Record, Seen, Standing
from sutaztop.render.cells import Line, Span, Tone, cell_width
from sutaztop.render.paragraph import wrap

_RESULT_TONE = {
    Result.APPLIED: Tone.OK,
    Result.REFUSED: Tone.WARNING,
    Result.FAILED: Tone.CRITICAL,
    Result.UNVERIFIED: Tone.UNKNOWN,
    Result.DRY_RUN: Tone.MUTED,
    None: Tone.CRITICAL,
}
_INDENT = "  "


def record_lines(record: Record, width: int, now: Instant, *, zone: tzinfo | None = UTC) -> list[Line]:
    """Write one change: a line to find it by, and beneath it what, why, what came of it, and what follows."""
    word = record.result.value if record.result is not None else "no outcome"
    head = [
        Span(time_words(record.at, zone), Tone.STRONG), Span("  "), Span(record.change_id, Tone.ACCENT), Span("  "),
        Span(word, _RESULT_TONE[record.result]), Span("  "), Span(record.who, Tone.MUTED),
    ]  # fmt: skip
    lines: list[Line] = [tuple(head)] if cell_width("".join(it.text for it in head)) <= width else [
        tuple(head[:5]), (Span(_INDENT), Span(record.who, Tone.MUTED)),
    ]  # fmt: skip
    what = change_words(record.change)
    texts = [(f"{record.object}{f': {what}' if what else ''}", Tone.PLAIN)]
    if record.why:
        texts.append((f"because: {record.why}", Tone.MUTED))
    told = " · seen: ".join(it for it in (record.message, record.observed) if it)
    if told:
        texts.append((told, Tone.MUTED))
    if state := state_words(record, now):
        texts.append((state, Tone.WARNING if record.is_open else Tone.MUTED))
    room = max(20, width - len(_INDENT))
    lines += [(Span(_INDENT), Span(row, tone)) for text, tone in texts for row in wrap(text, room)]
    return lines


def state_words(record: Record, now: Instant) -> str:
    """Say what follows of a change now: borrowed, overdue, kept, taken back, or without an outcome."""
    parts = []
    if record.undone_by:
        parts.append(f"taken back by {record.undone_by}")
    elif record.undoes:
        parts.append(f"takes back {record.undoes}")
    if record.settled:
        parts.append(record.settled)
    elif record.is_borrowed and record.borrow is not None:
        span = span_words(record.borrow.span)
        left = record.borrow.left(now)
        late = f"OVERDUE since {span_words(-left)}: it did not come back"
        parts.append(f"borrowed for {span}, {f'back in {countdown(left)}' if left > 0 else late}")
    if record.is_unfinished:
        parts.append("its program ended before it told what became of it")
    return "; ".join(parts)


def time_words(at: datetime, zone: tzinfo | None = UTC) -> str:
    """Write a time with its date, and its zone where that is UTC."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}{' UTC' if zone is UTC else ''}"


def short_words(record: Record) -> str:
    """Name a change in a few words: what it is about and what it did."""
    name = record.change.name if record.change is not None else record.object
    return f"{name} {change_words(record.change) or 'changed'}"


def notice(record: Record, now: Instant, seen: Seen | None = None) -> tuple[str, Tone]:
    """Write an open change for the header, and say how urgent it is."""
    if record.is_borrowed and record.borrow is not None:
        left = record.borrow.left(now)
        if left > 0:
            return f"borrowed: {short_words(record)}, back in {countdown(left)}", Tone.WARNING
        return f"OVERDUE: {short_words(record)} was borrowed and did not come back", Tone.CRITICAL
    told = seen.words if seen is not None else "what became of it is not known"
    return f"UNFINISHED: {short_words(record)} by {record.who} at {record.at:%H:%M} UTC: {told}", Tone.CRITICAL


def ways_on(record: Record, seen: Seen) -> list[str]:
    """Say what can be done about an open change, as commands."""
    ways = []
    has_way_back = record.change is not None and record.change.inverse is not None
    if has_way_back and seen.standing in (Standing.AFTER, Standing.UNKNOWN):
        ways.append(f"sutaztop undo {record.change_id}    takes it back")
    ways.append(f"sutaztop keep {record.change_id}    lets it stand as it is")
    return ways


def open_lines(found: Sequence[tuple[Record, Seen]], width: int, now: Instant) -> list[Line]:
    """Write what is still to be decided, with what reading back shows now, and the ways on."""
    if not found:
        return [(Span("Nothing is open: every change has its outcome, and none is borrowed.", Tone.OK),)]
    lines: list[Line] = []
    for record, seen in found:
        lines += record_lines(record, width, now)
        lines += [(Span(_INDENT), Span(row, Tone.STRONG)) for row in wrap(f"now: {seen.words}", max(20, width - 2))]
        lines += [(Span(_INDENT), Span(way, Tone.ACCENT)) for way in ways_on(record, seen)]
        lines.append(())
    return lines
