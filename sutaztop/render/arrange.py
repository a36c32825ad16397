"""Which containers are shown and in which order: filter, sort, groups. The rows keep their identity."""

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from sutaztop.domain.container import ContainerState, Health
from sutaztop.domain.finding import Finding, Severity
from sutaztop.domain.frame import Frame
from sutaztop.domain.quantity import span_words
from sutaztop.domain.reading import Reading, Unmeasured
from sutaztop.domain.snapshot import ContainerSnapshot
from sutaztop.render.known import Known, known_of

IDLE_AFTER = timedelta(minutes=3)
"""Who has rested for as long as findings look back is idle; a moment's rest is none."""


class SortKey(StrEnum):
    """What rows can be sorted by; the value is the word in the title and in configuration."""

    SEVERITY = "severity"
    CPU = "cpu"
    CPU_SHARE = "cpu share"
    MEMORY = "memory"
    MEMORY_SHARE = "memory share"
    THROTTLED = "throttled"
    NETWORK = "network"
    BLOCK = "block"
    RESTARTS = "restarts"
    NAME = "name"
    TIER = "tier"
    AGE = "age"


class Grouping(StrEnum):
    """By what rows are gathered under headings."""

    NONE = "none"
    PROJECT = "project"
    TIER = "tier"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a row says of itself: the worst finding's word, or the plain state of things.

    ``also`` are the words of its other findings, which a filter finds too.
    """

    severity: Severity
    word: str
    text: str = ""
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What the operator chose to see."""

    sort: SortKey = SortKey.SEVERITY
    reverse: bool = False
    grouping: Grouping = Grouping.NONE
    filter_text: str = ""
    problems_only: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """A line over a group of rows."""

    title: str
    running: int
    total: int
    attention: int


Entry: TypeAlias = ContainerSnapshot | Heading


@dataclass(frozen=True, slots=True)
class Arranged:
    """The rows to show, with the counts that the title needs. ``order`` are the shown ids, top to bottom."""

    entries: tuple[Entry, ...]
    judgements: Mapping[str, Judgement]
    running: int
    total: int
    attention: int
    known: Known = Known.NOW

    @property
    def order(self) -> tuple[str, ...]:
        """The ids of the shown containers, from top to bottom."""
        return tuple(entry.id for entry in self.entries if isinstance(entry, ContainerSnapshot))

    def position(self, container_id: str | None) -> int | None:
        """Give the line of a container among the entries, or ``None`` where it is not shown."""
        for index, entry in enumerate(self.entries):
            if isinstance(entry, ContainerSnapshot) and entry.id == container_id:
                return index
        return None


class FilterError(ValueError):
    """A filter that can't be understood; the message says what would be."""


def judge_rows(frame: Frame) -> dict[str, Judgement]:
    """Give each container its word: the worst finding's, or what its state says.

    A finding about a service counts for each of its containers.
    """
    worst: dict[str, Finding] = {}
    words: dict[str, tuple[str, ...]] = {}
    members = {service.id: service.container_ids for service in frame.snapshot.services}
    for finding in frame.findings:
        kind, subject_id = finding.subject.kind, finding.subject.id
        ids = (subject_id,) if kind == "container" else members.get(subject_id, ()) if kind == "service" else ()
        for container_id in ids:
            known = worst.get(container_id)
            words[container_id] = (*words.get(container_id, ()), finding.word)
            if known is None or finding.severity > known.severity:
                worst[container_id] = finding
    return {
        it.id: Judgement(found.severity, found.word, found.text, words[it.id])
        if (found := worst.get(it.id)) is not None
        else plain_judgement(it, frame.snapshot.at)
        for it in frame.snapshot.containers
    }


def plain_judgement(it: ContainerSnapshot, at: datetime) -> Judgement:
    """Say what is plainly so where policy found nothing: stopped, without limits, idle, or OK.

    Most rows of a stack are like that: they cost no finding, and the word is read off the snapshot.
    """
    container = it.container
    if container.state is ContainerState.EXITED:
        word = "EXITED" if container.exit_code in (None, 0) else f"EXIT {container.exit_code}"
        return Judgement(Severity.OK, word, "not running")
    if container.state is not ContainerState.RUNNING:
        return Judgement(Severity.OK, container.state.value.upper()[:9], "not running")
    if it.oom_killed:
        return Judgement(Severity.OK, "OOM", "a process of this container was killed for lack of memory")
    limits = container.resources.limits
    if limits.cpu is None and limits.memory is None:
        return Judgement(Severity.OK, "NO LIMIT", "may use the whole host")
    if it.resting_since is not None and at - it.resting_since >= IDLE_AFTER:
        rested = span_words((at - it.resting_since).total_seconds())
        return Judgement(Severity.OK, "IDLE", f"has used next to no CPU for {rested}")
    return Judgement(Severity.OK, "OK")


