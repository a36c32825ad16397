"""The timeline from a shell: what happened, printed; and notes, written into it. No engine is asked."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any, TextIO

from sutaztop.cli.chosen import settings_from
from sutaztop.cli.clock import SystemClock
from sutaztop.cli.find import find_container
from sutaztop.cli.recordings import open_recording, recording_meant
from sutaztop.contracts.recording import Recording
from sutaztop.domain.change import Refusal
from sutaztop.domain.finding import Subject
from sutaztop.domain.recording import Happening, HappeningKind
from sutaztop.domain.text import clean_line
from sutaztop.domain.when import NoTime, parse_when
from sutaztop.render.cells import SEVERITY_GLYPH, cell_width, fit
from sutaztop.render.journal import time_words
from sutaztop.render.timeline import short_name, told, word_of
from sutaztop.store.codec import encode_time
from sutaztop.store.recording.happenings import LONGEST_NOTE, note_of, put_note
from sutaztop.store.who import who_am_i

DONE, UNKNOWN, USAGE = 0, 1, 2
_WORDS = 8
_INSTEAD = "7 shows its timeline"
_LONGEST_NAME = 32


def run_timeline(arguments: argparse.Namespace, *, out: TextIO) -> int:
    """Run ``timeline`` or ``note``; gives the exit status.

    Raises ``ConfigError``, ``EngineUnreachable``, ``RecordingError`` and ``NoTime``.
    """
    return _note(arguments, out) if arguments.command == "note" else _print(arguments, out)


# --- printing ------------------------------------------------------------------------------------


def _print(arguments: argparse.Namespace, out: TextIO) -> int:
    now = SystemClock().now()
    since = parse_when(arguments.since, now=now)
    until = parse_when(arguments.until, now=now) if arguments.until else now + timedelta(days=1)
    if until < since:
        raise NoTime(f"--to {arguments.until!r} lies before --from {arguments.since!r}")
    kinds = [HappeningKind(it) for it in arguments.kind] if arguments.kind else list(HappeningKind)
    settings = settings_from(arguments, os.environ)
    path = recording_meant(arguments, settings, os.environ, named=arguments.file, instead=_INSTEAD)
    recording = open_recording(path, settings.profile)
    try:
        found = [it for it in recording.happenings(since, until, kinds=kinds) if _is_about(it, arguments.about)]
    finally:
        recording.close()
    if arguments.json:
        for it in found:
            print(json.dumps(document(it), ensure_ascii=False), file=out)
        return DONE
    for line in timeline_lines(found, zone=None):
        print(line, file=out)
    if not found:
        of_this = " of this" if arguments.kind or arguments.about else ""
        until_words = f" to {time_words(until, None)}" if arguments.until else ""
        print(f"Nothing{of_this} from {time_words(since, None)}{until_words}.", file=out)
    return DONE


def _is_about(it: Happening, name: str) -> bool:
    """Whether a line is about what has this name, wholly or but for a prefix; or this id, or the start of it."""
    wanted = name.casefold()
    if not wanted:
        return True
    own = it.subject.name.casefold()
    return own == wanted or own.endswith((f"-{wanted}", f"_{wanted}", f"/{wanted}")) or (
        len(wanted) >= 4 and it.subject.id.startswith(wanted)
    )  # fmt: skip


def timeline_lines(found: Sequence[Happening], *, zone: tzinfo | None) -> list[str]:
    """Write happenings for a shell: a line each, uncut, with the day above where it is another."""
    names = min(_LONGEST_NAME, max((cell_width(short_name(it.subject.name)) for it in found), default=0))
    lines: list[str] = []
    day = None
    for it in found:
        local = it.at.astimezone(zone)
        if local.date() != day:
            day = local.date()
            lines.append(f"{day:%A %Y-%m-%d}")
        name = short_name(it.subject.name)
        name = name if cell_width(name) > names else fit(name, names)
        line = f"{local:%H:%M:%S}  {SEVERITY_GLYPH[it.severity]} {fit(word_of(it), _WORDS)}  {name}  {told(it)}"
        lines.append(line.rstrip())
    return lines


def document(it: Happening) -> dict[str, Any]:
    """Give a happening as JSON has it; times are ISO 8601 in UTC."""
    until = None if it.until is None else encode_time(it.until)
    return {
        "v": 1, "type": "happening", "at": encode_time(it.at), "until": until,
        "kind": it.kind.value, "severity": it.severity.word, "action": it.action, "text": it.text,
        "subject": {"kind": it.subject.kind, "id": it.subject.id, "name": it.subject.name},
        "who": it.who, "reference": it.reference, "number": it.number,
    }  # fmt: skip


# --- notes ---------------------------------------------------------------------------------------


def _note(arguments: argparse.Namespace, out: TextIO) -> int:
    now = SystemClock().now()
    at = parse_when(arguments.at, now=now) if arguments.at else now
    text = " ".join(arguments.words)
    settings = settings_from(arguments, os.environ)
    path = recording_meant(arguments, settings, os.environ, instead=_INSTEAD)
    subject: Subject | None = None
    if arguments.about:
        recording = open_recording(path, settings.profile)
        try:
            found = _about(clean_line(arguments.about), recording, at)
        finally:
            recording.close()
        if isinstance(found, Refusal):
            print(f"sutaztop: {found}", file=sys.stderr)
            return UNKNOWN
        subject = found
    try:
        note = note_of(text, who_am_i(os.environ), subject, at)
    except ValueError as error:
        print(f"sutaztop: {error}", file=sys.stderr)
        return USAGE
    put_note(path, note)
    cut = (
        f" It was cut: a note holds {LONGEST_NOTE} characters."
        if len(clean_line(text, limit=10**6).strip()) > LONGEST_NOTE
        else ""
    )
    about = f" about {subject.name}" if subject is not None else ""
    print(f"Noted at {time_words(at, None)}{about}.{cut}", file=out)
    return DONE


def _about(name: str, recording: Recording, at: datetime) -> Subject | Refusal:
    """Find what a note is about among the containers as they were at its moment."""
    frame = recording.frame_at(at)
    if frame is None:
        return Refusal("unknown", f"Nothing was recorded at or before {time_words(at, None)}: {name!r} can't be found.")
    found = find_container(name, frame.snapshot, together=False)
    return found if isinstance(found, Refusal) else Subject("container", found.id, found.container.name)
