"""From a number of replicas to a plan: what each may use, what is started or stopped, and from which files."""

from dataclasses import replace

from sutaztop.actions.commands import equivalent_command
from sutaztop.actions.guard import refuse_replicas, replica_risks
from sutaztop.actions.keep import dry_run_lines
from sutaztop.actions.words import amount_words, engine_of, reason_of, size_words
from sutaztop.contracts import EngineError, ProjectFiles
from sutaztop.domain.change import ChangeReplicas, Plan, PreviewRow, Refusal
from sutaztop.domain.frame import Frame
from sutaztop.domain.intent import SetReplicas
from sutaztop.domain.keep import Rehearsal, TextBlock, Wish
from sutaztop.domain.profile import Scaling
from sutaztop.domain.project import project_of_labels
from sutaztop.domain.resources import Limits
from sutaztop.domain.service import Orchestrator, Service
from sutaztop.domain.snapshot import Snapshot


def plan_replicas(intent: SetReplicas, frame: Frame, scaling: Scaling, why: str) -> Plan | Refusal:
    """Plan a number of replicas against the frame, or say why there is none."""
    snapshot = frame.snapshot
    service = next((it for it in snapshot.services if it.id == intent.service_id), None)
    if service is None:
        return Refusal("unknown", f"There is no service {intent.service_id} any more.", "Choose another.")
    before = service.replicas
    change = ChangeReplicas(
        engine_of(frame), service.id, service.name, before, intent.replicas,
        orchestrator=service.orchestrator, folder=service.folder, files=service.files,
    )  # fmt: skip
    refusal = refuse_replicas(change, service, scaling)
    if refusal is not None:
        return refusal
    owner = "Swarm" if service.orchestrator is Orchestrator.SWARM else "Compose"
    footprint = _footprint(service, snapshot)
    each = f"each may use {amount_words(footprint.cpu)} and {size_words(footprint.memory)}"
    back = equivalent_command(change.inverse) if scaling.minimum_replicas <= before else "scale it down by hand"
    return Plan(
        title=f"Replicas of {service.name}",
        object=f"{owner} service {service.name} ({service.id[:12] if owner == 'Swarm' else service.id}) "
        f"on {engine_of(frame)}",
        change=change,
        rows=(PreviewRow("replicas", str(before), str(intent.replicas), each),),
        same_as=equivalent_command(change),
        why=why or next((text for it in service.container_ids if (text := reason_of(frame, it))), ""),
        does=_replicas_words(change, owner),
        risks=replica_risks(change, footprint, snapshot),
        undo=back,
    )


def rehearsed(planned: Plan, frame: Frame, files: ProjectFiles | None) -> Plan:
    """Give a plan of Compose's replicas with what Compose says that it would do; any other plan as it is."""
    change = planned.change
    if files is None or not isinstance(change, ChangeReplicas) or change.orchestrator is not Orchestrator.COMPOSE:
        return planned
    service = next((it for it in frame.snapshot.services if it.id == change.id), None)
    here = [it for it in (service.container_ids if service else ()) if it in frame.snapshot.by_id]
    if not here:
        return planned
    project = project_of_labels(frame.snapshot.by_id[here[0]].container.labels)
    try:
        rehearsal = files.rehearse_scale(project, change.name, change.after)
    except EngineError as error:
        rehearsal = Rehearsal(Wish(), why_none=str(error))
    remade = any(line.endswith(" Recreated") for line in rehearsal.lines)
    risks = ("Compose would make containers anew that run now.", *planned.risks) if remade else planned.risks
    return replace(planned, risks=risks, blocks=(*planned.blocks, TextBlock("dry run", dry_run_lines(rehearsal))))


def _footprint(service: Service, snapshot: Snapshot) -> Limits:
    """Give what one replica may use: a Compose service has no specification to ask, but containers."""
    here = tuple(snapshot.by_id[it] for it in service.container_ids if it in snapshot.by_id)
    return (
        service.resources.limits
        if service.orchestrator is Orchestrator.SWARM or not here
        else (here[0].container.resources.limits)
    )


def _replicas_words(change: ChangeReplicas, owner: str) -> str:
    """Say what is started or stopped, and from which files: a container's labels name them."""
    count = abs(change.after - change.before)
    words = f"{owner} {'starts' if change.after > change.before else 'stops'} {count}; the others go on undisturbed"
    return f"{words}. It reads {', '.join(change.files)}" if change.files else words
