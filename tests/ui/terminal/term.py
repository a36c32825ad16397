"""A real terminal for tests: a pty, a process in it, and a screen that shows what came."""

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

import pyte

PLAYER = Path(__file__).with_name("player.py")
_QUIET = 0.4
"""Seconds without output after which a picture counts as whole."""


def _own_terminal() -> None:
    """Make standard input the controlling terminal of the new session, whose hangup means something.

    Tests that are started by ``nohup`` ignore it, and what they start would too.
    """
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def _own_terminal_without_hangup() -> None:
    _own_terminal()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


class Term:
    """Starts the player and talks to it. ``close`` ends it whatever happened."""

    def __init__(self, *words: str, size: tuple[int, int] = (120, 40), ignore_hangup: bool = False) -> None:
        self.master, slave = pty.openpty()
        self._slave = slave
        self.screen: Any = pyte.Screen(*size)
        self._stream: Any = pyte.ByteStream(self.screen)
        self.received = b""
        self.resize(*size, tell=False)
        self.attributes = termios.tcgetattr(slave)
        environment = {
            **{key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "COLORTERM")},
            "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "TEXTUAL_DISABLE_KITTY_KEY": "1",
        }  # fmt: skip
        self.process = subprocess.Popen(
            [sys.executable, str(PLAYER), *words],
            stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True,
            preexec_fn=_own_terminal_without_hangup if ignore_hangup else _own_terminal,  # noqa: PLW1509 - no threads
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)
        for descriptor in (self.master, self._slave):
            with contextlib.suppress(OSError):
                os.close(descriptor)

    def hang_up(self) -> None:
        """Take the terminal away."""
        os.close(self._slave)
        os.close(self.master)

    def resize(self, columns: int, rows: int, *, tell: bool = True) -> None:
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        if tell:
            self.screen.resize(rows, columns)
            os.kill(self.process.pid, signal.SIGWINCH)

    def send(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def _read(self, wait: float) -> bool:
        if not select.select([self.master], [], [], wait)[0]:
            return False
        try:
            data = os.read(self.master, 65536)
        except OSError:
            return False
        self.received += data
        self._stream.feed(data)
        return bool(data)

    def settle(self, deadline: float = 20.0) -> None:
        """Read until nothing more comes for a moment."""
        settle_all([self], deadline)

    def until(self, claim: Callable[["Term"], bool], deadline: float = 30.0) -> None:
        """Read until a claim holds."""
        end = time.monotonic() + deadline
        while not claim(self):
            if time.monotonic() > end:
                raise AssertionError("it did not come about:\n" + "\n".join(self.screen.display))
            self._read(0.05)

    def until_shows(self, words: str) -> None:
        self.until(lambda term: any(words in row for row in term.screen.display))

    def wait(self, deadline: float) -> int:
        """Read until the process has gone; give its exit code."""
        end = time.monotonic() + deadline
        while self.process.poll() is None:
            if time.monotonic() > end:
                raise AssertionError("the process did not leave in time")
            self._read(0.05)
        while self._read(0.05):
            pass
        return self.process.returncode

    def wait_unread(self, deadline: float) -> int:
        """Wait for the process to go and read nothing meanwhile."""
        return self.process.wait(deadline)

    def picture(self) -> list[list[tuple[Any, ...]]]:
        """Give every cell with its looks."""
        rows = []
        for y in range(self.screen.lines):
            row = self.screen.buffer[y]
            rows.append(
                [
                    (cell.data, cell.fg, cell.bg, cell.bold, cell.reverse, cell.underscore)
                    for cell in (row[x] for x in range(self.screen.columns))
                ]
            )
        return rows


def settle_all(terms: Sequence[Term], deadline: float = 20.0) -> None:
    """Read from all of them until nothing more comes from any for a moment."""
    by_master = {term.master: term for term in terms}
    until = time.monotonic() + deadline
    while ready := select.select(list(by_master), [], [], _QUIET)[0]:
        heard = [by_master[master]._read(0) for master in ready]
        if not any(heard):
            return
        if time.monotonic() > until:
            raise AssertionError("the screen never came to rest")
