"""What was changed lately, from the end of the journal: what guardrails count, whichever program made it."""

import json
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from sutaztop.domain.change import Result
from sutaztop.domain.guardrails import Done
from sutaztop.domain.lifecycle import ChangeStay, Unload
from sutaztop.store.chain import FILE_NAME, rotated_files
from sutaztop.store.codec import Undecodable, decode

SPAN = timedelta(days=1)
"""Nothing that counts looks further back."""
_TAIL = 1 << 18
"""Bytes that are read: some three hundred changes, ten times as many as the rate allows in a while."""


def done_lately(directory: str | Path, engine: str, now: datetime) -> tuple[Done, ...]:
    """Give the changes that were made on an engine in the last day, oldest first; none where there is no journal.

    What cannot be read counts as nothing: a damaged journal is told where it is written, and here it
    would hold back the operator who repairs what is broken.
    """
    path = Path(directory, FILE_NAME)
    # The file before it as well: a new one, begun a moment ago, would have forgotten everything.
    newest = (*rotated_files(path)[-1:], path)
    return tuple(it for file in newest for it in _read(file, engine) if now - it.at < SPAN)


def _read(path: Path, engine: str) -> Iterator[Done]:
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            file.seek(max(0, size - _TAIL))
            lines = file.read(_TAIL).splitlines()
    except OSError:
        return
    for line in lines if size <= _TAIL else lines[1:]:
        try:
            entry = decode(json.loads(line))
        except (Undecodable, ValueError, RecursionError):
            continue
        made = entry.phase == "outcome" and entry.result in (Result.APPLIED, Result.UNVERIFIED)
        # A model's engine is its server: what was unloaded there counts with the rest.
        here = entry.change is not None and (entry.engine == engine or isinstance(entry.change, Unload | ChangeStay))
        if made and here and entry.change is not None:
            yield Done(entry.at, entry.who, entry.change)
