"""A clean leave: signals, a terminal that has gone, and one that no longer reads.

Textual 8.2 leaves the terminal broken on SIGTERM, spins for ever when its terminal goes away
and SIGHUP is ignored, and freezes when the terminal stops reading.
"""

import contextlib
import os
import select
import signal
import sys
import termios
import threading
import time
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any

PATIENCE = 3.0
"""Seconds that an orderly leave may take."""
BUSY_PATIENCE = 20.0
"""Seconds that a change under way may take to be finished and journalled after the terminal has gone."""
RESTORE = (
    "\x1b[?2026l"  # synchronised output
    "\x1b[?2004l"  # bracketed paste
    "\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l"  # mouse
    "\x1b[?2048l"  # in-band resize reports
    "\x1b[<u"  # kitty keys
    "\x1b[?1004l"  # focus reports
    "\x1b[?7h"  # line wrap
    "\x1b[?1049l"  # alternate screen
    "\x1b[?25h"  # cursor
    "\x1b[0m"
)
_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


class Guard:
    """Watches over the leave. ``ask_to_leave`` is called with an exit code, in any thread's context.

    ``is_busy`` tells whether a change is being applied: it is given time to end and be journalled.
    """

    def __init__(self, ask_to_leave: Callable[[int], None], is_busy: Callable[[], bool]) -> None:
        self._ask_to_leave = ask_to_leave
        self._is_busy = is_busy
        self._left = threading.Event()
        self._attributes: list[Any] | None = None
        self._before: dict[signal.Signals, Any] = {}
        with contextlib.suppress(termios.error, OSError, ValueError):
            self._attributes = termios.tcgetattr(sys.__stdin__.fileno() if sys.__stdin__ else 0)

    def install(self, signals: Sequence[signal.Signals] = _SIGNALS) -> None:
        """Take over the signals and begin to watch the terminal. Call it on the main thread."""
        for number in signals:
            # An ignored hang-up (nohup) stays ignored; the watch below notices a lost terminal all the same.
            if number is signal.SIGHUP and signal.getsignal(number) is signal.SIG_IGN:
                continue
            self._before[number] = signal.signal(number, self._on_signal)
        threading.Thread(target=self._watch, name="terminal-guard", daemon=True).start()

    def release(self) -> None:
        """Give the signals back and stop watching: the leave is done."""
        self._left.set()
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before.clear()

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        code = 128 + number
        threading.Thread(target=self._leave_by_force, args=(code,), name="leave-by-force", daemon=True).start()
        self._ask_to_leave(code)

    def _leave_by_force(self, code: int) -> None:
        if self._left.wait(PATIENCE):
            return
        self._finish_change()
        self.restore()
        os._exit(code)

    def restore(self) -> None:
        """Put the terminal right, without Textual and without waiting for a terminal that does not read."""
        with contextlib.suppress(OSError, ValueError, AttributeError):
            out = sys.__stderr__.fileno() if sys.__stderr__ else 2
            os.set_blocking(out, False)
            os.write(out, RESTORE.encode())
        if self._attributes is not None:
            with contextlib.suppress(termios.error, OSError, ValueError):
                termios.tcsetattr(sys.__stdin__.fileno() if sys.__stdin__ else 0, termios.TCSANOW, self._attributes)

    def _watch(self) -> None:
        """Leave at once when the terminal has gone: nobody is left to restore it for."""
        poll = select.poll()
        for stream, usual in ((sys.__stdin__, 0), (sys.__stderr__, 2)):
            # The screen is drawn on the error output; a wall may have an input that is no terminal.
            with contextlib.suppress(OSError, ValueError):
                poll.register(stream.fileno() if stream else usual, 0)
        while not self._left.is_set():
            # POLLHUP and POLLERR are always reported; the time is for noticing an ordinary leave.
            if any(found & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, found in poll.poll(1000)):
                if self._left.is_set():
                    return
                self._finish_change()
                os._exit(128 + signal.SIGHUP)

    def _finish_change(self) -> None:
        """Give a change under way its time: half a change without a line in the journal is the worst end."""
        until = time.monotonic() + BUSY_PATIENCE
        while self._is_busy() and time.monotonic() < until:
            self._left.wait(0.05)
