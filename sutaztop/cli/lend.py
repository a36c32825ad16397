"""Lending a change: its terms, and a process of its own that takes it back when its time is over."""

import argparse
import fcntl
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import IO

import sutaztop
from sutaztop.contracts import BorrowError, Clock
from sutaztop.domain.borrow import Borrow
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.text import clean_line
from sutaztop.engines.docker.endpoint import Endpoint

LOG_NAME = "reverter.log"
_FOLDER = "reverters"
_ID = re.compile(r"[0-9a-f]{12}")
_START_DEADLINE = 20.0
"""Seconds in which the process must say that it waits; it takes a fraction of one."""


class ProcessLender:
    """Satisfies ``actions.lender.Lender``. ``words`` are those by which the engine is reached again."""

    def __init__(self, state_directory: str, clock: Clock, words: Sequence[str]) -> None:
        self._state = Path(state_directory)
        self._clock = clock
        self._words = tuple(words)

    def terms(self, span: Seconds) -> Borrow:
        """Give the terms of a change that is borrowed now."""
        now = self._clock.instant()
        return Borrow(
            span, now.at + timedelta(seconds=span), Seconds(now.since_boot + span), boot=now.boot, words=self._words
        )

    def is_watched(self, change_id: str) -> bool:
        """Whether somebody waits for this change now."""
        return is_watched(self._state, change_id)

    def watch(self, change_id: str) -> None:
        """Start the process that takes a change back, unless there is one. Raises ``BorrowError``."""
        if is_watched(self._state, change_id):
            return
        try:
            with open_log(self._state) as log:
                # A session of its own and no terminal: neither a hang-up nor Ctrl-C reaches it. It says that it
                # waits by leaving its work to a child and ending well, so that nobody's child is left over here.
                done = subprocess.run(  # noqa: S603 - our own program
                    [sys.executable, "-m", "sutaztop", "revert", "--change", change_id, "--state", str(self._state)],
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, check=False,
                    cwd=Path(sutaztop.__file__).parents[1], timeout=_START_DEADLINE,
                )  # fmt: skip
        except (OSError, subprocess.SubprocessError) as error:
            raise BorrowError("Nobody would take the change back", clean_line(str(error))) from error
        if done.returncode:
            raise BorrowError(
                "Nobody would take the change back",
                f"the process that should ended with {done.returncode}",
                f"{self._state / LOG_NAME} says why",
            )


def reach_words(arguments: argparse.Namespace, endpoint: Endpoint) -> tuple[str, ...]:
    """Give the words by which another process, later, reaches the same engine and reads the same settings.

    An engine that nobody named is named: which context is the current one may change meanwhile. One with
    certificates is left to the environment, which tells where they are.
    """
    words: list[str] = []
    if arguments.context and not arguments.host:
        words += ["--context", arguments.context]
    elif arguments.host or endpoint.tls is None:
        words += ["--host", endpoint.address]
    for file in arguments.config or ():
        words += ["--config", str(Path(file).absolute())]
    if arguments.profile:
        is_file = Path(arguments.profile).is_file()
        words += ["--profile", str(Path(arguments.profile).absolute()) if is_file else arguments.profile]
    for url in arguments.ollama or ():
        words += ["--ollama", url]
    return tuple(words)


def open_log(state: Path) -> IO[bytes]:
    """Open the log that reverters write to, for its owner alone. Raises ``OSError``."""
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    return os.fdopen(os.open(state / LOG_NAME, flags, 0o600), "ab")


def take_lock(state: Path, change_id: str) -> int | None:
    """Take the lock that one reverter holds for its change; ``None`` where another has it.

    Gives its descriptor; the lock ends with the last process that has it open. Raises ``OSError``, and
    ``ValueError`` for what is no change's id.
    """
    path = lock_path(state, change_id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def lock_path(state: Path, change_id: str) -> Path:
    """Give the lock file of a change. Raises ``ValueError`` for what is no change's id."""
    if _ID.fullmatch(change_id) is None:
        raise ValueError(f"{clean_line(change_id, limit=40)!r} is not the id of a change")
    return state / _FOLDER / f"{change_id}.lock"


def is_watched(state: Path, change_id: str) -> bool:
    """Whether a reverter waits for this change now."""
    try:
        descriptor = os.open(lock_path(state, change_id), os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except (OSError, ValueError):
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        with suppress(OSError):
            os.close(descriptor)
    return False
