"""From a verb to a plan: whether a container's state allows it, what it does, and what is lost. Pure."""

from datetime import datetime

from sutaztop.actions.commands import equivalent_command
from sutaztop.actions.guard import NO_CHANGE
from sutaztop.actions.words import about, counted, engine_of, reason_of
from sutaztop.domain.change import Plan, PreviewRow, Refusal
from sutaztop.domain.container import Container, ContainerState, Health
from sutaztop.domain.frame import Frame
from sutaztop.domain.intent import ActOnContainer
from sutaztop.domain.lifecycle import ChangeState
from sutaztop.domain.reading import measured
from sutaztop.domain.snapshot import ContainerSnapshot, Snapshot
from sutaztop.domain.verbs import Signal, Verb

_DEPENDS_ON = "com.docker.compose.depends_on"
"""Compose v2 writes it: ``db:service_healthy:false,redis:service_started:true``."""
_MOST_NAMED = 5

_S = ContainerState
_ALLOWED = {
    Verb.START: {_S.CREATED, _S.EXITED},
    Verb.STOP: {_S.RUNNING, _S.PAUSED, _S.RESTARTING},
    Verb.RESTART: {_S.RUNNING, _S.PAUSED, _S.RESTARTING},
    Verb.PAUSE: {_S.RUNNING},
    Verb.UNPAUSE: {_S.PAUSED},
    Verb.KILL: {_S.RUNNING, _S.PAUSED},
    Verb.REMOVE: {_S.CREATED, _S.EXITED, _S.DEAD},
}
_DONE_IN = {
    Verb.START: {_S.RUNNING, _S.PAUSED, _S.RESTARTING},
    Verb.STOP: {_S.EXITED, _S.CREATED, _S.DEAD},
    Verb.PAUSE: {_S.PAUSED},
    Verb.UNPAUSE: {_S.RUNNING},
}
"""States in which there is nothing left to do."""
_ADVICE = {
    Verb.START: "Remove it and create it anew.",
    Verb.RESTART: "Start it instead.",
    Verb.PAUSE: "Only what runs can be paused.",
    Verb.UNPAUSE: "Only what is paused can go on.",
    Verb.KILL: "Only what runs can be sent a signal.",
    Verb.REMOVE: "Stop it first: what runs is never removed.",
}
_HEALTH_AFTER = {Verb.PAUSE: "not probed", Verb.UNPAUSE: "probed again", Verb.RESTART: "begins anew"}
_ENDS = (Verb.STOP, Verb.RESTART, Verb.KILL)


def plan_state(intent: ActOnContainer, frame: Frame, why: str) -> Plan | Refusal:
    """Plan a verb against the frame, or say why there is none."""
    snapshot = frame.snapshot
    found = snapshot.by_id.get(intent.container_id)
    if found is None:
        return Refusal("unknown", f"There is no container {intent.container_id[:12]} any more.", "Choose another.")
    it = found.container
    signal = (intent.signal or Signal.TERM) if intent.verb is Verb.KILL else None
    refusal = _refuse_state(it, intent.verb) or _refuse_task(it, intent.verb)
    if refusal is not None:
        return refusal
    change = ChangeState(
        engine_of(frame), it.id, it.name, intent.verb, it.state, started_at=it.started_at, pid=it.pid,
        signal=signal, grace=it.stop_grace,
    )  # fmt: skip
    inverse = change.inverse
    return Plan(
        title=f"{_title(change)} {found.display_name or it.name}",
        object=f"container {it.name} ({it.short_id}) on {engine_of(frame)}",
        change=change,
        rows=_rows(change, found, snapshot.at),
        same_as=equivalent_command(change),
        why=why or reason_of(frame, found.id),
        does=_does(change),
        risks=tuple(_risks(change, found, snapshot)),
        undo=equivalent_command(inverse) if inverse is not None else _NO_WAY_BACK[intent.verb],
    )


