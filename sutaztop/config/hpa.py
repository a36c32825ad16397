"""Manifests of ``autoscaling/v2``: a HorizontalPodAutoscaler as a rule for the service that it names."""

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from typing import Any

from sutaztop.config.check import Layer, Said, nearest
from sutaztop.config.kinds import Kind, WrongValue, choice, whole
from sutaztop.config.quantities import parse_quantity
from sutaztop.config.yaml_lines import Entry, Listing, Place, Scalar, Table, Value, quote, refuse
from sutaztop.domain.quantity import Ratio, Seconds
from sutaztop.domain.scaling import (
    SCALE_DOWN,
    SCALE_UP,
    Behaviour,
    HorizontalSpec,
    MetricKind,
    MetricSpec,
    PolicyKind,
    ScalePolicy,
    ScaleRules,
    Select,
)
from sutaztop.domain.text import clean_line

_API = "autoscaling/v2"
_SPEC_KEYS = ("scaleTargetRef", "minReplicas", "maxReplicas", "metrics", "behavior")
_PLACES = {"Resource": "resource", "ContainerResource": "containerResource", "Pods": "pods", "Object": "object",
           "External": "external"}  # fmt: skip
_TARGETS = {"Utilization": "averageUtilization", "AverageValue": "averageValue", "Value": "value"}
_NOT_MEASURED = "not measured here"


def autoscaler_rules(documents: Iterable[Table]) -> Layer:
    """Give the rules that manifests come to. Raises ``ConfigError`` for the first wrong value."""
    said: dict[tuple[str, ...], Said] = {}
    seen: dict[str, Place] = {}
    for document in documents:
        spec, place = _autoscaler(document)
        if spec.target in seen:
            refuse(
                place, f"a second autoscaler for {quote(spec.target)}", f"the first is in line {seen[spec.target].line}"
            )
        seen[spec.target] = place
        for key, value in _rule(spec).items():
            said["services", spec.target, key] = Said(value, place)
    return said


def _rule(spec: HorizontalSpec) -> dict[str, Any]:
    """Give a specification as a rule: whole, and its bounds and windows as the numbers that others read."""
    behaviour = spec.behaviour or Behaviour(down=replace(SCALE_DOWN, window=spec.window))
    rule: dict[str, Any] = {
        "names": (spec.target,),
        "horizontal": "hpa",
        "minimum_replicas": spec.minimum,
        "maximum_replicas": spec.maximum,
        "up_window": Seconds(float(behaviour.up.window)),
        "down_window": Seconds(float(behaviour.down.window)),
        "specification": spec,
    }
    for it in spec.metrics:
        if it.kind is MetricKind.UTILIZATION and not it.unavailable:
            rule["replicas_target" if it.is_cpu else "replicas_memory_target"] = Ratio(it.target / 100)
    for way, rules in (("up", behaviour.up), ("down", behaviour.down)):
        shares = [it for it in rules.policies if it.kind is PolicyKind.PERCENT]
        if shares:
            rule[f"{way}_percent"] = Ratio(min(shares[0].value, 100 if way == "down" else 1000) / 100)
            rule[f"{way}_period"] = Seconds(float(shares[0].period))
    untold = tuple(f"{it.name}: {it.unavailable}" for it in spec.metrics if it.unavailable)
    return {**rule, "untold": untold} if untold else rule


