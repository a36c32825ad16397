"""The profile that holds for one container: the rules of its service, and what its own labels say."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from sutaztop.domain.profile import Profile, ServiceRule
from sutaztop.domain.quantity import parse_bytes, parse_cores, parse_ratio
from sutaztop.domain.text import clean_line
from sutaztop.measure.tiers import strip_prefix

LABEL = "com.sutaztop."
_STACK = "com.docker.stack.namespace"
_MOST_REMEMBERED = 4096


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        raise ValueError
    return int(text)


_LABELS: Mapping[str, tuple[str, str, Callable[[str], float], float, float, str]] = {
    "min-replicas": ("scaling", "minimum_replicas", _whole, 0, 1000, "a whole number from 0 to 1000"),
    "max-replicas": ("scaling", "maximum_replicas", _whole, 1, 1000, "a whole number from 1 to 1000"),
    "cpu-ceiling": ("scaling", "cpu_ceiling", parse_cores, 0.01, 1024, "an amount of CPU such as 2 or 500m"),
    "memory-ceiling": ("scaling", "maximum_memory", parse_bytes, 16 << 20, 64 << 40, "a size such as 512M or 4G"),
    "cpu-warning": ("thresholds", "cpu_warning", parse_ratio, 0.01, 1.0, "a share such as 75 %"),
}
"""What a label may say: part and field of the profile, how it is read, its range, and that in words."""
_KEYS = tuple((LABEL + key, key) for key in _LABELS)


def profile_for(profile: Profile, name: str, service: str, labels: Mapping[str, str]) -> Profile:
    """Give the profile that holds for a container: the profile itself where no rule and no label says another thing.

    Containers for which the same rules and labels hold share one profile, so that identity tells them apart. A label
    that can't be read changes nothing; ``label_faults`` tells of it.
    """
    own = _own(labels)
    if not own and not profile.services:
        return profile
    return _rules(_Same(profile)).profile_for(name, service, labels, own)


def label_faults(profile: Profile, name: str, service: str, labels: Mapping[str, str]) -> tuple[str, ...]:
    """Say what is wrong with a container's own labels, in words without their values; usually nothing."""
    own = _own(labels)
    return _read(_rules(_Same(profile)).profile_for(name, service, labels, ()), own)[1] if own else ()


def rules_for(profile: Profile, name: str, service: str, labels: Mapping[str, str]) -> tuple[ServiceRule, ...]:
    """Give the rules that hold for a container, the last one strongest."""
    return _rules(_Same(profile)).rules_for(name, service, labels)


