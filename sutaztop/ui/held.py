"""A history that stands still: for a frozen picture, whose graphs must not move on beneath it."""

from collections.abc import Sequence

from sutaztop.domain.estimate import Aggregate
from sutaztop.domain.frame import HistoryView
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.sizes import SizeSeries


class HeldHistory:
    """Gives the same answer to the same question for as long as the picture is frozen."""

    def __init__(self, history: HistoryView) -> None:
        self._history = history
        self._held: dict[tuple[str, str, int, float], tuple[float | None, ...]] = {}
        self._sizes: dict[str, SizeSeries] = {}
        self._aggregates: dict[str, Aggregate | None] = {}

    def series(self, key: str, figure: str, *, points: int, bucket: Seconds) -> Sequence[float | None]:
        """Give the points as they were when they were first asked for."""
        question = (key, figure, points, float(bucket))
        if question not in self._held:
            self._held[question] = tuple(self._history.series(key, figure, points=points, bucket=bucket))
        return self._held[question]

    def sizes(self, key: str) -> SizeSeries:
        """Give sizes as they were when they were first asked for."""
        return self._sizes.setdefault(key, self._history.sizes(key))

    def aggregate(self, key: str) -> Aggregate | None:
        """Give the aggregate as it was when it was first asked for."""
        if key not in self._aggregates:
            self._aggregates[key] = self._history.aggregate(key)
        return self._aggregates[key]
