"""From parsed words to a face: settings, assembly, the face itself, and every expected trouble in words."""

import argparse
import gc
import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sutaztop.cli.arguments import parse
from sutaztop.cli.chosen import find_endpoint, settings_from, why_kernel_only
from sutaztop.cli.splash import Splash
from sutaztop.cli.terminal import why_no_keys, why_no_screen
from sutaztop.contracts import ConfigError, EngineUnreachable, NotPermitted, RecordingError, SutaztopError
from sutaztop.domain.sample import Trouble

if TYPE_CHECKING:
    from sutaztop.actions.lease import Lease
    from sutaztop.cli.assemble import Assembly
    from sutaztop.config.settings import Settings

USAGE, UNREACHED, UNREAD = 2, 3, 3
_FALLBACK_SCENARIO = "busy"
_REPORTS = ("snapshot", "check", "recommend")
_OF_RECORDINGS = ("replay", "incident", "timeline", "note", "export")
_WITHOUT_ENGINE = ("journal", "keep", "revert", "decide", *_OF_RECORDINGS)
"""Faces of the journal, of recordings and of documents: they must work where no engine does."""


def run_face(words: Sequence[str]) -> int:
    """Run what the words ask for and give the exit status."""
    return run_parsed(parse(words), Splash(sys.stdout))


def run_parsed(arguments: argparse.Namespace, splash: Splash) -> int:
    """Run what parsed words ask for; ``splash`` is withdrawn before anything is said in its place."""
    try:
        if arguments.command is None:
            return _screen(arguments, os.environ, splash)
        if arguments.command in _WITHOUT_ENGINE or _is_of_the_past(arguments):
            return _without_engine(arguments)
        from sutaztop.cli.assemble import assemble

        assembly = assemble(arguments, who=_who(arguments))
        gc.enable()
    except (ConfigError, EngineUnreachable) as error:
        splash.withdraw()
        # A context or an address that does not exist is told at once: waiting would mend nothing.
        return _told(error, USAGE if isinstance(error, ConfigError) else UNREACHED)
    try:
        return _command(arguments, assembly)
    except ConfigError as error:
        return _told(error, USAGE)
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130
    finally:
        assembly.close()


def _is_of_the_past(arguments: argparse.Namespace) -> bool:
    """Whether a face that usually watches is asked for a moment of a recording."""
    return arguments.command in _REPORTS and bool(arguments.at or arguments.file)


def _told(error: SutaztopError | ValueError, status: int) -> int:
    print(f"sutaztop: {error}", file=sys.stderr)
    return status


def _without_engine(arguments: argparse.Namespace) -> int:
    from sutaztop.domain.when import NoTime

    gc.enable()
    try:
        return _of_files(arguments)
    except NoTime as error:
        return _told(error, USAGE)
    except RecordingError as error:
        return _told(error, UNREAD)


def _of_files(arguments: argparse.Namespace) -> int:
    if arguments.command in (*_OF_RECORDINGS, *_REPORTS):
        return _of_a_recording(arguments)
    if arguments.command == "revert":
        from sutaztop.cli.revert import run_revert

        return run_revert(arguments)
    if arguments.command == "decide":
        from sutaztop.cli.decide import run_decide

        return run_decide(arguments, out=sys.stdout, stdin=sys.stdin)
    from sutaztop.cli.books import run_books

    return run_books(arguments, out=sys.stdout)


def _of_a_recording(arguments: argparse.Namespace) -> int:
    if arguments.command in _REPORTS:
        from sutaztop.cli.report_then import run_report_then

        return run_report_then(arguments, os.environ, out=sys.stdout)
    if arguments.command == "replay":
        from sutaztop.cli.replay import run_replay

        return run_replay(arguments, os.environ)
    if arguments.command == "incident":
        from sutaztop.cli.incident import run_incident

        return run_incident(arguments, out=sys.stdout)
    if arguments.command == "export":
        from sutaztop.cli.export import run_export

        return run_export(arguments, out=sys.stdout)
    from sutaztop.cli.timeline import run_timeline

    return run_timeline(arguments, out=sys.stdout)


