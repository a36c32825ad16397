"""A clip for the screen: written by a process of its own, for it takes seconds of a core that the screen wants."""

import json
import subprocess
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import sutaztop
from sutaztop.contracts import RecordingError
from sutaztop.domain.recording import ClipMade, ClipWish
from sutaztop.domain.text import clean_line

NICE = 10
"""What is shown now comes before what was."""
_PREFIX = "sutaztop: "


def export_beside(source: Path, target: Path, wish: ClipWish) -> ClipMade:
    """Have a clip written and wait for it. Raises ``RecordingError`` with the words of the process that could not."""
    words = [
        sys.executable, "-m", "sutaztop", "export", "--beside", "--recording", str(source.absolute()),
        "--from", wish.since.isoformat(), "--to", wish.until.isoformat(),
        *(part for name in wish.containers for part in ("--container", name)),
        *(("--anonymise",) if wish.anonymised else ()), str(target.absolute()),
    ]  # fmt: skip
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            words, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False,
            cwd=Path(sutaztop.__file__).parents[1],
        )  # fmt: skip
    except OSError as error:
        raise RecordingError("No clip was written", clean_line(str(error))) from error
    if done.returncode:
        told = clean_line(done.stderr).removeprefix(_PREFIX)
        raise RecordingError(told.rstrip(".") or "No clip was written", "" if told else f"exit {done.returncode}")
    return made_of(done.stdout)


def text_of(made: ClipMade) -> str:
    """Write what was made, for who waits for it."""
    return json.dumps({**asdict(made), "first": made.first.isoformat(), "last": made.last.isoformat()})


def made_of(text: str) -> ClipMade:
    """Read what was made. Raises ``RecordingError``."""
    try:
        told = json.loads(text)
        ends = {name: datetime.fromisoformat(told[name]) for name in ("first", "last")}
        return ClipMade(**{**told, **ends})
    except (ValueError, KeyError, TypeError) as error:
        raise RecordingError("What became of the clip is not known", clean_line(str(error))) from error
