"""Guardrails: is now a good time, and is there room? Pure; bounds come from configuration.

What would break something for certain is refused in ``guard`` and cannot be overridden. What
stands here is judgement, and whoever types the object's name may overrule it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sutaztop.domain.change import Change, ChangeLimits, ChangeReplicas, Plan, Refusal
from sutaztop.domain.container import Container
from sutaztop.domain.frame import Frame
from sutaztop.domain.guardrails import Circumstances, Done, Guardrails
from sutaztop.domain.lifecycle import ChangeState
from sutaztop.domain.profile import Profile
from sutaztop.domain.quantity import GIB, MIB, Bytes, Cores, Seconds, exact_cores, span_words
from sutaztop.domain.reading import measured
from sutaztop.domain.snapshot import ContainerSnapshot, Snapshot
from sutaztop.domain.verbs import Verb

HOST_CPU, HOST_MEMORY = "host cpu in use", "host memory promised"
"""The rules that concern one half of a change of limits: the other half may be made without it."""
PENDING = timedelta(minutes=10)
"""A raise that was made this lately may still be grown into: it is counted against the host's memory."""


def behind_rails(planned: Plan, frame: Frame, profile: Profile, circumstances: Circumstances) -> Plan | Refusal:
    """Give the plan, or the first guardrail against it; with ``force`` the plan that tells which it overrides.

    A protected object, and an override, want the object's name typed.
    """
    # What was there before is no new wager: nobody is made to wait before taking back what went wrong.
    against = [] if planned.undoes else list(_against(planned.change, frame, profile.guardrails, circumstances))
    if against and not circumstances.force:
        return against[0]
    name = planned.change.name
    guarded = planned
    if against:
        told = tuple(f"Overrides a guardrail ({it.rule}): {it.why}" for it in against)
        guarded = replace(guarded, risks=(*told, *guarded.risks), typed_name=name)
    why = why_protected(planned.change, frame.snapshot, profile)
    if why:
        guarded = replace(guarded, risks=(why, *guarded.risks), typed_name=name)
    return guarded


def why_protected(change: Change, snapshot: Snapshot, profile: Profile) -> str:
    """Say why the object is protected from this change, or nothing.

    What configuration or a label protects is protected from every change; what is stateful by its
    image only from those that stop it or take from it: more CPU or memory, live, interrupts nobody.
    """
    rails = profile.guardrails
    for it in touched(change, snapshot):
        container = it.container
        names = {container.name, container.service, it.display_name, change.name} - {""}
        label = container.labels.get(rails.protected_label, "").casefold()
        if names & set(rails.protected) or label in ("true", "1", "yes", "on"):
            return (
                f"{change.name} is protected (by {'configuration' if names & set(rails.protected) else 'its label'})."
            )
        if is_stateful(container, rails) and not _only_gives(change):
            return f"{change.name} holds state ({container.image_name}): an interruption may cost data or minutes."
    return ""


def is_stateful(container: Container, rails: Guardrails) -> bool:
    """Tell by the last word of the image's name, or of the service's, whether it holds what can't be made again."""
    return container.image_name in rails.stateful or container.service.rpartition("-")[2] in rails.stateful


def _only_gives(change: Change) -> bool:
    """Whether a change only adds to what a container has, or has it run again, without stopping anything."""
    if isinstance(change, ChangeState):
        return change.verb in (Verb.START, Verb.UNPAUSE)
    if not isinstance(change, ChangeLimits) or change.swarm:
        return False
    before, after = change.before, change.after
    less_cpu = after.cpu is not None and (before.cpu is None or after.cpu < before.cpu)
    less_memory = after.memory is not None and (before.memory is None or after.memory < before.memory)
    return not less_cpu and not less_memory


def touched(change: Change, snapshot: Snapshot) -> tuple[ContainerSnapshot, ...]:
    """Give the containers that a change concerns: its own, or those of its service."""
    if change.id in snapshot.by_id:
        return (snapshot.by_id[change.id],)
    service = next((it for it in snapshot.services if it.id == change.id), None)
    return tuple(snapshot.by_id[it] for it in service.container_ids if it in snapshot.by_id) if service else ()