def _command(arguments: argparse.Namespace, assembly: "Assembly") -> int:
    from sutaztop.cli.books import tell_open

    tell_open(assembly)
    if arguments.command == "doctor":
        from sutaztop.cli.doctor import run_doctor

        return run_doctor(arguments, assembly, out=sys.stdout)
    if arguments.command in _REPORTS:
        from sutaztop.cli.report import run_report

        return run_report(arguments, assembly, out=sys.stdout)
    if arguments.command == "explain":
        from sutaztop.cli.explain import run_explain

        return run_explain(arguments, assembly, out=sys.stdout)
    if arguments.command == "record":
        from sutaztop.cli.record import run_record

        return run_record(arguments, assembly, out=sys.stdout)
    if arguments.command == "autoscale":
        from sutaztop.cli.autoscale import run_autoscale

        return run_autoscale(arguments, assembly, out=sys.stdout)
    from sutaztop.cli.act import run_change

    ask = sys.stdin if sys.stdin.isatty() else None
    return run_change(arguments, assembly, out=sys.stdout, ask=ask)


def _who(arguments: argparse.Namespace) -> str:
    """Say who asks for changes where it is not the person at the terminal."""
    if arguments.command != "autoscale":
        return ""
    from sutaztop.store.who import who_am_i

    return f"{who_am_i(os.environ)}, autopilot"


def _screen(arguments: argparse.Namespace, environment: Mapping[str, str], splash: Splash) -> int:
    why = why_no_screen(environment) or why_no_keys(wall=arguments.wall)
    if why:
        splash.withdraw()
        print(f"sutaztop: no screen can be drawn: {why}. `sutaztop snapshot` prints the same as text.", file=sys.stderr)
        return USAGE
    from sutaztop.collectors.kept_files import make_room

    make_room()
    from sutaztop.cli.late import LateAssembly
    from sutaztop.cli.screen import run_screen_face

    settings = settings_from(arguments, environment)
    lease = _lease(settings)
    if arguments.demo_without_engine and not arguments.demo:
        found = _reached(arguments, environment, settings)
        if isinstance(found, Trouble):
            from sutaztop.cli.assemble import assemble_demo

            demo = assemble_demo(settings, _FALLBACK_SCENARIO, arguments.seed, environment)
            late = LateAssembly(lambda: demo, lease=lease)
            return run_screen_face(late, settings, wall=arguments.wall, demo=True, why=found)
        late = LateAssembly(lambda: found, kernel_only=found.kernel_only, lease=lease)
        return run_screen_face(late, settings, wall=arguments.wall)
    kernel_only = ""
    if not arguments.demo:
        # An address or a context that does not exist is told before there is a screen.
        kernel_only = why_kernel_only(find_endpoint(arguments, settings, environment), settings)

    def make() -> "Assembly":
        from sutaztop.cli.assemble import assemble

        return assemble(arguments, environment=environment, settings=settings)

    late = LateAssembly(make, kernel_only=kernel_only, lease=lease)
    return run_screen_face(late, settings, wall=arguments.wall, demo=bool(arguments.demo))


def _lease(settings: "Settings") -> "Lease | None":
    if not settings.screen.lease:
        return None
    from sutaztop.actions.lease import Lease
    from sutaztop.cli.clock import SystemClock

    return Lease(SystemClock(), settings.screen.lease, settings.screen.lease_idle)


def _reached(
    arguments: argparse.Namespace, environment: Mapping[str, str], settings: "Settings"
) -> "Assembly | Trouble":
    """Assemble and ask the engine who it is, once; say what keeps it from answering."""
    from sutaztop.cli.assemble import assemble

    try:
        assembly = assemble(arguments, environment=environment, settings=settings)
    except EngineUnreachable as error:
        return error.trouble
    try:
        assembly.engine.info()
        if assembly.kernel_only and not assembly.engine.containers():
            raise NotPermitted(
                "No engine can be asked", assembly.kernel_only, "No container is seen in the kernel's files either"
            )
    except SutaztopError as error:
        assembly.close()
        return error.trouble
    return assembly
