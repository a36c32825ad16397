"""The table of a simulation as text: what each strategy came to, and by itself where sutaztop is not the best."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sutaztop.domain.quantity import GIB
from tests.simulator.run import Outcome

OURS = "sutaztop"


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of an outcome, of which less is better. ``value`` is whole, so that a tie is a tie."""

    name: str
    value: Callable[[Outcome], int]
    write: Callable[[int], str] = str


def _hours(thousandths: int) -> str:
    return f"{thousandths / 3_600_000:.1f}"


MEASURES: tuple[Measure, ...] = (
    Measure("changes", lambda it: len(it.changes)),
    Measure("reversals", lambda it: it.reversals),
    Measure("unmet, core-s", lambda it: -(-it.tally.unmet // 1000)),
    Measure("unmet, %", lambda it: round(it.unmet_share * 10_000), lambda it: f"{it / 100:.2f}"),
    # Down to what is written: a difference that nobody can see is none.
    Measure("core-hours", lambda it: round(it.tally.granted / 360_000) * 360_000, _hours),
    Measure("OOM kills", lambda it: it.tally.kills),
    Measure("down, s", lambda it: it.tally.down),
    Measure("memory, GiB", lambda it: it.tally.highest_memory, lambda it: f"{it / GIB:.2f}"),
)
_NOT_COMPARED = frozenset({"unmet, core-s"})
"""The same as its share of the demand: it would count twice."""


def table(outcomes: Iterable[Outcome]) -> str:
    """Write all outcomes as one Markdown table, plant by plant."""
    heads = ["plant", "strategy", *(it.name for it in MEASURES), "best in"]
    rows = [[it.plant, it.strategy, *_figures(it), _best_words(it, same)] for same in by_plant(outcomes) for it in same]
    widths = [max(len(row[place]) for row in [heads, *rows]) for place in range(len(heads))]

    def line(cells: Sequence[str]) -> str:
        padded = (
            cell.rjust(width) if 2 <= place < len(heads) - 1 else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
        )
        return f"| {' | '.join(padded)} |"

    return "\n".join([line(heads), line(["-" * width for width in widths]), *(line(row) for row in rows)])


def beaten(outcomes: Iterable[Outcome]) -> list[str]:
    """Say of every plant in what another strategy is better than the best of sutaztop's runs."""
    said: list[str] = []
    for same in by_plant(outcomes):
        ours = [it for it in same if it.strategy.startswith(OURS)]
        others = [it for it in same if not it.strategy.startswith(OURS)]
        if not ours or not others:
            continue
        parts = []
        for measure in MEASURES:
            mine = min(map(measure.value, ours))
            better = [it for it in others if measure.value(it) < mine]
            if measure.name not in _NOT_COMPARED and better:
                theirs = ", ".join(f"{it.strategy} {measure.write(measure.value(it))}" for it in better)
                parts.append(f"{measure.name} {measure.write(mine)} ({theirs})")
        if parts:
            said.append(f"- {same[0].plant}: {'; '.join(parts)}")
    return said


def by_plant(outcomes: Iterable[Outcome]) -> list[list[Outcome]]:
    """Gather outcomes of the same plant, in the order in which the plants came."""
    found: dict[str, list[Outcome]] = {}
    for it in outcomes:
        found.setdefault(it.plant, []).append(it)
    return list(found.values())


def document(outcomes: Iterable[Outcome]) -> list[Mapping[str, Any]]:
    """Give outcomes as JSON: milli-core-seconds, bytes, seconds."""
    return [
        {
            "plant": it.plant, "strategy": it.strategy, "changes": len(it.changes), "reversals": it.reversals,
            "demanded_milli_core_seconds": it.tally.demanded, "unmet_milli_core_seconds": it.tally.unmet,
            "granted_milli_core_seconds": it.tally.granted, "oom_kills": it.tally.kills,
            "down_seconds": it.tally.down, "highest_memory_limit_bytes": it.tally.highest_memory,
            "actions": [
                {"at": one.at, "axis": one.axis.value, "before": one.before, "after": one.after, "rule": one.rule}
                for one in it.changes
            ],
        }
        for it in outcomes
    ]  # fmt: skip


def _figures(it: Outcome) -> list[str]:
    return [measure.write(measure.value(it)) for measure in MEASURES]


def _best_words(it: Outcome, same: Sequence[Outcome]) -> str:
    """Name the measures in which none is better and some are worse."""
    best = []
    for measure in MEASURES:
        values = [measure.value(one) for one in same]
        if measure.name not in _NOT_COMPARED and measure.value(it) == min(values) < max(values):
            best.append(measure.name.partition(",")[0])
    return ", ".join(best) or "–"
