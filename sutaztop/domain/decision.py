"""A decision: what to do about one case, every number it rests on, and every step that led there."""

from dataclasses import dataclass
from enum import StrEnum

from sutaztop.domain.severity import Severity


class DecisionState(StrEnum):
    """What became of a case."""

    ACT = "act"
    BLOCKED = "blocked"
    WATCH = "watch"
    HOLD = "hold"
    WARMING = "warming"
    INSUFFICIENT_DATA = "insufficient_data"
    OFF = "off"
    INVALID_CONFIG = "invalid_config"


class Axis(StrEnum):
    """What an action alters, by the name it has in documents."""

    CPU = "cpu_limit"
    MEMORY = "mem_limit"
    REPLICAS = "replicas"


class Unit(StrEnum):
    """What a figure counts; it says how it is written."""

    CORES = "milli-cores"
    BYTES = "bytes"
    SHARE = "basis points"
    SECONDS = "seconds"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Figure:
    """One number that a decision rests on. ``name`` is unique within a decision."""

    name: str
    value: int
    unit: Unit


@dataclass(frozen=True, slots=True)
class Action:
    """One alteration. ``before`` is ``None`` where there was no limit."""

    axis: Axis
    before: int | None
    after: int
    rule: str


@dataclass(frozen=True, slots=True)
class Guard:
    """What held a wish back: the value before it and after it, and the bound or the reason.

    ``after`` is ``None`` where nothing was left of the wish; ``detail`` is the bound in the axis's own unit, seconds
    that are left, or words.
    """

    name: str
    detail: int | str
    axis: Axis | None = None
    before: int | None = None
    after: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A wish for one axis on its way to an action: raw, stabilised, rated, clamped, host, final."""

    axis: Axis
    name: str
    value: int


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do about a case.

    ``rules`` are those that fired, most telling first. ``wish`` is the wished number of replicas before anything
    held it back, to be given back as a past wish next time; ``None`` where nothing could be said. ``expected`` are
    shares after the step. ``confidence`` is in basis points. ``next_review`` is in how many seconds the answer may be
    another. ``text`` tells it all in sentences, with no number that is not evidence. ``since`` is when the figure that
    fired rose over its line, in seconds since the epoch.
    """

    id: str
    name: str
    state: DecisionState
    severity: Severity
    text: str
    reason: str = ""
    blocked: str = ""
    actions: tuple[Action, ...] = ()
    rules: tuple[str, ...] = ()
    evidence: tuple[Figure, ...] = ()
    missing: tuple[str, ...] = ()
    guards: tuple[Guard, ...] = ()
    trace: tuple[Step, ...] = ()
    expected: tuple[Figure, ...] = ()
    confidence: int = 0
    next_review: int = 15
    wish: int | None = None
    since: int | None = None
    tier_rank: int = 99
