"""Where one is, in words: which stack and engine, which mode, how old the data is, and what is wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sutaztop.domain.finding import Severity
from sutaztop.domain.frame import Frame
from sutaztop.domain.quantity import span_words
from sutaztop.domain.reading import measured
from sutaztop.render.arrange import judge_rows, needs_attention
from sutaztop.render.boxes import join
from sutaztop.render.cells import SEVERITY_GLYPH, SEVERITY_TONE, Line, Span, Tone, fit, fit_line, line_width
from sutaztop.render.format import percent
from sutaztop.render.known import Known, known_of
from sutaztop.render.paragraph import wrap
from sutaztop.render.replay import Replay, replay_line

_BANNER_LINES = 2
_MOST_NOTICES = 2
_DEMO = (
    "DEMO WORLD - not a real stack, nothing here is yours · to connect: sutaztop --host unix:///var/run/docker.sock",
    "DEMO WORLD - not a real stack · to connect: sutaztop --host ADDRESS",
    "DEMO WORLD - not a real stack · sutaztop --host ADDRESS",
)
"""The banner over a demo that was asked for: the fullest that fits on one line."""


class Mode(StrEnum):
    """What may be done here, as the header says it."""

    READ_ONLY = "READ-ONLY"
    ACTIVE = ""
    WALL = "WALL"


@dataclass(frozen=True, slots=True)
class Standing:
    """What the header knows besides the frame. ``now`` is aware, in the zone that clocks are shown in.

    ``demo_reason`` is why the demo took the place of an engine, empty where it was asked for.
    ``stale_intervals`` is after how many intervals without news the data is called stale.
    ``pace`` tells why the screen is drawn less often than sampled ("slow link: every 2 s"), or is empty;
    ``write_left`` is for how many seconds things may still be changed, where that was taken for a while.
    ``drawn_every`` is that time in seconds, which the figures may be older without being stale.
    ``notices`` are changes that are borrowed, overdue or unfinished, in words, the most urgent first.
    """

    title: str
    now: datetime
    mode: Mode = Mode.ACTIVE
    demo: bool = False
    frozen: bool = False
    replay: Replay | None = None
    stale_intervals: int = 5
    demo_reason: str = ""
    pace: str = ""
    drawn_every: float = 0.0
    write_left: float | None = None
    notices: tuple[tuple[str, Tone], ...] = ()


def data_age(frame: Frame, now: datetime) -> float:
    """Give the seconds since the figures were taken; since the last good ones where the engine is gone."""
    return max(0.0, (now - (frame.stale_since or frame.snapshot.at)).total_seconds())


def is_stale(frame: Frame, standing: Standing) -> bool:
    """Whether the figures are too old to be taken for the present."""
    allowed = standing.stale_intervals * frame.interval + standing.drawn_every
    return frame.trouble is not None or data_age(frame, standing.now) > allowed


def engine_words(frame: Frame) -> list[str]:
    """Say which engine, where, and how its containers are read."""
    engine = frame.snapshot.engine
    if engine is None:
        return ["engine: not reached yet"]
    report = frame.snapshot.report("counters")
    if engine.without_engine:
        return [f"no engine: {engine.without_engine}", engine.endpoint]
    words = [f"engine {engine.version}".rstrip(), engine.endpoint]
    if engine.name and not engine.is_local:
        words.insert(1, f"on {engine.name}")
    if report is not None and report.source and report.source not in engine.endpoint:
        words.append(report.source)
    return words


def age_words(frame: Frame | None, standing: Standing) -> Line:  # noqa: PLR0911 - one line for each standing
    """Say live, frozen or stale, and how old."""
    if frame is None:
        return (Span("○ waiting for the first data", Tone.MUTED),)
    known = known_of(frame)
    if known is Known.NOT_YET:
        return (Span("○ waiting for the first data", Tone.MUTED),)
    if known is Known.NEVER:
        return (Span("NO ENGINE", Tone.CRITICAL),)
    age = data_age(frame, standing.now)
    if standing.replay is not None:
        return (
            Span(f"REPLAY -{span_words(max(0.0, (standing.now - standing.replay.at).total_seconds()))}", Tone.DEMO),
        )
    if is_stale(frame, standing):
        return (Span(f"STALE {span_words(age)}", Tone.CRITICAL),)
    if standing.frozen:
        return (Span(f"FROZEN {span_words(age)}", Tone.WARNING),)
    words = f"live {frame.interval:g} s"
    return (Span("● ", Tone.OK), Span(f"{words}, {standing.pace}" if standing.pace else words, Tone.MUTED))


def header_lines(frame: Frame | None, width: int, standing: Standing, *, most: int | None = None) -> list[Line]:
    """Write the header: one line, and more for each banner that must be seen.

    Where there is room for one line alone, a demo is called so in it.
    """
    right: list[Span] = []
    if standing.demo and most == 1:
        right += [Span(" DEMO ", Tone.DEMO), Span(" ")]
    if standing.mode is not Mode.ACTIVE:
        right += [Span(standing.mode.value, Tone.STRONG), Span("   ")]
    if standing.write_left is not None:
        minutes, seconds = divmod(int(standing.write_left), 60)
        right += [Span(f"WRITE {minutes}:{seconds:02}", Tone.CRITICAL), Span("   ")]
    right += [Span(f"{standing.now:%H:%M:%S} ", Tone.STRONG), *age_words(frame, standing), Span(" ")]
    room = width - line_width(right)
    if room < 12:
        return [one_line(frame, width, standing)]
    words = [standing.title, *(engine_words(frame) if frame is not None else ["connecting …"])]
    left = (Span(" sutaztop  ", Tone.TITLE), Span(" · ".join(word for word in words if word), Tone.MUTED))
    first = fit_line((*fit_line(left, room - 1), Span(" "), *right), width)
    return [first, *banners(frame, width, standing)][:most]


def banners(frame: Frame | None, width: int, standing: Standing) -> list[Line]:
    """Write what nobody may overlook: that this is no real stack, and that the engine does not answer."""
    lines: list[Line] = []
    if standing.replay is not None:
        lines.append(replay_line(standing.replay, standing.now, standing.now.tzinfo, width))
    if standing.demo:
        asked_for = next((words for words in _DEMO if len(words) < width), _DEMO[-1])
        words = f"DEMO WORLD - not a real stack. {standing.demo_reason}" if standing.demo_reason else asked_for
        lines += _banner(words, width, Tone.DEMO)[: None if standing.demo_reason else 1]
    if frame is not None and frame.trouble is not None:
        since = "" if frame.stale_since is None else f" for {span_words(data_age(frame, standing.now))}"
        advice = f" · {frame.trouble.advice.rstrip('.')}" if frame.trouble.advice else ""
        words = f"{frame.trouble.what.rstrip('.')}{since}: {frame.trouble.why.rstrip('.')} · trying again{advice}"
        lines += _banner(words, width, Tone.CRITICAL)
    return lines + _notices(standing.notices, width)


def _notices(notices: Sequence[tuple[str, Tone]], width: int) -> list[Line]:
    """Write open changes, a line each; those there is no room for are counted in the last."""
    shown = list(notices[:_MOST_NOTICES])
    if len(notices) > _MOST_NOTICES:
        words, tone = shown[-1]
        shown[-1] = (f"{words} · and {len(notices) - _MOST_NOTICES} more: 6 lists them", tone)
    return [(Span(fit(f" {words}", width), tone),) for words, tone in shown]


def _banner(words: str, width: int, tone: Tone) -> list[Line]:
    """Write a banner on one line, or on two where one has not room for it."""
    rows = wrap(words, max(2, width - 2))
    if len(rows) > _BANNER_LINES:
        rows[_BANNER_LINES - 1 :] = [" ".join(rows[_BANNER_LINES - 1 :])]
    return [(Span(fit(f" {row}", width), tone),) for row in rows]


def one_line(frame: Frame | None, width: int, standing: Standing) -> Line:
    """Write everything there is room for on the one line of a tiny terminal."""
    if frame is None or known_of(frame) is Known.NOT_YET:
        return fit_line((Span("waiting", Tone.MUTED),), width)
    if known_of(frame) is Known.NEVER:
        return fit_line((Span("NO ENGINE", Tone.CRITICAL),), width)
    judged = [judgement for judgement in judge_rows(frame).values() if needs_attention(judgement)]
    worst = max((judgement.severity for judgement in judged), default=Severity.OK)
    host = frame.snapshot.host
    parts: list[Line] = [(Span(f"{SEVERITY_GLYPH[worst]}{len(judged)}", SEVERITY_TONE[worst]),)]
    if standing.replay is not None:
        parts.insert(0, (Span("REPLAY", Tone.DEMO),))
    elif is_stale(frame, standing):
        parts.insert(0, (Span("STALE", Tone.CRITICAL),))
    if standing.demo:
        parts.insert(0, (Span("DEMO", Tone.DEMO),))
    if measured(host.cpu_utilization) is not None:
        parts.append((Span(f"C{percent(host.cpu_utilization)}"),))
        parts.append((Span(f"M{percent(host.memory_utilization)}"),))
    return join(parts, width, " ")
