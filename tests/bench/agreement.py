"""What sutaztop says beside what ``docker stats`` says, container by container, over the same seconds."""

import json
import re
import subprocess
import time
from dataclasses import dataclass

from sutaztop.cli.clock import SystemClock
from sutaztop.collectors.cgroups import KernelCounters
from sutaztop.domain.container import Container
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.reading import Unmeasured
from sutaztop.engines.docker.endpoint import resolve_endpoint
from sutaztop.engines.docker.engine import DockerEngine
from sutaztop.measure.usage import usage_of
from tests.lab.client import Lab

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
    names = [it.name for it in containers]
    # Its second frame is over the second between the two; ours is over the same one but for a moment.
    command = ["docker", "stats", "--no-stream", "--no-trunc", "--format", "{{json .}}", *names]
    with subprocess.Popen(command, env=lab.environment, stdout=subprocess.PIPE, text=True) as program:
        time.sleep(0.2)
        before = collector.collect(containers)
        time.sleep(1.5)
        after = collector.collect(containers)
        told = {row["Name"]: row for row in map(json.loads, program.communicate(timeout=30)[0].splitlines())}
    collector.close()
    lines = []
    for it in containers:
        usage = usage_of(before.get(it.id), after[it.id], it.resources.limits)
        row = told[it.name]
        lines.append(Line(
            it.name.removeprefix("agree-"),
            None if isinstance(usage.cpu, Unmeasured) else usage.cpu * 100, float(row["CPUPerc"].rstrip("%")),
            None if isinstance(usage.memory, Unmeasured) else usage.memory, _bytes(row["MemUsage"].split(" / ")[0]),
        ))  # fmt: skip
    return lines


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
