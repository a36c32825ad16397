"""The journal from a script: listed, proven, exported; what is open; and letting a change stand."""

import argparse
import json
import os
import shutil
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

from sutaztop.actions.ledger import Ledger
from sutaztop.cli.chosen import settings_from
from sutaztop.cli.clock import SystemClock
from sutaztop.config import locations
from sutaztop.contracts import BorrowError, ConfigError, EngineUnreachable, JournalError, SutaztopError
from sutaztop.domain.change import Refusal
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.record import Record, Seen, Standing
from sutaztop.render.cells import Line, plain
from sutaztop.render.journal import open_lines, record_lines
from sutaztop.render.preview import refusal_lines
from sutaztop.store.codec import encode_record
from sutaztop.store.journal import FileJournal
from sutaztop.store.process import is_running
from sutaztop.store.who import who_am_i

if TYPE_CHECKING:
    from sutaztop.cli.assemble import Assembly

DONE, REFUSED, FAILED = 0, 1, 3
_PATIENCE = Seconds(4.0)


def run_books(arguments: argparse.Namespace, *, out: TextIO) -> int:
    """Run ``journal`` or ``keep``. No engine is needed but for ``--open``, and then only to read back."""
    journal = FileJournal(locations.state_directory(settings_from(arguments, os.environ).state_directory, os.environ))
    clock = SystemClock()
    who = who_am_i(os.environ)
    ledger = Ledger(journal=journal, clock=clock, who=who, is_running=is_running, unsettled=journal.unsettled)
    try:
        if arguments.command == "keep":
            return _keep(arguments, ledger, out)
        if arguments.verify:
            return _verify(journal, out)
        if arguments.export:
            return _export(journal, arguments.export, out)
        if arguments.open:
            return _open(arguments, ledger, clock, out)
        return _list(arguments, ledger, journal, clock, out)
    except SutaztopError as error:
        print(f"sutaztop: {error}", file=sys.stderr)
        return FAILED


def _width() -> int:
    return max(60, min(110, shutil.get_terminal_size().columns))


def _print(lines: Sequence[Line], out: TextIO) -> None:
    for line in lines:
        print(plain(line).rstrip(), file=out)


def _keep(arguments: argparse.Namespace, ledger: Ledger, out: TextIO) -> int:
    if arguments.read_only:
        print("Nothing was changed: read-only.", file=sys.stderr)
        return REFUSED
    found = ledger.find(arguments.change)
    kept = found if isinstance(found, Refusal) else ledger.keep(found)
    if isinstance(kept, Refusal):
        _print(refusal_lines(kept, _width()), sys.stderr)
        return REFUSED
    print(kept.message, file=out)
    return DONE


def _verify(journal: FileJournal, out: TextIO) -> int:
    found = journal.verify()
    for note in found.notes:
        print(note, file=out)
    where = f"{found.files} file{'' if found.files == 1 else 's'} at {journal.path}"
    if found.wrong is not None:
        print(f"WRONG: {found.wrong}", file=out)
        return REFUSED
    print(f"OK: {found.lines} lines in {where}, each with the hash of the line before it.", file=out)
    return DONE


def _export(journal: FileJournal, target: str, out: TextIO) -> int:
    """Write every line of every file, oldest first, to a file that is new."""
    if target == "-":
        journal.copy_to(lambda line: out.write(line.decode(errors="replace")))
        return DONE
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
        with os.fdopen(os.open(target, flags, 0o600), "wb") as file:
            count = journal.copy_to(file.write)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        print(f"sutaztop: {target} can't be written: {error.strerror}", file=sys.stderr)
        return FAILED
    print(f"{count} lines written to {target}.", file=out)
    return DONE


def _list(arguments: argparse.Namespace, ledger: Ledger, journal: FileJournal, clock: SystemClock, out: TextIO) -> int:
    found = ledger.records()[-arguments.last :]
    for trouble in journal.read().troubles:
        print(f"sutaztop: {trouble}", file=sys.stderr)
    if arguments.json:
        for record in found:
            print(json.dumps(encode_record(record)), file=out)
        return DONE
    if not found:
        print(f"Nothing was changed from here yet: {journal.path} holds no change.", file=out)
    for record in reversed(found):
        _print([*record_lines(record, _width(), clock.instant()), ()], out)
    return DONE


def _open(arguments: argparse.Namespace, ledger: Ledger, clock: SystemClock, out: TextIO) -> int:
    """List what is open with what reading back shows; an engine that can't be asked hides none of it."""
    found = [(record, Seen(Standing.UNKNOWN, "not read back")) for record in ledger.open()]
    if found:
        from sutaztop.cli.assemble import assemble

        try:
            assembly = assemble(arguments)
        except (ConfigError, EngineUnreachable) as error:
            found = [(record, Seen(Standing.UNKNOWN, f"it can't be read back: {error}")) for record, _ in found]
        else:
            try:
                found = [(record, read_back(record, assembly)) for record, _ in found]
            finally:
                assembly.close()
    if arguments.json:
        for record, seen in found:
            print(json.dumps({**encode_record(record), "now": seen.standing.value, "now_words": seen.words}), file=out)
        return DONE
    _print(open_lines(found, _width(), clock.instant()), out)
    return DONE


def read_back(record: Record, assembly: "Assembly") -> Seen:
    """Say how things stand towards a change, if it was made on the engine that is asked."""
    change = record.change
    if change is None:
        return Seen(Standing.UNKNOWN, "what was to be changed is not told")
    here = assembly.engine.endpoint
    if change.engine != here and change.engine.partition("://")[0] in ("unix", "tcp", "https", "ssh"):
        return Seen(Standing.UNKNOWN, f"it was made on {change.engine}, and this is {here}: name that one with --host")
    if change.engine != here:
        # A model server is known once somebody has looked for it.
        assembly.monitor.tick(patience=_PATIENCE)
    return assembly.actuator.read_back(change)


def tell_open(assembly: "Assembly") -> None:
    """Say on the error output that something is to be decided; see that borrowed changes are watched over.

    A reverter that was killed is started again while its time still runs. What is overdue is for a person.
    """
    with suppress(JournalError):
        waiting = overdue = unfinished = 0
        now = assembly.clock.instant()
        for record in assembly.ledger.open():
            if record.borrow is None or not record.is_borrowed:
                unfinished += 1
            elif record.borrow.left(now) <= 0:
                overdue += 1
            else:
                waiting += not see_to(record, assembly)
        words = [
            f"{count} {what}" for count, what in (
                (overdue, "overdue borrowed"), (unfinished, "unfinished"), (waiting, "borrowed that nobody takes back"),
            ) if count
        ]  # fmt: skip
        if words:
            print(
                f"sutaztop: changes to decide about: {', '.join(words)}. See: sutaztop journal --open", file=sys.stderr
            )


def see_to(record: Record, assembly: "Assembly") -> bool:
    """Have a borrowed change watched over, where changes may be made here; say whether it is."""
    if assembly.lender is None:
        return False
    if assembly.lender.is_watched(record.change_id):
        return True
    if assembly.actuator.permission.read_only:
        return False
    try:
        assembly.lender.watch(record.change_id)
    except BorrowError:
        return False
    return True
