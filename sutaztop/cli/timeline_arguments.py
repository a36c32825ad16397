"""The words of `sutaztop timeline` and `sutaztop note`."""

import argparse
from typing import Protocol

KINDS = ("event", "finding", "change", "note", "gap")
WHEN = "14:02, yesterday 9:15, 20 min ago, -90s"


class Common(Protocol):
    """Adds the options that every face takes."""

    def __call__(self, parser: argparse.ArgumentParser, *, top: bool) -> None:
        """Add them."""
        ...


def add_timeline(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: Common) -> None:
    """Add both commands."""
    timeline = commands.add_parser(
        "timeline", help="print what happened and when: events, findings, changes, notes, gaps",
        description="Print the timeline of this host and engine from its recording, oldest first. Asks no engine. "
        "Exit status: 0 printed, 2 wrong usage, 3 there is no recording, or it can't be read.",
    )  # fmt: skip
    timeline.add_argument(
        "--from", dest="since", default="1 h ago", metavar="WHEN", help=f"from when (1 h ago): {WHEN}"
    )
    timeline.add_argument("--to", dest="until", default="", metavar="WHEN", help="until when (now)")
    timeline.add_argument("--about", default="", metavar="NAME", help="only about this container, service, model, …")
    timeline.add_argument(
        "--kind", action="append", choices=KINDS, default=None, help="only this kind; may be repeated"
    )
    timeline.add_argument("--file", default="", metavar="FILE", help="another recording, or a clip")
    timeline.add_argument("--json", action="store_true", help="as JSON lines")
    note = commands.add_parser(
        "note", help="write a note into the timeline",
        description="Write a note into the recording of this host and engine, at this moment or another. Changes "
        "nothing in the stack. Exit status: 0 written, 1 no such container, 2 wrong usage, 3 no recording.",
    )  # fmt: skip
    note.add_argument("words", nargs="+", metavar="TEXT", help="what is to be remembered; 500 characters at most")
    note.add_argument("--about", default="", metavar="NAME", help="the container that it is about")
    note.add_argument("--at", default="", metavar="WHEN", help=f"of which moment (now): {WHEN}")
    for command in (timeline, note):
        common(command, top=False)
