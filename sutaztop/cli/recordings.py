"""Recordings put together: where they are, who writes one, who reads one."""

import argparse
import hashlib
import logging
import re
import socket
import sqlite3
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path

from sutaztop import __version__
from sutaztop.cli.assemble import Assembly
from sutaztop.cli.chosen import find_endpoint, why_kernel_only
from sutaztop.config.locations import state_directory
from sutaztop.config.settings import Settings
from sutaztop.contracts import ConfigError, RecordingError
from sutaztop.domain.profile import Profile
from sutaztop.domain.recording import RecordingInfo
from sutaztop.domain.when import NoTime, parse_when
from sutaztop.store.recording.earlier import Earlier
from sutaztop.store.recording.inflate import BROKEN
from sutaztop.store.recording.reader import FileRecording
from sutaztop.store.recording.recorder import FileRecorder
from sutaztop.store.recording.retention import Terms
from sutaztop.store.recording.upkeep import Upkeep
from sutaztop.store.recording.writer import Origin, Writer

_LOG = logging.getLogger(__name__)
FOLDER, CLIPS = "recordings", "clips"
_LOOKS, _LOOK = 240, 0.25
"""So often, and so many seconds apart, it is looked whether the first containers have been read."""
_BREATH = 0.03
"""Seconds between two minutes of what was seen earlier: a day is read within a minute or two."""
_READABLE = re.compile(r"[^a-z0-9.]+")


def recording_path(directory: str | Path, endpoint: str) -> Path:
    """Give where what is seen of an engine is kept: a name to be read, and a few digits that are its own.

    >>> recording_path("/s", "unix:///var/run/docker.sock").name
    'unix-var-run-docker.sock-13c4025c.db'
    """
    digits = hashlib.sha256(endpoint.encode()).hexdigest()[:8]
    name = _READABLE.sub("-", endpoint.casefold()).strip("-.")[:48]
    return Path(directory, FOLDER, f"{name}-{digits}.db")


def clip_path(directory: str | Path, at: datetime) -> Path:
    """Give a new name for a clip under the state directory, and make its folder. Raises ``RecordingError``."""
    folder = Path(directory, CLIPS)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise RecordingError(f"{folder} can't be made", str(error), "`sutaztop export` writes elsewhere.") from error
    stem = f"clip-{at.astimezone():%Y%m%d-%H%M%S}"
    names = (f"{stem}{f'-{it}' if it else ''}.db" for it in count())
    return folder / next(it for it in names if not (folder / it).exists())


def find_recording(settings: Settings, environment: Mapping[str, str], endpoint: str) -> Path:
    """Give the recording of an engine under the state directory; it need not exist."""
    return recording_path(state_directory(settings.state_directory, environment), endpoint)


def recording_meant(
    arguments: argparse.Namespace, settings: Settings, environment: Mapping[str, str], *, named: str = "", instead: str
) -> Path:
    """Give the recording that is meant: the named file, else that of the engine that the words would watch.

    A demo world's went with its program: ``instead`` says where its screen shows the same. Raises ``RecordingError``
    for one, and ``EngineUnreachable`` for a context or address that does not exist.
    """
    if named:
        return Path(named)
    if arguments.demo:
        raise RecordingError(
            "There is no recording of a demo world", "it went with the program that showed it",
            f"On the screen of a demo, {instead}.",
        )  # fmt: skip
    endpoint = find_endpoint(arguments, settings, environment)
    if not why_kernel_only(endpoint, settings):
        return find_recording(settings, environment, endpoint.address)
    from sutaztop.engines.kernel.engine import ENDPOINT

    return find_recording(settings, environment, ENDPOINT)


def ends_of(info: RecordingInfo) -> tuple[datetime, datetime]:
    """Give the first and the last moment of a recording. Raises ``RecordingError`` for one that has none."""
    if info.first is None or info.last is None:
        raise RecordingError(f"{info.path} is empty", "nothing was recorded in it yet")
    return info.first, info.last


def moment_meant(words: str, info: RecordingInfo) -> datetime | None:
    """Read ``--at``; a span counts from the recording's last moment. Nothing without words. Raises ``ConfigError``."""
    if not words:
        return None
    try:
        return parse_when(words, now=datetime.now(UTC), here=info.last)
    except NoTime as error:
        raise ConfigError(f"--at {words}", str(error)) from error


def begin_recording(assembly: Assembly, who: str, directory: str | Path = "") -> FileRecorder | None:
    """Begin to record what an assembly sees; ``None`` where the configuration says no.

    ``directory`` is where, the state directory without one.
    """
    if not assembly.settings.recording.enabled:
        return None
    endpoint = assembly.engine.endpoint
    path = recording_path(directory or assembly.state_directory, endpoint)
    boot = assembly.clock.instant().boot
    origin = Origin(endpoint, socket.gethostname(), __version__, boot)
    journal = None if assembly.demo else Path(assembly.state_directory)
    said = assembly.settings.recording
    terms = Terms(said.seconds, said.minutes, said.size)
    threading.Thread(target=_go_on, args=(assembly, path, boot), name="earlier", daemon=True).start()
    recorder = FileRecorder(path, assembly.clock, who, lambda: Writer(path, origin), Upkeep(journal, boot, terms))
    assembly.monitor.record_to(recorder)
    return recorder


def _go_on(assembly: Assembly, path: Path, boot: str) -> None:
    """Have the monitor remember what earlier programs saw, without haste: the screen is in use already."""
    monitor = assembly.monitor
    # What is there must be known first: of what is gone nothing is taken up.
    for _ in range(_LOOKS):
        if len(monitor.history.known_keys()) > 1 or monitor.has_ended(_LOOK):
            break
    try:
        earlier = Earlier(path, assembly.clock.now(), assembly.clock.monotonic_ns(), boot)
    except (RecordingError, sqlite3.Error):
        return  # there is none so far, or the recorder says what is wrong with it
    try:
        past, aggregates, sizes = earlier.past(), earlier.aggregates(), earlier.sizes()
        monitor.later(lambda: monitor.remember(past))
        monitor.later(lambda: monitor.history.go_on_with(aggregates, sizes))
        for key, series in earlier.series(monitor.history.known_keys(), lambda: not monitor.has_ended(_BREATH)):
            monitor.later(partial(monitor.history.take_up, key, series))
    except BROKEN as error:
        _LOG.warning("what was seen earlier could not be read: %s", error)
    finally:
        earlier.close()


def open_recording(path: Path, profile: Profile) -> FileRecording:
    """Open a recording to be read. Raises ``RecordingError``."""
    return FileRecording(path, profile)
