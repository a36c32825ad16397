"""A file of our own among somebody's: read whole, replaced at once, and what was there kept beside it."""

import errno
import os
import secrets
import stat
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from sutaztop.contracts import EngineError, EngineRefused, NotFound, NotPermitted
from sutaztop.domain.project import OWN_FILE

MARK = "# Kept by sutaztop"
"""How a file of our own begins; one of another name without it is somebody's, and left alone."""
LARGEST = 256 * 1024
"""Bytes. The journal holds its text; a file of a few keys a service stays far below."""
_ANOTHER = "Name a file of its own with --file"


def check_place(path: str, files: Sequence[str]) -> None:
    """Refuse a path where nothing of ours may stand or be written; ``files`` are the project's."""
    place = Path(path)
    if not place.is_absolute():
        raise EngineRefused(f"{path} is no absolute path", advice="Name it from the root on")
    if place.suffix not in (".yaml", ".yml"):
        raise EngineRefused(f"{path} does not end in .yaml", "Compose files do", _ANOTHER)
    _check_folder(place.parent)
    try:
        found = place.lstat()
    except FileNotFoundError:
        return
    except OSError as error:
        raise _refused(path, error) from error
    if stat.S_ISLNK(found.st_mode):
        raise EngineRefused(f"{path} is a symbolic link", f"writing through it would change {_target(place)}", _ANOTHER)
    if not stat.S_ISREG(found.st_mode):
        raise EngineRefused(f"{path} is no regular file", advice=_ANOTHER)
    if not os.access(path, os.W_OK):
        raise NotPermitted(
            f"{path} may not be written", "permission denied", "Ask its owner, or name another with --file"
        )
    if place.name != OWN_FILE and not (read_own(path) or "").startswith(MARK):
        whose = "one of the project's own files" if path in files else "somebody's file"
        raise EngineRefused(f"{path} is {whose}", "it does not begin as those that sutaztop writes", _ANOTHER)


def _check_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise NotFound(f"There is no folder {folder}", advice="Make it first, or name another file with --file")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise NotPermitted(
            f"Nothing may be written in {folder}", "permission denied, or it is mounted read-only",
            "Ask its owner, or name a file elsewhere with --file",
        )  # fmt: skip


def _target(place: Path) -> str:
    try:
        return str(place.readlink())
    except OSError:
        return "another file"


def read_own(path: str) -> str | None:
    """Read a file of our own whole, its line ends as they are; ``None`` where it is not there."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            raw = file.read(LARGEST + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _refused(path, error) from error
    if len(raw) > LARGEST:
        raise EngineRefused(f"{path} is larger than {LARGEST >> 10} KiB", "that is no file of a few limits", _ANOTHER)
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        why = f"byte 0x{raw[error.start]:02x} in line {raw[: error.start].count(10) + 1}"
        raise EngineRefused(f"{path} is not UTF-8 text", why, "Mend it, or name another file with --file") from error


def replace_own(
    path: str, before: str | None, after: str | None, check: Callable[[str], None] | None, *, like: str
) -> str:
    """Replace a file's text, or remove it where ``after`` is ``None``; give the path of its backup, or nothing.

    The new text is written whole beside it and made durable; ``check`` is given its path and
    raises where it must not stand. Only then the name goes over to it, in one step. What was
    there keeps its own inode under the backup's name: not a byte of it is copied. A new file
    gets owner and mode of ``like``. Raises ``EngineError``; then everything is as it was.
    """
    trial = "" if after is None else _write_trial(path, after, path if before is not None else like)
    try:
        if trial and check is not None:
            check(trial)
        if read_own(path) != before:
            raise EngineRefused(f"{path} changed meanwhile", "somebody else wrote it", "Look again")
        backup = "" if before is None else _keep(path)
        try:
            if trial:
                Path(trial).replace(path)
                trial = ""
            elif before is not None:
                Path(path).unlink()
        except OSError:
            with suppress(OSError):
                Path(backup or trial).unlink()
            raise
        _sync(Path(path).parent)
    except OSError as error:
        raise _refused(path, error) from error
    finally:
        if trial:
            with suppress(OSError):
                Path(trial).unlink()
    return backup


def _write_trial(path: str, text: str, like: str) -> str:
    place = Path(path)
    trial = place.with_name(f".{place.name}.{secrets.token_hex(4)}.tmp")
    try:
        descriptor = os.open(trial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            _resemble(file.fileno(), like)
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        with suppress(OSError):
            trial.unlink()
        raise _refused(path, error) from error
    return str(trial)


def _resemble(descriptor: int, like: str) -> None:
    """Give a file owner and mode of another: whoever may change the project's files may change ours."""
    try:
        found = Path(like).stat()
    except (OSError, ValueError):
        return
    with suppress(PermissionError):
        os.fchown(descriptor, found.st_uid, found.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(found.st_mode) & 0o666)


def _keep(path: str) -> str:
    """Give what is there a second name, which tells the time in UTC."""
    stem = f"{path}.{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    # The underscore sorts behind the point: by name they stand in the order in which they were made.
    for name in (f"{stem}.bak", *(f"{stem}_{number:02}.bak" for number in range(2, 100))):
        try:
            os.link(path, name, follow_symlinks=False)
        except FileExistsError:
            continue
        except OSError as error:
            if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK):
                raise
            _copy(path, name)  # a file system without hard links
        return name
    raise EngineError(f"{path} has a hundred backups of this second", "none may be lost", "Wait a moment")


def _copy(path: str, name: str) -> None:
    content = Path(path).read_bytes()
    with Path(name).open("xb") as file:
        _resemble(file.fileno(), path)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Make names durable, not the content alone."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


_ADVICE = {
    errno.ENOSPC: "Make room on that disk",
    errno.EDQUOT: "The quota is used up: make room",
    errno.EROFS: "It is mounted read-only: name a file elsewhere with --file",
    errno.ELOOP: "It is a symbolic link: name a file of its own with --file",
}


def _refused(path: str, error: OSError) -> EngineError:
    """Say why a file could not be read or written; it stands as it was."""
    why = error.strerror or str(error)
    if isinstance(error, PermissionError):
        return NotPermitted(f"{path} may not be read or written", why, "Ask its owner, or name another with --file")
    return EngineRefused(f"{path} could not be read or written", why, _ADVICE.get(error.errno or 0, ""))
