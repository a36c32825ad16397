"""A service: what Swarm or Compose keeps running, and how many replicas of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sutaztop.domain.container import NO_LABELS
from sutaztop.domain.resources import Resources


class Orchestrator(StrEnum):
    """Who owns a service."""

    SWARM = "swarm"
    COMPOSE = "compose"


@dataclass(frozen=True, slots=True)
class Earlier:
    """The specification before the last update: what a rollback goes back to.

    ``differs`` names the other parts of it that differ ("Env", "Args"), without their values,
    which may be secrets. ``digest`` is that of the whole specification.
    """

    digest: str
    image: str = ""
    desired: int | None = None
    resources: Resources = Resources()
    differs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Service:
    """A Swarm service, or a Compose service as its containers' labels tell it.

    ``id`` is Swarm's id, or ``project/service`` for Compose. ``desired`` is ``None`` for a
    global service and for Compose, which stores no wish. ``not_scalable`` says why replicas
    cannot be changed; empty means that they can. ``rollout`` is Swarm's ``UpdateStatus.State``
    (``updating``, ``completed``, ``paused``, ``rollback_started`` …) or empty, with
    ``rollout_message`` as the engine wrote it. ``resources`` are those of each replica.
    ``digest`` is that of Swarm's whole specification and ``earlier`` the one before; empty and
    ``None`` where there is none. ``folder`` and ``files`` are what Compose was run on, as its containers' labels say.
    """

    id: str
    name: str
    orchestrator: Orchestrator
    project: str = ""
    image: str = ""
    desired: int | None = None
    running: int = 0
    not_scalable: str = ""
    resources: Resources = Resources()
    rollout: str = ""
    rollout_message: str = ""
    container_ids: tuple[str, ...] = ()
    folder: str = ""
    files: tuple[str, ...] = ()
    digest: str = ""
    earlier: Earlier | None = None
    labels: Mapping[str, str] = field(default_factory=lambda: NO_LABELS, repr=False)

    @property
    def replicas(self) -> int:
        """How many there should be: those wished for, or where nobody keeps a wish, those that run."""
        return self.running if self.desired is None else self.desired
