"""From a wish for a rollback or a redeploy to a plan: what differs, how tasks are replaced. Pure."""

from sutaztop.actions.commands import equivalent_command
from sutaztop.actions.words import amount_words, counted, engine_of, reason_of, size_words
from sutaztop.domain.change import Plan, PreviewRow, Refusal
from sutaztop.domain.frame import Frame
from sutaztop.domain.intent import RollOut
from sutaztop.domain.lifecycle import ChangeRollout
from sutaztop.domain.service import Earlier, Orchestrator, Service
from sutaztop.domain.verbs import Rollout

UNDER_WAY = ("updating", "rollback_started")


def plan_rollout(intent: RollOut, frame: Frame, why: str) -> Plan | Refusal:
    """Plan a rollout against the frame, or say why there is none."""
    service = next((it for it in frame.snapshot.services if it.id == intent.service_id), None)
    if service is None:
        return Refusal("unknown", f"There is no service {intent.service_id} any more.", "Choose another.")
    refusal = _refuse(service, intent.rollout)
    if refusal is not None:
        return refusal
    back = service.earlier if intent.rollout is Rollout.ROLLBACK else None
    change = ChangeRollout(
        engine_of(frame), service.id, service.name, intent.rollout, service.digest, back.digest if back else ""
    )
    inverse = change.inverse
    title = "Roll back" if back else "Redeploy"
    return Plan(
        title=f"{title} {service.name}",
        object=f"Swarm service {service.name} ({service.id[:12]}) on {engine_of(frame)}",
        change=change,
        rows=_back_rows(service, back) if back else _anew_rows(service),
        same_as=equivalent_command(change),
        why=why or next((text for it in (service.id, *service.container_ids) if (text := reason_of(frame, it))), ""),
        does="goes back to the specification before the last update; Swarm replaces the tasks that differ"
        if back else "has Swarm make every task anew from the same specification (force update)",
        risks=tuple(_risks(service, back)),
        undo=f"{equivalent_command(inverse)}  (a second rollback goes forward again)" if inverse is not None
        else "nothing to take back: the specification stays what it is",
    )  # fmt: skip


def _refuse(service: Service, rollout: Rollout) -> Refusal | None:
    if service.orchestrator is not Orchestrator.SWARM:
        return Refusal(
            "compose service",
            f"{service.name} is a Compose service: Compose keeps no earlier specification and rolls nothing out.",
            "Restart its containers, or change its file and run up.",
        )
    if service.rollout in UNDER_WAY:
        told = service.rollout_message or service.rollout
        return Refusal("under way", f"{service.name} is being rolled out: {told}.", "Wait until that has ended.")
    if rollout is Rollout.ROLLBACK and service.earlier is None:
        return Refusal(
            "no earlier specification", f"{service.name} was never updated: Swarm keeps nothing to go back to."
        )
    if rollout is Rollout.REDEPLOY and service.desired == 0:
        return Refusal("no tasks", f"{service.name} has 0 replicas: there is no task to make anew.", "Scale it up.")
    return None


def _back_rows(service: Service, earlier: Earlier) -> tuple[PreviewRow, ...]:
    now, then = service.resources.limits, earlier.resources.limits
    rows = [
        PreviewRow("image", service.image, earlier.image),
        PreviewRow("cpu", amount_words(now.cpu), amount_words(then.cpu)),
        PreviewRow("memory", size_words(now.memory), size_words(then.memory)),
    ]
    if service.desired is not None and earlier.desired is not None:
        rows.insert(1, PreviewRow("replicas", str(service.desired), str(earlier.desired)))
    if earlier.differs:
        rows.append(PreviewRow("other parts", "as they are", "as they were", ", ".join(earlier.differs)))
    changed = [row for row in rows if row.now != row.proposed]
    return tuple(changed) or (PreviewRow("tasks", counted(service.replicas, "task"), "made anew"),)


def _anew_rows(service: Service) -> tuple[PreviewRow, ...]:
    return (
        PreviewRow("tasks", f"{service.running} running", f"{service.replicas} made anew"),
        PreviewRow("image", service.image, service.image, "as the specification names it"),
    )


def _risks(service: Service, earlier: Earlier | None) -> list[str]:
    risks = ["Tasks are replaced as the service's update settings say; each stops and starts anew."]
    if service.replicas == 1:
        risks.append("It has one task: unless its update order is start-first, nothing answers in between.")
    if earlier is not None and service.rollout == "rollback_completed":
        risks.append("It was rolled back already: a second rollback goes forward to what was rolled back.")
    if earlier is not None and earlier.desired is not None and earlier.desired < (service.desired or 0):
        risks.append(f"{counted((service.desired or 0) - earlier.desired, 'replica')} stop for good.")
    if earlier is None and service.image.endswith(":latest"):
        risks.append("Where a node has a newer image of the same name, the new tasks run that one.")
    return risks
