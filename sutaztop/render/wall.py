"""The wall's pages: one thing at a time, large, and honest about how old it is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from sutaztop.domain.finding import Severity
from sutaztop.domain.frame import Frame
from sutaztop.domain.quantity import Bytes
from sutaztop.domain.reading import measured
from sutaztop.render.arrange import Arrangement, Judgement, arrange, judge_rows, needs_attention
from sutaztop.render.boxes import stack
from sutaztop.render.cells import SEVERITY_GLYPH, SEVERITY_TONE, Line, Span, Tone, fit, fit_line, line_width
from sutaztop.render.disks import disks_lines
from sutaztop.render.figures import HEIGHT, figure, figure_width
from sutaztop.render.fleet import fleet_heading, fleet_row, lay_columns
from sutaztop.render.format import age_text, bytes_text, percent, span_words
from sutaztop.render.header import Standing, banners, data_age, engine_words, is_stale
from sutaztop.render.known import Known, known_of
from sutaztop.render.look import Look
from sutaztop.render.models import model_rows, models_lines

_HEARTBEAT = "|/-\\"


class Page(StrEnum):
    """The pages, in their order."""

    OVERVIEW = "overview"
    WORST = "worst ten"
    DISKS = "disk tiers"
    MODELS = "models"
    CHANGES = "what happened lately"


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything a page is drawn from. ``news`` is what happened lately, newest first."""

    frame: Frame | None
    page: Page
    look: Look
    standing: Standing
    news: Sequence[Line] = ()


def wall_lines(scene: Scene, width: int, height: int) -> list[Line]:
    """Write the whole wall: a header with a clock that moves, then the page, or why there is none."""
    frame, standing = scene.frame, scene.standing
    if height <= 0 or width <= 0:
        return []
    head = [wall_header(frame, width, standing), *banners(frame, width, standing)]
    room = height - len(head)
    if room <= 0:
        return stack(head, width, height)
    if frame is None or known_of(frame) is Known.NOT_YET:
        waiting: Line = (Span("waiting for the first reading", Tone.MUTED),)
        return stack([*head, *centred([waiting], width, room)], width, height)
    if is_stale(frame, standing):
        return stack([*head, *stale_page(frame, width, room, scene.look, standing)], width, height)
    pinned = worst_of(frame)
    if pinned is not None and room > 6:
        head.append(fit_line((Span(f" ‼ {pinned[0]}  {pinned[1].word}  {pinned[1].text}", Tone.CRITICAL),), width))
        room -= 1
    if scene.page is Page.CHANGES:
        body = _changes(scene.news, room)
    else:
        body = _PAGES[scene.page](frame, width, room, scene.look)
    return stack([*head, *body], width, height)


def wall_header(frame: Frame | None, width: int, standing: Standing) -> Line:
    """Write where this is, the clock and the heartbeat, and the age of the data."""
    beat = _HEARTBEAT[standing.now.second % len(_HEARTBEAT)]
    seen = frame is not None and known_of(frame) in (Known.NOW, Known.ONCE)
    age = f"data {span_words(data_age(frame, standing.now))} old" if frame is not None and seen else "no data"
    right = (Span(f"  {beat} {standing.now:%H:%M:%S}  ", Tone.STRONG), Span(f"{age} ", Tone.MUTED))
    words = [standing.title, *(engine_words(frame) if frame is not None else [])]
    room = width - line_width(right)
    if room < 8:
        return fit_line((Span(f"{standing.now:%H:%M:%S} {beat}"),), width)
    left = (Span(" sutaztop ", Tone.TITLE), Span(" · ".join(word for word in words if word), Tone.MUTED))
    return (*fit_line(left, room), *right)


def worst_of(frame: Frame) -> tuple[str, Judgement] | None:
    """Give the worst critical finding as (name, judgement), or ``None`` while nothing is critical."""
    critical = [it for it in frame.findings if it.severity is Severity.CRITICAL]
    if not critical:
        return None
    return critical[0].subject.name, Judgement(critical[0].severity, critical[0].word, critical[0].text)