def _own(labels: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((key, labels[label]) for label, key in _KEYS if label in labels)


class _Same:
    """A profile by its identity: hashing all of it for each container would cost more than the rest."""

    __slots__ = ("profile",)

    def __init__(self, profile: Profile) -> None:
        self.profile = profile

    def __hash__(self) -> int:
        return id(self.profile)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.profile is self.profile


class _Rules:
    """A profile's rules made ready; what came of them is remembered."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._names: dict[str, list[int]] = {}
        for place, rule in enumerate(profile.services):
            for name in rule.names | {strip_prefix(it, profile.name_prefixes) for it in rule.names}:
                self._names.setdefault(name, []).append(place)
        self._labels = [
            (place, *rule.label.partition("=")) for place, rule in enumerate(profile.services) if rule.label
        ]
        self._placed: dict[tuple[str, str, str, tuple[str | None, ...]], tuple[int, ...]] = {}
        self._found: dict[tuple[tuple[int, ...], tuple[tuple[str, str], ...]], Profile] = {}

    def rules_for(self, name: str, service: str, labels: Mapping[str, str]) -> tuple[ServiceRule, ...]:
        return tuple(self._profile.services[it] for it in self._places(name, service, labels))

    def profile_for(
        self, name: str, service: str, labels: Mapping[str, str], own: tuple[tuple[str, str], ...]
    ) -> Profile:
        key = (self._places(name, service, labels), own)
        found = self._found.get(key)
        if found is None:
            if len(self._found) >= _MOST_REMEMBERED:
                # Labels are anybody's text: as many as containers come and go.
                self._found.clear()
            found = self._found[key] = self._made(*key)
        return found

    def _places(self, name: str, service: str, labels: Mapping[str, str]) -> tuple[int, ...]:
        stack = labels.get(_STACK, "")
        key = (name, service, stack, tuple(labels.get(it) for _, it, _, _ in self._labels))
        found = self._placed.get(key)
        if found is None:
            if len(self._placed) >= _MOST_REMEMBERED:
                self._placed.clear()
            found = self._placed[key] = self._find(name, service, stack, labels)
        return found

    def _find(self, name: str, service: str, stack: str, labels: Mapping[str, str]) -> tuple[int, ...]:
        fitting: set[int] = set()
        for one in (name, service, service.removeprefix(f"{stack}_")):
            for called in (one, strip_prefix(one, self._profile.name_prefixes)):
                fitting.update(self._names.get(called, ()) if called else ())
        for place, key, equals, value in self._labels:
            if key in labels and (not equals or labels[key] == value):
                fitting.add(place)
        return tuple(sorted(fitting))

    def _made(self, places: tuple[int, ...], own: tuple[tuple[str, str], ...]) -> Profile:
        profile = self._profile
        for place in places:
            rule = profile.services[place]
            profile = _with(
                profile, {"thresholds": rule.thresholds, "scaling": rule.scaling, "guardrails": rule.guardrails}
            )
        said, _ = _read(profile, own)
        return _fitting(_with(profile, said))


@lru_cache(maxsize=8)
def _rules(same: _Same) -> _Rules:
    return _Rules(same.profile)


def _with(profile: Profile, groups: Mapping[str, tuple[tuple[str, Any], ...]]) -> Profile:
    parts = {part: replace(getattr(profile, part), **dict(said)) for part, said in groups.items() if said}
    return replace(profile, **parts) if parts else profile


def _fitting(profile: Profile) -> Profile:
    """Let the bounds that hold be those of the autoscaler too: a later word about them may have come after it."""
    scaling = profile.scaling
    spec = scaling.specification
    bounds = (scaling.minimum_replicas, scaling.maximum_replicas)
    if spec is None or (spec.minimum, spec.maximum) == bounds:
        return profile
    spec = replace(spec, minimum=bounds[0], maximum=bounds[1])
    return replace(profile, scaling=replace(scaling, specification=spec))


def _read(
    profile: Profile, own: tuple[tuple[str, str], ...]
) -> tuple[dict[str, tuple[tuple[str, Any], ...]], tuple[str, ...]]:
    """Give what labels say, by part of the profile, and what is wrong with them."""
    said: dict[str, dict[str, float]] = {"scaling": {}, "thresholds": {}}
    faults: list[str] = []
    for key, text in own:
        part, field, parse, least, most, allowed = _LABELS[key]
        try:
            value = parse(clean_line(text, limit=40).strip())
        except (ValueError, OverflowError):
            value = least - 1
        if least <= value <= most:
            said[part][field] = value
        else:
            faults.append(f"its label {LABEL}{key} is not {allowed}")
    scaling = said["scaling"]
    least_replicas = scaling.get("minimum_replicas", profile.scaling.minimum_replicas)
    if least_replicas > scaling.get("maximum_replicas", profile.scaling.maximum_replicas):
        faults.append(f"its label {LABEL}min-replicas or max-replicas puts the minimum above the maximum")
        scaling.pop("minimum_replicas", None)
        scaling.pop("maximum_replicas", None)
    warning = said["thresholds"].get("cpu_warning")
    if warning is not None and not profile.thresholds.cpu_idle <= warning <= profile.thresholds.cpu_critical:
        faults.append(f"its label {LABEL}cpu-warning is not between the lines of idle and critical")
        del said["thresholds"]["cpu_warning"]
    return {part: tuple(fields.items()) for part, fields in said.items()}, tuple(faults)
