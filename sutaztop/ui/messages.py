"""What parts of the screen tell each other: past-tense facts."""

from datetime import datetime
from typing import TYPE_CHECKING

from textual.message import Message

from sutaztop.domain.change import Outcome, Plan, Refusal
from sutaztop.domain.intent import Intent
from sutaztop.domain.record import Record, Seen
from sutaztop.domain.silence import Silence

if TYPE_CHECKING:
    from sutaztop.actions.autopilot import Seen as PilotSeen
    from sutaztop.domain.difference import Divergence
    from sutaztop.domain.frame import Frame
    from sutaztop.domain.incident import Incident
    from sutaztop.domain.recording import Happening


class MomentRead(Message):
    """A moment was read from the recording, the answer to the wish of that number; or why it could not be.

    ``ends`` are the recording's. ``happening`` is what was gone to.
    """

    def __init__(
        self,
        number: int,
        frame: "Frame | None" = None,
        happening: "Happening | None" = None,
        ends: "tuple[datetime | None, datetime | None]" = (None, None),
        trouble: str = "",
    ) -> None:
        self.number = number
        self.frame = frame
        self.happening = happening
        self.ends = ends
        self.trouble = trouble
        super().__init__()


class IncidentTold(Message):
    """What became of incident mode: the open incident, what is different, words to say, or that it is closed."""

    def __init__(
        self,
        incident: "Incident | None",
        trouble: str = "",
        *,
        differences: "tuple[Divergence, ...] | None" = None,
        words: str = "",
        closed: bool = False,
    ) -> None:
        self.incident = incident
        self.trouble = trouble
        self.differences = differences
        self.words = words
        self.closed = closed
        super().__init__()


class PaneKeysChanged(Message):
    """Other keys count in the details pane now than before."""


class PlanMade(Message):
    """A plan that took its time was made, or there is none, and why."""

    def __init__(self, intent: Intent, planned: Plan | Refusal) -> None:
        self.intent = intent
        self.planned = planned
        super().__init__()


class ChangeFinished(Message):
    """A change was carried out, refused, or failed."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        super().__init__()


class JournalRead(Message):
    """The journal was read: every change, and what is open with what reading back shows; or why it could not be."""

    def __init__(
        self, records: tuple[Record, ...], found: tuple[tuple[Record, Seen | None], ...], trouble: str
    ) -> None:
        self.records = records
        self.open_changes = found
        self.trouble = trouble
        super().__init__()


class PilotSaw(Message):
    """The autopilot looked: what it decided and did, or the words for why it could not."""

    def __init__(self, seen: "tuple[PilotSeen, ...]", trouble: str = "") -> None:
        self.seen = seen
        self.trouble = trouble
        super().__init__()


class SilencesRead(Message):
    """What was silenced before was read, or a silence was kept; ``trouble`` says what went wrong."""

    def __init__(self, silences: tuple[Silence, ...], trouble: str) -> None:
        self.silences = silences
        self.trouble = trouble
        super().__init__()


class ClipExported(Message):
    """A clip was written, or could not be: ``words`` tell where and how large, or why not."""

    def __init__(self, words: str, *, failed: bool = False) -> None:
        self.words = words
        self.failed = failed
        super().__init__()


class ChangeKept(Message):
    """A change was let stand, or could not be: ``words`` tell which."""

    def __init__(self, words: str) -> None:
        self.words = words
        super().__init__()


class AroundWanted(Message):
    """The lines that a container wrote around an instant are to be shown."""

    def __init__(self, container_id: str, at: datetime) -> None:
        self.container_id = container_id
        self.at = at
        super().__init__()
