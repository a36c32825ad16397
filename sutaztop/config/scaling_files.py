"""Files of other autoscalers, read as rules for services; what a file is, is found out by its content."""

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path

from sutaztop.config.check import Layer, Said, nearest
from sutaztop.config.hpa import autoscaler_rules
from sutaztop.config.kinds import Kind, WrongValue, span, whole
from sutaztop.config.quantities import parse_quantity
from sutaztop.config.scaling_json import KEYS, scaling_layer
from sutaztop.config.yaml_lines import (
    Entry,
    Listing,
    Place,
    Scalar,
    Table,
    Value,
    quote,
    read_documents,
    read_text,
    refuse,
)
from sutaztop.domain.quantity import Ratio
from sutaztop.domain.scaling import HorizontalSpec, MetricKind, MetricSpec
from sutaztop.domain.text import clean_line

_REPLICAS = whole(0, 1000)
_MOST = whole(1, 1000)
_COOLING = span("0s", "1d")
_PERCENT = whole(1, 100)
_NOT_MEASURED = "not measured here"
_CPU_QUERY = re.compile(r"\bcontainer_cpu_usage_seconds_total\b")
_MEMORY_QUERY = re.compile(r"\bcontainer_memory_\w+_bytes\b.*/.*\bcontainer_spec_memory_limit_bytes\b")


def scaling_file_layer(path: Path) -> Layer:
    """Read a file of another autoscaler. Raises ``ConfigError`` for a wrong value, and for a file of no known kind."""
    documents = read_documents(read_text(path), str(path))
    scalers = [it for it in documents if _text(it, "kind") == "HorizontalPodAutoscaler"]
    if scalers:
        return autoscaler_rules(scalers)
    if len(documents) == 1:
        (document,) = documents
        if document.entries and all(it.key in KEYS for it in document.entries):
            return scaling_layer(path)
        services = _value(document, "services")
        if isinstance(services, Table):
            found = _of_services(services)
            if found is not None:
                return found
    return refuse(
        Place(str(path)),
        "it is no scaling file that is known here",
        advice="Known are autoscaling/v2 HorizontalPodAutoscalers, a stack file with a service whose environment sets "
        "TARGET_SERVICE, scaling rules (services with min_replicas, max_replicas and rules), and scaling.json.",
    )


def _of_services(services: Table) -> Layer | None:
    tables = [(it, it.value) for it in services.entries if isinstance(it.value, Table)]
    said: dict[tuple[str, ...], Said] = {}
    swarm = [(it, settings) for it, table in tables if "TARGET_SERVICE" in (settings := _environment(table))]
    for _, settings in swarm:
        said.update(_swarm_rule(settings))
    if said:
        return said
    ruled = [(it, table) for it, table in tables if {"min_replicas", "max_replicas", "rules"} & _keys(table)]
    for entry, table in ruled:
        said.update(_query_rule(entry, table))
    return said or None


# --- the guide's Swarm autoscaler -------------------------------------------------------------------


def _swarm_rule(settings: dict[str, Scalar]) -> Layer:
    target = settings["TARGET_SERVICE"]
    name = clean_line(target.text, limit=200).strip()
    if not name or name != target.text:
        refuse(target.place, "TARGET_SERVICE is not the name of a service")
    said: dict[tuple[str, ...], Said] = {("services", name, "names"): Said((name,), target.place)}

    def say(variable: str, kind: Kind, *keys: str, share: bool = False) -> None:
        if variable in settings:
            value = _checked(settings[variable], kind, f"{name}: {variable}")
            for key in keys:
                said["services", name, key] = Said(
                    Ratio(int(value) / 100) if share else value, settings[variable].place
                )

    say("MIN_REPLICAS", _REPLICAS, "minimum_replicas")
    say("MAX_REPLICAS", _MOST, "maximum_replicas")
    say("SCALE_UP_THRESHOLD", _PERCENT, "cpu_warning", share=True)
    say("SCALE_DOWN_THRESHOLD", _PERCENT, "cpu_idle", share=True)
    say("COOLDOWN_PERIOD", _COOLING, "cool_down_up", "cool_down_down")
    return said


def _environment(service: Table) -> dict[str, Scalar]:
    """Give a service's environment, written as a list or as a mapping."""
    environment = _value(service, "environment")
    found: dict[str, Scalar] = {}
    if isinstance(environment, Table):
        found = {it.key: it.value for it in environment.entries if isinstance(it.value, Scalar)}
    elif isinstance(environment, Listing):
        for item in environment.items:
            if isinstance(item, Scalar):
                key, _, value = item.text.partition("=")
                found[key] = Scalar(item.place, value, "text")
    return found


# --- rules over queries -----------------------------------------------------------------------------


