"""The numbers that a decision is made by, whole: what a profile says, without a fraction of a percent lost."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sutaztop.domain.profile import Profile
from sutaztop.domain.quantity import GIB, MIB

if TYPE_CHECKING:
    from sutaztop.domain.scaling import HorizontalSpec

WHOLE = 10_000
"""Basis points in one."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """Shares in basis points, spans in seconds, CPU in milli-cores, memory in bytes.

    The defaults are those of the worked examples, which are the guide's where it gives one.
    """

    window: int = 180
    minimum_samples: int = 6
    minimum_span: int = 0
    sustained: int = 8000
    stale: int = 45
    warm_up: int = 120
    warm_up_healthy: int = 30
    """Where its own probe has passed, for memory. A probe tells that it answers, not that its CPU has settled."""
    fast_samples: int = 4
    fast_share: int = 9500
    fast_throttled: int = 5000
    burst_span: int = 1800
    burst_share: int = 500
    cpu_up: int = 7500
    cpu_down: int = 2500
    cpu_critical: int = 9500
    memory_up: int = 8500
    memory_down: int = 5000
    memory_critical: int = 9500
    throttled_some: int = 2500
    throttled_much: int = 5000
    throttled_share: int = 5000
    throttled_idle: int = 100
    least_periods: int = 100
    cpu_pressure: int = 2000
    memory_pressure: int = 500
    memory_pressure_full: int = 500
    starved_throttled: int = 500
    starved_host: int = 8500
    cpu_step: int = 1000
    cpu_ceiling: int = 4000
    memory_step: int = GIB
    memory_ceiling: int | None = None
    memory_round: int = 64 * MIB
    oom_percent: int = 120
    oom_least: int = 100 * MIB
    oom_kept: int = 86_400
    most_raises: int = 3
    leak_horizon: int = 3600
    unlimited_share: int = 2500
    replicas_target: int = 7000
    horizontal: str = "proportional"
    replicas_memory_target: int | None = None
    specification: "HorizontalSpec | None" = None
    """For ``hpa``: the autoscaler of a manifest; without one the numbers here make one."""
    up_window: int = 60
    down_window: int = 300
    up_percent: int = 10_000
    up_period: int = 30
    down_percent: int = 5000
    down_period: int = 60
    cool_down_up: int = 60
    cool_down_down: int = 300
    flap_within: int = 1800
    """Replicas that were taken and added again within this have been missed."""
    flap_hold: int = 3600
    """For so long none are taken then; twice as long after each further time within a day."""
    room_after: int = 9000
    """After replicas went, the share may reach this part of the line that would bring them back."""
    host_cpu: int = 9000
    host_memory_reserve: int = 1000
    host_pressure_full: int = 500
    reserved_most: int = 10_000
    least_change: int = 1000


def numbers_of(profile: Profile) -> Numbers:
    """Give a profile's numbers, whole.

    >>> numbers_of(Profile()).cpu_up
    7500
    """
    thresholds, scaling, rails = profile.thresholds, profile.scaling, profile.guardrails
    return Numbers(
        window=round(thresholds.window),
        minimum_samples=thresholds.minimum_samples,
        minimum_span=round(thresholds.minimum_span),
        sustained=_points(thresholds.sustained),
        cpu_up=_points(thresholds.cpu_warning),
        cpu_down=_points(thresholds.cpu_idle),
        cpu_critical=_points(thresholds.cpu_critical),
        memory_up=_points(thresholds.memory_warning),
        memory_down=_points(thresholds.memory_idle),
        memory_critical=_points(thresholds.memory_critical),
        throttled_some=_points(thresholds.throttled_warning),
        throttled_much=_points(thresholds.throttled_critical),
        fast_throttled=_points(thresholds.throttled_critical),
        memory_pressure=_points(thresholds.pressure_warning),
        memory_pressure_full=_points(thresholds.pressure_warning),
        cpu_pressure=_points(thresholds.pressure_critical),
        cpu_step=round(scaling.cpu_step * 1000),
        cpu_ceiling=round(scaling.cpu_ceiling * 1000),
        memory_step=int(scaling.memory_step),
        memory_ceiling=None if scaling.maximum_memory is None else int(scaling.maximum_memory),
        replicas_target=_points(scaling.replicas_target),
        horizontal=scaling.horizontal,
        replicas_memory_target=None
        if scaling.replicas_memory_target is None
        else _points(scaling.replicas_memory_target),
        specification=scaling.specification,
        up_window=round(scaling.up_window),
        down_window=round(scaling.down_window),
        up_percent=_points(scaling.up_percent),
        up_period=round(scaling.up_period),
        down_percent=_points(scaling.down_percent),
        down_period=round(scaling.down_period),
        cool_down_up=round(rails.cool_down_up),
        cool_down_down=round(rails.cool_down_down),
        host_cpu=_points(rails.host_cpu),
        host_memory_reserve=_points(rails.host_memory_reserve),
    )


def round_up(amount: int, step: int) -> int:
    """Round up to a whole number of steps.

    >>> round_up(65, 64), round_up(64, 64)
    (128, 64)
    """
    return -(-amount // step) * step


def _points(ratio: float) -> int:
    return round(ratio * WHOLE)
