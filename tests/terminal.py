"""A program in a real pseudo-terminal, with what it shows on a screen of pyte's."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pyte

from tests.lab.dockerd import patience

ROOT = Path(__file__).parents[1]
DEADLINE = 30.0
_SIZE_AND_COLOUR = ("COLUMNS", "LINES", "NO_COLOR", "COLORTERM")


class Terminal:
    """Starts ``sutaztop`` (or another ``program``) with words, in a terminal of a size.

    ``written`` holds all that it wrote; ``text`` is what is on the screen now. ``speed`` is how many
    bytes a second the line takes, 0 for as many as come. ``watch`` is asked after each read what it
    sees on the screen; ``changes`` holds each new answer with the time at which its bytes arrived.
    """

    def __init__(
        self,
        words: Sequence[str],
        *,
        columns: int = 120,
        lines: int = 40,
        environment: Mapping[str, str] | None = None,
        program: Sequence[str] = (sys.executable, "-m", "sutaztop"),
        speed: int = 0,
        watch: Callable[[pyte.Screen], object] | None = None,
    ) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self._screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self._screen)
        self._lock = threading.Lock()
        self.written = bytearray()
        self._may_read = threading.Event()
        self._may_read.set()
        self._speed = speed
        self._watch = watch
        self.changes: list[tuple[float, object]] = []
        inherited = {name: value for name, value in os.environ.items() if name not in _SIZE_AND_COLOUR}
        surroundings = inherited | {"TERM": "xterm-256color", "LANG": "C.UTF-8"} | dict(environment or {})
        self.process = subprocess.Popen(
            [*program, *words],
            stdin=slave, stdout=slave, stderr=slave, cwd=ROOT, env=surroundings, start_new_session=True,
        )  # fmt: skip
        os.close(slave)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        most = max(64, self._speed // 50) if self._speed else 65536
        while True:
            self._may_read.wait()
            try:
                ready, _, _ = select.select([self._master], [], [], 0.2)
                chunk = os.read(self._master, most) if ready else b""
            except (OSError, ValueError):
                return
            if not chunk:
                if self.process.poll() is not None:
                    return
                continue
            if self._speed:
                time.sleep(len(chunk) / self._speed)
            self._take(chunk, time.monotonic())

    def _take(self, chunk: bytes, at: float) -> None:
        with self._lock:
            self.written += chunk
            self._stream.feed(chunk)
            if self._watch is not None:
                seen = self._watch(self._screen)
                if not self.changes or self.changes[-1][1] != seen:
                    self.changes.append((at, seen))

    def hold(self) -> None:
        """Read no more, as a terminal does whose user pressed Ctrl-S or whose line is dead."""
        self._may_read.clear()

    def text(self) -> str:
        """Give what the screen shows."""
        with self._lock:
            return "\n".join(row.rstrip() for row in self._screen.display)

    def send(self, keys: str) -> None:
        """Type."""
        os.write(self._master, keys.encode())

    def resize(self, columns: int, lines: int) -> None:
        """Change the terminal's size, as a window manager does."""
        with self._lock:
            self._screen.resize(lines, columns)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        os.killpg(self.process.pid, signal.SIGWINCH)

    def wait_for(self, wanted: str | Callable[[str], bool], *, seconds: float = DEADLINE) -> str:
        """Wait until the screen shows something and give the screen; fails with the screen in the message."""
        seen = wanted if callable(wanted) else lambda text: wanted in text
        seconds *= patience()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            text = self.text()
            if seen(text):
                return text
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        state = f"exit {self.process.poll()}" if self.process.poll() is not None else "still running"
        raise AssertionError(f"{wanted!r} was not seen in {seconds} s ({state}):\n{self.text()}")

    def wait_gone(self, *, seconds: float = DEADLINE) -> int:
        """Wait until the program has ended and give its exit status."""
        return self.process.wait(seconds * patience())

    def close(self) -> None:
        """End the program if it still runs, by its own pid."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)
        self._may_read.set()
        os.close(self._master)
        self._reader.join(2)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
