"""Taking changes back: whether one can be, and whether what it left behind is still there. Pure."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TypeAlias, TypeVar

from sutaztop.actions.verify import limits_words
from sutaztop.domain.change import Change, ChangeLimits, ChangeReplicas, Plan, Refusal, Result
from sutaztop.domain.container import Container
from sutaztop.domain.frame import Frame
from sutaztop.domain.intent import ActOnContainer, KeepModel, LiveIntent, RollOut, SetReplicas, UnloadModel
from sutaztop.domain.keep import ChangeComposeFile, TextBlock
from sutaztop.domain.lifecycle import ChangeRollout, ChangeState, ChangeStay, Unload
from sutaztop.domain.quantity import Cores, span_words
from sutaztop.domain.record import Record
from sutaztop.domain.resources import DEFAULT_PERIOD_US, Limits
from sutaztop.domain.service import Service
from sutaztop.domain.verbs import Verb

T = TypeVar("T")
Inverse: TypeAlias = ChangeReplicas | ChangeState | ChangeRollout | ChangeStay | Unload
"""What is planned anew, from an intent of its own."""
ALREADY_BACK = "already back"
"""The rule of a refusal that leaves nothing to take back: things are as they were before the change."""
GONE = "gone"
"""The rule of a refusal because what was changed is no longer there."""
MOVED = "moved"
"""The rule of a refusal because somebody changed it since."""
NO_WAY_BACK = "no way back"


def refuse_undo(record: Record, frame: Frame) -> Refusal | None:
    """Say why a recorded change can't be taken back now, or ``None``.

    The present must be what the change left behind: what somebody made of it since is not overwritten.
    """
    change = record.change
    if change is None or not record.was_sent or record.result is Result.REFUSED:
        return Refusal("not made", f"Change {record.change_id} was not made: {record.message or 'it was refused'}.")
    if record.undone_by:
        return Refusal("already undone", f"Change {record.change_id} was taken back already, by {record.undone_by}.")
    if change.inverse is None:
        return Refusal(NO_WAY_BACK, f"Nothing takes this back: {record.object}.", record.message)
    if change.engine not in frame.snapshot.endpoints:
        here = frame.snapshot.engine.endpoint if frame.snapshot.engine else "an engine that was not reached"
        return Refusal(
            "other engine", f"It was made on {change.engine}, and this is {here}.", "Name that engine with --host."
        )
    return _refuse_state(change, frame)


def _refuse_state(change: Change, frame: Frame) -> Refusal | None:
    if isinstance(change, ChangeLimits):
        return _refuse_limits(change, limits_now(change, frame))
    if isinstance(change, ChangeState):
        found = frame.snapshot.by_id.get(change.id)
        return _refuse_run(change, found.container if found is not None else None)
    service = next((it for it in frame.snapshot.services if it.id == change.id), None)
    if isinstance(change, ChangeReplicas):
        return _refuse_replicas(change, service)
    if isinstance(change, ChangeRollout):
        return _refuse_rollout(change, service)
    # A model's stay is told by its plan, a file by apply: both read what they are about to change.
    return None


def _refuse_run(change: ChangeState, now: Container | None) -> Refusal | None:
    """Hold the state against the present, and for what keeps the run, the run as well."""
    if now is None:
        return _gone(change, "container")
    keeps_run = change.verb in (Verb.PAUSE, Verb.UNPAUSE)
    same_run = not keeps_run or change.started_at in (None, now.started_at)
    if now.state is change.after and same_run:
        return None
    back = now.state is change.before and same_run
    left = change.after.value if change.after is not None else "gone"
    return _moved(
        change.name, back=back, now=f"the state {now.state.value}{'' if same_run else ' of another run'}",
        left=f"it {left}", before=f"the state {change.before.value}",
    )  # fmt: skip


def _refuse_rollout(change: ChangeRollout, service: Service | None) -> Refusal | None:
    return _refuse_value(
        change,
        "service",
        (None if service is None else service.digest, change.before, change.after),
        _equal,
        _specification,
    )


def _specification(digest: str) -> str:
    return f"the specification {digest[:12]}"


def _refuse_limits(change: ChangeLimits, now: Limits | None) -> Refusal | None:
    kind = "service" if change.swarm else "container"
    return _refuse_value(change, kind, (now, change.before, change.after), same_limits, limits_words)


def _refuse_replicas(change: ChangeReplicas, service: Service | None) -> Refusal | None:
    return _refuse_value(
        change, "service", (None if service is None else service.replicas, change.before, change.after), _equal, _count
    )


def _refuse_value(
    change: ChangeLimits | ChangeReplicas | ChangeRollout,
    kind: str,
    values: tuple[T | None, T, T],
    same: Callable[[T, T], bool],
    words: Callable[[T], str],
) -> Refusal | None:
    """Hold what a change left behind against the present: ``values`` are now, before and after."""
    now, before, after = values
    if now is None:
        return _gone(change, kind)
    if same(now, after):
        return None
    back = same(now, before)
    return _moved(change.name, back=back, now=words(now), left=words(after), before=words(before))


def _equal(one: T, other: T) -> bool:
    return one == other


def _gone(change: Change, kind: str) -> Refusal:
    return Refusal(
        GONE, f"There is no {kind} {change.name} ({change.id[:12]}) any more: what was changed went with it."
    )


def _moved(name: str, *, back: bool, now: str, left: str, before: str) -> Refusal:
    if back:
        return Refusal(ALREADY_BACK, f"{name} is as it was before the change: {now}.", "There is nothing to take back.")
    return Refusal(
        MOVED,
        f"{name} was changed since. It has now {now}; the change left {left}, and before it there was {before}.",
        "Set what you want by hand.",
    )


def limits_now(change: ChangeLimits, frame: Frame) -> Limits | None:
    """Give the present limits of what a change was about; ``None`` where it is no longer there."""
    if change.swarm:
        service = next((it for it in frame.snapshot.services if it.id == change.id), None)
        return service.resources.limits if service is not None else None
    found = frame.snapshot.by_id.get(change.id)
    return found.container.resources.limits if found is not None else None


def same_limits(one: Limits, other: Limits) -> bool:
    """Whether limits are the same as far as the engine keeps them.

    CPU is kept in whole microseconds of a period; memory-and-swap is not kept at all where the kernel does
    not count swap, so that it only counts where both have it.
    """
    swaps = (one.memory_and_swap, other.memory_and_swap)
    return (
        _same_cpu(one, other)
        and one.memory == other.memory
        and one.pids == other.pids
        and (None in swaps or swaps[0] == swaps[1])
    )


def _same_cpu(one: Limits, other: Limits) -> bool:
    if one.cpu is None or other.cpu is None:
        return one.cpu is other.cpu
    return abs(one.cpu - other.cpu) < Cores(1 / (one.cpu_period_us or DEFAULT_PERIOD_US))


def _count(replicas: int) -> str:
    return f"{replicas} replica{'' if replicas == 1 else 's'}"


def why_not_borrowed(plan: Plan) -> str:
    """Say why a planned change can't be borrowed: what cannot be taken back would stay. Empty where it can."""
    change = plan.change
    if change.inverse is None:
        return "nothing takes it back by itself"
    if isinstance(change, ChangeLimits) and not change.swarm:
        before, after = change.before, change.after
        if (before.cpu is None) != (after.cpu is None) or (before.memory is None) != (after.memory is None):
            return "a first limit cannot be taken away from a running container again"
    return ""


