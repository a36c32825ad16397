"""Frames of a real engine, told live and told again from a recording: every word of them is compared."""

import os
import random
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sutaztop.cli.arguments import parse
from sutaztop.cli.assemble import Assembly, assemble
from sutaztop.cli.recordings import begin_recording, open_recording, recording_path
from sutaztop.cli.report import snapshot_lines, told_by
from sutaztop.domain.frame import Frame
from sutaztop.render.cells import plain
from sutaztop.store.recording.schema import open_to_read
from tests.lab.client import CommandFailed, Lab

_EVERY = 0.25
_STILL = 25
"""Containers besides those to which something happens."""
_GAP = 8.0
_OOM = "sleep 2; a=x; while :; do a=$a$a; done"
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class _Told:
    at: datetime
    number: int
    text: str


def instants(lab: Lab, number: int) -> Iterator[str]:
    """Record so many frames while containers restart, die for memory, come and go, and nothing is read for a while."""
    for it in range(_STILL):
        lab.run(f"still-{it}", "--memory", "64m", "--cpus", "0.5", "--env", f"TOKEN=secret-{it}")
    lab.run("greedy", "--memory", "16m", "--restart", "always", command=("sh", "-c", _OOM))
    with tempfile.TemporaryDirectory() as directory:
        environment = {**os.environ, "XDG_STATE_HOME": directory}
        assembly = assemble(parse(["--host", lab.host, "snapshot"]), environment=environment)
        recorder = begin_recording(assembly, "the bench", directory)
        assert recorder is not None
        told: list[_Told] = []
        try:
            chance = random.Random(3)  # noqa: S311 - incidents, not secrets
            for place in range(number):
                if place and place % (number // 3) == 0:
                    time.sleep(_GAP)
                if place % 20 == 10:
                    _disturb(lab, chance, place)
                frame = assembly.monitor.tick()
                told.append(_Told(frame.snapshot.at, frame.number, _text(frame, assembly)))
                recorder.flush(10)
                time.sleep(_EVERY)
            status = recorder.status()
        finally:
            recorder.close()
            assembly.close()
        yield f"recorded {len(told)} frames, {status.lost} lost, {status.why_not or 'no trouble'}"
        path = recording_path(directory, assembly.engine.endpoint)
        kept = open_recording(path, assembly.settings.profile)
        try:
            yield from _compared(told, kept.frame_at, assembly)
        finally:
            kept.close()
        names, values = _written(path)
        yield f"in its parts TOKEN stands {names} times, a value of it {values} times"


def _written(path: Path) -> tuple[int, int]:
    """Count how often the name of a secret stands in a recording, and how often a value of it."""
    connection = open_to_read(path)
    try:
        bodies = [zlib.decompress(body) for (body,) in connection.execute("SELECT body FROM part")]
    finally:
        connection.close()
    return sum(it.count(b"TOKEN") for it in bodies), sum(it.count(b"secret-") for it in bodies)


def _disturb(lab: Lab, chance: random.Random, place: int) -> None:
    name = f"still-{chance.randrange(_STILL)}"
    steps: Sequence[Callable[[], object]] = (
        lambda: lab.docker("restart", "--time", "0", name),
        lambda: lab.docker("kill", name),
        lambda: lab.docker("start", name),
        lambda: lab.run(f"brief-{place}", command=("sh", "-c", "sleep 1; exit 3")),
        lambda: lab.docker("pause", name) and lab.docker("unpause", name),
    )
    try:
        chance.choice(steps)()
    except CommandFailed:
        return  # it was killed already, or is none that runs: that is an incident as well


def _text(frame: Frame, assembly: Assembly) -> str:
    # That it is recorded is true of one of the two alone.
    shown = replace(frame, recorded=False)
    return "\n".join(plain(line) for line in snapshot_lines(told_by(assembly, shown)))


def _compared(told: Sequence[_Told], frame_at: Callable[[datetime], Frame | None], assembly: Assembly) -> Iterator[str]:
    order = list(told)
    random.Random(4).shuffle(order)  # noqa: S311 - an order, not a secret
    other = missing = 0
    shown: list[str] = []
    for it in order:
        frame = frame_at(it.at)
        if frame is None or frame.number != it.number:
            missing += 1
            continue
        text = _text(replace(frame, recorded=False), assembly)
        if text != it.text:
            other += 1
            for one, two in zip(it.text.splitlines(), text.splitlines(), strict=False):
                if one != two:
                    shown.append(f"  frame {it.number}\n    live     {one}\n    recorded {two}")
    yield f"{len(order)} instants in random order: {other} read otherwise, {missing} are missing"
    yield from shown[:_SHOWN]