def _against(change: Change, frame: Frame, rails: Guardrails, circumstances: Circumstances) -> Iterator[Refusal]:
    """Give all that speaks against a change now, what is told first being what can wait longest."""
    now = frame.snapshot.at
    yield from _window(now, rails, circumstances)
    yield from _rate(now, rails, circumstances.done)
    if isinstance(change, ChangeLimits | ChangeReplicas):
        yield from _cool_down(change, frame, rails, circumstances.done)
        yield from _host_cpu(change, frame.snapshot, rails)
        yield from _host_memory(change, frame.snapshot, rails, circumstances.done)


def _refusal(rule: str, why: str, advice: str) -> Refusal:
    return Refusal(rule, why, f"{advice} Or override it (--force, or on the screen the name typed).", overridable=True)


def _window(now: datetime, rails: Guardrails, circumstances: Circumstances) -> Iterator[Refusal]:
    local = now.astimezone(circumstances.zone)
    if rails.windows and not any(window.holds(local) for window in rails.windows):
        allowed = ", ".join(window.text for window in rails.windows)
        yield _refusal(
            "change window",
            f"It is {local:%a %H:%M}, and changes are made in {allowed} (guardrails.windows).",
            "Wait for it.",
        )


def _rate(now: datetime, rails: Guardrails, done: Sequence[Done]) -> Iterator[Refusal]:
    span = timedelta(seconds=rails.rate_window)
    lately = [it for it in done if now - it.at < span]
    if len(lately) >= rails.rate:
        free = min(it.at for it in lately[-rails.rate :]) + span - now
        yield _refusal(
            "rate of changes",
            f"{len(lately)} changes were made in the last {span_words(rails.rate_window)}, and {rails.rate} may be "
            "(guardrails.rate).",
            f"The next may be made in {span_words(free.total_seconds())}.",
        )


def _cool_down(
    change: ChangeLimits | ChangeReplicas, frame: Frame, rails: Guardrails, done: Sequence[Done]
) -> Iterator[Refusal]:
    """Wait after a change of the same object: what it did is not to be seen before."""
    ids = {change.id, *(it.id for it in touched(change, frame.snapshot))} if _is_whole(change) else {change.id}
    seen = [(it.at, f"its {it.what} changed") for key, it in frame.observed.items() if key in ids]
    # What was done here is told with who did it, though it was observed as well.
    seen += [
        (it.at, f"{it.who} changed it")
        for it in done
        if it.change.id in ids and isinstance(it.change, ChangeLimits | ChangeReplicas)
    ]
    if not seen:
        return
    at, words = max(seen, key=lambda it: it[0])
    ago = max(0.0, (frame.snapshot.at - at).total_seconds())
    span = rails.cool_down_down if _is_less(change) else rails.cool_down_up
    if ago < span:
        setting = "guardrails.cool_down_down" if _is_less(change) else "guardrails.cool_down_up"
        yield _refusal(
            "cool-down",
            f"{span_words(ago)} ago {words}, and what that did is to be seen after {span_words(span)} ({setting}).",
            f"It may be changed again in {span_words(Seconds(span - ago))}.",
        )


def _is_whole(change: ChangeLimits | ChangeReplicas) -> bool:
    return isinstance(change, ChangeReplicas) or change.swarm


def _is_less(change: ChangeLimits | ChangeReplicas) -> bool:
    if isinstance(change, ChangeReplicas):
        return change.after < change.before
    return not _raises_cpu(change) and not _raises_memory(change)


def _raises_cpu(change: ChangeLimits) -> bool:
    before, after = change.before.cpu, change.after.cpu
    return before is not None and after is not None and after > before


def _raises_memory(change: ChangeLimits) -> bool:
    before, after = change.before.memory, change.after.memory
    return before is not None and after is not None and after > before


