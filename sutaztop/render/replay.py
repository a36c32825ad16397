"""Which moment is shown, in words and as a place: nobody may take what was for what is."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from sutaztop.domain.quantity import span_words
from sutaztop.render.cells import Line, Span, Tone, fit_line, line_width

SPEEDS = (0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""How many recorded seconds pass in one of the clock's."""
_BAR_FROM = 100
_BAR = 20


@dataclass(frozen=True, slots=True)
class Replay:
    """Which moment is shown instead of the present.

    ``at`` is its instant, ``first`` and ``last`` the ends of the recording, ``None`` where they are not known.
    ``waiting`` is while another moment is being read. ``alone`` tells that there is no present to go back to.
    """

    at: datetime
    first: datetime | None = None
    last: datetime | None = None
    playing: bool = False
    speed: float = 1.0
    waiting: bool = False
    alone: bool = False

    @property
    def place(self) -> float | None:
        """Where it lies between the ends, 0-1."""
        if self.first is None or self.last is None or self.last <= self.first:
            return None
        share = (self.at - self.first) / (self.last - self.first)
        return min(1.0, max(0.0, share))


def speed_words(speed: float) -> str:
    """Write a speed.

    >>> speed_words(0.25), speed_words(10.0)
    ('0.25×', '10×')
    """
    return f"{speed:g}×"


def moment_words(at: datetime, now: datetime, zone: tzinfo | None) -> str:
    """Write an instant with its day where that is not today's."""
    local = at.astimezone(zone)
    day = "" if local.date() == now.astimezone(zone).date() else f"{local:%a %Y-%m-%d} "
    return f"{day}{local:%H:%M:%S}"


def replay_line(replay: Replay, now: datetime, zone: tzinfo | None, width: int) -> Line:
    """Write the banner: REPLAY, the moment, how long ago, paused or how fast, and the place in the recording."""
    ago = span_words(max(0.0, (now - replay.at).total_seconds()))
    going = f"playing {speed_words(replay.speed)}" if replay.playing else "paused"
    words = [f"{moment_words(replay.at, now, zone)}", f"{ago} ago", f"{going}{' …' if replay.waiting else ''}"]
    back = "0 the newest" if replay.alone else "0 back to live"
    keys = f"p {'pause' if replay.playing else 'play'}  [ ] step  {{ }} event  @ time  {back}"
    left: Line = (Span(" REPLAY ", Tone.DEMO), Span(f" {' · '.join(words)}", Tone.STRONG))
    bar = _bar(replay) if width >= _BAR_FROM else ()
    right: Line = (Span(f"  {keys} ", Tone.MUTED),)
    if line_width(left) + line_width(bar) + line_width(right) > width:
        right = (Span(f"  {back} ", Tone.MUTED),)
    gap = max(0, width - line_width(left) - line_width(bar) - line_width(right))
    return fit_line((*left, Span(" " * gap), *bar, *right), width)


def _bar(replay: Replay) -> Line:
    place = replay.place
    if place is None:
        return ()
    at = min(_BAR - 1, int(place * _BAR))
    return (Span("  "), Span("─" * at, Tone.MUTED), Span("●", Tone.ACCENT), Span("─" * (_BAR - 1 - at), Tone.MUTED))
