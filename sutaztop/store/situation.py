"""A situation read from a document: what `sutaztop decide --from` judges; `situation_document` is the way back.

Units in the document are those of the program's own numbers (milli-cores, bytes, seconds), but for shares, which
are whole or decimal percent. Times are seconds on any clock, as long as it is the same for all of them.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from fractions import Fraction
from typing import Any, TypeAlias

from sutaztop.contracts import ConfigError
from sutaztop.domain.case import (
    Case,
    Holder,
    HostRoom,
    LoadSample,
    NodeRoom,
    OomKill,
    PastWish,
    Phase,
    Replica,
    Resized,
    Situation,
)
from sutaztop.domain.numbers import Numbers
from sutaztop.domain.text import clean_line

Document: TypeAlias = Mapping[str, Any]

SHARES = {
    "hot_pct": "sustained", "fast_util": "fast_share", "fast_thr": "fast_throttled", "burst_pct": "burst_share",
    "cpu_up": "cpu_up", "cpu_down": "cpu_down", "cpu_target": "replicas_target", "mem_up": "memory_up",
    "mem_down": "memory_down", "thr_warn": "throttled_some", "thr_act": "throttled_much",
    "thr_util": "throttled_share", "psi_cpu_some": "cpu_pressure", "psi_mem_some": "memory_pressure",
    "psi_mem_full": "memory_pressure_full", "up_pct": "up_percent", "down_pct": "down_percent",
    "host_cpu_sat": "host_cpu", "host_mem_reserve_pct": "host_memory_reserve",
    "host_psi_mem_full": "host_pressure_full", "res_overcommit_pct": "reserved_most",
    "min_change_pct": "least_change", "cpu_critical": "cpu_critical", "mem_critical": "memory_critical",
    "thr_idle": "throttled_idle", "starved_thr": "starved_throttled", "starved_host": "starved_host",
    "unlimited_pct": "unlimited_share", "room_after": "room_after",
}  # fmt: skip
"""Short names of numbers that are shares, in percent."""
AMOUNTS = {
    "window_s": "window", "min_samples": "minimum_samples", "stale_s": "stale", "warmup_s": "warm_up",
    "fast_n": "fast_samples", "burst_span": "burst_span", "thr_min_periods": "least_periods", "cpu_step": "cpu_step",
    "cpu_vmax": "cpu_ceiling", "mem_step": "memory_step", "mem_max": "memory_ceiling", "oom_min": "oom_least",
    "oom_ttl": "oom_kept", "mem_round": "memory_round", "up_stab": "up_window", "down_stab": "down_window",
    "up_period": "up_period", "down_period": "down_period", "up_cool": "cool_down_up", "down_cool": "cool_down_down",
    "horizontal": "horizontal",
}  # fmt: skip
"""Short names of other numbers."""
OTHERS = {
    it.name: it.name for it in fields(Numbers) if it.name not in {*SHARES.values(), *AMOUNTS.values(), "specification"}
}
"""Numbers that have no short name go by their own, in the program's units."""
BOUNDS = {"rmin": "minimum_replicas", "rmax": "maximum_replicas"}
_IGNORED = frozenset({"tol_pct", "cpu_min", "oom_ratio"})
HORIZONTALS = {"proportional": "proportional", "one": "one", "kubernetes": "hpa", "hpa": "proportional"}
"""How replicas are counted, by the words of documents; "hpa" is the worked examples' proportional count."""
UNSET = frozenset({"replicas_memory_target"})
"""Numbers that may be none."""


def situation_of(document: object, *, where: str = "it", base: Numbers | None = None) -> Situation:
    """Read a situation: one service under "service", or several under "services".

    The numbers are those of ``base``, or, without one, those that the document was kept with under "profile"; those
    under its own "config" stand above either. Raises ``ConfigError`` that names what, where and what is allowed.
    """
    read = _Reader(where)
    top = read.mapping(document, "")
    config = read.mapping(top.get("config") or {}, "config")
    base = _base(read, top, base)
    host = read.mapping(read.needed(top, "host", ""), "host")
    services = top.get("services")
    if services is None:
        services = [read.needed(top, "service", "")]
    cases = tuple(
        _case(read, read.mapping(it, path), path, config, base)
        for place, it in enumerate(read.sequence(services, "services"))
        for path in (f"services[{place}]",)
    )
    return Situation(now=read.whole(read.needed(top, "now", ""), "now"), host=_host(read, host), cases=cases)


def host_numbers(document: object, *, where: str = "it", base: Numbers | None = None) -> Numbers:
    """Give the numbers by which a document's host is guarded, where ``situation_of`` gives those of each service."""
    read = _Reader(where)
    top = read.mapping(document, "")
    config = read.mapping(top.get("config") or {}, "config")
    return numbers_from(config, _base(read, top, base), where=where)


