"""The equivalent command of a change, quoted for a shell: what one would have typed instead."""

import json
import shlex

from sutaztop.domain.change import ChangeLimits, ChangeReplicas, EngineChange
from sutaztop.domain.lifecycle import ChangeRollout, ChangeState, ChangeStay, Unload
from sutaztop.domain.quantity import exact_bytes, exact_cores
from sutaztop.domain.resources import DEFAULT_PERIOD_US
from sutaztop.domain.service import Orchestrator
from sutaztop.domain.verbs import Rollout, Signal, Verb

_DEFAULT_ENDPOINTS = ("unix:///var/run/docker.sock", "unix:///run/docker.sock")


def equivalent_command(change: EngineChange) -> str:
    """Write the command that would do the same from a shell, the engine named where it is not the default."""
    if isinstance(change, ChangeLimits):
        return _shell(_limits(change))
    if isinstance(change, ChangeReplicas):
        return _shell(_replicas(change))
    if isinstance(change, ChangeState):
        return _shell(_state(change))
    if isinstance(change, ChangeRollout):
        options = ["rollback"] if change.rollout is Rollout.ROLLBACK else ["update", "--force"]
        return _shell([*_docker(change.engine), "service", *options, change.name])
    return _shell(["curl", f"{change.engine.rstrip('/')}/api/generate", "-d", _request(change)])


def _state(change: ChangeState) -> list[str]:
    words = [*_docker(change.engine), "rm" if change.verb is Verb.REMOVE else change.verb.value]
    if change.verb is Verb.KILL:
        words += ["--signal", (change.signal or Signal.TERM).value]
    return [*words, change.id[:12]]


def _request(change: Unload | ChangeStay) -> str:
    asked: dict[str, object] = {"model": change.name}
    if isinstance(change, Unload):
        asked["keep_alive"] = 0
    else:
        if change.keep_alive is not None:
            asked["keep_alive"] = -1 if change.keep_alive < 0 else f"{change.keep_alive:.0f}s"
        if change.context_length:
            asked["options"] = {"num_ctx": change.context_length}
    return json.dumps(asked, ensure_ascii=False)


def _shell(argv: list[str]) -> str:
    return " ".join(shlex.quote(word) for word in argv)


def _docker(engine: str) -> list[str]:
    # Words with blanks are no address: the demo world says so in place of one.
    default = engine in _DEFAULT_ENDPOINTS or " " in engine
    return ["docker"] if default else ["docker", "--host", engine]


def _limits(change: ChangeLimits) -> list[str]:
    before, after = change.before, change.after
    words = _docker(change.engine)
    if change.swarm:
        words += ["service", "update"]
        if after.cpu != before.cpu:
            words += ["--limit-cpu", exact_cores(after.cpu) if after.cpu else "0"]
        if after.memory != before.memory:
            words += ["--limit-memory", exact_bytes(after.memory) if after.memory else "0"]
        return [*words, change.name]
    words.append("update")
    if after.cpu is not None and after.cpu != before.cpu:
        if after.cpu_by_quota:
            words += ["--cpu-quota", str(round(after.cpu * (after.cpu_period_us or DEFAULT_PERIOD_US)))]
        else:
            words += ["--cpus", exact_cores(after.cpu)]
    if after.memory is not None and after.memory != before.memory:
        words += ["--memory", exact_bytes(after.memory)]
        if after.memory_and_swap is not None:
            swap = after.memory_and_swap
            words += ["--memory-swap", "-1" if swap < 0 else exact_bytes(swap)]
    return [*words, change.id[:12]]


def _replicas(change: ChangeReplicas) -> list[str]:
    if change.orchestrator is Orchestrator.SWARM:
        return [*_docker(change.engine), "service", "scale", f"{change.name}={change.after}"]
    project, _, service = change.id.partition("/")
    folder = ["--project-directory", change.folder] if change.folder else []
    files = [word for path in change.files for word in ("-f", path)]
    return [
        *_docker(change.engine),
        "compose",
        "-p",
        project,
        *folder,
        *files,
        "up",
        "-d",
        "--no-deps",
        "--no-recreate",
        "--scale",
        f"{service}={change.after}",
        service,
    ]
