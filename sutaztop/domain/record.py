"""What the journal tells of each change as a whole: its lines put together by the change that they are about."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sutaztop.domain.borrow import Borrow
from sutaztop.domain.change import DROPPED, INTENT, KEPT, OUTCOME, Change, JournalEntry, Result


@dataclass(frozen=True, slots=True)
class Record:
    """A change as the journal has it. ``result`` is ``None`` while there is no outcome.

    ``was_sent`` tells that an intent stands there: what was refused before it, and a dry run, have only an
    outcome. ``undoes`` is the change that this one takes back, ``undone_by`` the one that took this back.
    ``settled`` says in words that, and by whom, it was let stand or dropped; empty where it was not.
    """

    change_id: str
    at: datetime
    who: str
    engine: str
    object: str
    change: Change | None
    why: str = ""
    same_as: str = ""
    was_sent: bool = False
    result: Result | None = None
    message: str = ""
    observed: str = ""
    ended_at: datetime | None = None
    undoes: str = ""
    undone_by: str = ""
    borrow: Borrow | None = None
    settled: str = ""
    process: str = ""

    @property
    def may_be_made(self) -> bool:
        """Whether it was sent and not turned down, and nothing took it back."""
        return self.was_sent and self.result is not Result.REFUSED and not self.undone_by

    @property
    def is_unfinished(self) -> bool:
        """Whether its program ended, or is still at work, between the intent and the outcome."""
        return self.was_sent and self.result is None and not self.undone_by and not self.settled

    @property
    def is_borrowed(self) -> bool:
        """Whether it is to come back by itself and has not yet."""
        return self.borrow is not None and self.may_be_made and not self.settled

    @property
    def is_open(self) -> bool:
        """Whether something about it is still to be decided."""
        return self.is_unfinished or self.is_borrowed

    @property
    def is_undoable(self) -> bool:
        """Whether it may be taken back as far as the journal knows: made, with an inverse, and no undo itself."""
        return self.may_be_made and not self.undoes and self.change is not None and self.change.inverse is not None


class Standing(StrEnum):
    """How things stand towards a change whose outcome is not known."""

    BEFORE = "not made"
    AFTER = "made"
    NEITHER = "neither"
    GONE = "gone"
    """What it was about is no longer there."""
    UNKNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Seen:
    """What reading back showed of a change, with the words for it."""

    standing: Standing
    words: str


def records(entries: Iterable[JournalEntry]) -> tuple[Record, ...]:
    """Put the journal's lines together, oldest change first. Lines about a change that is not there are left out."""
    found: dict[str, Record] = {}
    for entry in entries:
        before = found.get(entry.change_id)
        if entry.phase in (KEPT, DROPPED):
            if before is not None:
                words = f"{entry.phase} by {entry.who}"
                found[entry.change_id] = replace(
                    before, settled=f"{words}: {entry.message}" if entry.message else words
                )
            continue
        if before is None:
            before = Record(
                entry.change_id, entry.at, entry.who, entry.engine, entry.object, entry.change,
                same_as=entry.same_as, undoes=entry.undoes, borrow=entry.borrow, process=entry.process,
            )  # fmt: skip
        if entry.phase == INTENT:
            found[entry.change_id] = replace(before, was_sent=True, why=entry.message)
        elif entry.phase == OUTCOME:
            found[entry.change_id] = replace(
                before, result=entry.result, message=entry.message, observed=entry.observed, ended_at=entry.at
            )
            if entry.undoes and entry.result is Result.APPLIED:
                _mark_undone(found, entry.undoes, entry.change_id)
    return tuple(found.values())


def _mark_undone(found: dict[str, Record], target: str, by: str) -> None:
    """Note what took a change back; an undo that is taken back itself leaves its own target made again."""
    undone = found.get(target)
    if undone is None:
        return
    found[target] = replace(undone, undone_by=by)
    if undone.undoes and (first := found.get(undone.undoes)) is not None and first.undone_by == target:
        # Whoever made it again wanted it to stay: if it was borrowed, that is over.
        found[undone.undoes] = replace(first, undone_by="", settled=f"made again by {by}")


def last_undoable(known: Iterable[Record], engines: frozenset[str], ids: frozenset[str]) -> Record | None:
    """Give the newest change of one of these engines that may be taken back: of one of ``ids``, else of all."""
    here = [it for it in known if it.is_undoable and it.engine in engines]
    wanted = [it for it in here if it.change is not None and it.change.id in ids] or here
    return wanted[-1] if wanted else None
