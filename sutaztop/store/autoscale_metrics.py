"""The autopilot's own metrics, in Prometheus' text format, for the textfile collector of node_exporter.

The format is that of Prometheus' documentation, "Exposition formats", version 0.0.4.
"""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from sutaztop.domain.decision import Axis, Decision, DecisionState
from sutaztop.domain.finding import Subject
from sutaztop.domain.snapshot import Snapshot
from sutaztop.store.files import write_whole


class _Ward(Protocol):
    @property
    def subject(self) -> Subject: ...
    @property
    def service_id(self) -> str: ...


class _Seen(Protocol):
    @property
    def ward(self) -> _Ward: ...
    @property
    def decision(self) -> Decision: ...
    @property
    def deed(self) -> str: ...
    @property
    def axis(self) -> Axis | None: ...


@dataclass(slots=True)
class Metrics:
    """What an autopilot counted since it started."""

    decisions: Counter[str] = field(default_factory=Counter)
    deeds: Counter[tuple[str, str]] = field(default_factory=Counter)
    guards: Counter[str] = field(default_factory=Counter)
    states: dict[str, str] = field(default_factory=dict)
    wished: dict[str, int] = field(default_factory=dict)
    looks: int = 0
    judge_seconds: float = 0.0
    last_look: float = 0.0

    def judged(self, nanoseconds: int, *, at: float) -> None:
        """Count one look, with how long deciding took and when it was."""
        self.looks += 1
        self.judge_seconds += nanoseconds / 1e9
        self.last_look = at

    def saw(self, seen: _Seen) -> None:
        """Count one decision with what came of it."""
        decision = seen.decision
        self.decisions[decision.state.value] += 1
        self.states[seen.ward.subject.name] = decision.state.value
        for guard in decision.guards:
            self.guards[guard.name] += 1
        if seen.axis is not None:
            self.deeds[seen.axis.value, str(seen.deed)] += 1
        if decision.wish is not None and seen.ward.service_id:
            self.wished[seen.ward.service_id] = decision.wish

    def summary(self) -> str:
        """Say it in a line."""
        states = ", ".join(f"{count} {state}" for state, count in sorted(self.decisions.items()))
        deeds = ", ".join(f"{count} × {axis} {deed}" for (axis, deed), count in sorted(self.deeds.items()))
        return f"{self.looks} looks; decisions: {states or 'none'}; actions: {deeds or 'none'}"


def metrics_text(metrics: Metrics, snapshot: Snapshot) -> str:
    """Write all metrics. Names of services are anybody's to choose, and are escaped."""
    lines: list[str] = []

    def family(name: str, kind: str, text: str, samples: list[tuple[str, float]]) -> None:
        if samples:
            lines.extend((f"# HELP sutaztop_autoscale_{name} {text}", f"# TYPE sutaztop_autoscale_{name} {kind}"))
            lines.extend(f"sutaztop_autoscale_{name}{labels} {value:.15g}" for labels, value in samples)

    family("looks_total", "counter", "Times that decisions were made.", [("", metrics.looks)])
    family("judge_seconds_total", "counter", "Time spent deciding.", [("", metrics.judge_seconds)])
    family("last_look_timestamp_seconds", "gauge", "When decisions were last made.", [("", metrics.last_look)])
    family(
        "decisions_total", "counter", "Decisions by state.",
        [(_labels(state=it.value), metrics.decisions[it.value]) for it in DecisionState],
    )  # fmt: skip
    family(
        "actions_total", "counter", "Actions by what they alter and what came of them.",
        [(_labels(axis=axis, deed=deed), count) for (axis, deed), count in sorted(metrics.deeds.items())],
    )  # fmt: skip
    family(
        "guards_total", "counter", "Decisions that a guard held back.",
        [(_labels(guard=name), count) for name, count in sorted(metrics.guards.items())],
    )  # fmt: skip
    services = {it.id: it for it in snapshot.services}
    known = [it for it in sorted(metrics.wished) if it in services]
    family(
        "service_replicas", "gauge", "Replicas that a service should have.",
        [(_labels(service=services[it].name), services[it].replicas) for it in known],
    )  # fmt: skip
    family(
        "service_wished_replicas", "gauge", "Replicas wished for before anything held the wish back.",
        [(_labels(service=services[it].name), metrics.wished[it]) for it in known],
    )  # fmt: skip
    return "\n".join(lines) + "\n"


def write_metrics(path: Path, metrics: Metrics, snapshot: Snapshot) -> None:
    """Put the metrics in place of what stands there, whole: a scraper never reads half a file. Raises ``OSError``."""
    write_whole(path, metrics_text(metrics, snapshot), mode=0o644)


def _labels(**labels: str) -> str:
    def escaped(value: str) -> str:
        return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")

    return "{" + ",".join(f'{key}="{escaped(value)}"' for key, value in labels.items()) + "}"
