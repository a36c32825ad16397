"""Which charts there are: of a container and of the host. A closed bucket never changes; gaps stay gaps."""

import math
from collections.abc import Sequence

from sutaztop.domain.frame import HOST, Frame
from sutaztop.domain.quantity import MIB, Bytes, Seconds
from sutaztop.domain.snapshot import ContainerSnapshot
from sutaztop.render.cells import Tone
from sutaztop.render.chart import Chart, Trace, area_width, render_chart
from sutaztop.render.format import bytes_text, cores_text, percent_words

__all__ = [
    "CHART_WINDOWS", "bucket_number", "chart_bucket", "closed_series", "cpu_chart", "host_cpu_chart",
    "host_memory_chart", "memory_chart", "render_chart", "share_chart",
]  # fmt: skip

CHART_WINDOWS = (Seconds(60.0), Seconds(600.0), Seconds(3600.0), Seconds(21_600.0), Seconds(86_400.0))
"""The spans that a chart can show; the history keeps a day."""


def chart_bucket(span: Seconds, columns: int) -> Seconds:
    """Give the span of one point: the least that the history keeps exactly and that leaves a point a half cell.

    >>> chart_bucket(Seconds(600.0), 120), chart_bucket(Seconds(600.0), 70), chart_bucket(Seconds(60.0), 200)
    (5.0, 10.0, 1.0)
    """
    step = 1.0 if span <= 120 else 5.0 if span <= 600 else 15.0 if span <= 21_600 else 60.0
    return Seconds(step * max(1, math.ceil(span / step / max(1, columns))))


def bucket_number(frame: Frame, bucket: Seconds) -> int:
    """Give the number of the bucket that a frame falls into: a chart is drawn anew when it rises."""
    return frame.snapshot.clock_ns // round(bucket * 1e9)


def closed_series(frame: Frame, key: str, figure: str, span: Seconds, bucket: Seconds) -> Sequence[float | None]:
    """Give the buckets of a span that are closed: the open one still changes, and is not drawn."""
    points = max(1, round(span / bucket))
    return frame.history.series(key, figure, points=points + 1, bucket=bucket)[:-1]


def _marks(frame: Frame, found: ContainerSnapshot) -> tuple[float, ...]:
    """Give how long ago the container's limits or replicas were seen to change."""
    changed = frame.last_change(found.container)
    return () if changed is None else ((frame.snapshot.at - changed.at).total_seconds(),)


def cpu_chart(frame: Frame, found: ContainerSnapshot, span: Seconds, width: int) -> Chart:
    """Give a container's CPU in cores, with its limit across and the throttled share beneath."""
    bucket = chart_bucket(span, 2 * area_width(width))
    throttled = closed_series(frame, found.id, "throttled", span, bucket)
    limit = found.container.resources.limits.cpu
    return Chart(
        title="CPU · cores",
        traces=(
            Trace(
                "used",
                Tone.CPU,
                closed_series(frame, found.id, "cpu", span, bucket),
                cores_text(found.usage.cpu),
            ),
        ),
        span=span,
        write=lambda value: f"{value:.3g}",
        limit=limit,
        unlimited="no limit set",
        share=Trace("throttled", Tone.THROTTLED, throttled, percent_words(found.usage.throttled))
        if limit is not None
        else None,
        least_top=0.1,
        marks=_marks(frame, found),
    )


def memory_chart(frame: Frame, found: ContainerSnapshot, span: Seconds, width: int) -> Chart:
    """Give a container's working set and anonymous memory, with its limit across."""
    bucket = chart_bucket(span, 2 * area_width(width))
    return Chart(
        title="memory",
        traces=(
            Trace(
                "anon",
                Tone.ACCENT,
                closed_series(frame, found.id, "memory_anon", span, bucket),
                bytes_text(found.usage.memory_anon),
            ),
            Trace(
                "working set",
                Tone.MEMORY,
                closed_series(frame, found.id, "memory", span, bucket),
                bytes_text(found.usage.memory),
            ),
        ),
        span=span,
        write=_bytes_label,
        limit=found.container.resources.limits.memory,
        unlimited="no limit set",
        least_top=64.0 * MIB,
        marks=_marks(frame, found),
    )


def share_chart(frame: Frame, found: ContainerSnapshot, what: str, span: Seconds, width: int) -> Chart:
    """Give a container's ``cpu`` or ``memory`` as a share of its limit."""
    bucket = chart_bucket(span, 2 * area_width(width))
    usage = found.usage
    now = usage.cpu_utilization if what == "cpu" else usage.memory_utilization
    values = closed_series(frame, found.id, f"{what}_utilization", span, bucket)
    return Chart(
        title="CPU · share of its limit" if what == "cpu" else "memory · share of its limit",
        traces=(Trace("used", Tone.CPU if what == "cpu" else Tone.MEMORY, values, percent_words(now)),),
        span=span,
        write=_share_label,
        marks=_marks(frame, found),
    )


def host_cpu_chart(frame: Frame, span: Seconds, width: int) -> Chart:
    """Give the host's CPU as a share of all its cores."""
    bucket = chart_bucket(span, 2 * area_width(width))
    host = frame.snapshot.host
    return Chart(
        title="CPU · share of all cores",
        traces=(
            Trace(
                "used",
                Tone.CPU,
                closed_series(frame, HOST, "cpu_utilization", span, bucket),
                percent_words(host.cpu_utilization),
            ),
        ),
        span=span,
        write=_share_label,
        least_top=1.0,
    )


def host_memory_chart(frame: Frame, span: Seconds, width: int) -> Chart:
    """Give the host's memory in use as a share of what it has."""
    bucket = chart_bucket(span, 2 * area_width(width))
    return Chart(
        title="memory · share of the host's",
        traces=(
            Trace(
                "used",
                Tone.MEMORY,
                closed_series(frame, HOST, "memory_utilization", span, bucket),
                percent_words(frame.snapshot.host.memory_utilization),
            ),
        ),
        span=span,
        write=_share_label,
        least_top=1.0,
    )


def _share_label(value: float) -> str:
    return f"{value * 100:.0f} %"


def _bytes_label(value: float) -> str:
    return bytes_text(Bytes(round(value)))
