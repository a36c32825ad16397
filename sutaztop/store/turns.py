"""One at a time: which session of this host is changing what, told by a lock that no crash leaves behind."""

import errno
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from sutaztop.domain.text import clean_line
from sutaztop.store.codec import encode_time

SHARED = (Path("/run/sutaztop"), Path("/tmp"))  # noqa: S108 - shared by all who log in, and opened with care
"""Where sessions of different users meet: a directory that an administrator made, else the one that there always is."""
_LONGEST = 1024
_TRIES = 3


class SharedTurns:
    """Gives turns at objects by locks on files that every user of the host can reach.

    The kernel lets go of a lock when its holder ends, however it ends. Where no such file can be had,
    turns are given without one: the lock is a courtesy between colleagues, and must never be what keeps
    somebody from acting.
    """

    def __init__(self, engine: str, *, folders: tuple[Path, ...] = SHARED) -> None:
        self._engine = engine
        self._folders = folders

    @contextmanager
    def take(self, object_id: str, who: str, what: str) -> Iterator[str]:
        """Hold the turn at an object while the block runs; gives who holds it, in words, where somebody else does."""
        name = hashlib.sha256(f"{self._engine}\0{object_id}".encode()).hexdigest()[:24]
        folder = next((it for it in self._folders if it.is_dir() and os.access(it, os.W_OK | os.X_OK)), None)
        descriptor, holder = _lock(folder / f"sutaztop-{name}.lock") if folder is not None else (None, "")
        if descriptor is None:
            yield holder
            return
        path = folder / f"sutaztop-{name}.lock" if folder is not None else Path()
        try:
            _write(descriptor, who, what)
            yield ""
        finally:
            # Removed while it is held: whoever opened it meanwhile finds that it is no longer the one by that name.
            with suppress(OSError):
                path.unlink()
            os.close(descriptor)


def _lock(path: Path) -> tuple[int | None, str]:
    """Open and lock; gives the descriptor, or who holds it, or neither where it can't be had."""
    for _ in range(_TRIES):
        try:
            descriptor = _open(path)
        except OSError:
            return None, ""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = _holder(descriptor) if error.errno in (errno.EWOULDBLOCK, errno.EACCES) else ""
            os.close(descriptor)
            return None, holder
        with suppress(OSError):
            if os.fstat(descriptor).st_ino == path.stat(follow_symlinks=False).st_ino:
                return descriptor, ""
        os.close(descriptor)
    return None, ""


def _open(path: Path) -> int:
    flags = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        # Without O_CREAT first: in a sticky directory the kernel refuses to "create" what another user owns.
        return os.open(path, flags)
    except FileNotFoundError:
        descriptor = os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o666)
        with suppress(OSError):
            os.fchmod(descriptor, 0o666)
        return descriptor


def _write(descriptor: int, who: str, what: str) -> None:
    document = {"who": who, "what": what, "since": encode_time(datetime.now(UTC)), "pid": os.getpid()}
    with suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(document).encode(), 0)


def _holder(descriptor: int) -> str:
    """Say who holds it; what stands in the file is anybody's to write, and is cleaned."""
    try:
        document = json.loads(os.pread(descriptor, _LONGEST, 0))
        who, what, since = (clean_line(str(document[key]), limit=120) for key in ("who", "what", "since"))
    except (OSError, ValueError, KeyError, TypeError):
        return "another session is changing it"
    return f"{who} is changing it ({what}, since {since})"
