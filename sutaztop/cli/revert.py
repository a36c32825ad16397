"""The reverter: waits until a borrowed change's time is over, then takes it back the way every change goes."""

import argparse
import os
import signal
import sys
import traceback
import uuid
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from sutaztop.actions.ledger import Ledger
from sutaztop.cli.clock import SystemClock
from sutaztop.cli.lend import lock_path, take_lock
from sutaztop.contracts import SutaztopError
from sutaztop.domain.change import Refusal, Result
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.record import Record, Standing
from sutaztop.store.journal import FileJournal
from sutaztop.store.process import is_running
from sutaztop.store.who import who_am_i

WAITS, TROUBLE = 0, 3
_LOOK_EVERY = Seconds(2.0)
"""How often the journal is looked at, for a keep: a few stat calls."""
_FIRST_RETRY, _LONGEST_RETRY = Seconds(5.0), Seconds(300.0)
_GIVE_UP_AFTER = Seconds(86_400.0)
"""After a day in which it could not be taken back it is left to a person: every start of the program tells of it."""
_FINISH = Seconds(180.0)
"""How long a change that is still being made when its time is over is waited for."""


def run_revert(arguments: argparse.Namespace) -> int:
    """Take the change's lock and leave the waiting to a child; ends well once that waits, or another does."""
    state = Path(arguments.state)
    lock = None
    try:
        lock = take_lock(state, arguments.change)
    except (OSError, ValueError) as error:
        print(f"sutaztop revert: {error}", file=sys.stderr)
        return TROUBLE
    if lock is None:
        return WAITS
    reverter = Reverter(state, arguments.change)
    try:
        record = reverter.record()
    except SutaztopError as error:
        print(f"sutaztop revert: {error}", file=sys.stderr)
        return TROUBLE
    if record is None or record.borrow is None:
        print(f"sutaztop revert: {arguments.change} is not a borrowed change", file=sys.stderr)
        return TROUBLE
    sys.stdout.flush()
    if os.fork():
        os._exit(WAITS)  # the lock lives on in the child
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        reverter.run()
    finally:
        with suppress(OSError):
            lock_path(state, arguments.change).unlink()
    return WAITS


class Reverter:
    """Takes one change back in its time. Everything it does stands in the journal, and in its log."""

    def __init__(self, state: Path, change_id: str) -> None:
        self._clock = SystemClock()
        self._state = state
        self._change_id = change_id
        self._who = f"{who_am_i(os.environ)}, by itself"
        journal = FileJournal(state)
        self._ledger = Ledger(journal=journal, clock=self._clock, who=self._who, is_running=is_running)
        self._last_refusal = ""

    def record(self) -> Record | None:
        """Give the change as the journal has it now. Raises ``JournalError``."""
        found = self._ledger.find(self._change_id)
        return None if isinstance(found, Refusal) else found

    def run(self) -> None:
        """Wait and take back; ends when there is nothing left to do, or after a day in which it was not possible."""
        self._say("waits")
        pause = _FIRST_RETRY
        while True:
            try:
                record = self.record()
            except SutaztopError as error:
                self._say(str(error))
                self._clock.sleep(_LOOK_EVERY)
                continue
            if record is None or record.borrow is None or not record.is_borrowed:
                self._say("ends: " + (record.settled or record.undone_by or record.message if record else "not there"))
                return
            left = record.borrow.left(self._clock.instant())
            if left > 0:
                self._clock.sleep(Seconds(min(left, _LOOK_EVERY)))
            elif left > -_FINISH and record.result is None and self._ledger.is_running(record):
                self._clock.sleep(_LOOK_EVERY)
            elif left < -_GIVE_UP_AFTER:
                self._say("gives up: it is left to a person")
                return
            elif not self._is_back(record):
                self._clock.sleep(pause)
                pause = Seconds(min(2 * pause, _LONGEST_RETRY))

    def _is_back(self, record: Record) -> bool:
        try:
            return self._take_back(record)
        except SutaztopError as error:
            return self._refused(record, str(error))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the worker boundary: whoever waits must go on waiting
            traceback.print_exc()
            return self._refused(record, f"{type(error).__name__}: {error}")

    def _take_back(self, record: Record) -> bool:
        """Try once; say whether nothing more is to be done. Raises ``SutaztopError``."""
        # Only now: a process that waits must not hold what it takes to talk to an engine.
        from sutaztop.actions.plan import plan
        from sutaztop.actions.undo import ALREADY_BACK, GONE, MOVED, by_itself_words
        from sutaztop.cli.arguments import parse
        from sutaztop.cli.assemble import PATIENCE, assemble
        from sutaztop.cli.chosen import settings_from
        from sutaztop.domain.intent import UndoChange

        arguments = parse(record.borrow.words if record.borrow is not None else ())
        settings = replace(settings_from(arguments, os.environ), state_directory=str(self._state))
        assembly = assemble(arguments, settings=settings, who=self._who)
        try:
            frame = assembly.monitor.tick(judge_now=True, patience=PATIENCE)
            planned = plan(UndoChange(record), frame, settings.profile, why=by_itself_words(record))
            if isinstance(planned, Refusal):
                if planned.rule in (ALREADY_BACK, GONE, MOVED):
                    return self._drop(record, planned.why)
                return self._refused(record, str(planned))
            outcome = assembly.actuator.apply(planned, unless=lambda: self._ledger.was_kept(self._change_id))
            self._say(f"{outcome.result.value}: {outcome.message} {outcome.observed}")
            if outcome.result is Result.APPLIED:
                return True
            seen = assembly.actuator.read_back(planned.change)
            if seen.standing in (Standing.NEITHER, Standing.GONE):
                return self._drop(record, seen.words)
        finally:
            assembly.close()
        return False

    def _drop(self, record: Record, why: str) -> bool:
        self._ledger.drop(record, why)
        self._say(f"nothing to take back: {why}")
        return True

    def _refused(self, record: Record, why: str) -> bool:
        """Note why it can't be taken back now: once for each reason, however often it is tried."""
        if why != self._last_refusal:
            self._last_refusal = why
            self._say(f"not possible now: {why}")
            with suppress(SutaztopError):
                self._ledger.note_refused(record, uuid.uuid4().hex[:12], f"Not taken back yet: {why}")
        return False

    def _say(self, words: str) -> None:
        print(f"{self._clock.now():%Y-%m-%dT%H:%M:%SZ} {os.getpid()} {self._change_id} {words}", flush=True)
