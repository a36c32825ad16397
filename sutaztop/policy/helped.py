"""Did it help? A container's OOM kills and figures before a change beside those since."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from sutaztop.domain.frame import Frame
from sutaztop.domain.profile import Thresholds
from sutaztop.domain.quantity import Seconds, span_words
from sutaztop.domain.snapshot import ContainerSnapshot
from sutaztop.policy.wording import percent

LOOKS = (Seconds(60.0), Seconds(180.0), Seconds(300.0))
"""When a change is looked back on."""
_MINUTE = 60
_SETTLES = 10
"""Seconds after a change that count for neither side: what had piled up is worked off."""
_LEAST = 10
"""Readings on either side; with fewer there is nothing to say."""
_HELPS, _HURTS = 0.75, 1.25
"""Three quarters of a figure, or a quarter more of it, is an effect; what is less may be chance."""
_SLIGHT = 0.02
"""Shares below this are nothing, before or after."""

_KILLS = "kills"
_FIGURES = (
    ("throttled", "throttled in {} of periods"),
    ("memory_utilization", "memory at {} of its limit"),
    ("cpu_utilization", "CPU at {} of its limit"),
)
"""What a change of limits or replicas is made for, by what hurts most."""


class Effect(StrEnum):
    """What became of the figure."""

    HELPED = "it helped"
    NONE = "no effect: consider undo"
    WORSE = "worse than before: consider undo"
    CALM = "nothing was wrong before, and nothing is"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a change did to what was worst before it.

    ``before`` and ``after`` are shares, means over a minute each; where ``figure`` is ``kills``, numbers of OOM kills,
    in all the time since the change and in as long before it.
    """

    effect: Effect
    figure: str
    before: float
    after: float
    since: Seconds

    @property
    def text(self) -> str:
        """Say it: the figure before and after, how long after, and the effect."""
        if self.figure == _KILLS:
            return (
                f"killed for memory {_times(self.before)} in {span_words(self.since)} before and "
                f"{_times(self.after)} in as long since: {self.effect.value}"
            )
        words = dict(_FIGURES)[self.figure]
        then, now = words.format(percent(self.before)), percent(self.after)
        return f"{then} before and {now} after {span_words(self.since)}: {self.effect.value}"


def did_it_help(frame: Frame, it: ContainerSnapshot, thresholds: Thresholds) -> Verdict | None:
    """Judge the last observed change of a container or its service; ``None`` where there is none or nothing to say yet.

    Kills tell more than any figure, as soon as there has been time for another. Else the figure is the one that was
    worst against its threshold before. A container that was made anew by the change has no figures from before, and
    no verdict.
    """
    changed = frame.last_change(it.container)
    if changed is None:
        return None
    age = (frame.snapshot.at - changed.at).total_seconds()
    if not LOOKS[0] <= age <= LOOKS[-1] + _MINUTE:
        return None
    if it.kills:
        known = frame.history.series(it.id, "memory_utilization", points=2 * int(age), bucket=Seconds(1.0))
        watched = any(value is not None for value in known[:_LEAST])
        killed = _by_kills(it.kills, changed.at, age, watched=watched)
        if killed is not None:
            return killed
    lines = {
        "throttled": float(thresholds.throttled_warning),
        "memory_utilization": float(thresholds.memory_warning),
        "cpu_utilization": float(thresholds.cpu_warning),
    }
    found: list[tuple[float, Verdict]] = []
    for figure, _ in _FIGURES:
        sides = _sides(frame, it.id, figure, int(age))
        if sides is not None:
            before, after = sides
            effect = _effect(before, after, lines[figure])
            found.append((before / lines[figure], Verdict(effect, figure, before, after, Seconds(age))))
    # The first of equals: what is told must not depend on anything but the figures.
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _by_kills(kills: Sequence[datetime], changed: datetime, age: float, *, watched: bool) -> Verdict | None:
    """Judge by kills in spans of equal length before and since a change.

    A kill since is no help, and worse where there were more than one more than before, or none before although it was
    ``watched``. Without one since it helped if they had been coming until the change: two at least, the last of them no
    longer before it than they lay apart.
    """
    before = [pause for it in kills if 0 <= (pause := (changed - it).total_seconds()) <= age]
    after = sum(it > changed for it in kills)
    if after:
        more = after > len(before) + 1 or (not before and watched)
        return Verdict(Effect.WORSE if more else Effect.NONE, _KILLS, len(before), after, Seconds(age))
    if len(before) < 2:
        return None  # of one kill nobody knows when the next was due
    longest = max(one - other for one, other in pairwise(before))
    return Verdict(Effect.HELPED, _KILLS, len(before), 0, Seconds(age)) if before[-1] <= longest else None


def _times(count: float) -> str:
    return {0: "not", 1: "once", 2: "twice"}.get(int(count), f"{int(count)} times")


def _effect(before: float, after: float, line: float) -> Effect:
    if before < line and after < line:
        return Effect.CALM if after <= max(before * _HURTS, _SLIGHT) else Effect.WORSE
    if after <= before * _HELPS or (before >= line > after):
        return Effect.HELPED
    return Effect.WORSE if after > max(before * _HURTS, _SLIGHT) else Effect.NONE


def _sides(frame: Frame, key: str, figure: str, age: int) -> tuple[float, float] | None:
    points = age + _MINUTE
    values = frame.history.series(key, figure, points=points, bucket=Seconds(1.0))
    before = _mean(values[: points - age])
    settled = values[points - age + _SETTLES :]
    after = _mean(settled[-_MINUTE:])
    return None if before is None or after is None else (before, after)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if len(known) >= _LEAST else None
