"""`snapshot`, `check` and `recommend` of a moment that has passed: printed from the recording, no engine is asked."""

import argparse
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TextIO

from sutaztop.cli.chosen import settings_from
from sutaztop.cli.recordings import ends_of, moment_meant, open_recording, recording_meant
from sutaztop.cli.report import UNKNOWN, Told, print_report
from sutaztop.contracts import ConfigError, RecordingError
from sutaztop.domain.frame import Frame
from sutaztop.domain.quantity import span_words
from sutaztop.render.journal import time_words
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
        older = span_words(age.total_seconds())
        late = f"nothing was recorded at {time_words(at, None)}; the reading before it is {older} older"
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
    first, last = ends_of(info)
    at = moment_meant(words, info) or last
    frame = recording.frame_at(at)
    if frame is None:
        raise RecordingError(
            f"{info.path} has nothing of {time_words(at, None)}", f"it begins at {time_words(first, None)}"
        )
    return frame, at
