"""Disk tiers as lines: used against budget and against the filesystem, and how old the measurement is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sutaztop.domain.disk import Filesystem, Medium
from sutaztop.domain.finding import Severity
from sutaztop.domain.frame import Frame, HistoryView
from sutaztop.domain.profile import Thresholds
from sutaztop.domain.quantity import Bytes, Ratio, span_words
from sutaztop.domain.reading import Reading, Reason, Unmeasured, measured
from sutaztop.domain.sizes import component_key
from sutaztop.domain.snapshot import ComponentUsage, Disks, DiskTier
from sutaztop.measure.forecasts import tier_forecast
from sutaztop.measure.growth import growth_of
from sutaztop.render.boxes import heading, join
from sutaztop.render.cells import SEVERITY_TONE, Line, Span, Tone, cell_width, fit, fit_line
from sutaztop.render.format import age_text, bytes_text, percent_words
from sutaztop.render.graphs import bar
from sutaztop.render.growth import (
    as_many,
    component_words,
    rate_words,
    tier_words,
    when_tone,
    when_words,
)
from sutaztop.render.look import Look

_SHARE, _TAIL, _LEAST_TAIL = 6, 16, 11
"""The cells of a share, and of the words at a line's end: ``‼ 13.1 GiB free``, or ``‼ 13.1 GiB``."""
_MARK = {Tone.WARNING: " ! ", Tone.CRITICAL: " ‼ "}
_WORD = {Medium.SSD: "SSD", Medium.HDD: "HDD", Medium.UNKNOWN: "other"}


def disks_title(frame: Frame, *, active: bool = False) -> Line:
    """Write how many components are planned."""
    disks = frame.snapshot.disks
    parts = ["Disk tiers"]
    if disks is not None:
        parts.append(f"{sum(len(tier.components) for tier in disks.tiers)} components")
    return heading(parts, active=active)


def disks_lines(frame: Frame, width: int, height: int, look: Look, *, enlarged: bool = True) -> list[Line]:
    """Write each tier with its fullest components, and what the engine could give back.

    Where room is short, a component that is too full comes before everything but the tiers themselves.
    ``enlarged`` fills room that is left with what grows fastest and all that can be given back.
    """
    disks = frame.snapshot.disks
    if disks is None or not disks.tiers:
        return [(Span(_why_not(frame), Tone.MUTED),)]
    full = [it for tier in disks.tiers for it in tier.components if _is_full(it, look.thresholds)]
    room = height - len(disks.tiers)
    reclaim = _reclaimable(disks, width, look.now) if room > len(full) else ()
    shown = _choose(disks.tiers, room - (1 if reclaim else 0), look.thresholds)
    columns = _Columns.fitting(disks.tiers, shown, width)
    lines: list[Line] = []
    for tier, components in zip(disks.tiers, shown, strict=True):
        lines.append(_tier_line(tier, columns, frame.history, look))
        lines += [_component_line(it, columns, frame.history, look) for it in components]
    lines += [reclaim] if reclaim else []
    if enlarged and len(lines) < height:
        lines += _more(frame, disks, width)
    return lines[:height]


def disks_strip(frame: Frame, width: int, look: Look) -> Line:
    """Write the tiers on one line."""
    disks = frame.snapshot.disks
    if disks is None or not disks.tiers:
        return ()
    parts: list[Line] = []
    thresholds = look.thresholds
    for tier in disks.tiers:
        fullest = max(tier.components, key=_fullness, default=None)
        share = tier.utilization
        parts.append((Span(f"{_WORD[tier.medium]} ", Tone.MUTED),
                      Span(percent_words(share), share_tone(share, thresholds)),
                      *_short_of_room(tier, frame.history, thresholds)))  # fmt: skip
        if fullest is not None and _fullness(fullest) >= thresholds.disk_warning:
            share = fullest.budget_utilization
            tone = share_tone(share, thresholds)
            mark = _MARK.get(tone, "").rstrip()
            parts.append((Span(f"{fullest.component.name} {percent_words(share)}{mark}", tone),))
    line = join(parts, width)
    return tuple(span for span in line if span.text.strip() or span is not line[-1])


def _short_of_room(tier: DiskTier, history: HistoryView, thresholds: Thresholds) -> Line:
    """Say what is left on the filesystem that carries a tier, where that is little, or when it is full."""
    when = tier_forecast(tier, history)
    if when is not None and when_tone(when) is Tone.WARNING:
        return (Span(f" ! full in {when_words(when)}", Tone.WARNING),)
    tight = _tightest(tier)
    tone = _room_tone(tight, thresholds) if tight is not None else Tone.MUTED
    if tight is None or tone not in _MARK:
        return ()
    return (Span(f"{_MARK[tone]}{bytes_text(tight.available)} free", tone),)


def _tightest(tier: DiskTier) -> Filesystem | None:
    return min(tier.filesystems, key=lambda it: it.available, default=None)


