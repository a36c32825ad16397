"""What ``compose config`` prints, as wishes: limits and replicas of each service. Pure.

Compose 2 and newer print JSON with amounts as bytes; Compose 1 prints YAML with amounts as they
were written.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import yaml

from sutaztop.domain.keep import Wish
from sutaztop.domain.quantity import Bytes, Cores, parse_bytes, parse_cores
from sutaztop.domain.resources import DEFAULT_PERIOD_US
from sutaztop.domain.text import clean_line

_DEPLOY = "deploy.resources.limits."
_KEYS = (
    "cpus", "cpu_quota", "mem_limit", "memswap_limit", "scale", "deploy.replicas", f"{_DEPLOY}cpus", f"{_DEPLOY}memory",
)  # fmt: skip
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_wishes(printed: str, *, is_json: bool, file: str) -> Mapping[str, Wish]:
    """Read what ``config`` printed. ``file`` names the files in a sentence. Raises ``ValueError``."""
    try:
        document = json.loads(printed) if is_json else yaml.load(printed, Loader=_LOADER)  # noqa: S506 - a safe one
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError(str(error)) from error
    services = _mapping(document).get("services")
    found = _mapping(services).items()
    return {clean_line(str(name), limit=200): _wish(_mapping(service), file) for name, service in found}


def _wish(service: Mapping[str, Any], file: str) -> Wish:
    deploy = _mapping(service.get("deploy"))
    resources = _mapping(deploy.get("resources"))
    limits, kept = _mapping(resources.get("limits")), _mapping(resources.get("reservations"))
    period = _whole(service.get("cpu_period")) or DEFAULT_PERIOD_US
    quota = _whole(service.get("cpu_quota"))
    flat = {**service, **{f"{_DEPLOY}{key}": value for key, value in limits.items()}}
    if "replicas" in deploy:
        flat["deploy.replicas"] = deploy["replicas"]
    cpu = _cores(flat.get(f"{_DEPLOY}cpus")) or _cores(service.get("cpus"))
    return Wish(
        cpu=cpu or (Cores(quota / period) if quota and quota > 0 else None),
        memory=_bytes(flat.get(f"{_DEPLOY}memory")) or _bytes(service.get("mem_limit")),
        replicas=next((it for key in ("scale", "deploy.replicas") if (it := _whole(flat.get(key))) is not None), None),
        swap=Bytes(-1) if str(service.get("memswap_limit")) == "-1" else _bytes(service.get("memswap_limit")),
        reservation=_bytes(kept.get("memory")) or _bytes(service.get("mem_reservation")),
        period_us=period,
        keys=tuple(key for key in _KEYS if flat.get(key) is not None),
        file=file,
        profiles=_texts(service.get("profiles")),
    )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _texts(value: object) -> tuple[str, ...]:
    return tuple(clean_line(str(it), limit=80) for it in value) if isinstance(value, list) else ()


def _cores(value: object) -> Cores | None:
    if isinstance(value, bool) or value is None:
        return None
    with suppress(ValueError):
        return parse_cores(str(value)) or None
    return None


def _bytes(value: object) -> Bytes | None:
    if isinstance(value, bool) or value is None:
        return None
    with suppress(ValueError):
        return parse_bytes(str(value)) or None
    return None


def _whole(value: object) -> int | None:
    if isinstance(value, bool) or value is None:
        return None
    with suppress(ValueError):
        return int(str(value))
    return None