def _autoscaler(document: Table) -> tuple[HorizontalSpec, Place]:
    version = _scalar(document, "apiVersion", "apiVersion")
    if version.text != _API:
        refuse(version.place, f"apiVersion: {quote(version.text)} is not understood", advice=f"Allowed: {_API}.")
    spec = _table(_need(document, "spec", "spec"), "spec")
    _only(spec, "spec", _SPEC_KEYS)
    reference = _table(_need(spec, "scaleTargetRef", "spec.scaleTargetRef"), "spec.scaleTargetRef")
    target = _name(reference, "name", "spec.scaleTargetRef.name")
    least = _number(spec, "minReplicas", "spec", whole(0, 1000), 1)
    most = _number(spec, "maxReplicas", "spec", whole(1, 1000), None)
    if least > most:
        place = (_get(spec, "minReplicas") or _need(spec, "maxReplicas", "")).place
        refuse(place, f"spec.minReplicas ({least}) is above spec.maxReplicas ({most})")
    made = HorizontalSpec(target, least, most)
    metrics = _get(spec, "metrics")
    if metrics is not None:
        found = tuple(_metric(it) for it in _list(metrics, "spec.metrics"))
        made = replace(made, metrics=found or made.metrics)
    behaviour = _get(spec, "behavior")
    if behaviour is not None:
        made = replace(made, behaviour=_behaviour(_table(behaviour, "spec.behavior")))
    return made, reference.place


# --- metrics ----------------------------------------------------------------------------------------


def _metric(value: Value) -> MetricSpec:
    where = "spec.metrics"
    metric = _table(value, where)
    kind = _name(metric, "type", f"{where}.type")
    key = _PLACES.get(kind)
    if key is None:
        # A kind of a newer version: the file is right, and only we don't know it.
        return MetricSpec(kind, MetricKind.VALUE, 0, "its kind of metric is not known here")
    _only(metric, where, ("type", key))
    where = f"{where}.{key}"
    source = _table(_need(metric, key, where), where)
    if kind in ("Resource", "ContainerResource"):
        return _resource(source, where)
    identity = _table(_need(source, "metric", f"{where}.metric"), f"{where}.metric")
    name = _name(identity, "name", f"{where}.metric.name")
    word, target = _target(source, where, ("AverageValue",) if kind == "Pods" else ("Value", "AverageValue"))
    per_replica = MetricKind.AVERAGE if kind == "Pods" else MetricKind.PER_REPLICA
    return MetricSpec(name, MetricKind.VALUE if word == "Value" else per_replica, _whole(target * 1000), _NOT_MEASURED)


def _resource(source: Table, where: str) -> MetricSpec:
    name = _name(source, "name", f"{where}.name")
    word, target = _target(source, where, ("Utilization", "AverageValue"))
    kind = MetricKind.UTILIZATION if word == "Utilization" else MetricKind.AVERAGE
    if kind is MetricKind.AVERAGE and name == "cpu":
        target *= 1000
    return MetricSpec(name, kind, _whole(target), "" if name in ("cpu", "memory") else _NOT_MEASURED)


def _target(source: Table, where: str, allowed: tuple[str, ...]) -> tuple[str, Fraction]:
    where = f"{where}.target"
    table = _table(_need(source, "target", where), where)
    word = str(_read(_need(table, "type", f"{where}.type"), choice(*allowed), f"{where}.type"))
    key = _TARGETS[word]
    _only(table, where, ("type", key))
    value = _need(table, key, f"{where}.{key}")
    if word == "Utilization":
        return word, Fraction(int(_read(value, whole(1, 10_000), f"{where}.{key}")))
    return word, _quantity(value, f"{where}.{key}", positive=True)