def tier_word(tier: DiskTier) -> str:
    """Give a tier's name as it is shown."""
    return _WORD[tier.medium]


def tier_tone(tier: DiskTier, thresholds: Thresholds) -> Tone:
    """Give the worst tone of a tier: of its budget, of any component's, or of a filesystem that carries it."""
    shares = (tier.utilization, *(it.budget_utilization for it in tier.components))
    tones = {share_tone(it, thresholds) for it in shares} | {_room_tone(it, thresholds) for it in tier.filesystems}
    return next((tone for tone in (Tone.CRITICAL, Tone.WARNING) if tone in tones), Tone.PLAIN)


def share_tone(share: Reading[Ratio], thresholds: Thresholds) -> Tone:
    """Give the tone of a share of a budget."""
    value = measured(share)
    if value is None:
        return Tone.MUTED
    from sutaztop.policy.severity import grade

    severity = grade(value, thresholds.disk_warning, thresholds.disk_critical)
    return SEVERITY_TONE[severity] if severity > Severity.OK else Tone.PLAIN


def _why_not(frame: Frame) -> str:
    report = frame.snapshot.report("disks")
    if report is not None and report.trouble is not None:
        return f"Not measured: {report.trouble}"
    return "No disk plan is configured." if frame.snapshot.disks is not None else "Measuring …"


def _is_full(it: ComponentUsage, thresholds: Thresholds) -> bool:
    return share_tone(it.budget_utilization, thresholds) in (Tone.WARNING, Tone.CRITICAL)


def _fullness(it: ComponentUsage) -> float:
    return measured(it.budget_utilization) or 0.0


def _choose(tiers: Sequence[DiskTier], room: int, thresholds: Thresholds) -> list[list[ComponentUsage]]:
    """Give each tier its components in sight, fullest first: the too full ones first of all, then in turn."""
    everything = [sorted(tier.components, key=_fullness, reverse=True) for tier in tiers]
    counts = [0] * len(tiers)
    pressing = sorted(
        ((_fullness(it), index) for index, its in enumerate(everything) for it in its if _is_full(it, thresholds)),
        reverse=True,
    )
    for _, index in pressing[: max(0, room)]:
        counts[index] += 1
    room -= len(pressing)
    while room > 0 and any(count < len(its) for count, its in zip(counts, everything, strict=True)):
        for index, its in enumerate(everything):
            if room > 0 and counts[index] < len(its):
                counts[index] += 1
                room -= 1
    return [its[:count] for its, count in zip(everything, counts, strict=True)]


def _of(used: Reading[Bytes], budget: Bytes | None) -> str:
    text = bytes_text(used)
    if budget is None:
        return text
    whole = bytes_text(budget)
    # One unit said once, where both have it.
    if text.partition(" ")[2] == whole.partition(" ")[2]:
        text = text.partition(" ")[0]
    return f"{text} of {whole}"


def _bar(share: Reading[Ratio], cells: int, look: Look) -> Span:
    tone = share_tone(share, look.thresholds)
    return Span(bar(measured(share) or 0.0, cells, glyphs=look.glyphs), Tone.ACCENT if tone is Tone.PLAIN else tone)


@dataclass(frozen=True, slots=True)
class _Columns:
    """How wide the parts of a line are, the same for all lines of the panel."""

    width: int
    name: int
    amount: int
    bar: int

    @classmethod
    def fitting(cls, tiers: Sequence[DiskTier], shown: Sequence[Sequence[ComponentUsage]], width: int) -> "_Columns":
        """Give names and amounts what they need, and the bars what is left beside the words at the end."""
        chosen = [it for its in shown for it in its]
        names = [*(_WORD[tier.medium] for tier in tiers), *(f" {it.component.name}" for it in chosen)]
        amounts = [
            *(_of(tier.used, tier.budget) for tier in tiers),
            *(_of(it.used, it.component.recommended) for it in chosen),
        ]
        amount = min(20, max(cell_width(text) for text in amounts))
        name = min(20, max(cell_width(text) for text in names), max(6, width - amount - _SHARE - _LEAST_TAIL - 1))
        return cls(width, name, amount, max(0, min(24, width - name - amount - _SHARE - _TAIL - 2)))

    @property
    def tail(self) -> int:
        """The cells that are left for the words at the end."""
        return self.width - self.name - 1 - self.amount - _SHARE - (self.bar + 1 if self.bar else 0)

    @property
    def gap(self) -> str:
        """What stands where a mark would: nothing but a blank where room is short."""
        return "   " if self.bar else " "

    def line(self, name: Span, amount: str, share: Reading[Ratio], tail: Sequence[Span], look: Look) -> Line:
        """Write one line."""
        spans = [
            Span(fit(name.text, self.name) + " ", name.tone),
            Span(fit(amount, self.amount, right=True)),
            Span(fit(percent_words(share), _SHARE, right=True), share_tone(share, look.thresholds)),
        ]
        if self.bar:
            spans += [Span(" "), _bar(share, self.bar, look)]
        return fit_line([*spans, *tail], self.width)


