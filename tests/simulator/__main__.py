"""Simulated services under sutaztop's decision and under its rivals, as a table: ``python -m tests.simulator``."""

import argparse
import json
import sys
from pathlib import Path

from tests.simulator.page import PAGE, outcomes, page, quick_outcomes
from tests.simulator.run import Outcome, all_plants
from tests.simulator.table import beaten, document, table

HOURS = 6


def main() -> int:
    """Run what is asked for and print it."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulator", description=__doc__)
    parser.add_argument("--hours", type=int, default=HOURS, help="how long each plant runs (default: %(default)s)")
    parser.add_argument("--quick", action="store_true", help="two hours of some plants, as the tests do")
    parser.add_argument("--only", default="", metavar="TEXT", help="plants whose name contains TEXT")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all outcomes, with every change, to FILE")
    parser.add_argument("--write", action="store_true", help=f"write docs/{PAGE.name} anew ({HOURS} hours and quick)")
    asked = parser.parse_args()
    if asked.write and (asked.quick or asked.only or asked.hours != HOURS):
        parser.error("--write is of the whole page: it goes with none of --quick, --only and --hours")
    if asked.quick:
        runs = quick_outcomes()
    else:
        chosen = [it for it in all_plants() if asked.only in it.name]
        runs = outcomes(chosen, asked.hours * 3600)
    found: list[Outcome] = []
    for it in runs:
        found.append(it)
        sys.stderr.write(f"  {it.plant}: {it.strategy}\n")
    if not found:
        parser.error(f"no plant's name contains {asked.only!r}")
    print(table(found))
    print("\nWhere sutaztop is not best:")
    print("\n".join(beaten(found)) or "nowhere.")
    if asked.json:
        asked.json.write_text(json.dumps(document(found), indent=1, ensure_ascii=False) + "\n")
    if asked.write:
        PAGE.write_text(page(found, HOURS))
    return 0


if __name__ == "__main__":
    sys.exit(main())
