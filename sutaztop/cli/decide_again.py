"""`decide` on a recording: what was seen judged anew, by another profile, or by two that are held against each other.

Both judge what happened. What their advice would have changed is in no recording, and nobody pretends to know it.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from sutaztop.cli.assemble import judge
from sutaztop.cli.chosen import settings_from
from sutaztop.cli.clock import SystemClock
from sutaztop.cli.recordings import open_recording, recording_meant
from sutaztop.cli.report import print_json
from sutaztop.config.load import load_settings
from sutaztop.contracts import ConfigError, RecordingError
from sutaztop.domain.profile import Profile
from sutaztop.domain.quantity import span_words
from sutaztop.domain.recording import RecordingInfo
from sutaztop.domain.spell import Said, Spell
from sutaztop.domain.when import NoTime, parse_when
from sutaztop.history.spells import Spells
from sutaztop.monitor import Monitor
from sutaztop.render.cells import SEVERITY_GLYPH, fit
from sutaztop.store.codec import encode_time
from sutaztop.store.recording.again import RecordedSource
from sutaztop.store.recording.reader import FileRecording

if TYPE_CHECKING:
    from sutaztop.domain.past import Past

SAME, DIFFERENT, UNREAD = 0, 1, 3
OWN = "recording"
"""What names the recording of this host and engine, in place of a file."""
SCHEMA = "sutaztop.judged-again/1"
_MAGIC = b"SQLite format 3\x00"
_USUAL = timedelta(hours=1)
_LEAD = timedelta(minutes=30)
"""Read before the span, not told: the longest window that a decision about limits and replicas looks back on."""
_NAMES = 20


def is_recording(source: str) -> bool:
    """Say whether that is a recording and no document; what can't be read is neither."""
    if source == OWN:
        return True
    try:
        with Path(source).open("rb") as file:
            return file.read(len(_MAGIC)) == _MAGIC
    except (OSError, ValueError):
        return False


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of it: the spells, and how much they rest on."""

    since: datetime
    until: datetime
    samples: int
    judgements: int
    subjects: int
    spells: tuple[Spell, ...]


def run_again(arguments: argparse.Namespace, environment: Mapping[str, str], *, out: TextIO) -> int:
    """Judge a recording anew and print what was said and when; with ``--compare``, where two profiles differ.

    Gives the exit status. Raises ``ConfigError`` for a profile or a time that is wrong.
    """
    names = tuple(arguments.compare or ())
    profiles = [load_settings(arguments.config or (), environment=environment, profile=it).profile for it in names]
    settings = settings_from(arguments, environment)
    profiles = profiles or [settings.profile]
    try:
        named = "" if arguments.source == OWN else arguments.source
        path = recording_meant(
            arguments, settings, environment, named=named, instead="w tells what is decided, and why"
        )
        with open_recording(path, settings.profile) as recording:
            since, until = _span(arguments, recording.info())
            judged = judge_again(recording, profiles, since, until)
    except RecordingError as error:
        print(f"sutaztop: {error}", file=sys.stderr)
        return UNREAD
    if arguments.json:
        print_json(_document(judged, names), out)
    else:
        out.writelines(f"{line}\n" for line in _lines(judged, names))
    return DIFFERENT if names and judged.spells else SAME


def _span(arguments: argparse.Namespace, info: RecordingInfo) -> tuple[datetime, datetime]:
    """Read from when to when, the recording's last hour without words. Raises ``ConfigError``, ``RecordingError``."""
    if info.first is None or info.last is None:
        raise RecordingError(f"{info.path} is empty", "nothing was recorded in it yet")
    now = datetime.now(UTC)
    try:
        until = parse_when(arguments.until, now=now, here=info.last) if arguments.until else info.last
        since = parse_when(arguments.since, now=now, here=info.last) if arguments.since else until - _USUAL
    except NoTime as error:
        raise ConfigError("the span to be judged", str(error)) from error
    since, until = max(since, info.first), min(until, info.last)
    if since > until:
        raise RecordingError(
            f"{info.path} has nothing of that span",
            f"it goes from {_time(info.first)} to {_time(info.last)}", "Name a --since and an --until within it.",
        )  # fmt: skip
    return since, until


def judge_again(recording: FileRecording, profiles: Sequence[Profile], since: datetime, until: datetime) -> Judged:
    """Judge every reading of a span by each profile, as it would have been live. Raises ``RecordingError``.

    Half an hour before it is read too, for the windows that reach back; what is known of days is not.
    """
    source, clock = RecordedSource(), SystemClock()
    monitors = [Monitor(source, it, judge, clock) for it in profiles]
    spells = Spells(differences=len(profiles) > 1)
    past: Past | None = None
    samples, judgements, subjects = 0, 0, set[str]()
    for sample in recording.samples(since - _LEAD, until):
        source.put(sample)
        frames = [it.tick() for it in monitors]
        if sample.at < since:
            continue
        samples += 1
        if frames[0].past is past:
            continue
        past = frames[0].past
        judgements += 1
        subjects.update(it.id for it in sample.containers)
        spells.add(sample.at, [(it.findings, it.recommendations) for it in frames])
    return Judged(since, until, samples, judgements, len(subjects), spells.told())


# --- telling -------------------------------------------------------------------------------------


def _lines(judged: Judged, names: Sequence[str]) -> Iterator[str]:
    width = min(_NAMES, max((len(it) for it in names), default=0))
    day = None
    for it in judged.spells:
        local = it.since.astimezone()
        if local.date() != day:
            day = local.date()
            yield f"{day:%A %Y-%m-%d}"
        lasted = f"for {span_words(it.length)}" if it.length else "once"
        head = f"{local:%H:%M:%S}  {lasted:<12}  {it.subject.name or it.subject.kind}"
        if not names:
            yield f"{head}  {_words(it.said[0])}"
            continue
        yield head
        for name, said in zip(names, it.said, strict=True):
            yield f"    {fit(name, width)}  {_words(said)}"
    if judged.spells:
        yield ""
    yield _summary(judged, names)
    yield "What happened was judged; what the advice would have changed is in no recording."


def _words(said: Said | None) -> str:
    return "–" if said is None else f"{SEVERITY_GLYPH[said.severity]} {said.text}"


def _summary(judged: Judged, names: Sequence[str]) -> str:
    rest = (
        f"{judged.judgements:,} judgements of {judged.samples:,} readings of {judged.subjects:,} containers, "
        f"from {_time(judged.since)} to {_time(judged.until)}."
    )
    about = len({(it.subject.kind, it.subject.id) for it in judged.spells})
    if names:
        differ = f"differ {len(judged.spells)} times, about {about} subjects" if judged.spells else "say the same"
        return f"{names[0]} and {names[1]} {differ}: {rest}"
    return f"Said {len(judged.spells)} times, about {about} subjects: {rest}"


def _time(at: datetime) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S}"


def _document(judged: Judged, names: Sequence[str]) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "profiles": list(names),
        "from": encode_time(judged.since),
        "to": encode_time(judged.until),
        "samples": judged.samples,
        "judgements": judged.judgements,
        "containers": judged.subjects,
        "spells": [
            {
                "about": "advice" if it.advice else "finding",
                "subject": {"kind": it.subject.kind, "id": it.subject.id, "name": it.subject.name},
                "from": encode_time(it.since),
                "to": encode_time(it.until),
                "said": [
                    None if one is None else {"severity": one.severity.word, "rules": one.rules, "text": one.text}
                    for one in it.said
                ],
            }
            for it in judged.spells
        ],
    }
