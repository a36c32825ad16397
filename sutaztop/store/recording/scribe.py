"""Samples and what was judged of them as rows: the first of a minute whole, of the others what differs.

A row is a JSON object. What is large and rarely changes is a part, kept once for the whole recording; what comes again
within a stretch is written once and referred to by its number (ADR 0025).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from operator import is_
from typing import Any

from sutaztop.domain.container import Container
from sutaztop.domain.counters import ContainerCounters, HostCounters
from sutaztop.domain.disk import ComponentReading, DiskSample, Filesystem, Reclaimable
from sutaztop.domain.event import Event
from sutaztop.domain.finding import Finding, Recommendation
from sutaztop.domain.frame import Frame
from sutaztop.domain.guardrails import ObservedChange
from sutaztop.domain.llm import LoadedModel, ModelServer, ModelWatch
from sutaztop.domain.process import Process
from sutaztop.domain.reading import Unmeasured
from sutaztop.domain.sample import CollectorReport, Sample, Trouble
from sutaztop.domain.snapshot import ContainerSnapshot, End
from sutaztop.store.recording.counters import NAMES, Base, Vector, steps, vector_of
from sutaztop.store.recording.schema import microseconds
from sutaztop.store.recording.secrets import Hider
from sutaztop.store.recording.values import encoder, hints

KEY_EVERY = 30
"""Rows from one that is whole to the next: a seek goes through so many at most."""
VOLATILE = (
    "state", "health", "started_at", "finished_at", "pid", "exit_code", "oom_killed", "restart_count", "probes",
    "addresses",
)  # fmt: skip
"""What of a container changes while it lives; the rest of it is a part."""
LARGE = ("engine", "services", "wishes", "projects")
"""Fields of a sample that are parts as a whole."""

_CONTAINER, _HOST, _SERVER = encoder(Container), encoder(HostCounters), encoder(ModelServer)
_LARGE = {name: encoder(hints(Sample)[name]) for name in LARGE}
_EVENTS, _REPORT, _PROCESSES = encoder(tuple[Event, ...]), encoder(CollectorReport), encoder(tuple[Process, ...])
_COMPONENT, _FILESYSTEMS, _LOADED = (
    encoder(ComponentReading), encoder(tuple[Filesystem, ...]), encoder(tuple[LoadedModel, ...]),
)  # fmt: skip
_RECLAIMABLE = encoder(Reclaimable | Unmeasured)
_OBSERVED = encoder(Mapping[str, ObservedChange])
_TROUBLE, _ENDS, _WATCH = encoder(Trouble | None), encoder(tuple[End, ...]), encoder(ModelWatch)
_JUDGED = {"findings": encoder(Finding), "recommendations": encoder(Recommendation)}
_Remembered = tuple[bool, datetime | None, tuple[End, ...], tuple[datetime, ...]]
_UNTOLD: _Remembered = (False, None, (), ())


def text_of(value: Any) -> str:
    """Write a plain value: the same always gives the same text."""
    return json.dumps(value, separators=(",", ":"))


class Scribe:
    """Turns samples into rows, one after another. ``part`` keeps a text once and gives its number."""

    def __init__(self, part: Callable[[str], int], hider: Hider) -> None:
        self._part = part
        self._hider = hider
        self._before: Sample | None = None
        self._prior: dict[str, ContainerCounters] = {}
        self._prior_host: HostCounters | None = None
        self._parts: dict[str, tuple[Any, int]] = {}
        self._containers: dict[str, tuple[Container, int, dict[str, Any]]] = {}
        self._whole()

    def _whole(self) -> None:
        """Begin a stretch: what it refers to is written in it."""
        self._rows = 0
        self._tables: dict[str, dict[str, int]] = {}
        self._shown: dict[str, Any] = {}
        self._refs: list[int] = []
        self._judged: dict[str, Sequence[Any]] = {}
        self._ids: dict[str, int] = {}
        self._vectors: list[Vector] = []
        self._extras: list[list[Any]] = []
        self._kept: dict[str, Any] = {}

    def new_minute(self) -> None:
        """Begin a minute: the next row is whole."""
        self._whole()

    def skip(self, before: Sample | None = None) -> None:
        """Note that samples were lost: the next row goes on from ``before``, which was not written, or from nothing."""
        self._before, self._prior_host = before, None
        self._prior.clear()
        self._whole()

    def go_on_from(self, before: Sample | None) -> None:
        """Take what the next row is measured against; the next row is whole."""
        self.skip()
        self._before = before

    def forget_parts(self) -> None:
        """Ask for the numbers of parts anew."""
        self._parts.clear()
        self._containers.clear()

    def row(self, sample: Sample, frame: Frame) -> dict[str, Any]:
        """Write one sample, and what was judged of it."""
        if self._rows == KEY_EVERY:
            self._whole()
        whole, before = self._rows == 0, self._before
        made: dict[str, Any] = {"t": microseconds(sample.at), "n": sample.clock_ns, "#": frame.number}
        if whole:
            made["k"] = 1
        self._large(made, sample)
        self._small(made, sample, before, whole=whole)
        self._containers_of(made, sample)
        self._counters(made, sample, before, whole=whole)
        self._host(made, sample, before, whole=whole)
        self._frame(made, frame)
        self._before = sample
        self._rows += 1
        return made

    # --- the sample -------------------------------------------------------------------------

    def _large(self, made: dict[str, Any], sample: Sample) -> None:
        for name in LARGE:
            value = getattr(sample, name)
            kept = self._parts.get(name)
            if kept is None or (kept[0] is not value and kept[0] != value):
                kept = self._parts[name] = value, self._part(text_of(_LARGE[name](value)))
            self._say(made, name, kept[1])

    def _say(self, made: dict[str, Any], name: str, plain: Any) -> None:
        """Write what is another than it was in the row before."""
        if name not in self._shown or self._shown[name] != plain:
            self._shown[name] = made[name] = plain

    def _small(self, made: dict[str, Any], sample: Sample, before: Sample | None, *, whole: bool) -> None:
        if sample.events:
            made["events"] = _EVENTS(sample.events)
        self._say(made, "reports", [self._referred("reports", _REPORT(it), made) for it in sample.reports])
        self._say(made, "outside", _PROCESSES(sample.outside))
        if sample.disks is not None and (whole or before is None or sample.disks is not before.disks):
            self._say(made, "disks", self._disks(sample.disks, made))
        # Read anew is worth telling, be it alike: measuring tells by it what was not.
        if (whole and sample.models) or (before is not None and sample.models is not before.models):
            made["models"] = [self._server(it, made) for it in sample.models]

    def _disks(self, disks: DiskSample, made: dict[str, Any]) -> list[Any]:
        at = None if disks.reclaimable_at is None else microseconds(disks.reclaimable_at)
        components = [self._referred("components", _COMPONENT(it), made) for it in disks.components]
        return [components, _FILESYSTEMS(disks.filesystems), _RECLAIMABLE(disks.reclaimable), at]

    def _server(self, server: ModelServer, made: dict[str, Any]) -> list[Any]:
        plain = _SERVER(server)
        plain.pop("loaded", None)
        return [self._referred("servers", plain, made), _LOADED(server.loaded)]

    def _referred(self, table: str, value: Any, made: dict[str, Any]) -> int:
        """Give the number of a value in its table, and write it where it is new there."""
        known = self._tables.setdefault(table, {})
        text = text_of(value)
        number = known.get(text)
        if number is None:
            number = known[text] = len(known)
            made.setdefault(f"+{table}", []).append(value)
        return number

    def _containers_of(self, made: dict[str, Any], sample: Sample) -> None:
        if self._refs and self._before is not None and _are_same(sample.containers, self._before.containers):
            return
        refs = [self._referred("containers", self._written(it), made) for it in sample.containers]
        if refs != self._refs:
            self._refs = made["containers"] = refs
        if len(self._containers) > 2 * len(sample.containers) + 16:
            present = {it.id for it in sample.containers}
            self._containers = {key: it for key, it in self._containers.items() if key in present}

    def _written(self, it: Container) -> list[Any]:
        kept = self._containers.get(it.id)
        if kept is None or kept[0] is not it:
            fixed = _CONTAINER(it)
            moving = {name: fixed.pop(name) for name in VOLATILE if name in fixed}
            if it.environment:
                fixed["environment"] = [list(pair) for pair in self._hider.environment(it.environment)]
            if it.command:
                fixed["command"] = self._hider.command(it.command)
            kept = self._containers[it.id] = it, self._part(text_of(fixed)), moving
        return [kept[1], kept[2]]

    def _counters(self, made: dict[str, Any], sample: Sample, before: Sample | None, *, whole: bool) -> None:
        if not whole and before is not None and sample.counters is before.counters:
            return
        then = before.counters if before is not None else {}
        self._note_prior(sample.counters, then)
        system = next((it.system_cpu_time_ns for it in sample.counters.values() if it.system_cpu_time_ns), 0)
        base = Base(sample.at, sample.clock_ns, system)
        known = len(self._ids)
        extras: list[list[Any]] = []
        rows = [self._numbers(key, it, base, extras) for key, it in sample.counters.items()
                if whole or it is not then.get(key)]  # fmt: skip
        gone = [self._ids[key] for key in then if key not in sample.counters and key in self._ids]
        if whole:
            made["names"], made["before"] = NAMES, self._earlier(sample, before, base)
        told = {"base": system, "ids": list(self._ids)[known:], "u": rows, "extras": extras, "gone": gone}
        made.update({name: value for name, value in told.items() if value})

    def _note_prior(self, now: Mapping[str, ContainerCounters], then: Mapping[str, ContainerCounters]) -> None:
        """Keep the counters that rates go back to: those before the present ones, whenever they were read."""
        for key, it in now.items():
            last = then.get(key)
            if last is None:
                self._prior.pop(key, None)
            elif it is not last and it.clock_ns != last.clock_ns:
                self._prior[key] = last
        if len(self._prior) > 2 * len(now) + 16:
            self._prior = {key: it for key, it in self._prior.items() if key in now}

    def _numbers(self, key: str, it: ContainerCounters, base: Base, extras: list[list[Any]]) -> list[int]:
        """Give a container's place and numbers, whole where it is new in this stretch."""
        vector, others = vector_of(it, base)
        place = self._ids.get(key)
        if place is None:
            place = self._ids[key] = len(self._ids)
            self._vectors.append(vector)
            self._extras.append(others)
            extras.append([place, *others])
            return [place, *vector]
        moved = steps(vector, self._vectors[place])
        self._vectors[place] = vector
        if others != self._extras[place]:
            self._extras[place] = others
            extras.append([place, *others])
        return [place, *moved]

    def _earlier(self, sample: Sample, before: Sample | None, base: Base) -> list[Any] | None:
        """Write what rates go back to, so that a whole row stands for itself."""
        if before is None:
            return None
        rows, extras = [], []
        for key, place in self._ids.items():
            prior = self._prior.get(key)
            if prior is not None and key in sample.counters:
                vector, others = vector_of(prior, base)
                rows.append([place, *steps(vector, self._vectors[place])])
                if others != self._extras[place]:
                    extras.append([place, *others])
        return [microseconds(before.at), before.clock_ns, rows, extras]

    def _host(self, made: dict[str, Any], sample: Sample, before: Sample | None, *, whole: bool) -> None:
        host, last = sample.host, before.host if before is not None else None
        if host is not None and last is not None and host.clock_ns != last.clock_ns:
            self._prior_host = last
        if host is not None and (whole or host is not last):
            made["h"] = _HOST(host)
        if whole and self._prior_host is not None:
            made["h0"] = _HOST(self._prior_host)

    # --- what was made of it ----------------------------------------------------------------

    def _frame(self, made: dict[str, Any], frame: Frame) -> None:
        for name, one in _JUDGED.items():
            value: Sequence[Any] = getattr(frame, name)
            if self._judged.get(name) is not value:
                self._judged[name] = value
                made[name] = [self._referred(name, one(it), made) for it in value]
        self._say(made, "interval", float(frame.interval))
        self._say(made, "trouble", _TROUBLE(frame.trouble))
        self._say(made, "stale", None if frame.stale_since is None else microseconds(frame.stale_since))
        self._say(made, "observed", _OBSERVED(frame.observed))
        snapshot = frame.snapshot
        if self._shown.get("watch") is not snapshot.watch:
            self._shown["watch"] = snapshot.watch
            made["watch"] = _WATCH(snapshot.watch)
        kept = [[place, *_plain(told)] for place, it in enumerate(snapshot.containers)
                if (told := self._remembered(it)) is not None]  # fmt: skip
        if kept:
            made["kept"] = kept

    def _remembered(self, it: ContainerSnapshot) -> _Remembered | None:
        """Give what only earlier snapshots could tell of a container, where it is another than was written last."""
        told = (it.oom_killed, it.resting_since, it.ends, it.kills)
        if self._kept.get(it.container.id, _UNTOLD) == told:
            return None
        self._kept[it.container.id] = told
        return told


def _plain(told: _Remembered) -> list[Any]:
    oom_killed, resting, ends, kills = told
    plain = [int(oom_killed), None if resting is None else microseconds(resting), _ENDS(ends)]
    # Hardly any has one; rows from before they were kept have none either.
    return [*plain, [microseconds(it) for it in kills]] if kills else plain


def _are_same(now: Sequence[Container], before: Sequence[Container]) -> bool:
    """Whether nothing was inspected anew: what did not change is the same object."""
    return now is before or (len(now) == len(before) and all(map(is_, now, before)))
