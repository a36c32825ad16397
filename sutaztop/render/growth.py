"""Growth on disk in words: a rate with its sign, and when something will be full."""

from collections.abc import Sequence
from datetime import datetime

from sutaztop.domain.frame import HistoryView
from sutaztop.domain.quantity import Bytes, span_words
from sutaztop.domain.sizes import component_key, tier_key
from sutaztop.domain.snapshot import ComponentUsage, DiskTier
from sutaztop.measure.forecasts import component_forecast, growth_at, tier_forecast
from sutaztop.measure.growth import SOON, Forecast, Growth
from sutaztop.render.cells import Line, Span, Tone, cell_width
from sutaztop.render.format import bytes_text


def rate_words(growth: Growth | None) -> str:
    """Write a rate with its sign; nothing where there is not enough data.

    >>> rate_words(Growth(2 << 30, 1 << 30, 3 << 30, 12, 3600)), rate_words(Growth(0, 0, 0, 12, 3600))
    ('+2 GiB/h', 'steady')
    """
    if growth is None:
        return ""
    if growth.is_growing:
        return f"+{bytes_text(Bytes(growth.slope))}/h"
    return f"-{bytes_text(Bytes(-growth.slope))}/h" if growth.is_shrinking else "steady"


def when_words(it: Forecast, *, ranged: bool = False) -> str:
    """Write when something is full, with the range where it is asked for."""
    if not ranged:
        return span_words(it.left)
    from sutaztop.policy.disk_plan import forecast_words

    return forecast_words(it)


def tier_words(tier: DiskTier, history: HistoryView) -> Sequence[Span]:
    """Say when a tier's filesystem is full and how fast its components grow, the more pressing first."""
    when, growth = tier_forecast(tier, history), growth_at(history, tier_key(tier.medium))
    words = [Span(f"full in {when_words(when, ranged=True)}", when_tone(when))] if when is not None else []
    rate = rate_words(growth)
    return [*words, Span(rate, Tone.MUTED)] if rate else words


def component_words(it: ComponentUsage, history: HistoryView, at: datetime) -> Sequence[Span]:
    """Say when a component is at its budget and how fast it grows, the more pressing first."""
    when = component_forecast(it, history, at)
    rate = rate_words(growth_at(history, component_key(it.component.name)))
    if when is not None:
        return [Span(when_words(when, ranged=True), when_tone(when)), Span(rate, Tone.MUTED)]
    return [Span(rate, Tone.MUTED)] if rate else []


def when_tone(it: Forecast) -> Tone:
    """Give the tone of a time that is left."""
    return Tone.WARNING if it.left <= SOON else Tone.MUTED


def as_many(parts: Sequence[Span], room: int) -> Line:
    """Give the first parts that fit, with dots between them; of the very first a range may be left out."""
    line: list[Span] = []
    for part in parts:
        text = part.text
        if not line and cell_width(text) > room:
            text = text.partition(" (")[0]
        needed = cell_width(text) + (3 if line else 0)
        if needed > room:
            break
        line += [Span(" · ", Tone.MUTED)] if line else []
        line.append(Span(text, part.tone))
        room -= needed
    return tuple(line)
