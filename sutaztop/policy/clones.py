"""Containers that nobody keeps in a file: clones and helpers that were started by hand or by a script and stayed."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta

from sutaztop.domain.finding import Evidence, Finding, Severity, Subject
from sutaztop.domain.project import COMPOSE
from sutaztop.domain.quantity import span_words
from sutaztop.domain.reading import measured
from sutaztop.domain.snapshot import ContainerSnapshot, Snapshot
from sutaztop.policy.severity import UNRANKED, Ranked
from sutaztop.policy.wording import count, memory, names

MADE_UP = re.compile(r"[a-z]+_[a-z]+\d?")
"""The form of the names that Docker makes up where none is given. A name given by hand may have it too."""
LEFT_OVER = timedelta(hours=1)
"""What ``compose run`` starts is for a task: after this it has been forgotten."""
SEVERAL = 3
"""From here on it is a habit of some script, and a warning."""


def clone_findings(snapshot: Snapshot) -> Iterator[Ranked]:
    """Give one finding about all such containers, or none."""
    strays, left = [], []
    for it in snapshot.containers:
        container = it.container
        if not container.service:
            if _is_stray(it):
                strays.append(it)
        elif container.labels.get(f"{COMPOSE}oneoff") == "True" and _is_left_over(it, snapshot):
            left.append(it)
    images = Counter(it.container.image for it in strays)
    services = {it.container.image for it in snapshot.containers if strays and it.container.service}
    clones = [it for it in strays if it.container.image in services or images[it.container.image] > 1]
    if clones or left:
        yield UNRANKED, _finding(snapshot, clones, left, services)


def _is_stray(it: ContainerSnapshot) -> bool:
    """Whether it runs under a name that Docker made up, for nobody's project, and would not be started again."""
    container = it.container
    if not container.is_running or container.project or container.swarm_service_id:
        return False
    return container.restart_policy in ("", "no") and MADE_UP.fullmatch(container.name) is not None


def _is_left_over(it: ContainerSnapshot, snapshot: Snapshot) -> bool:
    started = it.container.started_at
    return it.container.is_running and started is not None and snapshot.at - started > LEFT_OVER


def _finding(
    snapshot: Snapshot, clones: Sequence[ContainerSnapshot], left: Sequence[ContainerSnapshot], services: set[str]
) -> Finding:
    parts = []
    images = Counter(it.container.image for it in clones)
    if clones:
        shared = {image: " (a service has it too)" if image in services else "" for image in images}
        by_image = names([f"{number} of {image}{shared[image]}" for image, number in images.items()], most=4)
        parts.append(
            f"{count(len(clones), 'container')} under names that Docker makes up, of no project: {by_image}; "
            f"{names([it.container.name for it in clones])}"
        )
    if left:
        shown = names([it.container.name for it in left])
        parts.append(f"{count(len(left), 'container')} of compose run, up for over an hour: {shown}")
    everyone = [*clones, *left]
    held = sum(measured(it.usage.memory) or 0 for it in everyone)
    started = [it.container.started_at for it in everyone if it.container.started_at is not None]
    evidence = [Evidence("containers", str(len(everyone))), Evidence("memory held", memory(held))]
    if started:
        evidence.append(Evidence("oldest", span_words((snapshot.at - min(started)).total_seconds())))
    text = (
        f"{'; '.join(parts)}. They hold {memory(held)}; no file keeps them: ask whose they are, and remove what "
        "nobody needs"
    )
    engine = snapshot.engine
    subject = Subject("engine", engine.id if engine else "", engine.name or engine.endpoint if engine else "engine")
    severity = Severity.WARNING if len(everyone) >= SEVERAL else Severity.OK
    return Finding(subject, severity, "CLONES", text, tuple(evidence))