def stale_page(frame: Frame, width: int, height: int, look: Look, standing: Standing) -> list[Line]:
    """Fill the screen with STALE and the reason: old figures must not look like news."""
    age = span_words(data_age(frame, standing.now))
    why = str(frame.trouble) if frame.trouble is not None else "No reading has arrived; the monitor may be stuck."
    lines: list[Line] = []
    never = known_of(frame) is Known.NEVER
    word = "NO DATA" if never else "STALE"
    if figure_width(word) <= width and height >= HEIGHT + 4:
        lines += [(Span(row, Tone.CRITICAL),) for row in figure(word, glyphs=look.glyphs)]
        lines.append(())
    else:
        lines.append((Span(word, Tone.CRITICAL),))
    told = "no figures yet: the engine was never reached" if never else f"the last figures are {age} old"
    lines.append((Span(told, Tone.STRONG),))
    lines += [(Span(row, Tone.CRITICAL),) for row in wrap(why, width - 4)]
    return centred(lines, width, height)


def centred(lines: Sequence[Line], width: int, height: int) -> list[Line]:
    """Set lines in the middle."""
    lines = list(lines)[:height]
    above = max(0, (height - len(lines)) // 2)
    out: list[Line] = [(Span(" " * width),)] * above
    for line in lines:
        line = fit_line(line, min(width, line_width(line)))  # noqa: PLW2901 - cut before it is centred
        out.append((Span(" " * ((width - line_width(line)) // 2)), *line))
    return stack(out, width, height)


def wrap(text: str, width: int) -> list[str]:
    """Break a sentence at blanks."""
    rows = [""]
    for word in text.split():
        if rows[-1] and len(rows[-1]) + 1 + len(word) > max(8, width):
            rows.append("")
        rows[-1] = f"{rows[-1]} {word}".strip()
    return rows


# --- the pages ---------------------------------------------------------------------------------


def _overview(frame: Frame, width: int, height: int, look: Look) -> list[Line]:
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


def _worst(frame: Frame, width: int, height: int, look: Look) -> list[Line]:
    arranged = arrange(frame, Arrangement())
    sheet = lay_columns(width - 2)
    rows: list[Line] = [(), (Span(" "), *fleet_heading(sheet, Arrangement(), look))]
    spaced = height >= 2 * 10 + 3
    for index in range(min(10, len(arranged.entries))):
        rows.append((Span(" "), *fleet_row(frame, arranged, index, sheet, look)))
        if spaced:
            rows.append(())
    return rows


def _disks(frame: Frame, width: int, height: int, look: Look) -> list[Line]:
    return [(), *_indented(disks_lines(frame, width - 4, height - 1, look))]


def _models(frame: Frame, width: int, height: int, look: Look) -> list[Line]:
    return [(), *_indented(models_lines(frame, width - 4, height - 1, look))]


def _changes(news: Sequence[Line], height: int) -> list[Line]:
    if not news:
        return [(), (Span("  Nothing has happened since this screen was started.", Tone.MUTED),)]
    return [(), *_indented(list(news)[: height - 1])]


def _indented(lines: Sequence[Line]) -> list[Line]:
    return [(Span("  "), *line) for line in lines]


def event_line(at: datetime, now: datetime, subject: str, words: str, severity: Severity = Severity.OK) -> Line:
    """Write something that happened: how long ago, to what, and what."""
    return (
        Span(f"{age_text(at, now):>5} ago  ", Tone.MUTED),
        Span(f"{SEVERITY_GLYPH[severity]} ", SEVERITY_TONE[severity]),
        Span(fit(subject, 28) + " ", Tone.STRONG),
        Span(words),
    )


_PAGES: Mapping[Page, Callable[[Frame, int, int, Look], list[Line]]] = {
    Page.OVERVIEW: _overview,
    Page.WORST: _worst,
    Page.DISKS: _disks,
    Page.MODELS: _models,
}
