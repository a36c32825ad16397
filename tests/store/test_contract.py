"""The JSON contract: keys, units, null and the reasons for it."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sutaztop.domain.disk import Component, Filesystem, Medium, Reclaimable, Tree
from sutaztop.domain.finding import Evidence, Finding, Recommendation, Severity, Subject
from sutaztop.domain.frame import Frame
from sutaztop.domain.intent import ScaleUpLimits, SetLimits, SetReplicas, UnloadModel
from sutaztop.domain.llm import InstalledModel, LoadedModel, ModelServer
from sutaztop.domain.quantity import GIB, MIB, Bytes, Cores, Ratio
from sutaztop.domain.reading import NO_LIMIT, PENDING, Reason, Unmeasured
from sutaztop.domain.sample import CollectorReport, Trouble
from sutaztop.domain.sizes import SizeSeries, component_key, filesystem_key
from sutaztop.domain.snapshot import ComponentUsage, Disks, DiskTier, HostUsage, Snapshot, Usage
from sutaztop.store.contract import recommendations_document, snapshot_document
from tests import given

TOP = ["schema", "at", "recorded", "engine", "host", "containers", "disks", "models", "findings", "recommendations"]
CONTAINER = [
    "id", "name", "service", "project", "state", "health", "cpu_cores", "cpu_limit_cores", "cpu_utilization",
    "memory_working_set_bytes", "memory_limit_bytes", "memory_utilization", "throttled_ratio",
    "network_rx_bytes_per_second", "network_tx_bytes_per_second", "block_read_bytes_per_second",
    "block_write_bytes_per_second", "pids", "restart_count", "oom_killed", "tier",
    "drift", "restarts_last_hour", "idle_since", "log_driver", "log_max_size",
]  # fmt: skip
PAGE = Path(__file__).parents[2] / "docs" / "snapshot-json.md"


def full_frame() -> Frame:
    component = Component("Ollama models", Medium.SSD, recommended=Bytes(150 * GIB))
    tree = Tree("/data", Bytes(GIB), given.NOW, 0.5, mount_point="/")
    usage = ComponentUsage(component, (tree,), Bytes(GIB), Ratio(1 / 150), given.NOW)
    filesystem = Filesystem("/", "/dev/sda1", "ext4", Bytes(GIB), Bytes(GIB), Bytes(0), Medium.SSD)
    disks = Disks(
        (DiskTier(Medium.SSD, (usage,), Bytes(GIB), Bytes(150 * GIB), (filesystem,), (Medium.SSD,)),),
        Reclaimable(images=Bytes(5)), given.NOW,
    )  # fmt: skip
    loaded = LoadedModel("llama3.2:3b", Bytes(3 * GIB), Bytes(GIB), 4096, given.NOW + timedelta(minutes=1))
    server = ModelServer("http://127.0.0.1:11434", "0.11", (loaded,), (InstalledModel("qwen", Bytes(GIB)),))
    subject = Subject("container", "c" * 64, "backend")
    finding = Finding(subject, Severity.WARNING, "QUOTA", "throttled", (Evidence("throttled", "41 %"),), given.NOW)
    snapshot = replace(given.snapshot(), disks=disks, models=(server,), reports=(CollectorReport("stack", given.NOW),))
    intents = (SetLimits("c", Cores(3.0)), ScaleUpLimits("c"), SetReplicas("s", 3), UnloadModel("http://o", "m"), None)
    advice = [
        Recommendation(str(n), subject, Severity.WARNING, "R-CPU-2", "cpu 2 → 3 cores", "93 %", intent=intent)
        for n, intent in enumerate(intents)
    ]
    return given.frame(snapshot, findings=[finding], recommendations=advice)


def container_of(snapshot: Snapshot) -> dict[str, Any]:
    found: dict[str, Any] = snapshot_document(given.frame(snapshot))["containers"][0]
    return found


def test_the_keys_are_those_of_the_contract_in_their_order() -> None:
    document = snapshot_document(full_frame())
    assert list(document) == TOP
    assert list(document["containers"][0]) == [*CONTAINER, "unmeasured"]


def test_it_is_json_without_any_help() -> None:
    document = snapshot_document(full_frame())
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_amounts_are_bytes_and_cores_and_shares_are_ratios() -> None:
    container = container_of(given.snapshot())
    assert container["cpu_cores"] == 1.86
    assert container["cpu_utilization"] == 0.93
    assert container["memory_limit_bytes"] == 4 * GIB
    assert container["unmeasured"] == {}


def test_a_limit_that_is_not_set_is_null_and_its_share_says_why() -> None:
    unlimited = given.container(cpu=None, memory=None)
    usage = replace(given.usage(), cpu_utilization=NO_LIMIT, memory_utilization=NO_LIMIT)
    container = container_of(given.snapshot([given.measured_container(unlimited, usage)]))
    assert container["cpu_limit_cores"] is None
    assert container["memory_limit_bytes"] is None
    assert container["unmeasured"] == {"cpu_utilization": "no limit set", "memory_utilization": "no limit set"}


def test_a_reading_that_could_not_be_taken_is_null_and_named_with_its_reason() -> None:
    usage = replace(given.usage(), pids=Unmeasured(Reason.COLLECTOR_FAILED, "permission denied"))
    container = container_of(given.snapshot([given.measured_container(given_usage=usage)]))
    assert container["pids"] is None
    assert container["unmeasured"] == {"pids": "collector failed: permission denied"}


def nulls_without_reason(value: object, readings: Mapping[str, str]) -> list[str]:
    """Name the readings that are null and not explained beside them."""
    assert isinstance(value, dict)
    return [key for key in readings if value[key] is None and key not in value["unmeasured"]]


def test_nothing_measured_is_nothing_invented() -> None:
    container = container_of(given.snapshot([given.measured_container(given_usage=Usage())]))
    measured = {key: "" for key in CONTAINER[6:18] if "limit_" not in key}
    assert all(container[key] is None for key in measured)
    assert nulls_without_reason(container, measured) == []


def test_times_are_iso_8601_in_utc() -> None:
    text = json.dumps(snapshot_document(full_frame()))
    assert '"at": "2026-11-23T12:04:31Z"' in text
    assert not re.search(r"\d\d:\d\d:\d\d[^Z\".\d]", text)


def test_an_engine_that_is_gone_is_said_in_the_engine() -> None:
    frame = replace(full_frame(), trouble=Trouble("The engine is gone", "no socket", "Start it"), stale_since=given.NOW)
    engine = snapshot_document(frame)["engine"]
    assert engine["trouble"] == {"what": "The engine is gone", "why": "no socket", "advice": "Start it"}
    assert engine["stale_since"] == "2026-11-23T12:04:31Z"


def test_before_the_first_reading_the_document_is_whole() -> None:
    snapshot = replace(given.snapshot([]), engine=None)
    document = snapshot_document(given.frame(snapshot))
    assert list(document) == TOP
    assert document["engine"]["endpoint"] is None
    assert document["disks"]["unmeasured"] == {"tiers": "not read yet"}


def test_a_host_that_was_not_read_has_no_numbers() -> None:
    unread = "collector failed: /proc is not mounted"
    host = replace(HostUsage(), cpu=Unmeasured(Reason.COLLECTOR_FAILED, "/proc is not mounted"), cpus=12)
    document = snapshot_document(given.frame(replace(given.snapshot([]), host=host)))["host"]
    for key in ("load", "memory_total_bytes", "swap_total_bytes", "swap_used_bytes", "own_memory_bytes"):
        assert (document[key], document["unmeasured"][key]) == (None, unread), key
    assert document["cpus"] == 12


def test_a_host_without_swap_has_none() -> None:
    host = replace(HostUsage(), read_at=given.NOW, load=(0.0, 0.0, 0.0))
    document = snapshot_document(given.frame(replace(given.snapshot([]), host=host)))["host"]
    assert (document["swap_total_bytes"], document["load"]) == (0, [0.0, 0.0, 0.0])


def test_a_model_server_that_keeps_silent_beside_another_says_why_its_lists_are_old() -> None:
    servers = (ModelServer("http://one:11434", "0.12"), ModelServer("http://two:11434", trouble="connection refused"))
    models = snapshot_document(given.frame(replace(given.snapshot([]), models=servers)))["models"]
    assert [it["trouble"] for it in models] == [None, "connection refused"]


def test_disks_that_are_still_measured_say_so() -> None:
    component = ComponentUsage(Component("Logs", Medium.HDD), (Tree("/logs"),), PENDING, NO_LIMIT, None)
    disks = Disks((DiskTier(Medium.HDD, (component,), PENDING, None, ()),))
    document = snapshot_document(given.frame(replace(given.snapshot([]), disks=disks)))["disks"]
    assert document["tiers"][0]["components"][0]["unmeasured"]["used_bytes"] == "not read yet"
    assert document["unmeasured"] == {"reclaimable": "not read yet"}


def test_what_grows_on_disk_is_told_with_its_range_and_when_it_is_full() -> None:
    epoch = int(given.NOW.timestamp())
    grown = SizeSeries.of((epoch - 60 * (11 - it), GIB + it * 60 * MIB) for it in range(12))
    component = Component("Logs", Medium.HDD, recommended=Bytes(2 * GIB))
    used = ComponentUsage(component, (Tree("/logs"),), Bytes(GIB + 660 * MIB), Ratio(0.8), given.NOW)
    filesystem = Filesystem("/logs", "/dev/sdb1", "ext4", Bytes(4 * GIB), Bytes(2 * GIB), Bytes(3600 * MIB), Medium.HDD)
    disks = Disks((DiskTier(Medium.HDD, (used,), Bytes(GIB), None, (filesystem,)),))
    history = given.KeptSeries(kept_sizes={component_key("Logs"): grown, filesystem_key("/logs"): grown})
    frame = given.frame(replace(given.snapshot([]), disks=disks), history=history)
    (tier,) = snapshot_document(frame)["disks"]["tiers"]
    rate = {
        "bytes_per_hour": 3600 * MIB, "low_bytes_per_hour": 3600 * MIB, "high_bytes_per_hour": 3600 * MIB,
        "measurements": 12, "over_seconds": 660,
    }  # fmt: skip
    assert tier["filesystems"][0]["growth"] == tier["components"][0]["growth"] == rate
    assert tier["filesystems"][0]["full_in"] == {"seconds": 3600, "earliest_seconds": 3600, "latest_seconds": 3600}
    # 364 MiB are left to its budget.
    assert tier["components"][0]["at_budget_in"]["seconds"] == 364
    unknown = snapshot_document(replace(frame, history=given.KeptSeries()))["disks"]["tiers"][0]
    assert unknown["components"][0]["growth"] is unknown["components"][0]["at_budget_in"] is None


def test_advice_alone_has_its_own_schema_and_every_intent_its_action() -> None:
    document = recommendations_document(full_frame())
    assert list(document) == ["schema", "at", "recorded", "engine", "recommendations"]
    actions = [it["intent"]["action"] if it["intent"] else None for it in document["recommendations"]]
    assert actions == ["limits", "scale_up", "replicas", "unload", None]


def keys_of(value: object) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*(keys_of(it) for it in value.values()))
    if isinstance(value, list):
        return set().union(*(keys_of(it) for it in value))
    return set()


def test_the_page_names_every_key() -> None:
    page = PAGE.read_text(encoding="utf-8")
    documents = [snapshot_document(full_frame()), recommendations_document(full_frame())]
    assert {key for document in documents for key in keys_of(document) if f"`{key}`" not in page} == set()