def _host_cpu(change: ChangeLimits | ChangeReplicas, snapshot: Snapshot, rails: Guardrails) -> Iterator[Refusal]:
    """Raise no CPU limit on a host that has no CPU left: it would be taken from the neighbours."""
    used = measured(snapshot.host.cpu_utilization)
    if not isinstance(change, ChangeLimits) or used is None or used < rails.host_cpu or not _raises_cpu(change):
        return
    slack = sorted(
        ((limit - use, it) for it in snapshot.containers if it.id != change.id
         if (limit := it.container.resources.limits.cpu) is not None and (use := measured(it.usage.cpu)) is not None),
        key=lambda pair: (-pair[0], pair[1].container.name),
    )  # fmt: skip
    most = ", ".join(
        f"{it.container.name} ({exact_cores(Cores(round(free, 2)))} unused)" for free, it in slack[:3] if free > 0
    )
    yield _refusal(
        HOST_CPU,
        f"{used:.0%} of the host's CPU is in use, and from {rails.host_cpu:.0%} on no limit is raised "
        "(guardrails.host_cpu): the neighbours would pay.",
        f"Lower those that do not use theirs: {most}." if most else "Stop something, or add replicas elsewhere.",
    )


def _host_memory(
    change: ChangeLimits | ChangeReplicas, snapshot: Snapshot, rails: Guardrails, done: Sequence[Done]
) -> Iterator[Refusal]:
    """Promise no more memory than there is, counted over what was promised lately and is not used yet (POLICY 5.5)."""
    available = measured(snapshot.host.memory_available)
    if available is None:
        return
    wants, each, replicas = _grows_by(change, snapshot)
    if wants <= 0:
        return
    reserve = Bytes(int(snapshot.host.memory_total * rails.host_memory_reserve))
    pending = _pending(change, snapshot, done)
    left = max(0, available - reserve - pending)
    if wants <= left:
        return
    counted = (
        f"{_size(available)} are available, {_size(reserve)} of which stay in reserve (guardrails.host_memory_reserve)"
    )
    if pending:
        counted += f", and {_size(pending)} were promised in the last {span_words(PENDING.total_seconds())}"
    fits = _what_fits(change, left, each, replicas)
    yield _refusal(HOST_MEMORY, f"It may grow by {_size(wants)}: {counted}.", fits)


def _grows_by(change: ChangeLimits | ChangeReplicas, snapshot: Snapshot) -> tuple[int, int, int]:
    """Give how much more memory a change may lead to, and for one replica what it holds or may use, and how many."""
    here = touched(change, snapshot)
    if isinstance(change, ChangeReplicas):
        limits = [it.container.resources.limits.memory or measured(it.usage.memory) or 0 for it in here]
        each = max(limits, default=0)
        return each * (change.after - change.before), each, change.after - change.before
    if not _raises_memory(change):
        return 0, 0, 1
    # Where what it holds was not read, only what the limit grows by can be counted.
    known = [int(used) for it in here if (used := measured(it.usage.memory)) is not None]
    held = max(known, default=int(change.before.memory or 0))
    replicas = max(1, len(here)) if change.swarm else 1
    return max(0, (change.after.memory or 0) - held) * replicas, held, replicas


def _pending(change: Change, snapshot: Snapshot, done: Sequence[Done]) -> Bytes:
    """Give what other objects may still grow by, of what was promised to them lately."""
    promised: dict[str, int] = {}
    for it in done:
        made = it.change
        if made.id == change.id or snapshot.at - it.at >= PENDING or not isinstance(made, ChangeLimits):
            continue
        if _raises_memory(made):
            held = sum(measured(one.usage.memory) or 0 for one in touched(made, snapshot))
            count = max(1, len(touched(made, snapshot)))
            before = max(made.before.memory or 0, held // count)
            promised[made.id] = max(0, (made.after.memory or 0) - before) * count
    return Bytes(sum(promised.values()))


def _what_fits(change: ChangeLimits | ChangeReplicas, left: int, each: int, replicas: int) -> str:
    """Say what could be had: ``each`` is what one replica holds now, or for new replicas what one may use."""
    if isinstance(change, ChangeReplicas):
        count = change.before + (left // each if each else 0)
        return f"{count} would fit." if count > change.before else "Free memory first: unload a model, stop something."
    fits = (left // replicas + each) // (64 * MIB) * (64 * MIB)
    if fits <= (change.before.memory or 0):
        return "Nothing more can be given now: free memory first (unload a model, stop something)."
    return f"{_size(fits)} would fit."


def _size(amount: Bytes | int) -> str:
    return f"{amount / GIB:.1f} GiB" if amount >= GIB else f"{amount / MIB:.0f} MiB"
