"""`sutaztop replay`: the screen on a recording alone, with nothing behind it that could change anything."""

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from sutaztop.cli.chosen import settings_from
from sutaztop.cli.clock import SystemClock
from sutaztop.cli.recordings import clip_path, ends_of, moment_meant, open_recording, recording_meant
from sutaztop.cli.screen import Themes
from sutaztop.cli.terminal import why_no_keys, why_no_screen
from sutaztop.config.settings import Settings
from sutaztop.domain.change import Plan, Refusal
from sutaztop.domain.frame import Frame
from sutaztop.domain.intent import Intent
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.recording import ClipMade, ClipWish, RecordingInfo
from sutaztop.ui.app import run_screen
from sutaztop.ui.desk import Desk

USAGE = 2


class NoFeed:
    """Delivers no frame: a recording has no present."""

    def start(self, deliver: Callable[[Frame], None]) -> None:
        """Begin nothing."""

    def stop(self) -> None:
        """End nothing."""

    def set_interval(self, interval: Seconds) -> None:
        """Leave the pace to the player."""

    def refresh_now(self) -> None:
        """Read nothing."""


def run_replay(arguments: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """Show a recording until it is left; gives the exit status.

    Raises ``ConfigError``, ``EngineUnreachable`` and ``RecordingError``.
    """
    settings = settings_from(arguments, environment)
    why = why_no_screen(environment) or why_no_keys(wall=False)
    if why:
        print(f"sutaztop: no screen can be drawn: {why}.", file=sys.stderr)
        return USAGE
    path = recording_meant(arguments, settings, environment, named=arguments.file, instead="[ goes back in it")
    recording = open_recording(path, settings.profile)
    info = recording.info()
    recording.close()
    ends_of(info)
    desk = Desk(
        feed=NoFeed(),
        clock=SystemClock(),
        settings=settings,
        themes=Themes(settings.screen.theme, environment),
        plan=_refuse,
        why_read_only="it is a recording",
        title=title_of(info),
        recording=lambda: open_recording(path, settings.profile),
        alone=True,
        begin_at=moment_meant(arguments.at, info),
        export_clip=lambda wish: _export(path, settings, environment, wish),
    )
    return run_screen(desk)


def _export(path: Path, settings: Settings, environment: Mapping[str, str], wish: ClipWish) -> ClipMade:
    from sutaztop.cli.export_beside import export_beside
    from sutaztop.config.locations import state_directory

    directory = state_directory(settings.state_directory, environment)
    return export_beside(path, clip_path(directory, wish.until), wish)


def title_of(info: RecordingInfo) -> str:
    """Say what is shown."""
    what = "clip" if info.is_clip else "recording"
    return f"{what} of {info.host}{', anonymised' if info.anonymised else ''}"


def _refuse(intent: Intent, frame: Frame, *, force: bool = False, why: str = "") -> Plan | Refusal:
    del intent, frame, force, why
    return Refusal("replay", "This is a recording: there is nothing to change.", "Watch the engine itself.")
