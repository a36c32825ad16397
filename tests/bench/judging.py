"""What is recommended for containers known to be short of something, how soon, and what applying it changed."""

import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sutaztop.actions.plan import plan
from sutaztop.cli.arguments import parse
from sutaztop.cli.assemble import PATIENCE, Assembly, assemble
from sutaztop.domain.change import Plan
from sutaztop.domain.reading import measured
from tests.lab.client import Lab

if TYPE_CHECKING:
    from sutaztop.domain.finding import Recommendation
    from sutaztop.domain.frame import Frame

_LOOP = "while :; do :; done"
_HOT = "while :; do i=0; while [ $i -lt 30000 ]; do i=$((i+1)); done; usleep 5000; done"
_LEAK = 'x=; c=$(head -c 250000 /dev/zero | tr "\\0" x); while :; do x="$x$c"; sleep 2; done'
_KILLED = "sleep 20; while :; do tail /dev/zero; sleep 15; done"
_CACHED = "dd if=/dev/zero of=/f bs=1M count=300 2>/dev/null; while :; do cat /f >/dev/null; sleep 3; done"
_CONFIG = "profile: none\nguardrails: {host_cpu: 1000 %}\n"
CASES: Mapping[str, tuple[tuple[str, ...], str]] = {
    "throttled": (("--cpus", "0.2", "-m", "64m"), _LOOP),
    "hot": (("--cpus", "0.3", "-m", "64m"), _HOT),
    "oom-killed": (("--cpus", "0.3", "-m", "32m"), _KILLED),
    "leaking": (("--cpus", "0.5", "-m", "96m"), _LEAK),
    "cache-filled": (("--cpus", "0.5", "-m", "96m"), _CACHED),
    "idle": (("--cpus", "0.5", "-m", "64m"), "sleep 100000"),
    "unlimited": ((), "while :; do :; done & while :; do :; done"),
    "over-committing": (("--cpus", "0.5", "-m", "100g"), "sleep 100000"),
}  # fmt: skip
"""Name, limits, what it does; the host is filled last, so that nobody stands in the way of it, nor it in another's."""
_LAST = "unlimited"
_BUSY = ("throttled", "hot")
"""What makes way for it: it is to have the host for itself."""


@dataclass(slots=True)
class Told:
    """What was said of one container, and when after its start."""

    name: str
    began: float
    lines: dict[str, float] = field(default_factory=dict)

    def hear(self, what: str) -> bool:
        """Keep what is new; says whether it was."""
        if what in self.lines:
            return False
        self.lines[what] = time.monotonic() - self.began
        return True


def judging(lab: Lab, minutes: float) -> Iterator[str]:
    """Start the cases, say what is said of each as it is said; apply what can be applied, and look again."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "config.yaml")
        config.write_text(_CONFIG)
        words = ["recommend", "--host", lab.host, "--config", str(config)]
        assembly = assemble(parse(words), environment={"HOME": folder, "XDG_STATE_HOME": folder})
        try:
            yield from _watched(lab, assembly, minutes * 60)
        finally:
            assembly.close()
            for name in CASES:
                lab.docker("rm", "-f", f"case-{name}")


def _start(lab: Lab, name: str) -> Told:
    options, script = CASES[name]
    lab.run(f"case-{name}", *options, command=("sh", "-c", script))
    return Told(name, time.monotonic())


def _watched(lab: Lab, assembly: Assembly, seconds: float) -> Iterator[str]:
    told = {f"case-{name}": _start(lab, name) for name in CASES if name != _LAST}
    began = time.monotonic()
    last_at = began + 0.5 * seconds
    frame = assembly.monitor.tick(patience=PATIENCE)
    applied: set[str] = set()
    while time.monotonic() - began < seconds:
        time.sleep(1.0)
        if time.monotonic() > last_at and f"case-{_LAST}" not in told:
            busy = {f"case-{name}": told[f"case-{name}"] for name in _BUSY}
            yield from _at_the_end(frame, busy)
            lab.docker("rm", "-f", *busy)
            told[f"case-{_LAST}"] = _start(lab, _LAST)
        frame = assembly.monitor.tick()
        for it in frame.recommendations:
            yield from _heard(told, it)
            if it.intent is not None and it.id not in applied and it.subject.name in told:
                applied.add(it.id)
                yield from _applied(assembly, frame, it)
        for finding in frame.findings:
            who = told.get(finding.subject.name)
            what = f"finding {finding.severity.word}: {finding.word}"
            if who is not None and who.hear(what):
                yield f"{who.lines[what]:6.0f} s  {who.name:16} {what}: {finding.text}"
    yield from _at_the_end(frame, told)
    yield from _silent(told)


def _at_the_end(frame: "Frame", told: Mapping[str, Told]) -> Iterator[str]:
    """Say how things stand when a case, or the whole, is over."""
    for finding in frame.findings:
        if finding.subject.kind == "host":
            yield f"host: {finding.severity.word} {finding.word}: {finding.text}"
    for it in frame.snapshot.containers:
        if it.container.name in told:
            throttled, share = measured(it.usage.throttled), measured(it.usage.memory_utilization)
            yield (
                f"at the end {it.container.name:22} limits {it.container.resources.limits.cpu} cores, "
                f"{it.container.resources.limits.memory} B; throttled {throttled or 0:.0%}, "
                f"memory {'-' if share is None else f'{share:.0%}'}, "
                f"page cache {(measured(it.usage.memory_cache) or 0) >> 20} MiB"
            )


def _heard(told: Mapping[str, Told], it: "Recommendation") -> Iterator[str]:
    who = told.get(it.subject.name)
    what = f"advice {it.rule} {it.proposal}"
    if who is not None and who.hear(what):
        held = f" (held back: {it.blocked})" if it.blocked else ""
        yield f"{who.lines[what]:6.0f} s  {who.name:16} {it.severity.word} {it.rule}: {it.proposal}: {it.reason}{held}"


def _applied(assembly: Assembly, frame: "Frame", it: "Recommendation") -> Iterator[str]:
    if it.intent is None:
        return
    planned = plan(it.intent, frame, assembly.settings.profile, circumstances=assembly.circumstances())
    if not isinstance(planned, Plan):
        yield f"          {it.subject.name}: no plan: {planned}"
        return
    outcome = assembly.actuator.apply(planned)
    yield f"          {it.subject.name}: {outcome.result.value}: {outcome.message} {outcome.observed}"


def _silent(told: Mapping[str, Told]) -> Iterator[str]:
    for who in told.values():
        if not any(it.startswith("advice") for it in who.lines):
            yield f"no advice for {who.name}"
