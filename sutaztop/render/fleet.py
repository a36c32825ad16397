"""The fleet as lines: a title, a heading, and one line a container. Columns drop when room is short."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from sutaztop.domain.frame import Frame
from sutaztop.domain.quantity import span_words
from sutaztop.render.arrange import Arranged, Arrangement, Grouping, Heading, SortKey
from sutaztop.render.boxes import heading
from sutaztop.render.cells import Line, Span, Tone, fit, fit_line
from sutaztop.render.columns import COLUMNS, NAME, SPARKS, Column, Row
from sutaztop.render.known import Known
from sutaztop.render.look import Look, spark_bucket

_SPARK_WIDEST = 30
_NAME_WIDEST = 46


@dataclass(frozen=True, slots=True)
class Sheet:
    """The columns that a width has room for, each with its width."""

    columns: tuple[tuple[Column, int], ...]
    width: int

    def spark_width(self) -> int:
        """Give the width of the sparklines, 0 where there are none."""
        return next((width for column, width in self.columns if column.id in SPARKS), 0)


# When columns of a priority have their place, names and sparklines grow to (this, that) before others come.
_GROW = ((6, 16, 8), (10, 20, 8), (14, 24, 12), (22, 30, 16), (99, _NAME_WIDEST, _SPARK_WIDEST))


@lru_cache(maxsize=64)
def lay_columns(width: int, grouping: Grouping = Grouping.NONE) -> Sheet:
    """Choose columns for a width: by priority while they fit; names and sparklines grow in between.

    A column that repeats the group's heading is left out.
    """
    chosen: dict[str, int] = {}
    left = width + 1  # the last column needs no gap behind it
    waiting = sorted((it for it in COLUMNS if it.id != grouping.value), key=lambda it: it.priority)
    for until, name, spark in _GROW:
        while waiting and waiting[0].priority <= until:
            column = waiting.pop(0)
            if column.width + 1 <= left:
                chosen[column.id] = column.width
                left -= column.width + 1
            elif not column.optional:
                waiting.clear()
        left -= _grow(chosen, (NAME,), name, left)
        left -= _grow(chosen, SPARKS, spark, left)
    _grow(chosen, (NAME,), _NAME_WIDEST, left)
    return Sheet(tuple((column, chosen[column.id]) for column in COLUMNS if column.id in chosen), width)


def _grow(chosen: dict[str, int], ids: Sequence[str], wanted: int, left: int) -> int:
    """Widen the chosen ones of these equally, as far as there is room; give how much was taken."""
    present = [it for it in ids if it in chosen]
    if not present:
        return 0
    more = max(0, min(wanted - chosen[present[0]], left // len(present)))
    for it in present:
        chosen[it] += more
    return more * len(present)


def fleet_title(arranged: Arranged, wish: Arrangement, *, active: bool = False, note: str = "") -> Line:
    """Write what is shown, how many, and what filters and sorts it."""
    order = f"by {wish.sort}{' reversed ▲' if wish.reverse else ' ▼'}"
    parts = [
        "Containers",
        # What is left out comes first: a title that is cut must not pass some rows off as all.
        f"{len(arranged.order)} match {wish.filter_text!r}" if wish.filter_text else "",
        "problems only" if wish.problems_only else "",
        *_count_words(arranged),
        order,
        "" if wish.grouping is Grouping.NONE else f"grouped by {wish.grouping}",
        note,
    ]
    return heading(parts, active=active)


def _count_words(arranged: Arranged) -> tuple[str, ...]:
    """Say how many run and how they are, as far as that is known."""
    attention = arranged.attention
    if arranged.known is Known.NOT_YET:
        return ("being read …",)
    if arranged.known is Known.NEVER:
        return ("not known: no engine was reached",)
    if arranged.known is Known.ONCE:
        count = f"{arranged.running} of {arranged.total} ran when last seen"
        return (count, f"{attention} needed attention") if attention else (count,)
    if not arranged.total:
        return ("none",)
    count = f"{arranged.running} running of {arranged.total}"
    return (
        count,
        f"{attention} need{'s' if attention == 1 else ''} attention" if attention else "none needs attention",
    )


def fleet_heading(sheet: Sheet, wish: Arrangement, look: Look) -> Line:
    """Write the columns' headings; the one sorted by stands out."""
    width = sheet.spark_width()
    shown = span_words(spark_bucket(look.window, width) * width) if width else ""
    spans: list[Span] = []
    for column, cells in sheet.columns:
        text = shown if column.id in SPARKS else column.heading
        tone = Tone.STRONG if wish.sort is column.sort and wish.sort is not SortKey.SEVERITY else Tone.MUTED
        spans.append(Span(fit(text, cells, right=column.right, ellipsis="") + " ", tone))
    return fit_line(_without_last_gap(spans), sheet.width)


def fleet_row(frame: Frame, arranged: Arranged, index: int, sheet: Sheet, look: Look) -> Line:
    """Write the entry at ``index``: a container's row or a group's heading."""
    entry = arranged.entries[index]
    if isinstance(entry, Heading):
        return group_line(entry, sheet.width)
    row = Row(
        it=entry, judgement=arranged.judgements[entry.id], frame=frame, look=look,
        bucket=spark_bucket(look.window, sheet.spark_width()),
    )  # fmt: skip
    spans: list[Span] = []
    for column, cells in sheet.columns:
        text, tone = column.cell(row, cells)
        spans.append(Span(fit(text, cells, right=column.right) + " ", Tone.STALE if look.stale else tone))
    return fit_line(_joined(_without_last_gap(spans)), sheet.width)


def _without_last_gap(spans: list[Span]) -> list[Span]:
    return [*spans[:-1], Span(spans[-1].text[:-1], spans[-1].tone)] if spans else spans


def _joined(spans: Sequence[Span]) -> list[Span]:
    """Join neighbours of one tone: fewer segments for the screen to carry."""
    out: list[Span] = []
    for span in spans:
        if out and out[-1].tone is span.tone:
            out[-1] = Span(out[-1].text + span.text, span.tone)
        else:
            out.append(span)
    return out


def group_line(group: Heading, width: int) -> Line:
    """Write a group's heading: its name, how many run, how many need attention."""
    parts: list[Span] = [
        Span(f"▾ {group.title}", Tone.TITLE),
        Span(f" · {group.running} running of {group.total}", Tone.MUTED),
    ]
    if group.attention:
        parts.append(Span(f" · {group.attention} need attention", Tone.WARNING))
    return fit_line(parts, width)


_NONE = {
    Known.NOW: "This engine has no containers.",
    Known.ONCE: "This engine had no containers when it was last seen.",
    Known.NOT_YET: "Waiting for the first reading …",
    Known.NEVER: "No container is known: no engine was reached. `sutaztop doctor` says why.",
}


def empty_lines(arranged: Arranged, wish: Arrangement) -> list[Line]:
    """Say why there is no row to show, and which key brings rows back."""
    if not arranged.total:
        return [(Span(_NONE[arranged.known], Tone.MUTED),)]
    if wish.filter_text:
        return [(Span(f"Nothing matches {wish.filter_text!r}. Esc clears the filter.", Tone.MUTED),)]
    if wish.problems_only and arranged.known is Known.ONCE:
        return [(Span("No container needed attention when last seen. x shows all.", Tone.MUTED),)]
    if wish.problems_only:
        return [(Span("No container needs attention. x shows all.", Tone.OK),)]
    return []
