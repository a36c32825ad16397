"""`decide`: a recorded or hand-made situation judged, so that a policy can be tried before it is trusted."""

import argparse
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from sutaztop.cli.decide_again import is_recording, run_again
from sutaztop.cli.report import print_json, width_here
from sutaztop.config.load import load_settings
from sutaztop.contracts import ConfigError
from sutaztop.domain.decision import Decision
from sutaztop.domain.numbers import Numbers, numbers_of
from sutaztop.policy.deciding.decide import decide
from sutaztop.render.cells import fit, plain
from sutaztop.render.decision import amount, decision_lines
from sutaztop.store.cases import MOST_BYTES, Kept, read_cases
from sutaztop.store.decisions import decision_document

SAME, DIFFERENT = 0, 1
DECISIONS_SCHEMA, COMPARISON_SCHEMA = "sutaztop.decisions/1", "sutaztop.comparison/1"


def run_decide(
    arguments: argparse.Namespace, *, out: TextIO, stdin: TextIO, environment: Mapping[str, str] | None = None
) -> int:
    """Judge a document or a recording and print what is decided. Raises ``ConfigError`` for what is wrong in either.

    Gives 0; with ``--compare`` 1 where the two profiles decide differently anywhere.
    """
    env = os.environ if environment is None else environment
    if is_recording(arguments.source):
        return run_again(arguments, env, out=out)
    found = read_cases(_text(arguments.source, stdin), _called(arguments.source))
    if arguments.since or arguments.until:
        raise ConfigError(
            "--since and --until", "are of a recording",
            f"{_called(arguments.source)} is a document: a situation is one moment.",
        )  # fmt: skip
    if arguments.compare:
        return _compare(arguments, found, env, out)
    base = _numbers(arguments, arguments.profile, env) if arguments.profile is not None else None
    judged = [(it, _decide(it, base)) for it in found]
    if arguments.json:
        print_json({
            "schema": DECISIONS_SCHEMA,
            "situations": [
                {"name": it.name or None, "decisions": [decision_document(one) for one in decisions]}
                for it, decisions in judged
            ],
        }, out)  # fmt: skip
        return SAME
    for number, (it, decisions) in enumerate(judged):
        out.write(f"{'' if not number else chr(10)}{'=== ' + it.name + chr(10) if it.name else ''}")
        for place, one in enumerate(decisions):
            out.write("\n" if place else "")
            out.writelines(f"{plain(line).rstrip()}\n" for line in decision_lines(one, width_here()))
    return SAME


def _decide(it: Kept, base: Numbers | None) -> tuple[Decision, ...]:
    situation, numbers = it.read(base)
    return decide(situation, numbers)


def _text(source: str, stdin: TextIO) -> str:
    try:
        if source == "-":
            text = stdin.read(MOST_BYTES + 1)
        else:
            with Path(source).open(encoding="utf-8") as file:
                text = file.read(MOST_BYTES + 1)
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else "is not UTF-8 text"
        raise ConfigError(_called(source), why, "Name a JSON document or a recording, or - for the input.") from error
    if len(text) > MOST_BYTES:
        raise ConfigError(_called(source), f"is larger than {MOST_BYTES >> 20} MiB", "Judge it in parts.")
    return text


def _called(source: str) -> str:
    return "the input" if source == "-" else source


def _numbers(arguments: argparse.Namespace, profile: str, env: Mapping[str, str]) -> Numbers:
    """Give the numbers that sutaztop would judge by here with a profile: the settings' files stand over it."""
    return numbers_of(load_settings(arguments.config or (), environment=env, profile=profile).profile)


# --- two profiles -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Difference:
    """Where two profiles decide differently about one case."""

    situation: str
    first: Decision
    second: Decision


def _compare(arguments: argparse.Namespace, found: Sequence[Kept], env: Mapping[str, str], out: TextIO) -> int:
    names = tuple(arguments.compare)
    bases = [_numbers(arguments, name, env) for name in names]
    pairs = [(it.name, first, second) for it in found for first, second in _paired(it, bases)]
    different = [Difference(*it) for it in pairs if _said(it[1]) != _said(it[2])]
    if arguments.json:
        print_json(_comparison(names, len(pairs), different), out)
    else:
        out.writelines(f"{line}\n" for line in _table(names, len(pairs), different))
    return DIFFERENT if different else SAME


def _paired(it: Kept, bases: Sequence[Numbers]) -> Iterator[tuple[Decision, Decision]]:
    first, second = ({(one.name, one.id): one for one in _decide(it, base)} for base in bases)
    for key in sorted(first):
        yield first[key], second[key]


def _said(it: Decision) -> tuple[object, ...]:
    """Give what counts as a decision: what is done and why not; how sure one is of it is no difference."""
    return it.state, it.severity, it.actions, it.blocked


def _in_short(it: Decision) -> str:
    changes = [f"{one.axis.value} {amount(one.axis, one.before)} → {amount(one.axis, one.after)}" for one in it.actions]
    rules = f" [{' '.join(it.rules)}]" if it.rules else ""
    return f"{it.state.value.replace('_', ' ')}{': ' if changes else ''}{', '.join(changes)}{rules}"


def _table(names: Sequence[str], cases: int, different: Sequence[Difference]) -> Iterator[str]:
    rows = [
        (" / ".join(it for it in (one.situation, one.first.name) if it), _in_short(one.first), _in_short(one.second))
        for one in different
    ]
    if rows:
        heads = ("case", *names)
        widths = [max(len(row[column]) for row in (heads, *rows)) for column in range(3)]
        for row in (heads, *rows):
            yield "  ".join(fit(cell, room) for cell, room in zip(row, widths, strict=True)).rstrip()
        yield ""
    yield f"{len(different)} of {cases} cases are decided differently by {names[0]} and {names[1]}."


def _comparison(names: Sequence[str], cases: int, different: Sequence[Difference]) -> dict[str, Any]:
    return {
        "schema": COMPARISON_SCHEMA,
        "profiles": list(names),
        "cases": cases,
        "different": [
            {
                "situation": it.situation or None,
                "name": it.first.name,
                "decisions": [decision_document(it.first), decision_document(it.second)],
            }
            for it in different
        ],
    }
