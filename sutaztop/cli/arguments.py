"""The command line's words: one parser, whose common options stand before or after a command."""

import argparse
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import NoReturn, TypeVar

from sutaztop import __version__
from sutaztop.cli.export_arguments import add_export
from sutaztop.cli.recording_arguments import add_recordings
from sutaztop.cli.report_arguments import add_decisions, add_reports
from sutaztop.cli.timeline_arguments import add_timeline
from sutaztop.domain.quantity import Seconds, parse_bytes, parse_cores, parse_seconds
from sutaztop.domain.text import clean_line
from sutaztop.domain.verbs import Rollout, Signal, Stay, Verb

T = TypeVar("T")

SHORTEST_INTERVAL, LONGEST_INTERVAL = Seconds(0.2), Seconds(60.0)
SHORTEST_BORROW, LONGEST_BORROW = Seconds(1.0), Seconds(7 * 86_400.0)

SCENARIOS = ("calm", "busy", "incident")
VERBS = {
    Verb.START: "start a container that is stopped",
    Verb.STOP: "stop a container: it is asked to end, and killed after its stop grace",
    Verb.RESTART: "restart a container",
    Verb.PAUSE: "freeze a container's processes; it keeps its memory",
    Verb.UNPAUSE: "let a paused container go on",
    Verb.KILL: "send a signal to a container's first process",
    Verb.REMOVE: "remove a container that does not run; never with force, never its volumes",
}
ROLLOUTS = {
    Rollout.ROLLBACK: "roll a Swarm service back to the specification before its last update",
    Rollout.REDEPLOY: "have Swarm make all tasks of a service anew (force update)",
}
STAYS = {
    Stay.PIN: "keep a loaded language model in memory until it is unloaded",
    Stay.UNPIN: "let a pinned language model go when nobody asks for it",
    Stay.PRELOAD: "load an installed language model before anybody asks for it",
}
COMMANDS = (
    "snapshot", "check", "recommend", "explain", "decide", "autoscale", "doctor",
    "limits", "replicas", "unload", "undo", "keep", "journal", "timeline", "note", "export",
    *(str(it.value) for it in (*VERBS, *ROLLOUTS, *STAYS)),
)  # fmt: skip

_EPILOG = """\
exit status: 0 done or ok; check: 1 warning, 2 critical, 3 unknown; decide --compare: 1 different;
changes: 1 refused, 3 failed, 4 accepted but not seen; 2 wrong usage everywhere else
"""


def _read(parse: Callable[[str], T]) -> Callable[[str], T]:
    """Make a quantity parser speak argparse's language, its message kept."""

    def convert(text: str) -> T:
        try:
            return parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return convert


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of replicas; write for example 3")
    return int(text)


def _signal(text: str) -> Signal:
    """Read a signal's name, with or without SIG."""
    try:
        return Signal(text.upper().removeprefix("SIG"))
    except ValueError:
        known = ", ".join(it.value for it in Signal)
        raise argparse.ArgumentTypeError(
            f"{clean_line(text)!r} is none of the signals {known}; write for example TERM"
        ) from None


def _interval(text: str) -> Seconds:
    """Read a time between frames, within the bounds that the configuration has."""
    seconds = _read(parse_seconds)(text)
    if not SHORTEST_INTERVAL <= seconds <= LONGEST_INTERVAL:
        raise argparse.ArgumentTypeError(
            f"{text!r} is outside {SHORTEST_INTERVAL * 1000:g}ms to {LONGEST_INTERVAL:g}s; write for example 2s"
        )
    return seconds


def _borrowed(text: str) -> Seconds:
    """Read for how long a change is borrowed."""
    seconds = _read(parse_seconds)(text)
    if not SHORTEST_BORROW <= seconds <= LONGEST_BORROW:
        raise argparse.ArgumentTypeError(f"{text!r} is outside 1s to 7d; write for example 10m")
    return seconds


