"""What is other than before a time in which nobody recorded: nobody knows when it changed, but that it did."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sutaztop.domain.change_words import limits_words, replicas_words
from sutaztop.domain.finding import Severity, Subject
from sutaztop.domain.quantity import Bytes, Cores
from sutaztop.domain.recording import Happening, HappeningKind
from sutaztop.domain.resources import Limits
from sutaztop.domain.service import Orchestrator
from sutaztop.domain.snapshot import Snapshot

MEANWHILE = "meanwhile"
"""The action of a line about what changed while nobody recorded; its time is that of the first frame after."""
MOST = 40
"""So many lines at most; of the rest it is told how many there are."""


@dataclass(frozen=True, slots=True)
class Known:
    """What of a container or service is kept to be compared. ``cpu`` is in cores, ``memory`` in bytes, both limits.

    ``count`` is a service's replicas. ``alone`` is a container that belongs to no service: that one comes and goes is
    then worth a line of its own.
    """

    kind: str
    name: str
    image: str = ""
    cpu: float | None = None
    memory: int | None = None
    count: int | None = None
    alone: bool = False


def known_of(snapshot: Snapshot) -> dict[str, Known]:
    """Give what is to be kept of a snapshot, by id."""
    found: dict[str, Known] = {}
    for service in snapshot.services:
        limits = service.resources.limits
        count = service.desired if service.orchestrator is Orchestrator.SWARM else len(service.container_ids)
        found[service.id] = Known("service", service.name, service.image, limits.cpu, limits.memory, count)
    for it in snapshot.containers:
        limits, container = it.container.resources.limits, it.container
        alone = not container.service and not container.swarm_service_id
        found[it.id] = Known(
            "container", container.name, container.image, limits.cpu, limits.memory, None, alone
        )  # fmt: skip
    return found


def meanwhile(before: Mapping[str, Known], snapshot: Snapshot) -> list[Happening]:
    """Give what differs between what was kept and a snapshot."""
    lines = list(_differences(before, known_of(snapshot), snapshot))
    if len(lines) <= MOST:
        return lines
    host = Subject("host", "host", snapshot.host.hostname or "host")
    rest = f"{len(lines) - MOST + 1} more are other than before"
    return [*lines[: MOST - 1], Happening(snapshot.at, HappeningKind.CHANGE, host, MEANWHILE, rest)]


def _differences(before: Mapping[str, Known], now: Mapping[str, Known], snapshot: Snapshot) -> Iterator[Happening]:
    for key, it in now.items():
        then = before.get(key)
        words = _words(then, it) if then is not None else "is new" if _is_told(it) else ""
        if words:
            yield Happening(snapshot.at, HappeningKind.CHANGE, Subject(it.kind, key, it.name), MEANWHILE, words)
    for key, it in before.items():
        if key not in now and _is_told(it):
            subject = Subject(it.kind, key, it.name)
            yield Happening(snapshot.at, HappeningKind.CHANGE, subject, MEANWHILE, "is gone", Severity.UNKNOWN)


def _is_told(it: Known) -> bool:
    return it.alone or it.kind == "service"


def _words(then: Known, it: Known) -> str:
    parts = []
    if then.count != it.count and then.count is not None and it.count is not None:
        parts.append(replicas_words(then.count, it.count))
    parts.append(limits_words(_limits(then), _limits(it)))
    if then.image != it.image:
        parts.append(f"image {then.image} → {it.image}")
    return ", ".join(part for part in parts if part)


def _limits(it: Known) -> Limits:
    return Limits(
        cpu=None if it.cpu is None else Cores(it.cpu), memory=None if it.memory is None else Bytes(it.memory)
    )  # fmt: skip
