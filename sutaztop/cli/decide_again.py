"""`decide` on a recording: what was seen judged anew, by another profile, or by two that are held against each other.

Both judge what happened. What their advice would have changed is in no recording, and nobody pretends to know it.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from sutaztop.cli.assemble import judge
from sutaztop.cli.chosen import settings_from
from sutaztop.cli.recordings import ends_of, open_recording, recording_meant
from sutaztop.cli.report import print_json
from sutaztop.config.load import load_settings
from sutaztop.contracts import ConfigError, RecordingError
from sutaztop.domain.profile import Profile
from sutaztop.domain.quantity import Seconds, span_words
from sutaztop.domain.recording import RecordingInfo
from sutaztop.domain.spell import Said, Spell
from sutaztop.domain.text import clean_line
from sutaztop.domain.when import NoTime, parse_until, parse_when
from sutaztop.history.one_clock import OneClock
from sutaztop.history.spells import Spells
from sutaztop.monitor import Judging
from sutaztop.render.cells import SEVERITY_GLYPH, fit
from sutaztop.render.journal import time_words
from sutaztop.store.codec import encode_time
from sutaztop.store.recording.reader import FileRecording, snapshot_of

if TYPE_CHECKING:
    from sutaztop.domain.past import Past

SAME, DIFFERENT = 0, 1
OWN = "recording"
"""What names the recording of this host and engine, in place of a file."""
SCHEMA = "sutaztop.judged-again/1"
_MAGIC = b"SQLite format 3\x00"
_USUAL = timedelta(hours=1)
_LEAD = timedelta(hours=1)
"""Read before the span, not told: what a decision of a shipped profile looks back on, but for what is kept for days."""
_SPARSE = timedelta(seconds=10)
"""Readings further apart than this are worth a word: of older times a frame a minute is kept, or nobody looked."""
_TELLS = timedelta(minutes=1)
_NAMES, _LONGEST = 20, 2000


def is_recording(source: str) -> bool:
    """Say whether that is a recording and no document; what can't be read is neither."""
    if source == OWN:
        return True
    try:
        # Of a pipe nothing must be taken that the document's reader would miss.
        if not Path(source).is_file():
            return False
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
    sparsest: Seconds
    spells: tuple[Spell, ...]


def run_again(arguments: argparse.Namespace, environment: Mapping[str, str], *, out: TextIO) -> int:
    """Judge a recording anew and print what was said and when; with ``--compare``, where two profiles differ.

    Gives the exit status. Raises ``ConfigError`` for a profile or a time that is wrong, ``EngineUnreachable`` and
    ``RecordingError``.
    """
    names = tuple(arguments.compare or ())
    profiles = [load_settings(arguments.config or (), environment=environment, profile=it).profile for it in names]
    settings = settings_from(arguments, environment)
    profiles = profiles or [settings.profile]
    named = "" if arguments.source == OWN else arguments.source
    path = recording_meant(arguments, settings, environment, named=named, instead="w tells what is decided, and why")
    with open_recording(path, settings.profile) as recording:
        since, until = _span(arguments, recording.info())
        with _telling(sys.stderr) as tell:
            judged = judge_again(recording, profiles, since, until, tell=tell)
    if arguments.json:
        print_json(_document(judged, names), out)
    else:
        out.writelines(f"{line}\n" for line in _lines(judged, names))
    return DIFFERENT if names and judged.spells else SAME


def _span(arguments: argparse.Namespace, info: RecordingInfo) -> tuple[datetime, datetime]:
    """Read from when to when, the recording's last hour without words. Raises ``ConfigError``, ``RecordingError``."""
    first, last = ends_of(info)
    now = datetime.now(UTC)
    try:
        since = parse_when(arguments.since, now=now, here=last) if arguments.since else None
        until = parse_until(arguments.until, now=now, since=since, here=last) if arguments.until else last
    except NoTime as error:
        raise ConfigError("the span to be judged", str(error)) from error
    since = until - _USUAL if since is None else since
    if since > until:
        raise ConfigError(f"--since {arguments.since} lies after --until {arguments.until or time_words(until, None)}")
    if until < first or since > last:
        raise RecordingError(
            f"{info.path} has nothing of that span",
            f"it goes from {time_words(first, None)} to {time_words(last, None)}",
            "Name a --since and an --until within it.",
        )  # fmt: skip
    return max(since, first), min(until, last)


