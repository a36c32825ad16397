"""Did it help? A container's figures of the minute before a change beside those of the last minute."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

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
    """What a change did to the figure that was worst before it. Shares are means over a minute each."""

    effect: Effect
    figure: str
    before: float
    after: float
    since: Seconds

    @property
    def text(self) -> str:
        """Say it: the figure before and after, how long after, and the effect."""
        words = dict(_FIGURES)[self.figure]
        then, now = words.format(percent(self.before)), percent(self.after)
        return f"{then} before and {now} after {span_words(self.since)}: {self.effect.value}"


def did_it_help(frame: Frame, it: ContainerSnapshot, thresholds: Thresholds) -> Verdict | None:
    """Judge the last observed change of a container or its service; ``None`` where there is none or nothing to say yet.

    The figure is the one that was worst against its threshold before. A container that was made
    anew by the change has no figures from before, and no verdict.
    """
    changed = frame.last_change(it.container)
    if changed is None:
        return None
    age = (frame.snapshot.at - changed.at).total_seconds()
    if not LOOKS[0] <= age <= LOOKS[-1] + _MINUTE:
        return None
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
