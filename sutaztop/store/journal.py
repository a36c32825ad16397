"""The journal: an append-only file of JSON lines, each with the hash of the line before it.

A line is durable before ``append`` returns. Two programs may write at once: each takes the
file's lock for its line. A line torn by a crash is left where it is, reported when reading,
and closed by the next writer, so that nothing written earlier is ever touched.
"""

import errno
import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeAlias

from sutaztop.contracts import JournalError
from sutaztop.domain.change import JournalEntry
from sutaztop.store.chain import (
    FILE_NAME,
    LONGEST_LINE,
    NO_LINE,
    JournalReading,
    Verification,
    all_lines,
    hash_line,
    read_files,
    rotated_files,
    verify_files,
)
from sutaztop.store.codec import encode
from sutaztop.store.unsettled import unsettled_entries

_Stamp: TypeAlias = tuple[tuple[str, int, int, int], ...]
"""By what a change of the files is seen: name, inode, size and time of the newest two."""
LOCK_SECONDS = 3.0
"""How long to wait for another writer; a line takes milliseconds."""
ROTATE_AT = 16 << 20
"""Bytes: some tens of thousands of lines."""


class FileJournal:
    """Satisfies ``contracts.Journal``: files in one directory, readable by their owner only.

    Lines go to ``journal.jsonl``. Where the next one would make it larger than ``rotate_at`` bytes, it is
    renamed to ``journal.jsonl.1``, ``.2`` and so on, and a new file goes on with the hash of its last line.
    Nothing here ever deletes one.
    """

    def __init__(
        self, directory: str | Path, *, lock_seconds: float = LOCK_SECONDS, rotate_at: int = ROTATE_AT
    ) -> None:
        self.path = Path(directory) / FILE_NAME
        self._lock_seconds = lock_seconds
        self._rotate_at = rotate_at
        self._seen: tuple[_Stamp, JournalReading] | None = None
        self._open: tuple[_Stamp, tuple[JournalEntry, ...]] | None = None

    def append(self, entry: JournalEntry) -> None:
        """Write one entry durably, or raise ``JournalError``: then the change must not be made."""
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            while not self._append_once(entry):
                pass  # another program has put a new file in the place of the one that was opened
        except OSError as error:
            raise JournalError(
                f"The journal {self.path} can't be written",
                error.strerror or str(error),
                _ADVICE.get(error.errno or 0, "Without a journal nothing is changed; name another state_directory."),
            ) from error

    def _append_once(self, entry: JournalEntry) -> bool:
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        is_new = not self.path.exists()
        descriptor = os.open(self.path, flags, 0o600)
        try:
            with self._locked(descriptor):
                if not self._is_current(descriptor):
                    return False
                size = os.fstat(descriptor).st_size
                before = _last_line(descriptor, size) or (self._last_rotated_line() if not size else b"")
                line = _make_line(entry, before, is_first=not size)
                if size and size + len(line) > self._rotate_at and self._rotate():
                    return False
                _write_line(descriptor, line, size)
        finally:
            os.close(descriptor)
        if is_new:
            _sync_directory(self.path.parent)
        return True

    def _is_current(self, descriptor: int) -> bool:
        """Whether the opened file still has the journal's name: another writer may have rotated it meanwhile."""
        try:
            now = self.path.stat()
        except FileNotFoundError:
            return False
        mine = os.fstat(descriptor)
        return (now.st_dev, now.st_ino) == (mine.st_dev, mine.st_ino)

    def _rotate(self) -> bool:
        """Give the full file a number; where that fails it grows on, for a line must not be lost to tidiness."""
        rotated = rotated_files(self.path)
        number = 1 + max((int(it.suffix[1:]) for it in rotated), default=0)
        try:
            self.path.rename(self.path.with_name(f"{FILE_NAME}.{number}"))
            _sync_directory(self.path.parent)
        except OSError:
            return False
        return True

    def _last_rotated_line(self) -> bytes:
        """Give the last line of the newest file that has a number: what an empty file goes on from."""
        rotated = rotated_files(self.path)
        if not rotated:
            return b""
        descriptor = os.open(rotated[-1], os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            return _last_line(descriptor, os.fstat(descriptor).st_size)
        finally:
            os.close(descriptor)

    def entries(self) -> Sequence[JournalEntry]:
        """Give what was written, oldest first; damaged lines are left out. Raises ``JournalError``."""
        return self.read().entries

    def read(self) -> JournalReading:
        """Give the newest entries with what is wrong among them; files that are not there yet are empty.

        What was read before is given again while no file has changed. Raises ``JournalError`` where a file
        can't be read, and for a line in a newer format.
        """
        stamp = self._stamp()
        if self._seen is None or self._seen[0] != stamp:
            self._seen = (stamp, read_files([*rotated_files(self.path), self.path]))
        return self._seen[1]

    def unsettled(self) -> Sequence[JournalEntry]:
        """Give the lines about what may be open still, of all files. Raises ``JournalError``."""
        stamp = self._stamp()
        if self._open is None or self._open[0] != stamp:
            self._open = (stamp, unsettled_entries([*rotated_files(self.path), self.path]))
        return self._open[1]

    def verify(self) -> Verification:
        """Prove the chain of all files, line by line. Raises ``JournalError`` where one can't be read."""
        return verify_files([*rotated_files(self.path), self.path])

    def copy_to(self, write: Callable[[bytes], object]) -> int:
        """Hand over every line of every file as it is, oldest first; gives how many. Raises ``JournalError``."""
        count = 0
        for count, line in enumerate(all_lines([*rotated_files(self.path), self.path]), start=1):  # noqa: B007 - counted
            write(line if line.endswith(b"\n") else line + b"\n")
        return count

    def _stamp(self) -> _Stamp:
        found = []
        for path in (*rotated_files(self.path)[-1:], self.path):
            with suppress(OSError):
                at = path.stat()
                found.append((path.name, at.st_ino, at.st_size, at.st_mtime_ns))
        return tuple(found)

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


_ADVICE = {
    errno.ENOSPC: "The disk is full: make room, then try again.",
    errno.EDQUOT: "The quota is used up: make room, then try again.",
    errno.ELOOP: "It is a symbolic link; the journal must be a file of its own.",
}


def _make_line(entry: JournalEntry, before: bytes, *, is_first: bool) -> bytes:
    """Give an entry's line, with the hash of the line before it; a line that was torn is closed by it."""
    document = {"previous": hash_line(before) if before else NO_LINE, **encode(entry)}
    # What is no Unicode at all is written as the JSON escape it has: a word must not keep a line from being written.
    line = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode(errors="backslashreplace") + b"\n"
    return line if is_first or not before or before.endswith(b"\n") else b"\n" + line


def _write_line(descriptor: int, line: bytes, size: int) -> None:
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
