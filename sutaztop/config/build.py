"""Settings put together from checked values, and what only shows when all files are merged."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, TypeVar

from sutaztop.config.check import Layer, Path, Said, nearest
from sutaztop.config.schema import NOT_ABOVE
from sutaztop.config.settings import Settings
from sutaztop.config.yaml_lines import Place, quote, refuse
from sutaztop.domain.disk import Component, Medium
from sutaztop.domain.guardrails import Guardrails
from sutaztop.domain.profile import Profile, Scaling, ServiceRule, Thresholds, TierRule

T = TypeVar("T")


def build_settings(said: Layer, profile_name: str, files: tuple[str, ...]) -> Settings:
    """Give the settings for what all files say together. Raises ``ConfigError`` for a contradiction."""
    plain = Settings()
    settings = Settings(
        engine=_over(plain.engine, said, "engine"),
        screen=_over(plain.screen, said, "screen"),
        actions=_over(plain.actions, said, "actions"),
        wall=_over(plain.wall, said, "wall"),
        models=_over(plain.models, said, "models"),
        disks=_over(plain.disks, said, "disks"),
        recording=_over(plain.recording, said, "recording"),
        profile=_profile(said, profile_name),
        state_directory=_value(said, ("state_directory",), ""),
        files=files,
    )
    for rule in settings.profile.services:
        _check_rule(settings.profile, rule, said)
    _check_order(settings.profile, {_dotted(path): it.place for path, it in said.items()})
    return settings


def _profile(said: Layer, name: str) -> Profile:
    plain = Profile()
    return Profile(
        name=name,
        thresholds=_over(plain.thresholds, said, "thresholds"),
        scaling=_over(plain.scaling, said, "scaling"),
        guardrails=_over(plain.guardrails, said, "guardrails"),
        tiering=replace(
            plain.tiering,
            label=_value(said, ("tiers", "label"), plain.tiering.label),
            explicit=_explicit(said),
            rules=_tier_rules(said),
        ),
        components=_components(said),
        services=service_rules(said),
        name_prefixes=_value(said, ("name_prefixes",), plain.name_prefixes),
    )


def _over(plain: T, said: Layer, section: str) -> T:
    values = {path[1]: it.value for path, it in said.items() if path[0] == section}
    return replace(plain, **values)  # type: ignore[type-var]  # every section is a dataclass


def _value(said: Layer, path: Path, otherwise: Any) -> Any:
    found = said.get(path)
    return otherwise if found is None else found.value


def _named(said: Layer, *group: str) -> dict[str, dict[str, Said]]:
    """Give what is said under each name of a group, in the order in which the names came up."""
    found: dict[str, dict[str, Said]] = {}
    for path, it in said.items():
        if path[:-2] == group:
            found.setdefault(path[-2], {})[path[-1]] = it
    return found


def _tier_rules(said: Layer) -> tuple[TierRule, ...]:
    rules: list[TierRule] = []
    for name, keys in _named(said, "tiers", "rules").items():
        if "rank" not in keys:
            place = next(iter(keys.values())).place
            refuse(
                place,
                f"tiers.rules.{quote(name)[1:-1]} has no rank",
                advice="Add for example rank: 2 (1 is the highest).",
            )
        values = _values(keys)
        rules.append(TierRule(name, values["rank"], frozenset(values.get("services", ())), values.get("suffixes", ())))
    _check_ranks(rules, said)
    return tuple(sorted(rules, key=lambda rule: rule.rank))


def _check_ranks(rules: list[TierRule], said: Layer) -> None:
    ranks: dict[int, str] = {}
    services: dict[str, str] = {}
    for rule in rules:
        if rule.rank in ranks:
            place = said["tiers", "rules", rule.name, "rank"].place
            refuse(place, f"the tiers {quote(ranks[rule.rank])} and {quote(rule.name)} have the same rank {rule.rank}")
        ranks[rule.rank] = rule.name
        for service in sorted(rule.services):
            if service in services:
                place = said["tiers", "rules", rule.name, "services"].place
                refuse(place, f"{quote(service)} is in two tiers, {quote(services[service])} and {quote(rule.name)}")
            services[service] = rule.name


def _explicit(said: Layer) -> tuple[tuple[str, str], ...]:
    known = list(_named(said, "tiers", "rules"))
    pairs = {path[-1]: it for path, it in said.items() if path[:-1] == ("tiers", "explicit")}
    for service, it in pairs.items():
        if it.value not in known:
            what = f"tiers.explicit.{quote(service)[1:-1]}: {quote(it.value)} is not a tier"
            refuse(it.place, what, nearest(it.value, known), f"Tiers: {', '.join(known) or 'none are defined'}.")
    return tuple((service, it.value) for service, it in pairs.items())


def _components(said: Layer) -> tuple[Component, ...]:
    components: list[Component] = []
    for name, keys in _named(said, "components").items():
        values = _values(keys)
        least, most = values.get("minimum"), values.get("maximum")
        if least is not None and most is not None and least > most:
            refuse(keys["minimum"].place, f"components.{quote(name)[1:-1]}: its minimum is above its maximum")
        medium = Medium(values.pop("medium", Medium.UNKNOWN))
        components.append(Component(name=name, medium=medium, **values))
    return tuple(components)


def service_rules(said: Layer) -> tuple[ServiceRule, ...]:
    """Give the rules for single services, in the order in which they came up."""
    return tuple(_service_rule(name, keys) for name, keys in _named(said, "services").items())


def _service_rule(name: str, keys: Mapping[str, Said]) -> ServiceRule:
    values = _values(keys)
    names, label = frozenset(values.pop("names", ())), values.pop("label", "")
    if not names and not label:
        place = next(iter(keys.values())).place
        what = f"services.{quote(name)[1:-1]} names no service"
        refuse(place, what, advice="Add names: [backend], or label: key=value.")
    untold = values.pop("untold", ())
    groups: dict[str, tuple[tuple[str, Any], ...]] = {}
    for part, kind in (("thresholds", Thresholds), ("scaling", Scaling), ("guardrails", Guardrails)):
        groups[part] = tuple((it.name, values[it.name]) for it in fields(kind) if it.name in values)
    return ServiceRule(name, names, label, untold=untold, **groups)


def _check_rule(profile: Profile, rule: ServiceRule, said: Layer) -> None:
    """Hold a rule against the profile it changes; what several come to together is judged with the service."""
    changed = replace(
        profile,
        thresholds=replace(profile.thresholds, **dict(rule.thresholds)),
        scaling=replace(profile.scaling, **dict(rule.scaling)),
    )
    places = {
        f"{part}.{key}": said["services", rule.name, key].place
        for part, values in (("thresholds", rule.thresholds), ("scaling", rule.scaling))
        for key, _ in values
    }
    _check_order(changed, places, f"services.{quote(rule.name)[1:-1]}: ")


def _values(keys: Mapping[str, Said]) -> dict[str, Any]:
    return {key: it.value for key, it in keys.items()}


def _check_order(profile: Profile, places: Mapping[str, Place], within: str = "") -> None:
    for lower, upper in NOT_ABOVE:
        low, high = _figure(profile, lower), _figure(profile, upper)
        if low is not None and high is not None and low > high:
            # Only one of the two needs to have been said; the other is then the default.
            here = [places[key] for key in (lower, upper) if key in places]
            if here:
                what = f"{within}{lower} ({low}) is above {upper} ({high})"
                refuse(here[-1], what, advice="Raise the second or lower the first.")


def _dotted(path: Path) -> str:
    return ".".join(path)


def _figure(profile: Profile, key: str) -> float | None:
    section, name = key.split(".")
    figure = getattr(getattr(profile, section), name)
    return None if figure is None else float(figure)
