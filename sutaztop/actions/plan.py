"""From an intent to a plan: before, after, risks and the equivalent command. Pure, but for Compose files."""

from collections.abc import Sequence
from dataclasses import replace

from sutaztop.actions.commands import equivalent_command
from sutaztop.actions.guard import NO_CHANGE, limit_risks, refuse_limits, working_set
from sutaztop.actions.keep import diff_lines, plan_keep
from sutaztop.actions.own_numbers import own_profile
from sutaztop.actions.plan_replicas import plan_replicas, rehearsed
from sutaztop.actions.plan_rollouts import plan_rollout
from sutaztop.actions.plan_states import plan_state
from sutaztop.actions.plan_stays import held_by, plan_stay
from sutaztop.actions.rails import HOST_CPU, HOST_MEMORY, behind_rails, touched
from sutaztop.actions.undo import ALREADY_BACK, intent_back, limits_now, plan_file_back, refuse_undo, undo_words
from sutaztop.actions.words import amount_words, engine_of, reason_of, size_words
from sutaztop.contracts import ProjectFiles
from sutaztop.domain.change import Change, ChangeLimits, Plan, PreviewRow, Refusal
from sutaztop.domain.frame import Frame
from sutaztop.domain.guardrails import CALM, Circumstances
from sutaztop.domain.intent import (
    ActOnContainer,
    Intent,
    KeepLimits,
    KeepModel,
    LimitsIntent,
    LiveIntent,
    RollOut,
    ScaleDownLimits,
    ScaleUpLimits,
    SetLimits,
    SetReplicas,
    UndoChange,
    UnloadModel,
)
from sutaztop.domain.keep import ChangeComposeFile
from sutaztop.domain.lifecycle import Unload
from sutaztop.domain.llm import Activity
from sutaztop.domain.profile import Profile, Scaling
from sutaztop.domain.quantity import GIB, MIB, Bytes, Cores
from sutaztop.domain.reading import measured
from sutaztop.domain.resources import Limits
from sutaztop.domain.service import Orchestrator, Service
from sutaztop.domain.snapshot import ContainerSnapshot, HostUsage, Snapshot


def plan(  # noqa: PLR0913 - what a plan is made of, each named at the call
    intent: Intent,
    frame: Frame,
    profile: Profile,
    *,
    why: str = "",
    circumstances: Circumstances = CALM,
    files: ProjectFiles | None = None,
) -> Plan | Refusal:
    """Turn an intent into a plan against the given frame, or say why there is none.

    ``why`` is the reason that is shown and journalled; without one, the frame's recommendation
    or finding for the object is taken. A frame whose engine is gone gives no plan: its
    "before" may no longer be true. ``circumstances`` are what guardrails are held against. ``files`` is
    asked, and Compose with it, for limits that are to be kept: that touches nothing that runs.
    """
    if frame.recorded:
        return Refusal("replay", "This was recorded: what was can't be changed.", "Go back to the present.")
    if isinstance(intent, KeepLimits):
        return plan_keep(intent, frame, files, why=why)
    profile = own_profile(intent, frame.snapshot, profile)
    planned = _planned(intent, frame, profile, why)
    if isinstance(planned, Refusal) or isinstance(planned.change, ChangeComposeFile):
        return planned
    guarded = behind_rails(planned, frame, profile, circumstances)
    if isinstance(guarded, Refusal):
        if isinstance(intent, ScaleUpLimits):
            return _half_a_step(planned, guarded, frame, profile, why, circumstances)
        return guarded
    return rehearsed(guarded, frame, files)


def _half_a_step(  # noqa: PLR0913, PLR0917 - a plan's arguments, and what came of it
    planned: Plan, refused: Refusal, frame: Frame, profile: Profile, why: str, circumstances: Circumstances
) -> Plan | Refusal:
    """Give the half of a step that the host can carry: who asks for more of both is helped by more of one."""
    change = planned.change
    if not isinstance(change, ChangeLimits) or refused.rule not in (HOST_CPU, HOST_MEMORY):
        return refused
    before, after = change.before, change.after
    found = next(iter(touched(change, frame.snapshot)), None)
    cpu = None if refused.rule == HOST_CPU or after.cpu == before.cpu else after.cpu
    memory = None if refused.rule == HOST_MEMORY or after.memory == before.memory else after.memory
    if found is None or (cpu is None and memory is None):
        return refused
    half = plan(SetLimits(found.id, cpu, memory), frame, profile, why=why, circumstances=circumstances)
    if isinstance(half, Refusal):
        return refused
    left_out = "CPU" if refused.rule == HOST_CPU else "Memory"
    return replace(half, risks=(f"{left_out} is not raised with it. {refused.why}", *half.risks))


