"""What pressure tells of a container: memory that stalls it, disks it waits for, neighbours that take its turns.

The kernel's averages over a minute are used where they are read, so that a moment is no cause (POLICY,
"Combining signals"); quiet containers are done with after three comparisons.
"""

from collections.abc import Iterator

from sutaztop.domain.counters import Pressure
from sutaztop.domain.finding import Evidence, Severity
from sutaztop.domain.frame import HOST
from sutaztop.domain.profile import Thresholds
from sutaztop.domain.quantity import Ratio
from sutaztop.domain.reading import Reading, Unmeasured, measured
from sutaztop.domain.snapshot import ContainerSnapshot, Usage
from sutaztop.policy.causes import Cause
from sutaztop.policy.severity import HAIR, is_over
from sutaztop.policy.signals import Signals
from sutaztop.policy.wording import cores, percent

BUSY_HOST = Ratio(0.85)
"""From here on a host has no turns to give away (POLICY, R-CPU-3)."""
SLIGHT_THROTTLING = Ratio(0.05)
"""Up to here it is not the container's own quota that it waits for."""
LOW_CPU = Ratio(0.5)
"""Half of a limit, or of a core: over it, waiting for disks is not what holds a container back most."""


def waits(usage: Usage, thresholds: Thresholds) -> bool:
    """Whether a container waits for anything as much as any of the rules here asks for."""
    line = thresholds.pressure_warning - HAIR
    for pressure in (usage.cpu_pressure, usage.memory_pressure, usage.io_pressure):
        if isinstance(pressure, Pressure) and (pressure.some >= line or (pressure.some_minute or 0.0) >= line):
            return True
    return False


def memory_stalls(container: ContainerSnapshot, thresholds: Thresholds) -> Iterator[Cause]:
    """Tell work that stood still for memory inside a container with a limit that it is half-way into (R-MEM-3)."""
    pressure = container.usage.memory_pressure
    if isinstance(pressure, Unmeasured):
        return
    some, full = lasting(pressure)
    if max(some, full) < thresholds.pressure_warning - HAIR:
        return
    share = measured(container.usage.memory_utilization)
    if share is None or share < thresholds.memory_idle - HAIR:
        # Without a limit of its own, or far below it, it is the host that is short: said there.
        return
    stopped = full >= thresholds.pressure_warning - HAIR
    text = (
        f"work stood still for memory {percent(some)} of {_over(pressure)}"
        + (f", all of it {percent(full)}" if stopped else "")
        + f", at {percent(share)} of its limit"
    )
    evidence = (
        Evidence("memory pressure, some", percent(some)), Evidence("memory pressure, full", percent(full)),
        Evidence("share of memory limit", percent(share)),
    )  # fmt: skip
    yield Cause(Severity.CRITICAL if stopped else Severity.WARNING, "MEM-STALL", text, evidence)


def starved(container: ContainerSnapshot, signals: Signals, thresholds: Thresholds) -> Iterator[Cause]:
    """Tell a container that waits for CPU on a busy host though its own quota holds it back hardly ever (R-CPU-3)."""
    pressure = container.usage.cpu_pressure
    if isinstance(pressure, Unmeasured) or pressure.some < thresholds.pressure_critical - HAIR:
        return
    some = lasting(pressure)[0]
    throttled = measured(container.usage.throttled) or 0.0
    if some < thresholds.pressure_critical - HAIR or throttled >= SLIGHT_THROTTLING - HAIR:
        return
    host = signals.of_key(HOST, "cpu_utilization")
    if not host.is_sustained(BUSY_HOST - 2 * HAIR, thresholds):
        return
    text = (
        f"waited for CPU {percent(some)} of {_over(pressure)} while the host is {percent(host.mean)} busy and its own "
        f"quota throttles it {percent(throttled)}: neighbours take its turns; a reservation or shares help, no limit"
    )
    evidence = (
        Evidence("cpu pressure", percent(some)), Evidence("throttled", percent(throttled)),
        Evidence("host busy", percent(host.mean)),
    )  # fmt: skip
    yield Cause(Severity.WARNING, "HOST-CPU", text, evidence)


def disk_waits(container: ContainerSnapshot, thresholds: Thresholds) -> Iterator[Cause]:
    """Tell a container that waits for disks and uses little CPU: no matter of its CPU limit."""
    pressure = container.usage.io_pressure
    if isinstance(pressure, Unmeasured) or pressure.some < thresholds.pressure_critical - HAIR:
        return
    some = lasting(pressure)[0]
    cpu, share = measured(container.usage.cpu), measured(container.usage.cpu_utilization)
    busy = share if share is not None else cpu
    if some < thresholds.pressure_critical - HAIR or (busy is not None and is_over(busy, LOW_CPU)):
        return
    moved = _rate(container.usage.block_read) + _rate(container.usage.block_write)
    use = "" if cpu is None else f" and uses {cores(cpu)}"
    text = f"waited for disks {percent(some)} of {_over(pressure)}{use}: more CPU would not help"
    evidence = [Evidence("io pressure", percent(some))]
    if moved:
        evidence.append(Evidence("read and written", f"{moved / 1e6:.1f} MB/s"))
    yield Cause(Severity.WARNING, "IO", text, tuple(evidence))


def lasting(pressure: Pressure) -> tuple[float, float]:
    """Give some and full over a minute, or over ten seconds where only that was read."""
    some = pressure.some if pressure.some_minute is None else pressure.some_minute
    full = pressure.full if pressure.full_minute is None else pressure.full_minute
    return some, full or 0.0


def _over(pressure: Pressure) -> str:
    return "the last ten seconds" if pressure.some_minute is None else "the last minute"


def _rate(reading: Reading[float]) -> float:
    return measured(reading) or 0.0
