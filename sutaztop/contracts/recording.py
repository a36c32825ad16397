"""The seams of time: who writes a recording, and who reads one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from sutaztop.domain.finding import Subject
from sutaztop.domain.frame import Frame
from sutaztop.domain.recording import Happening, HappeningKind, RecorderStatus, RecordingInfo
from sutaztop.domain.sample import Sample


class Recorder(Protocol):
    """Writes what is seen. No call blocks on a disk or raises: what goes wrong stands in ``status``."""

    def record(self, sample: Sample, frame: Frame) -> None:
        """Keep a sample, and what was measured and judged of it. Returns at once; called once a tick."""
        ...

    def note(self, text: str, who: str, subject: Subject | None = None, at: datetime | None = None) -> None:
        """Keep a note, about something or about nothing in particular; of now, where no time is given."""
        ...

    def status(self) -> RecorderStatus:
        """Say how it goes."""
        ...

    def close(self) -> None:
        """Write what is left and stop; waits a second at most. Twice is fine."""
        ...


class Recording(Protocol):
    """Reads a recording, one still being written too. Every call may wait for a disk: never on the screen's loop.

    Calls may come from any thread, one waits for the other. They raise ``RecordingError`` with words for an operator.
    A frame's ``history`` reads what it is asked for when it is asked; its series end at the frame's instant.
    """

    def info(self) -> RecordingInfo:
        """Say what it is and how far it goes by now."""
        ...

    def frame_at(self, at: datetime) -> Frame | None:
        """Give the newest frame at or before a time, be it long before, across a gap; ``None`` before the first."""
        ...

    def step(self, at: datetime, by: int) -> Frame | None:
        """Give the frame that lies so many frames after (or before) the one at ``at``; ``None`` beyond the ends."""
        ...

    def happenings(
        self, since: datetime, until: datetime, *, kinds: Sequence[HappeningKind] = tuple(HappeningKind)
    ) -> Sequence[Happening]:
        """Give what happened from ``since`` to ``until``, both included, oldest first."""
        ...

    def next_happening(
        self, at: datetime, *, back: bool = False, kinds: Sequence[HappeningKind] = tuple(HappeningKind)
    ) -> Happening | None:
        """Give the first that happened after a time, or the last before it."""
        ...

    def close(self) -> None:
        """Give back what is held; twice is fine."""
        ...
