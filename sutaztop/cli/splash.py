"""The first bytes on the terminal, before anything heavy is imported; taken back where no screen follows."""

from typing import TextIO

_SHOWN = "\x1b[?1049h\x1b[H\x1b[2J sutaztop   reading the stack …"
_GONE = "\x1b[?1049l"


class Splash:
    """A line on the alternate screen. The screen draws over it; a message must have it withdrawn first.

    What is written while it stands is lost with it, or leaves the shell on the alternate screen.
    """

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._is_shown = False

    def show(self) -> None:
        """Write it."""
        self._is_shown = True
        self._write(_SHOWN)

    def withdraw(self) -> None:
        """Go back to what the terminal showed before; nothing where it was not shown. Twice is fine."""
        if self._is_shown:
            self._is_shown = False
            self._write(_GONE)

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()