def _base(read: "_Reader", top: Document, given: Numbers | None) -> Numbers:
    if given is not None:
        return given
    kept = read.mapping(top.get("profile") or {}, "profile")
    said = read.mapping(kept.get("numbers") or {}, "profile.numbers")
    return numbers_from(said, Numbers(), where=read.where, at="profile.numbers")


def numbers_from(config: Document, base: Numbers, *, where: str = "config", at: str = "config") -> Numbers:
    """Give numbers with those of a document's "config" in place of the usual ones."""
    read = _Reader(where)
    said: dict[str, Any] = {}
    for key, value in config.items():
        if key in SHARES:
            said[SHARES[key]] = read.share(value, f"{at}.{key}")
        elif key == "horizontal":
            if value not in HORIZONTALS:
                read.refuse(f"{at}.{key}", "is none of them", f"Allowed: {', '.join(HORIZONTALS)}.")
            said["horizontal"] = HORIZONTALS[value]
        elif key in AMOUNTS:
            said[AMOUNTS[key]] = None if value is None and key == "mem_max" else read.whole(value, f"{at}.{key}")
        elif key in OTHERS:
            is_unset = value is None and key in UNSET
            said[key] = None if is_unset else read.whole(value, f"{at}.{key}")
        elif key not in BOUNDS and key not in _IGNORED:
            known = sorted({*SHARES, *AMOUNTS, *OTHERS, *BOUNDS})
            read.refuse(f"{at}.{clean_line(str(key))}", "is not known", f"Known: {', '.join(known)}.")
    return replace(base, **said)


def _host(read: "_Reader", host: Document) -> HostRoom:
    return HostRoom(
        cpus=read.whole(read.needed(host, "cpus", "host"), "host.cpus"),
        memory_total=read.whole(read.needed(host, "mem_total", "host"), "host.mem_total"),
        cpu_used=read.optional(host, "cpu_used", "host", read.whole),
        memory_available=read.optional(host, "mem_available", "host", read.whole),
        memory_pressure_full=read.optional(host, "psi_mem_full", "host", read.share),
        cpu_reserved=read.optional(host, "cpu_reserved", "host", read.whole) or 0,
        memory_reserved=read.optional(host, "mem_reserved", "host", read.whole) or 0,
        nodes=tuple(
            NodeRoom(
                read.text(read.needed(it, "name", path), path),
                read.whole(read.needed(it, "cpu", path), path),
                read.whole(read.needed(it, "mem", path), path),
                read.optional(it, "replicas", path, read.whole),
            )
            for it, path in read.each(host, "nodes", "host")
        ),
        holders=tuple(
            Holder(read.text(read.needed(it, "name", w), w), read.whole(read.needed(it, "slack", w), w))
            for it, w in read.each(host, "holders", "host")
        ),
    )


def _case(read: "_Reader", service: Document, path: str, config: Document, base: Numbers) -> Case:
    name = read.text(read.needed(service, "name", path), f"{path}.name")
    own = read.mapping(service.get("config") or {}, f"{path}.config")
    config = {**config, **own}
    numbers = numbers_from(config, base, where=read.where)
    minimum = read.optional(service, "min_replicas", path, read.whole)
    maximum = read.optional(service, "max_replicas", path, read.whole)
    scalable = service.get("scalable", True)
    burst = read.mapping(service.get("burst") or {}, f"{path}.burst")
    members = tuple(_replica(read, it, where) for it, where in read.each(service, "reps", path))
    return Case(
        id=read.text(service.get("id", name), f"{path}.id"),
        name=name,
        replicas=read.whole(service.get("replicas", len(members)), f"{path}.replicas"),
        numbers=numbers,
        minimum_replicas=read.whole(config.get("rmin", 1), "config.rmin") if minimum is None else minimum,
        maximum_replicas=read.whole(config.get("rmax", 10), "config.rmax") if maximum is None else maximum,
        cpu_limit=read.optional(service, "cpu_limit", path, read.whole),
        memory_limit=read.optional(service, "mem_limit", path, read.whole),
        cpu_reservation=read.optional(service, "cpu_reservation", path, read.whole),
        memory_reservation=read.optional(service, "mem_reservation", path, read.whole),
        why_not="" if scalable else read.text(service.get("why_not", "not scalable"), f"{path}.why_not"),
        members=members,
        last_change=read.optional(service, "last_change", path, read.whole),
        ooms=tuple(
            OomKill(read.whole(read.needed(it, "t", w), w), read.optional(it, "limit", w, read.whole))
            for it, w in read.each(service, "ooms", path)
        ),
        raises=tuple(read.whole(it, f"{path}.raises") for it in read.sequence(service.get("raises") or (), path)),
        saturated=read.share(burst.get("saturated_pct", 0), f"{path}.burst"),
        saturated_span=read.whole(burst.get("span_s", 0), f"{path}.burst"),
        wished=tuple(
            PastWish(read.whole(read.needed(it, "t", w), w), read.whole(read.needed(it, "v", w), w))
            for it, w in read.each(service, "wishes", path)
        ),
        resized=tuple(
            Resized(read.whole(read.needed(it, "t", w), w), read.whole(read.needed(it, "by", w), w, negative=True))
            for it, w in read.each(service, "events", path)
        ),
        tier_rank=read.whole(service.get("tier_rank", 99), f"{path}.tier_rank"),
        scope=frozenset(read.text(it, f"{path}.scope") for it in read.sequence(service.get("scope") or (), path)),
        service=read.text(service.get("replicas_of", ""), f"{path}.replicas_of"),
        fitting_memory=read.optional(service, "fitting_mem", path, read.whole),
        peaks=tuple(
            (
                read.whole(read.needed(it, "span_s", w), w),
                tuple(read.whole(one, w) for one in read.sequence(read.needed(it, "peaks", w), w)),
            )
            for it, w in read.each(service, "peaks", path)
        ),
        rolling=service.get("rolling") is True,
    )


