"""Rows back to samples: each goes on from the one before, and a whole one from nothing."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sutaztop.domain.container import Container
from sutaztop.domain.counters import ContainerCounters, HostCounters
from sutaztop.domain.disk import ComponentReading, DiskSample, Filesystem, Reclaimable
from sutaztop.domain.event import Event
from sutaztop.domain.finding import Finding, Recommendation
from sutaztop.domain.guardrails import ObservedChange
from sutaztop.domain.llm import NOTHING_WATCHED, LoadedModel, ModelServer, ModelWatch
from sutaztop.domain.process import Process
from sutaztop.domain.quantity import Seconds
from sutaztop.domain.reading import Unmeasured
from sutaztop.domain.sample import CollectorReport, Sample, Trouble
from sutaztop.domain.snapshot import End
from sutaztop.store.codec import Undecodable
from sutaztop.store.recording.counters import Base, Counted, Vector, moved
from sutaztop.store.recording.schema import time_at
from sutaztop.store.recording.scribe import LARGE
from sutaztop.store.recording.values import decoder, hints

_CONTAINER, _HOST, _SERVER = decoder(Container), decoder(HostCounters), decoder(ModelServer)
_LARGE = {name: decoder(hints(Sample)[name]) for name in LARGE}
_EVENTS, _PROCESSES = decoder(tuple[Event, ...]), decoder(tuple[Process, ...])
_FILESYSTEMS, _LOADED = decoder(tuple[Filesystem, ...]), decoder(tuple[LoadedModel, ...])
_RECLAIMABLE = decoder(Reclaimable | Unmeasured)
_OBSERVED = decoder(Mapping[str, ObservedChange])
_TROUBLE, _ENDS, _WATCH = decoder(Trouble | None), decoder(tuple[End, ...]), decoder(ModelWatch)
_TABLES: Mapping[str, Callable[[Any], Any]] = {
    "reports": decoder(CollectorReport),
    "components": decoder(ComponentReading),
    "servers": lambda raw: raw,
    "findings": decoder(Finding),
    "recommendations": decoder(Recommendation),
}

_MOST_KNOWN = 4096


def _time(us: int | None) -> datetime | None:
    return None if us is None else time_at(us)


_PLAIN: Mapping[str, Callable[[Any], Any]] = {
    "outside": _PROCESSES,
    "trouble": _TROUBLE,
    "observed": _OBSERVED,
    "stale": _time,
    "interval": lambda raw: Seconds(float(raw)),
}


@dataclass(frozen=True, slots=True)
class Kept:
    """What only earlier snapshots could tell of a container, as it was told then."""

    oom_killed: bool = False
    resting_since: datetime | None = None
    ends: tuple[End, ...] = ()
    kills: tuple[datetime, ...] = ()


NOTHING_KEPT = Kept()


@dataclass(frozen=True, slots=True)
class Told:
    """One row read: the sample, what it is measured against, and what was measured and judged of it beside.

    ``before`` has the counters that were read before the sample's, whenever that was, and nothing else.
    """

    sample: Sample
    before: Sample | None
    number: int
    findings: tuple[Finding, ...]
    recommendations: tuple[Recommendation, ...]
    interval: Seconds
    trouble: Trouble | None
    stale_since: datetime | None
    observed: Mapping[str, ObservedChange]
    watch: ModelWatch
    kept: Mapping[str, Kept]


@dataclass(slots=True)
class _Counts:
    """One container's numbers: the last that were read, and those before them."""

    vector: Vector
    base: Base
    extras: Sequence[Any]
    prior: tuple[Vector, Base, Sequence[Any]] | None = None
    made: ContainerCounters | None = None


@dataclass(slots=True)
class _State:
    """What a row goes on from."""

    at: Base
    number: int = 0
    before: Base | None = None
    tables: dict[str, list[Any]] = field(default_factory=dict)
    shown: dict[str, Any] = field(default_factory=dict)
    containers: tuple[Container, ...] = ()
    counted: Counted = field(default_factory=lambda: Counted(()))
    ids: list[str] = field(default_factory=list)
    counts: list[_Counts] = field(default_factory=list)
    present: dict[str, int] = field(default_factory=dict)
    host: HostCounters | None = None
    prior_host: HostCounters | None = None
    kept: dict[str, Kept] = field(default_factory=dict)