def _whole(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 10_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of changes from 1 to 10000; write for example 20")
    return int(text)


def _common(parser: argparse.ArgumentParser, *, top: bool) -> None:
    """Add the options that every face takes. Under a command they only override what stood before it."""

    def default(value: object = None) -> object:
        return value if top else argparse.SUPPRESS

    unset: bool = False

    where = parser.add_argument_group("which stack")
    where.add_argument("--host", metavar="ADDRESS", default=default(), help="engine address, as unix:///… or tcp://…")
    where.add_argument("--context", metavar="NAME", default=default(), help="docker context to use")
    where.add_argument(
        "--ollama", metavar="URL", action="append", default=default(), help="Ollama server; may be repeated"
    )
    where.add_argument(
        "--demo", nargs="?", const="busy", choices=SCENARIOS, default=default(), metavar="SCENARIO",
        help="a seeded demo world instead of an engine: calm, busy (default) or incident",
    )  # fmt: skip
    where.add_argument("--seed", type=int, metavar="N", default=default(1), help="the demo world's seed")
    how = parser.add_argument_group("how")
    how.add_argument(
        "--config", metavar="FILE", action="append", default=default(),
        help="configuration file; may be repeated, later ones win",
    )  # fmt: skip
    how.add_argument("--profile", metavar="NAME", default=default(), help="profile: sutazai, none, or a file")
    how.add_argument(
        "--read-only", action="store_true", default=default(unset), help="change nothing, whatever is pressed"
    )
    how.add_argument(
        "--sampler", choices=("auto", "kernel", "engine"), default=default(),
        help="read counters from the kernel's files or from the engine",
    )  # fmt: skip


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Read the command line; leaves with status 2 and a usage line where it is wrong.

    ``--demo`` may stand right before a command: its scenario is then the default one, where
    argparse would take the command for a scenario.
    """
    told = _joined(words)
    told = [
        "--demo=busy" if word == "--demo" and after in COMMANDS else word
        for word, after in zip(told, [*told, ""][1:], strict=True)
    ]
    if not any(word in COMMANDS for word in told):
        # The screen, as far as can be seen: its own few options are read in a fraction of the time. What they do
        # not explain (a wrong word, --help) the whole parser explains.
        with suppress(_NotTheScreen):
            return _screen_parser(_Quiet).parse_args(told)
    return build_parser().parse_args(told)


_TIMES = ("--at", "--from", "--to", "--since", "--until", "--baseline")
_BACK = re.compile(r"-\d")


def _joined(words: Sequence[str]) -> list[str]:
    """Join a time like ``-90s`` to its option: argparse would take it for an option of its own.

    >>> _joined(["timeline", "--from", "-90s", "--json"])
    ['timeline', '--from=-90s', '--json']
    """
    told: list[str] = []
    for word in words:
        if told and told[-1] in _TIMES and _BACK.match(word):
            told[-1] = f"{told[-1]}={word}"
        else:
            told.append(word)
    return told


class _NotTheScreen(Exception):
    """The words are not those of the screen alone."""


class _Quiet(argparse.ArgumentParser):
    """A parser that says nothing: what it does not understand is left to the whole one."""

    def error(self, message: str) -> NoReturn:
        """Leave it to the other."""
        raise _NotTheScreen(message)


def build_parser() -> argparse.ArgumentParser:
    """Give the whole parser."""
    parser = _screen_parser(argparse.ArgumentParser)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    add_reports(commands, _common, _read(parse_seconds))
    _changes(commands)
    add_decisions(commands, _common, _read(parse_seconds))
    _autoscale(commands)
    add_recordings(commands, _common)
    add_timeline(commands, _common)
    add_export(commands, _common, _read(parse_seconds))
    _journal(commands)
    return parser


def _screen_parser(kind: type[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Give the parser of the screen's options, without commands."""
    quiet = kind is _Quiet
    parser = kind(
        prog="sutaztop",
        description="Monitor and operate a Docker AI stack from the terminal.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        add_help=not quiet,
    )
    parser.set_defaults(command=None)
    parser.add_argument("--version", action="version", version=f"sutaztop {__version__}")
    _common(parser, top=True)
    screen = parser.add_argument_group("the screen (when no command is named)")
    screen.add_argument(
        "--wall", action="store_true", help="wall display: read-only, pages rotate, no keys but ? and q"
    )
    screen.add_argument("--theme", metavar="NAME", help="theme: dark, light, high-contrast, … or a file")
    screen.add_argument("--interval", type=_interval, metavar="SPAN", help="time between frames: 200ms to 60s (1s)")
    screen.add_argument("--glyphs", choices=("auto", "braille", "blocks", "ascii"), help="what the font can show")
    screen.add_argument(
        "--demo-without-engine", action="store_true", help="open the demo world, saying so, if no engine answers"
    )
    return parser


def _changes(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    limits = commands.add_parser(
        "limits", help="set CPU and memory limits of a container, or of the service that owns it"
    )
    limits.add_argument("name", metavar="NAME", help="container name, id, or service")
    limits.add_argument("--cpus", type=_read(parse_cores), metavar="N", help="CPU limit in cores, as 2 or 0.5")
    limits.add_argument("--memory", type=_read(parse_bytes), metavar="SIZE", help="memory limit, as 512M or 4G")
    replicas = commands.add_parser("replicas", help="set the number of replicas of a Swarm or Compose service")
    replicas.add_argument("service", metavar="SERVICE", help="service name, id, or project/service")
    replicas.add_argument("count", type=_count, metavar="N", help="how many")
    unload = commands.add_parser("unload", help="take language models out of memory; they stay installed")
    unload.add_argument("models", metavar="MODEL", nargs="+", help="name, as llama3.2:3b; several go one after another")
    keep = commands.add_parser(
        "keep-limits", help="write a Compose service's live limits into a file of its own, so that an up keeps them",
        description="Write the limits that a Compose service's container has now into compose.sutaztop.yaml beside the "
        "project's first file, checked by the project's own Compose. Its own files stay as they are.",
    )  # fmt: skip
    keep.add_argument("name", metavar="NAME", help="container name, id, or service")
    keep.add_argument("--file", metavar="PATH", default="", help="another file, made or already written by sutaztop")
    undo = commands.add_parser("undo", help="take back the last change that was made from here, or the named one")
    undo.add_argument("change", nargs="?", default="", metavar="CHANGE_ID", help="the change, as the journal names it")
    for command in (limits, replicas, unload, keep, undo, *_verbs(commands)):
        _common(command, top=False)
        command.add_argument(
            "--for", dest="borrow", type=_borrowed, metavar="SPAN",
            help="borrow it: after this time (1s to 7d, as 10m) it is taken back by itself, unless kept",
        )  # fmt: skip
        command.add_argument("--dry-run", action="store_true", help="show the plan and change nothing")
        command.add_argument("--yes", action="store_true", help="do it without asking")
        command.add_argument(
            "--confirm", default="", metavar="NAME", help="with --yes, the object's name where the plan wants it typed"
        )
        command.add_argument(
            "--force", action="store_true", help="override guardrails; the plan says which, and wants the name"
        )
        command.add_argument("--reason", default="", type=clean_line, metavar="TEXT", help="why, for the journal")


def _autoscale(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    autoscale = commands.add_parser(
        "autoscale", help="see to services by itself: decide every so often, and with --apply carry it out",
        description="Decide about the named containers and services every so often and tell each decision with its "
        "reason. Nothing is changed without --apply. One at a time on each engine.",
    )  # fmt: skip
    _common(autoscale, top=False)
    autoscale.add_argument(
        "names", nargs="*", metavar="NAME",
        help="containers or services; beside them all that are labelled com.sutaztop.autoscale=true",
    )  # fmt: skip
    autoscale.add_argument("--all", action="store_true", help="see to everything")
    autoscale.add_argument("--apply", action="store_true", help="carry decisions out; without it, a dry run")
    autoscale.add_argument(
        "--every", type=_read(parse_seconds), default="15s", metavar="SPAN", help="how often to decide (15s)"
    )
    autoscale.add_argument(
        "--for", dest="watch", type=_read(parse_seconds), default=None, metavar="SPAN", help="end after this time"
    )
    autoscale.add_argument("--json", action="store_true", help="tell decisions as JSON lines")
    autoscale.add_argument(
        "--metrics", default="", metavar="FILE", help="write metrics of its own, for node_exporter's textfile collector"
    )


def _verbs(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> Iterator[argparse.ArgumentParser]:
    for verb, text in VERBS.items():
        command = commands.add_parser(verb.value, help=text)
        command.add_argument("name", metavar="NAME", help="container name or id")
        if verb is Verb.KILL:
            command.add_argument(
                "--signal", type=_signal, default=Signal.TERM, metavar="NAME",
                help=f"{', '.join(it.value for it in Signal)} (TERM)",
            )  # fmt: skip
        yield command
    for rollout, text in ROLLOUTS.items():
        command = commands.add_parser(rollout.value, help=text)
        command.add_argument("service", metavar="SERVICE", help="service name or id")
        yield command
    for stay, text in STAYS.items():
        command = commands.add_parser(stay.value, help=text)
        command.add_argument("model", metavar="MODEL", help="name, as llama3.2:3b")
        yield command


def _journal(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    keep = commands.add_parser("keep", help="let a borrowed change stay, or an unfinished one stand as it is")
    keep.add_argument("change", metavar="CHANGE_ID", help="the change, as the journal names it")
    journal = commands.add_parser("journal", help="what was changed from here: when, by whom, why, and what came of it")
    journal.add_argument("--last", type=_whole, default=20, metavar="N", help="how many changes, the newest (20)")
    journal.add_argument("--json", action="store_true", help="as JSON lines")
    journal.add_argument(
        "--open", action="store_true", help="what is still to be decided, and what reading back shows of it now"
    )
    journal.add_argument(
        "--verify", action="store_true", help="prove that no line was changed or taken out; exit 1 for the first wrong"
    )
    journal.add_argument(
        "--export", metavar="FILE", help="write every line, oldest first, to a new file; - is the output"
    )
    for command in (keep, journal):
        _common(command, top=False)
    # Not told in the help: what a borrowed change starts for itself.
    revert = commands.add_parser("revert")
    revert.add_argument("--change", required=True)
    revert.add_argument("--state", required=True)
