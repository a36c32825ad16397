"""A demo world that is recorded as it lives, on the caller's thread: what was shown, beside what is read again."""

import json
import subprocess
import sys
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sutaztop.domain.frame import Frame
from sutaztop.domain.sample import Sample
from sutaztop.domain.snapshot import Snapshot
from sutaztop.store.recording.inflate import MOST
from sutaztop.store.recording.reader import FileRecording
from sutaztop.store.recording.schema import open_to_read
from sutaztop.store.recording.upkeep import Upkeep
from sutaztop.store.recording.writer import Origin, Writer, unpack_rows
from tests.ui.world import Stack, open_stack

BOOT = "boot-1"


def origin(boot: str = BOOT) -> Origin:
    return Origin("unix:///demo.sock", "sutaz-host", "1.0", boot)


def without_secrets(sample: Sample) -> Sample:
    """Give a sample without that which a recording hides."""
    bare = tuple(replace(it, environment=(), command="") for it in sample.containers)
    return replace(sample, containers=bare)


def picture(snapshot: Snapshot) -> Snapshot:
    """Give a snapshot without that which a recording hides."""
    bare = tuple(replace(it, container=replace(it.container, environment=(), command="")) for it in snapshot.containers)
    return replace(snapshot, containers=bare, by_id={})


@dataclass
class Straight:
    """Records at once, without a thread; notes what was given."""

    writer: Writer
    upkeep: Upkeep
    samples: list[Sample] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    seen: Callable[[Frame], None] | None = None

    def record(self, sample: Sample, frame: Frame) -> None:
        self.samples.append(sample)
        self.frames.append(frame)
        self.upkeep.seen(self.writer, frame)
        self.writer.write(sample, frame)
        if self.seen is not None:
            self.seen(frame)

    def note(self, *args: object, **named: object) -> None:
        raise NotImplementedError

    def status(self) -> Any:
        raise NotImplementedError

    def close(self) -> None:
        self.writer.close()


def begin(stack: Stack, path: Path, *, boot: str = BOOT, journal: Path | None = None) -> Straight:
    """Open a writer on a path, and have the world's monitor record to it."""
    writer, upkeep = Writer(path, origin(boot)), Upkeep(journal, boot)
    upkeep.opened(writer, stack.clock.now())
    writer.begin(stack.clock.now())
    straight = Straight(writer, upkeep)
    stack.monitor.record_to(straight)
    return straight


def live(stack: Stack, seconds: int, step: float = 1.0) -> None:
    """Let so many frames pass."""
    for _ in range(seconds):
        stack.monitor.tick()
        stack.clock.advance(step)


def recorded(path: Path, seconds: int, scenario: str = "incident") -> tuple[Stack, Straight]:
    """Record a world for so long; the writer stays open."""
    stack = open_stack(scenario)
    straight = begin(stack, path)
    live(stack, seconds)
    return stack, straight


def open_kept(path: Path, stack: Stack) -> FileRecording:
    return FileRecording(path, stack.settings.profile)


def everything(recording: FileRecording) -> Sequence[Sample]:
    """Give every sample there is."""
    info = recording.info()
    assert info.first is not None
    assert info.last is not None
    return list(recording.samples(info.first, info.last))


def clocks(path: Path) -> list[int]:
    """Give the monotonic times of all rows, oldest first, without measuring anything."""
    connection = open_to_read(path)
    try:
        rows = [row for (body,) in connection.execute("SELECT samples FROM minute ORDER BY id")
                for row in unpack_rows(body)[2]]  # fmt: skip
        rows += [zlib.decompress(body) for (body,) in connection.execute("SELECT body FROM row ORDER BY id")]
    finally:
        connection.close()
    return [json.loads(it)["n"] for it in rows]


def killed_after(path: Path, number: int, rows: int) -> list[int]:
    """Have a program record, and kill it while it writes the row after so many; give what it said was kept."""
    words = [sys.executable, "-m", "tests.store.recording.victim", str(path), str(number)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as victim:
        assert victim.stdout is not None
        said = []
        for line in victim.stdout:
            said.append(int(line))
            if len(said) == rows:
                victim.kill()
    return said


def bomb() -> bytes:
    """Give some kilobytes that claim to be more than a reader takes."""
    packing, mebibyte = zlib.compressobj(1), bytes(1 << 20)
    return b"".join([*(packing.compress(mebibyte) for _ in range((MOST >> 20) + 1)), packing.flush()])


def differences(one: Any, other: Any, names: Sequence[str]) -> Mapping[str, tuple[Any, Any]]:
    """Give the named attributes that are not alike."""
    return {
        name: (getattr(one, name), getattr(other, name)) for name in names if getattr(one, name) != getattr(other, name)
    }