def _planned(intent: LiveIntent | UndoChange, frame: Frame, profile: Profile, why: str) -> Plan | Refusal:
    if isinstance(intent, UndoChange):
        return _plan_undo(intent, frame, profile, why)
    if frame.trouble is not None and not isinstance(intent, UnloadModel | KeepModel):
        return Refusal(
            "stale", f"The engine does not answer: {frame.trouble.why or frame.trouble.what}", "Wait for it."
        )
    match intent:
        case SetReplicas():
            made = plan_replicas(intent, frame, profile.scaling, why)
        case UnloadModel():
            made = _plan_unload(intent, frame, why)
        case ActOnContainer():
            made = plan_state(intent, frame, why)
        case RollOut():
            made = plan_rollout(intent, frame, why)
        case KeepModel():
            made = plan_stay(intent, frame, why)
        case _:
            made = _plan_limits(intent, frame, profile.scaling, why)
    return made


def step_up(limits: Limits, host: HostUsage, scaling: Scaling) -> Limits:
    """Give limits one step higher: what the scale-up key proposes.

    CPU rises by the step to the ceiling of the scaling settings, and never over the host; one
    that is past the ceiling already stays. Memory rises by its step, at most to the double and never
    over the host's. A limit that is not set stays unset: adding one would take away, not give.
    """
    raised = limits
    if limits.cpu is not None:
        ceiling = min(scaling.cpu_ceiling, host.cpus or scaling.cpu_ceiling)
        raised = raised.with_cpu(max(limits.cpu, min(Cores(limits.cpu + scaling.cpu_step), Cores(ceiling))))
    if limits.memory is not None:
        wanted = scaling.memory_above(limits.memory)
        raised = raised.with_memory(max(limits.memory, min(wanted, host.memory_total or wanted)))
    return raised


LEAST_CPU = Cores(0.1)
LEAST_MEMORY = Bytes(64 * MIB)
"""A step down never goes below these; smaller limits can still be asked for by number."""


