"""Seeing that a change was made: reading back until it shows, or until time is up.

An engine's "200 OK" proves nothing (it answers so to a request it ignores); what counts is
what inspect says afterwards and, where its files can be read, what the kernel enforces.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TypeAlias

from sutaztop.actions.look import Seen, memory_after, rollout_look, state_look, stay_look, unload_look
from sutaztop.contracts import Clock, Engine, ModelHost, NotFound, SutaztopError
from sutaztop.domain.change import ChangeLimits, ChangeReplicas, EngineChange, Outcome, Result
from sutaztop.domain.container import Health
from sutaztop.domain.lifecycle import ChangeRollout, ChangeState, ChangeStay, Unload
from sutaztop.domain.quantity import Bytes, Cores, Seconds, exact_bytes, exact_cores
from sutaztop.domain.resources import DEFAULT_PERIOD_US, Limits
from sutaztop.domain.service import Service

LIVE_DEADLINE = Seconds(5.0)
"""A live update shows within milliseconds."""
ROLLOUT_DEADLINE = Seconds(120.0)
"""Swarm replaces tasks one by one, each after its stop grace (10 s by default)."""
REPLICAS_DEADLINE = Seconds(90.0)
UNLOAD_DEADLINE = Seconds(20.0)
"""A discrete GPU is waited for up to 5 s by the server; a request in flight is finished first."""

STATE_DEADLINE = Seconds(10.0)
"""A stop and a restart answer when they are done; a program that was sent a signal may take its time."""
STAY_DEADLINE = Seconds(10.0)

_EVERY = Seconds(0.25)
_LARGEST_PAGE = 65_536
"""The kernel enforces memory in whole pages and rounds down: of 4 KiB mostly, of 64 KiB on some machines."""


FindModelHost: TypeAlias = Callable[[str], ModelHost | None]
Tell: TypeAlias = Callable[[str], None]


def _to_nobody(_words: str) -> None:
    """Tell nobody."""


def verify(  # noqa: PLR0913 - what is looked at and with what, each named at the call
    change: EngineChange,
    engine: Engine,
    model_host: FindModelHost,
    clock: Clock,
    *,
    patience: Seconds | None = None,
    tell: Tell = _to_nobody,
) -> Outcome:
    """Read back until the change shows: APPLIED, or UNVERIFIED with what was seen instead.

    ``patience`` stands in for the time that such a change usually takes; 0 is a single look. ``tell`` is given
    what each look showed while the change may still come: how many tasks run so far.
    """

    def within(usual: Seconds) -> Seconds:
        return usual if patience is None else patience

    if isinstance(change, ChangeLimits):
        if change.swarm:
            return _poll(change, lambda: _service_limits(change, engine), within(ROLLOUT_DEADLINE), clock, tell)
        return _poll(change, lambda: _container_limits(change, engine), within(LIVE_DEADLINE), clock, tell)
    if isinstance(change, ChangeReplicas):
        return _poll(change, lambda: _replicas(change, engine), within(REPLICAS_DEADLINE), clock, tell)
    if isinstance(change, ChangeState):
        return _poll(change, state_look(change, engine), within(STATE_DEADLINE), clock, tell)
    if isinstance(change, ChangeRollout):
        return _poll(change, lambda: rollout_look(change, engine), within(ROLLOUT_DEADLINE), clock, tell)
    return _verify_model(change, engine, model_host, clock, patience, tell)


def _verify_model(  # noqa: PLR0913, PLR0917 - as above
    change: Unload | ChangeStay,
    engine: Engine,
    model_host: FindModelHost,
    clock: Clock,
    patience: Seconds | None,
    tell: Tell,
) -> Outcome:
    host = model_host(change.engine)
    if host is None:
        return Outcome(Result.UNVERIFIED, change, f"No Ollama is known at {change.engine} any more")
    if isinstance(change, ChangeStay):
        # The server answers when it has loaded; what is left is for its list to show it.
        return _poll(
            change, lambda: stay_look(change, host, clock), STAY_DEADLINE if patience is None else patience, clock, tell
        )
    deadline = UNLOAD_DEADLINE if patience is None else patience
    outcome = _poll(change, unload_look(change, host, clock), deadline, clock, tell)
    if outcome.result is not Result.APPLIED or not (memory := memory_after(change, engine, clock)):
        return outcome
    return replace(outcome, observed=f"{outcome.observed}; {memory}")


def _poll(change: EngineChange, look: Callable[[], Seen], deadline: Seconds, clock: Clock, tell: Tell) -> Outcome:
    end = clock.monotonic_ns() + round(deadline * 1e9)
    while True:
        try:
            verdict, words = look()
        except SutaztopError as error:
            verdict, words = None, str(error)
        if verdict is Result.APPLIED:
            return Outcome(Result.APPLIED, change, "Done, and read back", observed=words)
        if verdict is not None:
            return Outcome(verdict, change, words)
        if clock.monotonic_ns() >= end:
            message = f"Accepted, but not seen within {deadline:.0f} s"
            return Outcome(Result.UNVERIFIED, change, message, observed=words)
        tell(words)
        clock.sleep(_EVERY)


def limits_words(limits: Limits) -> str:
    """Write limits for a sentence.

    >>> limits_words(Limits(cpu=Cores(2.0)))
    'cpu 2, memory unlimited'
    """
    cpu = "unlimited" if limits.cpu is None else exact_cores(limits.cpu)
    return f"cpu {cpu}, memory {'unlimited' if limits.memory is None else exact_bytes(limits.memory)}"


def _same_cpu(limits: Limits, seen: Cores | None) -> bool:
    """Whether a CPU limit is the wanted one, to the whole microseconds of quota that are kept of it."""
    wanted = limits.cpu
    if wanted is None or seen is None:
        return wanted is seen
    return abs(wanted - seen) < 1 / (limits.cpu_period_us or DEFAULT_PERIOD_US)


def _is_enforced(wanted: Bytes | None, seen: Bytes | None) -> bool:
    """Whether the kernel enforces the wanted memory, in whole pages of it."""
    if wanted is None or seen is None:
        return wanted is seen
    return wanted == seen or (0 < wanted - seen < _LARGEST_PAGE and wanted % _LARGEST_PAGE != 0)


def _container_limits(change: ChangeLimits, engine: Engine) -> Seen:
    wanted, said = change.after, engine.inspect(change.id).resources.limits
    if not _same_cpu(wanted, said.cpu) or wanted.memory != said.memory:
        return None, f"inspect says {limits_words(said)}"
    kernel = engine.kernel_limits(change.id)
    if kernel is None:
        return Result.APPLIED, f"inspect says {limits_words(said)}; the kernel's files can't be read from here"
    if not _same_cpu(wanted, kernel.cpu) or not _is_enforced(wanted.memory, kernel.memory):
        return None, f"inspect says {limits_words(said)}, but the kernel still enforces {limits_words(kernel)}"
    return Result.APPLIED, f"inspect and the kernel both say {limits_words(kernel)}"


def _service_limits(change: ChangeLimits, engine: Engine) -> Seen:
    service = engine.service(change.id)
    said = service.resources.limits
    told = service.rollout_message or service.rollout
    if service.rollout.startswith("rollback"):
        return Result.FAILED, f"Swarm rolled it back: {told}"
    if service.rollout == "paused":
        return Result.FAILED, f"Swarm paused the update, and the new limits stand in the service: {told}"
    if not _same_cpu(change.after, said.cpu) or change.after.memory != said.memory:
        return None, f"the service says {limits_words(said)}"
    wanted = service.replicas
    if service.rollout == "updating" or service.running < wanted:
        return (
            None,
            f"the service says {limits_words(said)}; {service.running} of {wanted} tasks run, {told or 'updating'}",
        )
    return _tasks(service, engine, change.after)


def _tasks(service: Service, engine: Engine, wanted: Limits) -> Seen:
    """Look at the tasks of a service whose specification has the limits and whose roll-out is over."""
    said = service.resources.limits
    tasks = [_task_has(engine, it, wanted) for it in service.container_ids]
    if False in tasks:
        return None, f"{tasks.count(False)} of {len(tasks)} tasks still run with the earlier limits"
    here, elsewhere = tasks.count(True), tasks.count(None)
    told = f"the service and its {here} tasks on this node say {limits_words(said)}"
    if not elsewhere:
        return Result.APPLIED, f"the service and its {service.running} running tasks say {limits_words(said)}"
    return Result.APPLIED, f"{told}; {elsewhere} run on other nodes, and Swarm says that all {service.running} run"


def _task_has(engine: Engine, container_id: str, wanted: Limits) -> bool | None:
    """Whether a task's container has the limits; ``None`` for one of another node, which this engine can't inspect."""
    try:
        limits = engine.inspect(container_id).resources.limits
    except NotFound:
        return None
    return _same_cpu(wanted, limits.cpu) and wanted.memory == limits.memory


def _replicas(change: ChangeReplicas, engine: Engine) -> Seen:
    service = engine.service(change.id)
    if service.desired is not None and service.desired != change.after:
        return None, f"{service.desired} replicas are wished for"
    if service.running != change.after:
        told = f", {service.rollout_message}" if service.rollout_message else ""
        return None, f"{service.running} of {change.after} replicas run{told}"
    words = f"{service.running} of {change.after} replicas run"
    if change.after <= change.before:
        return Result.APPLIED, words
    health = [it for it in map(partial(_health_of, engine), service.container_ids) if it is not None]
    waiting = sum(it is Health.STARTING for it in health)
    bad = sum(it is Health.UNHEALTHY for it in health)
    if waiting or bad:
        return None, f"{words}; {waiting} still starting by their probes, {bad} unhealthy"
    return Result.APPLIED, f"{words}, all healthy" if Health.HEALTHY in health else words


def _health_of(engine: Engine, container_id: str) -> Health | None:
    """Give the probe's verdict of a running container; ``None`` for one that does not run or is on another node."""
    try:
        container = engine.inspect(container_id)
    except NotFound:
        return None
    return container.health if container.is_running else None
