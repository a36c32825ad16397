"""The words of `sutaztop record` and `sutaztop replay`."""

import argparse

from sutaztop.cli.timeline_arguments import WHEN, Common
from sutaztop.domain.quantity import Seconds, parse_seconds


def add_recordings(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: Common) -> None:
    """Add both commands."""
    record = commands.add_parser(
        "record", help="keep what is seen, without a screen, until it is stopped",
        description="Watch the stack and keep every reading, what happened and what was judged, for replay. The screen "
        "does the same while it is open; who comes second writes nothing, and takes over when the first has gone.",
    )  # fmt: skip
    record.add_argument("--for", dest="watch", type=_span, default=None, metavar="SPAN", help="end after this time")
    record.add_argument("--json", action="store_true", help="say how it goes as JSON lines")
    replay = commands.add_parser(
        "replay", help="show what was recorded, as it was shown then",
        description="Show a recording on the screen: that of this host and engine, or a file. Asks no engine, and "
        "changes nothing. Exit status: 0, 2 wrong usage, 3 there is no recording, or it can't be read.",
    )  # fmt: skip
    replay.add_argument("file", nargs="?", default="", metavar="FILE", help="another recording, or a clip")
    replay.add_argument(
        "--at",
        default="",
        metavar="WHEN",
        help=f"begin at this moment, not at the newest: {WHEN}; -90s is from its end",
    )
    incident = commands.add_parser(
        "incident", help="write the report of an incident that is over, from the recording",
        description="Write what happened from one time to another, what was different from a healthy hour, what was "
        "changed and whether it helped, with graphs, as Markdown and SVG into a new directory. Asks no engine. "
        "Exit status: 0 written, 2 wrong usage, 3 there is no recording of that time, or it can't be read or written.",
    )  # fmt: skip
    incident.add_argument("directory", nargs="?", default="", metavar="DIRECTORY", help="a new one, to be made")
    incident.add_argument("--from", dest="since", required=True, metavar="WHEN", help=f"when it began: {WHEN}")
    incident.add_argument(
        "--to", dest="until", default="", metavar="WHEN", help="when it was over (now); +20m from its begin"
    )
    incident.add_argument("--baseline", default="healthy", metavar="WHEN", help="held against this moment, or healthy: "
                          "the last healthy hour before it began")  # fmt: skip
    incident.add_argument("--title", default="", metavar="TEXT", help="what to call it")
    incident.add_argument("--recording", dest="file", default="", metavar="FILE", help="another recording, or a clip")
    for command in (record, replay, incident):
        common(command, top=False)


def _span(text: str) -> Seconds:
    try:
        return parse_seconds(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
