"""`explain`: what is decided about one container or service, also where that is to leave it alone."""

import argparse
import sys
from typing import TextIO

from sutaztop.cli.assemble import Assembly
from sutaztop.cli.find import find_container
from sutaztop.cli.keep_seen import save
from sutaztop.cli.report import UNKNOWN, print_json, watch, width_here
from sutaztop.domain.change import Refusal
from sutaztop.policy.judge import explain
from sutaztop.render.cells import plain
from sutaztop.render.decision import decision_lines
from sutaztop.store.decisions import decision_document

DONE, REFUSED = 0, 1


def run_explain(arguments: argparse.Namespace, assembly: Assembly, *, out: TextIO) -> int:
    """Watch, decide about the one that is named, and print it.

    Gives 0, 1 where the name means nothing or more than one thing, 3 where the engine does not answer.
    """
    frame = watch(assembly, arguments.watch)
    if frame.trouble is not None:
        print(f"sutaztop: {frame.trouble}", file=sys.stderr)
        return UNKNOWN
    found = find_container(arguments.name, frame.snapshot)
    if isinstance(found, Refusal):
        print(f"sutaztop: {found}", file=sys.stderr)
        return REFUSED
    decision = explain(frame.snapshot, frame.history, assembly.settings.profile, frame.past, found.id)
    if decision is None:
        print(f"sutaztop: {arguments.name} is gone.", file=sys.stderr)
        return REFUSED
    if arguments.save:
        save(frame, assembly, arguments.save)
    if arguments.json:
        print_json(decision_document(decision), out)
    else:
        out.writelines(f"{plain(line).rstrip()}\n" for line in decision_lines(decision, width_here()))
    return DONE