def _whole(amount: Fraction) -> int:
    """Round up, as quantities do: a small target is not none."""
    return -(-amount.numerator // amount.denominator)


# --- behavior ---------------------------------------------------------------------------------------


def _behaviour(table: Table) -> Behaviour:
    where = "spec.behavior"
    _only(table, where, ("scaleUp", "scaleDown"))
    up, down = _get(table, "scaleUp"), _get(table, "scaleDown")
    return Behaviour(
        SCALE_UP if up is None else _rules(_table(up, f"{where}.scaleUp"), f"{where}.scaleUp", SCALE_UP),
        SCALE_DOWN if down is None else _rules(_table(down, f"{where}.scaleDown"), f"{where}.scaleDown", SCALE_DOWN),
    )


def _rules(table: Table, where: str, plain: ScaleRules) -> ScaleRules:
    """Read one direction; only what is left out takes its default."""
    _only(table, where, ("stabilizationWindowSeconds", "selectPolicy", "policies", "tolerance"))
    window = _number(table, "stabilizationWindowSeconds", where, whole(0, 3600), plain.window)
    select, policies, tolerance = _get(table, "selectPolicy"), _get(table, "policies"), _get(table, "tolerance")
    words = choice(*(it.value for it in Select))
    return ScaleRules(
        window,
        (policies and tuple(_policy(it, f"{where}.policies") for it in _list(policies, f"{where}.policies")))
        or plain.policies,
        plain.select if select is None else Select(_read(select, words, f"{where}.selectPolicy")),
        None if tolerance is None else _quantity(tolerance, f"{where}.tolerance"),
    )


def _policy(value: Value, where: str) -> ScalePolicy:
    table = _table(value, where)
    _only(table, where, ("type", "value", "periodSeconds"))
    kinds = choice(*(it.value for it in PolicyKind))
    return ScalePolicy(
        PolicyKind(_read(_need(table, "type", f"{where}.type"), kinds, f"{where}.type")),
        _number(table, "value", where, whole(1, 1_000_000), None),
        _number(table, "periodSeconds", where, whole(1, 1800), None),
    )


# --- reading ----------------------------------------------------------------------------------------


def _get(table: Table, key: str) -> Value | None:
    """Give a key's value; one without a value says nothing."""
    found = next((it.value for it in table.entries if it.key == key), None)
    return None if isinstance(found, Scalar) and found.sort == "nothing" else found


def _need(table: Table, key: str, where: str) -> Value:
    found = _get(table, key)
    return found if found is not None else refuse(table.place, f"{where} is missing")


def _table(value: Value, where: str) -> Table:
    return value if isinstance(value, Table) else refuse(value.place, f"{where} must hold keys with values")


def _list(value: Value, where: str) -> tuple[Value, ...]:
    return value.items if isinstance(value, Listing) else refuse(value.place, f"{where} is not a list")


def _only(table: Table, where: str, known: tuple[str, ...]) -> None:
    entry: Entry
    for entry in table.entries:
        if entry.key not in known:
            what = f"{where}.{quote(entry.key)[1:-1]} is not a key"
            refuse(entry.place, what, nearest(entry.key, known), f"Keys: {', '.join(known)}.")


def _scalar(table: Table, key: str, where: str) -> Scalar:
    found = _need(table, key, where)
    return found if isinstance(found, Scalar) else refuse(found.place, f"{where} is not one value")


def _name(table: Table, key: str, where: str) -> str:
    found = _scalar(table, key, where)
    if not found.text or clean_line(found.text, limit=253) != found.text:
        refuse(found.place, f"{where}: {quote(found.text)} is not a name")
    return found.text


def _read(value: Value, kind: Kind, where: str) -> Any:
    try:
        return kind.read(value)
    except WrongValue as wrong:
        why = nearest(value.text, kind.allowed.removeprefix("one of ").split(", ")) if isinstance(value, Scalar) else ""
        return refuse(wrong.at.place, f"{where}: {wrong}", why, f"Allowed: {kind.allowed}.")


def _number(table: Table, key: str, where: str, kind: Kind, otherwise: int | None) -> int:
    found = _get(table, key)
    if found is None and otherwise is not None:
        return otherwise
    where = f"{where}.{key}"
    return int(_read(_need(table, key, where) if found is None else found, kind, where))


def _quantity(value: Value, where: str, *, positive: bool = False) -> Fraction:
    written = value.text if isinstance(value, Scalar) else ""
    try:
        amount = parse_quantity(written)
    except ValueError:
        amount = Fraction(-1)
    if amount < 0 or (positive and not amount):
        refuse(
            value.place, f"{where}: {quote(written)} is not an amount", advice="Allowed: such as 20, 0.05, 500m or 2Gi."
        )
    return amount