def _replica(read: "_Reader", it: Document, path: str) -> Replica:
    state = read.text(read.needed(it, "state", path), f"{path}.state")
    phases = {phase.value: phase for phase in Phase}
    if state not in phases:
        read.refuse(f"{path}.state", f"{state!r} is not a state", f"Allowed: {', '.join(phases)}.")
    return Replica(
        id=read.text(read.needed(it, "id", path), f"{path}.id"),
        phase=phases[state],
        started=read.whole(read.needed(it, "started", path), f"{path}.started"),
        healthy=it.get("healthy") is True,
        samples=tuple(_sample(read, one, f"{path}.samples") for one in read.sequence(it.get("samples") or (), path)),
        held=read.optional(it, "held", path, read.whole),
        cache=read.optional(it, "cache", path, read.whole),
        active_cache=read.optional(it, "active_cache", path, read.whole),
    )


_COLUMNS = tuple(field.name for field in fields(LoadSample))


def _sample(read: "_Reader", row: object, path: str) -> LoadSample:
    cells = read.sequence(row, path)
    if not 2 <= len(cells) <= len(_COLUMNS):
        read.refuse(path, f"has {len(cells)} columns", f"They are: {', '.join(_COLUMNS)}.")
    values: dict[str, Any] = {}
    for name, cell in zip(_COLUMNS, cells, strict=False):
        if cell is None:
            continue
        values[name] = (read.share if "pressure" in name else read.whole)(cell, path)
    if "at" not in values:
        read.refuse(path, "a reading without a time")
    return LoadSample(**values)


class _Reader:
    """Reads values of a document, and refuses what is none with its place."""

    def __init__(self, where: str) -> None:
        self.where = where

    def refuse(self, path: str, why: str, advice: str = "") -> Any:
        raise ConfigError(f"{self.where}: {path or 'the document'} {why}", advice)

    def mapping(self, value: object, path: str) -> Document:
        return value if isinstance(value, Mapping) else self.refuse(path, "is not a mapping of keys to values")

    def sequence(self, value: object, path: str) -> list[Any] | tuple[Any, ...]:
        return value if isinstance(value, list | tuple) else self.refuse(path, "is not a list")

    def needed(self, document: Document, key: str, path: str) -> object:
        if document.get(key) is None:
            self.refuse(f"{path}.{key}".lstrip("."), "is missing")
        return document[key]

    def each(self, document: Document, key: str, path: str) -> list[tuple[Document, str]]:
        listed = self.sequence(document.get(key) or (), f"{path}.{key}")
        return [(self.mapping(it, f"{path}.{key}[{n}]"), f"{path}.{key}[{n}]") for n, it in enumerate(listed)]

    def optional(self, document: Document, key: str, path: str, read: Callable[[object, str], int]) -> int | None:
        value = document.get(key)
        return None if value is None else read(value, f"{path}.{key}")

    def text(self, value: object, path: str) -> str:
        return clean_line(value) if isinstance(value, str) else self.refuse(path, "is not text")

    def whole(self, value: object, path: str, *, negative: bool = False) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or (value < 0 and not negative):
            self.refuse(path, f"{clean_line(str(value))[:40]!r} is not a whole number of zero or more")
        return int(value)  # type: ignore[call-overload, no-any-return]  # it is an int here

    def share(self, value: object, path: str) -> int:
        """Read percent, as basis points."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1_000_000:
            self.refuse(path, f"{clean_line(str(value))[:40]!r} is not a percentage")
        return round(Fraction(str(value)) * 100)