def _query_rule(entry: Entry, table: Table) -> Layer:
    name = clean_line(entry.key, limit=200)
    here = f"services.{quote(entry.key)[1:-1]}"
    said: dict[tuple[str, ...], Said] = {("services", name, "names"): Said((name,), entry.place)}
    known: dict[str, tuple[str, Kind]] = {
        "min_replicas": ("minimum_replicas", _REPLICAS),
        "max_replicas": ("maximum_replicas", _MOST),
        "cooldown_scale_up": ("cool_down_up", _COOLING),
        "cooldown_scale_down": ("cool_down_down", _COOLING),
    }
    rules: Value | None = None
    for it in table.entries:
        if it.key == "rules":
            rules = it.value
        elif it.key in known:
            key, kind = known[it.key]
            said["services", name, key] = Said(_checked(it.value, kind, f"{here}.{it.key}"), it.value.place)
        else:
            _refuse_key(it, here, (*known, "rules"))
    untold: list[str] = []
    if rules is not None:
        if not isinstance(rules, Listing):
            refuse(rules.place, f"{here}.rules is not a list")
        metrics = []
        for item in rules.items:
            metric, values = _query(item, here, untold)
            metrics.append(metric)
            said.update({("services", name, key): it for key, it in values})
        least, most = (said.get(("services", name, f"{end}_replicas")) for end in ("minimum", "maximum"))
        spec = HorizontalSpec(name, least.value if least else 1, most.value if most else 10, tuple(metrics))
        said["services", name, "specification"] = Said(spec, rules.place)
    if untold:
        said["services", name, "untold"] = Said(tuple(untold), entry.place)
    return said


_RULE_KEYS = (
    "metric", "target", "scale_up_threshold", "scale_down_threshold", "scale_up_change", "scale_down_change",
)  # fmt: skip


def _query(rule: Value, here: str, untold: list[str]) -> tuple[MetricSpec, list[tuple[str, Said]]]:
    if not isinstance(rule, Table):
        refuse(rule.place, f"a rule in {here}.rules must hold keys with values")
    for it in rule.entries:
        if it.key not in _RULE_KEYS:
            _refuse_key(it, f"{here}.rules", _RULE_KEYS)
    query = _text(rule, "metric")
    if not query:
        refuse(rule.place, f"a rule in {here}.rules has no metric")
    shown = clean_line(query, limit=120)
    numbers = {it.key: (_number(it, here), it.value.place) for it in rule.entries if it.key != "metric"}
    changes = [key for key in ("scale_up_change", "scale_down_change") if key in numbers]
    untold += [f"{key} of {shown}: not followed, replicas follow the load" for key in changes]
    target = numbers.get("target", (Fraction(0), rule.place))[0]
    word = _measured(query)
    if not word:
        untold.append(f"{shown}: {_NOT_MEASURED}")
        return MetricSpec(shown, MetricKind.VALUE, int(target * 1000), _NOT_MEASURED), []
    return MetricSpec(word, MetricKind.UTILIZATION, int(target)), list(_lines(word, numbers, here))


def _measured(query: str) -> str:
    """Name what a query asks for, where it is measured here; both become shares of the container's own limit."""
    if _CPU_QUERY.search(query):
        return "cpu"
    return "memory" if _MEMORY_QUERY.search(query) else ""


def _lines(word: str, numbers: Mapping[str, tuple[Fraction, Place]], here: str) -> Iterator[tuple[str, Said]]:
    for key, line in (("scale_up_threshold", f"{word}_warning"), ("scale_down_threshold", f"{word}_idle")):
        if key in numbers:
            share, place = numbers[key]
            if not 1 <= share <= 100:
                refuse(place, f"{here}.rules: {key} is not a percentage", advice="Allowed: 1 to 100.")
            yield line, Said(Ratio(float(share / 100)), place)


def _number(entry: Entry, here: str) -> Fraction:
    written = entry.value.text if isinstance(entry.value, Scalar) else ""
    try:
        return parse_quantity(written)
    except ValueError:
        shown = quote(written) if written else "it"
        return refuse(entry.value.place, f"{here}.rules: {entry.key}: {shown} is not a number from 0 on")


# --- reading ----------------------------------------------------------------------------------------


def _refuse_key(entry: Entry, where: str, known: tuple[str, ...]) -> None:
    refuse(
        entry.place,
        f"{where}: {quote(entry.key)} is not a key",
        nearest(entry.key, known),
        f"Keys: {', '.join(known)}.",
    )


def _checked(value: Value, kind: Kind, what: str) -> int | float:
    try:
        found: int | float = kind.read(value)
    except WrongValue as wrong:
        return refuse(wrong.at.place, f"{what}: {wrong}", advice=f"Allowed: {kind.allowed}.")
    return found


def _keys(table: Table) -> set[str]:
    return {it.key for it in table.entries}


def _value(table: Table, key: str) -> Value | None:
    return next((it.value for it in table.entries if it.key == key), None)


def _text(table: Table, key: str) -> str:
    found = _value(table, key)
    return found.text if isinstance(found, Scalar) else ""
