"""`snapshot`, `check` and `recommend` of a moment that has passed: printed from the recording, no engine is asked."""

import argparse
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TextIO

from sutaztop.cli.chosen import settings_from
from sutaztop.cli.recordings import open_recording, recording_meant
from sutaztop.cli.report import UNKNOWN, Told, print_report
from sutaztop.contracts import ConfigError, RecordingError
from sutaztop.domain.frame import Frame
from sutaztop.domain.quantity import span_words
from sutaztop.domain.when import NoTime, parse_when
from sutaztop.store.recording.reader import FileRecording

_NEAR = timedelta(seconds=60)
"""A reading that is older than this was not of the moment that was asked for, and that is said."""


def run_report_then(arguments: argparse.Namespace, environment: Mapping[str, str], *, out: TextIO) -> int:
    """Print one of the reports as it was then; gives the exit status. Raises ``ConfigError`` and ``EngineUnreachable``.

    What is silent now is told all the same: nobody knows any more what was silent then.
    """
    if getattr(arguments, "save", ""):
        raise ConfigError("--save", "keeps what is seen now", "`sutaztop export` keeps a span of a recording.")
    settings = settings_from(arguments, environment)
    try:
        path = recording_meant(arguments, settings, environment, named=arguments.file, instead="[ goes back in it")
        with open_recording(path, settings.profile) as recording:
            frame = _frame(recording, arguments.at)
            told = Told(frame, settings.profile.thresholds, frame.recommendations)
            return print_report(arguments, told, out=out)
    except RecordingError as error:
        print(f"sutaztop: {error}", file=sys.stderr)
        return UNKNOWN


def _frame(recording: FileRecording, words: str) -> Frame:
    """Find the reading that was the newest then. Raises ``ConfigError`` and ``RecordingError``."""
    info = recording.info()
    if info.first is None or info.last is None:
        raise RecordingError(f"{info.path} is empty", "nothing was recorded in it yet")
    try:
        at = parse_when(words, now=datetime.now(UTC), here=info.last) if words else info.last
    except NoTime as error:
        raise ConfigError(f"--at {words}", str(error)) from error
    frame = recording.frame_at(at)
    if frame is None:
        raise RecordingError(f"{info.path} has nothing of {_time(at)}", f"it begins at {_time(info.first)}")
    age = at - frame.snapshot.at
    if age > _NEAR:
        print(
            f"sutaztop: nothing was recorded at {_time(at)}; this is {span_words(age.total_seconds())} before it.",
            file=sys.stderr,
        )
    return frame


def _time(at: datetime) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S}"
