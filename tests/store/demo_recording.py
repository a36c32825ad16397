"""A recording of the demo world, made at speed under a clock that a test moves."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sutaztop.domain.finding import Severity, Subject
from sutaztop.domain.frame import Frame
from sutaztop.domain.recording import Happening, HappeningKind, RecorderStatus
from sutaztop.domain.sample import Sample
from sutaztop.store.recording.happenings import insert
from sutaztop.store.recording.teller import Teller
from sutaztop.store.recording.writer import Origin, Writer
from tests.ui.world import open_stack

HOST = "acme-gpu-box"


@dataclass
class Keeper:
    """Writes at once what the monitor hands over, and keeps the frames."""

    writer: Writer
    teller: Teller
    frames: list[Frame] = field(default_factory=list)

    def record(self, sample: Sample, frame: Frame) -> None:
        self.frames.append(frame)
        self.teller.take(frame)
        self.writer.write(sample, frame)

    def note(self, text: str, who: str, subject: Subject | None = None, at: datetime | None = None) -> None:
        raise NotImplementedError

    def status(self) -> RecorderStatus:
        return RecorderStatus(writing=True)

    def close(self) -> None:
        self.writer.close()


def record_demo(path: Path, seconds: int, *, scenario: str = "incident") -> list[Frame]:
    """Record so many seconds of the demo world, a reading each second, and a note; give the frames as they were."""
    stack = open_stack(scenario)
    writer = Writer(path, Origin("unix:///var/run/docker.sock", HOST, "test", "boot"))
    teller = Teller(writer.connection, began=stack.clock.now(), boot="boot", journal=None)
    writer.begin(stack.clock.now())
    keeper = Keeper(writer, teller)
    stack.monitor.record_to(keeper)
    stack.live(seconds)
    insert(writer.connection, [note_at(keeper.frames[-1].snapshot.at)])
    writer.connection.commit()
    keeper.close()
    return keeper.frames


def note_at(at: datetime) -> Happening:
    """Give a note."""
    return Happening(
        at, HappeningKind.NOTE, Subject("", "", ""), "noted", "Jane of Acme Corp has restarted it", Severity.OK,
        "jane@acme-laptop",
    )  # fmt: skip