def _refuse_state(it: Container, verb: Verb) -> Refusal | None:
    if it.state in _DONE_IN.get(verb, ()):
        return Refusal(NO_CHANGE, f"{it.name} is {it.state.value} already.")
    if it.state in _ALLOWED[verb]:
        return None
    able = " or ".join(sorted(state.value for state in _ALLOWED[verb]))
    why = f"{it.name} is {it.state.value}; {verb.value} is for one that is {able}."
    if it.state is _S.REMOVING:
        return Refusal("state", why, "It is being removed: wait until it is gone.")
    if it.state is _S.RESTARTING:
        return Refusal("state", why, "Between two tries it has no process: stop it, then look at its log.")
    return Refusal("state", why, _ADVICE.get(verb, "Look again."))


def _refuse_task(it: Container, verb: Verb) -> Refusal | None:
    """Refuse what Swarm would undo: it owns its tasks, and makes another where one has ended."""
    if not it.swarm_service_id or verb in (Verb.KILL, Verb.PAUSE, Verb.UNPAUSE):
        return None
    service = it.service or it.swarm_service_id[:12]
    whose = f"{it.name} is a task of the Swarm service {service}"
    if verb in (Verb.REMOVE, Verb.START):
        return Refusal(
            "swarm task", f"{whose}: Swarm keeps it as history, never starts it again, and clears it away itself.",
            "Act on the service instead.",
        )  # fmt: skip
    return Refusal(
        "swarm task",
        f"{whose}: Swarm makes another one where a task has ended, so it would not stay so.",
        f"Act on the service: redeploy {service} makes all its tasks anew, fewer replicas stop some; "
        "to be rid of this one alone, kill it, and Swarm replaces it.",
    )


def _title(change: ChangeState) -> str:
    return f"Send SIG{change.signal.value} to" if change.signal is not None else change.verb.value.capitalize()


def _rows(change: ChangeState, found: ContainerSnapshot, now: datetime) -> tuple[PreviewRow, ...]:
    it = found.container
    rows = [PreviewRow("state", _state_words(it, now), _state_after(change))]
    if not it.is_running or (change.signal is not None and not change.signal.is_meant_to_end):
        return tuple(rows)
    held = measured(found.usage.memory)
    if held:
        keeps = change.verb in (Verb.PAUSE, Verb.UNPAUSE)
        after = "the same" if keeps else "anew" if change.verb is Verb.RESTART else "none"
        rows.append(PreviewRow("memory", about(held), after))
    if it.health is not Health.NONE:
        rows.append(PreviewRow("health", it.health.value, _HEALTH_AFTER.get(change.verb, "none")))
    return tuple(rows)


