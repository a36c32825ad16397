"""Changes from a script: the same plan, guard, verification and journal as on the screen."""

import argparse
import shlex
import shutil
import sys
from collections.abc import Iterable, Sequence
from typing import TextIO

from sutaztop.actions.guard import NO_CHANGE
from sutaztop.actions.plan import plan
from sutaztop.actions.undo import why_not_borrowed
from sutaztop.cli.assemble import PATIENCE, Assembly
from sutaztop.cli.wanted import MODEL_COMMANDS, find_wanted
from sutaztop.contracts import SutaztopError
from sutaztop.domain.borrow import countdown
from sutaztop.domain.change import Outcome, Plan, Refusal, Result
from sutaztop.domain.frame import Frame
from sutaztop.domain.intent import Intent, UndoChange
from sutaztop.domain.quantity import span_words
from sutaztop.domain.record import last_undoable
from sutaztop.render.cells import plain
from sutaztop.render.preview import outcome_lines, preview_lines, refusal_lines

DONE, REFUSED, USAGE, FAILED, UNSEEN = 0, 1, 2, 3, 4

_STATUS = {
    Result.APPLIED: DONE,
    Result.DRY_RUN: DONE,
    Result.REFUSED: REFUSED,
    Result.FAILED: FAILED,
    Result.UNVERIFIED: UNSEEN,
}


def run_change(arguments: argparse.Namespace, assembly: Assembly, *, out: TextIO, ask: TextIO | None) -> int:
    """Plan, show, ask, apply and say what became of it. ``ask`` is a terminal to ask at, or ``None``.

    Several are asked about together and applied one after another; what can't be planned keeps
    none of the others back. The status is the worst of all.
    """
    width = max(60, min(110, shutil.get_terminal_size().columns))
    frame = assembly.monitor.tick(judge_now=True, patience=PATIENCE)
    if frame.trouble is not None and arguments.command not in MODEL_COMMANDS:
        print(frame.trouble, file=sys.stderr)
        return FAILED
    plans, statuses = [], []
    try:
        wanted = _wanted(arguments, assembly, frame)
    except SutaztopError as error:
        print(error, file=sys.stderr)
        return FAILED
    for intent in wanted:
        planned = intent if isinstance(intent, Refusal) else plan(
            intent, frame, assembly.settings.profile, why=arguments.reason, files=assembly.project_files,
            circumstances=assembly.circumstances(force=arguments.force),
        )  # fmt: skip
        if isinstance(planned, Plan) and arguments.borrow is not None and (why_not := why_not_borrowed(planned)):
            planned = Refusal("not borrowed", f"It can't be borrowed: {why_not}.", "Make it without --for.")
        if isinstance(planned, Plan):
            plans.append(planned)
            continue
        _print([plain(line) for line in refusal_lines(planned, width)], sys.stderr)
        # A script that says the same twice has got what it wants.
        statuses.append(DONE if planned.rule == NO_CHANGE else REFUSED)
    if not plans:
        return max(statuses)
    for planned in plans:
        _print([planned.title, "", *(plain(line) for line in preview_lines(planned, width)), ""], out)
    if arguments.borrow is not None:
        print(f"Borrowed for {span_words(arguments.borrow)}: then it is taken back by itself, unless kept.\n", file=out)
    # Read-only there is nothing to ask: apply refuses, and notes the attempt.
    asks = not arguments.dry_run and not assembly.actuator.permission.read_only
    if asks and not _are_agreed(plans, arguments, ask, out):
        return REFUSED if ask is not None else USAGE
    statuses += [_applied(planned, arguments, assembly, out, width) for planned in plans]
    return max(statuses)


def _applied(planned: Plan, arguments: argparse.Namespace, assembly: Assembly, out: TextIO, width: int) -> int:
    try:
        outcome = assembly.actuator.apply(planned, dry_run=arguments.dry_run, borrow=arguments.borrow)
    except KeyboardInterrupt:
        print("It may have been made all the same: look again. The journal tells what was begun.", file=sys.stderr)
        raise
    _print([plain(line).rstrip() for line in outcome_lines(outcome, width)], out)
    if (way_back := _way_back(planned, outcome, arguments)) and outcome.change_id:
        print(way_back, file=out)
    return _STATUS[outcome.result]


def _way_back(planned: Plan, outcome: Outcome, arguments: argparse.Namespace) -> str:
    """Say how a change that was made, or may have been, is taken back or kept."""
    if outcome.result in (Result.REFUSED, Result.DRY_RUN) or planned.change.inverse is None:
        return ""
    if arguments.borrow is not None:
        back = f"back in {countdown(arguments.borrow - outcome.seconds)}"
        return f"borrowed  {back}, unless: sutaztop keep {outcome.change_id}"
    return f"change    {outcome.change_id}; back with: sutaztop undo {outcome.change_id}"


def _undo(change_id: str, assembly: Assembly, frame: Frame) -> Intent | Refusal:
    """Find the change that is to be taken back: the named one, or the last that was made on this engine."""
    if change_id:
        found = assembly.ledger.find(change_id)
        return found if isinstance(found, Refusal) else UndoChange(found)
    last = last_undoable(assembly.ledger.records(), frame.snapshot.endpoints, frozenset())
    if last is None:
        return Refusal(
            "nothing to undo", "No change that could be taken back was made on this engine from here.",
            "`sutaztop journal` lists what was.",
        )  # fmt: skip
    return UndoChange(last)


def _wanted(arguments: argparse.Namespace, assembly: Assembly, frame: Frame) -> Iterable[Intent | Refusal]:
    if arguments.command == "undo":
        return (_undo(arguments.change, assembly, frame),)
    return find_wanted(arguments, frame.snapshot)


def _are_agreed(plans: Sequence[Plan], arguments: argparse.Namespace, ask: TextIO | None, out: TextIO) -> bool:
    """Ask once for all that want no more than a yes, and for each of those whose name must be typed."""
    plain_ones = ", ".join(planned.title for planned in plans if not planned.typed_name)
    questions = [(plain_ones, "")] if plain_ones else []
    questions += [(planned.title, planned.typed_name) for planned in plans if planned.typed_name]
    return all(_is_agreed(title, name, arguments, ask, out) for title, name in questions)


def _is_agreed(title: str, typed_name: str, arguments: argparse.Namespace, ask: TextIO | None, out: TextIO) -> bool:
    """Ask, or take the agreement from the words. Where a name must be typed, ``--yes`` alone is none."""
    wanted = typed_name or "yes"
    if arguments.yes and (not typed_name or arguments.confirm == typed_name):
        return True
    if ask is None or arguments.yes:
        more = f" --confirm {shlex.quote(typed_name)}" if typed_name else ""
        why = "its name must be given" if arguments.yes else "there is no terminal to ask at"
        print(f"Nothing was changed: {why}. Pass --yes{more} to do it, or --dry-run.", file=sys.stderr)
        return False
    print(f"{title}? Type {wanted} to do it: ", end="", file=out, flush=True)
    typed = ask.readline().strip()
    agreed = typed == typed_name if typed_name else typed.lower() == "yes"
    if not agreed:
        print("Nothing was changed.", file=out)
    return agreed


def _print(lines: list[str], out: TextIO) -> None:
    for line in lines:
        print(line.rstrip(), file=out)
