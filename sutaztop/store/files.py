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
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(document, file, indent=1, ensure_ascii=False)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
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
