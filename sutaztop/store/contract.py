"""The JSON that scripts rely on: ``snapshot --json`` and ``recommend --json`` (docs/snapshot-json.md).

Keys keep their order, names, units and meaning within one schema version; keys may be added.
A reading that could not be taken is null and named, with its reason, in ``unmeasured`` of the
same object. A limit that is not set is null too, and is not named there: that is no failure.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sutaztop.domain.finding import Evidence, Finding, Recommendation, Subject
from sutaztop.domain.frame import Frame
from sutaztop.domain.intent import (
    ActOnContainer,
    Intent,
    KeepLimits,
    KeepModel,
    RollOut,
    ScaleDownLimits,
    ScaleUpLimits,
    SetLimits,
    SetReplicas,
    UndoChange,
    UnloadModel,
)
from sutaztop.domain.reading import Reading, Reason, Unmeasured
from sutaztop.domain.silence import Silence
from sutaztop.domain.snapshot import ContainerSnapshot
from sutaztop.store.codec import encode_time
from sutaztop.store.contract_stack import disks_document, engine_document, host_document, models_document
from sutaztop.store.decisions import decision_document
from sutaztop.store.plain import time_or_none
from sutaztop.store.silences import silence_document

SNAPSHOT_SCHEMA = "sutaztop.snapshot/1"
RECOMMENDATIONS_SCHEMA = "sutaztop.recommendations/1"


def snapshot_document(frame: Frame) -> dict[str, Any]:
    """Give the whole frame as plain JSON values."""
    snapshot = frame.snapshot
    return {
        "schema": SNAPSHOT_SCHEMA,
        "at": encode_time(snapshot.at),
        "recorded": frame.recorded,
        "engine": engine_document(frame),
        "host": host_document(snapshot.host),
        "containers": [_container(it) for it in snapshot.containers],
        "disks": disks_document(snapshot, frame.history),
        "models": models_document(snapshot),
        "findings": [_finding(it) for it in frame.findings],
        "recommendations": [_recommendation(it) for it in frame.recommendations],
    }


def recommendations_document(frame: Frame, silenced: Iterable[tuple[Recommendation, Silence]] = ()) -> dict[str, Any]:
    """Give the recommendations alone, with the engine that they are for; those that are ``silenced`` say so."""
    silent = {it.id: silence_document(silence) for it, silence in silenced}
    return {
        "schema": RECOMMENDATIONS_SCHEMA,
        "at": encode_time(frame.snapshot.at),
        "recorded": frame.recorded,
        "engine": engine_document(frame),
        "recommendations": [
            {
                **_recommendation(it),
                "silenced": silent.get(it.id),
                "decision": None if it.decision is None else decision_document(it.decision),
            }
            for it in frame.recommendations
        ],
    }


def _container(it: ContainerSnapshot) -> dict[str, Any]:
    container, usage, limits = it.container, it.usage, it.container.resources.limits
    missing: dict[str, str] = {}

    def value(key: str, reading: Reading[Any]) -> Any:
        if isinstance(reading, Unmeasured):
            missing[key] = str(reading)
            return None
        return reading

    document = {
        "id": container.id,
        "name": container.name,
        "service": container.service or None,
        "project": container.project or None,
        "state": container.state.value,
        "health": container.health.value,
        "cpu_cores": value("cpu_cores", usage.cpu),
        "cpu_limit_cores": limits.cpu,
        "cpu_utilization": value("cpu_utilization", usage.cpu_utilization),
        "memory_working_set_bytes": value("memory_working_set_bytes", usage.memory),
        "memory_limit_bytes": limits.memory,
        "memory_utilization": value("memory_utilization", usage.memory_utilization),
        "throttled_ratio": value("throttled_ratio", usage.throttled),
        "network_rx_bytes_per_second": value("network_rx_bytes_per_second", usage.network_rx),
        "network_tx_bytes_per_second": value("network_tx_bytes_per_second", usage.network_tx),
        "block_read_bytes_per_second": value("block_read_bytes_per_second", usage.block_read),
        "block_write_bytes_per_second": value("block_write_bytes_per_second", usage.block_write),
        "pids": value("pids", usage.pids),
        "restart_count": container.restart_count,
        "oom_killed": it.oom_killed,
        "tier": it.tier.name,
        "drift": value("drift", _drift(it)),
        "restarts_last_hour": len(it.ends),
        "idle_since": time_or_none(it.resting_since),
        "log_driver": container.logging.driver if container.logging is not None else None,
        "log_max_size": container.logging.max_size or None if container.logging is not None else None,
    }
    return {**document, "unmeasured": missing}


def _drift(it: ContainerSnapshot) -> Reading[dict[str, Any] | None]:
    """Give what the Compose files say where the limits differ from it; nothing where they agree or were not asked."""
    if it.wish is not None and it.wish.trouble:
        return Unmeasured(Reason.COLLECTOR_FAILED, it.wish.trouble)
    if it.wish is None or not it.drift:
        return None
    return {
        "file": it.wish.file,
        "cpu_limit_cores": it.wish.cpu,
        "memory_limit_bytes": it.wish.memory,
        "kept_in": it.wish.kept_in or None,
    }


def _finding(it: Finding) -> dict[str, Any]:
    return {
        "severity": it.severity.word,
        "word": it.word,
        "subject": _subject(it.subject),
        "text": it.text,
        "evidence": _evidence(it.evidence),
        "since": time_or_none(it.since),
    }


def _recommendation(it: Recommendation) -> dict[str, Any]:
    return {
        "id": it.id,
        "severity": it.severity.word,
        "rule": it.rule,
        "subject": _subject(it.subject),
        "proposal": it.proposal,
        "reason": it.reason,
        "evidence": _evidence(it.evidence),
        "intent": None if it.intent is None else _intent(it.intent),
        "blocked": it.blocked or None,
        "since": time_or_none(it.since),
    }


def _subject(it: Subject) -> dict[str, str]:
    return {"kind": it.kind, "id": it.id, "name": it.name}


def _evidence(found: Sequence[Evidence]) -> list[dict[str, str]]:
    return [{"name": it.name, "value": it.value} for it in found]


def _intent(it: Intent) -> dict[str, Any]:  # noqa: C901 - a line for each kind
    """Give an intent in the words of the command that would do it."""
    said: dict[str, Any]
    match it:
        case SetLimits():
            said = {"action": "limits", "container_id": it.container_id, "cpu_cores": it.cpu, "memory_bytes": it.memory}
        case ScaleUpLimits() | ScaleDownLimits():
            direction = "up" if isinstance(it, ScaleUpLimits) else "down"
            said = {"action": f"scale_{direction}", "container_id": it.container_id}
        case SetReplicas():
            said = {"action": "replicas", "service_id": it.service_id, "replicas": it.replicas}
        case ActOnContainer():
            said = {"action": it.verb.value, "container_id": it.container_id}
            if it.signal is not None:
                said["signal"] = it.signal.value
        case RollOut():
            said = {"action": it.rollout.value, "service_id": it.service_id}
        case KeepModel():
            said = {"action": it.stay.value, "endpoint": it.endpoint, "model": it.model}
        case KeepLimits():
            said = {"action": "keep_limits", "container_id": it.container_id, "file": it.path or None}
        case UndoChange():
            said = {"action": "undo", "change_id": it.record.change_id}
        case UnloadModel():
            said = {"action": "unload", "endpoint": it.endpoint, "model": it.model}
    return said
