"""The words of `sutaztop export`."""

from argparse import SUPPRESS
from collections.abc import Callable
from typing import TYPE_CHECKING

from sutaztop.cli.timeline_arguments import WHEN, Common

if TYPE_CHECKING:
    import argparse


def add_export(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    common: Common,
    span: Callable[[str], object],
) -> None:
    """Add the command; ``common`` adds the options of every face, and ``span`` reads a time span."""
    export = commands.add_parser(
        "export", help="write a part of a recording: a clip to be replayed elsewhere, or series as CSV or JSON lines",
        description="Write a span of a recording to a new file: a clip, which `sutaztop replay FILE` shows on any "
        "machine; with --series its figures, with --happenings what happened, as CSV or JSON lines. Asks no engine. "
        "Exit status: 0 written, 2 wrong words, 3 it could not be read or written.",
    )  # fmt: skip
    common(export, top=False)
    export.add_argument("file", metavar="FILE", help="what to write; - is the output, for series and happenings")
    export.add_argument("--from", dest="since", metavar="WHEN", default="15 min ago",
                        help=f"the beginning (15 min ago): {WHEN}"
    )  # fmt: skip
    export.add_argument("--to", dest="until", metavar="WHEN", default="now", help="the end (now)")
    export.add_argument(
        "--container", metavar="NAME", action="append", default=[],
        help="only this container, by name, id or service; may be repeated; a clip keeps the host beside them",
    )  # fmt: skip
    export.add_argument(
        "--recording", metavar="FILE", default="", help="from this recording or clip, not this engine's"
    )
    export.add_argument("--force", action="store_true", help="write over a file that is there")
    export.add_argument(
        "--anonymise", "--anonymize", action="store_true",
        help="put pseudonyms in the place of every name, and leave out values, addresses, paths and notes",
    )  # fmt: skip
    export.add_argument("--series", metavar="FIGURE[,FIGURE…]", default="", help="figures: cpu, memory, throttled, …")
    export.add_argument("--happenings", action="store_true", help="what happened: events, findings, changes, notes")
    export.add_argument(
        "--every",
        type=span,
        metavar="SPAN",
        default=None,
        help="the highest of each step, as 15s; every reading without",
    )
    export.add_argument("--format", choices=("csv", "jsonl"), default="", help="csv (the default) or JSON lines")
    # Not told in the help: how the screen has a clip written, beside itself.
    export.add_argument("--beside", action="store_true", help=SUPPRESS)
