"""CPU: cores used by the engine's own formula, the share of a container's limit, and throttling."""

from sutaztop.domain.counters import ContainerCounters
from sutaztop.domain.quantity import Cores, Ratio
from sutaztop.domain.reading import COUNTERS_RESTARTED, FIRST_READ, NO_LIMIT, NOT_SUPPORTED, Reading, Unmeasured


def cores_used(before: ContainerCounters, after: ContainerCounters) -> Reading[Cores]:
    """Give the cores kept busy between two reads of one run; 1.0 is one core, nothing is clamped.

    Equal to ``docker stats`` (docker/cli, ``calculateCPUPercentUnix``) divided by 100: the
    container's CPU time over the host's, times the online CPUs, 0 where the container used
    none. The host's time is the sum of the first seven fields of ``/proc/stat`` in ticks of
    10 ms; steal is left out, so on a machine with steal the figure reads a little high.

    Where no host time was read, or no tick of it has passed, wall time divides instead:
    Docker would print 0 for a container that was busy.

    >>> from sutaztop.domain.counters import ContainerCounters
    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 11, 23, tzinfo=UTC)
    >>> earlier = ContainerCounters(at, 0, "1", 5_000_000_000, 80_000_000_000, 4)
    >>> later = ContainerCounters(at, 1_000_000_000, "1", 6_500_000_000, 84_000_000_000, 4)
    >>> cores_used(earlier, later)
    1.5
    """
    used = after.cpu_time_ns - before.cpu_time_ns
    if used < 0:
        return COUNTERS_RESTARTED
    if used == 0:
        return Cores(0.0)
    if before.system_cpu_time_ns is not None and after.system_cpu_time_ns is not None:
        system = after.system_cpu_time_ns - before.system_cpu_time_ns
        if system < 0:
            return COUNTERS_RESTARTED
        if system and after.online_cpus:
            return Cores(used / system * after.online_cpus)
    elapsed = after.clock_ns - before.clock_ns
    return Cores(used / elapsed) if elapsed > 0 else COUNTERS_RESTARTED


def share_of_limit(cores: Reading[Cores], limit: Cores | None) -> Reading[Ratio]:
    """Give used cores over the container's own limit; may exceed 1 for a moment, as CFS lends a slice.

    >>> share_of_limit(Cores(1.5), Cores(2.0))
    0.75
    >>> str(share_of_limit(Cores(1.5), None))
    'no limit set'
    """
    if not limit:
        return NO_LIMIT
    return cores if isinstance(cores, Unmeasured) else Ratio(cores / limit)


def throttled_share(before: ContainerCounters, after: ContainerCounters, limit: Cores | None) -> Reading[Ratio]:
    """Give throttled periods over CFS periods in the interval, 0-1 (kernel: sched-bwc, ``cpu.stat``).

    The kernel counts a period only while the container has something to run. With a limit and
    no period gone by, nothing can have been held back: that is a true 0, not a missing figure.
    Without a limit there is nothing to be throttled by (``NO_LIMIT``); a kernel that does not
    count periods gives ``NOT_SUPPORTED``.
    """
    if not limit:
        return NO_LIMIT
    if after.periods is None or after.throttled_periods is None:
        return NOT_SUPPORTED
    if before.periods is None or before.throttled_periods is None:
        return FIRST_READ
    periods = after.periods - before.periods
    throttled = after.throttled_periods - before.throttled_periods
    if periods < 0 or throttled < 0:
        return COUNTERS_RESTARTED
    # The kernel raises the two one after the other: a read in between may see one too many.
    return Ratio(min(throttled / periods, 1.0)) if periods else Ratio(0.0)
