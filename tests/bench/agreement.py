"""What sutaztop says beside what ``docker stats`` says, container by container, over the same seconds."""

import json
import re
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from sutaztop.cli.clock import SystemClock
from sutaztop.collectors.cgroups import KernelCounters
from sutaztop.domain.container import Container
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.reading import Unmeasured
from sutaztop.engines.docker.endpoint import resolve_endpoint
from sutaztop.engines.docker.engine import DockerEngine
from sutaztop.measure.usage import usage_of
from tests.lab.client import Lab

if TYPE_CHECKING:
    from sutaztop.domain.counters import ContainerCounters

_LOOP = ("sh", "-c", "while :; do :; done")
MEMBERS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "busy": (("--cpus", "1"), _LOOP),
    "throttled": (("--cpus", "0.2", "-m", "64m"), _LOOP),
    "cached": (("-m", "256m"), ("sh", "-c", ("dd if=/dev/zero of=/f bs=1M count=100 2>/dev/null; cat /f /f >/dev/null; "
                                            "sleep 100000"))),
    "unlimited": ((), ("sh", "-c", "while :; do timeout 1 yes >/dev/null; sleep 1; done")),
    "paused": (("-m", "64m"), ("sleep", "100000")),
    "restarted": (("-m", "64m"), ("sleep", "100000")),
}  # fmt: skip
"""The cases that have misled monitors: name, options, command."""
ROUNDS = 5
"""How often both are read; what is printed are means, since load that comes and goes meets no two windows alike."""
_APART = 0.1
_WINDOW_NS = 1_000_000_000
_UNITS = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}


@dataclass(frozen=True, slots=True)
class Line:
    """One container's figures in both programs: percent of a core, bytes."""

    name: str
    cpu: float | None
    docker_cpu: float
    memory: int | None
    docker_memory: float


def agreement(lab: Lab) -> list[Line]:
    """Start the cases, measure each at once with both programs, and remove them."""
    ids = {name: lab.run(f"agree-{name}", *options, command=command) for name, (options, command) in MEMBERS.items()}
    engine = DockerEngine(resolve_endpoint(host=lab.host), deadline=Seconds(10.0))
    try:
        time.sleep(4)
        lab.docker("pause", "agree-paused")
        lab.docker("restart", "-t", "0", "agree-restarted")
        time.sleep(2)
        return _compare(lab, [engine.inspect(it) for it in ids.values()])
    finally:
        engine.close()
        lab.docker("unpause", "agree-paused")
        lab.remove(*ids.values())


def _compare(lab: Lab, containers: list[Container]) -> list[Line]:
    collector = KernelCounters(SystemClock())
    try:
        rounds = [_compare_once(lab, containers, collector) for _ in range(ROUNDS)]
    finally:
        collector.close()
    return [_mean(of_one) for of_one in zip(*rounds, strict=True)]


def _compare_once(lab: Lab, containers: list[Container], collector: KernelCounters) -> list[Line]:
    """Read both once; ours over the last second before the other's answer, which is the second its figures are about.

    It takes its second reading a second after its first and prints at once. How long it needs before the first depends
    on the machine: so ours are kept as they come and the right ones are chosen afterwards.
    """
    ours: list[Mapping[str, ContainerCounters]] = []
    command = [
        "docker",
        "stats",
        "--no-stream",
        "--no-trunc",
        "--format",
        "{{json .}}",
        *(it.name for it in containers),
    ]
    with subprocess.Popen(command, env=lab.environment, stdout=subprocess.PIPE, text=True) as program:
        while program.poll() is None:
            ours.append(collector.collect(containers))
            time.sleep(_APART)
        told = {row["Name"]: row for row in map(json.loads, program.communicate(timeout=30)[0].splitlines())}
    after = ours[-1]
    lines = []
    for it in containers:
        began = after[it.id].clock_ns - _WINDOW_NS
        before = min((read[it.id] for read in ours[:-1]), key=lambda read: abs(read.clock_ns - began), default=None)
        usage = usage_of(before, after[it.id], it.resources.limits)
        row = told[it.name]
        lines.append(Line(
            it.name.removeprefix("agree-"),
            None if isinstance(usage.cpu, Unmeasured) else usage.cpu * 100, float(row["CPUPerc"].rstrip("%")),
            None if isinstance(usage.memory, Unmeasured) else usage.memory, _bytes(row["MemUsage"].split(" / ")[0]),
        ))  # fmt: skip
    return lines


def _mean(rounds: Sequence[Line]) -> Line:
    """Take the mean of one container's lines; a figure that was missing once is missing."""
    cpu = [it.cpu for it in rounds if it.cpu is not None]
    memory = [it.memory for it in rounds if it.memory is not None]
    return Line(
        rounds[0].name,
        fmean(cpu) if len(cpu) == len(rounds) else None, fmean(it.docker_cpu for it in rounds),
        round(fmean(memory)) if len(memory) == len(rounds) else None, fmean(it.docker_memory for it in rounds),
    )  # fmt: skip


def _bytes(text: str) -> float:
    found = re.fullmatch(r"([\d.]+)([KMG]?i?B)", text)
    if found is None:
        raise ValueError(f"{text!r} is not a size that docker stats writes")
    return float(found[1]) * _UNITS[found[2]]


def table(lines: list[Line]) -> list[str]:
    """Write the figures and their differences."""
    out = [f"{'':12}{'cpu %':>9}{'docker':>9}{'diff':>8}   {'memory KiB':>12}{'docker':>12}{'diff':>9}"]
    for it in lines:
        cpu = "–" if it.cpu is None else f"{it.cpu:.2f}"
        difference = "–" if it.cpu is None else f"{it.cpu - it.docker_cpu:+.2f}"
        memory = "–" if it.memory is None else f"{it.memory / 1024:.0f}"
        apart = "–" if it.memory is None else f"{(it.memory - it.docker_memory) / 1024:+.1f}"
        out.append(f"{it.name:12}{cpu:>9}{it.docker_cpu:>9.2f}{difference:>8}   {memory:>12}"
                   f"{it.docker_memory / 1024:>12.0f}{apart:>9}")  # fmt: skip
    return out
