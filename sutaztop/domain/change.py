"""Changes: a proposed alteration with its before and after, its preview, and what became of it."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from sutaztop.domain.borrow import Borrow
from sutaztop.domain.keep import ChangeComposeFile, TextBlock
from sutaztop.domain.lifecycle import ChangeRollout, ChangeState, ChangeStay, Unload
from sutaztop.domain.resources import Limits
from sutaztop.domain.service import Orchestrator


@dataclass(frozen=True, slots=True)
class ChangeLimits:
    """New ceilings for one container (``service_id`` empty) or for each replica of a Swarm service."""

    engine: str
    id: str
    name: str
    before: Limits
    after: Limits
    swarm: bool = False

    @property
    def inverse(self) -> "ChangeLimits":
        """The change that puts the earlier ceilings back."""
        return ChangeLimits(self.engine, self.id, self.name, self.after, self.before, self.swarm)


@dataclass(frozen=True, slots=True)
class ChangeReplicas:
    """Another number of replicas of a Swarm or Compose service; ``folder`` and ``files`` are Compose's."""

    engine: str
    id: str
    name: str
    before: int
    after: int
    orchestrator: Orchestrator = Orchestrator.SWARM
    folder: str = ""
    files: tuple[str, ...] = ()

    @property
    def inverse(self) -> "ChangeReplicas":
        """The change that puts the earlier number back."""
        return replace(self, before=self.after, after=self.before)


EngineChange: TypeAlias = ChangeLimits | ChangeReplicas | Unload | ChangeState | ChangeRollout | ChangeStay
Change: TypeAlias = EngineChange | ChangeComposeFile


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One line of before → after: ("cpu", "2 cores", "3 cores", "host 10 of 12 cores spoken for")."""

    figure: str
    now: str
    proposed: str
    effect: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """A change with all that its preview must tell before anyone says yes.

    ``object`` names kind, name, identity and engine. ``same_as`` is the equivalent command,
    quoted for a shell. ``does`` and ``risks`` are sentences. ``undo`` says how to take it back.
    ``typed_name`` is the name that must be typed to confirm, or empty. ``blocks`` are shown as they are.
    ``undoes`` is the id of the recorded change that this one takes back, or empty.
    """

    title: str
    object: str
    change: Change
    rows: tuple[PreviewRow, ...]
    same_as: str
    why: str = ""
    does: str = ""
    risks: tuple[str, ...] = ()
    undo: str = ""
    typed_name: str = ""
    blocks: tuple[TextBlock, ...] = ()
    undoes: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no plan, or why it was not carried out: the rule, the reason, what to try.

    ``overridable`` tells that whoever insists, and types the object's name, may do it all the same.
    """

    rule: str
    why: str
    advice: str = ""
    overridable: bool = False

    def __str__(self) -> str:
        return f"{self.why} {self.advice}".strip()


class Result(StrEnum):
    """What became of a change."""

    APPLIED = "applied"
    """Done, and seen to be done by reading back."""
    REFUSED = "refused"
    """Not sent, or turned down: nothing changed."""
    FAILED = "failed"
    """Sent and failed; the message says in which state things are."""
    UNVERIFIED = "unverified"
    """Accepted, but reading back did not show it in time."""
    DRY_RUN = "dry run"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a change, as a value. ``observed`` is what reading back showed, in words.

    ``change_id`` names it in the journal; it is empty where nothing was written there.
    """

    result: Result
    change: Change | None
    message: str
    observed: str = ""
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0
    change_id: str = ""


INTENT, OUTCOME, KEPT, DROPPED = "intent", "outcome", "kept", "dropped"
"""The phases of a journal's entries; see ``JournalEntry``."""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One line of the journal: who wanted what, when, and what came of it. Times are UTC.

    ``phase`` is ``intent`` before the change is sent and ``outcome`` after it; ``change_id``
    ties the two together. ``kept`` says that somebody lets a borrowed or unfinished change stand as it is,
    ``dropped`` that there was nothing left to take back. ``undoes`` is the id of the change that this one
    takes back; ``borrow`` are the terms of a borrowed one. ``process`` names the program that wrote an
    intent, so that others see whether it is still at work.
    """

    at: datetime
    change_id: str
    phase: str
    who: str
    engine: str
    object: str
    change: Change | None
    result: Result | None = None
    message: str = ""
    observed: str = ""
    same_as: str = ""
    undoes: str = ""
    borrow: Borrow | None = None
    process: str = ""
