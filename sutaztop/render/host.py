"""The host as lines: what is used, what is left, what was promised, and what watching it costs."""

from sutaztop.domain.counters import Pressure
from sutaztop.domain.frame import HOST, Frame
from sutaztop.domain.profile import Thresholds
from sutaztop.domain.quantity import Ratio
from sutaztop.domain.reading import Reading, measured
from sutaztop.domain.snapshot import HostUsage
from sutaztop.render.boxes import heading, join, stack
from sutaztop.render.cells import Line, Span, Tone, fit_line, line_width
from sutaztop.render.charts import host_cpu_chart, render_chart
from sutaztop.render.format import bytes_text, percent, percent_words, rate_text
from sutaztop.render.graphs import spark
from sutaztop.render.known import Known, known_of
from sutaztop.render.look import Look, spark_bucket
from sutaztop.render.plot import chart_engine

_CHART_FROM, _CHART_ROWS = 88, 7
"""So large a panel draws its history as a chart beside the figures."""
_FIGURES = 46
_MARK = {Tone.WARNING: " !", Tone.CRITICAL: " ‼"}


def host_title(frame: Frame, *, active: bool = False) -> Line:
    """Write which host, and how large it is."""
    host = frame.snapshot.host
    size = [f"{host.cpus} cores", bytes_text(host.memory_total)] if host.cpus else ["not read yet"]
    return heading(["Host", host.hostname, *size], active=active)


def has_chart(width: int, height: int) -> bool:
    """Whether there is room for a chart beside the figures."""
    return width >= _CHART_FROM and height >= _CHART_ROWS


def host_lines(frame: Frame, width: int, height: int, look: Look) -> list[Line]:
    """Write the host's figures, most telling first; what does not fit is left out whole."""
    host = frame.snapshot.host
    if host.read_at is None:
        return [(Span(_why_not(frame), Tone.MUTED),)]
    if has_chart(width, height):
        return _with_chart(frame, width, height, look)
    thresholds = look.thresholds
    cpu = _gauge("CPU", host.cpu_utilization, thresholds.host_cpu_warning, thresholds.host_cpu_critical)
    memory = _gauge("MEM", host.memory_utilization, thresholds.host_memory_warning, thresholds.host_memory_critical)
    busy = measured(host.cpu)
    load = "load " + " ".join(f"{value:.1f}" for value in host.load)
    beside: tuple[list[Line], ...] = (
        [(Span("" if busy is None else f"{busy:.1f} of {host.cpus} cores"),), (Span(load, Tone.MUTED),)],
        [(Span(f"{bytes_text(host.memory_available)} available"),), _swap(host)],
    )
    # The graphs take what the figures leave, both the same.
    taken = max(sum(line_width(part) + 2 for part in parts) for parts in beside)
    room = max(0, min(60, width - line_width(cpu) - 1 - taken))
    lines = [
        join([(*cpu, *_history(frame, "cpu_utilization", room, look)), *beside[0]], width),
        join([(*memory, *_history(frame, "memory_utilization", room, look)), *beside[1]], width),
        join([_pressure_words(host, thresholds)], width),
        _promised(frame, width),
        _traffic_and_cost(host, width),
    ]
    if height < len(lines):
        # Pressure and rates share a line before either is lost.
        lines[2] = join([_pressure_words(host, thresholds), _rates("disk", host.disk_read, host.disk_write),
                         _rates("net", host.network_rx, host.network_tx)], width)  # fmt: skip
        lines[3] = _promised(frame, width, own=True)
        del lines[4]
    return lines[:height]


def _with_chart(frame: Frame, width: int, height: int, look: Look) -> list[Line]:
    """Set the figures beside a chart of the CPU."""
    figures = stack(host_lines(frame, _FIGURES, height, look), _FIGURES, height)
    room = width - _FIGURES - 2
    chart = stack(
        render_chart(host_cpu_chart(frame, look.window, room), room, height, glyphs=look.glyphs, engine=chart_engine()),
        room,
        height,
    )
    return [(*left, Span("  "), *right) for left, right in zip(figures, chart, strict=True)]


