"""Whether a screen can be drawn here, and where its keys come from."""

import os
import sys
from collections.abc import Mapping

_TERMINAL = "/dev/tty"
_STDIN = 0


def why_no_screen(environment: Mapping[str, str]) -> str:
    """Say why no screen can be drawn, or nothing. Textual draws on the error output, so that must be a terminal too."""
    if not sys.stdout.isatty():
        return "the output is not a terminal"
    if not sys.stderr.isatty():
        return "the error output is redirected, and the screen is drawn there"
    term = environment.get("TERM", "")
    return f"TERM is {term or 'not set'}" if term in ("", "dumb") else ""


def why_no_keys(*, wall: bool) -> str:
    """Have keys come from the terminal where the input is something else; say why they can't, or nothing.

    An input at its end (``</dev/null``, ``ssh -n``, a service) would be read without end by Textual, at
    the cost of a whole core. A wall display needs no keys: it is given an input that never says anything.
    """
    if sys.stdin is not None and sys.stdin.isatty():
        return ""
    try:
        source = os.open(_TERMINAL, os.O_RDWR | os.O_NOCTTY)
    except OSError:
        if not wall:
            return "the input is not a terminal, so that no key could be pressed"
        # The other end stays open as long as the process does.
        source, _ = os.pipe()
    if source != _STDIN:  # where the input was closed, it is that number already
        os.dup2(source, _STDIN)
        os.close(source)
    # Textual asks the interpreter's first input for its descriptor.
    sys.stdin = open(_STDIN, encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115 - kept
    sys.__stdin__ = sys.stdin  # type: ignore[misc] # it is None where the input was closed
    return ""
