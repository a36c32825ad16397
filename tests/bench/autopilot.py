"""The autopilot on a Swarm service through load up and down: every decision, and what became of the service."""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from tests.lab.client import Lab
from tests.lab.swarm import running_tasks

SERVICE = "sutazai_worker"
_REST = 0.1
"""Seconds between two loops: what it costs to start the sleep must be little beside the limit."""
_CEILING = 0.2
_CONFIG = """\
profile: none
scaling: {cpu_step: 0.1, cpu_ceiling: 0.2, minimum_replicas: 1, maximum_replicas: 6}
# The machine is shared with what drives the load: its own fullness is not what is looked at here.
guardrails: {host_cpu: 1000 %}
"""
_WORK = "while :; do read n < /load/spin; i=0; while [ $i -lt $n ]; do i=$((i+1)); done; sleep 0.1; done"
_PHASES = (
    ("calm", 0.1, 0.05),
    ("rising", 0.12, 0.3),
    ("busy", 0.28, 0.7),
    ("falling", 0.12, 0.3),
    ("calm", 0.38, 0.04),
)
"""Name, share of the whole time, and cores that are asked for in all (of 0.2 for each replica)."""


@dataclass(slots=True)
class Demand:
    """The load: so many cores in all, spread evenly over the tasks that run, as a balancer would."""

    lab: Lab
    folder: Path
    cores: float = 0.05
    name: str = ""
    spin_seconds: float = 1e-6

    def spread(self) -> None:
        """Give each task its part: a loop of spins, then a rest."""
        tasks = max(1, running_tasks(self.lab, SERVICE))
        share = min(0.95, self.cores / tasks)
        # share = busy / (busy + rest); what one spin takes was measured before.
        busy = share / (1 - share) * _REST
        (self.folder / "spin").write_text(f"{max(1, round(busy / self.spin_seconds))}\n")

    def measure(self, image: str) -> None:
        """Find out how long one spin takes here, without a limit."""
        code = "i=0; while [ $i -lt 2000000 ]; do i=$((i+1)); done"
        began = time.monotonic()
        self.lab.docker("run", "--rm", "--network", "none", image, "sh", "-c", code)
        start = time.monotonic()
        self.lab.docker("run", "--rm", "--network", "none", image, "sh", "-c", ":")
        self.spin_seconds = max(1e-8, (2 * start - began - time.monotonic()) / 2_000_000)


def autopilot(lab: Lab, minutes: float) -> Iterator[str]:
    """Run load up and down and give, line by line, what the autopilot said, then what holds of it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        demand = Demand(lab, folder)
        demand.measure(lab.image)
        (folder / "spin").write_text("100\n")
        (folder / "config.yaml").write_text(_CONFIG)
        lab.docker("swarm", "init", "--advertise-addr", "127.0.0.1")
        lab.docker(
            "service", "create", "--detach", "--quiet", "--no-resolve-image", "--name", SERVICE, "--replicas", "1",
            "--limit-cpu", str(_CEILING), "--limit-memory", "64M", "--stop-grace-period", "1s",
            "--mount", f"type=bind,source={folder},target=/load,readonly", lab.image, "sh", "-c", _WORK,
        )  # fmt: skip
        words = [
            sys.executable, "-m", "sutaztop", "autoscale", SERVICE, "--apply", "--json", "--host", lab.host,
            "--config", str(folder / "config.yaml"), "--for", f"{round(minutes * 60)}s", "--every", "15s",
            "--metrics", str(folder / "autoscale.prom"),
        ]  # fmt: skip
        over = threading.Event()
        driver = threading.Thread(target=_drive, args=(demand, minutes * 60, over), daemon=True)
        driver.start()
        said: list[dict[str, object]] = []
        began = time.monotonic()
        environment = {**os.environ, "XDG_STATE_HOME": name, "HOME": name}
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment) as process:
            for line in process.stdout or ():
                document = json.loads(line)
                said.append(
                    {**document, "second": time.monotonic() - began, "cores": demand.cores, "phase": demand.name}
                )
                yield _line(said[-1])
        over.set()
        driver.join()
        yield from _summary(said, process.returncode)
        yield (folder / "autoscale.prom").read_text()


def _drive(demand: Demand, seconds: float, over: threading.Event) -> None:
    began = time.monotonic()
    before = 0.05
    ends = 0.0
    for name, part, cores in _PHASES:
        demand.name = name
        begins, ends = ends, ends + part * seconds
        while (now := time.monotonic() - began) < ends and not over.is_set():
            reached = min(1.0, (now - begins) / max(1.0, (ends - begins) / 3))
            demand.cores = before + (cores - before) * reached
            demand.spread()
            over.wait(4.0)
        before = cores


def _line(said: dict[str, object]) -> str:
    at = f"{said['second']:6.0f} s  {said['phase']!s:8} {said['cores']:.2f} cores  "
    decision = said.get("decision")
    if not isinstance(decision, dict):
        return at + str(said.get("message"))
    deed = f" [{said['deed']}: {said['message']}]" if said["message"] else ""
    return f"{at}{decision['state']}: {decision['text']}{deed}"


def _summary(said: list[dict[str, object]], status: int) -> Iterator[str]:
    changes: list[tuple[float, int, int]] = []
    for it in said:
        decision = it.get("decision")
        if it.get("deed") == "done" and isinstance(decision, dict):
            changes += [
                (float(str(it["second"])), action["from"], action["to"])
                for action in decision["actions"] if action["kind"] == "replicas"
            ]  # fmt: skip
    up = [it for it in changes if it[2] > it[1]]
    ways = [it[2] > it[1] for it in changes]
    turns = sum(1 for before, after in pairwise(ways) if before is not after)
    gaps = [after[0] - before[0] for before, after in pairwise(changes)]
    yield (
        f"exit status {status}; {len(changes)} changes of replicas ({len(up)} up, {len(changes) - len(up)} down), "
        f"{turns} turns of direction (one is the load's own), shortest time between two {min(gaps, default=0):.0f} s: "
        + ", ".join(f"{second:.0f} s {before}→{after}" for second, before, after in changes)
    )
