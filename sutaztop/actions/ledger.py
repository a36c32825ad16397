"""The journal as something to work with: what is open, what can be taken back, and letting a change stand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sutaztop.contracts import Clock, Journal
from sutaztop.domain.change import DROPPED, INTENT, KEPT, OUTCOME, JournalEntry, Refusal, Result
from sutaztop.domain.record import Record, records

_LEAST_ID = 4


@dataclass(frozen=True, slots=True)
class Kept:
    """A change was let stand: it no longer comes back by itself."""

    record: Record
    message: str


class Ledger:
    """Reads the journal by change, and writes into it what is decided about changes that were made.

    ``is_running`` tells whether the program that a journal entry names is still at work. ``unsettled`` gives the
    lines about what may be open; without it they are looked for in all.
    """

    def __init__(
        self,
        *,
        journal: Journal,
        clock: Clock,
        who: str,
        is_running: Callable[[str], bool] = lambda _: False,
        unsettled: Callable[[], Sequence[JournalEntry]] | None = None,
    ) -> None:
        self._journal = journal
        self._unsettled = unsettled or journal.entries
        self._clock = clock
        self._who = who
        self._is_running = is_running

    def records(self) -> tuple[Record, ...]:
        """Give every change in the journal's newest part, oldest first. Raises ``JournalError``."""
        return records(self._journal.entries())

    def open(self) -> tuple[Record, ...]:
        """Give what is still to be decided: borrowed changes, and intents whose program ended without an outcome."""
        found = records(self._unsettled())
        return tuple(it for it in found if it.is_open and not self._is_under_way(it) and _is_real(it))

    def _is_under_way(self, record: Record) -> bool:
        return record.is_unfinished and not record.is_borrowed and self.is_running(record)

    def is_running(self, record: Record) -> bool:
        """Whether the program that makes this change is still at it."""
        return bool(record.process) and self._is_running(record.process)

    def find(self, change_id: str) -> Record | Refusal:
        """Find one change by its id, or by the beginning of it."""
        wanted = change_id.strip().lower()
        known = self.records()
        found = [it for it in known if it.change_id == wanted]
        if not found and len(wanted) >= _LEAST_ID:
            found = [it for it in known if it.change_id.startswith(wanted)]
        if len(found) == 1:
            return found[0]
        if found:
            return Refusal("ambiguous", f"{wanted!r} begins {len(found)} ids.", "Write more of it.")
        return Refusal("unknown", f"There is no change {wanted!r} in the journal.", "`sutaztop journal` lists them.")

    def keep(self, record: Record) -> Kept | Refusal:
        """Let a borrowed or unfinished change stand as it is. Raises ``JournalError`` where that can't be written.

        Whoever writes first wins: where taking it back has begun before this, it is refused.
        """
        if not record.is_open:
            words = record.settled or (
                f"taken back by {record.undone_by}" if record.undone_by else "it is not borrowed"
            )
            return Refusal("not open", f"There is nothing to keep about change {record.change_id}: {words}.")
        self._write(record, KEPT)
        for entry in self._journal.entries():
            if entry.phase == KEPT and entry.change_id == record.change_id:
                break
            if entry.phase == INTENT and entry.undoes == record.change_id and self._stands(entry.change_id):
                return Refusal("too late", f"Change {record.change_id} is being taken back already.")
        stays = "It stays" if record.borrow is not None else "It is let stand as it is"
        return Kept(record, f"{stays}: {record.object}.")

    def _stands(self, change_id: str) -> bool:
        """Whether an attempt was neither turned down after its intent nor failed."""
        ended = (Result.REFUSED, Result.FAILED)
        return any(it.change_id == change_id and it.result not in ended for it in self.records())

    def drop(self, record: Record, why: str) -> None:
        """Note that there is nothing left to take back, and why. Raises ``JournalError``."""
        self._write(record, DROPPED, why)

    def note_refused(self, record: Record, change_id: str, why: str) -> None:
        """Note that taking a change back was refused before there was a plan. Raises ``JournalError``."""
        change = record.change.inverse if record.change is not None else None
        self._journal.append(
            JournalEntry(
                at=self._clock.now(),
                change_id=change_id,
                phase=OUTCOME,
                who=self._who,
                engine=record.engine,
                object=record.object,
                change=change,
                result=Result.REFUSED,
                message=why,
                undoes=record.change_id,
            )
        )

    def was_kept(self, change_id: str) -> str:
        """Say that a change was let stand before the newest attempt to take it back was begun, or nothing.

        Asked once that attempt's intent is written: of two who write at once, the first line in the journal wins.
        """
        settled, verdict = "", ""
        for entry in self._journal.entries():
            if entry.change_id == change_id and entry.phase in (KEPT, DROPPED):
                settled = f"it was {entry.phase} by {entry.who}"
            elif entry.phase == INTENT and entry.undoes == change_id:
                verdict = settled
        return verdict

    def _write(self, record: Record, phase: str, message: str = "") -> None:
        self._journal.append(
            JournalEntry(
                at=self._clock.now(),
                change_id=record.change_id,
                phase=phase,
                who=self._who,
                engine=record.engine,
                object=record.object,
                change=record.change,
                message=message,
            )
        )


def _is_real(record: Record) -> bool:
    """Whether its engine is one that is still there: a demo world went with its program. Its address has blanks."""
    return " " not in record.engine
