"""`sutaztop record`: keep what is seen, without a screen, until it is told to stop."""

import argparse
import json
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TextIO

from sutaztop.cli.assemble import Assembly
from sutaztop.cli.recordings import begin_recording
from sutaztop.contracts import ConfigError
from sutaztop.domain.frame import Frame
from sutaztop.domain.quantity import Bytes
from sutaztop.domain.recording import RecorderStatus
from sutaztop.render.format import memory_words
from sutaztop.store.recording.recorder import FileRecorder
from sutaztop.store.who import who_am_i

_TOLD_EVERY = 60.0


def run_record(arguments: argparse.Namespace, assembly: Assembly, *, out: TextIO) -> int:
    """Record until the time is over or a signal comes; gives 0, or 1 where nothing could be written."""
    recorder = begin_recording(assembly, f"{who_am_i(os.environ)}, sutaztop record")
    if recorder is None:
        raise ConfigError("Nothing is recorded", "recording.enabled is false", "Set it to true, or leave it out.")
    over = threading.Event()
    with _until_told(over):
        assembly.monitor.start(_nobody_looks)
        left = arguments.watch
        told = ""
        while not over.is_set() and (left is None or left > 0):
            # The first word comes soon: whoever started it wants to see that it writes.
            pause = _TOLD_EVERY if told else 3.0
            pause = pause if left is None else min(pause, left)
            over.wait(pause)
            left = None if left is None else left - pause
            told = _tell(recorder, as_json=arguments.json, out=out)
    status = recorder.status()
    assembly.monitor.stop()
    recorder.close()
    return 0 if status.writing else 1


def _nobody_looks(frame: Frame) -> None:
    """Take a frame that no screen shows."""


def _tell(recorder: FileRecorder, *, as_json: bool, out: TextIO) -> str:
    status = recorder.status()
    words = json.dumps(asdict(status)) if as_json else status_words(status)
    print(words, file=out, flush=True)
    return words


def status_words(status: RecorderStatus) -> str:
    """Say in a line how recording goes."""
    lost = f"; {status.lost} samples were lost" if status.lost else ""
    if not status.writing:
        return f"Not recording: {status.why_not}{lost}."
    but = f"; {status.why_not}" if status.why_not else ""
    return f"Recording to {status.path}, {memory_words(Bytes(status.size))}{but}{lost}."


@contextmanager
def _until_told(over: threading.Event) -> Iterator[None]:
    """End in good order on TERM and INT."""
    before = {it: signal.signal(it, lambda *_: over.set()) for it in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