def host_strip(frame: Frame, width: int, look: Look) -> Line:
    """Write the host on one line, for narrow screens."""
    host = frame.snapshot.host
    if host.read_at is None:
        return fit_line((Span(_why_not(frame), Tone.MUTED),), width)
    thresholds = look.thresholds
    room = 8 if width >= 76 else 0
    cpu = _gauge("CPU", host.cpu_utilization, thresholds.host_cpu_warning, thresholds.host_cpu_critical)
    memory = _gauge("MEM", host.memory_utilization, thresholds.host_memory_warning, thresholds.host_memory_critical)
    over, _ = _overcommit(frame)
    return join([
        (*cpu, *_history(frame, "cpu_utilization", room, look)),
        memory,
        (Span(f"{bytes_text(host.memory_available)} free"),),
        _pressure_short(host, thresholds),
        (Span(f"limits {over:.1f}×{'!' if over > 1 else ''}", Tone.WARNING if over > 1 else Tone.PLAIN),)
        if over is not None else (),
        _own(host),
    ], width)  # fmt: skip


def _why_not(frame: Frame) -> str:
    report = frame.snapshot.report("host")
    if report is not None and report.trouble is not None:
        return f"Not measured: {report.trouble}"
    engine = frame.snapshot.engine
    if engine is not None and not engine.is_local:
        return "The engine runs on another host, whose own figures can't be read from here."
    return "Reading the host …"


def _gauge(name: str, share: Reading[Ratio], warning: Ratio, critical: Ratio) -> Line:
    """Write a share with its severity, as a colour and as a glyph that has its place always: nothing jumps."""
    value = measured(share)
    tone = Tone.STRONG
    if value is not None and value >= warning:
        tone = Tone.CRITICAL if value >= critical else Tone.WARNING
    return (Span(f"{name} ", Tone.MUTED), Span(f"{percent(share):>3} %{_MARK.get(tone, '  ')}", tone))


def _history(frame: Frame, figure: str, width: int, look: Look) -> Line:
    if width < 6:
        return ()
    values = frame.history.series(HOST, figure, points=width, bucket=spark_bucket(look.window, width))
    tone = Tone.CPU if figure.startswith("cpu") else Tone.MEMORY
    return (Span(" "), Span(spark(values, 1.0, glyphs=look.glyphs), tone))


def _swap(host: HostUsage) -> Line:
    if not host.swap_total:
        return (Span("no swap", Tone.MUTED),)
    return (Span(f"swap {bytes_text(host.swap_used)} of {bytes_text(host.swap_total)}", Tone.MUTED),)


def _pressure_tone(reading: Reading[Pressure], thresholds: Thresholds) -> Tone:
    pressure = measured(reading)
    if pressure is None:
        return Tone.MUTED
    if pressure.some >= thresholds.pressure_critical:
        return Tone.CRITICAL
    return Tone.WARNING if pressure.some >= thresholds.pressure_warning else Tone.PLAIN


def _pressures(host: HostUsage) -> tuple[tuple[str, Reading[Pressure]], ...]:
    return (("cpu", host.cpu_pressure), ("memory", host.memory_pressure), ("io", host.io_pressure))


def _pressure_words(host: HostUsage, thresholds: Thresholds) -> Line:
    spans: list[Span] = [Span("PSI ", Tone.MUTED)]
    for name, reading in _pressures(host):
        pressure = measured(reading)
        text = "–" if pressure is None else percent_words(pressure.some, decimals=0 if pressure.some >= 0.01 else 1)
        tone = _pressure_tone(reading, thresholds)
        spans += [Span(f"{name} ", Tone.MUTED), Span(f"{text}{_MARK.get(tone, '')}  ", tone)]
    if all(measured(reading) is None for _, reading in _pressures(host)):
        return (Span("PSI  this kernel keeps no pressure figures", Tone.MUTED),)
    return tuple(spans)


