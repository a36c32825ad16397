"""What a container writes, as lines: time, stream, text; with a filter, cut or wrapped."""

from dataclasses import dataclass
from datetime import tzinfo

from sutaztop.domain.event import LogLine
from sutaztop.render.cells import Line, Span, Tone, fit
from sutaztop.render.paragraph import hard_wrap, wrap

_STAMP_FROM = 56
"""Under this width the time is left out: the text is worth more."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """Lines that came faster than they could be shown, and were left out here."""

    count: int


@dataclass(frozen=True, slots=True)
class Notice:
    """A word about the log itself: that it ended, or why it can't be read."""

    text: str
    bad: bool = False


LogEntry = LogLine | Skipped | Notice


def log_lines(entry: LogEntry, width: int, *, wrapped: bool = False, zone: tzinfo | None = None) -> list[Line]:
    """Write one entry: a line cut to the width, or as many as it needs.

    Lines of stderr bear an ``e``: many programs write everything there, so it is marked and no alarm.
    """
    if isinstance(entry, Skipped):
        lines = "line" if entry.count == 1 else "lines"
        return [(Span(fit(f"── {entry.count:,} {lines} came too fast and are not shown ──", width), Tone.WARNING),)]
    if isinstance(entry, Notice):
        return [(Span(row, Tone.WARNING if entry.bad else Tone.MUTED),) for row in wrap(entry.text, width)]
    head = _head(entry, width, zone)
    used = sum(len(span.text) for span in head)
    room = max(1, width - used)
    text = entry.text.expandtabs(4)
    if not wrapped:
        return [(*head, Span(fit(text, room)))]
    rows = hard_wrap(text, room) or [""]
    return [(*head, Span(rows[0])), *((Span(" " * used), Span(row)) for row in rows[1:])]


def _head(line: LogLine, width: int, zone: tzinfo | None) -> tuple[Span, ...]:
    mark = Span("e ", Tone.WARNING) if line.stream == "stderr" else Span("  ", Tone.MUTED)
    if line.at is None or width < _STAMP_FROM:
        return (mark,)
    return (Span(f"{line.at.astimezone(zone):%H:%M:%S} ", Tone.MUTED), mark)


@dataclass(frozen=True, slots=True)
class LogState:
    """How the log is being read. ``new`` counts the lines that came while it stood still."""

    following: bool = True
    kept: int = 0
    seen: int = 0
    matching: int = 0
    new: int = 0
    filter_text: str = ""
    filter_trouble: str = ""
    wrapped: bool = False


def log_title(state: LogState) -> Line:
    """Write what is read, how many lines, what filters them, and whether it follows."""
    parts = (
        f"{state.matching:,} of {state.kept:,} lines" if state.filter_text else f"{state.kept:,} lines",
        f"last of {state.seen:,}" if state.seen > state.kept else "",
        f"filter {state.filter_text}" if state.filter_text else "",
        "wrapped" if state.wrapped else "",
    )
    rest = "".join(f" · {part}" for part in parts if part)
    standing = Span(" · following", Tone.OK) if state.following else Span(f" · held, {state.new:,} new", Tone.WARNING)
    trouble = (Span(f" · {state.filter_trouble}", Tone.WARNING),) if state.filter_trouble else ()
    return (Span("Log", Tone.TITLE), Span(rest, Tone.MUTED), *trouble, standing)
