"""Changes of what runs: a container's state, a Swarm service's rollout, a model's stay in memory."""

from dataclasses import dataclass, replace
from datetime import datetime

from sutaztop.domain.container import ContainerState
from sutaztop.domain.quantity import Bytes, Seconds
from sutaztop.domain.verbs import Rollout, Signal, Stay, Verb

_INVERSE = {Verb.START: Verb.STOP, Verb.STOP: Verb.START, Verb.PAUSE: Verb.UNPAUSE, Verb.UNPAUSE: Verb.PAUSE}
_LEADS_TO = {
    Verb.START: ContainerState.RUNNING,
    Verb.STOP: ContainerState.EXITED,
    Verb.RESTART: ContainerState.RUNNING,
    Verb.PAUSE: ContainerState.PAUSED,
    Verb.UNPAUSE: ContainerState.RUNNING,
}


@dataclass(frozen=True, slots=True)
class ChangeState:
    """Something done to one run of a container.

    ``before``, ``started_at`` and ``pid`` are the state and the run that the preview showed; a
    ``started_at`` of ``None`` and a ``pid`` of 0 are not looked at. ``signal`` is for a kill alone.
    ``grace`` is how long the engine waits for a polite end before it kills, ``None`` for ever.
    """

    engine: str
    id: str
    name: str
    verb: Verb
    before: ContainerState
    started_at: datetime | None = None
    pid: int = 0
    signal: Signal | None = None
    grace: Seconds | None = Seconds(10.0)

    @property
    def after(self) -> ContainerState | None:
        """The state that it should lead to; ``None`` where there is none (gone) or it is the program's choice."""
        return _LEADS_TO.get(self.verb)

    @property
    def inverse(self) -> "ChangeState | None":
        """Start for stop, pause for unpause, and back; the rest can't be taken back.

        A pause keeps the run, so the way back is bound to it; a start makes one that is not known yet.
        """
        verb, after = _INVERSE.get(self.verb), self.after
        if verb is None or after is None:
            return None
        if self.verb in (Verb.PAUSE, Verb.UNPAUSE):
            return replace(self, verb=verb, before=after)
        return replace(self, verb=verb, before=after, started_at=None, pid=0)


@dataclass(frozen=True, slots=True)
class ChangeRollout:
    """A rollout of a Swarm service. ``before`` and ``after`` are digests of its specification.

    ``after`` is empty for a redeploy, whose specification differs by a counter that Swarm keeps.
    """

    engine: str
    id: str
    name: str
    rollout: Rollout
    before: str = ""
    after: str = ""

    @property
    def inverse(self) -> "ChangeRollout | None":
        """A second rollback, for Swarm swaps the two specifications; a redeploy can't be taken back."""
        if self.rollout is Rollout.REDEPLOY:
            return None
        return replace(self, before=self.after, after=self.before)


@dataclass(frozen=True, slots=True)
class ChangeStay:
    """A model loaded, or kept, or no longer kept for ever.

    ``size`` is what it takes, or for a preload its file's size, the least that it will take.
    ``keep_alive`` is in seconds, negative for ever, and ``None`` leaves it to the server.
    ``context_length`` is the one it is loaded with: asked with another, the server loads it anew.
    """

    engine: str
    id: str
    name: str
    stay: Stay
    size: Bytes = Bytes(0)
    keep_alive: Seconds | None = None
    context_length: int | None = None
    default_keep_alive: Seconds = Seconds(300.0)

    @property
    def inverse(self) -> "ChangeStay | Unload":
        """Unpin for pin and back; unload for a preload."""
        if self.stay is Stay.PRELOAD:
            return Unload(self.engine, self.id, self.name, self.size)
        if self.stay is Stay.PIN:
            return replace(self, stay=Stay.UNPIN, keep_alive=self.default_keep_alive)
        return replace(self, stay=Stay.PIN, keep_alive=FOR_EVER)


FOR_EVER = Seconds(-1.0)
"""A negative ``keep_alive``: the model stays until it is unloaded or the server ends."""


@dataclass(frozen=True, slots=True)
class Unload:
    """A model out of memory; ``size`` is what it should free. It has no inverse: asking loads it again.

    ``container_id`` is the container that the server is believed to run in, or empty, and
    ``held`` what that held when the plan was made: its working set, 0 where it is not known.
    """

    engine: str
    id: str
    name: str
    size: Bytes
    container_id: str = ""
    held: Bytes = Bytes(0)
    on_host: Bytes = Bytes(0)

    @property
    def inverse(self) -> None:
        """Nothing: the next request for the model loads it."""
        return
