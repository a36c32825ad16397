"""Small files and folders of ours, written whole or not at all."""

import errno
import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

SCHEMA = "schema"
_HALF = ".sutaztop-half-"
"""How the names of folders begin that are being filled."""


def write_json(path: Path, document: Mapping[str, Any]) -> None:
    """Write a document in place of what stands there, readable by a person, whole or not at all.

    Only a document of the same schema is replaced. Raises ``OSError``, and ``ValueError`` for a file that is another's.
    """
    kind = document[SCHEMA]
    if path.exists() and _schema(path) != kind:
        raise ValueError(f"there is a file already, and it is no {kind} document")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps(document, indent=1, ensure_ascii=False) + "\n", durable=True)


def write_whole(path: Path, text: str, *, durable: bool = False, mode: int | None = None) -> None:
    """Put a text in place of what stands there, whole or not at all: a reader never sees half of it.

    ``durable`` waits until the disk has it; ``mode`` is for those who may read it, its owner alone without one.
    Raises ``OSError``.
    """
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        if mode is not None:
            Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Give a hidden folder to fill, which gets its name once that is done: a reader never sees half of it.

    Of what fails nothing is left, and what killed programs left beside it is taken away. Its owner alone may read it.
    Raises ``FileExistsError`` where the name is taken, before anything is written, and ``OSError``.
    """
    _refuse_taken(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with suppress(OSError):
        _sweep(folder.parent)
    made = Path(tempfile.mkdtemp(dir=folder.parent, prefix=_HALF))
    try:
        lock = os.open(made, os.O_RDONLY | os.O_DIRECTORY)
        try:
            # As long as this is held nobody sweeps it; a process that dies lets go.
            with suppress(OSError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield made
            # A folder takes the place of an empty one without a word.
            _refuse_taken(folder)
            made.rename(folder)
        finally:
            os.close(lock)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise


def _refuse_taken(folder: Path) -> None:
    if os.path.lexists(folder):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(folder))


def _sweep(directory: Path) -> None:
    """Take away what killed programs left: folders that nobody holds."""
    for path in directory.iterdir():
        if not path.name.startswith(_HALF):
            continue
        with suppress(OSError):
            lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path, ignore_errors=True)
            finally:
                os.close(lock)


def _schema(path: Path) -> object:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        return None
    return found.get(SCHEMA) if isinstance(found, dict) else None
