"""A situation as a document that `store.situation` reads back to the same one: what was seen can be judged again."""

from dataclasses import asdict, fields
from typing import Any

from sutaztop.domain.case import Case, HostRoom, LoadSample, Replica, Situation
from sutaztop.domain.numbers import Numbers
from sutaztop.store.situation import AMOUNTS, HORIZONTALS, OTHERS, SHARES

SITUATION_SCHEMA = "sutaztop.situation/1"
_COLUMNS = tuple(it.name for it in fields(LoadSample))


def document_of(situation: Situation, numbers: Numbers, *, profile: str = "") -> dict[str, Any]:
    """Give a situation as plain JSON values.

    ``numbers`` are those of the host's guards and, but for what a service has of its own, of every service;
    ``profile`` is the name they go by.
    """
    return {
        "schema": SITUATION_SCHEMA,
        "now": situation.now,
        "profile": {"name": profile, "numbers": numbers_document(numbers)},
        "host": _host(situation.host),
        "services": [_case(it, numbers) for it in situation.cases],
    }


def numbers_document(numbers: Numbers, base: Numbers | None = None) -> dict[str, Any]:
    """Give numbers under the names of documents; with a ``base``, those alone that differ from it.

    An autoscaler that a manifest specifies is no number and is not kept: the profile that names it gives it again.
    """
    values, known = asdict(numbers), asdict(base) if base is not None else {}
    said: dict[str, Any] = {
        key: _percent(values[name]) for key, name in SHARES.items() if values[name] != known.get(name)
    }
    said |= {
        key: values[name]
        for key, name in {**AMOUNTS, **OTHERS}.items()
        if name not in known or values[name] != known[name]
    }
    if "horizontal" in said:
        said["horizontal"] = next(word for word, way in HORIZONTALS.items() if way == numbers.horizontal)
    return said


def _percent(points: int | None) -> float | int | None:
    """Give basis points as percent; a tenth of a basis point is no part of any number here."""
    if points is None:
        return None
    return points // 100 if points % 100 == 0 else points / 100


def _host(host: HostRoom) -> dict[str, Any]:
    return {
        "cpus": host.cpus,
        "mem_total": host.memory_total,
        "cpu_used": host.cpu_used,
        "mem_available": host.memory_available,
        "psi_mem_full": _percent(host.memory_pressure_full),
        "cpu_reserved": host.cpu_reserved,
        "mem_reserved": host.memory_reserved,
        "nodes": [
            {"name": it.name, "cpu": it.cpu, "mem": it.memory, "replicas": it.replicas} for it in host.nodes
        ],
        "holders": [{"name": it.name, "slack": it.slack} for it in host.holders],
    }  # fmt: skip


def _case(it: Case, numbers: Numbers) -> dict[str, Any]:
    return {
        "id": it.id,
        "name": it.name,
        "replicas": it.replicas,
        "min_replicas": it.minimum_replicas,
        "max_replicas": it.maximum_replicas,
        "config": numbers_document(it.numbers, numbers),
        "cpu_limit": it.cpu_limit,
        "mem_limit": it.memory_limit,
        "cpu_reservation": it.cpu_reservation,
        "mem_reservation": it.memory_reservation,
        "scalable": not it.why_not,
        "why_not": it.why_not,
        "reps": [_replica(one) for one in it.members],
        "scope": sorted(it.scope),
        "replicas_of": it.service,
        "last_change": it.last_change,
        "ooms": [{"t": one.at, "limit": one.limit} for one in it.ooms],
        "raises": list(it.raises),
        "burst": {"saturated_pct": _percent(it.saturated), "span_s": it.saturated_span},
        "wishes": [{"t": one.at, "v": one.replicas} for one in it.wished],
        "events": [{"t": one.at, "by": one.by} for one in it.resized],
        "tier_rank": it.tier_rank,
        "fitting_mem": it.fitting_memory,
        "peaks": [{"span_s": span, "peaks": list(peaks)} for span, peaks in it.peaks],
        "rolling": it.rolling,
    }


def _replica(it: Replica) -> dict[str, Any]:
    return {
        "id": it.id,
        "state": it.phase.value,
        "started": it.started,
        "healthy": it.healthy,
        "held": it.held,
        "cache": it.cache,
        "active_cache": it.active_cache,
        "samples": [_sample(one) for one in it.samples],
    }


def _sample(it: LoadSample) -> list[Any]:
    values = [getattr(it, name) for name in _COLUMNS]
    return [_percent(value) if "pressure" in name else value for name, value in zip(_COLUMNS, values, strict=True)]
