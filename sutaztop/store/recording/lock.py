"""One writer for each recording: a lock that no crash leaves behind, with a word of who holds it."""

import errno
import fcntl
import os
from contextlib import suppress
from pathlib import Path

from sutaztop.domain.text import clean_line

_LONGEST = 512


class WriterLock:
    """Held by who writes; the kernel lets go of it when that program ends, however it ends."""

    def __init__(self, recording: Path) -> None:
        self._path = recording.with_name(f"{recording.name}.lock")
        self._descriptor: int | None = None

    def take(self, who: str) -> str:
        """Take it, if it is free; gives who holds it, in words, where somebody else does. Raises ``OSError``."""
        if self._descriptor is not None:
            return ""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(descriptor, _LONGEST, 0).decode(errors="replace")
            os.close(descriptor)
            if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                raise
            return clean_line(holder) or "another program"
        # The file stays where it is: removing it would give two the same name and a lock each.
        with suppress(OSError):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, who.encode()[:_LONGEST], 0)
        self._descriptor = descriptor
        return ""

    def release(self) -> None:
        """Let go; twice is fine."""
        if self._descriptor is not None:
            with suppress(OSError):
                os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None
