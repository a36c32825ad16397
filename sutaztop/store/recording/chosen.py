"""Part of a stack: the containers that are asked for by name, with all that belongs to them; the host stays whole."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, TypeVar

from sutaztop.domain.finding import Subject
from sutaztop.domain.recording import Happening
from sutaztop.domain.sample import Sample
from sutaztop.store.recording.nearest import no_container
from sutaztop.store.recording.rows import Told

T = TypeVar("T")
_HOSTS = frozenset({"host", "tier", "component", "engine", ""})
"""What a finding may be about that belongs to no container."""


@dataclass(slots=True)
class Roster:
    """Every container that was met, by id: its name, and the services it is found by as well."""

    names: dict[str, str] = field(default_factory=dict)
    services: dict[str, frozenset[str]] = field(default_factory=dict)
    is_empty: bool = True
    """Whether no sample was met at all."""

    def meet(self, sample: Sample) -> None:
        """Meet the containers of a sample."""
        self.is_empty = False
        for it in sample.containers:
            if it.id not in self.names or self.names[it.id] != it.name:
                owners = {it.service, it.swarm_service_id, f"{it.project}/{it.service}"} - {"", "/"}
                owners |= {one.name for one in sample.services if it.id in one.container_ids}
                self.names[it.id], self.services[it.id] = it.name, frozenset(owners)

    def ids(self, wanted: str) -> frozenset[str]:
        """Give the ids that a name, the beginning of an id (12 digits or more) or a service stands for."""
        found = {key for key, name in self.names.items() if name == wanted}
        if not found and len(wanted) >= 12:
            found = {key for key in self.names if key.startswith(wanted)}
        return frozenset(found or {key for key, owners in self.services.items() if wanted in owners})

    def wanted(self, names: Iterable[str]) -> frozenset[str]:
        """Give the ids that names stand for. Raises ``RecordingError`` for one that nobody has, with those near it."""
        found: set[str] = set()
        for name in names:
            ids = self.ids(name)
            if not ids:
                raise no_container(name, sorted(set(self.names.values())))
            found |= ids
        return frozenset(found)


class Chosen:
    """Leaves out of samples, frames and happenings what has to do with other containers than these.

    What was one object stays one: who writes tells by that what was not read anew.
    """

    def __init__(self, ids: Iterable[str]) -> None:
        self.ids = frozenset(ids)
        self._services: frozenset[str] = frozenset()
        self._projects: frozenset[str] = frozenset()
        self._names: frozenset[str] = frozenset()
        self._kept: dict[str, tuple[Any, Any]] = {}

    def told(self, told: Told) -> Told:
        """Give a row with the chosen containers alone."""
        sample = self._sample(told.sample)
        before = told.before
        if before is not None:
            before = replace(before, counters=self._of_ids(before.counters))
        return replace(
            told, sample=sample, before=before,
            findings=tuple(it for it in told.findings if self.is_about(it.subject)),
            recommendations=tuple(it for it in told.recommendations if self.is_about(it.subject)),
            observed=MappingProxyType({key: it for key, it in told.observed.items() if self._has(key)}),
            kept=self._of_ids(told.kept),
        )  # fmt: skip

    def meet(self, told: Told) -> None:
        """Meet what the chosen containers belong to, before happenings are looked through."""
        self._sample(told.sample)

    def is_about(self, subject: Subject) -> bool:
        """Whether something is about a chosen container, what owns it, or the host."""
        if subject.kind in _HOSTS:
            return True
        return self._has(subject.id) or subject.name in self._names

    def happening(self, it: Happening) -> bool:
        """Whether a happening belongs here."""
        return self.is_about(it.subject)

    def _has(self, key: str) -> bool:
        return key in self.ids or key in self._services or key in self._projects

    def _sample(self, sample: Sample) -> Sample:
        containers = self._some("containers", sample.containers, lambda it: it.id in self.ids)
        services = self._some("services", sample.services, lambda it: not self.ids.isdisjoint(it.container_ids))
        self._services |= {it.id for it in services}
        self._projects |= {it.project for it in containers} - {""}
        self._names |= {it.name for it in containers} | {it.name for it in services}
        models = self._some("models", sample.models, lambda it: not it.container_id or it.container_id in self.ids)
        return replace(
            sample, containers=containers, services=services, models=models,
            counters=self._of_ids(sample.counters), wishes=self._of_ids(sample.wishes),
            projects=self._some("projects", sample.projects, lambda it: it.project in self._projects),
            events=tuple(it for it in sample.events if it.subject_id in self.ids or it.subject_id in self._services),
        )  # fmt: skip

    def _some(self, name: str, values: tuple[T, ...], is_wanted: Callable[[T], bool]) -> tuple[T, ...]:
        known = self._kept.get(name)
        if known is None or known[0] is not values:
            known = self._kept[name] = values, tuple([it for it in values if is_wanted(it)])
        found: tuple[T, ...] = known[1]
        return found

    def _of_ids(self, values: Mapping[str, T]) -> Mapping[str, T]:
        return MappingProxyType({key: it for key, it in values.items() if key in self.ids})
