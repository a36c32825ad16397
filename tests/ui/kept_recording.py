"""A recording in memory, as far as the timeline reads one: lines, and a recorder that keeps notes among them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sutaztop.contracts import RecordingError
from sutaztop.domain.finding import Subject
from sutaztop.domain.frame import Frame
from sutaztop.domain.recording import Happening, HappeningKind, RecorderStatus, RecordingInfo
from sutaztop.domain.sample import Sample

ALL = tuple(HappeningKind)


@dataclass
class KeptRecording:
    """Gives the lines it was given; counts how it was asked."""

    lines: list[Happening] = field(default_factory=list)
    first: datetime | None = None
    broken: str = ""
    asked: list[tuple[datetime, datetime]] = field(default_factory=list)

    def add(self, *lines: Happening) -> None:
        for it in lines:
            self.lines.append(replace(it, number=len(self.lines) + 1))

    def info(self) -> RecordingInfo:
        if self.broken:
            raise RecordingError("The recording can't be read", self.broken)
        return RecordingInfo("/nowhere", "engine", "host", "test", self.first, None, 0)

    def frame_at(self, at: datetime) -> Frame | None:
        raise NotImplementedError

    def step(self, at: datetime, by: int) -> Frame | None:
        raise NotImplementedError

    def happenings(
        self, since: datetime, until: datetime, *, kinds: Sequence[HappeningKind] = ALL
    ) -> Sequence[Happening]:
        self.asked.append((since, until))
        found = [it for it in self.lines if since <= it.at <= until and it.kind in kinds]
        return sorted(found, key=lambda it: (it.at, it.number))

    def next_happening(
        self, at: datetime, *, back: bool = False, kinds: Sequence[HappeningKind] = ALL
    ) -> Happening | None:
        found = [it for it in self.lines if it.kind in kinds and (it.at < at if back else it.at > at)]
        pick = max if back else min
        return pick(found, key=lambda it: (it.at, it.number), default=None)

    def close(self) -> None:
        """Nothing is held."""


@dataclass
class KeptRecorder:
    """Writes notes into a recording in memory."""

    recording: KeptRecording
    why_not: str = ""

    def record(self, sample: Sample, frame: Frame) -> None:
        raise NotImplementedError

    def note(self, text: str, who: str, subject: Subject | None = None, at: datetime | None = None) -> None:
        assert at is not None
        subject = subject or Subject("", "", "")
        self.recording.add(Happening(at, HappeningKind.NOTE, subject, "note", text, who=who))

    def status(self) -> RecorderStatus:
        return RecorderStatus(writing=not self.why_not, why_not=self.why_not)

    def close(self) -> None:
        """Nothing is held."""