def arrange(frame: Frame, wish: Arrangement, held: Sequence[str] = ()) -> Arranged:
    """Filter, sort and group the containers of a frame.

    ``held`` is an order of ids to keep: rows keep their places while the operator is busy, and
    containers that are new come after them. Empty sorts afresh. Raises ``FilterError``.
    """
    judgements = judge_rows(frame)
    everything = frame.snapshot.containers
    matches = parse_filter(wish.filter_text, tiers=sorted({it.tier.name for it in everything}))
    shown = [
        it
        for it in everything
        if matches(it, judgements[it.id]) and (not wish.problems_only or needs_attention(judgements[it.id]))
    ]
    shown.sort(key=_name)
    shown.sort(key=lambda it: _RANK[wish.sort](it, judgements[it.id]), reverse=wish.reverse)
    if held:
        places = {container_id: place for place, container_id in enumerate(held)}
        shown.sort(key=lambda it: places.get(it.id, len(places)))
    return Arranged(
        entries=tuple(_grouped(shown, wish, judgements)),
        judgements=judgements,
        running=sum(it.container.is_running for it in everything),
        total=len(everything),
        attention=sum(needs_attention(judgement) for judgement in judgements.values()),
        known=known_of(frame),
    )


def needs_attention(judgement: Judgement) -> bool:
    """Whether a row is one that "problems only" keeps."""
    return judgement.severity >= Severity.WARNING


def _grouped(
    shown: Sequence[ContainerSnapshot], wish: Arrangement, judgements: Mapping[str, Judgement]
) -> Iterable[Entry]:
    grouping = wish.grouping
    if grouping is Grouping.NONE:
        yield from shown
        return
    groups: dict[tuple[int, str], list[ContainerSnapshot]] = {}
    for it in shown:
        groups.setdefault(_group_of(it, grouping), []).append(it)

    def order(key: tuple[int, str]) -> tuple[int, tuple[int, str]]:
        # Worst first holds for groups too. By any other figure they would change places all the time.
        by_severity = wish.sort is SortKey.SEVERITY and grouping is Grouping.PROJECT and not wish.reverse
        return (-max(judgements[it.id].severity for it in groups[key]) if by_severity else 0, key)

    for key in sorted(groups, key=order):
        members = groups[key]
        yield Heading(
            title=key[1],
            running=sum(it.container.is_running for it in members),
            total=len(members),
            attention=sum(needs_attention(judgements[it.id]) for it in members),
        )
        yield from members


def _group_of(it: ContainerSnapshot, grouping: Grouping) -> tuple[int, str]:
    if grouping is Grouping.TIER:
        return it.tier.rank, it.tier.name
    project = it.container.project
    return (0, project) if project else (1, "no project")


# --- sorting -----------------------------------------------------------------------------------

_Rank: TypeAlias = tuple[float | str, ...]


def _name(it: ContainerSnapshot) -> str:
    return (it.display_name or it.container.name).casefold()


def _falling(reading: Reading[float] | Reading[int]) -> float:
    """Rank a figure so that the largest comes first and what was not measured comes last."""
    return float("inf") if isinstance(reading, Unmeasured) else -float(reading)


def _sum_falling(*readings: Reading[float]) -> float:
    known = [reading for reading in readings if not isinstance(reading, Unmeasured)]
    return -sum(known) if known else float("inf")


def _by_severity(it: ContainerSnapshot, judgement: Judgement) -> _Rank:
    return (-judgement.severity, not it.container.is_running, _falling(it.usage.cpu))


def _by_age(it: ContainerSnapshot, _judgement: Judgement) -> _Rank:
    started = it.container.started_at
    return (float("inf") if started is None else -started.timestamp(),)


_RANK: Mapping[SortKey, Callable[[ContainerSnapshot, Judgement], _Rank]] = {
    SortKey.SEVERITY: _by_severity,
    SortKey.CPU: lambda it, _: (_falling(it.usage.cpu),),
    SortKey.CPU_SHARE: lambda it, _: (_falling(it.usage.cpu_utilization),),
    SortKey.MEMORY: lambda it, _: (_falling(it.usage.memory),),
    SortKey.MEMORY_SHARE: lambda it, _: (_falling(it.usage.memory_utilization),),
    SortKey.THROTTLED: lambda it, _: (_falling(it.usage.throttled),),
    SortKey.NETWORK: lambda it, _: (_sum_falling(it.usage.network_rx, it.usage.network_tx),),
    SortKey.BLOCK: lambda it, _: (_sum_falling(it.usage.block_read, it.usage.block_write),),
    SortKey.RESTARTS: lambda it, _: (-it.container.restart_count,),
    SortKey.NAME: lambda it, _: (_name(it),),
    SortKey.TIER: lambda it, _: (it.tier.rank, it.tier.name),
    SortKey.AGE: _by_age,
}

