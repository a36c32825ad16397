"""Texts that an operator wanted to keep: files of their own in the state directory, for their owner's eyes alone."""

import re
from pathlib import Path

from sutaztop.store.files import write_whole

FOLDER = "logs"
_MOST_OF_A_NAME = 100
_MOST_TRIES = 1000


def keep_text(state_directory: Path, name: str, text: str) -> str:
    """Write a text under a name that nothing has yet; give its path.

    Of the name, which may come from outside, only letters, digits and ``._-`` are kept. The file has mode 0600,
    the folder 0700. Raises ``OSError``.
    """
    folder = state_directory / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    stem, dot, ending = re.sub(r"[^A-Za-z0-9._-]", "_", name).lstrip(".").rpartition(".")
    stem = (stem or ending or "log")[:_MOST_OF_A_NAME]
    for number in range(_MOST_TRIES):
        path = folder / f"{stem}{f'-{number}' if number else ''}{dot}{ending if dot else ''}"
        try:
            # Taken with nothing in it, so that two screens never write over each other.
            path.touch(mode=0o600, exist_ok=False)
        except FileExistsError:
            continue
        try:
            write_whole(path, text)
        except OSError:
            path.unlink(missing_ok=True)
            raise
        return str(path)
    raise FileExistsError(f"{folder} holds {_MOST_TRIES} files of that name already")
