"""Logs that are never begun anew: told once for a project, and a warning only where their disk fills."""

from collections.abc import Iterator, Sequence

from sutaztop.domain.disk import Filesystem
from sutaztop.domain.finding import Evidence, Finding, Severity, Subject
from sutaztop.domain.profile import Thresholds
from sutaztop.domain.snapshot import ContainerSnapshot, Snapshot
from sutaztop.policy.severity import UNRANKED, Ranked, is_over
from sutaztop.policy.wording import count, names, percent


def log_findings(snapshot: Snapshot, thresholds: Thresholds) -> Iterator[Ranked]:
    """Give a finding for each project with running containers whose log file grows for ever."""
    growing: dict[str, list[ContainerSnapshot]] = {}
    for it in snapshot.containers:
        logging = it.container.logging
        if logging is not None and logging.grows_for_ever and it.container.is_running:
            growing.setdefault(it.container.project, []).append(it)
    if not growing:
        return
    disk = _disk_of_engine(snapshot)
    for project, mine in sorted(growing.items()):
        yield UNRANKED, _finding(snapshot, project, mine, disk, thresholds)


def _finding(
    snapshot: Snapshot,
    project: str,
    mine: Sequence[ContainerSnapshot],
    disk: Filesystem | None,
    thresholds: Thresholds,
) -> Finding:
    engine = snapshot.engine
    subject = Subject("project", project, project)
    if not project:
        subject = Subject("engine", engine.id if engine else "", engine.name or engine.endpoint if engine else "engine")
    used = disk.used / disk.total if disk is not None and disk.total else None
    fills = used is not None and is_over(used, thresholds.disk_warning)
    text = (
        f"{count(len(mine), 'container')} write json-file logs without max-size, which grow until the disk is full"
        + (f", and {disk.mount_point} is at {percent(used)}" if fills and disk is not None and used is not None else "")
        + f": {names([it.display_name or it.container.name for it in mine])}. Set max-size and max-file under logging "
        "in its file, or log-opts in the daemon's; they count for what is made anew"
    )
    evidence = [Evidence("containers without rotation", str(len(mine)))]
    if disk is not None and used is not None:
        evidence.append(Evidence(f"{disk.mount_point} used", percent(used)))
    return Finding(subject, Severity.WARNING if fills else Severity.OK, "LOGS", text, tuple(evidence))


def _disk_of_engine(snapshot: Snapshot) -> Filesystem | None:
    """Find the filesystem that carries the engine's directory, in which the logs lie."""
    root = snapshot.engine.root_directory.rstrip("/") if snapshot.engine is not None else ""
    if not root or snapshot.disks is None:
        return None
    carrying = [
        it for tier in snapshot.disks.tiers for it in tier.filesystems
        if root == it.mount_point or root.startswith(f"{it.mount_point.rstrip('/')}/")
    ]  # fmt: skip
    return max(carrying, key=lambda it: len(it.mount_point), default=None)