# --- the filter --------------------------------------------------------------------------------

_Match: TypeAlias = Callable[[ContainerSnapshot, Judgement], bool]


def _labels(it: ContainerSnapshot) -> list[str]:
    return [text for key, value in it.container.labels.items() for text in (key, f"{key}={value}")]


def _health(it: ContainerSnapshot) -> list[str]:
    return [it.container.health.value] if it.container.health is not Health.NONE else ["none"]


# Words of a closed set match whole: "healthy" must not find what is unhealthy.
_WHOLE: Mapping[str, Callable[[ContainerSnapshot, Judgement], Sequence[str]]] = {
    "state": lambda it, _: [it.container.state.value],
    "health": lambda it, _: _health(it),
    "severity": lambda _, judgement: [judgement.severity.word],
    "tier": lambda it, _: [it.tier.name],
    "label": lambda it, _: _labels(it),
}
_PART: Mapping[str, Callable[[ContainerSnapshot, Judgement], Sequence[str]]] = {
    "name": lambda it, _: [it.display_name, it.container.name],
    "project": lambda it, _: [it.container.project],
    "service": lambda it, _: [it.container.service],
    "image": lambda it, _: [it.container.image],
    "why": lambda _, judgement: [judgement.word, *judgement.also],
    "id": lambda it, _: [it.container.id[:12]],
}
FILTER_KEYS = (*_PART, *_WHOLE)


def parse_filter(text: str, *, tiers: Sequence[str] = ()) -> _Match:
    """Read a filter: words that must all match; ``!`` inverts one; ``key:a,b`` looks at one property.

    A plain word is sought in name, service and project. Raises ``FilterError`` for a key that
    does not exist or has no value, and for a value that none can have; ``tiers`` are those there
    are, any where it is empty.
    """
    closed = {**_CLOSED, "tier": [it.casefold() for it in tiers]} if tiers else _CLOSED
    terms = [_parse_term(word, closed) for word in text.split()]
    return lambda it, judgement: all(term(it, judgement) for term in terms)


def _parse_term(word: str, closed: Mapping[str, Sequence[str]]) -> _Match:
    inverse = word.startswith("!")
    body = word.lstrip("!").casefold()
    match = _keyed(body, closed) if ":" in body else _anywhere(body)
    return (lambda it, judgement: not match(it, judgement)) if inverse else match


def _anywhere(text: str) -> _Match:
    if not text:
        return lambda _it, _judgement: True

    def match(it: ContainerSnapshot, _judgement: Judgement) -> bool:
        container = it.container
        return any(
            text in candidate.casefold()
            for candidate in (it.display_name, container.name, container.service, container.project)
        )

    return match


def _keyed(body: str, closed: Mapping[str, Sequence[str]]) -> _Match:
    key, _, wanted = body.partition(":")
    values = [value for value in wanted.split(",") if value]
    if key not in FILTER_KEYS:
        raise FilterError(f"no key {key!r}: {_nearest(key, FILTER_KEYS)}Keys are {', '.join(FILTER_KEYS)}")
    if not values:
        raise FilterError(f"{key}: wants a value, for example {key}:{_EXAMPLE.get(key, 'ollama')}")
    known = closed.get(key, values)
    for value in values:
        if value not in known:
            raise FilterError(f"no {key} {value!r}: {_nearest(value, known)}It is one of {', '.join(known)}")
    whole = key in _WHOLE
    look = _WHOLE[key] if whole else _PART[key]

    def match(it: ContainerSnapshot, judgement: Judgement) -> bool:
        found = [candidate.casefold() for candidate in look(it, judgement)]
        return any(value == candidate if whole else value in candidate for candidate in found for value in values)

    return match


def _nearest(word: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1)
    return f"did you mean {near[0]}? " if near else ""


_CLOSED: Mapping[str, Sequence[str]] = {
    "state": [it.value for it in ContainerState],
    "health": [it.value for it in Health],
    "severity": [it.word for it in Severity],
}
_EXAMPLE = {
    "state": "exited",
    "health": "unhealthy",
    "severity": "critical",
    "tier": "high",
    "label": "com.docker.compose.project",
    "why": "oom",
}
