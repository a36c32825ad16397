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
_SPARSEST = timedelta(seconds=330)
"""Of a month one frame in five minutes is kept: where the newest is older than that, nobody looked."""


def run_report_then(arguments: argparse.Namespace, environment: Mapping[str, str], *, out: TextIO) -> int:
    """Print one of the reports as it was then; gives the exit status.

    Raises ``ConfigError``, ``EngineUnreachable`` and ``RecordingError``.
    What is silent now is told all the same: nobody knows any more what was silent then.
    """
    if getattr(arguments, "save", ""):
        raise ConfigError("--save", "keeps what is seen now", "`sutaztop export` keeps a span of a recording.")
    settings = settings_from(arguments, environment)
    path = recording_meant(arguments, settings, environment, named=arguments.file, instead="[ goes back in it")
    with open_recording(path, settings.profile) as recording:
        frame, at = _frame(recording, arguments.at)
        age = at - frame.snapshot.at
        late = f"nothing was recorded at {_time(at)}; the reading before it is {span_words(age.total_seconds())} older"
        # That nothing was seen is no good news.
        unknown = arguments.command == "check" and age > _SPARSEST
        if unknown and not arguments.json:
            print(f"UNKNOWN - {late}", file=out)
            return UNKNOWN
        if age > _NEAR:
            print(f"sutaztop: {late}.", file=sys.stderr)
        status = print_report(arguments, Told(frame, settings.profile.thresholds, frame.recommendations), out=out)
    return UNKNOWN if unknown else status


def _frame(recording: FileRecording, words: str) -> tuple[Frame, datetime]:
    """Find the reading that was the newest at a time, and that time. Raises ``ConfigError``, ``RecordingError``."""
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
    return frame, at


def _time(at: datetime) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S}"
