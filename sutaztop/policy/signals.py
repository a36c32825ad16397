"""What history tells of one figure over the window: enough or not, sustained or a spike.

Gaps are left out. So are readings of an earlier run of a container, and those taken under
another limit than today's: a share of the old limit says nothing of the new one. The limit of
that time is the amount over its share, both of which history keeps.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sutaztop.domain.frame import HistoryView
from sutaztop.domain.profile import Thresholds
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.reading import Unmeasured
from sutaztop.domain.snapshot import ContainerSnapshot, Snapshot
from sutaztop.policy.severity import is_over

SETTLE = Seconds(60.0)
"""After a change of a limit nothing is proposed for this long (POLICY 5.4)."""
FRESH = Seconds(45.0)
"""A series whose newest reading is older than this says nothing of now."""
WARM_UP = Seconds(30.0)
"""A container that started less than this ago is starting up: its load is no measure of its need."""

# The steps that a history keeps, and how many points of one are read at most.
_STEPS = (1, 15, 60)
_MOST_POINTS = 600
_SAME_LIMIT = 0.02


@dataclass(frozen=True, slots=True)
class Window:
    """The readings of one figure in the window, oldest first, each with its age in seconds.

    ``settling`` is the time since the limit changed, where that was under ``SETTLE`` ago.
    ``fresh`` is how old the newest reading may be, in seconds.
    """

    values: tuple[float, ...] = ()
    ages: tuple[float, ...] = ()
    step: float = 1.0
    settling: float | None = None
    fresh: float = FRESH

    @property
    def span(self) -> float:
        """The seconds that the readings cover."""
        return self.ages[0] + self.step if self.ages else 0.0

    @property
    def mean(self) -> float:
        """The mean of the readings; 0 where there are none."""
        return sum(self.values) / len(self.values) if self.values else 0.0

    @property
    def peak(self) -> float:
        """The highest reading; 0 where there are none."""
        return max(self.values, default=0.0)

    def within(self, span: float) -> "Window":
        """Give the readings of the last ``span`` seconds."""
        kept = [(value, age) for value, age in zip(self.values, self.ages, strict=True) if age < span]
        return replace(self, values=tuple(value for value, _ in kept), ages=tuple(age for _, age in kept))

    def over(self, line: float) -> int:
        """Count the readings above a line."""
        return sum(1 for value in self.values if is_over(value, line))

    def is_enough(self, thresholds: Thresholds) -> bool:
        """Whether there are enough readings, and fresh ones, to say anything."""
        enough = len(self.values) >= thresholds.minimum_samples and self.span >= thresholds.minimum_span
        return enough and self.ages[-1] <= self.fresh

    def is_sustained(self, line: float, thresholds: Thresholds) -> bool:
        """Whether the figure was over the line in the sustained part of the readings, the last one too."""
        if not self.is_enough(thresholds) or not is_over(self.values[-1], line):
            return False
        return self.over(line) >= thresholds.sustained * len(self.values) - 1e-9

    def since(self, line: float, at: datetime) -> datetime | None:
        """Give when the figure last rose over the line and stayed, as far back as the window goes."""
        began: float | None = None
        for value, age in zip(reversed(self.values), reversed(self.ages), strict=True):
            if not is_over(value, line):
                break
            began = age
        return None if began is None else at - timedelta(seconds=began)


class Signals:
    """Windows of one snapshot's figures, each read once."""

    def __init__(self, snapshot: Snapshot, history: HistoryView, thresholds: Thresholds) -> None:
        self._at = snapshot.at
        self._history = history
        measured = 1.0 if isinstance(snapshot.interval, Unmeasured) else float(snapshot.interval)
        # With frames far apart the window grows until it can hold enough of them.
        self._span = max(float(thresholds.window), 2 * thresholds.minimum_samples * measured)
        self._fresh = max(float(FRESH), 3 * measured)
        self._kept: dict[tuple[str, str, float], Window] = {}

    def of_key(self, key: str, figure: str) -> Window:
        """Give a window of any series over the time that findings are judged on."""
        span = self._span
        known = self._kept.get((key, figure, span))
        if known is None:
            known = self._kept[key, figure, span] = _window(*self._series(key, figure, span), fresh=self._fresh)
        return known

    def of_container(self, container: ContainerSnapshot, figure: str, *, amount: str = "") -> Window:
        """Give a window of a container's figure within its present run.

        ``amount`` names the figure that ``figure`` is a share of the limit of; readings taken
        under another limit are then left out.
        """
        known = self._kept.get((container.id, figure, self._span))
        if known is not None:
            return known
        wanted = self._span
        started = container.container.started_at
        if started is not None:
            # What a container needs to start is no measure of what it needs.
            wanted = min(wanted, max(0.0, (self._at - started).total_seconds() - WARM_UP))
        values, step = self._series(container.id, figure, wanted)
        settling: float | None = None
        if amount and any(value is not None for value in values):
            amounts, _ = self._series(container.id, amount, wanted)
            values, settling = _under_present_limit(values, amounts, step)
        window = _window(values, step, settling, fresh=self._fresh)
        self._kept[container.id, figure, self._span] = window
        return window

    def is_starting(self, container: ContainerSnapshot) -> bool:
        """Whether a container has only just started."""
        started = container.container.started_at
        return started is not None and (self._at - started).total_seconds() < WARM_UP

    def _series(self, key: str, figure: str, span: float) -> tuple[Sequence[float | None], float]:
        step = next((step for step in _STEPS if span <= step * _MOST_POINTS), _STEPS[-1])
        points = max(1, min(_MOST_POINTS, round(span / step)))
        return self._history.series(key, figure, points=points, bucket=Seconds(step)), float(step)


def limits_seen(history: HistoryView, container_id: str) -> list[tuple[float, float]]:
    """Give the memory limits that a container had within the kept day, each with the highest share used of it."""
    shares = history.series(container_id, "memory_utilization", points=1440, bucket=Seconds(60))
    amounts = history.series(container_id, "memory", points=1440, bucket=Seconds(60))
    found: list[tuple[float, float]] = []
    for share, amount in zip(shares, amounts, strict=True):
        if not share or not amount:
            continue
        limit = amount / share
        if found and abs(found[-1][0] - limit) <= _SAME_LIMIT * limit:
            found[-1] = (found[-1][0], max(found[-1][1], share))
        else:
            found.append((limit, share))
    return found


def _window(values: Sequence[float | None], step: float, settling: float | None = None, *, fresh: float) -> Window:
    last = len(values) - 1
    kept = [(value, (last - index) * step) for index, value in enumerate(values) if value is not None]
    return Window(tuple(value for value, _ in kept), tuple(age for _, age in kept), step, settling, fresh)


def _under_present_limit(
    shares: Sequence[float | None], amounts: Sequence[float | None], step: float
) -> tuple[Sequence[float | None], float | None]:
    present: float | None = None
    for index in range(len(shares) - 1, -1, -1):
        share, amount = shares[index], amounts[index]
        if not share or not amount:
            continue
        limit = amount / share
        if present is None:
            present = limit
        elif abs(limit - present) > _SAME_LIMIT * present:
            since = (len(shares) - 1 - index) * step
            # What was read before the change is a share of another limit.
            return [None] * (index + 1) + list(shares[index + 1 :]), since if since < SETTLE else None
    return shares, None
