"""What the stats API's counters mean, on cgroup v1 and v2. Pure."""

from datetime import datetime

from sutaztop.domain.counters import ContainerCounters
from sutaztop.domain.quantity import Bytes
from sutaztop.engines.payload import Fields

_UNLIMITED = 1 << 62
"""The kernel writes "no limit" on v1 as the largest page-aligned number, a little under 2^63."""


def decode_counters(
    payload: object, *, run: str, clock_ns: int, host_memory: Bytes | None = None
) -> ContainerCounters | None:
    """Read one answer of ``GET /containers/{id}/stats``; ``None`` means that the container does not run.

    A stopped container is answered with zeros and the year 1 in ``read``. ``host_memory``
    tells a limit from its absence on cgroup v2, where the engine reports the host's memory for
    "unlimited"; v1 says so itself. An empty block list is "not counted" and not 0: on v1 the
    kernel counts only where a throttle is configured.
    """
    it = Fields(payload, "stats")
    read_at = it.time("read")
    cpu, memory = it.part("cpu_stats"), it.part("memory_stats")
    # A container that goes between being looked up and being read has a time and no figures.
    if read_at is None or ("system_cpu_usage" not in cpu and "usage" not in memory):
        return None
    return _counters(it, read_at, run=run, clock_ns=clock_ns, host_memory=host_memory)


def _counters(
    it: Fields, read_at: datetime, *, run: str, clock_ns: int, host_memory: Bytes | None
) -> ContainerCounters:
    cpu, memory = it.part("cpu_stats"), it.part("memory_stats")
    usage, throttling = cpu.part("cpu_usage"), cpu.part("throttling_data")
    details = memory.part("stats")
    received, sent = _network(it)
    read, written = _blocks(it.part("blkio_stats"))
    return ContainerCounters(
        read_at=read_at,
        clock_ns=clock_ns,
        run=run,
        cpu_time_ns=usage.integer("total_usage"),
        system_cpu_time_ns=cpu.number("system_cpu_usage"),
        # Engines before 1.27, and cgroup v1 without the field, are counted by their per-core list.
        online_cpus=cpu.integer("online_cpus") or usage.length("percpu_usage"),
        periods=throttling.number("periods"),
        throttled_periods=throttling.number("throttled_periods"),
        throttled_time_ns=throttling.number("throttled_time"),
        memory_usage_bytes=_bytes(memory.number("usage")),
        memory_inactive_file_bytes=_inactive_file(memory.number("usage"), details),
        memory_active_file_bytes=_first(details, "total_active_file", "active_file"),
        memory_anon_bytes=_first(details, "anon", "total_rss", "rss"),
        memory_cache_bytes=_first(details, "file", "total_cache", "cache"),
        memory_limit_bytes=_limit(memory.number("limit"), details, host_memory),
        pids=it.part("pids_stats").number("current"),
        network_rx_bytes=received,
        network_tx_bytes=sent,
        block_read_bytes=read,
        block_write_bytes=written,
    )


def _inactive_file(usage: int | None, details: Fields) -> Bytes | None:
    """Give the cache that docker takes off: v1's hierarchical figure first, then v2's name for it."""
    for key in ("total_inactive_file", "inactive_file"):
        amount = details.number(key)
        if amount is not None and usage is not None and amount < usage:
            return Bytes(amount)
    return None


def _limit(limit: int | None, details: Fields, host_memory: Bytes | None) -> Bytes | None:
    kernel = details.number("hierarchical_memory_limit")
    if kernel is not None:
        return Bytes(kernel) if kernel < _UNLIMITED else None
    if not limit or limit >= _UNLIMITED or (host_memory and limit >= host_memory):
        return None
    return Bytes(limit)


def _first(details: Fields, *keys: str) -> Bytes | None:
    return next((Bytes(amount) for key in keys if (amount := details.number(key)) is not None), None)


def _bytes(value: int | None) -> Bytes | None:
    return None if value is None else Bytes(value)


def _network(it: Fields) -> tuple[int | None, int | None]:
    """Sum the interfaces; ``None`` for the host's network and for none at all, which the engine does not count."""
    if "networks" not in it:
        return None, None
    networks = it.part("networks")
    cards = [networks.part(name) for name in it.names("networks")]
    return sum(card.integer("rx_bytes") for card in cards), sum(card.integer("tx_bytes") for card in cards)


def _blocks(block: Fields) -> tuple[int | None, int | None]:
    entries = block.parts("io_service_bytes_recursive")
    if not entries:
        return None, None
    totals = {"r": 0, "w": 0}
    for entry in entries:
        letter = entry.text("op")[:1].lower()
        if letter in totals:
            totals[letter] += entry.integer("value")
    return totals["r"], totals["w"]
