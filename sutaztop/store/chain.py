"""The journal's chain of lines: reading the newest, and proving that none was changed or taken out."""

import hashlib
import json
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sutaztop.contracts import JournalError
from sutaztop.domain.change import JournalEntry
from sutaztop.domain.sample import Trouble
from sutaztop.domain.text import clean_line
from sutaztop.store.codec import NewerVersion, Undecodable, decode

FILE_NAME = "journal.jsonl"
NO_LINE = "0" * 64
"""What stands for the hash before the first line."""
MOST_ENTRIES = 10_000
"""How many entries are read at most: the newest."""
LONGEST_LINE = 1 << 20
"""Bytes. Nothing that is journalled comes near it."""
_MOST_TROUBLES = 100
"""As bounded as the entries: a broken file tells the same thing again and again."""


@dataclass(frozen=True, slots=True)
class JournalReading:
    """What was read: the entries, oldest first, and what was wrong with the file."""

    entries: tuple[JournalEntry, ...]
    troubles: tuple[Trouble, ...] = ()


@dataclass(frozen=True, slots=True)
class Verification:
    """What a proof of the whole chain found. ``wrong`` is the first line that is not as it was written.

    ``notes`` tell what breaks nothing: lines that a crash tore and the next line vouches for, and older
    files that were taken elsewhere.
    """

    files: int
    lines: int
    wrong: Trouble | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Line:
    path: Path
    number: int
    text: bytes

    def __str__(self) -> str:
        return f"Line {self.number} of {self.path}"


def hash_line(line: bytes) -> str:
    """Give the hash by which the next line names this one: SHA-256 of its bytes without the newline."""
    return hashlib.sha256(line.rstrip(b"\n")).hexdigest()


def rotated_files(path: Path) -> list[Path]:
    """Give the files that were full and got a number, oldest first."""
    numbered = [it for it in path.parent.glob(f"{path.name}.*") if it.suffix[1:].isdecimal() and it.is_file()]
    return sorted(numbered, key=lambda it: int(it.suffix[1:]))


def read_files(paths: Sequence[Path], most: int = MOST_ENTRIES) -> JournalReading:
    """Read the newest ``most`` lines of files given oldest first. Raises ``JournalError``.

    The newest file is looked at first; those that hold nothing of the newest lines are not opened.
    """
    newest: deque[tuple[_Line, str]] = deque()
    for path in reversed(paths):
        found: deque[tuple[_Line, str]] = deque(maxlen=most - len(newest))
        before = NO_LINE if path == paths[0] and not _has_forerunners(path) else ""
        for line in _lines(path):
            found.append((line, before))
            before = hash_line(line.text)
        if found and newest and not newest[0][1]:
            newest[0] = (newest[0][0], before)
        newest.extendleft(reversed(found))
        if len(newest) >= most:
            break
    entries: list[JournalEntry] = []
    troubles: deque[Trouble] = deque(maxlen=_MOST_TROUBLES)
    for line, before in newest:
        _decode_line(line, before, entries, troubles)
    return JournalReading(tuple(entries), tuple(troubles))


def verify_files(paths: Sequence[Path]) -> Verification:
    """Prove the whole chain over files given oldest first, line by line. Raises ``JournalError``.

    What it can't see: lines cut off at the very end, of which no later line tells.
    """
    before, count = NO_LINE, 0
    notes: list[str] = []
    torn: _Line | None = None
    existing = [path for path in paths if path.exists()]
    for path in existing:
        for line in _lines(path):
            count += 1
            previous = _previous(line.text)
            if torn is not None:
                # The writer after a crash closes the torn line and names it: then it is as the crash left it.
                if previous != before:
                    return Verification(len(existing), count, _torn(torn), tuple(notes))
                notes.append(f"{torn} was torn by a crash; the line after it vouches for what is left.")
                torn = None
            if not line.text.endswith(b"\n") or previous is None:
                torn = line
            elif count == 1 and previous != NO_LINE and _has_forerunners(path):
                notes.append(f"{path} is the oldest here: the files before it were taken elsewhere.")
            elif previous != before:
                trouble = Trouble(f"{line} does not follow the line before it", "lines were changed or taken out")
                return Verification(len(existing), count, trouble, tuple(notes))
            before = hash_line(line.text)
    return Verification(len(existing), count, _torn(torn) if torn is not None else None, tuple(notes))


def all_lines(paths: Sequence[Path]) -> Iterator[bytes]:
    """Give the bytes of every line of files given oldest first. Raises ``JournalError``."""
    for path in paths:
        for line in _lines(path):
            yield line.text


def _has_forerunners(path: Path) -> bool:
    """Whether files with lower numbers were made before this one, wherever they are now."""
    return path.suffix[1:].isdecimal() and path.suffix != ".1"


def _torn(line: _Line) -> Trouble:
    return Trouble(f"{line} is torn or damaged", "a writer was cut off, or it was changed")


def _previous(line: bytes) -> str | None:
    """Give the hash that a line names as that of the line before it; ``None`` where it can't be read."""
    found: object = None
    try:
        document = json.loads(line)
        found = document.get("previous") if isinstance(document, dict) else None
        decode(document)
    except NewerVersion:
        pass  # what it says is for a newer program; that it stands where it was written is seen here too
    except (Undecodable, ValueError, RecursionError):
        return None
    return found if isinstance(found, str) else None


def _lines(path: Path) -> Iterator[_Line]:
    try:
        with path.open("rb") as file:
            for number, text in enumerate(iter(lambda: file.readline(LONGEST_LINE), b""), start=1):
                yield _Line(path, number, text)
    except FileNotFoundError:
        return
    except OSError as error:
        raise JournalError(f"The journal {path} can't be read", error.strerror or str(error)) from error


def _decode_line(line: _Line, before: str, entries: list[JournalEntry], troubles: deque[Trouble]) -> None:
    if not line.text.endswith(b"\n"):
        advice = "An intent that is torn was never sent; an outcome that is torn leaves its intent without one."
        troubles.append(Trouble(f"{line} is torn", "a writer was cut off", advice))
        return
    try:
        document = json.loads(line.text)
        entry = decode(document)
    except NewerVersion as error:
        raise JournalError(f"{line} can't be understood", str(error), "Use the newer program.") from error
    except (Undecodable, ValueError, RecursionError) as error:
        troubles.append(Trouble(f"{line} is damaged", clean_line(str(error), limit=200)))
        return
    if before and document.get("previous") != before:
        troubles.append(Trouble(f"{line} does not follow the line before it", "lines were changed or taken out"))
    entries.append(entry)
