"""What a command of the action menu wants of what is selected: an intent, or the reason why there is none."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from sutaztop.domain.container import ContainerState
from sutaztop.domain.intent import ActOnContainer, Intent, KeepModel, RollOut, ScaleDownLimits
from sutaztop.domain.service import Orchestrator
from sutaztop.domain.verbs import Rollout, Signal, Stay, Verb
from sutaztop.ui.board import Board

Want: TypeAlias = Callable[[Board], Intent | str]

_RUNS = (ContainerState.RUNNING, ContainerState.PAUSED, ContainerState.RESTARTING)
_NO_CONTAINER = "no container is selected"


def _stop_or_start(board: Board) -> Intent | str:
    if (found := board.container) is None:
        return _NO_CONTAINER
    return ActOnContainer(found.id, Verb.STOP if found.container.state in _RUNS else Verb.START)


def _pause_or_unpause(board: Board) -> Intent | str:
    if (found := board.container) is None:
        return _NO_CONTAINER
    paused = found.container.state is ContainerState.PAUSED
    return ActOnContainer(found.id, Verb.UNPAUSE if paused else Verb.PAUSE)


def _verb(verb: Verb, signal: Signal | None = None) -> Want:
    def want(board: Board) -> Intent | str:
        return ActOnContainer(found.id, verb, signal) if (found := board.container) is not None else _NO_CONTAINER

    return want


def _less_limits(board: Board) -> Intent | str:
    return ScaleDownLimits(found.id) if (found := board.container) is not None else _NO_CONTAINER


def _rollout(rollout: Rollout) -> Want:
    def want(board: Board) -> Intent | str:
        if board.container is None:
            return _NO_CONTAINER
        service = board.service
        if service is None or service.orchestrator is not Orchestrator.SWARM:
            return "the selected container belongs to no Swarm service"
        return RollOut(service.id, rollout)

    return want


def _pin_or_unpin(board: Board) -> Intent | str:
    row = board.model
    if row is None or board.frame is None:
        return "no model is loaded"
    pinned = row.model.is_pinned(board.frame.snapshot.at)
    return KeepModel(row.server.endpoint, row.model.name, Stay.UNPIN if pinned else Stay.PIN)


def _preload(board: Board) -> Intent | str:
    """Want the first that could be loaded: whether any can is what is asked."""
    choices = preloadable(board)
    if not choices:
        return "there is no installed model that is not loaded"
    return next(iter(choices.values()))


def preloadable(board: Board) -> dict[str, KeepModel]:
    """Give the installed models that are not loaded, by what they are called in a list."""
    servers = board.frame.snapshot.models if board.frame is not None else ()
    found: dict[str, KeepModel] = {}
    for server in servers:
        loaded = {it.name for it in server.loaded}
        for model in server.installed:
            if model.name not in loaded and not model.remote:
                called = model.name if len(servers) == 1 else f"{model.name} at {server.endpoint}"
                found[called] = KeepModel(server.endpoint, model.name, Stay.PRELOAD)
    return found


WANTS: Mapping[str, Want] = {
    "limits-down": _less_limits,
    "stop-start": _stop_or_start,
    "restart": _verb(Verb.RESTART),
    "pause": _pause_or_unpause,
    "kill": _verb(Verb.KILL, Signal.TERM),
    "remove": _verb(Verb.REMOVE),
    "rollback": _rollout(Rollout.ROLLBACK),
    "redeploy": _rollout(Rollout.REDEPLOY),
    "pin": _pin_or_unpin,
    "preload": _preload,
}
"""By command; a kill and a preload ask for more before they are planned."""


def title_now(command_id: str, title: str, board: Board) -> str:
    """Give a command's title for what is selected: "stop" where it runs, "unload qwen2.5:3b"."""
    row = board.model
    if command_id in ("unload", "pin") and row is not None:
        wanted = WANTS["pin"](board) if command_id == "pin" else None
        return f"{wanted.stay.value if isinstance(wanted, KeepModel) else 'unload'} {row.model.name}"
    if command_id in ("stop-start", "pause"):
        wanted = WANTS[command_id](board)
        return wanted.verb.value if isinstance(wanted, ActOnContainer) else title
    return title
