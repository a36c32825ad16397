"""The parts of the JSON that are not containers: engine, host, disks and models."""

from datetime import datetime
from typing import Any

from sutaztop.domain.counters import Pressure
from sutaztop.domain.disk import Filesystem, Tree
from sutaztop.domain.frame import Frame, HistoryView
from sutaztop.domain.llm import InstalledModel, LoadedModel
from sutaztop.domain.reading import Reading, Unmeasured
from sutaztop.domain.sizes import component_key, filesystem_key
from sutaztop.domain.snapshot import ComponentUsage, DiskTier, HostUsage, Snapshot
from sutaztop.measure.forecasts import component_forecast, filesystem_forecast, growth_at
from sutaztop.measure.growth import Forecast, Growth
from sutaztop.store.plain import readings, time_or_none


def engine_document(frame: Frame) -> dict[str, Any]:
    """Give which engine this is, and what keeps the picture from being current."""
    engine = frame.snapshot.engine
    trouble = frame.trouble
    return {
        "endpoint": engine.endpoint if engine else None,
        "origin": engine.origin if engine else None,
        "name": engine.name if engine else None,
        "id": engine.id if engine else None,
        "version": engine.version if engine else None,
        "api_version": engine.api_version if engine else None,
        "swarm": engine.swarm_role.value if engine else None,
        "local": engine.is_local if engine else None,
        "demo": engine.demo if engine else None,
        "without_engine": engine.without_engine or None if engine else None,
        "trouble": {"what": trouble.what, "why": trouble.why, "advice": trouble.advice} if trouble else None,
        "stale_since": time_or_none(frame.stale_since),
        "collectors": [
            {
                "name": report.name,
                "read_at": time_or_none(report.read_at),
                "seconds": report.duration,
                "source": report.source,
                "trouble": str(report.trouble) if report.trouble else None,
            }
            for report in frame.snapshot.reports
        ],
    }


def host_document(host: HostUsage) -> dict[str, Any]:
    """Give the host: absolute amounts, and shares of its capacity.

    What was not read has no number: a host without swap has 0, one that was not looked at null.
    """
    unread = host.cpu if host.read_at is None and isinstance(host.cpu, Unmeasured) else None
    return {
        "name": host.hostname,
        "read_at": time_or_none(host.read_at),
        "cpu_limits_cores": host.cpu_limits,
        "cpu_unlimited_containers": host.cpu_unlimited,
        "memory_limits_bytes": host.memory_limits,
        "memory_unlimited_containers": host.memory_unlimited,
        **readings(
            {
                "cpus": host.cpus or unread or 0,
                "load": unread or list(host.load),
                "memory_total_bytes": host.memory_total or unread or 0,
                "swap_total_bytes": unread or host.swap_total,
                "swap_used_bytes": unread or host.swap_used,
                "own_memory_bytes": host.own_memory or unread or 0,
                "cpu_cores": host.cpu,
                "cpu_utilization": host.cpu_utilization,
                "memory_available_bytes": host.memory_available,
                "memory_utilization": host.memory_utilization,
                "disk_read_bytes_per_second": host.disk_read,
                "disk_write_bytes_per_second": host.disk_write,
                "network_rx_bytes_per_second": host.network_rx,
                "network_tx_bytes_per_second": host.network_tx,
                "cpu_pressure_ratio": _some(host.cpu_pressure),
                "memory_pressure_ratio": _some(host.memory_pressure),
                "io_pressure_ratio": _some(host.io_pressure),
                "cpu_overcommit_ratio": host.cpu_overcommit,
                "memory_overcommit_ratio": host.memory_overcommit,
                "own_cpu_cores": host.own_cpu,
                "outside_cpu_cores": host.outside_cpu,
                "outside_memory_bytes": host.outside_memory,
            }
        ),
    }


def disks_document(snapshot: Snapshot, history: HistoryView) -> dict[str, Any]:
    """Give the disk tiers; before the first reading they are none, and what could be reclaimed is null."""
    disks = snapshot.disks
    if disks is None:
        return {"tiers": [], "reclaimable": None, "reclaimable_at": None, "unmeasured": {"tiers": "not read yet"}}
    found = disks.reclaimable
    missing = {"reclaimable": str(found)} if isinstance(found, Unmeasured) else {}
    reclaimable = None
    if not isinstance(found, Unmeasured):
        reclaimable = {
            "images_bytes": found.images,
            "containers_bytes": found.containers,
            "build_cache_bytes": found.build_cache,
            "unused_volumes_bytes": found.volumes_unused,
            "dangling_images_bytes": found.images_dangling,
            "container_logs_bytes": found.logs,
        }
    return {
        "tiers": [_tier(it, history, snapshot.at) for it in disks.tiers],
        "reclaimable": reclaimable,
        "reclaimable_at": time_or_none(disks.reclaimable_at),
        "unmeasured": missing,
    }