def step_down(limits: Limits, scaling: Scaling, held: Bytes) -> Limits:
    """Give limits one step lower: what the scale-down key proposes.

    The mirror of ``step_up``: CPU falls by its step, memory by its own, each at most to the half,
    and neither below the least. Memory stays over ``held``, the working set, and its margin. What
    is below that already stays.
    """
    lowered = limits
    if limits.cpu is not None:
        wanted = max(limits.cpu - scaling.cpu_step, limits.cpu / 2, LEAST_CPU)
        lowered = lowered.with_cpu(min(limits.cpu, Cores(round(wanted, 3))))
    if limits.memory is not None:
        needed = -(-int(held * (1 + scaling.memory_margin)) // MIB) * MIB
        wanted_memory = max(limits.memory - scaling.memory_step, limits.memory // 2, LEAST_MEMORY, needed)
        lowered = lowered.with_memory(min(limits.memory, Bytes(wanted_memory)))
    return lowered


def _plan_limits(intent: LimitsIntent, frame: Frame, scaling: Scaling, why: str) -> Plan | Refusal:
    snapshot = frame.snapshot
    found = snapshot.by_id.get(intent.container_id)
    if found is None:
        return Refusal("unknown", f"There is no container {intent.container_id[:12]} any more.", "Choose another.")
    service = snapshot.service_of(found.container)
    swarm = service if service is not None and service.orchestrator is Orchestrator.SWARM else None
    if swarm is None and found.container.swarm_service_id:
        return Refusal(
            "not a manager",
            f"{found.container.name} is a task of a Swarm service, and this node does not manage the Swarm.",
            "Connect to a manager; a limit set on the task alone would be lost with it.",
        )
    before = swarm.resources.limits if swarm else found.container.resources.limits
    members = (found.id, *(swarm.container_ids if swarm else ()))
    after = _wanted(intent, before, frame, scaling, members)
    if isinstance(after, Refusal):
        return after
    target = (swarm.id, swarm.name) if swarm else (found.id, found.container.name)
    change = ChangeLimits(engine_of(frame), target[0], target[1], before, after, swarm=swarm is not None)
    return _limits_to(change, found, frame, scaling, why or reason_of(frame, found.id))


def _limits_to(
    change: ChangeLimits, found: ContainerSnapshot | None, frame: Frame, scaling: Scaling, why: str
) -> Plan | Refusal:
    """Plan limits that are decided: of a container that was ``found``, or of a Swarm service."""
    snapshot = frame.snapshot
    before, after = change.before, change.after
    swarm = next((it for it in snapshot.services if it.id == change.id), None) if change.swarm else None
    concerned = _containers_of(swarm, snapshot) if swarm else (found,) if found else ()
    refusal = refuse_limits(change, concerned, snapshot.host, scaling)
    if refusal is not None:
        return refusal
    replicas = swarm.desired or swarm.running if swarm else 1
    shown = found.display_name if found is not None and not swarm else ""
    return Plan(
        title=f"{_direction(before, after)} {shown or change.name}",
        object=_object_words(change, swarm, frame),
        change=change,
        rows=_limit_rows(change, snapshot.host, max(1, replicas)),
        same_as=equivalent_command(change),
        why=why,
        does=f"rolling update of {replicas} task{'s' if replicas != 1 else ''}" if swarm else "live update, no restart",
        risks=limit_risks(change, snapshot, replicas),
        undo=_undo_limits(change),
    )


def _wanted(
    intent: LimitsIntent, before: Limits, frame: Frame, scaling: Scaling, members: Sequence[str]
) -> Limits | Refusal:
    if isinstance(intent, SetLimits):
        after = before if intent.cpu is None else before.with_cpu(intent.cpu)
        return after if intent.memory is None else after.with_memory(intent.memory)
    down = isinstance(intent, ScaleDownLimits)
    if before.cpu is None and before.memory is None:
        return Refusal(
            "no limit",
            f"It has no limit, so there is nothing to scale {'down' if down else 'up'}: "
            "it can use all that the host has.",
            "Name the limits that it should have instead.",
        )
    if down:
        return _lowered(before, frame, scaling, members)
    after = _at_least_recommended(step_up(before, frame.snapshot.host, scaling), members, frame)
    if (after.cpu, after.memory) == (before.cpu, before.memory):
        return Refusal(
            "ceiling",
            "Its limits are at the ceiling already.",
            "Ask for more by number, add replicas, or raise scaling.cpu_ceiling.",
        )
    return after


def _lowered(before: Limits, frame: Frame, scaling: Scaling, members: Sequence[str]) -> Limits | Refusal:
    here = [frame.snapshot.by_id[it] for it in members if it in frame.snapshot.by_id]
    held = working_set(tuple(here))
    after = step_down(before, scaling, held)
    if (after.cpu, after.memory) != (before.cpu, before.memory):
        return after
    holds = f" It holds {held / MIB:.0f} MiB, and a margin of {scaling.memory_margin:.0%} stays free." if held else ""
    return Refusal(
        "floor",
        f"Its limits are as low as a step goes: never under {LEAST_CPU:g} cores or 64 MiB.{holds}",
        "Ask for less by number.",
    )


def _at_least_recommended(after: Limits, members: Sequence[str], frame: Frame) -> Limits:
    """Raise a step to what is recommended for the same object: one step short of it would have to be done again."""
    for recommendation in frame.recommendations:
        intent = recommendation.intent
        if isinstance(intent, SetLimits) and intent.container_id in members:
            if intent.cpu is not None and after.cpu is not None and intent.cpu > after.cpu:
                after = after.with_cpu(intent.cpu)
            if intent.memory is not None and after.memory is not None and intent.memory > after.memory:
                after = after.with_memory(intent.memory)
    return after


def _containers_of(service: Service, snapshot: Snapshot) -> tuple[ContainerSnapshot, ...]:
    return tuple(snapshot.by_id[it] for it in service.container_ids if it in snapshot.by_id)


def _direction(before: Limits, after: Limits) -> str:
    up = (after.cpu or 0) > (before.cpu or 0) or (after.memory or 0) > (before.memory or 0)
    down = (after.cpu or 0) < (before.cpu or 0) or (after.memory or 0) < (before.memory or 0)
    return "Change limits of" if up and down else "Scale up" if up else "Scale down"


def _object_words(change: Change, swarm: Service | None, frame: Frame) -> str:
    where = engine_of(frame)
    if swarm:
        return f"Swarm service {swarm.name} ({swarm.id[:12]}) on {where}"
    return f"container {change.name} ({change.id[:12]}) on {where}"


def _limit_rows(change: ChangeLimits, host: HostUsage, replicas: int) -> tuple[PreviewRow, ...]:
    before, after = change.before, change.after
    cpu_effect = memory_effect = "unchanged"
    if after.cpu != before.cpu:
        promised = host.cpu_limits + ((after.cpu or 0) - (before.cpu or 0)) * replicas
        cpu_effect = f"limits add up to {promised:.1f} cores on a host of {host.cpus}"
    if after.memory != before.memory:
        total = host.memory_limits + ((after.memory or 0) - (before.memory or 0)) * replicas
        available = measured(host.memory_available)
        memory_effect = f"limits add up to {total / GIB:.1f} GiB on a host of {host.memory_total / GIB:.1f} GiB"
        if available is not None:
            memory_effect += f", {available / GIB:.1f} GiB available"
    return (
        PreviewRow("cpu", amount_words(before.cpu), amount_words(after.cpu), cpu_effect),
        PreviewRow("memory", size_words(before.memory), size_words(after.memory), memory_effect),
    )


def _undo_limits(change: ChangeLimits) -> str:
    before, after = change.before, change.after
    first = (before.cpu is None and after.cpu is not None) or (before.memory is None and after.memory is not None)
    if first and not change.swarm:
        return "a first limit cannot be taken away again without creating the container anew"
    return equivalent_command(change.inverse)


def _plan_undo(intent: UndoChange, frame: Frame, profile: Profile, why: str) -> Plan | Refusal:
    """Plan the inverse of a recorded change against the present, and say which change it takes back."""
    record = intent.record
    change = record.change
    inverse = change.inverse if change is not None else None
    refusal = refuse_undo(record, frame)
    if refusal is not None or change is None or inverse is None:
        return refusal or Refusal("unknown", f"Change {record.change_id} is not known.")
    if record.change_id not in why:
        why = f"{why}; {undo_words(record)}" if why else undo_words(record)
    if isinstance(inverse, ChangeLimits):
        back = replace(inverse, before=limits_now(inverse, frame) or inverse.before)
        planned = _limits_to(back, frame.snapshot.by_id.get(change.id), frame, profile.scaling, why)
    elif isinstance(inverse, ChangeComposeFile):
        lines = diff_lines(inverse.path, inverse.before, inverse.after)
        planned = plan_file_back(record, inverse, lines, why)
    else:
        planned = _planned(intent_back(inverse), frame, profile, why)
    if isinstance(planned, Refusal):
        return replace(planned, rule=ALREADY_BACK) if planned.rule in (NO_CHANGE, "not loaded") else planned
    return replace(planned, title=f"Undo: {planned.title}", undoes=record.change_id)


def _plan_unload(intent: UnloadModel, frame: Frame, why: str) -> Plan | Refusal:
    servers = [it for it in frame.snapshot.models if it.endpoint == intent.endpoint]
    loaded = next((it for server in servers for it in server.loaded if it.name == intent.model), None)
    if loaded is None:
        return Refusal(
            "not loaded",
            f"{intent.model} is not loaded at {intent.endpoint}.",
            "Only loaded models hold memory; installed ones hold disk.",
        )
    now = frame.snapshot.at
    risks = ["The next request for it loads it again, which can take a minute."]
    if loaded.activity(now) is Activity.BUSY_OR_STOPPING:
        risks.append("It may be answering now: the answer is finished first, and only then it goes.")
    if loaded.is_pinned(now):
        risks.append("Somebody pinned it (keep_alive -1): it will not be pinned when it is loaded again.")
    server = next(it for it in servers if loaded in it.loaded)
    home = frame.snapshot.by_id.get(server.container_id)
    on_host = Bytes(max(0, loaded.size - loaded.size_vram))
    change = Unload(
        intent.endpoint, intent.model, intent.model, loaded.size, home.id if home else "", held_by(home), on_host
    )
    memory = measured(frame.snapshot.host.memory_available)
    effect = "" if memory is None else f"host has {memory / GIB:.1f} GiB available"
    return Plan(
        title=f"Unload {intent.model}",
        object=f"model {intent.model} on {intent.endpoint}",
        change=change,
        rows=(PreviewRow("loaded", f"{loaded.size / GIB:.1f} GiB in memory", "not loaded", effect),),
        same_as=equivalent_command(change),
        why=why or reason_of(frame, intent.model),
        does="asks Ollama to drop it from memory (keep_alive 0); it stays installed",
        risks=tuple(risks),
        undo="any request for the model loads it again",
    )