def _tier_line(tier: DiskTier, columns: _Columns, history: HistoryView, look: Look) -> Line:
    tail: list[Span] = []
    tight = _tightest(tier)
    if tight is not None:
        tone = _room_tone(tight, look.thresholds)
        words = f"{_MARK.get(tone, columns.gap)}{bytes_text(tight.available)}"
        tail.append(Span(f"{words} free" if columns.tail >= cell_width(words) + 5 else words, tone))
    found = [medium for medium in tier.found_media if medium is not Medium.UNKNOWN]
    if found and tier.medium is not Medium.UNKNOWN and tier.medium not in found:
        tail.append(Span(f" · lies on {_WORD[found[0]]}", Tone.WARNING))
    room = columns.tail - sum(cell_width(span.text) for span in tail) - 3
    if growing := as_many(tier_words(tier, history), room):
        tail += [Span(" · ", Tone.MUTED), *growing]
    return columns.line(Span(_WORD[tier.medium], Tone.TITLE), _of(tier.used, tier.budget), tier.utilization, tail, look)


def _room_tone(it: Filesystem, thresholds: Thresholds) -> Tone:
    """Give the tone of a filesystem's free room."""
    tone = share_tone(it.utilization, thresholds)
    return Tone.MUTED if tone is Tone.PLAIN else tone


def _component_line(it: ComponentUsage, columns: _Columns, history: HistoryView, look: Look) -> Line:
    share = it.budget_utilization
    tone = share_tone(share, look.thresholds)
    tail = [Span(_MARK.get(tone, columns.gap), tone)]
    if isinstance(it.used, Unmeasured):
        why = str(it.used) if cell_width(str(it.used)) + 3 <= columns.tail else it.used.reason.value
        tail.append(Span("" if it.used.reason is Reason.PENDING else why, Tone.MUTED))
    elif it.measured_at is not None:
        age = Span(f"{age_text(it.measured_at, look.now)} ago", Tone.MUTED)
        tail += as_many(_with_age(component_words(it, history, look.now), age), columns.tail - cell_width(tail[0].text))
    return columns.line(Span(f" {it.component.name}"), _of(it.used, it.component.recommended), share, tail, look)


def _with_age(words: Sequence[Span], age: Span) -> Sequence[Span]:
    """Put the age behind what is told of growth; that nothing grows is told after it."""
    return [age, *words] if [span.text for span in words] == ["steady"] else [*words, age]


def _more(frame: Frame, disks: Disks, width: int) -> list[Line]:
    """Say what grows fastest, and all that can be given back with what each kind takes."""
    from sutaztop.policy.disk_plan import can_be_given_back, top_growers

    lines = [
        join([
            (Span(f"grows fastest: {it.component.name}", Tone.PLAIN),),
            (Span(rate_words(growth), Tone.PLAIN),),
            (Span(f"{growth.points} measurements over {span_words(growth.span)}", Tone.MUTED),),
        ], width, " · ")
        for it, growth in top_growers(disks, frame.history)
    ]  # fmt: skip
    unknown = [it for it in map(partial(_why_no_growth, frame.history), _measured_components(disks)) if it]
    if unknown:
        # Those that are walked together know as little: one stands for all.
        lines.append(fit_line((Span(f"growth of {len(unknown)} not known, {unknown[0]}", Tone.MUTED),), width))
    back = measured(disks.reclaimable)
    for kind, size, how in can_be_given_back(back) if back is not None else ():
        lines.append(join([(Span(f"{kind} {bytes_text(size)}", Tone.PLAIN),), (Span(how, Tone.MUTED),)], width, " · "))
    return lines


def _measured_components(disks: Disks) -> list[ComponentUsage]:
    return [it for tier in disks.tiers for it in tier.components if not isinstance(it.used, Unmeasured)]


def _why_no_growth(history: HistoryView, it: ComponentUsage) -> str:
    growth = growth_of(history.sizes(component_key(it.component.name)))
    return str(growth) if isinstance(growth, Unmeasured) else ""


def _reclaimable(disks: Disks, width: int, now: datetime) -> Line:
    back = measured(disks.reclaimable)
    if back is None:
        return ()
    total = Bytes(back.images + back.containers + back.build_cache)
    if not total:
        return ()
    age = age_text(disks.reclaimable_at, now)
    return join([
        (Span(f"reclaimable {bytes_text(total)}", Tone.PLAIN),),
        (Span(f"images {bytes_text(back.images)}, build cache {bytes_text(back.build_cache)}", Tone.MUTED),),
        (Span(f"{age} ago", Tone.MUTED),),
    ], width, " · ")  # fmt: skip
