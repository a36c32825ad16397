"""Horizontal scaling as Kubernetes' HPA v2 knows it: the specification, what is seen, and what is remembered.

Whole numbers throughout. Usage, requests and targets of one metric are in the same unit (milli-cores, bytes, or
thousandths of a custom metric), a utilization is in percent, times are whole seconds of one clock.
"""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from sutaztop.domain.wishes import PastWish, Resized

TOLERANCE = Fraction(1, 10)
"""The controller's default: a ratio this near to 1, both edges included, changes nothing."""


class MetricKind(StrEnum):
    """How a metric becomes a number of replicas."""

    UTILIZATION = "utilization"
    """Use over request of each replica; the target is in percent."""
    AVERAGE = "average value"
    """One value for each replica; the target is their mean."""
    VALUE = "value"
    """One value for all; replicas are multiplied by value over target."""
    PER_REPLICA = "total per replica"
    """One value for all; the target is each replica's part of it."""


@dataclass(frozen=True, slots=True)
class MetricSpec:
    """One metric with its target. ``unavailable`` says why it can't be measured here; empty where it can."""

    name: str
    kind: MetricKind
    target: int
    unavailable: str = ""

    @property
    def is_cpu(self) -> bool:
        """Whether readings of a replica that starts up count for nothing."""
        return self.name == "cpu"


class PolicyKind(StrEnum):
    """What the value of a policy counts."""

    PODS = "Pods"
    PERCENT = "Percent"


class Select(StrEnum):
    """Which of several policies holds: that of the largest change, of the smallest, or no change at all."""

    MAX = "Max"
    MIN = "Min"
    DISABLED = "Disabled"


@dataclass(frozen=True, slots=True)
class ScalePolicy:
    """At most ``value`` replicas, or percent of them, within ``period`` seconds."""

    kind: PolicyKind
    value: int
    period: int


@dataclass(frozen=True, slots=True)
class ScaleRules:
    """One direction: the stabilization window in seconds, the policies, and the tolerance where it has its own."""

    window: int
    policies: tuple[ScalePolicy, ...]
    select: Select = Select.MAX
    tolerance: Fraction | None = None


SCALE_UP = ScaleRules(0, (ScalePolicy(PolicyKind.PODS, 4, 15), ScalePolicy(PolicyKind.PERCENT, 100, 15)))
"""What holds for a direction, field by field, where ``behavior`` leaves it out (``autoscaling/v2``)."""
SCALE_DOWN = ScaleRules(300, (ScalePolicy(PolicyKind.PERCENT, 100, 15),))


@dataclass(frozen=True, slots=True)
class Behaviour:
    """``behavior``: how fast wishes are followed, upwards and downwards."""

    up: ScaleRules = SCALE_UP
    down: ScaleRules = SCALE_DOWN


@dataclass(frozen=True, slots=True)
class HorizontalSpec:
    """An autoscaler: for which service, between which bounds, by which metrics.

    ``behaviour`` is ``None`` where none is given, which is another algorithm than one with all defaults. ``window`` is
    the down-scale window of that case, ``cpu_initialization`` and ``initial_readiness`` are the controller's periods
    of start-up, all in seconds. Metrics left out are 80 % of the CPU request.
    """

    target: str
    minimum: int = 1
    maximum: int = 10
    metrics: tuple[MetricSpec, ...] = (MetricSpec("cpu", MetricKind.UTILIZATION, 80),)
    behaviour: Behaviour | None = None
    tolerance_up: Fraction = TOLERANCE
    tolerance_down: Fraction = TOLERANCE
    window: int = 300
    cpu_initialization: int = 300
    initial_readiness: int = 30

    @property
    def tolerances(self) -> tuple[Fraction, Fraction]:
        """The tolerances in force, downwards and upwards."""
        down, up = self.tolerance_down, self.tolerance_up
        if self.behaviour is not None:
            down = down if self.behaviour.down.tolerance is None else self.behaviour.down.tolerance
            up = up if self.behaviour.up.tolerance is None else self.behaviour.up.tolerance
        return down, up


class Stage(StrEnum):
    """Where a replica is in its life."""

    PENDING = "Pending"
    RUNNING = "Running"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"


@dataclass(frozen=True, slots=True)
class ScaledReplica:
    """One replica. ``ready``, ``started`` and ``ready_changed`` are ``None`` where they are not known."""

    id: str
    stage: Stage = Stage.RUNNING
    deleted: bool = False
    ready: bool | None = True
    started: int | None = None
    ready_changed: int | None = None


@dataclass(frozen=True, slots=True)
class MetricSample:
    """What a replica showed of a metric over the ``window`` seconds before ``at``."""

    id: str
    value: int
    at: int
    window: int = 60


@dataclass(frozen=True, slots=True)
class MetricReading:
    """What is known of one metric now: ``total`` for those with one value, else samples, and requests by replica."""

    name: str
    samples: tuple[MetricSample, ...] = ()
    requests: tuple[tuple[str, int], ...] = ()
    total: int | None = None


@dataclass(frozen=True, slots=True)
class ScalingState:
    """What is remembered between two looks: raw wishes, and changes that were made with their sizes."""

    wishes: tuple[PastWish, ...] = ()
    resized: tuple[Resized, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """What one metric comes to. ``replicas`` is ``None`` where it could not be read, and ``why`` says so.

    ``utilization`` is in percent, ``average`` in the metric's unit.
    """

    metric: str
    replicas: int | None
    utilization: int | None = None
    average: int | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class ScalingTrace:
    """A wish on its way: as the metrics have it, after the windows, after the rates, and within the bounds."""

    raw: int
    stabilised: int
    rated: int
    clamped: int


@dataclass(frozen=True, slots=True)
class HorizontalOutcome:
    """How many replicas there should be. ``reasons`` are HPA's own words; without a trace nothing was reckoned."""

    replicas: int
    reasons: tuple[str, ...]
    state: ScalingState
    proposals: tuple[Proposal, ...] = ()
    trace: ScalingTrace | None = None
