"""The engine's containers and services: listed once, then kept current by events."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sutaztop.collectors.follow import KEPT, Follower, Seen
from sutaztop.contracts import (
    NOTHING_KNOWN,
    Clock,
    DeadlineExceeded,
    Engine,
    EngineError,
    EngineRefused,
    EngineUnreachable,
    NotFound,
)
from sutaztop.domain.container import Container
from sutaztop.domain.engine import EngineInfo, SwarmRole
from sutaztop.domain.event import Event
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.service import Service

LIST_EVERY = Seconds(60.0)
"""The engine is asked for its list this often, whatever the events say; what it tells anew is inspected."""
REVIEW_EVERY = Seconds(600.0)
"""Each container is inspected this often, whatever is told of it, one after another: all at once would be felt."""
PING_EVERY = Seconds(3.0)
"""An engine that was asked nothing for this long is asked for a sign of life: silence is not health."""
SERVICES_EVERY = Seconds(10.0)
"""A Swarm's services are read this often: what its other nodes do is no event here."""
GAPS_EVERY = Seconds(5.0)
"""Streams that break again and again (a proxy that refuses them) cause a full listing this often, not each time."""
OVERLAP_NS = 2_000_000_000
"""The first stream begins this long before its listing, so that nothing falls between the two."""

_UNTELLING = frozenset({
    "attach", "detach", "commit", "copy", "export", "archive-path", "extract-to-dir", "top", "resize",
    "exec_create", "exec_start", "exec_die", "exec_detach",
})  # fmt: skip
"""Container actions after which ``inspect`` says what it said before. Any other one is looked into."""
_SCALING = frozenset({"create", "start", "die", "destroy", "health_status"})


@dataclass(frozen=True, slots=True)
class StackReading:
    """The engine at one time. ``events`` are those that arrived since the reading before."""

    engine: EngineInfo
    containers: tuple[Container, ...] = ()
    services: tuple[Service, ...] = ()
    events: tuple[Event, ...] = ()