@contextmanager
def _telling(to: TextIO) -> Iterator[Callable[[datetime], None]]:
    """Tell whoever waits at a terminal how far it is; nobody else."""
    if not to.isatty():
        yield lambda _: None
        return
    try:
        yield lambda at: print(f"\rjudged until {time_words(at, None)}", end="", file=to, flush=True)
    finally:
        print("\r\x1b[K", end="", file=to, flush=True)


def judge_again(
    recording: FileRecording,
    profiles: Sequence[Profile],
    since: datetime,
    until: datetime,
    *,
    tell: Callable[[datetime], None] = lambda _: None,
) -> Judged:
    """Judge every reading of a span by each profile, as it would have been live. Raises ``RecordingError``.

    Each is measured anew against what it was measured against then, with what was remembered of each container. An hour
    before the span is read too, for the windows that reach back; what is known of days is not. ``tell`` is told how far
    it is, about once a recorded minute.
    """
    judges = [(it, Judging(it, judge), OneClock()) for it in profiles]
    spells = Spells(differences=len(profiles) > 1)
    past: Past | None = None
    samples, judgements, subjects, sparsest = 0, 0, set[str](), timedelta(0)
    last: datetime | None = None
    told_at: datetime | None = None
    for boot, told in recording.told(since - _LEAD, until):
        at = told.sample.at
        if told_at is None or at - told_at >= _TELLS:
            told_at = at
            tell(at)
        judged = [
            (judging, judging.see(clock.moved(boot, snapshot_of(told, profile)), told.observed))
            for profile, judging, clock in judges
        ]
        if at < since:
            continue
        samples += 1
        # A clock that was set back tells a time twice.
        at = at if last is None else max(at, last)
        sparsest = max(sparsest, at - last) if last is not None else sparsest
        last = at
        if judged[0][0].past is past:
            continue
        past = judged[0][0].past
        judgements += 1
        subjects.update(it.id for it in told.sample.containers)
        spells.add(at, [(it.findings, it.recommendations) for _, it in judged])
    if not samples:
        raise RecordingError(
            "Nothing was recorded in that span",
            f"from {time_words(since, None)} to {time_words(until, None)} nobody looked",
            "`sutaztop timeline --kind gap` tells when.",
        )  # fmt: skip
    return Judged(since, until, samples, judgements, len(subjects), Seconds(sparsest.total_seconds()), spells.told())


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
        head = f"{local:%H:%M:%S}  {lasted:<12}  {clean_line(it.subject.name) or it.subject.kind}"
        if not names:
            yield f"{head}  {_words(it.said[0])}"
            continue
        yield head
        for name, said in zip(names, it.said, strict=True):
            yield f"    {fit(name, width)}  {_words(said)}"
    if judged.spells:
        yield ""
    yield _summary(judged, names)
    if judged.sparsest > _SPARSE.total_seconds():
        yield f"Readings lie up to {span_words(judged.sparsest)} apart: what was between them is not known."
    yield "What happened was judged; what the advice would have changed is in no recording."


def _words(said: Said | None) -> str:
    # A recording that somebody sent may hold line ends where sutaztop writes none.
    return "–" if said is None else f"{SEVERITY_GLYPH[said.severity]} {clean_line(said.text, limit=_LONGEST)}"


def _summary(judged: Judged, names: Sequence[str]) -> str:
    rest = (
        f"{judged.judgements:,} judgements of {judged.samples:,} readings of {judged.subjects:,} containers, "
        f"from {time_words(judged.since, None)} to {time_words(judged.until, None)}."
    )
    about = len({(it.subject.kind, it.subject.id) for it in judged.spells})
    if names:
        differ = f"differ {len(judged.spells)} times, about {about} subjects" if judged.spells else "say the same"
        return f"{names[0]} and {names[1]} {differ}: {rest}"
    return f"Said {len(judged.spells)} times, about {about} subjects: {rest}"


def _document(judged: Judged, names: Sequence[str]) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "profiles": list(names),
        "from": encode_time(judged.since),
        "to": encode_time(judged.until),
        "samples": judged.samples,
        "judgements": judged.judgements,
        "sparsest_seconds": judged.sparsest,
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