def _pressure_short(host: HostUsage, thresholds: Thresholds) -> Line:
    spans = [Span("PSI ", Tone.MUTED)]
    for number, (_, reading) in enumerate(_pressures(host)):
        pressure = measured(reading)
        text = "–" if pressure is None else f"{pressure.some * 100:.0f}"
        tone = _pressure_tone(reading, thresholds)
        spans += [Span("/" if number else "", Tone.MUTED), Span(f"{text}{_MARK.get(tone, '').strip()}", tone)]
    return tuple(spans)


def _promised(frame: Frame, width: int, *, own: bool = False) -> Line:
    """Say what limits promise against what the host has. Over 1 means that not all can be kept.

    Where our own cost has no line of its own, it has a place here before the size of the promise has.
    """
    host = frame.snapshot.host
    memory, cpu = _overcommit(frame)
    if memory is None and cpu is None:
        return join([(Span("limits ", Tone.MUTED), Span("not known", Tone.MUTED))], width)
    unlimited = max(host.memory_unlimited, host.cpu_unlimited)
    without: Line = (Span(f"{unlimited} without one", Tone.MUTED),) if unlimited else ()
    cores = measured(host.own_cpu) if own else None
    cost: Line = (Span(f"self {cores * 100:.1f} %", Tone.MUTED),) if cores is not None else ()
    promise: Line = ()
    if memory is not None:
        tone = Tone.WARNING if memory > 1 else Tone.PLAIN
        size = f"{bytes_text(host.memory_limits)} = "
        needed = sum(line_width(part) + 3 for part in (without, cost) if part)
        if cost and len(f"limits {size}{memory:.1f} × host") + needed > width:
            size = ""
        promise = (Span("limits ", Tone.MUTED), Span(size), Span(f"{memory:.1f} × host{_MARK.get(tone, '')}", tone))
    more: Line = (Span(f"{host.cpu_limits:.0f} cores = {cpu:.1f} ×", Tone.MUTED),) if cpu is not None else ()
    return join([promise, without, cost, more], width, " · ")


def _overcommit(frame: Frame) -> tuple[Ratio | None, Ratio | None]:
    """Give what limits promise of memory and of CPU; nothing where no container was ever read."""
    host = frame.snapshot.host
    if known_of(frame) in (Known.NOT_YET, Known.NEVER):
        return None, None
    return measured(host.memory_overcommit), measured(host.cpu_overcommit)


def _rates(name: str, first: Reading[float], second: Reading[float], one: str = "", two: str = "") -> Line:
    return (Span(f"{name} ", Tone.MUTED), Span(f"{rate_text(first)}"), Span(f" {one}".rstrip(), Tone.MUTED),
             Span("/" if not one else "  ", Tone.MUTED), Span(f"{rate_text(second)}"),
             Span(f" {two}".rstrip(), Tone.MUTED))  # fmt: skip


def _traffic_and_cost(host: HostUsage, width: int) -> Line:
    """Write disk and network rates and what watching costs, as fully as all three fit."""
    full = (_rates("disk", host.disk_read, host.disk_write, "read", "written"),
            _rates("net", host.network_rx, host.network_tx, "in", "out"), _own(host))  # fmt: skip
    brief = (_rates("disk", host.disk_read, host.disk_write), _rates("net", host.network_rx, host.network_tx))
    for parts in (full, (*brief, _own(host))):
        if sum(line_width(part) for part in parts) + 2 * (len(parts) - 1) <= width:
            return join(parts, width)
    return join((*brief, _own(host, brief=True)), width)


def _own(host: HostUsage, *, brief: bool = False) -> Line:
    cores = measured(host.own_cpu)
    if cores is None:
        return ()
    of_what = "" if brief else " of a core"
    return (Span(f"self {cores * 100:.1f} %{of_what}, {bytes_text(host.own_memory)}", Tone.MUTED),)
