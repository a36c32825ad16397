"""From a recording to the report of an incident: what to tell is looked up here, how is told in ``render``."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

from sutaztop.contracts import RecordingError
from sutaztop.contracts.recording import Recording
from sutaztop.domain.difference import Divergence
from sutaztop.domain.finding import Severity
from sutaztop.domain.frame import HOST, Frame
from sutaztop.domain.profile import Thresholds
from sutaztop.domain.quantity import Bytes, Cores, Seconds
from sutaztop.domain.recording import ClipMade, ClipWish, Happening, HappeningKind
from sutaztop.domain.snapshot import ContainerSnapshot
from sutaztop.policy.differences import GREW, differences
from sutaztop.policy.healthy import last_healthy
from sutaztop.policy.helped import did_it_help
from sutaztop.render.format import cores_words, memory_words
from sutaztop.render.incident import Graph, IncidentFacts, Verdict, report_text
from sutaztop.render.svg_chart import Mark, SvgChart, svg_text
from sutaztop.store.files import whole_folder, write_whole

MOST_CONTAINERS = 10
HEALTHY = "healthy"
REPORT = "report.md"
_POINTS = 120
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800)
_LEAD = timedelta(minutes=5)
"""So long before an incident its clip begins: what led to it is half of the answer."""
_LOOKED_AT = timedelta(seconds=300)
_SLUG = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class IncidentWish:
    """What a report is wanted of. ``baseline`` is a moment, ``None`` for the last healthy hour before it began.

    ``why`` says why that moment, where it is known.
    """

    title: str
    since: datetime
    until: datetime
    who: str
    baseline: datetime | None = None
    zone: tzinfo | None = None
    why: str = ""


ExportClip = Callable[[Path], str]
"""Writes a clip and says in words what it wrote; raises ``RecordingError``."""


def write_incident(
    recording: Recording, wish: IncidentWish, folder: Path, thresholds: Thresholds, clip: ExportClip | None
) -> Path:
    """Write the report, its pictures and the clip into a new folder, whole or not at all; gives the report's path.

    Raises ``RecordingError`` where nothing is recorded of that time, ``FileExistsError`` where the folder is there
    already, and ``OSError``.
    """
    end = recording.frame_at(wish.until)
    if end is None or end.snapshot.at < wish.since:
        raise RecordingError("There is nothing to report", f"nothing is recorded from {wish.since} to {wish.until}")
    with whole_folder(folder) as made:
        _write(recording, wish, end, made, thresholds, clip)
    return folder / REPORT


def _write(  # noqa: PLR0913, PLR0917 - what a report is made of
    recording: Recording, wish: IncidentWish, end: Frame, folder: Path, thresholds: Thresholds,
    clip: ExportClip | None,
) -> None:  # fmt: skip
    baseline, why = _baseline(recording, wish)
    then = recording.frame_at(baseline) if baseline is not None else None
    found = differences(then, end) if then is not None else ()
    happened = recording.happenings(wish.since, wish.until)
    charts = list(_charts(end, wish, _touched(end, happened, found), happened))
    graphs = []
    for number, (name, chart) in enumerate(charts):
        file = f"{number:02}-{slug(name)}.svg"
        write_whole(folder / file, svg_text(chart, wish.zone))
        graphs.append(_graph(chart, file))
    facts = IncidentFacts(
        title=wish.title, since=wish.since, until=wish.until, who=wish.who,
        engine=end.snapshot.engine.endpoint if end.snapshot.engine is not None else recording.info().engine,
        host=end.snapshot.host.hostname or recording.info().host,
        baseline=then.snapshot.at if then is not None else None, baseline_why=why,
        happenings=happened, differences=found, verdicts=list(_verdicts(recording, happened, wish, thresholds)),
        findings=end.findings, open_advice=end.recommendations, graphs=graphs, clip=_clip(folder, clip),
    )  # fmt: skip
    write_whole(folder / REPORT, report_text(facts, wish.zone), durable=True)


def clip_wish(since: datetime, until: datetime) -> ClipWish:
    """Say what the clip beside a report has: the incident, and what led to it."""
    return ClipWish(since - _LEAD, until)


def clip_words(made: ClipMade) -> str:
    """Say what was written."""
    size = memory_words(Bytes(made.size))
    return (
        f"clip.db has {made.rows} readings of {made.containers} containers, {size}; `sutaztop replay clip.db` shows it."
    )


def folder_of(directory: Path, title: str, at: datetime) -> Path:
    """Give where a report goes: a name that sorts by time and can be read."""
    return directory / "incidents" / f"{at:%Y%m%dT%H%M%SZ}-{slug(title)}"


def slug(text: str) -> str:
    """Make a short file name of any text.

    >>> slug("Ollama: OOM, twice!"), slug("模型")
    ('ollama-oom-twice', 'incident')
    """
    return _SLUG.sub("-", text.casefold()).strip("-")[:40].strip("-") or "incident"


def _baseline(recording: Recording, wish: IncidentWish) -> tuple[datetime | None, str]:
    if wish.baseline is not None:
        return wish.baseline, wish.why or "the moment that was chosen"
    return last_healthy(recording, wish.since)


def _clip(folder: Path, clip: ExportClip | None) -> str:
    if clip is None:
        return "No clip was written: there is no way to one here."
    try:
        return clip(folder / "clip.db")
    except RecordingError as error:
        # The folder is about to get another name.
        return f"No clip was written: {error}".replace(f"{folder.absolute()}/", "")


def _verdicts(
    recording: Recording, happened: Sequence[Happening], wish: IncidentWish, thresholds: Thresholds
) -> Iterator[Verdict]:
    """Look back on each change as the screen does, five minutes later or at the end."""
    for it in happened:
        if it.kind is not HappeningKind.CHANGE or it.action not in ("applied", "seen"):
            continue
        frame = recording.frame_at(min(it.at + _LOOKED_AT, wish.until))
        found = frame.snapshot.by_id.get(it.subject.id) if frame is not None else None
        if frame is None or found is None:
            continue
        verdict = did_it_help(frame, found, thresholds)
        if verdict is not None:
            yield Verdict(f"{it.subject.name}, {it.text}", verdict.text)


# --- charts --------------------------------------------------------------------------------------


def _touched(end: Frame, happened: Sequence[Happening], found: Sequence[Divergence]) -> Sequence[ContainerSnapshot]:
    """Give the containers that the incident touches, those with most to tell first."""
    weight: dict[str, int] = {}
    for it in happened:
        if it.subject.kind == "container":
            weight[it.subject.id] = weight.get(it.subject.id, 0) + 1 + 3 * int(it.severity)
    for one in found:
        if one.subject.kind == "container" and one.weight >= GREW:
            weight[one.subject.id] = weight.get(one.subject.id, 0) + one.weight // 10
    for finding in end.findings:
        if finding.subject.kind == "container" and finding.severity is Severity.CRITICAL:
            weight[finding.subject.id] = weight.get(finding.subject.id, 0) + 5
    order = sorted((it for it in weight if it in end.snapshot.by_id), key=lambda key: (-weight[key], key))
    return [end.snapshot.by_id[key] for key in order[:MOST_CONTAINERS]]


def _charts(
    end: Frame, wish: IncidentWish, touched: Sequence[ContainerSnapshot], happened: Sequence[Happening]
) -> Iterator[tuple[str, SvgChart]]:
    since, until = wish.since, end.snapshot.at
    share = _percent
    for figure, name in (("cpu_utilization", "CPU of the host"), ("memory_utilization", "memory of the host")):
        yield f"host-{figure}", _chart(end, HOST, figure, name, since, until, share, None, ())
    for it in touched:
        name, limits = it.display_name or it.container.name, it.container.resources.limits
        marks = [Mark(one.at, f"{one.action}: {one.text}") for one in happened if one.subject.id == it.id]
        yield f"{name}-cpu", _chart(
            end, it.id, "cpu", f"CPU of {name}", since, until, lambda value: cores_words(Cores(round(value, 2))),
            limits.cpu, marks,
        )  # fmt: skip
        yield f"{name}-memory", _chart(
            end, it.id, "memory", f"memory of {name}", since, until, lambda value: memory_words(Bytes(int(value))),
            limits.memory, marks,
        )  # fmt: skip


def _percent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %")


def _chart(  # noqa: PLR0913, PLR0917 - what a chart is made of
    end: Frame, key: str, figure: str, title: str, since: datetime, until: datetime, write: Callable[[float], str],
    limit: float | None, marks: Sequence[Mark],
) -> SvgChart:  # fmt: skip
    span = max(1.0, (until - since).total_seconds())
    step = next((it for it in _STEPS if span / it <= _POINTS), _STEPS[-1])
    points = max(2, int(span // step) + 1)
    values = end.history.series(key, figure, points=points, bucket=Seconds(float(step)))
    begins = until - timedelta(seconds=step * (points - 1))
    return SvgChart(title, begins, until, values, write, limit, [it for it in marks if begins <= it.at <= until])


def _graph(chart: SvgChart, file: str) -> Graph:
    known = [it for it in chart.values if it is not None]
    least, most = (chart.write(it) for it in (min(known), max(known))) if known else ("–", "–")
    now = next((it for it in reversed(chart.values) if it is not None), None)
    return Graph(chart.title, chart.values, least, most, "–" if now is None else chart.write(now), file)