class StackCollector:
    """Lists once and then follows the engine's events: only what an event names is inspected again.

    After every gap in the events everything is listed and inspected anew. Every ``LIST_EVERY`` the
    list is asked for, what it tells differently is inspected, and the engine is asked who it is:
    another engine may answer at the same address. When the engine cannot be reached ``collect``
    raises; the next one that succeeds inspects everything.
    """

    name = "stack"
    every = Seconds(0.0)
    deadline = Seconds(10.0)

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        *,
        list_every: Seconds = LIST_EVERY,
        services_every: Seconds = SERVICES_EVERY,
        review_every: Seconds = REVIEW_EVERY,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._list_every_ns = int(list_every * 1e9)
        self._services_every_ns = int(services_every * 1e9)
        self._review_every_ns = int(review_every * 1e9)
        self._info: EngineInfo | None = None
        self._containers: dict[str, Container] = {}
        self._services: tuple[Service, ...] = ()
        self._listed_ns: int | None = None
        self._services_ns = 0
        self._round: list[str] = []
        self._reviewed_ns = 0
        self._seen = Seen()
        self._follower: Follower | None = None
        self._lost_touch = False
        self._heard_ns = 0
        self._gap_ns: int | None = None
        self._untaken: tuple[Event, ...] = ()
        self._latest: StackReading | None = None
        self._closed = False

    @property
    def source(self) -> str:
        """Say in words where the values come from."""
        follower = self._follower
        if follower is not None and follower.trouble is not None:
            return f"engine API: list, without events ({follower.trouble.why or follower.trouble.what})"
        return "engine API: list and events"

    def latest(self) -> StackReading | None:
        """Give the last good reading, for other collectors; any thread may ask."""
        return self._latest

    def collect(self) -> StackReading:
        """Read what has changed. Raises ``EngineError``; then nothing that was known is trusted any more."""
        try:
            self._latest = self._read()
        except EngineError as error:
            self._listed_ns = None
            self._lost_touch = self._lost_touch or isinstance(error, EngineUnreachable)
            raise
        return self._latest

    def close(self) -> None:
        """Stop following; the stream itself ends with the engine's ``close``."""
        self._closed = True
        if self._follower is not None:
            self._follower.abandon()

    def _read(self) -> StackReading:
        now = self._clock.monotonic_ns()
        gap = self._take_events(now)
        info = self._info
        if gap or self._listed_ns is None or info is None:
            info = self._list_everything(now)
        else:
            self._hear_from(now)
            self._inspect_again(_concerned(self._untaken))
            if now - self._listed_ns >= self._list_every_ns:
                info = self._list_everything(now, known=self._containers)
            elif self._services_are_due(info, now):
                self._services = tuple(self._engine.services())
                self._services_ns = now
            self._review(now)
        events, self._untaken = self._untaken, ()
        return StackReading(info, tuple(self._containers.values()), self._services, events)

    def _take_events(self, now: int) -> bool:
        """Take the events that came in, and say whether some may be missing.

        They stay in ``_untaken`` until a reading carries them out: a read that fails half-way
        must not swallow them.
        """
        if self._follower is None:
            return True
        # Looked at before the events are taken: a stream that ends in between is found at the next read.
        ended = self._follower.ended.is_set()
        events, lost = self._follower.take()
        self._untaken = (*self._untaken, *events)[-KEPT:]
        if ended and (self._gap_ns is None or now - self._gap_ns >= GAPS_EVERY * 1e9):
            self._gap_ns = now
            return True
        return lost

    def _hear_from(self, now: int) -> None:
        """Have the engine show that it lives, unless it was heard just now. Raises ``EngineError`` if it does not."""
        if now - self._heard_ns >= PING_EVERY * 1e9:
            self._engine.ping()
            self._heard_ns = now

    def _services_are_due(self, info: EngineInfo, now: int) -> bool:
        if any(map(_concerns_services, self._untaken)):
            return True
        return info.swarm_role is SwarmRole.MANAGER and now - self._services_ns >= self._services_every_ns

    def _review(self, now: int) -> None:
        """Inspect as many of the containers as have come due, each once in ``REVIEW_EVERY``."""
        due = len(self._containers) * (now - self._reviewed_ns) // self._review_every_ns
        if due:
            self._reviewed_ns = now
        for _ in range(min(due, len(self._containers))):
            if not self._round:
                self._round = list(self._containers)
            self._inspect_again({self._round.pop(): False})

    def _list_everything(self, now: int, known: Mapping[str, Container] = NOTHING_KNOWN) -> EngineInfo:
        info = self._engine.info()
        if self._info is not None and self._is_another(info, self._info):
            self._seen = Seen()
            self._untaken = ()
            self._lost_touch = True
            known = NOTHING_KNOWN
        self._follow()
        containers = self._engine.containers(known)
        services = self._engine.services()
        self._containers = {it.id: it for it in containers}
        self._services = tuple(services)
        self._info = info
        self._listed_ns = self._services_ns = self._heard_ns = now
        if not known:
            self._reviewed_ns = now
        return info

    def _is_another(self, info: EngineInfo, known: EngineInfo) -> bool:
        """Whether another engine answers. An id counts if it is said twice: Podman makes one up for each answer."""
        if info.id == known.id:
            return False
        return info.name != known.name or self._engine.info().id == info.id

    def _follow(self) -> None:
        """Follow before listing, so that what happens during the listing is an event.

        After an outage the old stream is given up even where it seems open: a connection cut
        on the way never ends by itself.
        """
        if self._follower is not None and not self._follower.ended.is_set() and not self._lost_touch:
            return
        self._stop_following()
        self._lost_touch = False
        if not self._closed:
            last = self._seen.last_ns
            since = last + 1 if last else int(self._clock.now().timestamp() * 1e9) - OVERLAP_NS
            self._follower = Follower(self._engine, since, self._seen)

    def _stop_following(self) -> None:
        if self._follower is not None:
            self._follower.abandon()
            self._follower = None

    def _inspect_again(self, concerned: Mapping[str, bool]) -> None:
        """Inspect containers, by id; those that are known to be gone are forgotten."""
        for container_id, gone in concerned.items():
            if gone:
                self._containers.pop(container_id, None)
                continue
            try:
                found = self._engine.inspect(container_id)
            except NotFound:
                self._containers.pop(container_id, None)
            except DeadlineExceeded:
                # Either it alone hangs, or the engine does, which a sign of life tells.
                self._engine.ping()
                continue
            except EngineRefused:
                # It alone cannot be inspected: it stays as it was known, and the next listing tells more.
                continue
            else:
                self._containers[found.id] = found


def _concerned(events: Iterable[Event]) -> dict[str, bool]:
    """Give the containers that events speak of, and whether the last word was that it is gone."""
    found: dict[str, bool] = {}
    for event in events:
        if event.kind == "container" and event.action not in _UNTELLING:
            found[event.subject_id] = event.action == "destroy"
        elif event.kind == "network" and (container_id := event.attributes.get("container")):
            found.setdefault(container_id, False)
    return found


def _concerns_services(event: Event) -> bool:
    return event.kind in ("service", "node") or (event.kind == "container" and event.action in _SCALING)
