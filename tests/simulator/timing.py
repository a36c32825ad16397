"""What judging costs: one ``judge`` and one ``decide`` for 150 and 1,000 containers, in milliseconds.

``python -m tests.simulator.timing``. Beside them stands a loop of this machine, so that figures of two machines, or of
a busy hour, can be held against each other.
"""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from sutaztop.domain.case import Case, HostRoom, LoadSample, Phase, Replica, Situation
from sutaztop.domain.past import NO_PAST
from sutaztop.domain.profile import Profile
from sutaztop.domain.quantity import GIB, MIB
from sutaztop.domain.snapshot import ContainerSnapshot, Snapshot
from sutaztop.history.memory import History
from sutaztop.policy.advice import judge_workloads
from sutaztop.policy.deciding.decide import decide
from sutaztop.policy.judge import judge
from sutaztop.policy.workloads import workloads
from tests import given

SIZES = (150, 1000)
SECONDS = 190
"""Of history: the whole window of a decision."""
_LOOP = 1_000_000
_RUNS = 15


def stack(size: int, hot: int) -> tuple[Snapshot, History]:
    """Give a stack of so many containers, of which the first ``hot`` are short of CPU, with its history."""
    history = History()
    containers = [_container(number, is_hot=number < hot) for number in range(size)]
    snapshot = given.snapshot(containers)
    for second in range(-SECONDS, 1):
        at = given.NOW + timedelta(seconds=second)
        read = tuple(replace(it, usage=replace(it.usage, read_at=at)) for it in containers)
        snapshot = replace(
            snapshot, at=at, clock_ns=(3600 + second) * 10**9, containers=read, by_id={it.id: it for it in read}
        )
        history.record(snapshot)
    return snapshot, history


def _container(number: int, *, is_hot: bool) -> ContainerSnapshot:
    share = 0.93 if is_hot else 0.1
    made = given.container(f"sutazai-c{number:04}", service=f"c{number:04}")
    return given.measured_container(
        made,
        given.usage(
            cpu=2 * share, cpu_utilization=share, throttled=0.41 if is_hot else 0.0, memory=GIB, memory_utilization=0.25
        ),
    )


def situation(size: int, hot: int) -> Situation:
    """Give a situation in which every container is a case, with all readings of its window."""
    return Situation(
        100_000, HostRoom(64_000, 256 * GIB, 20_000, 128 * GIB), tuple(_case(it, hot) for it in range(size))
    )


def _case(number: int, hot: int) -> Case:
    used, held = (1860, 41) if number < hot else (200, 0)
    samples = tuple(
        LoadSample(100_000 - 5 * (35 - place), used, 512 * MIB, 50 * place, held * place // 2) for place in range(36)
    )
    replica = Replica(f"r{number}", Phase.RUNNING, 0, samples=samples)
    return Case(f"id{number}", f"case{number}", 1, cpu_limit=2000, memory_limit=4 * GIB, members=(replica,))


def milliseconds(work: Callable[[], object]) -> float:
    """Give the shortest of several runs: what else the machine did in the others is left out."""
    spent = []
    for _ in range(_RUNS):
        began = time.perf_counter_ns()
        work()
        spent.append(time.perf_counter_ns() - began)
    return min(spent) / 1e6


def yardstick() -> None:
    """Count to a million: what this machine's Python does in the same minute."""
    total = 0
    for it in range(_LOOP):
        total += it


def main() -> int:
    """Measure and print."""
    argparse.ArgumentParser(prog="python -m tests.simulator.timing", description=__doc__).parse_args()
    print(f"{'containers':>10}  {'hot':>4}  {'judge':>9}  {'deciding':>9}  {'decide, all':>11}  {'loop of 1e6':>11}")
    for size in SIZES:
        for hot in (0, size // 10):
            snapshot, history = stack(size, hot)
            found = workloads(snapshot)
            # What is looked up once a minute was looked up: that is the usual judgement.
            past = judge(snapshot, history, Profile(), NO_PAST).past
            everything = situation(size, hot)
            whole = milliseconds(lambda: judge(snapshot, history, Profile(), past))  # noqa: B023 - run at once
            part = milliseconds(lambda: judge_workloads(snapshot, history, Profile(), past, found))  # noqa: B023
            alone = milliseconds(lambda: decide(everything))  # noqa: B023
            loop = milliseconds(yardstick)
            print(f"{size:>10}  {hot:>4}  {whole:>6.1f} ms  {part:>6.1f} ms  {alone:>8.1f} ms  {loop:>8.1f} ms")
    print(
        "\njudge: findings and decisions of a snapshot with its history, every 5 s live; deciding: of it, cases and "
        "decisions\n(quiet containers make no case); decide, all: the pure decision were every container a case."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
