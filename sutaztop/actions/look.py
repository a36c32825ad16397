"""Looking at one object: whether it still is what a preview showed, and whether a change shows yet."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from sutaztop.actions.plan_rollouts import UNDER_WAY
from sutaztop.actions.words import about
from sutaztop.contracts import Clock, Engine, ModelHost, NotFound, SutaztopError
from sutaztop.domain.change import Result
from sutaztop.domain.container import Container, ContainerState, Health
from sutaztop.domain.lifecycle import ChangeRollout, ChangeState, ChangeStay, Unload
from sutaztop.domain.quantity import Bytes, Seconds
from sutaztop.domain.reading import Unmeasured
from sutaztop.domain.service import Service
from sutaztop.domain.verbs import Rollout, Stay, Verb
from sutaztop.measure.memory import working_set

Seen: TypeAlias = tuple[Result | None, str]
"""What one look showed: a verdict, or ``None`` while it may still come; and the words for it."""

MEMORY_DEADLINE = Seconds(5.0)
"""How long a container's memory is watched after its model has gone."""
_EVERY = Seconds(0.25)
_LOOKS_AFTER_A_SIGNAL = 4
"""A program that handles a signal may take a moment; then what it made of it is told, whatever it is."""
_FELL = 0.5
"""Of the model's share of host memory, so much back counts as given back: buffers and cache blur the rest."""
_STILL_FALLS = 0.02
_LOOKS_APART = 4
"""More than that part of it within so many looks, a second, and it is still on its way: pages are freed in turns."""
_KILLED = 137
_ENDED = (ContainerState.EXITED, ContainerState.DEAD, ContainerState.CREATED)


# --- still what the preview showed? -------------------------------------------------------------


def state_moved(change: ChangeState, engine: Engine) -> str:
    """Say that a container is in another state or another run than it was previewed in, or nothing."""
    now = engine.inspect(change.id)
    if now.state is not change.before:
        return f"{change.name} went from {change.before.value} to {now.state.value}"
    same = change.started_at in (None, now.started_at) and change.pid in (0, now.pid)
    return "" if same else f"{change.name} was started anew"


def rollout_moved(change: ChangeRollout, engine: Engine) -> str:
    """Say that a service has another specification, or goes back to another one, than was previewed; or nothing."""
    now = engine.service(change.id)
    if now.digest != change.before:
        return f"the specification of {change.name} changed"
    earlier = now.earlier.digest if now.earlier is not None else ""
    if change.rollout is Rollout.ROLLBACK and change.after and earlier != change.after:
        return f"what {change.name} would go back to changed"
    return f"a rollout of {change.name} began" if now.rollout in UNDER_WAY else ""


def stay_moved(change: ChangeStay, host: ModelHost, clock: Clock) -> str:
    """Say that a model was loaded, unloaded, pinned or unpinned since the preview, or nothing."""
    loaded = next((it for it in host.read().loaded if it.name == change.name), None)
    if change.stay is Stay.PRELOAD:
        return f"{change.name} was loaded" if loaded is not None else ""
    if loaded is None:
        return f"{change.name} left memory"
    if loaded.is_pinned(clock.now()) is (change.stay is Stay.PIN):
        return f"{change.name} was {change.stay.value}ned"
    return ""


# --- does it show yet? --------------------------------------------------------------------------


def state_look(change: ChangeState, engine: Engine) -> Callable[[], Seen]:
    """Give a look that can be taken again and again; what it saw before counts."""
    seen: list[Container] = []

    def look() -> Seen:
        try:
            now = engine.inspect(change.id)
        except NotFound:
            return _gone(change)
        seen.append(now)
        if change.verb in (Verb.START, Verb.RESTART):
            return _runs_anew(change, seen)
        if change.verb is Verb.KILL:
            return _signalled(change, seen)
        if change.verb is Verb.STOP and now.state in _ENDED:
            return Result.APPLIED, f"it ended, {ended_words(now)}"
        done = change.verb in (Verb.PAUSE, Verb.UNPAUSE) and now.state is change.after
        return (Result.APPLIED if done else None), f"it is {now.state.value}"

    return look


def _gone(change: ChangeState) -> Seen:
    if change.verb is Verb.REMOVE:
        return Result.APPLIED, "it is gone"
    if change.verb in (Verb.STOP, Verb.KILL):
        return Result.APPLIED, "it ended and is gone, as one made with --rm is"
    return Result.FAILED, f"{change.name} is gone: somebody removed it meanwhile"


def _is_new(change: ChangeState, now: Container) -> bool:
    return now.started_at is not None and now.started_at != change.started_at


def _runs_anew(change: ChangeState, seen: list[Container]) -> Seen:
    now = seen[-1]
    if not _is_new(change, now):
        return None, f"it is {now.state.value}, of the run before"
    if now.state in (ContainerState.EXITED, ContainerState.RESTARTING, ContainerState.DEAD):
        again = ", and is tried again and again" if now.state is ContainerState.RESTARTING else ""
        return Result.FAILED, f"{change.name} was started and ended again, {ended_words(now)}{again}; look at its log"
    if now.state is not ContainerState.RUNNING or len(seen) < 2 or seen[-2].pid != now.pid:
        return None, f"it is {now.state.value}"
    health = "" if now.health is Health.NONE else f", health {now.health.value}"
    return Result.APPLIED, f"it runs since {now.started_at:%H:%M:%S} UTC as process {now.pid}{health}"


