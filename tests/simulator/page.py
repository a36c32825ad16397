"""The page docs/simulator.md: written by the command, its quick part held against the program by a test."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.simulator.plants import PLANTS, Plant, burning
from tests.simulator.run import STRATEGIES, Outcome, run
from tests.simulator.table import beaten, table

PAGE = Path(__file__).resolve().parents[2] / "docs" / "simulator.md"
BEGIN, END = "<!-- quick: begin -->\n", "<!-- quick: end -->\n"
QUICK_SECONDS = 7200
_QUICK = ("step 2→9", "square", "spike", "leak", "cache-filler", "model load 2.6 GiB")
_QUICK_STRATEGIES = (
    "sutaztop, Compose, 15 s",
    "sutaztop, Swarm, 15 s",
    "HPA alone",
    "guide, units fixed",
    "guide as written",
)

_HEAD = """# Recommendations on simulated services

`make simulate` lets synthetic services run under sutaztop's own decision (`policy/deciding`, with the numbers of the
default profile, everything it advises carried out at once), under Kubernetes' HPA alone, and under the scaling script
of the guide, as written and with its units put right. It is deterministic: whole numbers, whole seconds, no clock, no
chance.

The host has 16 cores and 64 GiB, of which neighbours use 6 and 24. A service starts as one replica with 2 cores and
4 GiB (2 GiB: cache-filler and model load). Its demand is spread evenly over the replicas that are up; what does not fit
under their limits or on the host is lost ("unmet"). Starting a replica takes 20 s; with "burn" it then uses up to three
cores for itself during 90 s. A replica whose working set outgrows its limit is killed and started anew. Under Compose a
change of limits restarts nothing; under Swarm, and for all rivals, tasks start anew one after another. HPA changes no
limits.

A reversal is a change against the one before on the same resource (cores: limit or replicas; memory) within half an
hour. "Core-hours" are what limits and replicas gave, used or not. "Best in" names the measures in which no strategy is
better and some are worse; what is not named there is not best.
"""


def quick_outcomes() -> Iterator[Outcome]:
    """Run the quick version: two hours of some plants, judged every 15 s."""
    chosen = [it for it in PLANTS if it.name in _QUICK] + [burning(it) for it in PLANTS if it.name == "hot"]
    return outcomes(chosen, QUICK_SECONDS, _QUICK_STRATEGIES)


def outcomes(plants: Iterable[Plant], seconds: int, names: Iterable[str] = ()) -> Iterator[Outcome]:
    """Run plants under all strategies, or under the named ones."""
    wanted = set(names)
    chosen = [it for it in STRATEGIES if not wanted or it.name in wanted]
    for plant in plants:
        for named in chosen:
            yield run(plant, named, seconds)


def quick_text() -> str:
    """Write the quick part."""
    found = list(quick_outcomes())
    return f"{table(found)}\n\nWhere sutaztop is not best:\n\n{_lines(found)}\n"


def page(full: Iterable[Outcome], hours: int) -> str:
    """Write the whole page."""
    found = list(full)
    return (
        f"{_HEAD}\n## {hours} hours\n\nWritten by `make simulate ARGS=--write` together with the quick part below.\n\n"
        f"{table(found)}\n\nWhere sutaztop is not best:\n\n{_lines(found)}\n\n"
        "## Two hours\n\nThe quick version, which a test holds against the program: when it differs, both parts are to "
        f"be written anew.\n\n{BEGIN}\n{quick_text()}\n{END}"
    )


def quick_part(text: str) -> str:
    """Give the quick part of a page."""
    return text.partition(BEGIN)[2].partition(END)[0].strip() + "\n"


def _lines(found: Iterable[Outcome]) -> str:
    return "\n".join(beaten(found)) or "nowhere."
