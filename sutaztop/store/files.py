"""Small files of ours, written whole or not at all."""

import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

SCHEMA = "schema"


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


def _schema(path: Path) -> object:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        return None
    return found.get(SCHEMA) if isinstance(found, dict) else None