def _state_words(it: Container, now: datetime) -> str:
    if it.is_running and it.started_at is not None:
        hours, minutes = divmod(max(0, int((now - it.started_at).total_seconds())) // 60, 60)
        since = f"{hours // 24} d {hours % 24} h" if hours >= 24 else f"{hours} h {minutes} min"
        return f"{it.state.value} for {since}"
    return it.state.value if it.exit_code is None else f"{it.state.value} ({it.exit_code})"


def _state_after(change: ChangeState) -> str:
    if change.verb is Verb.REMOVE:
        return "gone"
    if change.verb is Verb.RESTART:
        return "running anew"
    if change.after is not None:
        return change.after.value
    return "exited" if change.signal is not None and change.signal.is_meant_to_end else "as the program likes"


def _does(change: ChangeState) -> str:
    grace = "as long as it takes" if change.grace is None else f"{change.grace:g} s"
    return {
        Verb.START: "starts it with the configuration that it has",
        Verb.STOP: f"asks it to end and waits {grace}; what then still runs is killed",
        Verb.RESTART: f"asks it to end, waits {grace}, kills what still runs, and starts it again",
        Verb.PAUSE: "freezes all its processes where they are",
        Verb.UNPAUSE: "lets its processes go on where they were",
        Verb.KILL: f"sends SIG{change.signal.value if change.signal else 'TERM'} to its first process",
        Verb.REMOVE: "removes the container, without force and without any volume",
    }[change.verb]


_NO_WAY_BACK = {
    Verb.RESTART: "nothing to take back: it runs as before, from its beginning",
    Verb.KILL: "what it held in memory is gone; if it ended, start it again",
    Verb.REMOVE: "cannot be taken back: create it anew, as with compose up",
    Verb.START: "", Verb.STOP: "", Verb.PAUSE: "", Verb.UNPAUSE: "",
}  # fmt: skip


def _risks(change: ChangeState, found: ContainerSnapshot, snapshot: Snapshot) -> list[str]:
    it, verb = found.container, change.verb
    risks = []
    if it.swarm_service_id:
        risks.append(_task_risk(it, change))
    if verb in _ENDS:
        risks += _ending_risks(change, it)
    if verb is Verb.PAUSE:
        held = measured(found.usage.memory)
        risks.append(
            f"It keeps its memory{f', {about(held)},' if held else ''} and its connections, and answers nobody."
        )
        if it.health is not Health.NONE:
            risks.append("Its health probe gets no answer: the engine does not probe it, and health stays as it was.")
    if verb is Verb.REMOVE:
        risks.append("What it wrote into its own layer is lost, and its log with it.")
        volumes = [mount.volume for mount in it.mounts if mount.volume]
        if volumes:
            risks.append(f"Its {counted(len(volumes), 'volume')} stay: {_named(volumes)}.")
    if verb in (*_ENDS, Verb.PAUSE):
        dependants = find_dependants(it, snapshot)
        if dependants:
            say = "says" if len(dependants) == 1 else "say"
            risks.append(
                f"{_named(dependants)} {say} in the Compose file to depend on it, and will have to do without."
            )
    return risks


def _task_risk(it: Container, change: ChangeState) -> str:
    if change.verb is Verb.KILL and change.signal is not None and change.signal.is_meant_to_end:
        return f"It is a task of the Swarm service {it.service}: when it has ended, Swarm makes another in its place."
    return (
        f"It is a task of the Swarm service {it.service}: the service knows nothing of it, and the next task lacks it."
    )


def _ending_risks(change: ChangeState, it: Container) -> list[str]:
    risks = []
    policy = it.restart_policy.partition(":")[0]
    if change.verb is Verb.STOP and policy == "always":
        risks.append("Its restart policy is always: it stays stopped now, and starts when the engine starts anew.")
    elif change.verb is Verb.STOP and policy == "unless-stopped":
        risks.append("Its restart policy is unless-stopped: it stays stopped until somebody starts it.")
    elif change.verb is Verb.KILL and policy not in ("", "no"):
        # Measured with 20.10: whatever the signal, a kill marks the container as stopped by hand.
        risks.append(
            f"Its restart policy is {policy}, but the engine takes a signal for a stop by hand: "
            "if it ends now, it may stay stopped."
        )
    if it.auto_remove and change.verb is not Verb.RESTART:
        risks.append("It was made with --rm: once it has ended it is gone, with its anonymous volumes.")
    if it.state is ContainerState.PAUSED:
        risks.append("It is paused: the engine lets it go on first.")
    if change.signal is Signal.KILL:
        risks.append("It gets no chance to write anything down: what it holds in memory is lost.")
    elif change.signal is not None and not change.signal.is_meant_to_end:
        risks.append("What it makes of this signal is its own affair; a program that does not expect it ends.")
    elif change.signal is not None:
        risks.append("What it holds in memory is lost when it ends. A first process that expects no signal ignores it.")
    else:
        risks.append("What it is doing is cut off, and what it holds in memory is lost.")
    return risks


def find_dependants(it: Container, snapshot: Snapshot) -> list[str]:
    """Name the running services of the same project whose Compose labels say that they depend on this one."""
    if not it.project or not it.service:
        return []
    return sorted(
        {
            other.container.service
            for other in snapshot.containers
            if other.container.project == it.project
            and other.container.is_running
            and it.service in _depends_on(other.container)
        }
        - {it.service}
    )


def _depends_on(it: Container) -> set[str]:
    return {entry.partition(":")[0] for entry in it.labels.get(_DEPENDS_ON, "").split(",") if entry}


def _named(names: list[str]) -> str:
    shown = ", ".join(names[:_MOST_NAMED])
    more = len(names) - _MOST_NAMED
    return f"{shown} and {more} more" if more > 0 else shown
