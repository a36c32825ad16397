"""The wall's pages: one thing at a time, large, and honest about how old it is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sutaztop.domain.finding import Severity
from sutaztop.domain.frame import Frame
from sutaztop.domain.quantity import span_words
from sutaztop.render.arrange import Judgement
from sutaztop.render.boxes import stack
from sutaztop.render.cells import SEVERITY_GLYPH, SEVERITY_TONE, Line, Span, Tone, fit, fit_line, line_width
from sutaztop.render.figures import HEIGHT, figure, figure_width
from sutaztop.render.format import age_text
from sutaztop.render.header import Standing, banners, data_age, engine_words, is_stale
from sutaztop.render.known import Known, known_of
from sutaztop.render.look import Look
from sutaztop.render.paragraph import wrap
from sutaztop.render.wall_pages import disks_page, indented, models_page, overview_page, worst_page

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


def _changes(news: Sequence[Line], height: int) -> list[Line]:
    if not news:
        return [(), (Span("  Nothing has happened since this screen was started.", Tone.MUTED),)]
    return [(), *indented(list(news)[: height - 1])]


def event_line(at: datetime, now: datetime, subject: str, words: str, severity: Severity = Severity.OK) -> Line:
    """Write something that happened: how long ago, to what, and what."""
    return (
        Span(f"{age_text(at, now):>5} ago  ", Tone.MUTED),
        Span(f"{SEVERITY_GLYPH[severity]} ", SEVERITY_TONE[severity]),
        Span(fit(subject, 28) + " ", Tone.STRONG),
        Span(words),
    )


_PAGES: Mapping[Page, Callable[[Frame, int, int, Look], list[Line]]] = {
    Page.OVERVIEW: overview_page,
    Page.WORST: worst_page,
    Page.DISKS: disks_page,
    Page.MODELS: models_page,
}
