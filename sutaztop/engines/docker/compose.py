"""Compose services, as the labels of their containers tell them, and why one cannot be scaled."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sutaztop.domain.project import COMPOSE, Project, project_of_labels
from sutaztop.domain.service import Orchestrator, Service
from sutaztop.engines.payload import Fields, objects

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


@dataclass(frozen=True, slots=True)
class Replica:
    """One container of a Compose service, as the list of containers gives it."""

    id: str
    name: str
    image: str
    running: bool
    created: int
    labels: Mapping[str, str]

    def label(self, name: str) -> str:
        """Give one of Compose's own labels, or empty."""
        return self.labels.get(COMPOSE + name, "")

    @property
    def is_one_off(self) -> bool:
        """Whether ``docker compose run`` made it: it is no replica."""
        return self.label("oneoff").lower() == "true"


def group_replicas(listed: object) -> Mapping[str, Sequence[Replica]]:
    """Group ``GET /containers/json`` by ``project/service``; containers of no Compose project are left out."""
    groups: dict[str, list[Replica]] = {}
    for entry in objects(listed, "containers"):
        replica = _replica(entry)
        project, service = replica.label("project"), replica.label("service")
        if project and service:
            groups.setdefault(f"{project}/{service}", []).append(replica)
    return groups


def _replica(entry: Fields) -> Replica:
    names = [name.removeprefix("/") for name in entry.texts("Names")]
    return Replica(
        id=entry.text("Id"),
        # A linked container has further names of the form other/alias.
        name=next((name for name in names if "/" not in name), ""),
        image=entry.text("Image"),
        running=entry.text("State") in ("running", "paused"),
        created=entry.integer("Created"),
        labels=entry.mapping("Labels"),
    )


def project_of(replicas: Sequence[Replica]) -> Project:
    """Read where a service comes from, of its newest container: files may have been added since the others."""
    newest = max(replicas, key=lambda replica: replica.created)
    return project_of_labels(newest.labels)


def compose_service(
    key: str,
    replicas: Sequence[Replica],
    *,
    fixed_host_port: Callable[[str], bool],
    no_compose: Callable[[Project], str],
) -> Service:
    """Put one service together; ``desired`` stays unknown, since Compose stores no wish.

    ``fixed_host_port`` answers for a container's id; ``no_compose`` says why no fitting Compose
    is at hand, or nothing.
    """
    proper = [replica for replica in replicas if not replica.is_one_off]
    newest = max(proper or replicas, key=lambda replica: replica.created)
    project, _, name = key.partition("/")
    made_from = project_of(proper or replicas)
    return Service(
        id=key,
        name=name,
        orchestrator=Orchestrator.COMPOSE,
        project=project,
        image=newest.image,
        running=sum(replica.running for replica in proper),
        not_scalable=why_not_scalable(proper, fixed_host_port=fixed_host_port, no_compose=no_compose),
        container_ids=tuple(replica.id for replica in proper),
        folder=made_from.folder,
        files=made_from.files,
        labels=newest.labels,
    )


def why_not_scalable(
    replicas: Sequence[Replica], *, fixed_host_port: Callable[[str], bool], no_compose: Callable[[Project], str]
) -> str:
    """Say why Compose could not change the number of these replicas, or nothing: known before it is tried.

    A name of its own and a fixed host port would let Compose fail half way, and leave a dead
    container behind.
    """
    if not replicas:
        return "only one-off runs of it exist"
    # Labels are anybody's to write, an image's too: a word such as "--pull" would be an option to Compose.
    for label in ("project", "service"):
        if _NAME.fullmatch(replicas[0].label(label)) is None:
            return f"its label {COMPOSE}{label} is no name that Compose gives: {replicas[0].label(label)}"
    for replica in replicas:
        if not _has_numbered_name(replica):
            return f"its container_name fixes the name {replica.name}, which only one container can have"
    project = project_of(replicas)
    missing = _missing(project)
    if missing:
        return missing
    newest = max(replicas, key=lambda replica: replica.created)
    if fixed_host_port(newest.id):
        return "it publishes a fixed host port, which only one container can have"
    return no_compose(project)


def _has_numbered_name(replica: Replica) -> bool:
    project, service = re.escape(replica.label("project")), re.escape(replica.label("service"))
    # Compose 1 before 1.23 put a random suffix behind; a recreated one carries its old id before.
    return (
        re.fullmatch(rf"(?:[0-9a-f]{{12}}_)?{project}([-_]){service}\1\d+(?:_[0-9a-f]{{12}})?", replica.name)
        is not None
    )


def _missing(project: Project) -> str:
    if not project.files or not project.folder:
        return "its labels do not say which Compose files it was made from"
    gone = [path for path in (project.folder, *project.files, *project.environment_files) if not _exists(path)]
    return f"its Compose files are not on this host: {', '.join(gone)}" if gone else ""


def _exists(path: str) -> bool:
    try:
        return Path(path).is_absolute() and Path(path).exists()
    except (OSError, ValueError):
        return False
