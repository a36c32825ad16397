"""Looking back on changes made here: a minute, three and five after, what they did."""

from dataclasses import dataclass
from datetime import datetime

from sutaztop.domain.change import ChangeLimits, ChangeReplicas, Outcome, Result
from sutaztop.domain.frame import Frame
from sutaztop.domain.profile import Thresholds


@dataclass(slots=True)
class _Made:
    """A change made here, when it was seen to be made, and how often it was looked back on."""

    change: ChangeLimits | ChangeReplicas
    at: datetime
    looks: int = 0


class LookBack:
    """Keeps the changes that are still to be looked back on."""

    def __init__(self) -> None:
        self._made: list[_Made] = []

    def note(self, outcome: Outcome, frame: Frame | None) -> None:
        """Keep a change of limits or replicas that was made; any other is forgotten."""
        change = outcome.change
        if outcome.result is Result.APPLIED and frame is not None and isinstance(change, ChangeLimits | ChangeReplicas):
            self._made.append(_Made(change, frame.snapshot.at))

    def look(self, frame: Frame, thresholds: Thresholds) -> tuple[str, bool] | None:
        """Give a verdict that is due, in words, and whether it is a good one."""
        if not self._made:
            return None
        # Only now: the first picture does without policy.
        from sutaztop.actions.rails import touched
        from sutaztop.policy.helped import LOOKS, Effect, did_it_help

        for made in tuple(self._made):
            if (frame.snapshot.at - made.at).total_seconds() < LOOKS[made.looks]:
                continue
            made.looks += 1
            if made.looks == len(LOOKS):
                self._made.remove(made)
            for it in touched(made.change, frame.snapshot):
                if (verdict := did_it_help(frame, it, thresholds)) is not None:
                    name = it.display_name or it.container.name
                    good = verdict.effect in (Effect.HELPED, Effect.CALM)
                    return f"Did it help? {name}: {verdict.text}.", good
        return None
