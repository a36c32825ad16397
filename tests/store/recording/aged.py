"""A small recording whose time is made up: what a month does to it, in a moment."""

from pathlib import Path
from typing import TYPE_CHECKING

from sutaztop.domain.container import Container
from sutaztop.domain.frame import Frame
from sutaztop.domain.profile import Profile
from sutaztop.history.memory import History
from sutaztop.measure.stack import measure
from sutaztop.store.recording.reader import FileRecording
from sutaztop.store.recording.retention import Retention
from sutaztop.store.recording.schema import microseconds
from sutaztop.store.recording.writer import Writer
from tests.given import NOW, container
from tests.store.recording.kept import origin
from tests.store.recording.test_rows import sample

if TYPE_CHECKING:
    from sutaztop.domain.sample import Sample
    from sutaztop.domain.snapshot import Snapshot

DAY, MINUTE = 86_400.0, 60.0
FIRST = microseconds(NOW)
CLOCK = sample(0).clock_ns


class Ages:
    """A small recording whose time is made up."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.writer = Writer(path, origin())
        self.writer.begin(NOW)
        self.samples: dict[int, tuple[Sample, Snapshot]] = {}
        self._before: tuple[Sample, Snapshot] | None = None

    def write(self, second: float, *containers: Container) -> None:
        made = sample(second, *containers, counted=[it.name for it in containers])
        before = self._before or (None, None)
        snapshot = measure(before[0], made, Profile(), before[1])
        self._before = made, snapshot
        number = len(self.samples)
        self.samples[number] = made, snapshot
        self.writer.write(made, Frame(number=number, snapshot=snapshot, history=History()))

    def minutes(self, count: int, *, start: float = 0.0, every: float = MINUTE, rows: int = 4) -> None:
        """Write so many minutes of a few rows."""
        for number in range(count):
            for row in range(rows):
                self.write(start + number * every + row * 10, container("a"), container(f"b{number % 7}"))
        self.writer.close_minute()

    def look(self, second: float, retention: Retention, times: int = 1) -> str:
        """Let retention do its work so often, at a time."""
        return self.look_at(second, second, retention, times)

    def look_at(self, wall: float, lived: float, retention: Retention, times: int = 1) -> str:
        """Do the same where the wall clock tells another time than the monotonic one."""
        us, ns = FIRST + round(wall * 1e6), CLOCK + round(lived * 1e9)
        return [retention.minute(self.writer, us, ns) for _ in range(times)][-1]

    def next_boot(self, second: float) -> None:
        """Have a program begin after the machine was started anew, with a monotonic clock of its own."""
        self.writer.close()
        self._before = None
        self.writer = Writer(self.path, origin(f"boot at {second}"))
        self.writer.begin(NOW)

    def ask(self, question: str) -> list[tuple[int, ...]]:
        return self.writer.connection.execute(question).fetchall()

    def count(self, what: str) -> int:
        return int(self.ask(f"SELECT count(*) FROM {what}")[0][0])  # noqa: S608 - the test's own words

    def assert_readable(self, *, at_least: int) -> None:
        """Read every frame that is left: each is as it was measured."""
        kept = FileRecording(self.path, Profile())
        info = kept.info()
        assert info.first is not None
        frame, seen = kept.frame_at(info.first), 0
        while frame is not None:
            assert frame.snapshot == self.samples[frame.number][1]
            seen += 1
            frame = kept.step(frame.snapshot.at, 1)
        kept.close()
        assert seen >= at_least
