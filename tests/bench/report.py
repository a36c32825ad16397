"""The bench's tables: costs side by side as ratios, and each figure against what is to be reached."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.bench.measures import Costs


@dataclass(frozen=True, slots=True)
class Target:
    """A figure with the two lines that it is held against; lower is better."""

    name: str
    value: float
    reach: float
    fail: float
    unit: str = ""

    @property
    def verdict(self) -> str:
        """Say ``reached``, ``passed`` (between the lines) or ``FAILED``."""
        if self.value <= self.reach:
            return "reached"
        return "passed" if self.value <= self.fail else "FAILED"


RATIO = {50: (1 / 10, 1 / 6), 200: (1 / 15, 1 / 8), 500: (1 / 15, 1 / 8)}
"""Monitor and engine together over what ``docker stats`` causes in the same run: reach, fail."""
MONITOR = {50: (1.5, 3), 200: (2.5, 5), 500: (5, 9), 1000: (9, 16)}
"""Percent of a core."""
BYTES = {(80, 24): (0.8, 1.5), (120, 40): (2, 4), (200, 50): (3, 6)}
"""KB a second, by columns and lines."""


def cost_table(costs: Sequence[Costs]) -> list[str]:
    """Write a row for each monitor and number of containers: medians, with the spread of the sum."""
    lines = [(f"{'containers':>10}  {'':14}{'monitor':>9}{'engine':>9}{'together':>10}   {'spread':<15}"
             f"{'bytes/s':>9}{'MiB':>6}{'of docker stats':>17}")]  # fmt: skip
    for it in costs:
        low, high = it.spread("whole")
        rival = rival_of(it, costs)
        lines.append(
            f"{it.containers:>10}  {it.name:14}{it.median('monitor'):8.1%} {it.median('engine'):8.1%} "
            f"{it.median('whole'):9.1%}   {f'{low:.1%} to {high:.1%}':<15}{it.median('bytes_per_second'):9.0f}"
            f"{it.median('memory_mib'):6.0f}{_ratio(it, rival):>17}"
        )
    return lines


def rival_of(ours: Costs, costs: Iterable[Costs]) -> Costs | None:
    """Find ``docker stats`` with the same number of containers."""
    return next((it for it in costs if it.name == "docker stats" and it.containers == ours.containers), None)


def _ratio(ours: Costs, rival: Costs | None) -> str:
    if rival is None or rival is ours or not ours.median("whole"):
        return ""
    return f"1/{rival.median('whole') / ours.median('whole'):.1f}"


def target_table(targets: Sequence[Target]) -> list[str]:
    """Write each figure with its two lines and what became of it."""
    lines = [f"{'':52}{'measured':>10}{'reach':>9}{'fail':>9}"]
    lines += [
        f"{it.name:52}{_number(it.value):>10}{_number(it.reach):>9}{_number(it.fail):>9} {it.unit:11}{it.verdict}"
        for it in targets
    ]
    return lines


def _number(value: float) -> str:
    if value and abs(value) < 1:
        return f"{value:.3f}"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}"