def models_document(snapshot: Snapshot) -> list[dict[str, Any]]:
    """Give each Ollama server with its loaded and its installed models apart."""
    return [
        {
            "endpoint": server.endpoint,
            "version": server.version or None,
            "container_id": server.container_id or None,
            "loaded": [_loaded(it, snapshot) for it in server.loaded],
            "installed": [_installed(it) for it in server.installed],
            "trouble": server.trouble or None,
        }
        for server in snapshot.models
    ]


def _some(reading: Reading[Pressure]) -> Reading[float]:
    return reading if isinstance(reading, Unmeasured) else float(reading.some)


def _tier(tier: DiskTier, history: HistoryView, at: datetime) -> dict[str, Any]:
    return {
        "medium": tier.medium.value,
        "budget_bytes": tier.budget,
        "found_media": [it.value for it in tier.found_media],
        "filesystems": [_filesystem(it, history) for it in tier.filesystems],
        "components": [_component(it, history, at) for it in tier.components],
        **readings({"used_bytes": tier.used}),
    }


def _filesystem(it: Filesystem, history: HistoryView) -> dict[str, Any]:
    return {
        "mount_point": it.mount_point,
        "device": it.device,
        "type": it.kind,
        "medium": it.medium.value,
        "total_bytes": it.total,
        "used_bytes": it.used,
        "available_bytes": it.available,
        "growth": _growth(growth_at(history, filesystem_key(it.mount_point))),
        "full_in": _forecast(filesystem_forecast(it, history)),
    }


def _growth(it: Growth | None) -> dict[str, Any] | None:
    """Give how fast something grows; null where too little is known."""
    if it is None:
        return None
    return {
        "bytes_per_hour": it.slope, "low_bytes_per_hour": it.low, "high_bytes_per_hour": it.high,
        "measurements": it.points, "over_seconds": it.span,
    }  # fmt: skip


def _forecast(it: Forecast | None) -> dict[str, Any] | None:
    if it is None:
        return None
    return {"seconds": it.left, "earliest_seconds": it.earliest, "latest_seconds": it.latest}


def _component(it: ComponentUsage, history: HistoryView, at: datetime) -> dict[str, Any]:
    component = it.component
    return {
        "name": component.name,
        "minimum_bytes": component.minimum,
        "recommended_bytes": component.recommended,
        "maximum_bytes": component.maximum,
        "measured_at": time_or_none(it.measured_at),
        "trees": [_tree(tree) for tree in it.trees],
        "growth": _growth(growth_at(history, component_key(component.name))),
        "at_budget_in": _forecast(component_forecast(it, history, at)),
        **readings({"used_bytes": it.used, "budget_utilization": it.budget_utilization}),
    }


def _tree(tree: Tree) -> dict[str, Any]:
    return {
        "path": tree.path,
        "mount_point": tree.mount_point or None,
        "measured_at": time_or_none(tree.measured_at),
        "unreadable_parts": tree.skipped,
        **readings({"size_bytes": tree.size}),
    }


def _loaded(it: LoadedModel, snapshot: Snapshot) -> dict[str, Any]:
    return {
        "name": it.name,
        "size_bytes": it.size,
        "vram_bytes": it.size_vram,
        "context_length": it.context_length,
        "expires_at": time_or_none(it.expires_at),
        "pinned": it.is_pinned(snapshot.at),
        "activity": it.activity(snapshot.at).value,
        "family": it.family or None,
        "parameter_size": it.parameter_size or None,
        "quantization": it.quantization or None,
    }


def _installed(it: InstalledModel) -> dict[str, Any]:
    return {
        "name": it.name,
        "size_bytes": it.size,
        "modified_at": time_or_none(it.modified_at),
        "remote": it.remote,
        "family": it.family or None,
        "parameter_size": it.parameter_size or None,
        "quantization": it.quantization or None,
    }
