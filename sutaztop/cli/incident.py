"""`sutaztop incident`: the report of a time that is over, from a recording."""

import argparse
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import TextIO

from sutaztop.cli.chosen import settings_from
from sutaztop.cli.clock import SystemClock
from sutaztop.cli.export_beside import export_beside
from sutaztop.cli.incident_report import HEALTHY, IncidentWish, clip_wish, clip_words, folder_of, write_incident
from sutaztop.cli.recordings import open_recording, recording_meant
from sutaztop.config.locations import state_directory
from sutaztop.domain.text import clean_line
from sutaztop.domain.when import NoTime, parse_when
from sutaztop.store.who import who_am_i

DONE, USAGE, UNREAD = 0, 2, 3


def run_incident(arguments: argparse.Namespace, *, out: TextIO) -> int:
    """Write a report; gives the exit status.

    Raises ``ConfigError``, ``EngineUnreachable``, ``RecordingError`` and ``NoTime``.
    """
    settings = settings_from(arguments, os.environ)
    try:
        wish = _wish(arguments)
        path = recording_meant(arguments, settings, os.environ, named=arguments.file, instead="I opens an incident")
        folder = (
            Path(arguments.directory) if arguments.directory
            else folder_of(state_directory(settings.state_directory, os.environ), wish.title, wish.since)
        )  # fmt: skip
        recording = open_recording(path, settings.profile)
        try:
            report = write_incident(
                recording, wish, folder, settings.profile.thresholds,
                lambda target: clip_words(export_beside(path, target, clip_wish(wish.since, wish.until))),
            )  # fmt: skip
        finally:
            recording.close()
    except FileExistsError as error:
        print(f"sutaztop: {error.filename} is there already: name another directory.", file=sys.stderr)
        return USAGE
    except OSError as error:
        print(f"sutaztop: {error}", file=sys.stderr)
        return UNREAD
    print(f"Written: {report}", file=out)
    return DONE


def _wish(arguments: argparse.Namespace) -> IncidentWish:
    now = SystemClock().now()
    since = parse_when(arguments.since, now=now)
    until = parse_when(arguments.until, now=now, here=since) if arguments.until else now
    if until <= since:
        raise NoTime(f"--to {arguments.until!r} does not lie after --from {arguments.since!r}")
    return IncidentWish(
        clean_line(arguments.title) or "Incident",
        since,
        until,
        who_am_i(os.environ),
        _baseline(arguments.baseline, now),
    )


def _baseline(words: str, now: datetime) -> datetime | None:
    return None if words in ("", HEALTHY) else parse_when(words, now=now)
