"""A recording, as those see it who read it: what it is, what happened in it, and how its writing goes."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sutaztop.domain.finding import Subject
from sutaztop.domain.severity import Severity


class HappeningKind(StrEnum):
    """What sort of thing a line of the timeline tells of."""

    EVENT = "event"
    """The engine's: start, die, oom, health, update, scale."""
    FINDING = "finding"
    """A finding that began or ended."""
    CHANGE = "change"
    """What was done from here, or seen to be done by others."""
    NOTE = "note"
    GAP = "gap"
    """A time in which nobody recorded; ``until`` is its end."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of the timeline. ``at`` is aware and UTC; all text is cleaned.

    ``action`` is a word: Docker's for events, ``began`` and ``ended`` for findings, the result for changes. ``who`` is
    empty where nobody did it. ``reference`` ties lines together: a change's id, a finding's word. ``until`` is the end
    of what took its time. ``number`` is its place in the recording, 0 where it is not in one.
    """

    at: datetime
    kind: HappeningKind
    subject: Subject
    action: str
    text: str
    severity: Severity = Severity.OK
    who: str = ""
    reference: str = ""
    until: datetime | None = None
    number: int = 0


@dataclass(frozen=True, slots=True)
class RecordingInfo:
    """What a recording is. ``first`` and ``last`` are its ends, ``None`` while it is empty; both aware and UTC.

    ``size`` is in bytes on disk. ``anonymised`` tells that names and environment in it are not the real ones.
    """

    path: str
    engine: str
    host: str
    program: str
    first: datetime | None
    last: datetime | None
    size: int
    is_clip: bool = False
    anonymised: bool = False


@dataclass(frozen=True, slots=True)
class RecorderStatus:
    """How recording goes. ``why_not`` says in words why nothing is written now, or is empty.

    ``lost`` counts the samples that could not be kept since the program started; ``size`` is in bytes on disk.
    """

    writing: bool
    why_not: str = ""
    lost: int = 0
    size: int = 0
    path: str = ""
    trouble: bool = False
    """Whether what keeps it from writing is a fault: another program that writes is none."""


@dataclass(frozen=True, slots=True)
class ClipWish:
    """What is to be in a clip. Times are aware. ``containers`` are names, ids or services; all without any."""

    since: datetime
    until: datetime
    containers: tuple[str, ...] = ()
    anonymised: bool = False


@dataclass(frozen=True, slots=True)
class ClipMade:
    """A clip that was written: ``rows`` readings from ``first`` to ``last`` (UTC), ``size`` in bytes on disk.

    ``graphs_back`` is how far before ``first`` graphs reach, where it was recorded, in seconds.
    """

    path: str
    first: datetime
    last: datetime
    rows: int
    containers: int
    happenings: int
    size: int
    graphs_back: float
    anonymised: bool = False
