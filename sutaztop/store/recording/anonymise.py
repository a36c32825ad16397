"""The same samples, frames and happenings with nothing in them that tells whose they are (ADR 0031).

Which text of which type becomes what is told here field by field: a text that is told nowhere stops the program that
meets it, so that one that is added later can't slip through.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import Enum
from types import MappingProxyType
from typing import Any, TypeVar, get_args, get_origin

from sutaztop.domain.counters import ContainerCounters
from sutaztop.domain.event import Event
from sutaztop.domain.finding import Finding, Recommendation, Subject
from sutaztop.domain.guardrails import ObservedChange
from sutaztop.domain.intent import UndoChange
from sutaztop.domain.llm import ModelWatch
from sutaztop.domain.recording import Happening, HappeningKind
from sutaztop.domain.sample import Sample, Trouble
from sutaztop.store.recording.pseudonyms import Pseudonyms
from sutaztop.store.recording.public_words import PROGRAMS, SEGMENTS
from sutaztop.store.recording.rows import Kept, Told
from sutaztop.store.recording.values import hints

T = TypeVar("T")
Change = Callable[[Any], Any]
NOTE = "(a note; what it says is left out)"
_NO_COUNTERS: Mapping[str, ContainerCounters] = MappingProxyType({})
_MOST_KEPT = 20_000

_WAYS: Mapping[str, str] = MappingProxyType({
    way_field: way
    for way, names in {
        "keep": "EngineInfo.version EngineInfo.api_version EngineInfo.os EngineInfo.cgroup_driver "
        "Container.restart_policy Mount.kind Port.protocol Logging.max_size Service.rollout Earlier.differs "
        "Filesystem.kind ModelServer.version LoadedModel.parameter_size LoadedModel.quantization "
        "InstalledModel.parameter_size InstalledModel.quantization Event.kind Event.action CollectorReport.name "
        "Wish.keys Finding.word Recommendation.rule Decision.rules Action.rule Figure.name Guard.name Step.name "
        "ObservedChange.what Subject.kind Happening.action",
        "text": "EngineInfo.origin EngineInfo.without_engine Service.not_scalable Service.rollout_message "
        "Unmeasured.detail ModelServer.trouble CollectorReport.source Trouble.what Trouble.why Trouble.advice "
        "Wish.trouble Defined.trouble Finding.text Evidence.name Evidence.value Recommendation.id "
        "Recommendation.proposal Recommendation.reason Recommendation.blocked Decision.text Decision.reason "
        "Decision.blocked Decision.missing Guard.detail Event.detail Happening.text Happening.reference",
        "id": "EngineInfo.id Container.id Container.swarm_task_id Earlier.digest Service.digest Service.container_ids "
        "ModelServer.container_id LoadedModel.digest InstalledModel.digest Event.subject_id SetLimits.container_id "
        "ScaleUpLimits.container_id ScaleDownLimits.container_id ActOnContainer.container_id KeepLimits.container_id "
        "ObservedUnload.container_id Sample.counters Sample.wishes Container.image_id",
        "object_id": "Container.swarm_service_id Service.id SetReplicas.service_id RollOut.service_id Decision.id",
        "host": "EngineInfo.name HostCounters.hostname",
        "container": "Container.name Event.subject_name Subject.name Decision.name",
        "service": "Container.service Service.name Defined.services",
        "project": "Container.project Service.project Defined.project",
        "volume": "Mount.volume Component.volumes",
        "network": "Container.network_mode Container.networks",
        "profile": "Wish.profiles",
        "person": "Happening.who",
        "image": "Container.image Service.image Earlier.image Logging.driver",
        "model": "LoadedModel.name InstalledModel.name UnloadModel.model KeepModel.model ObservedUnload.model",
        "family": "LoadedModel.family InstalledModel.family",
        "path": "EngineInfo.root_directory Mount.source Mount.destination Service.folder Service.files "
        "Component.paths Tree.path Tree.mount_point Filesystem.mount_point Filesystem.device Wish.file Wish.kept_in "
        "Defined.file KeepLimits.path",
        "component": "Component.name",
        "address": "Container.addresses Port.host_address",
        "endpoint": "EngineInfo.endpoint ModelServer.endpoint UnloadModel.endpoint KeepModel.endpoint "
        "ObservedUnload.endpoint",
        "process": "Process.name",
        "kernel": "EngineInfo.kernel",
        "command": "Container.command",
        "nothing": "Probe.output",
        "run": "ContainerCounters.run",
        # As a whole: keys and values are seen to together.
        "environment": "Container.environment",
        "labels": "Container.labels Service.labels",
        "attributes": "Event.attributes",
        "subject": "Subject.id",
        "memory": "ModelWatch.memory",
        "expiries": "ModelWatch.expiries",
    }.items()
    for way_field in names.split()
})  # fmt: skip
_WHOLE = frozenset({"environment", "labels", "attributes", "memory", "expiries"})
_DRIVERS = frozenset({"json-file", "local", "journald", "syslog", "none", "gelf", "fluentd", "awslogs", "splunk"})
_ATTRIBUTES = ("exitCode", "signal", "execDuration")


def text_fields(kind: type) -> Iterable[str]:
    """Give the fields of a type that hold text, as ``Type.field``."""
    return (f"{kind.__name__}.{it.name}" for it in fields(kind) if _has_text(hints(kind)[it.name]))


def _bare(hint: Any) -> Any:
    while hasattr(hint, "__supertype__"):
        hint = hint.__supertype__
    return hint


def _has_text(hint: Any) -> bool:
    hint = _bare(hint)
    return hint is str or any(_has_text(it) for it in get_args(hint) if it is not Ellipsis)


@dataclass(frozen=True, slots=True)
class _Seen:
    """An object and what became of it: while the first is held, its number in memory is its own."""

    before: Any
    after: Any


class Anonymiser:
    """Replaces names. It must ``learn`` all that a clip will hold first, and ``finish`` before anything is written.

    What was one object stays one: who writes tells by that what was not read anew.
    """

    def __init__(self, key: bytes) -> None:
        self.names = Pseudonyms(key)
        self._changes: dict[Any, Change] = {}
        self._seen: dict[tuple[int, int], _Seen] = {}
        self._learning = True

    # --- learning ---------------------------------------------------------------------------

    def learn(self, told: Told) -> None:
        """Meet every name of a row."""
        for it in told.sample.services:
            self.names.name("proj", it.project)
            self.names.name("svc", it.name)
        for container in told.sample.containers:
            self.names.name("proj", container.project)
            self.names.name("svc", container.service)
            # A task's name ends with its id.
            self.names.id(container.swarm_task_id)
        # What it is measured against is of the same containers.
        self.told(replace(told, before=None, sample=replace(told.sample, counters=_NO_COUNTERS)))

    def learn_happening(self, it: Happening) -> None:
        """Meet every name of a happening."""
        self.happening(it)

    def finish(self) -> None:
        """End learning."""
        self._learning = False
        self._seen.clear()
        self.names.finish()

    # --- what is written --------------------------------------------------------------------

    def told(self, told: Told) -> Told:
        """Give a row read, and all that was judged of it, under other names."""
        return replace(
            told,
            sample=self.sample(told.sample),
            before=None if told.before is None else self.sample(told.before),
            findings=self._changed(tuple[Finding, ...], told.findings),
            recommendations=self._changed(tuple[Recommendation, ...], told.recommendations),
            trouble=self._changed(Trouble | None, told.trouble),
            observed=self._keyed(told.observed, self.names.object_id),
            watch=self._changed(ModelWatch, told.watch),
            kept=self._kept(told.kept),
        )  # fmt: skip

    def _kept(self, kept: Mapping[str, Kept]) -> Mapping[str, Kept]:
        return MappingProxyType({self.names.id(key): it for key, it in kept.items()})

    def _keyed(self, values: Mapping[str, ObservedChange], way: Callable[[str], str]) -> Mapping[str, ObservedChange]:
        return MappingProxyType({way(key): it for key, it in values.items()})

    def sample(self, sample: Sample) -> Sample:
        """Give a sample under other names."""
        if len(self._seen) > _MOST_KEPT:
            self._seen.clear()
        return self._changed(Sample, sample)

    def happening(self, it: Happening) -> Happening:
        """Give a happening under other names. What a note says is left out: nobody knows what a person wrote."""
        found = self._changed(Happening, it)
        return replace(found, text=NOTE) if it.kind is HappeningKind.NOTE else found

    def size_key(self, key: str) -> str:
        """Give the key of sizes over time; see ``domain.sizes``."""
        kind, _, name = key.partition(":")
        ways: Mapping[str, Change] = {"component": self._component, "filesystem": self.names.path}
        return f"{kind}:{ways.get(kind, _same)(name)}"

    def _changed(self, hint: Any, value: T) -> T:
        result: T = self._change_of(hint, "")(value)
        return result

    # --- by type ----------------------------------------------------------------------------

    def _change_of(self, hint: Any, way: str) -> Change:
        key = (hint, way)
        if key not in self._changes:
            self._changes[key] = self._made(_bare(hint), way)
        return self._changes[key]

    def _made(self, hint: Any, way: str) -> Change:  # noqa: PLR0911 - one line for each sort of type
        if way in _WHOLE:
            return self._way(way)
        if isinstance(hint, type) and is_dataclass(hint):
            return self._remembered(self._of_dataclass(hint))
        if isinstance(hint, type) and issubclass(hint, Enum):
            return _same
        if hint is str:
            if not way:
                raise TypeError("a text without a way to anonymise it")
            return self._way(way)
        origin, inner = get_origin(hint), get_args(hint)
        if origin is tuple:
            return self._of_tuple(inner, way)
        if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
            key, item = (self._change_of(it, way) for it in inner)
            if key is item is _same:
                return _same
            return lambda value: MappingProxyType({key(name): item(it) for name, it in value.items()})
        if inner:
            return self._of_union(inner, way)
        return _same

    def _of_tuple(self, inner: tuple[Any, ...], way: str) -> Change:
        if len(inner) == 2 and inner[1] is Ellipsis:
            one = self._change_of(inner[0], way)
            if one is _same:
                return _same
            return self._remembered(lambda value: tuple([one(it) for it in value]))
        each = [self._change_of(it, way) for it in inner]
        if all(it is _same for it in each):
            return _same
        return lambda value: tuple([change(it) for change, it in zip(each, value, strict=True)])

    def _of_union(self, inner: tuple[Any, ...], way: str) -> Change:
        by_type: dict[type, Change] = {}
        for it in map(_bare, inner):
            kind = get_origin(it) or it
            by_type[kind] = self._change_of(it, way)
        if all(it is _same for it in by_type.values()):
            return _same
        return lambda value: by_type[type(value)](value) if type(value) in by_type else value

    def _of_dataclass(self, kind: type) -> Change:
        if kind is UndoChange:
            # A whole line of the journal hangs on it, files' content too; a clip takes nothing back.
            return _nothing
        changes = []
        for it in fields(kind):
            hint, name = hints(kind)[it.name], f"{kind.__name__}.{it.name}"
            if _has_text(hint) and name not in _WAYS:
                raise TypeError(f"no way is told to anonymise {name}")
            change = self._change_of(hint, _WAYS.get(name, ""))
            if change is not _same:
                changes.append((it.name, change))
        if not changes:
            return _same
        special: Mapping[type, Change] = {Subject: self._subject, Event: self._event}

        def changed(value: Any) -> Any:
            return replace(value, **{name: change(getattr(value, name)) for name, change in changes})

        return special.get(kind, changed)

    def _remembered(self, change: Change) -> Change:
        if change is _same:
            return change

        def changed(value: Any) -> Any:
            key = id(value), id(change)
            known = self._seen.get(key)
            if known is None or known.before is not value:
                known = self._seen[key] = _Seen(value, change(value))
            return known.after

        return changed

    # --- by way -----------------------------------------------------------------------------

    def _way(self, way: str) -> Change:
        names = self.names
        kinds = {"host": "host", "container": "ctr", "service": "svc", "project": "proj", "volume": "vol",
                 "profile": "profile"}  # fmt: skip
        if way in kinds:
            return lambda value: names.name(kinds[way], value)
        ways: Mapping[str, Change] = {
            "keep": _same, "text": self._text, "id": names.id, "object_id": names.object_id, "network": names.network,
            "person": names.person, "image": self._image,
            "model": names.model, "family": names.model, "path": names.path, "component": self._component,
            "address": names.address, "endpoint": names.endpoint,
            "process": self._process,
            "kernel": _version, "command": names.command, "nothing": _empty, "run": names.run,
            "environment": self._environment, "labels": self._labels, "attributes": _attributes,
            "subject": names.id, "memory": self._memory, "expiries": self._expiries,
        }  # fmt: skip
        return ways[way]

    def _text(self, value: Any) -> Any:
        return value if self._learning or not isinstance(value, str) else self.names.text(value)

    def _image(self, name: str) -> str:
        return name if name in _DRIVERS else self.names.image(name)

    def _process(self, name: str) -> str:
        return self.names.word("proc", name, PROGRAMS) if name else ""

    def _component(self, name: str) -> str:
        return name if all(it in SEGMENTS for it in name.casefold().split()) else self.names.name("part", name)

    def _environment(self, pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        return tuple([(self.names.variable(key), self.names.secret(value)) for key, value in pairs])

    def _labels(self, labels: Mapping[str, str]) -> Mapping[str, str]:
        return MappingProxyType(dict([self.names.label(key, value) for key, value in labels.items()]))

    def _memory(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        return MappingProxyType({self.names.endpoint(key): it for key, it in values.items()})

    def _expiries(self, values: Mapping[tuple[str, str], Any]) -> Mapping[tuple[str, str], Any]:
        names = self.names
        return MappingProxyType({(names.endpoint(at), names.model(model)): it for (at, model), it in values.items()})

    def _subject(self, it: Subject) -> Subject:
        """Give a subject: what its id and name are depends on what they are of."""
        names = self.names
        ways: Mapping[str, tuple[Change, Change]] = {
            "container": (names.id, lambda name: names.name("ctr", name)),
            "service": (names.object_id, lambda name: names.name("svc", name)),
            "project": (lambda key: names.name("proj", key), lambda name: names.name("proj", name)),
            "component": (self._component, self._component),
            "host": (lambda key: key if key == "host" else names.id(key),
                     lambda name: name if name == "host" else names.name("host", name)),
            "engine": (self._place, self._place),
            "tier": (self._tier, self._tier),
            "": (_same, _same),
        }  # fmt: skip
        of_id, of_name = ways.get(it.kind, (self._told_of, self._told_of))
        return replace(it, id=of_id(it.id), name=of_name(it.name))

    def _tier(self, text: str) -> str:
        """Give a tier's name, or that of the filesystem that is meant."""
        return self.names.path(text) if "/" in text else text

    def _place(self, text: str) -> str:
        return self.names.endpoint(text) if "://" in text else self.names.name("host", text)

    def _told_of(self, text: str) -> str:
        """Give a published model as it is, and anything else, which a later version may judge, as a sentence."""
        return text if text == self.names.model(text) else str(self._text(text))

    def _event(self, it: Event) -> Event:
        names = self.names
        of_name = {"service": "svc", "network": "net", "volume": "vol", "node": "host"}.get(it.kind, "ctr")
        name = names.image(it.subject_name) if it.kind == "image" else names.name(of_name, it.subject_name)
        if it.action == "rename":
            detail = names.name("ctr", it.detail.removeprefix("/"))
        elif it.action in ("connect", "disconnect"):
            detail = names.id(it.detail)
        else:
            detail = it.detail if it.detail.isdecimal() else str(self._text(it.detail))
        is_network = it.kind == "network" and it.subject_name in ("bridge", "host", "none", "ingress")
        # An image's event has its name for an id.
        id_ = names.image(it.subject_id) if it.kind == "image" else names.id(it.subject_id)
        return replace(
            it, subject_id=id_, subject_name=it.subject_name if is_network else name, detail=detail,
            attributes=_attributes(it.attributes),
        )  # fmt: skip


def _same(value: Any) -> Any:
    return value


def _nothing(_: Any) -> None:
    return None


def _empty(_: Any) -> str:
    return ""


def _version(kernel: str) -> str:
    """Keep the numbers of a kernel's version: who built it may stand behind them."""
    return "".join([it for it in kernel.partition("-")[0] if it.isdecimal() or it == "."])


def _attributes(attributes: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType({key: it for key in _ATTRIBUTES if (it := attributes.get(key, "")).isdecimal()})


__all__ = ["NOTE", "Anonymiser", "text_fields"]
