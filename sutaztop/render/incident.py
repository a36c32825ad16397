"""The report of an incident, as Markdown: what happened, what was different, what was done, and what it helped."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from sutaztop.domain.difference import Divergence
from sutaztop.domain.finding import Finding, Recommendation, Severity
from sutaztop.domain.quantity import span_words
from sutaztop.domain.recording import Happening, HappeningKind
from sutaztop.render.graphs import spark

_GLYPH = {Severity.OK: "·", Severity.UNKNOWN: "?", Severity.WARNING: "!", Severity.CRITICAL: "‼"}
_MOST_LINES = 400
_SPECIAL = str.maketrans({it: f"\\{it}" for it in "\\`*_{}[]<>#|~"})


@dataclass(frozen=True, slots=True)
class Graph:
    """A series in the report: its title, values for a line of text, what its ends are, and the picture's file."""

    title: str
    values: Sequence[float | None]
    least: str
    most: str
    now: str
    file: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a change did, judged from the recording."""

    what: str
    text: str


@dataclass(frozen=True, slots=True)
class IncidentFacts:
    """Everything that a report tells. Times are aware; ``baseline`` is what the end was held against, and why that."""

    title: str
    since: datetime
    until: datetime
    who: str
    engine: str
    host: str
    baseline: datetime | None
    baseline_why: str
    happenings: Sequence[Happening]
    differences: Sequence[Divergence]
    verdicts: Sequence[Verdict]
    findings: Sequence[Finding]
    open_advice: Sequence[Recommendation]
    graphs: Sequence[Graph]
    clip: str


def plain(text: str) -> str:
    """Escape what Markdown would read as markup: names and texts of others are text."""
    return text.translate(_SPECIAL)


def report_text(facts: IncidentFacts, zone: tzinfo | None = None) -> str:
    """Write the report."""
    parts = [_head(facts, zone), _summary(facts), _timeline(facts, zone), _differences(facts, zone), _changes(facts),
             _open(facts), _graphs(facts), f"## Clip\n\n{plain(facts.clip)}\n"]  # fmt: skip
    return "\n".join(part for part in parts if part)


def _head(facts: IncidentFacts, zone: tzinfo | None) -> str:
    since, until = facts.since.astimezone(zone), facts.until.astimezone(zone)
    span = span_words((facts.until - facts.since).total_seconds())
    return (
        f"# {plain(facts.title)}\n\n"
        f"- from {since:%A %Y-%m-%d %H:%M:%S %z} to {until:%H:%M:%S} ({span}); "
        f"{facts.since:%Y-%m-%d %H:%M:%S} to {facts.until:%H:%M:%S} UTC\n"
        f"- engine {plain(facts.engine)} on {plain(facts.host)}\n"
        f"- written by {plain(facts.who)} with sutaztop, from its recording\n"
    )


def _summary(facts: IncidentFacts) -> str:
    kinds = {kind: sum(it.kind is kind for it in facts.happenings) for kind in HappeningKind}
    critical = sum(it.severity is Severity.CRITICAL and it.action == "began" for it in facts.happenings)
    left = sum(it.severity is Severity.CRITICAL for it in facts.findings)
    return (
        "## In figures\n\n"
        f"Engine events: {kinds[HappeningKind.EVENT]}. Lines of findings: {kinds[HappeningKind.FINDING]}, "
        f"critical ones that began: {critical}. Lines of changes: {kinds[HappeningKind.CHANGE]}. "
        f"Notes: {kinds[HappeningKind.NOTE]}. Gaps: {kinds[HappeningKind.GAP]}. "
        f"Differences from the baseline: {len(facts.differences)}. "
        f"Critical findings that were left at the end: {left}.\n"
    )


def _timeline(facts: IncidentFacts, zone: tzinfo | None) -> str:
    rows = ["## Time line\n", "| local | UTC | | what | about | |", "|---|---|---|---|---|---|"]
    for it in facts.happenings[:_MOST_LINES]:
        who = f" — {it.who}" if it.who else ""
        rows.append(
            f"| {it.at.astimezone(zone):%H:%M:%S} | {it.at:%H:%M:%S} | {_GLYPH[it.severity]} "
            f"| {_what(it)} | {plain(it.subject.name)} | {plain(it.text)}{plain(who)} |"
        )
    if len(facts.happenings) > _MOST_LINES:
        rows.append(f"\n{len(facts.happenings) - _MOST_LINES} more lines are left out here; the clip has them.")
    return "\n".join(rows) + "\n" if facts.happenings else "## Time line\n\nNothing was recorded to have happened.\n"


def _what(it: Happening) -> str:
    return plain(it.action if it.action == it.kind.value else f"{it.kind.value} {it.action}")


def _differences(facts: IncidentFacts, zone: tzinfo | None) -> str:
    if facts.baseline is None:
        return f"## What was different\n\nNot known: {plain(facts.baseline_why)}.\n"
    at = facts.baseline.astimezone(zone)
    rows = [
        f"## What was different at the end from {at:%Y-%m-%d %H:%M:%S}\n",
        f"Held against {plain(facts.baseline_why)}.\n",
    ]
    if not facts.differences:
        return "\n".join([*rows, "Nothing.\n"])
    rows += ["| about | figure | then | at the end |", "|---|---|---|---|"]
    rows += [f"| {plain(it.subject.name)} | {plain(it.figure)} | {plain(it.before)} | {plain(it.after)} |"
             for it in facts.differences[:_MOST_LINES]]  # fmt: skip
    return "\n".join(rows) + "\n"


def _changes(facts: IncidentFacts) -> str:
    if not facts.verdicts:
        return ""
    return "\n".join(["## Did it help?\n", *(f"- {plain(it.what)}: {plain(it.text)}" for it in facts.verdicts)]) + "\n"


def _open(facts: IncidentFacts) -> str:
    rows = ["## Left at the end\n"]
    rows += [f"- {_GLYPH[it.severity]} {plain(it.subject.name)} {it.word}: {plain(it.text)}"
             for it in facts.findings if it.severity >= Severity.WARNING]  # fmt: skip
    rows += [
        f"- advised: {plain(it.subject.name)} {plain(it.proposal)} ({plain(it.reason)})" for it in facts.open_advice
    ]
    return "\n".join(rows if len(rows) > 1 else [*rows, "Nothing."]) + "\n"


def _graphs(facts: IncidentFacts) -> str:
    if not facts.graphs:
        return ""
    rows = ["## Graphs\n"]
    for it in facts.graphs:
        known = [value for value in it.values if value is not None]
        line = spark(it.values, max(known, default=0.0) or 1.0)
        rows += [f"{plain(it.title)}: {it.least} to {it.most}, {it.now} at the end\n", f"```\n{line}\n```\n"]
        rows.append(f"![{plain(it.title)}]({it.file})\n")
    return "\n".join(rows)
