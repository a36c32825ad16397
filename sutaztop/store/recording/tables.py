"""Readings and happenings as CSV and as JSON lines. Times are ISO 8601 in UTC.

A spreadsheet takes a cell that begins with ``=``, ``+``, ``-`` or ``@`` for a formula, and a label or a note may begin
so: such a text gets an apostrophe before it, which marks it as text (OWASP, CSV injection). Numbers have none, and
neither has JSON, where text is text.
"""

import csv
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, TextIO

from sutaztop.domain.recording import Happening
from sutaztop.store.recording.figures_named import Figure, Number
from sutaztop.store.recording.series import Reading

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_HAPPENING = ("time", "until", "kind", "severity", "subject_kind", "subject_id", "subject", "action", "text", "who",
              "reference")  # fmt: skip


def safe_cell(text: str) -> str:
    """Give a text that no spreadsheet reads as a formula.

    >>> safe_cell("=HYPERLINK(1)"), safe_cell("web-1")
    ("'=HYPERLINK(1)", 'web-1')
    """
    return f"'{text}" if text.lstrip().startswith(_FORMULA) or text.startswith(_FORMULA) else text


def iso(at: datetime) -> str:
    """Give a time in UTC, with milliseconds."""
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def _number(value: Number | None) -> Number | str:
    if value is None:
        return ""
    # Nine digits are more than any kernel tells; seventeen would only be long.
    return value if isinstance(value, int) else float(f"{value:.9g}")


def readings_as_csv(readings: Iterable[Reading], figures: Sequence[Figure], out: TextIO) -> int:
    """Write readings, a line each, gaps as empty cells; give how many."""
    writer, count = csv.writer(out, lineterminator="\n"), 0
    header_is_due = True
    for it in readings:
        if header_is_due:
            # Not before the first: who asks for what is not there gets words and no file.
            writer.writerow(["time", "kind", "id", "name", *(one.column for one in figures)])
            header_is_due = False
        writer.writerow([iso(it.at), it.kind, it.id, safe_cell(it.name), *map(_number, it.values)])
        count += 1
    return count


def readings_as_json(readings: Iterable[Reading], figures: Sequence[Figure], out: TextIO) -> int:
    """Write readings as JSON lines, gaps as null; give how many."""
    names, count = [it.column for it in figures], 0
    for it in readings:
        values = {name: None if value is None else _number(value) for name, value in zip(names, it.values, strict=True)}
        _line({"time": iso(it.at), "kind": it.kind, "id": it.id, "name": it.name, **values}, out)
        count += 1
    return count


def happenings_as_csv(happenings: Iterable[Happening], out: TextIO) -> int:
    """Write happenings, a line each; give how many."""
    writer, count = csv.writer(out, lineterminator="\n"), 0
    writer.writerow(_HAPPENING)
    for it in happenings:
        writer.writerow([safe_cell(cell) if isinstance(cell, str) else "" for cell in _cells(it)])
        count += 1
    return count


def happenings_as_json(happenings: Iterable[Happening], out: TextIO) -> int:
    """Write happenings as JSON lines; give how many."""
    count = 0
    for it in happenings:
        _line(dict(zip(_HAPPENING, _cells(it), strict=True)), out)
        count += 1
    return count


def _cells(it: Happening) -> list[str | None]:
    return [
        iso(it.at), None if it.until is None else iso(it.until), it.kind.value, it.severity.word, it.subject.kind,
        it.subject.id, it.subject.name, it.action, it.text, it.who, it.reference,
    ]  # fmt: skip


def _line(value: dict[str, Any], out: TextIO) -> None:
    out.write(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n")
