"""The words of the faces that print and leave: what there is, what to do, what is decided and why."""

import argparse
from collections.abc import Callable

from sutaztop.cli.timeline_arguments import WHEN, Common
from sutaztop.domain.quantity import Seconds

Span = Callable[[str], Seconds]


def add_reports(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: Common, span: Span) -> None:
    """Add those that watch for a moment, print and leave; ``span`` reads a time span."""
    for name, text in (
        ("snapshot", "print the stack as it is now"),
        ("check", "say whether all is well, by exit status (0 ok, 1 warning, 2 critical, 3 unknown)"),
        ("recommend", "print what to do next, with reasons"),
        ("doctor", "say what can be reached, and exactly why not"),
    ):
        command = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        common(command, top=False)
        if name != "doctor":
            command.add_argument("--json", action="store_true", help="as JSON")
            default = "1s" if name == "snapshot" else "7s"
            command.add_argument(
                "--for", dest="watch", type=span, default=default, metavar="SPAN",
                help=f"how long to watch before speaking ({default})",
            )  # fmt: skip
            command.add_argument(
                "--at", default="", metavar="WHEN",
                help=f"of that moment, from the recording, without asking the engine: {WHEN}; -90s is from its end",
            )  # fmt: skip
            command.add_argument(
                "--recording", dest="file", default="", metavar="FILE", help="of another recording, or a clip (its end)"
            )
        if name == "recommend":
            _saving(command)


def _saving(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--save", default="", metavar="FILE", help="keep what was seen as a document for `sutaztop decide --from`"
    )


def add_decisions(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: Common, span: Span) -> None:
    """Add those that tell decisions."""
    explain = commands.add_parser(
        "explain", help="print what is decided about one container or service, and why, or why not",
        description="Watch, and print the whole decision about one, also where it is to leave it alone. Exit status: "
        "0 told, 1 no such name, 3 the engine does not answer.",
    )  # fmt: skip
    explain.add_argument("name", metavar="NAME", help="container name, id, or service")
    explain.add_argument("--json", action="store_true", help="as JSON")
    explain.add_argument(
        "--for", dest="watch", type=span, default="35s", metavar="SPAN",
        help="how long to watch before speaking (35s: six readings of five seconds each)",
    )  # fmt: skip
    _saving(explain)
    decide = commands.add_parser(
        "decide", help="judge a kept or hand-made situation, or a recording anew; asks no engine",
        description="Judge a situation from a document, by its own numbers or over those of --profile; or judge every "
        "reading of a recording anew and tell what was said, from when to when. Exit status: 0 judged; with --compare "
        "1 where the profiles decide differently; 2 for what is wrong in the words or the document; 3 for a recording "
        "that can't be read, or has nothing of that span.",
    )  # fmt: skip
    decide.add_argument(
        "--from", dest="source", required=True, metavar="FILE",
        help="a JSON document, as --save writes; - is the input; a recording or a clip; the word recording is this "
        "host's and engine's own",
    )  # fmt: skip
    decide.add_argument(
        "--since", default="", metavar="WHEN", help=f"of a recording, from when (its last hour): {WHEN}"
    )
    decide.add_argument("--until", default="", metavar="WHEN", help="of a recording, until when (its end)")
    decide.add_argument("--json", action="store_true", help="as JSON")
    decide.add_argument(
        "--compare", nargs=2, metavar="PROFILE", help="show where two profiles, names or files, decide differently"
    )
    for command in (explain, decide):
        common(command, top=False)
