"""The numbers that configuration may replace: thresholds, tiers, steps, the disk plan."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sutaztop.domain.disk import Component
from sutaztop.domain.guardrails import Guardrails
from sutaztop.domain.quantity import GIB, Bytes, Cores, Ratio, Seconds

if TYPE_CHECKING:
    from sutaztop.domain.scaling import HorizontalSpec


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When a figure is worth a word. Shares are of the container's own limit, or of the host.

    A share counts only when it was over its line in ``sustained`` of at least
    ``minimum_samples`` readings within ``window`` that cover ``minimum_span``: six readings a
    second apart are a moment, and no habit.
    """

    window: Seconds = Seconds(180.0)
    minimum_samples: int = 6
    minimum_span: Seconds = Seconds(30.0)
    sustained: Ratio = Ratio(0.8)
    cpu_warning: Ratio = Ratio(0.75)
    cpu_critical: Ratio = Ratio(0.95)
    cpu_idle: Ratio = Ratio(0.25)
    memory_warning: Ratio = Ratio(0.85)
    memory_critical: Ratio = Ratio(0.95)
    memory_idle: Ratio = Ratio(0.50)
    throttled_warning: Ratio = Ratio(0.25)
    throttled_critical: Ratio = Ratio(0.50)
    host_cpu_warning: Ratio = Ratio(0.80)
    host_cpu_critical: Ratio = Ratio(0.95)
    host_memory_warning: Ratio = Ratio(0.80)
    host_memory_critical: Ratio = Ratio(0.95)
    pressure_warning: Ratio = Ratio(0.05)
    pressure_critical: Ratio = Ratio(0.20)
    disk_warning: Ratio = Ratio(0.80)
    disk_critical: Ratio = Ratio(0.90)
    restarts_warning: int = 3


HORIZONTAL = ("proportional", "one", "hpa")
"""How many replicas are wished for: by the load, one at a time, or as Kubernetes' HPA v2 would."""


@dataclass(frozen=True, slots=True)
class Scaling:
    """The guide's steps and ceilings for changes that are proposed or asked for by one key.

    ``horizontal`` is one of ``HORIZONTAL``. Replicas are counted so that each uses ``replicas_target`` of its
    limit. All wishes of ``up_window`` must agree before replicas are added, all of ``down_window`` before any go;
    at most ``up_percent`` are added in ``up_period``, and at most ``down_percent`` go in ``down_period``, but one
    always may. No memory limit is proposed above ``maximum_memory``; ``None`` is as much as the host carries.
    """

    cpu_step: Cores = Cores(1.0)
    cpu_ceiling: Cores = Cores(4.0)
    memory_step: Bytes = Bytes(GIB)
    minimum_replicas: int = 1
    maximum_replicas: int = 10
    memory_margin: Ratio = Ratio(0.15)
    """A memory limit is never set below the working set plus this share of it."""
    horizontal: str = "proportional"
    replicas_target: Ratio = Ratio(0.70)
    up_window: Seconds = Seconds(60.0)
    down_window: Seconds = Seconds(300.0)
    up_percent: Ratio = Ratio(1.0)
    up_period: Seconds = Seconds(30.0)
    down_percent: Ratio = Ratio(0.5)
    down_period: Seconds = Seconds(60.0)
    maximum_memory: Bytes | None = None
    replicas_memory_target: Ratio | None = None
    """For ``hpa``: the share of its memory limit that each replica shall use; ``None`` leaves memory out."""
    specification: "HorizontalSpec | None" = None
    """For ``hpa``: a whole autoscaler, as a manifest said it; without it the numbers above make one."""

    def memory_above(self, limit: Bytes) -> Bytes:
        """Give a memory limit one step higher: by the step, and at most to the double.

        The guide's gibibyte is meant for services of gibibytes; on one of 64 MiB it would be a
        jump to seventeen times the limit.

        >>> Scaling().memory_above(Bytes(4 * GIB)) // GIB, Scaling().memory_above(Bytes(64))
        (5, 128)
        """
        return Bytes(limit + min(self.memory_step, limit))


@dataclass(frozen=True, slots=True)
class TierRule:
    """One tier: the services in it, matched whole against service or display name."""

    name: str
    rank: int
    services: frozenset[str] = frozenset()
    suffixes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tiering:
    """How a container's tier is found: explicit, label, suffix, table, in this order."""

    explicit: tuple[tuple[str, str], ...] = ()
    label: str = "com.sutazai.tier"
    rules: tuple[TierRule, ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceRule:
    """What holds for some services instead of the profile's own numbers.

    They are found by a whole name, of the container or its service, with or without the profile's prefixes, or by a
    ``label``, as ``key`` or ``key=value``. The three groups are fields of the profile's parts with their values.
    ``untold`` says what a scaling file asks for that can't be measured or followed here.
    """

    name: str
    names: frozenset[str] = frozenset()
    label: str = ""
    thresholds: tuple[tuple[str, Any], ...] = ()
    scaling: tuple[tuple[str, Any], ...] = ()
    guardrails: tuple[tuple[str, Any], ...] = ()
    untold: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything that policy and measuring take from configuration."""

    name: str = "default"
    thresholds: Thresholds = Thresholds()
    scaling: Scaling = Scaling()
    guardrails: Guardrails = field(default_factory=Guardrails)
    tiering: Tiering = Tiering()
    components: tuple[Component, ...] = ()
    services: tuple[ServiceRule, ...] = ()
    """Rules for single services; of several that fit, the later one wins, key by key."""
    name_prefixes: tuple[str, ...] = ()
    """Prefixes left out of names on the screen, such as ``sutazai-``."""
