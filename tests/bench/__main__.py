"""What watching costs: sutaztop beside ``docker stats`` on one engine in one run, as ratios."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from itertools import chain
from pathlib import Path

from tests.bench import (
    actions,
    agreement,
    autopilot,
    churn,
    incident,
    judging,
    planning,
    recording,
    recording_lab,
    soak,
)
from tests.bench.fleet import SETTLE, Fleet
from tests.bench.measures import (
    SLOW_LINE,
    Costs,
    cost_of,
    idle_of,
    keys_of,
    medians,
    quit_of,
    quit_with_blocked_terminal,
    quit_with_hanging_engine,
    start_of,
)
from tests.bench.monitors import rivals, sutaztop
from tests.bench.report import BYTES, MONITOR, RATIO, Target, cost_table, rival_of, target_table
from tests.lab.client import Lab

_STARTS = 7
_KEYS = 100


def measure_costs(fleet: Fleet, seconds: float, runs: int) -> list[Costs]:
    """Measure all monitors by turns, so that what else the machine does meets each of them.

    The engine's rest is measured anew before each: what one monitor left it to do isn't charged to the next.
    """
    monitors = [*rivals(), sutaztop()]
    found = {it.name: Costs(it.name, fleet.size) for it in monitors}
    for number in range(runs):
        for it in monitors:
            time.sleep(SETTLE)
            idle = idle_of(fleet, seconds)
            cost = cost_of(it, fleet, seconds, idle)
            found[it.name].runs.append(cost)
            say(f"  run {number + 1}: {it.name:14} {cost.monitor:.1%} + {cost.engine:.1%}, "
                f"{cost.bytes_per_second:.0f} B/s (engine at rest {idle:.1%})")  # fmt: skip
    return list(found.values())


def cost_targets(costs: Sequence[Costs]) -> list[Target]:
    """Hold the costs against what is to be reached."""
    targets = []
    for it in (it for it in costs if it.name == "sutaztop"):
        rival = rival_of(it, costs)
        if rival is not None and it.containers in RATIO:
            share = it.median("whole") / rival.median("whole")
            targets.append(Target(f"{it.containers}: share of docker stats", share, *RATIO[it.containers]))
        if it.containers in MONITOR:
            own = it.median("monitor") * 100
            targets.append(Target(f"{it.containers}: monitor CPU", own, *MONITOR[it.containers], "% of a core"))
    return targets


def feel_targets(fleet: Fleet, seconds: float) -> list[Target]:
    """Measure what an operator feels: bytes at three sizes, start, keys, memory, leaving."""
    ours = sutaztop()
    targets = []
    for (columns, lines), (reach, fail) in BYTES.items():
        cost = cost_of(ours, fleet, seconds, 0.0, columns=columns, lines=lines)
        rate = cost.bytes_per_second / 1000
        targets.append(Target(f"{fleet.size}: bytes at {columns}×{lines}", rate, reach, fail, "KB/s"))
        if (columns, lines) == (120, 40):
            targets.append(Target(f"{fleet.size}: memory after {seconds:.0f} s", cost.memory_mib, 70, 100, "MiB"))
    keys = keys_of(ours, fleet, _KEYS)
    targets += [
        Target(f"{fleet.size}: key to paint, p50 of {keys.count}", keys.p50, 6, 10, "ms"),
        Target(f"{fleet.size}: key to paint, p95 ({keys.lost} lost)", keys.p95, 20, 40, "ms"),
    ]
    slow = keys_of(ours, fleet, _KEYS // 2, speed=SLOW_LINE)
    targets.append(Target(f"{fleet.size}: the same p95 at 8 KB/s ({slow.lost} lost)", slow.p95, 250, 500, "ms"))
    targets += [
        Target("quit", quit_of(ours, fleet), 500, 1000, "ms"),
        Target("quit, engine hanging", quit_with_hanging_engine(ours, fleet), 500, 1000, "ms"),
        Target("quit by SIGTERM, terminal blocked", quit_with_blocked_terminal(ours, fleet), 3000, 4000, "ms"),
    ]
    return targets


def start_targets(fleet: Fleet) -> list[Target]:
    """Measure starts; the first is not counted, since it also fills the disk's cache."""
    start_of(sutaztop(), fleet)
    it = medians([start_of(sutaztop(), fleet) for _ in range(_STARTS)])
    return [
        Target(f"{fleet.size}: splash, median of {_STARTS}", it.splash, 30, 50, "ms"),
        Target(f"{fleet.size}: first real frame", it.frame, 300, 450, "ms"),
        Target(f"{fleet.size}: first values", it.values, 700, 1200, "ms"),
    ]


def run_costs(lab: Lab, given: argparse.Namespace) -> Mapping[str, object]:
    """Measure everything at every size and print both tables."""
    fleet = Fleet(lab)
    costs: list[Costs] = []
    targets: list[Target] = []
    for size in given.containers:
        say(f"{size} containers: starting …")
        fleet.grow(size)
        if size == given.containers[0]:
            targets += start_targets(fleet)
        costs += measure_costs(fleet, given.seconds, given.runs)
        if given.feel and size == min(given.containers, key=lambda it: abs(it - 200)):
            targets += feel_targets(fleet, given.seconds)
    targets = [*cost_targets(costs), *targets]
    say(f"\n{os.cpu_count()} cores, 1 Hz, 120×40; every third container busy; medians of {given.runs} runs of "
        f"{given.seconds:.0f} s; CPU in percent of one core, the engine's beyond its rest\n")  # fmt: skip
    say("\n".join(cost_table(costs)))
    say("\n" + "\n".join(target_table(targets)))
    return {
        "costs": [it.as_json() for it in costs],
        "targets": [{**asdict(it), "verdict": it.verdict} for it in targets],
    }


