"""What changed of containers, services and models between two snapshots, whoever did it and told or not."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sutaztop.domain.change_words import limits_words, replicas_words
from sutaztop.domain.container import Container
from sutaztop.domain.event import Event
from sutaztop.domain.exit_codes import exit_words
from sutaztop.domain.finding import Severity, Subject
from sutaztop.domain.llm import ModelServer
from sutaztop.domain.recording import Happening, HappeningKind
from sutaztop.domain.service import Orchestrator, Service
from sutaztop.domain.snapshot import Snapshot
from sutaztop.domain.text import clean_line
from sutaztop.history.engine_events import LONGEST_TEXT, subject_of

SEEN = "seen"
"""The action of a change that was seen and not told by whoever made it."""
WAIT = timedelta(seconds=5)
"""How long an ``update`` waits for what it changed to be read, and a Compose service's count for coming to rest."""
_TOLD_WITHIN = timedelta(seconds=30)
"""An event of a container explains so long what is seen of it."""


@dataclass(slots=True)
class _Count:
    """A Compose service's containers: how many were told, and another number since when."""

    told: int
    now: int
    since: datetime


class SeenChanges:
    """Compares each snapshot with the one before, by identity first: what is quiet costs one look-up."""

    def __init__(self) -> None:
        self._last: Snapshot | None = None
        self._updates: dict[str, Event] = {}
        self._counts: dict[str, _Count] = {}
        self._told: dict[str, datetime] = {}
        self._unexplained: dict[str, Happening] = {}

    def note(self, event: Event) -> None:
        """Note an event: ``update`` is told with what it changed, the others explain what will be seen."""
        if event.action == "update" and event.kind in ("container", "service"):
            self._updates[event.subject_id] = event
        elif event.kind == "container":
            self._told[event.subject_id] = event.at
            self._unexplained.pop(event.subject_id, None)

    def take(self, snapshot: Snapshot) -> list[Happening]:
        """Give what differs from the snapshot before; nothing for the first."""
        last, self._last = self._last, snapshot
        told: list[Happening] = []
        if last is not None and was_read(last):
            told += self._containers(last, snapshot)
            if last.services is not snapshot.services:
                told += self._services(last, snapshot)
            if last.models is not snapshot.models:
                told += _models(last.models, snapshot.models, snapshot.at)
        told += self._rested(snapshot.at)
        if self._told:
            self._told = {key: it for key, it in self._told.items() if abs(snapshot.at - it) <= _TOLD_WITHIN}
        return told

    def image_of(self, name: str, but: str) -> str:
        """Give the image of another container of a name, as of the snapshot before; empty where there was none."""
        if self._last is None or not name:
            return ""
        return next(
            (it.container.image for it in self._last.containers if it.container.name == name and it.id != but), ""
        )

    # --- containers -------------------------------------------------------------------------

    def _containers(self, last: Snapshot, now: Snapshot) -> Iterator[Happening]:
        earlier, stayed = last.by_id, 0
        for it in now.containers:
            then = earlier.get(it.id)
            if then is None:
                self._wait_for_event(
                    _event(now.at, _subject(it.container), SEEN, f"is here: {it.container.state.value}")
                )
                continue
            stayed += 1
            if then.container is not it.container:
                yield from self._container(then.container, it.container, now.at)
        if stayed != len(earlier):
            for then in last.containers:
                if then.id not in now.by_id:
                    self._wait_for_event(_event(now.at, _subject(then.container), SEEN, "is gone", Severity.UNKNOWN))

    def _wait_for_event(self, happening: Happening) -> None:
        """Keep what an event will explain, or has; it is told only where none does."""
        if happening.subject.id not in self._told:
            self._unexplained[happening.subject.id] = happening

    def _container(self, then: Container, it: Container, at: datetime) -> Iterator[Happening]:
        words = limits_words(then.resources.limits, it.resources.limits)
        if words:
            update = self._updates.pop(it.id, None)
            yield _seen(update.at if update is not None else at, _subject(it), words)
        if it.restart_count > then.restart_count:
            code = then.exit_code if it.exit_code is None else it.exit_code
            meaning = exit_words(code, oom=it.oom_killed) if code is not None else ""
            why = f", exit code {code}{f': {meaning}' if meaning else ''}" if code is not None else ""
            text = f"was restarted by its policy, {it.restart_count} times by now{why}"
            self._wait_for_event(_event(at, _subject(it), "restart", text, Severity.WARNING))
        elif then.state is not it.state:
            self._wait_for_event(_event(at, _subject(it), SEEN, f"{then.state.value} → {it.state.value}"))

    # --- services ---------------------------------------------------------------------------

    def _services(self, last: Snapshot, now: Snapshot) -> Iterator[Happening]:
        earlier = {it.id: it for it in last.services}
        for it in now.services:
            then = earlier.get(it.id)
            if then is None or then is it:
                continue
            if it.orchestrator is Orchestrator.COMPOSE:
                self._count(then, it, now.at)
            else:
                yield from self._swarm(then, it, now.at)

    def _count(self, then: Service, it: Service, at: datetime) -> None:
        # Compose keeps no wish: a container more or less is one. One made anew is two for a moment.
        known, count = self._counts.get(it.id), len(it.container_ids)
        if known is not None:
            if known.now != count:
                known.now, known.since = count, at
        elif count != len(then.container_ids):
            self._counts[it.id] = _Count(len(then.container_ids), count, at)

    def _swarm(self, then: Service, it: Service, at: datetime) -> Iterator[Happening]:
        parts = []
        if then.desired != it.desired and then.desired is not None and it.desired is not None:
            parts.append(replicas_words(then.desired, it.desired))
        parts.append(limits_words(then.resources.limits, it.resources.limits))
        if then.image != it.image:
            parts.append(f"image {then.image} → {it.image}")
        words = ", ".join(part for part in parts if part)
        if not words and then.digest and it.digest and then.digest != it.digest:
            differs = ", ".join(it.earlier.differs) if it.earlier is not None else ""
            words = f"its specification changed{f': {differs}' if differs else ''}"
        if words:
            update = self._updates.pop(it.id, None)
            yield _seen(update.at if update is not None else at, Subject("service", it.id, it.name), words)

    def _rested(self, at: datetime) -> Iterator[Happening]:
        """Tell counts that have come to rest, updates of which nothing was seen, and what no event explained."""
        for key, waiting in tuple(self._unexplained.items()):
            if abs(at - waiting.at) >= WAIT:
                del self._unexplained[key]
                yield waiting
        for key, count in tuple(self._counts.items()):
            if count.now == count.told:
                del self._counts[key]
            elif abs(at - count.since) >= WAIT:
                del self._counts[key]
                name = next((it.name for it in self._last.services if it.id == key), key) if self._last else key
                yield _seen(count.since, Subject("service", key, name), replicas_words(count.told, count.now))
        for key, event in tuple(self._updates.items()):
            if abs(at - event.at) >= WAIT:
                del self._updates[key]
                if event.kind == "container":
                    yield _event(event.at, subject_of(event), "update", "its settings were updated")