class Rows:
    """Reads rows one after another. ``part`` gives the plain value of a part by its number.

    ``known`` are containers that other readers of the same recording have made.
    """

    def __init__(self, part: Callable[[int], Any], known: dict[tuple[int, str], Container] | None = None) -> None:
        self._part = part
        self._known = {} if known is None else known
        self._large: dict[tuple[str, int], Any] = {}
        self._state: _State | None = None

    def read(self, row: Mapping[str, Any]) -> bool:
        """Go on by one row; says whether there is something to tell, which is so from the first whole one on.

        Raises ``Undecodable``.
        """
        try:
            base = Base(time_at(row["t"]), row["n"], row.get("base", 0))
            if "k" in row:
                self._state = _State(base)
            if self._state is None:
                return False
            self._go_on(row, base, self._state)
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
            if isinstance(error, Undecodable):
                raise
            raise Undecodable(f"a row is wrong: {type(error).__name__}: {error}") from error
        return True

    def told(self) -> Told:
        """Make what the last row tells. Raises ``Undecodable``."""
        state = self._state
        if state is None:
            raise Undecodable("no row is whole")
        try:
            return self._told(state)
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
            if isinstance(error, Undecodable):
                raise
            raise Undecodable(f"a row is wrong: {type(error).__name__}: {error}") from error

    # --- going on ---------------------------------------------------------------------------

    def _go_on(self, row: Mapping[str, Any], base: Base, state: _State) -> None:
        if "k" not in row:
            state.before, state.at = state.at, base
        state.number = row["#"]
        for name in ("containers", *_TABLES):
            if f"+{name}" in row:
                self._learn(name, row[f"+{name}"], state)
        for name in (*LARGE, "reports", "outside", "disks", "findings", "recommendations", "interval", "trouble",
                     "stale", "observed"):  # fmt: skip
            if name in row:
                state.shown[name] = self._shown(name, row[name], state)
        state.shown["events"] = _EVENTS(row["events"]) if "events" in row else ()
        if "containers" in row:
            known = state.tables.get("containers", [])
            state.containers = tuple([known[it] for it in row["containers"]])
        self._watch(row, state)
        self._count(row, base, state)

    def _watch(self, row: Mapping[str, Any], state: _State) -> None:
        """Go on with the host, the models, and what only earlier snapshots knew."""
        if "models" in row:
            # Another object each time, be it alike: measuring tells by it what was read anew.
            servers = state.tables.get("servers", [])
            state.shown["models"] = tuple(
                [_SERVER({**servers[ref], "loaded": loaded}) for ref, loaded in row["models"]]
            )
        if "h" in row:
            host = _HOST(row["h"])
            if state.host is not None and host.clock_ns != state.host.clock_ns:
                state.prior_host = state.host
            state.host = host
        if "h0" in row:
            state.prior_host = _HOST(row["h0"])
        if "watch" in row:
            state.shown["watch"] = _WATCH(row["watch"])
        for place, oom_killed, rest, ends, *kills in row.get("kept", ()):
            moments = tuple(time_at(us) for us in kills[0]) if kills else ()
            state.kept[state.containers[place].id] = Kept(bool(oom_killed), _time(rest), _ENDS(ends), moments)

    def _learn(self, name: str, values: Iterable[Any], state: _State) -> None:
        known = state.tables.setdefault(name, [])
        if name == "containers":
            known += [self._container(number, moving) for number, moving in values]
        else:
            known += map(_TABLES[name], values)

    def _container(self, number: int, moving: Mapping[str, Any]) -> Container:
        """Give a container; each whole row has all of them, most of which were made before."""
        key = number, repr(moving)
        made = self._known.get(key)
        if made is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            made = self._known[key] = _CONTAINER({**self._part(number), **moving})
        return made

    def _shown(self, name: str, raw: Any, state: _State) -> Any:
        if name in LARGE:
            return self._whole(name, raw)
        if name in ("reports", "findings", "recommendations"):
            known = state.tables.get(name, [])
            return tuple([known[it] for it in raw])
        return self._disks(raw, state) if name == "disks" else _PLAIN[name](raw)

    def _disks(self, raw: Any, state: _State) -> DiskSample:
        components, filesystems, reclaimable, at = raw
        known = state.tables.get("components", [])
        return DiskSample(
            tuple([known[it] for it in components]), _FILESYSTEMS(filesystems), _RECLAIMABLE(reclaimable), _time(at)
        )  # fmt: skip

    def _whole(self, name: str, number: int) -> Any:
        if (name, number) not in self._large:
            # One of each is kept: what did not change must be the same object.
            self._large = {key: it for key, it in self._large.items() if key[0] != name}
            self._large[name, number] = _LARGE[name](self._part(number))
        return self._large[name, number]

    def _count(self, row: Mapping[str, Any], base: Base, state: _State) -> None:
        if "k" in row:
            state.counted = Counted(row["names"])
        state.ids += row.get("ids", ())
        extras = {place: others for place, *others in row.get("extras", ())}
        for place in row.get("gone", ()):
            state.present.pop(state.ids[place], None)
        for place, *numbers in row.get("u", ()):
            if place == len(state.counts):
                state.counts.append(_Counts(tuple(numbers), base, extras[place]))
            else:
                last = state.counts[place]
                prior = (last.vector, last.base, last.extras) if state.ids[place] in state.present else None
                vector = moved(last.vector, numbers)
                state.counts[place] = _Counts(vector, base, extras.get(place, last.extras), prior)
            state.present[state.ids[place]] = place
        if row.get("before") is not None:
            at, clock_ns, rows, others = row["before"]
            state.before = Base(time_at(at), clock_ns)
            runs = {place: rest for place, *rest in others}
            for place, *numbers in rows:
                it = state.counts[place]
                it.prior = moved(it.vector, numbers), it.base, runs.get(place, it.extras)

    # --- telling ----------------------------------------------------------------------------

    def _told(self, state: _State) -> Told:
        shown = dict(state.shown)
        judged = {name: shown.pop(name) for name in ("findings", "recommendations", "interval", "trouble", "observed")}
        stale, watch = shown.pop("stale"), shown.pop("watch", NOTHING_WATCHED)
        now: dict[str, ContainerCounters] = {}
        then: dict[str, ContainerCounters] = {}
        for key, place in state.present.items():
            it = state.counts[place]
            if it.made is None:
                it.made = state.counted.counters(it.vector, it.extras, it.base)
            now[key] = it.made
            if it.prior is not None:
                vector, base, extras = it.prior
                then[key] = state.counted.counters(vector, extras, base)
        sample = Sample(state.at.at, state.at.clock_ns, containers=state.containers, counters=MappingProxyType(now),
                        host=state.host, **shown)  # fmt: skip
        before = None
        if state.before is not None:
            before = Sample(state.before.at, state.before.clock_ns, counters=then, host=state.prior_host)
        return Told(sample=sample, before=before, number=state.number, stale_since=stale, watch=watch,
                    kept=MappingProxyType(dict(state.kept)), **judged)  # fmt: skip
