"""Changes from a script: the same plan, guard, verification and journal as on the screen."""

import argparse
import shlex
import shutil
import sys
from pathlib import Path
from typing import TextIO

from sutaztop.actions.guard import NO_CHANGE
from sutaztop.actions.plan import plan
from sutaztop.cli.assemble import PATIENCE, Assembly
from sutaztop.cli.find import find_container, find_model, find_service, find_to_keep
from sutaztop.domain.change import Plan, Refusal, Result
from sutaztop.domain.frame import Frame
from sutaztop.domain.intent import Intent, KeepLimits, SetLimits, SetReplicas, UnloadModel
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
    """Plan, show, ask, apply and say what became of it. ``ask`` is a terminal to ask at, or ``None``."""
    width = max(60, min(110, shutil.get_terminal_size().columns))
    frame = assembly.monitor.tick(judge_now=True, patience=PATIENCE)
    if frame.trouble is not None and arguments.command != "unload":
        print(frame.trouble, file=sys.stderr)
        return FAILED
    intent = _intent(arguments, frame)
    planned = intent if isinstance(intent, Refusal) else plan(
        intent, frame, assembly.settings.profile, why=arguments.reason, files=assembly.project_files,
        circumstances=assembly.circumstances(force=arguments.force),
    )  # fmt: skip
    if isinstance(planned, Refusal):
        _print([plain(line) for line in refusal_lines(planned, width)], sys.stderr)
        # A script that says the same twice has got what it wants.
        return DONE if planned.rule == NO_CHANGE else REFUSED
    if assembly.actuator.permission.read_only and not arguments.dry_run:
        # Nothing to ask: apply refuses, and notes the attempt.
        arguments.yes, arguments.confirm = True, planned.typed_name
    _print([planned.title, "", *(plain(line) for line in preview_lines(planned, width)), ""], out)
    if not arguments.dry_run and not _is_agreed(planned, arguments, ask, out):
        return REFUSED if ask is not None else USAGE
    try:
        outcome = assembly.actuator.apply(planned, dry_run=arguments.dry_run)
    except KeyboardInterrupt:
        print("It may have been made all the same: look again. The journal tells what was begun.", file=sys.stderr)
        raise
    _print([plain(line).rstrip() for line in outcome_lines(outcome, width)], out)
    return _STATUS[outcome.result]


def _intent(arguments: argparse.Namespace, frame: Frame) -> Intent | Refusal:
    snapshot = frame.snapshot
    if arguments.command == "limits":
        if arguments.cpus is None and arguments.memory is None:
            return Refusal("nothing asked", "Neither --cpus nor --memory was given.", "Name at least one of them.")
        found = find_container(arguments.name, snapshot)
        return found if isinstance(found, Refusal) else SetLimits(found.id, arguments.cpus, arguments.memory)
    if arguments.command == "replicas":
        service = find_service(arguments.service, snapshot)
        return service if isinstance(service, Refusal) else SetReplicas(service.id, arguments.count)
    if arguments.command == "keep-limits":
        kept = find_to_keep(arguments.name, snapshot)
        path = str(Path(arguments.file).absolute()) if arguments.file else ""
        return kept if isinstance(kept, Refusal) else KeepLimits(kept.id, path)
    if not snapshot.models:
        report = snapshot.report("models")
        trouble = str(report.trouble) if report and report.trouble else "No Ollama was found."
        return Refusal("no model server", trouble, "Name one with --ollama URL; `sutaztop doctor` says what was tried.")
    model = find_model(arguments.model, snapshot.models)
    return model if isinstance(model, Refusal) else UnloadModel(*model)


def _is_agreed(planned: Plan, arguments: argparse.Namespace, ask: TextIO | None, out: TextIO) -> bool:
    """Ask, or take the agreement from the words. Where a name must be typed, ``--yes`` alone is none."""
    wanted = planned.typed_name or "yes"
    if arguments.yes and (not planned.typed_name or arguments.confirm == planned.typed_name):
        return True
    if ask is None or arguments.yes:
        more = f" --confirm {shlex.quote(planned.typed_name)}" if planned.typed_name else ""
        why = "its name must be given" if arguments.yes else "there is no terminal to ask at"
        print(f"Nothing was changed: {why}. Pass --yes{more} to do it, or --dry-run.", file=sys.stderr)
        return False
    print(f"{planned.title}? Type {wanted} to do it: ", end="", file=out, flush=True)
    typed = ask.readline().strip()
    agreed = typed == planned.typed_name if planned.typed_name else typed.lower() == "yes"
    if not agreed:
        print("Nothing was changed.", file=out)
    return agreed


def _print(lines: list[str], out: TextIO) -> None:
    for line in lines:
        print(line.rstrip(), file=out)
