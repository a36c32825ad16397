"""The pages of the wall: large figures first, then the lines that explain them."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from sutaztop.domain.finding import Severity
from sutaztop.domain.frame import Frame
from sutaztop.domain.quantity import GIB, Bytes
from sutaztop.domain.reading import measured
from sutaztop.render.arrange import Arrangement, arrange, judge_rows, needs_attention
from sutaztop.render.cells import SEVERITY_GLYPH, SEVERITY_TONE, Line, Span, Tone, fit, fit_line, plain
from sutaztop.render.disks import disks_lines, tier_tone, tier_word
from sutaztop.render.figures import HEIGHT, figure, figure_width
from sutaztop.render.fleet import fleet_heading, fleet_row, lay_columns
from sutaztop.render.format import bytes_text, percent
from sutaztop.render.look import Look
from sutaztop.render.models import model_rows, models_lines

_SEVERITY = {Tone.WARNING: Severity.WARNING, Tone.CRITICAL: Severity.CRITICAL}
_TALLEST = 24
"""A row of figures takes no more than this many lines: what explains them must stay near."""


def overview_page(frame: Frame, width: int, height: int, look: Look) -> list[Line]:
    """Write the few figures that say how the stack is."""
    host = frame.snapshot.host
    judged = list(judge_rows(frame).values())
    attention = sum(needs_attention(it) for it in judged)
    running = sum(it.container.is_running for it in frame.snapshot.containers)
    limits = look.thresholds
    tiles = [
        (str(attention), "need attention", SEVERITY_TONE[frame.worst] if attention else Tone.OK),
        (str(running), f"of {len(judged)} containers run", Tone.STRONG),
        (f"{percent(host.cpu_utilization)}%", "host cpu",
         _tone(measured(host.cpu_utilization), limits.host_cpu_warning, limits.host_cpu_critical)),
        (f"{percent(host.memory_utilization)}%", "host memory",
         _tone(measured(host.memory_utilization), limits.host_memory_warning, limits.host_memory_critical)),
        *_fullest_disk(frame, look),
        (str(len(model_rows(frame))), f"models loaded, {bytes_text(_held(frame))}", Tone.STRONG),
    ]  # fmt: skip
    per_row = max(1, min(3, width // (figure_width("100%") + 2)))
    rows = -(-len(tiles) // per_row)
    # No figure is left out: those that have no room for being large are told on a line each.
    while rows and rows * (HEIGHT + 2) + max(0, len(tiles) - rows * per_row) > height:
        rows -= 1
    large, small = tiles[: rows * per_row], tiles[rows * per_row :]
    lines = _grid(large, per_row, width, height - len(small), look) if large else []
    return [
        *lines,
        *(fit_line((Span(f"   {text:>5}  ", tone), Span(label, Tone.PLAIN)), width) for text, label, tone in small),
    ]


_Tile: TypeAlias = tuple[str, str, Tone]


def _grid(tiles: Sequence[_Tile], per_row: int, width: int, height: int, look: Look) -> list[Line]:
    """Set tiles of large figures in even rows, as large as fits."""
    rows = [tiles[at : at + per_row] for at in range(0, len(tiles), per_row)]
    cell = width // per_row
    widest = max(len(text) for text, _, _ in tiles)
    scale = max(1, min(4, (cell - 4) // figure_width("0" * widest), (height // len(rows) - 3) // HEIGHT))
    tall = HEIGHT * scale + 1
    gap, rest = divmod(height - len(rows) * tall, len(rows) + 1)
    lines: list[Line] = [()] * (rest // 2)
    for row in rows:
        lines += [()] * gap
        drawn = [(figure(text, glyphs=look.glyphs, scale=scale), tone) for text, _, tone in row]
        for y in range(HEIGHT * scale):
            lines.append(tuple(Span(fit("   " + art[y], cell, ellipsis=""), tone) for art, tone in drawn))
        lines.append(tuple(Span(fit("   " + label, cell), Tone.PLAIN) for _, label, _ in row))
    return lines


def _fullest_disk(frame: Frame, look: Look) -> list[_Tile]:
    disks = frame.snapshot.disks
    shares = [(share, it.component.name) for tier in (disks.tiers if disks is not None else ())
              for it in tier.components if (share := measured(it.budget_utilization)) is not None]  # fmt: skip
    if not shares:
        return []
    share, name = max(shares)
    tone = _tone(share, look.thresholds.disk_warning, look.thresholds.disk_critical)
    return [(f"{share * 100:.0f}%", f"of its disk budget: {name}", tone)]


def _tone(share: float | None, warning: float, critical: float) -> Tone:
    if share is None:
        return Tone.MUTED
    return Tone.CRITICAL if share >= critical else Tone.WARNING if share >= warning else Tone.STRONG


def _held(frame: Frame) -> Bytes:
    return Bytes(sum(row.model.size for row in model_rows(frame)))


def worst_page(frame: Frame, width: int, height: int, look: Look) -> list[Line]:
    """Write the ten worst containers, with air between them where there is room."""
    arranged = arrange(frame, Arrangement())
    sheet = lay_columns(width - 2)
    rows: list[Line] = [(), (Span(" "), *fleet_heading(sheet, Arrangement(), look))]
    spaced = height >= 2 * 10 + 3
    for index in range(min(10, len(arranged.entries))):
        rows.append((Span(" "), *fleet_row(frame, arranged, index, sheet, look)))
        if spaced:
            rows.append(())
    return rows


def disks_page(frame: Frame, width: int, height: int, look: Look) -> list[Line]:
    """Write how full each tier is in large figures, then its components."""
    tiles = []
    for tier in frame.snapshot.disks.tiers if frame.snapshot.disks is not None else ():
        told = f"of {bytes_text(tier.budget)}" if tier.budget else "of its filesystem"
        tone = tier_tone(tier, look.thresholds)
        words = f"{SEVERITY_GLYPH[_SEVERITY[tone]]} " if tone in _SEVERITY else ""
        tiles.append((
            f"{percent(tier.utilization)}%", f"{words}{tier_word(tier)}, {told}", tone if words else Tone.STRONG
        ))  # fmt: skip
    return _under_tiles(
        tiles, lambda room: disks_lines(frame, width - 4, room, look, enlarged=False), width, height, look
    )


def models_page(frame: Frame, width: int, height: int, look: Look) -> list[Line]:
    """Write how many models are loaded and what they hold in large figures, then each of them."""
    rows = model_rows(frame)
    limits = look.thresholds
    share = frame.snapshot.host.memory_utilization
    tiles = [
        (str(len(rows)), "models loaded", Tone.STRONG),
        (f"{_held(frame) / GIB:.1f}", "GiB held by them", Tone.STRONG),
        (f"{percent(share)}%", "host memory",
         _tone(measured(share), limits.host_memory_warning, limits.host_memory_critical)),
    ] if frame.snapshot.models else []  # fmt: skip
    return _under_tiles(tiles, lambda room: models_lines(frame, width - 4, room, look), width, height, look)


def _under_tiles(
    tiles: Sequence[_Tile], write: Callable[[int], list[Line]], width: int, height: int, look: Look
) -> list[Line]:
    """Set a row of large figures over lines, where it costs none of them."""
    lines = [line for line in write(max(1, height - 1)) if plain(line).strip()]
    room = height - len(lines) - 1
    widest = max((figure_width(text) for text, _, _ in tiles), default=width)
    wide_enough = bool(tiles) and widest + 4 <= width // len(tiles)
    above = _grid(tiles, len(tiles), width, min(room, _TALLEST), look) if wide_enough and room >= HEIGHT + 4 else []
    return [*above, (), *indented(lines)]


def indented(lines: Sequence[Line]) -> list[Line]:
    """Set lines off from the left edge."""
    return [(Span("  "), *line) for line in lines]
