"""From the words of a command to intents: which objects the names mean, or why they mean none."""

import argparse
from pathlib import Path

from sutaztop.cli.find import find_container, find_installed, find_model, find_service, find_to_keep
from sutaztop.domain.change import Refusal
from sutaztop.domain.intent import (
    ActOnContainer,
    Intent,
    KeepLimits,
    KeepModel,
    RollOut,
    SetLimits,
    SetReplicas,
    UnloadModel,
)
from sutaztop.domain.snapshot import Snapshot
from sutaztop.domain.verbs import Rollout, Stay, Verb

MODEL_COMMANDS = frozenset({"unload", *(it.value for it in Stay)})
"""Commands that a lost engine does not hold back: they speak to the model server."""


def find_wanted(arguments: argparse.Namespace, snapshot: Snapshot) -> list[Intent | Refusal]:
    """Give what is wanted, one for each name, in the order of the names."""
    command = arguments.command
    if command in MODEL_COMMANDS:
        names = dict.fromkeys(arguments.models if command == "unload" else [arguments.model])
        return [_model(command, name, snapshot) for name in names]
    if command == "limits":
        return [_limits(arguments, snapshot)]
    if command == "replicas" or command in set(Rollout):
        return [_service(arguments, snapshot)]
    if command == "keep-limits":
        kept = find_to_keep(arguments.name, snapshot)
        path = str(Path(arguments.file).absolute()) if arguments.file else ""
        return [kept if isinstance(kept, Refusal) else KeepLimits(kept.id, path)]
    return [_verb(arguments, snapshot)]


def _service(arguments: argparse.Namespace, snapshot: Snapshot) -> Intent | Refusal:
    found = find_service(arguments.service, snapshot)
    if isinstance(found, Refusal):
        return found
    if arguments.command == "replicas":
        return SetReplicas(found.id, arguments.count)
    return RollOut(found.id, Rollout(arguments.command))


def _verb(arguments: argparse.Namespace, snapshot: Snapshot) -> Intent | Refusal:
    found = find_container(arguments.name, snapshot, together=False)
    if isinstance(found, Refusal):
        return found
    return ActOnContainer(found.id, Verb(arguments.command), getattr(arguments, "signal", None))


def _limits(arguments: argparse.Namespace, snapshot: Snapshot) -> Intent | Refusal:
    if arguments.cpus is None and arguments.memory is None:
        return Refusal("nothing asked", "Neither --cpus nor --memory was given.", "Name at least one of them.")
    found = find_container(arguments.name, snapshot)
    return found if isinstance(found, Refusal) else SetLimits(found.id, arguments.cpus, arguments.memory)


def _model(command: str, name: str, snapshot: Snapshot) -> Intent | Refusal:
    if not snapshot.models:
        report = snapshot.report("models")
        trouble = str(report.trouble) if report and report.trouble else "No Ollama was found."
        return Refusal("no model server", trouble, "Name one with --ollama URL; `sutaztop doctor` says what was tried.")
    find = find_installed if command == Stay.PRELOAD else find_model
    model = find(name, snapshot.models)
    if isinstance(model, Refusal):
        return model
    return UnloadModel(*model) if command == "unload" else KeepModel(*model, Stay(command))