def _models(before: tuple[ModelServer, ...], after: tuple[ModelServer, ...], at: datetime) -> Iterator[Happening]:
    """Tell which models came into memory and went; a server that was not read says nothing."""
    earlier = {it.endpoint: it for it in before}
    for server in after:
        then = earlier.get(server.endpoint)
        if then is None or then.loaded is server.loaded or server.trouble:
            continue
        was, now = {it.name for it in then.loaded}, {it.name for it in server.loaded}
        for name in sorted(now - was):
            yield _event(at, Subject("model", name, name), "load", "loaded into memory")
        for name in sorted(was - now):
            yield _event(at, Subject("model", name, name), "unload", "out of memory")


def was_read(snapshot: Snapshot) -> bool:
    """Whether containers had been read by then: before, nothing seen is not nothing there."""
    stack = snapshot.report("stack")
    return stack is not None and stack.read_at is not None


def _subject(it: Container) -> Subject:
    return Subject("container", it.id, it.name)


def _event(at: datetime, subject: Subject, action: str, text: str, severity: Severity = Severity.OK) -> Happening:
    return Happening(at, HappeningKind.EVENT, subject, action, clean_line(text, limit=LONGEST_TEXT), severity)


def _seen(at: datetime, subject: Subject, words: str) -> Happening:
    return Happening(at, HappeningKind.CHANGE, subject, SEEN, clean_line(words, limit=LONGEST_TEXT))