def _signalled(change: ChangeState, seen: list[Container]) -> Seen:
    now = seen[-1]
    if not now.is_running:
        return Result.APPLIED, f"it ended, {ended_words(now)}"
    if _is_new(change, now):
        return Result.APPLIED, f"it ended and runs anew as process {now.pid}"
    if change.signal is not None and change.signal.is_meant_to_end:
        return None, f"process {now.pid} still runs: a first process ignores a signal that it does not expect"
    if len(seen) < _LOOKS_AFTER_A_SIGNAL:
        return None, "the signal was sent"
    return Result.APPLIED, f"the signal was sent, and process {now.pid} still runs"


def ended_words(now: Container) -> str:
    """Say how a container ended.

    >>> ended_words(Container("1", "a", "b", ContainerState.EXITED, exit_code=137))
    'exit code 137: it was killed'
    """
    if now.exit_code is None:
        return "without an exit code"
    return f"exit code {now.exit_code}" + (": it was killed" if now.exit_code == _KILLED else "")


def rollout_look(change: ChangeRollout, engine: Engine) -> Seen:
    """Look how far Swarm is."""
    service = engine.service(change.id)
    told = service.rollout_message or service.rollout
    back = change.rollout is Rollout.ROLLBACK
    if service.rollout in ("paused", "rollback_paused"):
        return Result.FAILED, f"Swarm paused it, some tasks of {change.name} are replaced and some not: {told}"
    if not back and service.rollout.startswith("rollback"):
        return Result.FAILED, f"the new tasks of {change.name} failed, and Swarm rolled back: {told}"
    if (back and service.digest != change.after) or (not back and service.digest == change.before):
        return None, "the service has its specification of before"
    tasks = _tasks_words(service)
    done = "rollback_completed" if back else "completed"
    if service.rollout != done and not (back and service.desired == 0):
        return None, f"{tasks}, {told or 'nothing is told of it yet'}"
    if service.running != service.replicas:
        return None, f"{tasks}, {told}"
    return Result.APPLIED, f"{tasks}, {told}" if told else tasks


def _tasks_words(service: Service) -> str:
    return f"{service.running} of {service.replicas} tasks run"


def stay_look(change: ChangeStay, host: ModelHost, clock: Clock) -> Seen:
    """Look whether a model is loaded, and for how long."""
    now = clock.now()
    loaded = next((it for it in host.read().loaded if it.name == change.name), None)
    if loaded is None:
        return None, f"{change.name} is not loaded"
    moved = ""
    if change.context_length and loaded.context_length not in (None, change.context_length):
        moved = f"; it was loaded anew, with a context of {loaded.context_length} instead of {change.context_length}"
    if loaded.is_pinned(now):
        pinned = f"it is loaded to stay, {about(loaded.size)}{moved}"
        return (None if change.stay is Stay.UNPIN else Result.APPLIED), pinned
    until = "as long as the server likes" if loaded.expires_at is None else f"until {loaded.expires_at:%H:%M:%S} UTC"
    where = f", {about(loaded.size_vram)} of it on a GPU" if loaded.size_vram else ""
    words = f"it is loaded {until} unless it is asked, {about(loaded.size)}{where}{moved}"
    return (None if change.stay is Stay.PIN else Result.APPLIED), words


def unload_look(change: Unload, host: ModelHost, clock: Clock) -> Callable[[], Seen]:
    """Give a look at the loaded models that counts the time since the server said yes."""
    began = clock.monotonic_ns()

    def look() -> Seen:
        server = host.read()
        if any(it.name == change.name for it in server.loaded):
            waited = (clock.monotonic_ns() - began) / 1e9
            return None, (
                f"{change.name} is still in /api/ps, {waited:.0f} s after the server said yes; a request under way "
                "is finished first, and a model can hang in stopping: restarting its container frees the memory"
            )
        if not any(it.name == change.name for it in server.installed):
            return Result.UNVERIFIED, f"{change.name} left memory, but the list of installed models lacks it too"
        return Result.APPLIED, f"{change.name} is no longer loaded and is still installed"

    return look


def with_held(change: Unload, engine: Engine) -> Unload:
    """Give the change with what its container holds just now: other models may have gone since the preview."""
    held = _held(change.container_id, engine) if change.container_id else None
    return change if held is None else replace(change, held=held)


def memory_after(change: Unload, engine: Engine, clock: Clock) -> str:
    """Watch the server's container until it has given memory back and no longer does; say what it holds then.

    It is watched for some seconds at most.

    Empty where the container is not known or the model had no share of the host's memory.
    """
    if not change.container_id or not change.held or not change.on_host:
        return ""
    end = clock.monotonic_ns() + round(MEMORY_DEADLINE * 1e9)
    looks = [change.held]
    while True:
        held = _held(change.container_id, engine)
        if held is None:
            return "what its container holds could not be read"
        looks.append(held)
        before = looks[max(0, len(looks) - 1 - _LOOKS_APART)]
        has_settled = before - held < _STILL_FALLS * change.on_host
        fell = change.held - held >= _FELL * change.on_host
        if fell and (has_settled or clock.monotonic_ns() >= end):
            freed = f"{about(Bytes(change.held - held))} of {about(change.on_host)} predicted"
            return f"its container went from {about(change.held)} to {about(held)}: {freed}"
        if clock.monotonic_ns() >= end:
            return (
                f"but its container still holds {about(held)} of the {about(change.held)} before: "
                "what was read from the model's file may stay as cache"
            )
        clock.sleep(_EVERY)


def _held(container_id: str, engine: Engine) -> Bytes | None:
    try:
        read = engine.counters(container_id)
    except SutaztopError:
        return None
    held = working_set(read.memory_usage_bytes, read.memory_inactive_file_bytes)
    return None if isinstance(held, Unmeasured) else held
