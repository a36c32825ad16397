"""A demo world that is recorded while it lives, and a screen that can go back in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from sutaztop.domain.frame import Frame
from sutaztop.domain.sample import Sample
from sutaztop.store.recording.reader import FileRecording
from sutaztop.store.recording.upkeep import Upkeep
from sutaztop.store.recording.writer import Origin, Writer
from sutaztop.ui.app import SutaztopApp
from sutaztop.ui.desk import Desk
from tests.ui.sitting import Sitting
from tests.ui.world import Stack, open_stack

BOOT = "boot"


@dataclass
class DirectRecorder:
    """Writes each sample before the tick returns: what a test looks at is there."""

    writer: Writer
    upkeep: Upkeep
    frames: list[Frame] = field(default_factory=list)

    def record(self, sample: Sample, frame: Frame) -> None:
        self.upkeep.seen(self.writer, frame)
        self.writer.write(sample, frame)
        self.frames.append(frame)


def record(stack: Stack, path: Path) -> DirectRecorder:
    """Record what a stack's monitor sees from now on."""
    writer = Writer(path, Origin("demo", "sutaz-host", "test", BOOT))
    upkeep = Upkeep(None, BOOT)
    upkeep.opened(writer, stack.clock.now())
    writer.begin(stack.clock.now())
    recorder = DirectRecorder(writer, upkeep)
    stack.monitor.record_to(recorder)  # type: ignore[arg-type] # a test neither notes nor asks how it goes
    return recorder


def desk_of(stack: Stack, path: Path) -> Desk:
    """Give the desk of a stack that is recorded."""
    return replace(stack.desk(), recording=lambda: FileRecording(path, stack.settings.profile))


@asynccontextmanager
async def recorded_sitting(
    path: Path, *, seconds: int = 90, size: tuple[int, int] = (120, 40), scenario: str = "incident"
) -> AsyncIterator[tuple[Sitting, DirectRecorder]]:
    """Sit before a screen whose last seconds were recorded."""
    stack = open_stack(scenario)
    recorder = record(stack, path)
    frame = stack.live(seconds)
    app = SutaztopApp(desk_of(stack, path))
    async with app.run_test(size=size) as pilot:
        here = Sitting(stack, app, pilot)
        here.main.take_frame(frame)
        await here.live(1)
        yield here, recorder
    recorder.writer.close()
