"""What CPU and throttling say together of one container (POLICY section 3, "Combining signals")."""

from dataclasses import dataclass
from enum import Enum, auto

from sutaztop.domain.profile import Thresholds
from sutaztop.domain.reading import measured
from sutaztop.domain.snapshot import ContainerSnapshot
from sutaztop.policy.severity import HAIR, is_over
from sutaztop.policy.signals import Signals, Window

MID = 0.5
"""Throttling under half of the limit in use is bursts, unless it is heavy: 25 % alone alarms too often."""


class CpuCase(Enum):
    """The cases that matter, most telling first."""

    THROTTLED = auto()
    HOT = auto()
    BURSTS = auto()
    SPIKE = auto()


@dataclass(frozen=True, slots=True)
class CpuFinding:
    """A case with its numbers. ``throttled`` is the mean share of throttled periods in the window."""

    case: CpuCase
    shares: Window
    throttled: float = 0.0
    is_fast: bool = False
    """At the limit all the time and throttled half of it: there is no telling how much it wants."""


def cpu_case(container: ContainerSnapshot, signals: Signals, thresholds: Thresholds) -> CpuFinding | None:
    """Give the case of a container that has a CPU limit, or ``None`` where there is nothing to say.

    History is asked only for those whose present figures could matter: a thousand quiet
    containers cost nothing.
    """
    share = measured(container.usage.cpu_utilization)
    if share is None or signals.is_starting(container):
        return None
    throttled_now = measured(container.usage.throttled) or 0.0
    if not is_over(share, min(MID, thresholds.cpu_warning)) and throttled_now < thresholds.throttled_warning / 2:
        return None
    shares = signals.of_container(container, "cpu_utilization", amount="cpu")
    spike = CpuFinding(CpuCase.SPIKE, shares) if shares.values and is_over(share, thresholds.cpu_warning) else None
    if not shares.is_enough(thresholds) or shares.settling is not None:
        return spike
    # As far back as the shares go: what was throttled under an earlier limit is past.
    throttles = signals.of_container(container, "throttled").within(shares.span)
    throttled = throttles.mean if throttles.is_enough(thresholds) else 0.0
    return _combine(shares, throttled, thresholds) or spike


def _combine(shares: Window, throttled: float, thresholds: Thresholds) -> CpuFinding | None:
    heavy = throttled >= thresholds.throttled_critical - HAIR
    some = throttled >= thresholds.throttled_warning - HAIR
    if heavy or (some and shares.mean >= MID - HAIR):
        fast = heavy and shares.is_sustained(thresholds.cpu_critical, thresholds)
        return CpuFinding(CpuCase.THROTTLED, shares, throttled, is_fast=fast)
    if shares.is_sustained(thresholds.cpu_warning, thresholds):
        return CpuFinding(CpuCase.HOT, shares, throttled)
    return CpuFinding(CpuCase.BURSTS, shares, throttled) if some else None