def undo_words(record: Record) -> str:
    """Say which change is taken back: its id, when it was made, by whom, and why.

    The time is UTC, as in the journal.
    """
    why = f", because: {record.why}" if record.why else ""
    return f"takes back change {record.change_id} of {_time(record.at)} by {record.who}{why}"


def by_itself_words(record: Record) -> str:
    """Say why a borrowed change comes back without anyone asking."""
    span = span_words(record.borrow.span) if record.borrow is not None else "a while"
    return (
        f"reverted by itself: change {record.change_id} of {_time(record.at)} was borrowed for {span} by {record.who}"
    )


def _time(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def intent_back(inverse: Inverse) -> LiveIntent:
    """Give the intent of which a plan puts back what was there before."""
    match inverse:
        case ChangeReplicas():
            back: LiveIntent = SetReplicas(inverse.id, inverse.after)
        case ChangeState():
            back = ActOnContainer(inverse.id, inverse.verb, inverse.signal)
        case ChangeRollout():
            back = RollOut(inverse.id, inverse.rollout)
        case ChangeStay():
            back = KeepModel(inverse.engine, inverse.name, inverse.stay)
        case _:
            back = UnloadModel(inverse.engine, inverse.name)
    return back


def plan_file_back(record: Record, inverse: ChangeComposeFile, diff: Sequence[str], why: str) -> Plan:
    """Make the plan that puts a file's earlier content back; apply compares it with what the change left."""
    return Plan(
        title=f"the file of {inverse.name}", object=record.object, change=inverse, rows=(), same_as="", why=why,
        does=f"puts {inverse.path} back as it was, byte for byte", undo="keep the limits again",
        blocks=(TextBlock("the file", tuple(diff)),),
    )  # fmt: skip
