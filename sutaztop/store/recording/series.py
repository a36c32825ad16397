"""Series out of a recording: figures of containers and of the host as they were measured, a minute in memory at a time.

What was not measured is a gap, and no zero. With a step, each value is the highest reading of its step, as in graphs;
steps are aligned to multiples of themselves since 1970, and one in which nobody recorded is told with gaps.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sutaztop.domain.frame import HOST
from sutaztop.domain.profile import Profile
from sutaztop.domain.snapshot import Snapshot
from sutaztop.store.recording.chosen import Roster
from sutaztop.store.recording.clip import frame_of, nothing_there
from sutaztop.store.recording.figures_named import Figure, Number
from sutaztop.store.recording.schema import microseconds, time_at
from sutaztop.store.recording.span import Span

_US = timedelta(microseconds=1)
Values = tuple[Number | None, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """The figures of one subject at one time (UTC): ``kind`` is ``container`` or ``host``, which has no id."""

    at: datetime
    kind: str
    id: str
    name: str
    values: Values


def series(
    span: Span,
    figures: Sequence[Figure],
    profile: Profile,
    containers: Sequence[str] = (),
    every: timedelta | None = None,
) -> Iterator[Reading]:
    """Give readings in the order of time: of these containers alone, or of all and of the host.

    Raises ``RecordingError`` for a container that nobody has, and where there is nothing in the span.
    """
    ids = _chosen(span, containers) if containers else None
    steps = _Steps(every // _US, microseconds(span.until)) if every is not None else None
    since_us, is_empty = microseconds(span.since), True
    for _, told in span.rows():
        if microseconds(told.sample.at) < since_us:
            continue
        is_empty = False
        readings = _of(frame_of(told, profile).snapshot, figures, ids)
        if steps is None:
            yield from readings
        else:
            yield from steps.take(microseconds(told.sample.at), readings)
    if is_empty:
        raise nothing_there(span)
    if steps is not None:
        yield from steps.last()


def _chosen(span: Span, containers: Sequence[str]) -> frozenset[str]:
    roster = Roster()
    for _, told in span.rows(names=True):
        roster.meet(told.sample)
    if roster.is_empty:
        raise nothing_there(span)
    return roster.wanted(containers)


def _of(snapshot: Snapshot, figures: Sequence[Figure], ids: frozenset[str] | None) -> list[Reading]:
    at, made = snapshot.at, []
    if ids is None:
        values = tuple([None if it.of_host is None else it.of_host(snapshot.host) for it in figures])
        made.append(Reading(at, HOST, "", snapshot.host.hostname or HOST, values))
    for one in snapshot.containers:
        if ids is None or one.id in ids:
            values = tuple([None if it.of_container is None else it.of_container(one) for it in figures])
            made.append(Reading(at, "container", one.id, one.container.name, values))
    return made


@dataclass(slots=True)
class _Steps:
    """Puts readings together to the highest of each step."""

    step_us: int
    end_us: int
    slot: int | None = None
    highest: dict[tuple[str, str], Reading] = field(default_factory=dict)

    def take(self, at_us: int, readings: Sequence[Reading]) -> Iterator[Reading]:
        """Take what was read at a time; give the steps that are over by it."""
        slot = at_us // self.step_us
        if self.slot is not None and slot != self.slot:
            yield from self._over(slot)
        self.slot = slot
        for it in readings:
            known = self.highest.get((it.kind, it.id))
            values = it.values if known is None else tuple(map(_higher, known.values, it.values))
            self.highest[it.kind, it.id] = Reading(time_at(slot * self.step_us), it.kind, it.id, it.name, values)

    def last(self) -> Iterator[Reading]:
        """Give what is left, and the rest of the span as gaps."""
        yield from self._over(self.end_us // self.step_us + 1)

    def _over(self, until: int) -> Iterator[Reading]:
        present = list(self.highest.values())
        yield from present
        self.highest.clear()
        # A clock that stepped back has no steps between.
        for slot in range((self.slot or 0) + 1, until):
            at = time_at(slot * self.step_us)
            for it in present:
                yield Reading(at, it.kind, it.id, it.name, (None,) * len(it.values))


def _higher(one: Number | None, other: Number | None) -> Number | None:
    if one is None or other is None:
        return one if other is None else other
    return max(one, other)


__all__ = ["Reading", "series"]
