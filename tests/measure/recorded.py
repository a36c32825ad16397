"""Recorded stats payloads as counters: how the API names what the domain names."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sutaztop.domain.counters import ContainerCounters
from sutaztop.domain.quantity import Bytes

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "docker"
AT = datetime(2026, 11, 23, tzinfo=UTC)


def load(name: str) -> Any:
    """Read one file of recorded data, or skip where the data is not beside the checkout."""
    path = DATA / name
    if not path.exists():
        pytest.skip(f"recorded engine data is not here: {name}")
    return json.loads(path.read_text())


def pair(payload: dict[str, Any]) -> tuple[ContainerCounters | None, ContainerCounters | None]:
    """Give the two reads that one payload holds; the earlier is missing in a first frame."""
    cpu, before = payload["cpu_stats"], payload["precpu_stats"]
    if "system_cpu_usage" not in cpu:
        return None, None
    memory = payload["memory_stats"]
    stats = memory.get("stats", {})
    networks = payload.get("networks")
    after = ContainerCounters(
        read_at=AT,
        clock_ns=2_000_000_000,
        run="1",
        cpu_time_ns=cpu["cpu_usage"]["total_usage"],
        system_cpu_time_ns=cpu["system_cpu_usage"],
        online_cpus=cpu["online_cpus"],
        memory_usage_bytes=Bytes(memory["usage"]),
        memory_inactive_file_bytes=Bytes(stats.get("total_inactive_file", stats.get("inactive_file", 0))),
        pids=payload["pids_stats"].get("current"),
        network_rx_bytes=sum(it["rx_bytes"] for it in networks.values()) if networks else None,
        network_tx_bytes=sum(it["tx_bytes"] for it in networks.values()) if networks else None,
    )
    if "system_cpu_usage" not in before:
        return None, after
    then = ContainerCounters(
        read_at=AT,
        clock_ns=1_000_000_000,
        run="1",
        cpu_time_ns=before["cpu_usage"]["total_usage"],
        system_cpu_time_ns=before["system_cpu_usage"],
        online_cpus=before["online_cpus"],
    )
    return then, after