def run_churn(lab: Lab, given: argparse.Namespace) -> Mapping[str, object]:
    """Let containers come and go."""
    fleet = Fleet(lab)
    fleet.grow(min(given.containers))
    lines = churn.churn(fleet, given.churned)
    say("\n".join(lines))
    return {"churn": lines}


def run_agreement(lab: Lab, given: argparse.Namespace) -> Mapping[str, object]:
    """Hold figures beside ``docker stats``."""
    del given
    lines = agreement.agreement(lab)
    say("\n".join(agreement.table(lines)))
    return {"agreement": [asdict(it) for it in lines]}


def run_actions(lab: Lab, given: argparse.Namespace) -> Mapping[str, object]:
    """Time changes."""
    found = actions.actions(lab, given.times)
    say("\n".join(it.line for it in found))
    return {"actions": [asdict(it) for it in found]}


def run_judging(lab: Lab, given: argparse.Namespace) -> Mapping[str, object]:
    """Have containers that are short of something judged; gives what was said and what applying it changed."""
    lines = []
    for line in judging.judging(lab, given.minutes):
        say(line)
        lines.append(line)
    return {"judging": lines}


def run_autopilot(lab: Lab, given: argparse.Namespace) -> Mapping[str, object]:
    """Run the autopilot on a Swarm service through load up and down; gives what it said."""
    lines = []
    for line in autopilot.autopilot(lab, given.minutes):
        say(line)
        lines.append(line)
    return {"autopilot": lines}


def run_planning(lab: Lab, given: argparse.Namespace) -> Mapping[str, object]:
    """Let a directory fill; gives what was foretold, and when it came true."""
    lines = []
    for line in planning.planning(lab, given.minutes):
        say(line)
        lines.append(line)
    return {"planning": lines}


def run_recording(lab: Lab | None, given: argparse.Namespace) -> Mapping[str, object]:
    """Record: what it costs, or how it is read, what kills lose, whether replays are true; gives what was said."""
    if given.kills:
        told = recording.kills(given.kills)
    elif given.seek:
        told = recording.seek(given.hours)
    else:
        assert lab is not None
        told = (
            chain(recording.instants(lab, given.instants), recording_lab.instants(lab, given.instants))
            if given.instants
            else recording.costs(lab, given.containers, given.minutes * 60)
        )
    lines = []
    for line in told:
        say(line)
        lines.append(line)
    return {"recording": lines}


def run_incident(lab: Lab, given: argparse.Namespace) -> Mapping[str, object]:
    """Let an incident happen, and close it with a report; gives what was said and what was not as it has to be."""
    del given
    lines: list[str] = []
    failed: list[str] = []
    for line in incident.incident(lab, failed):
        say(line)
        lines.append(line)
    for what in failed:
        say(f"not so: {what}")
    return {"incident": lines, "failed": failed}


_WITH_LAB: Mapping[str, Callable[[Lab, argparse.Namespace], Mapping[str, object]]] = {
    "cost": run_costs,
    "churn": run_churn,
    "agreement": run_agreement,
    "actions": run_actions,
    "autopilot": run_autopilot,
    "judging": run_judging,
    "planning": run_planning,
    "recording": run_recording,
    "incident": run_incident,
}


def say(text: str) -> None:
    """Print at once."""
    print(text, flush=True)


def main(words: Sequence[str] | None = None) -> int:
    """Measure and print; the figures also go to a JSON file."""
    sizes = [50, 200, 500, *([1000] if os.environ.get("BENCH_LARGE") else [])]
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("what", nargs="?", choices=[*_WITH_LAB, "soak"], default="cost")
    parser.add_argument("--containers", type=int, nargs="+", default=sizes, help="how many, in rising order")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long each monitor is watched")
    parser.add_argument("--runs", type=int, default=3, help="how often each is watched")
    parser.add_argument("--no-feel", dest="feel", action="store_false", help="leave out keys, bytes and leaving")
    parser.add_argument("--churned", type=int, default=200, help="churn: containers that come and go")
    parser.add_argument("--frames", type=int, default=36_000, help="soak: frames after the warm-up")
    parser.add_argument("--times", type=int, default=10, help="actions: how often each change is made")
    parser.add_argument(
        "--minutes", type=float, default=30.0, help="autopilot, judging, planning, recording: how long it takes"
    )
    parser.add_argument("--seek", action="store_true", help="recording: look for random instants of a long one")
    parser.add_argument("--hours", type=float, default=24.0, help="recording: how long that one is")
    parser.add_argument("--kills", type=int, default=0, help="recording: kill the program so often while it records")
    parser.add_argument("--instants", type=int, default=0, help="recording: draw so many instants, live and replayed")
    parser.add_argument("--json", type=Path, default=Path(tempfile.gettempdir()) / "sutaztop-bench.json")
    given = parser.parse_args(words)
    began = time.monotonic()
    if given.what == "soak":
        figures: Mapping[str, object] = {"soak": soak.soak(given.frames)}
    elif given.what == "recording" and (given.kills or given.seek):
        figures = run_recording(None, given)
    else:
        if os.geteuid() != 0 or subprocess.run(["which", "dockerd"], capture_output=True, check=False).returncode:
            print("make bench starts an engine of its own: it needs root and dockerd on the path", file=sys.stderr)
            return 2
        lab = Lab.start()
        try:
            figures = _WITH_LAB[given.what](lab, given)
        finally:
            lab.close()
    given.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    say(f"\n{time.monotonic() - began:.0f} s; written to {given.json}")
    return 1 if figures.get("failed") else 0


if __name__ == "__main__":
    sys.exit(main())
