"""The journal: an append-only file of JSON lines, each with the hash of the line before it.

A line is durable before ``append`` returns. Two programs may write at once: each takes the
file's lock for its line. A line torn by a crash is left where it is, reported when reading,
and closed by the next writer, so that nothing written earlier is ever touched.
"""

import errno
import fcntl
import hashlib
import json
import os
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sutaztop.contracts import JournalError
from sutaztop.domain.change import JournalEntry
from sutaztop.domain.sample import Trouble
from sutaztop.domain.text import clean_line
from sutaztop.store.codec import NewerVersion, Undecodable, decode, encode

FILE_NAME = "journal.jsonl"
NO_LINE = "0" * 64
"""What stands for the hash before the first line."""
LOCK_SECONDS = 3.0
"""How long to wait for another writer; a line takes milliseconds."""
MOST_ENTRIES = 10_000
"""How many entries are read at most: the newest."""
LONGEST_LINE = 1 << 20
"""Bytes. Nothing that is journalled comes near it."""


@dataclass(frozen=True, slots=True)
class JournalReading:
    """What was read: the entries, oldest first, and what was wrong with the file."""

    entries: tuple[JournalEntry, ...]
    troubles: tuple[Trouble, ...] = ()


class FileJournal:
    """Satisfies ``contracts.Journal``: one file, readable by its owner only."""

    def __init__(self, directory: str | Path, *, lock_seconds: float = LOCK_SECONDS) -> None:
        self.path = Path(directory) / FILE_NAME
        self._lock_seconds = lock_seconds

    def append(self, entry: JournalEntry) -> None:
        """Write one entry durably, or raise ``JournalError``: then the change must not be made."""
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            is_new = not self.path.exists()
            descriptor = os.open(self.path, flags, 0o600)
            try:
                with self._locked(descriptor):
                    _append_line(descriptor, entry)
            finally:
                os.close(descriptor)
            if is_new:
                _sync_directory(self.path.parent)
        except OSError as error:
            raise JournalError(
                f"The journal {self.path} can't be written",
                error.strerror or str(error),
                _ADVICE.get(error.errno or 0, "Without a journal nothing is changed; name another state_directory."),
            ) from error

    def entries(self) -> Sequence[JournalEntry]:
        """Give what was written, oldest first; damaged lines are left out. Raises ``JournalError``."""
        return self.read().entries

    def read(self) -> JournalReading:
        """Give what was written with what is wrong with it; a file that is not there yet is empty.

        Raises ``JournalError`` where the file can't be read, and for a line in a newer format.
        """
        entries: deque[JournalEntry] = deque(maxlen=MOST_ENTRIES)
        # As bounded as the entries: a broken file tells the same thing again and again.
        troubles: deque[Trouble] = deque(maxlen=100)
        previous = NO_LINE
        try:
            with self.path.open("rb") as file:
                for number, line in enumerate(iter(lambda: file.readline(LONGEST_LINE), b""), start=1):
                    self._read_line(number, line, previous, entries, troubles)
                    previous = hash_line(line)
        except FileNotFoundError:
            return JournalReading(())
        except OSError as error:
            raise JournalError(f"The journal {self.path} can't be read", error.strerror or str(error)) from error
        return JournalReading(tuple(entries), tuple(troubles))

    def _read_line(
        self, number: int, line: bytes, previous: str, entries: deque[JournalEntry], troubles: deque[Trouble]
    ) -> None:
        what = f"Line {number} of {self.path}"
        if not line.endswith(b"\n"):
            advice = "An intent that is torn was never sent; an outcome that is torn leaves its intent without one."
            troubles.append(Trouble(f"{what} is torn", "a writer was cut off", advice))
            return
        try:
            document = json.loads(line)
            entry = decode(document)
        except NewerVersion as error:
            raise JournalError(f"{what} can't be understood", str(error), "Use the newer program.") from error
        except (Undecodable, ValueError, RecursionError) as error:
            troubles.append(Trouble(f"{what} is damaged", clean_line(str(error), limit=200)))
            return
        if document.get("previous") != previous:
            troubles.append(Trouble(f"{what} does not follow the line before it", "lines were changed or taken out"))
        entries.append(entry)

    @contextmanager
    def _locked(self, descriptor: int) -> Iterator[None]:
        deadline = time.monotonic() + self._lock_seconds
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise TimeoutError(
                        errno.ETIMEDOUT, f"another program held it for {self._lock_seconds:g} s"
                    ) from None
                time.sleep(0.01)
        try:
            yield
        finally:
            fcntl.flock(descriptor, fcntl.LOCK_UN)


def hash_line(line: bytes) -> str:
    """Give the hash by which the next line names this one: SHA-256 of its bytes without the newline."""
    return hashlib.sha256(line.rstrip(b"\n")).hexdigest()


_ADVICE = {
    errno.ENOSPC: "The disk is full: make room, then try again.",
    errno.EDQUOT: "The quota is used up: make room, then try again.",
    errno.ELOOP: "It is a symbolic link; the journal must be a file of its own.",
}


def _append_line(descriptor: int, entry: JournalEntry) -> None:
    size = os.fstat(descriptor).st_size
    last = _last_line(descriptor, size)
    document = {"previous": hash_line(last) if last else NO_LINE, **encode(entry)}
    # What is no Unicode at all is written as the JSON escape it has: a word must not keep a line from being written.
    line = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode(errors="backslashreplace") + b"\n"
    if last and not last.endswith(b"\n"):
        line = b"\n" + line
    try:
        written = 0
        while written < len(line):
            written += os.write(descriptor, line[written:])
        os.fsync(descriptor)
    except OSError:
        # Half a line must not stay: the lock is ours, so the end is ours as well.
        with suppress(OSError):
            os.ftruncate(descriptor, size)
        raise


def _last_line(descriptor: int, size: int) -> bytes:
    """Give the last line with its newline, where it has one; nothing for an empty file."""
    block = 4096
    while True:
        start = max(0, size - block)
        tail = os.pread(descriptor, size - start, start)
        cut = tail.rfind(b"\n", 0, len(tail) - 1)
        if cut >= 0 or start == 0 or block >= LONGEST_LINE:
            return tail[cut + 1 :]
        block *= 4


def _sync_directory(directory: Path) -> None:
    """Make a new name durable: without this a crash could lose the whole file."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
