"""The entry point: words in, a face out, an exit status back."""

import gc
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from io import TextIOWrapper

from sutaztop.cli.arguments import parse
from sutaztop.cli.splash import Splash

FAILED = 3
"""A fault of ours. An interpreter would leave with 1, which for a script means "warning" or "refused"."""
INTERRUPTED = 128 + signal.SIGINT


def run(argv: Sequence[str] | None = None) -> int:
    """Run the face that the words ask for, and give the exit status.

    The screen's first bytes go out before anything heavy is imported: on a slow line that is
    the difference between an answer and a doubt.
    """
    # What is loaded at the start stays: to look through it for garbage again and again takes a tenth of the
    # time to the first picture. The screen collects from its first seconds on, the other faces from their own start.
    gc.disable()
    for stream in (sys.stdout, sys.stderr):
        _write_anything(stream)
    arguments = parse(sys.argv[1:] if argv is None else argv)
    splash = Splash(sys.stdout)
    terminal = sys.stdout.isatty() and sys.stderr.isatty()
    if arguments.command is None and terminal and os.environ.get("TERM", "") not in ("", "dumb"):
        splash.show()
    try:
        from sutaztop.cli.faces import run_parsed

        status = run_parsed(arguments, splash)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read us has read enough (`sutaztop snapshot | head`): leave without a word, as cat does.
        _drop_output()
        return 128 + signal.SIGPIPE
    except KeyboardInterrupt:
        splash.withdraw()
        print("Interrupted.", file=sys.stderr)
        return INTERRUPTED
    except Exception:  # noqa: BLE001 - the process's own boundary: what a script makes of the status is at stake
        splash.withdraw()
        traceback.print_exc()
        _drop_output()
        return FAILED
    return status


def _write_anything(stream: object) -> None:
    """Let a terminal that knows no ``─`` show a question mark: text is never a reason to fail."""
    if isinstance(stream, TextIOWrapper) and stream.errors == "strict":
        stream.reconfigure(errors="replace")


def _drop_output() -> None:
    """Have the interpreter's last flush succeed where the output takes nothing any more."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
